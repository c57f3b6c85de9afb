"""What writing a kind of record needs beyond the right to edit, asked alike of forms, programs and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from django.db import models

from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level

Guard = Callable[[Any, Person], None]
Ahead = Callable[[list[Any], Person], AbstractContextManager[None]]


@dataclass(frozen=True)
class Guarded:
    """The rule that guards a kind of record, the values whose change it is asked about (none: always), and what
    lets it be asked about many at the cost of one."""

    rule: Guard
    names: frozenset[str]
    ahead: Ahead | None

    def asks(self, record: Any) -> bool:
        """Whether writing `record` as it is now must be asked about."""
        if not self.names:
            return True
        now = record.values()
        return not record._state.adding and any(record._loaded[name] != now[name] for name in self.names)


GUARDS: dict[type[models.Model], Guarded] = {}


def level_to_write(model: type[models.Model]) -> Level:
    """The level that writing a row of `model` needs: what it names as `written_at`, else to edit."""
    return getattr(model, "written_at", Level.EDIT)


def needs_proof(model: type[models.Model]) -> bool:
    """Whether who writes a row of `model` must have proved within ten minutes who they are."""
    return bool(getattr(model, "needs_proof", False))


def guards(model: type[models.Model], *, changes_of: Iterable[str] = (),
           ahead: Ahead | None = None) -> Callable[[Guard], Guard]:  # fmt: skip
    """Let `rule(record, by)` refuse a record of `model` as `by` is about to write it; with `changes_of`, only
    a record that is there already and of which one of these values changes. Within `ahead(records, by)` the rule
    asks the database nothing more about any of `records`."""

    def keep(rule: Guard) -> Guard:
        GUARDS[model] = Guarded(rule, frozenset(changes_of), ahead)
        return rule

    return keep


def is_guarded(model: type[models.Model]) -> bool:
    """Whether each row must be asked about before it is written."""
    return model in GUARDS and not GUARDS[model].names


def ask_guard(record: Any, by: Person) -> None:
    """Ask whether `by` may write `record` as it is now; raises PermissionDenied or Refused if not."""
    guarded = GUARDS.get(type(record))
    if guarded is not None and guarded.asks(record):
        guarded.rule(record, by)


@contextmanager
def asking_about(model: type[models.Model], records: Iterable[Any], by: Person) -> Iterator[None]:
    """Inside, whether `by` may write each of `records`, all of `model`, costs no query of its own."""
    guarded = GUARDS.get(model)
    asked = [record for record in records if guarded.asks(record)] if guarded and guarded.ahead else []
    with guarded.ahead(asked, by) if guarded and guarded.ahead and asked else nullcontext():
        yield
