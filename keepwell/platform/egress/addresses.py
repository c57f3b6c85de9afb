"""Which addresses may be asked: public ones, written as everybody writes them."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], list[str]]

LONGEST_URL = 2_000
"""Characters: a quarter of what common servers take for the first line of a request (8 KiB)."""
NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*", re.IGNORECASE)
NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*"
)
UNSEEMLY = re.compile(r"[\x00-\x20\x7f-\x9f\\\u2000-\u200f\u2028-\u202f\ufeff]")
CLOSED = [
    ip_network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
]  # fmt: skip
"""Private, shared, documentation, tunnelled and reserved blocks (RFC 6890 and its registries)."""
WORLD_6 = ip_network("2000::/3")
"""The only IPv6 block given out so far: mapped, translated (NAT64), local and multicast ones lie outside."""


class Forbidden(ValueError):
    """An address that must not be asked; the sentence says why and names nothing that was not given."""


@dataclass(frozen=True)
class Target:
    """Where one request goes: what was asked for, and the addresses its name has right now."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"https": 443, "http": 80}[self.scheme] else f"{host}:{self.port}"


def target_of(url: str, *, allowed: frozenset[str], resolve: Resolver) -> Target:
    """Where `url` leads, resolved once; raises Forbidden for what may not be asked.

    `allowed` names host:port pairs the operator trusts: they may be internal, and speak plain http.
    """
    if len(url) > LONGEST_URL:
        raise Forbidden(f"The address is longer than {LONGEST_URL:,} characters.")
    if UNSEEMLY.search(url):
        raise Forbidden("The address holds characters that belong in none.")
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
        host = _host(parts.hostname or "")
    except (ValueError, UnicodeError) as wrong:
        raise Forbidden("The address is malformed.") from wrong
    if "@" in parts.netloc:
        raise Forbidden("The address must hold no name or password.")
    is_trusted = f"{host}:{port}" in allowed
    if parts.scheme != "https" and not (parts.scheme == "http" and is_trusted):
        raise Forbidden("The address must begin with https://.")
    found = _resolved(host, port, resolve)
    if not is_trusted and not all(is_public(address) for address in found):
        raise Forbidden(
            "The address lies in no public network; the operator can allow it by KEEPWELL_EGRESS_ALLOW."
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path, tuple(str(address) for address in found))


def is_public(address: Address) -> bool:
    """Whether `address` is one that anybody on the internet may ask."""
    if isinstance(address, IPv6Address) and address not in WORLD_6:
        return False
    return address.is_global and not any(
        address in block for block in CLOSED if block.version == address.version
    )


def system_resolver(host: str, port: int) -> list[str]:
    """What this machine's resolver says `host` is."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def _host(text: str) -> str:
    """A host in the one form it is compared and asked in; raises ValueError for any other spelling of a number."""
    if not text:
        raise ValueError("no host")
    if ":" in text:
        return str(IPv6Address(text)) if "%" not in text else _never()
    host = text.rstrip(".").encode("idna").decode("ascii").lower()
    if NUMERIC.fullmatch(host):
        return str(IPv4Address(host))
    return host if NAME.fullmatch(host) else _never()


def _never() -> str:
    raise ValueError("no such host can be")


def _resolved(host: str, port: int, resolve: Resolver) -> list[Address]:
    try:
        return [ip_address(host)]
    except ValueError:
        pass
    try:
        found = [ip_address(text) for text in resolve(host, port)]
    except (OSError, ValueError, UnicodeError) as wrong:
        raise Forbidden("The address names a host that is not known.") from wrong
    if not found:
        raise Forbidden("The address names a host that is not known.")
    return found
