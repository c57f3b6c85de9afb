"""Typed reading of `KEEPWELL_*` variables; `NAME_FILE` names a file that holds the value."""

from __future__ import annotations

import os
import sys
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit


def text(name: str, default: str = "") -> str:
    """The variable `name`, or the stripped content of the file named by `name`_FILE."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            stop(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.")
    return os.environ.get(name, default)


def flag(name: str, *, default: bool = False) -> bool:
    """Whether `name` is 1, true, yes or on; unset gives `default`."""
    value = text(name).lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    if value:
        stop(f"{name} is {value!r}; it can be 1 or 0.")
    return default


def number(name: str, default: int) -> int:
    """The whole number in `name`."""
    value = text(name)
    if value and not value.isdecimal():
        stop(f"{name} is {value!r}; it must be a whole number.")
    return int(value or default)


def hosts(name: str) -> frozenset[str]:
    """The host:port pairs in `name`, parted by commas or blanks, in lower case."""
    found = frozenset(text(name).lower().replace(",", " ").split())
    for pair in found:
        host, _, port = pair.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
            stop(f"{name} holds {pair!r}; it must be host:port pairs, as chat.example.internal:443.")
    return found


def words(name: str, default: str) -> list[str]:
    """The words in `name`, parted by blanks or commas."""
    return text(name, default).replace(",", " ").split()


def address(name: str, schemes: tuple[str, ...]) -> str:
    """The address in `name`, as tcp://host:port with one of `schemes`; empty if it is not set."""
    value = text(name)
    parts = urlsplit(value)
    if value and not (
        parts.scheme in schemes and parts.hostname and parts.path in ("", "/") and _has_port(parts)
    ):
        stop(f"{name} is {value!r}; it must be an address as {schemes[0]}://host:port.")
    return value


def _has_port(parts: SplitResult) -> bool:
    try:
        return parts.port is not None
    except ValueError:
        return False


def choice(name: str, choices: tuple[str, ...]) -> str:
    """One of `choices`; the first if `name` is not set."""
    value = text(name, choices[0])
    if value not in choices:
        stop(f"{name} is {value!r}; it can be {' or '.join(choices)}.")
    return value


def numbers(name: str) -> dict[str, int]:
    """The numbers in `name` by word, as `training=7,contract=10`."""
    found: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in text(name).split(","))):
        word, _sign, value = part.partition("=")
        if not word or not value.isdecimal():
            stop(f"{name} has {part!r}; it takes words with whole numbers, as training=7,contract=10.")
        found[word.strip()] = int(value)
    return found


def day_of_year(name: str, default: str) -> tuple[int, int]:
    """(month, day) from `MM-DD` in `name`."""
    value = text(name, default)
    month, _, day = value.partition("-")
    if not (month.isdecimal() and day.isdecimal() and 1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        stop(f"{name} is {value!r}; it must be a month and a day, as 12-31.")
    return int(month), int(day)


def networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """The networks in `name`, as 10.0.0.0/8 or an address, with commas or blanks between them."""
    try:
        return tuple(ip_network(one) for one in text(name).replace(",", " ").split())
    except ValueError as error:
        stop(f"{name} does not name networks: {error}.")


def stop(sentence: str) -> NoReturn:
    """End the program with status 2 and one sentence."""
    sys.stderr.write(sentence + "\n")
    raise SystemExit(2)
