"""Filters of RFC 7644 as questions to the database: one table says what each attribute is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import and_, or_
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from scim2_models import InvalidFilterException, ScimFilter
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterVisitor,
    LogicalExpr,
    Not,
    Present,
    ValuePath,
)
from scim2_models.path.expressions import LogicalOperator

NOTHING, EVERYTHING = Q(pk__in=[]), Q()


@dataclass(frozen=True)
class Attribute:
    """What an attribute is in the database: the column, whether capitals count, and what kind it holds."""

    column: str
    exact: bool = False
    kind: str = "text"
    within: QuerySet[Any] | None = None
    """Rows of their own that hold several values; they name what they belong to as `owner`."""
    owner: str = ""


Table = Mapping[str, Attribute]
LOOKUPS = {
    CompareOperator.eq: ("exact", "iexact"), CompareOperator.co: ("contains", "icontains"),
    CompareOperator.sw: ("startswith", "istartswith"), CompareOperator.ew: ("endswith", "iendswith"),
    CompareOperator.gt: ("gt", "gt"), CompareOperator.ge: ("gte", "gte"),
    CompareOperator.lt: ("lt", "lt"), CompareOperator.le: ("lte", "lte"),
}  # fmt: skip


class Question(FilterVisitor[Q]):
    """Turns a filter into a condition; `table` names every attribute that may be asked, in lower case."""

    def __init__(self, table: Table, schema: str, before: str = "") -> None:
        self.table, self.schema, self.before = table, schema.casefold(), before

    def found(self, path: AttrPath) -> Attribute:
        """The attribute that `path` means; one that is not kept raises InvalidFilterException."""
        uri = "" if not path.uri or path.uri.casefold() == self.schema else f"{path.uri}:"
        name = f"{self.before}{uri}{path.attr}{'.' + path.sub_attr if path.sub_attr else ''}".casefold()
        attribute = self.table.get(name) or self.table.get(f"{name}.value")
        if attribute is None:
            raise InvalidFilterException(detail=f"'{name}' cannot be asked here.")
        return attribute

    def visit_comparison(self, node: Comparison) -> Q:
        attribute = self.found(node.attr_path)
        if node.value is None:
            empty = empty_of(attribute)
            return {CompareOperator.eq: empty, CompareOperator.ne: ~empty}.get(node.op, NOTHING)
        if node.op == CompareOperator.ne:
            return ~compared(attribute, CompareOperator.eq, node.value)
        return compared(attribute, node.op, node.value)

    def visit_present(self, node: Present) -> Q:
        return ~empty_of(self.found(node.attr_path))

    def visit_not(self, node: Not) -> Q:
        return ~self.visit(node.expr)

    def visit_logical_expr(self, node: LogicalExpr) -> Q:
        joined = and_ if node.op == LogicalOperator.and_ else or_
        return reduce(joined, (self.visit(term) for term in node.terms))

    def visit_value_path(self, node: ValuePath) -> Q:
        uri = f"{node.attr_path.uri}:" if node.attr_path.uri else ""
        inner = Question(self.table, self.schema, f"{uri}{node.attr_path.attr}.")
        return inner.visit(node.val_filter)


def empty_of(attribute: Attribute) -> Q:
    """Whether an attribute holds nothing."""
    if attribute.within is not None:
        return ~Q(pk__in=attribute.within.values(attribute.owner))
    missing = Q(**{f"{attribute.column}__isnull": True})
    return missing | Q(**{attribute.column: ""}) if attribute.kind == "text" else missing


def compared(attribute: Attribute, operator: CompareOperator, value: Any) -> Q:
    """The condition of one comparison; of several values one is enough."""
    condition = _compared(attribute, operator, value)
    if attribute.within is None:
        return condition
    return Q(pk__in=attribute.within.filter(condition).values(attribute.owner))


def _compared(attribute: Attribute, operator: CompareOperator, value: Any) -> Q:
    """The condition on a row; a value of another kind finds nothing."""
    lookup = LOOKUPS[operator][0 if attribute.exact or attribute.kind != "text" else 1]
    if attribute.kind == "id":
        return _id(attribute, operator, value)
    if attribute.kind == "yes_no":
        if operator != CompareOperator.eq or not isinstance(value, bool):
            raise InvalidFilterException(detail="A yes or no is compared by eq and ne.")
        return Q(**{attribute.column: value})
    if attribute.kind == "moment":
        return Q(**{f"{attribute.column}__{lookup}": _moment(value)})
    if not isinstance(value, str) or "\x00" in value:
        return NOTHING
    return Q(**{f"{attribute.column}__{lookup}": value})


def _id(attribute: Attribute, operator: CompareOperator, value: Any) -> Q:
    if operator != CompareOperator.eq:
        raise InvalidFilterException(detail="An id is compared by eq and ne.")
    try:
        return Q(**{attribute.column: UUID(str(value))})
    except ValueError:
        return NOTHING


def _moment(value: Any) -> datetime:
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError as error:
        raise InvalidFilterException(detail="Write a moment as 2025-11-14T05:12:00Z.") from error
    if found.tzinfo is None or isinstance(found, date) and not isinstance(found, datetime):
        raise InvalidFilterException(detail="Write a moment with its zone, as 2025-11-14T05:12:00Z.")
    return found


def condition(text: str, table: Table, schema: str) -> Q:
    """The condition that a filter says; nothing written means everything."""
    return Question(table, schema).visit(ScimFilter(text).ast) if text else EVERYTHING
