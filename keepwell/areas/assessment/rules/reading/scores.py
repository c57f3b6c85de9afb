"""Everything that was ever said of one requirement at one site: all years, all sources, who, when and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from keepwell.areas.assessment.models import Answer, Cycle
from keepwell.areas.assessment.rules.carrying import ancestors
from keepwell.areas.assessment.rules.outlines import Line, Outline
from keepwell.areas.assessment.rules.reading.shades import told
from keepwell.areas.assessment.rules.scoring import Scoring
from keepwell.areas.assessment.rules.trends import line_of
from keepwell.kernel.rollup.tree import Method
from keepwell.platform.people.models import Person
from keepwell.platform.replicas.routing import lately
from keepwell.platform.tree.models import Unit


@dataclass(frozen=True)
class Past:
    """One answer of one year: `value` is the score it comes to, as printed, "" where it does not apply; `is_kin`
    where it was given to a requirement of another version from which the present one descends."""

    cycle: Cycle
    answer: Answer
    value: str
    is_kin: bool

    @property
    def source(self) -> str:
        return self.answer.get_source_display()


def past_of(
    cycle: Cycle, lines: Outline, line: Line, unit: Unit, scope: str, *, person: Person
) -> list[Past]:
    """What was said of `line` at a site in a scope in this cycle and those before it, the newest first, as far as
    `person` may see it; the same number of queries whatever the years on one version of the framework. It may come
    from a replica."""
    return lately(lambda: _found(cycle, lines, line, unit, scope, person))


def _found(cycle: Cycle, lines: Outline, line: Line, unit: Unit, scope: str, person: Person) -> list[Past]:
    cycles = {one.pk: one for one in line_of(cycle)}
    nodes = _kin(cycles.values(), lines, line)
    rows = Answer.objects.visible_to(person).given().filter(
        assessment__cycle__in=list(cycles), assessment__unit=unit, assessment__scope=scope,
        assessment__retired_at__isnull=True, node__in=nodes,
    )  # fmt: skip
    order = ("-assessment__cycle__year", "node__position", "source", "pk")
    rules = {key: Scoring(one) for key, one in cycles.items()}
    return [
        _past(
            row,
            cycles[row.assessment.cycle_id],
            rules[row.assessment.cycle_id],
            is_kin=row.node_id != line.pk,
        )
        for row in rows.select_related("answered_by", "node", "assessment").order_by(*order)
    ]


def _past(row: Answer, cycle: Cycle, scoring: Scoring, *, is_kin: bool) -> Past:
    score = None if row.practice is None else scoring.score(row.policy, row.practice)
    return Past(cycle, row, told(score, Method.MEAN_OF_MEANS) if score is not None else "", is_kin)


def _kin(cycles: Iterable[Cycle], lines: Outline, line: Line) -> set[UUID]:
    """The requirement itself, and those of other versions from which it descends."""
    found = {line.pk}
    present = {one.framework_version_id: one.framework_version for one in cycles}
    newest = present.pop(lines.version_id)
    for version in present.values():
        found.update(ancestors(version, newest, lines).get(line.code, ()))
    return found
