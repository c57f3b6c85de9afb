"""Clauses whose words name no facts: somebody is asked whether they apply, and the clock follows the answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import ClauseQuestion, Incident
from keepwell.areas.incidents.rules.timeline import note
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.todos.duties import Duty, Matter, number_of, owed

State = ClauseQuestion.State
APPLIES = gettext_noop("Decided: %(clause)s applies.")
DOES_NOT = gettext_noop("Decided: %(clause)s does not apply.")


def is_there(question: ClauseQuestion) -> bool:
    """Whether somebody may say so, or say otherwise than before."""
    return (
        question.retired_at is None and question.state != State.MOOT and question.incident.retired_at is None
    )


@act(
    Level.EDIT,
    label=_("It applies"),
    offered=lambda question: is_there(question) and question.state != State.APPLIES,
    explains=_("Its clock starts at once, from the event that the clause names."),
)
def say_it_applies(question: ClauseQuestion, *, by: Person, reason: str) -> None:
    """The clause asks to tell its other side of this incident, for `reason`."""
    _answer(question, State.APPLIES, by, reason)


@act(
    Level.EDIT,
    label=_("It does not apply"),
    offered=lambda question: is_there(question) and question.state != State.NOT,
    explains=_("No clock starts by it; one that runs no longer binds. The reason stays with the incident."),
)
def say_it_does_not(question: ClauseQuestion, *, by: Person, reason: str) -> None:
    """The clause does not ask to tell its other side of this incident, for `reason`."""
    _answer(question, State.NOT, by, reason)


def _answer(question: ClauseQuestion, state: str, by: Person, reason: str) -> None:
    if not reason.strip():
        raise Refused(gettext("Say by what in the words of the clause you decided it."))
    question.state, question.reason = state, reason.strip()[:500]
    question.person, question.answered_at = by, moments.now()
    question.save()
    says = APPLIES if state == State.APPLIES else DOES_NOT
    note(
        question.incident,
        says,
        verb="clause",
        by=by,
        kind="decision",
        reason=reason,
        clause=str(question.clause),
    )


@owed
class AboutClauses(Duty):
    """Incidents with clauses of which nobody has said whether they apply, for those who may work on them."""

    name, area = "incidents.clauses", "incidents"

    def rows(self, day: date) -> QuerySet[Any]:
        """Such incidents, the first to be reported first."""
        open_ = ClauseQuestion.objects.open()
        asked = Incident.objects.filter(pk__in=open_.values("incident"))
        asked = asked.annotate(clauses_open=number_of(open_.filter(incident=OuterRef("pk"))))
        return asked.select_related("unit").order_by("reported_at", "pk")

    def matters(self, record: Any, day: date) -> Iterator[Matter]:
        told = ngettext(
            "Say whether %(n)d clause applies to %(incident)s", "Say whether %(n)d clauses apply to %(incident)s",
            record.clauses_open,
        ) % {"n": record.clauses_open, "incident": record}  # fmt: skip
        url = reverse("incident-clocks", args=[record.pk]) + "#clauses"
        context = gettext("%(unit)s: %(title)s") % {"unit": record.unit, "title": record.title}
        today = moments.today(record.unit.time_zone)
        yield Matter("incidents.say_clauses", told, url, today, context, record.urgency)
