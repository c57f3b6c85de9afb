"""Metrics for programs: what is counted, the figure of a unit and year, and the records behind it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest, ValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import override
from ninja import Field, Router, Schema

from keepwell.platform.metrics.metric import METRICS, Metric, all_metrics
from keepwell.platform.metrics.proof import Proof, proof
from keepwell.platform.metrics.reading import read_at
from keepwell.platform.metrics.scope import Scope, running_year
from keepwell.platform.people.permissions import require, units_seen
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Unit

router = Router(tags=["metrics"])
AREA = "reporting"
RIGHT = {"x-right": f"view {AREA}", "x-access": "permission"}
SIZE = 200
FIRST_YEAR, LAST_YEAR = 1990, 2200


class Declared(Schema):
    """A metric: which records it counts."""

    name: str = Field(description="Its id, as training.person_times.")
    title: dict[str, str] = Field(description="By language: en, zh-Hant.")
    definition: dict[str, str] = Field(description="By language: en, zh-Hant.")
    unit: str = Field(
        description="What it counts in: count, people, person_times, hours, duration (a length in hours), sites, "
        "yes_no, share or score."
    )
    better: str = Field(description="up or down.")
    published: bool = Field(description="Whether it stands among the outcomes of a year.")


class Figure(Schema):
    """The figure of one metric for a unit and all below it."""

    metric: str
    unit: str = Field(description="Code of the unit.")
    year: int
    as_of: str = Field(description="The day as of which it was counted.")
    value: float | bool | None = Field(description="Null: no data, which is not zero.")
    numerator: int | None
    denominator: int | None = Field(description="Of shares, of scores, and how many lengths of time.")
    records: int = Field(description="How many records the figure opens.")
    excluded: int = Field(description="Records that lie in no unit and count nowhere.")
    digest: str = Field(description="SHA-256 over the natural keys of what was counted.")


class Counted(Schema):
    """A record behind a figure."""

    id: str
    key: str = Field(description="Its natural key.")
    text: str = Field(description="How people call it.")


class Records(Schema):
    """Some of the records behind a figure, those you may see."""

    kind: str = Field(description="Which kind of record: app.model.")
    total: int = Field(description="How many the figure counts.")
    hidden: int = Field(description="How many of them you may not see.")
    items: list[Counted]
    later: str | None = Field(description="Send it as `after` for the next page; null at the end.")


@router.get(
    "/metrics",
    response=list[Declared],
    operation_id="list_metrics",
    summary="List metrics",
    openapi_extra=RIGHT,
)
def list_metrics(request: PersonRequest) -> list[dict[str, Any]]:
    """Every metric and what it counts."""
    return [_declared(metric) for metric in all_metrics()]


@router.get(
    "/metrics/{name}",
    response=Figure,
    operation_id="read_metric",
    summary="Read a figure",
    openapi_extra=RIGHT,
)
def read_metric(request: PersonRequest, name: str, unit: str = "", year: int | None = None) -> dict[str, Any]:
    """The figure of a metric at a unit (else the group) in a fiscal year (else the running one)."""
    where, scope = _asked(request, name, unit, year)
    reading = read_at(where, scope, [METRICS[name]])[name]
    return {"metric": name, "unit": where.code, "year": scope.year.number, "as_of": scope.day.isoformat(),
            "value": reading.value, "numerator": reading.numerator, "denominator": reading.denominator,
            "records": reading.records, "excluded": reading.excluded, "digest": reading.digest}  # fmt: skip


@router.get(
    "/metrics/{name}/records", response=Records, operation_id="read_metric_records", summary="Open a figure",
    openapi_extra=RIGHT,
)  # fmt: skip
def read_records(
    request: PersonRequest, name: str, unit: str = "", year: int | None = None, after: str = ""
) -> dict[str, Any]:
    """The very records that a figure counts, as far as you may see them, 200 at a time."""
    where, scope = _asked(request, name, unit, year)
    opened = proof(name, where, scope, request.person)
    rows = _beyond(opened, after).order_by("pk").select_related()
    found = list(rows[: SIZE + 1])
    return {
        "kind": opened.rows.model._meta.label_lower, "total": opened.total, "hidden": opened.hidden,
        "items": [{"id": str(row.pk), "key": _key(row), "text": str(row)} for row in found[:SIZE]],
        "later": str(found[SIZE - 1].pk) if len(found) > SIZE else None,
    }  # fmt: skip


def _asked(request: PersonRequest, name: str, code: str, year: int | None) -> tuple[Unit, Scope]:
    """Unit and scope, where the caller may view figures."""
    if name not in METRICS:
        raise Http404
    if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadRequest(_("Write a year, as 2023."))
    person = request.person
    wanted = units_seen(person).filter(code=code) if code else Unit.objects.filter(kind=Unit.Kind.GROUP)
    unit = wanted.first() if "\x00" not in code else None
    if unit is None:
        raise BadRequest(_("No unit is called “%(text)s”.") % {"text": code})
    require(person, AREA, Level.VIEW, unit)
    return unit, Scope.of_year(year or running_year())


def _beyond(opened: Proof, after: str) -> Any:
    if not after:
        return opened.rows
    try:
        return opened.rows.filter(pk__gt=opened.rows.model._meta.pk.to_python(after))
    except (ValidationError, ValueError) as error:
        raise BadRequest(_("This cursor belongs to no page of this list; begin again without it.")) from error


def _key(row: Any) -> str:
    return row.natural_key() if hasattr(row, "natural_key") else str(row.pk)


def _declared(metric: Metric) -> dict[str, Any]:
    return {"name": metric.name, "title": _both(metric.title), "definition": _both(metric.definition),
            "unit": metric.unit, "better": metric.better, "published": metric.published}  # fmt: skip


def _both(text: Any) -> dict[str, str]:
    """A text in both languages."""
    found = {}
    for language, code in (("en", "en"), ("zh-Hant", "zh-hant")):
        with override(code):
            found[language] = str(text)
    return found
