"""The plan of a cycle on one sheet: gaps by priority, grouped by requirement, with what they cost and how they stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from keepwell.areas.assessment.models import Cycle, Recommendation
from keepwell.areas.assessment.rules.outlines import Line, Outline
from keepwell.areas.improvement.models import Action
from keepwell.kernel.rounding import half_up
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit

NOTHING = Decimal(0)
COLUMNS = (
    "node", "assessment__scope", "assessment__unit", "score", "target", "priority", "state", "uplift", "action__uplift",
    "action__cost", "action__currency", "action__state", "action__due_on", "action__initiative",
)  # fmt: skip


@dataclass
class Group:
    """A requirement in one scope with the sites that lie below their target there.

    `priority` is the sum of theirs; `costs` are those of its actions by currency, `lifts` the levels those with a
    cost are expected to bring.
    """

    line: Line
    scope: str
    sites: set[UUID] = field(default_factory=set)
    priority: Decimal = NOTHING
    largest: Decimal = NOTHING
    uplift: Decimal = NOTHING
    proposed: int = 0
    declined: int = 0
    planned: int = 0
    done: int = 0
    late: int = 0
    dropped: int = 0
    initiatives: set[UUID] = field(default_factory=set)
    costs: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: NOTHING))
    lifts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: NOTHING))

    @property
    def shared_by(self) -> int:
        """How many sites share the gap."""
        return len(self.sites)

    @property
    def is_shared(self) -> bool:
        """Whether an initiative can be made of it."""
        return self.shared_by > 1 and not self.initiatives and (self.proposed + self.planned) > 1

    @property
    def cost_per_level(self) -> list[tuple[str, Decimal]]:
        """What one level of uplift costs, by currency, whole units; nothing where no cost is known."""
        return [
            (currency, half_up(cost / self.lifts[currency]))
            for currency, cost in sorted(self.costs.items()) if self.lifts[currency] > 0
        ]  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """The groups of a cycle, the foremost first, and all of them together."""

    cycle: Cycle
    groups: tuple[Group, ...]
    gaps: int
    proposed: int
    planned: int
    done: int
    late: int
    costs: tuple[tuple[str, Decimal], ...]


def plan_of(cycle: Cycle, lines: Outline, *, person: Person, day: date, below: Unit | None = None) -> Plan:
    """The plan of a cycle as far as `person` may see it, of all sites or those `below` a unit: one query.

    Late is what was due before `day` and is still to be carried out.
    """
    rows: Any = Recommendation.objects.current().visible_to(person).filter(assessment__cycle=cycle)
    if below is not None:
        rows = rows.below(below)
    groups: dict[tuple[UUID, str], Group] = {}
    for row in rows.order_by("pk").values_list(*COLUMNS):
        line = lines.by_pk.get(row[0])
        if line is not None:
            group = groups.setdefault((row[0], row[1]), Group(line, row[1]))
            _add(group, row[2:], day)
    ranked = sorted(groups.values(), key=lambda one: (-one.priority, one.line.code, one.scope))
    return Plan(
        cycle, tuple(ranked), sum(_gaps(one) for one in ranked), sum(one.proposed for one in ranked),
        sum(one.planned for one in ranked), sum(one.done for one in ranked), sum(one.late for one in ranked),
        tuple(sorted(_together(one.costs for one in ranked).items())),
    )  # fmt: skip


def _add(group: Group, row: tuple[Any, ...], day: date) -> None:
    site, score, target, priority, state, uplift, lifts, cost, currency, action, due_on, initiative = row
    group.sites.add(site)
    group.priority += priority
    if score is not None and target is not None:
        group.largest = max(group.largest, target - score)
    if state != Recommendation.State.ACCEPTED:
        group.proposed += state == Recommendation.State.PROPOSED
        group.declined += state == Recommendation.State.DECLINED
        group.uplift += uplift if state == Recommendation.State.PROPOSED else NOTHING
        return
    if action == Action.State.DROPPED:
        group.dropped += 1
        return
    is_open = action in Action.OPEN
    group.planned += is_open
    group.done += not is_open
    group.late += bool(is_open and due_on < day)
    group.uplift += lifts or NOTHING
    if initiative is not None:
        group.initiatives.add(initiative)
    if cost is not None:
        group.costs[currency] += cost
        group.lifts[currency] += lifts or NOTHING


def _gaps(one: Group) -> int:
    return one.proposed + one.declined + one.planned + one.done + one.dropped


def _together(costs: Iterable[dict[str, Decimal]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(lambda: NOTHING)
    for one in costs:
        for currency, cost in one.items():
            found[currency] += cost
    return found
