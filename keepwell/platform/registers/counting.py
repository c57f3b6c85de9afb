"""How many rows a list has: counted to 10,000, and not again until something changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Q, QuerySet

from keepwell.kernel import moments
from keepwell.platform.history.models import Change, Tracked
from keepwell.platform.history.ready import Ready
from keepwell.platform.jobs.asking import reach
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import held
from keepwell.platform.records.models import Observation
from keepwell.platform.registers.register import Register
from keepwell.platform.replicas.routing import side
from keepwell.platform.search.finding import holding
from keepwell.platform.search.places import standing_under
from keepwell.platform.search.subjects import Subject
from keepwell.platform.tree.models import Unit

COUNTED = 10_000
KEPT_SECONDS = 60
NEWEST = Ready(lambda: Change.objects.order_by("-id").values_list("id", "record_id")[:1])


def counted(register: type[Register], person: Person, wished: Any, rows: Callable[[], QuerySet[Any]]) -> int:
    """How many rows `rows` asks for, one more than 10,000 at most: a list must not pay for its length.

    `wished` says what narrowed them. Any change anywhere, or a new observation, makes it count anew;
    rows that change without either are counted each time. More than 10,000 stay more for a minute, as long as
    the person holds the same.
    """
    if not issubclass(register.record, (Tracked, Observation)):
        return _count(rows())
    many = _key(register, person, wished, *held(person), reach())
    if cache.get(many):
        return COUNTED + 1
    key = _key(register, person, wished, *_stamp(register))
    found: int | None = cache.get(key)
    if found is None:
        found = _count(rows())
        cache.set(key, found, KEPT_SECONDS)
        cache.set(many, found > COUNTED, KEPT_SECONDS)
    return found


def to_count(
    register: type[Register], unit: Unit | str | None, day: date | None
) -> Callable[[Subject, str], Q]:
    """How words are met where the rows of a `unit` are only counted: the index is asked for those alone that lie there,
    where its words for places tell it. What moves with its unit is counted there once the index has followed."""
    if (
        not isinstance(unit, Unit)
        or unit.kind == Unit.Kind.GROUP
        or getattr(register.record, "holds_below", False)
    ):
        return holding
    return partial(holding, places=standing_under(unit.pk, day or moments.today()))


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by().values("pk")[: COUNTED + 1].count()


def _key(register: type[Register], person: Person, wished: Any, *besides: Any) -> str:
    said = (register.slug(), person.pk, wished, moments.today(), *besides)
    return f"keepwell.count.{sha256(repr(said).encode()).hexdigest()}"


def _stamp(register: type[Register]) -> tuple[Any, ...]:
    """What the newest change is; for observations the newest row too."""
    # Where a replica counts, what was newest there.
    here = side() == DEFAULT_DB_ALIAS
    change = NEWEST.rows() if here else list(NEWEST.build().using(side()))
    if register.is_tracked():
        return (change,)
    row = register.record._default_manager.order_by("-pk").values_list("pk", "batch").first()
    return change, row
