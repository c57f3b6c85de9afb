"""What the clocks of incidents are reckoned from is asked here: about many incidents at the cost of one, and about one
alone by statements that a process makes once (ADR 30), for every change of an incident asks them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from keepwell.areas.incidents.models import (
    CalendarDay,
    Classification,
    ClauseQuestion,
    Clock,
    Incident,
    IncidentEvent,
    IncidentNotice,
    NoticeFact,
    RuleInForce,
)
from keepwell.areas.organization.models import BusinessCalendar, LegalStanding, NoticeClause
from keepwell.platform.history.ready import Ready
from keepwell.platform.tree.models import Ancestry, Unit

Rows = QuerySet[Any, Any]  # of records, or of values, as the question has it
RECKONED_FROM = ("number", "version", "unit_id", "factors", "aware_at", "detected_at", "reported_at", "is_material",
                 "material_at", "contained_at", "closed_at", "retired_at")  # fmt: skip
"""The columns of an incident from which its clocks are reckoned, and by which they are called."""


@dataclass(frozen=True)
class About:
    """The incidents that are asked about: all that `rows` finds; `key` if it is that one alone."""

    rows: QuerySet[Incident]
    key: UUID | None = None


def one(key: UUID) -> About:
    """The incident with that key."""
    return About(_alone(key), key)


def _alone(key: UUID) -> QuerySet[Incident]:
    return Incident.objects.filter(pk=key).only(*RECKONED_FROM)


class Question:
    """What `build` asks about incidents."""

    def __init__(self, build: Callable[[QuerySet[Incident]], Rows]) -> None:
        self.build = build
        self.of_one = Ready(lambda key: build(_alone(key)), UUID)

    def records(self, about: About) -> list[Any]:
        """The records, of whatever model it asks for."""
        return list(self.build(about.rows)) if about.key is None else self.of_one.records(about.key)

    def rows(self, about: About) -> list[Any]:
        """The rows of a `values_list`."""
        return list(self.build(about.rows)) if about.key is None else self.of_one.rows(about.key)


def _keys(incidents: QuerySet[Incident]) -> Rows:
    return incidents.order_by().values("pk")


def _touching(incidents: QuerySet[Incident]) -> Rows:
    return Incident.affected_units.through.objects.filter(incident__in=_keys(incidents))


def _ways(incidents: QuerySet[Incident]) -> QuerySet[Ancestry]:
    """The ways up from the units of `incidents`, and from those that they touch."""
    of_its_own = Q(descendant__in=incidents.order_by().values("unit"))
    touched = Q(descendant__in=_touching(incidents).values("unit"))
    return Ancestry.objects.filter(of_its_own | touched, until__isnull=True)


def _here(rows: Callable[[], Rows], order: str = "pk") -> Question:
    """Those of `rows` that lie at a unit of these ways."""
    return Question(
        lambda incidents: rows().filter(unit__in=_ways(incidents).values("ancestor")).order_by(order)
    )


def _of(rows: Callable[[], Rows], *order: str) -> Question:
    """Those of `rows` that belong to these incidents."""
    return Question(lambda incidents: rows().filter(incident__in=_keys(incidents)).order_by(*order))


def _reckoned(incidents: QuerySet[Incident]) -> Rows:
    """The incidents, with whether customers are named in them and whether somebody is asked of clauses."""
    naming = Incident.customers_named.through.objects.filter(incident=OuterRef("pk"))
    asking = ClauseQuestion.objects.current().filter(incident=OuterRef("pk"))
    return incidents.annotate(names_customers=Exists(naming), asks=Exists(asking)).order_by("pk")


def _named(incidents: QuerySet[Incident]) -> Rows:
    """The customers who were named, whatever their clauses are called today."""
    naming = Incident.customers_named.through.objects.filter(incident__in=_keys(incidents))
    return naming.order_by("pk").values_list("incident", "noticeclause__counterparty")


def _sent(incidents: QuerySet[Incident]) -> Rows:
    rows = IncidentNotice.objects.sent().filter(clock__incident__in=_keys(incidents))
    return rows.select_related("clock__unit", "clock__clause").order_by("sent_at", "pk")


def of_clocks(*columns: str) -> Question:
    """These columns of the clocks there are."""
    return _of(lambda: Clock.objects.current().values_list(*columns), "pk")


INCIDENTS = Question(_reckoned)
WAYS = Question(lambda incidents: _ways(incidents).order_by("depth").values_list("descendant", "ancestor"))
UNITS = Question(lambda incidents: Unit.objects.filter(pk__in=_ways(incidents).values("ancestor")))
RULES = _here(RuleInForce.objects.current, "turn")
STANDINGS = _here(LegalStanding.objects.current)
CLAUSES = _here(NoticeClause.objects.current)
DAYS = _here(CalendarDay.objects.current)
CALENDARS = _here(BusinessCalendar.objects.current)
TOUCHED = Question(lambda incidents: _touching(incidents).order_by("pk").values_list("incident", "unit"))
LEVELS = _of(
    lambda: Classification.objects.current().values_list(
        "incident_id", "revision", "at", "level", "national_level"
    ),
    "revision",
)
EVENTS = _of(IncidentEvent.objects.current, "at", "pk")
FACTS = _of(NoticeFact.objects.current, "pk")
ANSWERS = _of(ClauseQuestion.objects.current, "pk")
CUSTOMERS = Question(_named)
SENT = Question(_sent)
