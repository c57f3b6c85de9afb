"""Which lists hand out something about people, or about what named people alone may know, and telling the trail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from keepwell.platform.people import handing
from keepwell.platform.people.models import Person
from keepwell.platform.people.need_to_know import is_opened_in_view_of_the_trail, keepers
from keepwell.platform.people.personal import HOLDINGS
from keepwell.platform.registers.register import Register


def is_about_people(register: type[Register]) -> bool:
    """Whether each of its rows is about somebody: the model says so, unless the register says why it is not."""
    model = register.record
    if register.open_to_read or model._meta.label_lower not in HOLDINGS and not issubclass(model, Person):
        return False
    return issubclass(model, Person) or bool(HOLDINGS[model._meta.label_lower].ways)


def is_kept(register: type[Register]) -> bool:
    """Whether the trail may be told of who read its list: of all its rows, or of those it keeps the openings of."""
    behind = (of for _path, of in keepers(register.record))
    return is_about_people(register) or any(
        hasattr(one, "opening_is_kept") for one in (register.record, *behind)
    )


def sensitive(register: type[Register], rows: Iterable[Any], person: Person) -> int:
    """How many of `rows` the trail is told of; what is about the reader is no secret from them."""
    if not is_kept(register):
        return 0
    if is_about_people(register):
        return sum(not _is_own(register, row, person) for row in rows)
    return sum(is_opened_in_view_of_the_trail(row) for row in rows)


def hand_out(request: HttpRequest, register: type[Register], rows: Iterable[Any]) -> None:
    """Tell the trail of a page of a list that goes out; refuse who had too much of it."""
    handing.hand_out(request, register.slug(), sensitive(register, rows, request.person))  # type: ignore[attr-defined]  # known at the door


def hand_out_hits(request: HttpRequest, hits: Iterable[tuple[type[Register], Iterable[Any]]]) -> None:
    """The same for what a search over several registers found."""
    person: Person = request.person  # type: ignore[attr-defined]  # known at the door
    handing.hand_out(request, "search", sum(sensitive(register, rows, person) for register, rows in hits))


def _is_own(register: type[Register], row: Any, person: Person) -> bool:
    if isinstance(row, Person):
        return bool(row.pk == person.pk)
    ways = HOLDINGS[register.record._meta.label_lower].ways
    return any(getattr(row, f"{way}_id", None) == person.pk for way in ways)
