"""What writing a kind of record needs beyond the right to edit, asked alike of forms, programs and files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models

from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level

Guard = Callable[[Any, Person], None]
GUARDS: dict[type[models.Model], Guard] = {}


def level_to_write(model: type[models.Model]) -> Level:
    """The level that writing a row of `model` needs: what it names as `written_at`, else to edit."""
    return getattr(model, "written_at", Level.EDIT)


def needs_proof(model: type[models.Model]) -> bool:
    """Whether who writes a row of `model` must have proved within ten minutes who they are."""
    return bool(getattr(model, "needs_proof", False))


def guards(model: type[models.Model]) -> Callable[[Guard], Guard]:
    """Let `rule(record, by)` refuse a record of `model` as `by` is about to write it."""

    def keep(rule: Guard) -> Guard:
        GUARDS[model] = rule
        return rule

    return keep


def is_guarded(model: type[models.Model]) -> bool:
    """Whether each row must be asked about before it is written."""
    return model in GUARDS


def ask_guard(record: models.Model, by: Person) -> None:
    """Ask whether `by` may write `record` as it is now; raises PermissionDenied or Refused if not."""
    rule = GUARDS.get(type(record))
    if rule is not None:
        rule(record, by)
