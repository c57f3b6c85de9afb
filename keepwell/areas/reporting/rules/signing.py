"""Signing, freezing and restating the figures of a year."""

from __future__ import annotations

from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from keepwell.areas.reporting.models import Figure
from keepwell.areas.reporting.rules.outcomes import Outcome, outcomes
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Unit

SHORTEST_REASON = 10


def _say_why(reason: str) -> str:
    """A reason that will stand beside a published figure for ever."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused(gettext("Write at least one sentence; it stays beside the figure."))
    return reason.strip()


def _keep(figure: Figure, outcome: Outcome) -> None:
    """Let `figure` hold what is counted and defined now."""
    metric, reading = outcome.metric, outcome.reading
    with override("en"):
        figure.title, figure.definition = str(metric.title), str(metric.definition)
    with override("zh-hant"):
        figure.title_zh, figure.definition_zh = str(metric.title), str(metric.definition)
    figure.kind, figure.as_of = metric.unit, outcome.scope.day
    figure.value, figure.records, figure.digest = outcome.counted, reading.records, reading.digest


def _sign(figure: Figure, outcome: Outcome, by: Person) -> None:
    _keep(figure, outcome)
    figure.state, figure.signed_by, figure.signed_at = Figure.State.SIGNED_OFF, by, moments.now()
    figure.save()


def _ended(outcome: Outcome) -> None:
    if outcome.scope.day < outcome.scope.year.last:
        raise Refused(gettext("The year %(year)s ends on %(day)s; a figure can be signed from then on.") % {
            "year": outcome.scope.year, "day": outcome.scope.year.last.isoformat()})  # fmt: skip


@act(Level.DECIDE, label=_("Sign off"), offered=lambda figure: not figure.is_frozen,
     explains=_("The figure is counted once more and you answer for it. It can be signed again until it is frozen."))  # fmt: skip
def sign_off(figure: Figure, *, by: Person) -> None:
    """Answer for a figure as it is counted now."""
    outcome = outcomes(figure.unit, figure.year).of(figure.name)
    _ended(outcome)
    _sign(figure, outcome, by)


@act(Level.DECIDE, label=_("Take back the signature"), offered=lambda figure: figure.is_signed,
     explains=_("The figure becomes a draft and follows its records again."))  # fmt: skip
def take_back(figure: Figure, *, by: Person, reason: str) -> None:
    """Make a signed figure a draft again."""
    _say_why(reason)
    figure.state = Figure.State.DRAFT
    figure.save()


@act(Level.DECIDE, label=_("Freeze"), offered=lambda figure: figure.is_signed,
     explains=_("Value, definition and digest stay as they are for ever. A later correction stands beside them."))  # fmt: skip
def freeze(figure: Figure, *, by: Person) -> None:
    """Keep a signed figure for ever."""
    _freeze(figure, by)


def _freeze(figure: Figure, by: Person) -> None:
    figure.state, figure.frozen_by, figure.frozen_at = Figure.State.FROZEN, by, moments.now()
    figure.save()


@act(Level.DECIDE, label=_("Restate"), offered=lambda figure: figure.is_frozen,
     explains=_("The published value stays; today's count is shown beside it with your reason."))  # fmt: skip
def restate(figure: Figure, *, by: Person, reason: str) -> None:
    """Put today's count beside a frozen figure that it no longer equals."""
    outcome = outcomes(figure.unit, figure.year).of(figure.name)
    if (outcome.counted, outcome.reading.digest) == (figure.stands, figure.restated_digest or figure.digest):
        raise Refused(gettext("Counted today the figure is the same; there is nothing to restate."))
    figure.restated_value, figure.restated_digest = outcome.counted, outcome.reading.digest
    figure.restated_reason, figure.restated_at = _say_why(reason), moments.now()
    figure.save()


@act(Level.DECIDE, area="reporting", label=_("Sign the drafts"),
     explains=_("Every draft is counted once more and you answer for it."))  # fmt: skip
def sign_year(unit: Unit, *, by: Person, year: int) -> int:
    """Sign every draft of a year that has ended; returns how many."""
    drafts = [outcome for outcome in outcomes(unit, year).listed if outcome.is_draft]
    for outcome in drafts:
        _ended(outcome)
        figure = outcome.figure or Figure(unit=unit, year=year, name=outcome.metric.name)
        _sign(figure, outcome, by)
    return len(drafts)


@act(Level.DECIDE, area="reporting", label=_("Freeze the year"),
     explains=_("Every signed figure keeps value, definition and digest for ever, "
                "and the documents of the year are made and kept."))  # fmt: skip
def freeze_year(unit: Unit, *, by: Person, year: int) -> int:
    """Freeze a year whose figures are all signed, and have its documents made; returns how many were frozen."""
    listed = outcomes(unit, year).listed
    drafts = sum(outcome.is_draft for outcome in listed)
    if drafts:
        raise Refused(gettext("%(count)d figures are still drafts; sign them first.") % {"count": drafts})
    signed = [outcome.figure for outcome in listed if outcome.figure and outcome.figure.is_signed]
    if not signed:
        raise Refused(gettext("Every figure of %(year)d is frozen already.") % {"year": year})
    for figure in signed:
        _freeze(figure, by)
    enqueue("reporting.publish", person_id=by.pk, key=f"publish|{unit.pk}|{year}", unit=unit.code, year=year)
    return len(signed)
