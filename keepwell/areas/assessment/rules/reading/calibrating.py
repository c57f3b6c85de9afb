"""What sites say of themselves against what consultants found: who claims too much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from keepwell.areas.assessment.models import Answer, Assessment, Cycle, Source, View
from keepwell.areas.assessment.rules.comparing import HeatMap, heat_map
from keepwell.areas.assessment.rules.outlines import WHOLE, Line
from keepwell.areas.assessment.rules.reading.beside import SCOPES, sites_of
from keepwell.areas.assessment.rules.reading.maps import Head, name_of, scope_name
from keepwell.areas.assessment.rules.reading.shades import Shade, of_claim, signed
from keepwell.areas.assessment.rules.scoring import Scoring
from keepwell.kernel.rollup.tree import Method
from keepwell.kernel.rounding import half_up
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Claim:
    """The printed own score less the printed score of the consultant, at one requirement; None without either."""

    code: str
    own: Decimal | None
    found: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        return None if self.own is None or self.found is None else self.own - self.found

    @property
    def text(self) -> str:
        return "–" if self.difference is None else signed(self.difference)

    @property
    def shade(self) -> Shade:
        return Shade() if self.difference is None else of_claim(self.difference)


@dataclass(frozen=True)
class Claims:
    """One assessment of a site: its claims by requirement, the whole last."""

    unit: Unit
    scope: str
    assessment: Assessment
    claims: tuple[Claim, ...]

    @property
    def scope_here(self) -> str:
        return scope_name(self.scope)

    @property
    def whole(self) -> Decimal:
        return self.claims[-1].difference or NOTHING


@dataclass(frozen=True)
class Calibration:
    """Every assessment with both scores, who claims most first; `without` are the assessments with no consultant."""

    cycle: Cycle
    heads: tuple[Head, ...]
    rows: tuple[Claims, ...]
    without: int

    @property
    def too_high(self) -> int:
        """Assessments whose own score lies half a level or more above what was found."""
        return sum(row.whole >= Decimal("0.5") for row in self.rows)


def calibration(cycle: Cycle, *, person: Person, whole: str) -> Calibration:
    """Own scores against a consultant's, per site and function, as far as `person` may see them; `whole` names the
    last column."""
    own, found = (heat_map(cycle, person=person, view=view) for view in (View.SELF, View.CONSULTANT))
    rows = sorted(_claims(own, found), key=lambda row: (-row.whole, row.unit.code, row.scope))
    heads = (
        *(Head(line.code, name_of(line), name_of(line)) for line in own.columns),
        Head(WHOLE, whole, whole),
    )
    every = sum(len(row.assessments) for row in sites_of(own))
    return Calibration(cycle, heads, tuple(rows), every - len(rows))


def _claims(own: HeatMap, found: HeatMap) -> Iterator[Claims]:
    codes = [line.code for line in own.columns] + [WHOLE]
    for row in sites_of(own):
        other = found.row(row.unit)
        for scope in SCOPES:
            held = row.assessments.get(scope)
            if held is None or other is None:
                continue
            claims = []
            for code in codes:
                mine, theirs = row.cell(scope, code), other.cell(scope, code)
                is_share = mine is not None and mine.method is Method.SHARE_AT_TARGET
                claims.append(Claim(code, mine.shown if mine and not is_share else None,
                                    theirs.shown if theirs and not is_share else None))  # fmt: skip
            if any(claim.difference is not None for claim in claims):
                yield Claims(row.unit, scope, held, tuple(claims))


@dataclass(frozen=True)
class Pair:
    """One requirement as the site and as the consultant scored it."""

    line: Line
    own: Answer
    found: Answer
    own_value: Decimal
    found_value: Decimal

    @property
    def difference(self) -> Decimal:
        return self.own_value - self.found_value

    @property
    def text(self) -> str:
        return signed(self.difference)

    @property
    def shade(self) -> Shade:
        return of_claim(self.difference)


def pairs(assessment: Assessment, lines: dict[UUID, Line], codes: set[str], *, person: Person) -> list[Pair]:
    """The answers of both to the requirements called `codes`, the largest claim first: one query."""
    scoring = Scoring(assessment.cycle)
    rows = Answer.objects.visible_to(person).given().filter(
        assessment=assessment, source__in=(Source.SELF, Source.CONSULTANT), practice__isnull=False)  # fmt: skip
    by_node: dict[UUID, dict[str, Answer]] = {}
    for row in rows.select_related("answered_by"):
        by_node.setdefault(row.node_id, {})[row.source] = row

    def value(answer: Answer) -> Decimal:
        return half_up(scoring.score(answer.policy, answer.practice or NOTHING), 1)

    found = [
        Pair(lines[node], both[Source.SELF], both[Source.CONSULTANT], value(both[Source.SELF]), value(both[Source.CONSULTANT]))
        for node, both in by_node.items() if len(both) == 2 and node in lines and lines[node].code in codes
    ]  # fmt: skip
    return sorted(found, key=lambda pair: (-pair.difference, pair.line.code))
