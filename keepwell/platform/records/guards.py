"""What writing a kind of record needs beyond the right to edit, asked alike of forms, programs and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import models

from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level

Guard = Callable[[Any, Person], None]
GUARDS: dict[type[models.Model], tuple[Guard, frozenset[str]]] = {}


def level_to_write(model: type[models.Model]) -> Level:
    """The level that writing a row of `model` needs: what it names as `written_at`, else to edit."""
    return getattr(model, "written_at", Level.EDIT)


def needs_proof(model: type[models.Model]) -> bool:
    """Whether who writes a row of `model` must have proved within ten minutes who they are."""
    return bool(getattr(model, "needs_proof", False))


def guards(model: type[models.Model], *, changes_of: Iterable[str] = ()) -> Callable[[Guard], Guard]:
    """Let `rule(record, by)` refuse a record of `model` as `by` is about to write it; with `changes_of`, only
    a record that is there already and of which one of these values changes."""

    def keep(rule: Guard) -> Guard:
        GUARDS[model] = rule, frozenset(changes_of)
        return rule

    return keep


def is_guarded(model: type[models.Model]) -> bool:
    """Whether each row must be asked about before it is written."""
    return model in GUARDS and not GUARDS[model][1]


def ask_guard(record: Any, by: Person) -> None:
    """Ask whether `by` may write `record` as it is now; raises PermissionDenied or Refused if not."""
    rule, names = GUARDS.get(type(record), (None, frozenset()))
    if rule is not None and (not names or _changes(record, names)):
        rule(record, by)


def _changes(record: Any, names: frozenset[str]) -> bool:
    """Whether writing `record` changes one of the values `names` of the row that is there."""
    now = record.values()
    return not record._state.adding and any(record._loaded[name] != now[name] for name in names)
