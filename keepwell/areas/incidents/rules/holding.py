"""Which rules of notification hold: the shipped ones and the group's own, as rows of those in force let them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from keepwell.areas.incidents.models import RuleInForce, clock_rules
from keepwell.kernel.clocks.rules import Rule, Stage
from keepwell.kernel.clocks.spans import Span


class InForce(NamedTuple):
    """A rule as it holds, at which unit and all under it (None: everywhere), and the own text that it is (None: shipped)."""

    rule: Rule
    unit: UUID | None = None
    own: UUID | None = None


def in_force(rows: Iterable[RuleInForce]) -> list[InForce]:
    """The shipped rules and the group's own as `rows` let them hold; a shipped one without a row holds if it was
    verified."""
    turns: dict[str, list[RuleInForce]] = defaultdict(list)
    for row in rows:
        turns[row.rule].append(row)
    found = [InForce(rule) for name, rule in clock_rules().items() if name not in turns and rule.is_verified]
    for name in dict.fromkeys((*clock_rules(), *turns)):
        found += [
            InForce(_within(rule, row), row.unit_id, row.own_text_id)
            for row in turns.get(name, ())
            if row.is_confirmed and (rule := row.wording)
        ]
    return found


def _within(rule: Rule, row: RuleInForce) -> Rule:
    """`rule` no longer than `row` lets it hold, with our own deadline where the regime sets none."""
    since = max((day for day in (rule.since, row.since) if day), default=None)
    until = min((day for day in (rule.until, row.until) if day), default=None)
    stages = rule.stages
    if row.own_hours:
        stages = tuple(_with_own(stage, Span("hours", row.own_hours)) for stage in stages)
    return replace(rule, since=since, until=until, stages=stages)


def _with_own(stage: Stage, own: Span) -> Stage:
    return replace(stage, internal=own) if stage.internal else stage
