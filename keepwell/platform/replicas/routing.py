"""Which side answers: the primary, or for as long as `lately` says a replica of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, OperationalError, connection
from django.db.models import Model, QuerySet

from keepwell.platform.replicas.models import Position, Written
from keepwell.platform.replicas.watching import WATCH

log = logging.getLogger("keepwell.replicas")
T = TypeVar("T")
Rows = TypeVar("Rows", bound=QuerySet[Any])
Asker = Callable[[], UUID | None]
STAY = frozenset({"contenttypes", "history", "identity", "jobs", "replicas"})
STAY_TOO = frozenset({"people.account", "people.budget", "people.grant", "people.handed", "people.token"})
"""What decides, proves or passes at once is read where it is written: apps and models."""
CANCELLED, CONFLICT = "57014", "40001"

_asker: ContextVar[Asker | None] = ContextVar("asker", default=None)
_side: ContextVar[str] = ContextVar("side", default=DEFAULT_DB_ALIAS)


class Sides:
    """Django's router: everything is written to the primary, and read there unless `lately` reads elsewhere."""

    def db_for_read(self, model: type[Model], **_hints: Any) -> str:
        is_kept = model._meta.app_label in STAY or model._meta.label_lower in STAY_TOO
        return DEFAULT_DB_ALIAS if is_kept else side()

    def db_for_write(self, _model: type[Model], **_hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, _one: Model, _other: Model, **_hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, _app: str, **_hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS


def side() -> str:
    """Django's name of the database that answers now."""
    return _side.get()


def decided(ids: QuerySet[Any]) -> QuerySet[Any] | list[Any]:
    """`ids`, which decide what somebody may see: a subquery as they are, but where a replica is read, what the
    primary says now, so that a right that was ended shows nothing more however far the replica is behind."""
    if side() == DEFAULT_DB_ALIAS:
        return ids
    return [one for row in ids.using(DEFAULT_DB_ALIAS) for one in row.values()]


@contextmanager
def reading_for(asker: Asker) -> Iterator[None]:
    """Inside nothing is changed, so that what is read `lately` may come from a replica which has all that the
    person whom `asker` names wrote."""
    token = _asker.set(asker)
    try:
        yield
    finally:
        _asker.reset(token)


def lately(read: Callable[[], T]) -> T:
    """What `read` finds, maybe a little old: from a replica if one may be asked, else from the primary.

    `read` only reads, and leaves nothing to be fetched later. It is done again on the primary if the replica
    goes away in the middle.
    """
    replica = chosen()
    if replica is not None:
        with suppress(_Gone), _reading_from(replica):
            return read()
    return read()


def elsewhere(read: Callable[[], T | None]) -> T | None:
    """What `read` finds on a replica; None also if none may be asked."""
    replica = chosen()
    if replica is not None:
        with suppress(_Gone), _reading_from(replica):
            return read()
    return None


def fetched_lately(rows: Callable[[], Rows]) -> Rows:
    """The `rows` that are described here and fetched later, from the side that is chosen now."""
    replica = chosen()
    if replica is None:
        return rows()
    with _reading_from(replica):
        return rows().using(replica)


class _Gone(Exception):
    """The replica cannot answer this; the primary can."""


@contextmanager
def _reading_from(replica: str) -> Iterator[None]:
    token = _side.set(replica)
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        code = getattr(error.__cause__, "sqlstate", None)
        if code == CANCELLED:
            raise  # too slow here is too slow there
        if code != CONFLICT:
            WATCH.leave_aside(replica, error)
        raise _Gone from error
    finally:
        _side.reset(token)


def chosen() -> str | None:
    """The replica that may be asked now; None for the primary."""
    asker = _asker.get()
    if asker is None or not settings.KEEPWELL_REPLICAS or connection.in_atomic_block:
        return None
    person = asker()
    wrote = Written.objects.filter(pk=person).values_list("position", flat=True).first() if person else None
    return WATCH.fresh(wrote or 0)


def wrote(person: UUID | None) -> None:
    """Note that `person` has written, after the commit; does nothing where there are no replicas."""
    if not settings.KEEPWELL_REPLICAS or person is None:
        return
    row = Written(person_id=person, position=Position())
    try:
        Written.objects.bulk_create(
            [row], update_conflicts=True, update_fields=["position"], unique_fields=["person_id"]
        )
    except DatabaseError:
        # What they did is done; that they may read it a moment later must not hide it.
        log.warning("what a person wrote was not noted", extra={"person": str(person)})
