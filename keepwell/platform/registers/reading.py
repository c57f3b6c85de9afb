"""Reading what a person or a program typed into one column: a value of its kind, or a sentence why not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from keepwell.platform.people.models import Person
from keepwell.platform.registers.columns import Column, Kind
from keepwell.platform.registers.filtering import (
    PLAIN_DECIMAL,
    PLAIN_NUMBER,
    YES_NO,
    BadWish,
    named,
    plain_day,
)

MOST_ITEMS = 1_000


class Unread(ValueError):
    """A value that its column cannot hold; the message says what is expected."""


def read(c: Column, raw: Any, person: Person) -> Any:
    """`raw`, typed or from JSON, as column `c` holds it; relations as records that `person` may see."""
    if raw is None or raw == "":
        return EMPTY.get(c.kind, lambda: None)()
    if c.kind is Kind.ONE:
        return related(c, raw, person)
    if c.kind is Kind.MANY:
        return [related(c, one, person) for one in items(raw)]
    return READERS[c.kind](c, raw)


def related(c: Column, raw: Any, person: Person) -> Any:
    """The record called `raw` (natural key or id), refused like an absent one if it may not be seen."""
    assert c.related is not None  # noqa: S101  # the kind says so
    try:
        return named(c.related, text(c, raw), person)
    except BadWish as unknown:
        raise Unread(str(unknown)) from unknown


def items(raw: Any) -> list[Any]:
    """A list as it came, or typed one item a line."""
    found = raw if isinstance(raw, (list, tuple)) else str(raw).splitlines()
    if len(found) > MOST_ITEMS:
        raise Unread(_("A list holds %(most)d items at most.") % {"most": MOST_ITEMS})
    return [one for one in found if one not in (None, "")]


def text(c: Column, raw: Any) -> str:
    """Text that any database can keep."""
    if not isinstance(raw, str):
        raise Unread(_("Write text."))
    if "\x00" in raw or any("\ud800" <= sign <= "\udfff" for sign in raw):
        raise Unread(_("This holds a character that no text has."))
    return raw.strip()


def number(c: Column, raw: Any) -> int:
    if isinstance(raw, bool) or not PLAIN_NUMBER.fullmatch(str(raw).strip()):
        raise Unread(_("Write a whole number."))
    return int(raw)


def decimal(c: Column, raw: Any) -> Decimal:
    plain = str(raw).strip()
    if isinstance(raw, bool) or not PLAIN_DECIMAL.fullmatch(plain):
        raise Unread(_("Write a number, as 12.5."))
    return Decimal(plain)


def yes_no(c: Column, raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    if str(raw) not in YES_NO:
        raise Unread(_("Say yes or no."))
    return YES_NO[str(raw)]


def choice(c: Column, raw: Any) -> Any:
    known = c.offered
    code = next((code for code in known if str(code) == str(raw)), None)
    if code is None:
        raise Unread(_("This takes one of: %(codes)s.") % {"codes": ", ".join(map(str, known))})
    return code


def day(c: Column, raw: Any) -> date:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    try:
        return plain_day(str(raw).strip())
    except BadWish as wrong:
        raise Unread(_("Write a day, as 2023-12-31.")) from wrong


def moment(c: Column, raw: Any) -> datetime:
    try:
        found = raw if isinstance(raw, datetime) else datetime.fromisoformat(text(c, raw))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Unread(_("Write a moment with its zone, as 2023-12-31T08:15:00Z."))
    return found


def several(c: Column, raw: Any) -> list[str]:
    return [text(c, one) for one in items(raw)]


def mapping(c: Column, raw: Any) -> dict[str, str]:
    """A mapping as it came, or typed as `name: value`, one a line."""
    if isinstance(raw, dict):
        return {text(c, name): text(c, value) for name, value in raw.items()}
    pairs = [line.rpartition(":") for line in several(c, raw)]
    if any(not (name.strip() and colon) for name, colon, _value in pairs):
        raise Unread(_("Write name: value, one a line."))
    return {name.strip(): value.strip() for name, _colon, value in pairs}


READERS: dict[Kind, Callable[[Column, Any], Any]] = {
    Kind.TEXT: text, Kind.NUMBER: number, Kind.DECIMAL: decimal, Kind.YES_NO: yes_no, Kind.CHOICE: choice,
    Kind.DAY: day, Kind.MOMENT: moment, Kind.LIST: several, Kind.MAPPING: mapping,
}  # fmt: skip
EMPTY: dict[Kind, Callable[[], Any]] = {
    Kind.TEXT: str, Kind.CHOICE: str, Kind.MANY: list, Kind.LIST: list, Kind.MAPPING: dict, Kind.YES_NO: bool,
}  # fmt: skip
