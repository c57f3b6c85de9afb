"""The outcomes of a year as blocks: figures by subject, what was restated, and the trend of training."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.utils.translation import get_language, gettext, gettext_lazy

from keepwell.areas.reporting.rules import Outcome, Outcomes, subject, trend
from keepwell.kernel import periods
from keepwell.platform.publishing.blocks import Block, Figure, Restatement, Text
from keepwell.platform.publishing.section import section

TRAINING = "training.person_times"


@section("reporting.outcomes", gettext_lazy("Outcomes"))
def tell(listed: Outcomes) -> list[Block]:
    """Every figure of the year under its subject."""
    blocks: list[Block] = []
    for title, outcomes in groupby(listed.listed, key=lambda outcome: subject(outcome.metric)):
        blocks.append(Text(heading=title))
        blocks += [block(outcome) for outcome in outcomes]
    if any(outcome.metric.name == TRAINING and outcome.value is not None for outcome in listed.listed):
        blocks.append(Text(heading=gettext("Training over the years")))
        blocks.append(trend(TRAINING, listed.unit, listed.year, periods.SHOWN))
    return blocks


def block(outcome: Outcome) -> Figure:
    """One figure with its proof, in the active language."""
    kept: Any = None if outcome.is_draft else outcome.figure
    title, definition = outcome.words(get_language() or "en")
    return Figure(
        id=outcome.metric.name, title=title, definition=definition, value=outcome.value, unit=outcome.metric.unit,
        state=outcome.state, as_of=outcome.scope.day, digest=outcome.digest, records=outcome.records,
        last=outcome.last, restated=restatement(kept),
        signed_by=str(kept.signed_by or "") if kept else "", signed_on=kept.signed_at.date() if kept else None,
    )  # fmt: skip


def restatement(kept: Any) -> Restatement | None:
    """What stands beside a restated figure."""
    if kept is None or kept.restated_at is None:
        return None
    return Restatement(kept.restated_value, kept.restated_reason, kept.restated_at.date())
