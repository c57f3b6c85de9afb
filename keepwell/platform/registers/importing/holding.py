"""The check constraints of a record, asked of rows in memory: a query for each row would take minutes."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

Holds = Callable[[Any], bool | None]
COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "exact": operator.eq, "gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le,
}  # fmt: skip


class Foreign(Exception):
    """A condition that only the database understands."""


def conditions(model: type[models.Model]) -> list[tuple[Callable[[Any], bool], str, str]]:
    """For each check constraint: whether a record keeps it, a column it is about, and what to tell if not."""
    return [(_kept(model, rule), _columns(rule.condition)[-1], str(rule.get_violation_error_message()))
            for rule in model._meta.constraints if isinstance(rule, models.CheckConstraint)]  # fmt: skip


def _kept(model: type[models.Model], rule: models.CheckConstraint) -> Callable[[Any], bool]:
    """As in SQL, a condition that is neither true nor false is kept."""
    try:
        holds = _condition(rule.condition)
    except Foreign:
        return lambda record: _asked(model, rule, record)
    return lambda record: holds(record) is not False


def _asked(model: type[models.Model], rule: models.CheckConstraint, record: Any) -> bool:
    try:
        rule.validate(model, record)
    except ValidationError:
        return False
    return True


def _columns(condition: Any) -> list[str]:
    """The columns a condition is about."""
    if isinstance(condition, Q):
        return [name for child in condition.children for name in _columns(child)]
    return [condition[0].partition("__")[0]]


def _condition(condition: Any) -> Holds:
    if not isinstance(condition, Q):
        return _comparison(*condition)
    parts = [_condition(child) for child in condition.children]
    if condition.connector not in (Q.AND, Q.OR):
        raise Foreign
    decisive = condition.connector == Q.OR

    def holds(record: Any) -> bool | None:
        told: bool | None = not decisive
        for part in parts:
            found = part(record)
            if found is decisive:
                return decisive
            told = told if found is not None else None
        return told

    return _denied(holds) if condition.negated else holds


def _denied(holds: Holds) -> Holds:
    def denied(record: Any) -> bool | None:
        found = holds(record)
        return None if found is None else not found

    return denied


def _comparison(path: str, wanted: Any) -> Holds:
    name, _, lookup = path.partition("__")
    if lookup == "isnull":
        return lambda record: (getattr(record, name) is None) is wanted
    if lookup == "range":
        low, high = _comparison(f"{name}__gte", wanted[0]), _comparison(f"{name}__lte", wanted[1])
        return lambda record: None if getattr(record, name) is None else bool(low(record) and high(record))
    compare = COMPARED.get(lookup or "exact")
    if compare is None or (hasattr(wanted, "resolve_expression") and not isinstance(wanted, F)):
        raise Foreign
    other = wanted.name if isinstance(wanted, F) else None  # type: ignore[attr-defined]  # the stubs forget it

    def holds(record: Any) -> bool | None:
        left, right = getattr(record, name), getattr(record, other) if other else wanted
        return None if left is None or right is None else compare(left, right)

    return holds
