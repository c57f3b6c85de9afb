"""The way down from a number: at most three steps along what pulls it down, to the reason that was recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import islice

from django.utils.translation import gettext

from keepwell.areas.assessment.models import Answer, Assessment, Source, View
from keepwell.areas.assessment.rules.comparing import TOGETHER, HeatMap, Row
from keepwell.areas.assessment.rules.explaining import Told, tell, why_of
from keepwell.areas.assessment.rules.outlines import WHOLE, Line, Outline
from keepwell.areas.assessment.rules.reading.maps import name_of, scope_name
from keepwell.areas.assessment.rules.reading.shades import told
from keepwell.areas.assessment.rules.reading.wishes import Spot
from keepwell.areas.assessment.rules.results import Reckoning, answers_of
from keepwell.areas.frameworks.models import Node
from keepwell.kernel.rollup.explaining import Explanation, explain
from keepwell.kernel.rollup.rolling import roll_up
from keepwell.kernel.rounding import half_up
from keepwell.platform.evidence.shown import Proof, proofs
from keepwell.platform.people.models import Person

MOST_STEPS, MOST_PROOFS = 3, 5


@dataclass(frozen=True)
class Said:
    """What one source said of a requirement, with the score it comes to; the last step of every way down."""

    answer: Answer
    value: str
    proofs: tuple[Proof, ...] = ()
    counts: bool = False

    @property
    def source(self) -> str:
        return self.answer.get_source_display()


@dataclass(frozen=True)
class Step:
    """One step down: a unit or a requirement, its number, what that is made of, and where it opens.

    The last step may be what was `said` of the requirement, the one that counts first.
    """

    title: str
    value: str
    words: str
    spot: Spot | None
    said: tuple[Said, ...] = ()

    @property
    def reason(self) -> Said | None:
        """The reason as recorded: of what counts, else of the first source that gave one."""
        return next((one for one in self.said if one.answer.reason), None)

    @property
    def proofs(self) -> list[Proof]:
        """The evidence of all that was said, each piece once."""
        found = {proof.piece.pk: proof for one in self.said for proof in one.proofs}
        return list(found.values())[:MOST_PROOFS]


def label(line: Line) -> str:
    """A requirement by its code and, where it has one, its title."""
    name = name_of(line)
    return line.code if name == line.code else f"{line.code} {name}"


class Ground:
    """One assessment opened: what it comes to at every requirement, from its answers."""

    def __init__(self, assessment: Assessment, view: View, lines: Outline, person: Person) -> None:
        self.assessment, self.view, self.lines, self.person = assessment, view, lines, person
        self.reckoning = Reckoning(assessment.cycle, on=lines)
        rows = answers_of([assessment.pk]).get(assessment.pk, [])
        views = self.reckoning.views(self.reckoning.scores(assessment, rows))
        self.rolled = roll_up(lines.tree, views.get(view, {}))
        self.nodes = {node.key: node for node in lines.tree.walk()}

    def explain(self, code: str) -> Explanation:
        """Why an inner requirement came to what it came to."""
        return explain(self.nodes[code], self.rolled, self.reckoning.method)

    def told(self, code: str) -> Told:
        """The same in words."""
        return tell(self.explain(code), lambda key: label(self.lines.by_code[key]))

    def value(self, code: str) -> Fraction | None:
        return self.rolled[code].value(self.reckoning.method)

    def steps(self, code: str) -> Iterator[Step]:
        """From a requirement down along the lowest part, to what was said of the last."""
        line = self.lines.by_code.get(code)
        while line is None or not line.is_leaf:
            low = self.explain(code).lowest
            if low is None:
                return
            code, line = low.key, self.lines.by_code[low.key]
            yield self.step(line)

    def step(self, line: Line) -> Step:
        spot = Spot(self.assessment.unit.code, self.assessment.scope, line.code)
        value = told(self.value(line.code), self.assessment.cycle.method)
        if line.is_leaf:
            return Step(label(line), value, statement(line), spot, self.said(line))
        words = self.told(line.code)
        return Step(label(line), value, " ".join(filter(None, (words.sentence, words.left_out))), spot)

    def said(self, line: Line) -> tuple[Said, ...]:
        """What each source said of a leaf, the one that counts first; with the evidence the reader may see."""
        rows = Answer.objects.visible_to(self.person).given().filter(assessment=self.assessment, node=line.pk)
        order = {source.value: place for place, source in enumerate(self.order)}
        found = sorted(
            rows.select_related("answered_by"), key=lambda one: (order.get(one.source, 9), one.source)
        )
        first = found[0].source if found and found[0].source in order else None
        return tuple(self._said(one, counts=one.source == first) for one in found)

    @property
    def order(self) -> tuple[Source, ...]:
        """The sources that make the number which was asked for."""
        return self.assessment.cycle.sources if self.view is View.COUNTING else (Source(self.view.value),)

    def _said(self, answer: Answer, *, counts: bool) -> Said:
        value = ""
        if answer.practice is not None:
            value = str(half_up(self.reckoning.scoring.score(answer.policy, answer.practice), 1))
        return Said(answer, value, tuple(proofs(answer, self.person, MOST_PROOFS)), counts)


def statement(line: Line) -> str:
    """What a requirement asks, in the reader's language."""
    return Node.objects.get(pk=line.pk).text_here


@dataclass(frozen=True)
class WayDown:
    """A number explained, with the steps below it; `parts` are those to go on from, as they were added up."""

    told: Told
    steps: tuple[Step, ...]
    parts: tuple[tuple[str, str, Spot], ...]  # name, printed value, where it opens
    target: Fraction | None = None  # of what is answered itself


def way_down(shown: HeatMap, row: Row, spot: Spot, person: Person) -> WayDown | None:
    """The sentence behind a figure and the way down from it; None where there is no such figure."""
    own = _own(shown, row, spot.scope)
    line = shown.outline.by_code.get(spot.code)
    if own is not None and (spot.code == WHOLE or line is not None):
        return _of_site(shown, own, spot, person)
    found = why_of(shown, row.unit, spot.scope, spot.code)
    if found is None:
        return None
    steps = tuple(islice(_through_units(shown, row, spot, person), MOST_STEPS))
    by_name = {one.unit.code: one for one in shown.rows}
    parts = tuple(
        (name, str(value), Spot(key, spot.scope, spot.code) if key in by_name else _half(row, key, spot))
        for key, name, value in found.parts
    )
    return WayDown(found, steps, parts)


def _of_site(shown: HeatMap, own: Assessment, spot: Spot, person: Person) -> WayDown:
    ground = Ground(own, shown.view, shown.outline, person)
    line = shown.outline.by_code.get(spot.code)
    if line is not None and line.is_leaf:
        step = ground.step(line)
        return WayDown(_told_of(step, own), (step,), (), ground.reckoning.targets.of(own).get(line.code))
    found = ground.told(spot.code)
    parts = tuple((name, str(value), Spot(spot.unit, own.scope, key)) for key, name, value in found.parts)
    return WayDown(found, tuple(islice(ground.steps(spot.code), MOST_STEPS)), parts)


def _told_of(step: Step, own: Assessment) -> Told:
    """One answer as the number it comes to."""
    first = next(iter(step.said), None)
    if first is None:
        return Told(None, gettext("%(code)s is not answered yet.") % {"code": step.title}, "", "", (), None)
    if first.answer.practice is None:
        return Told(None, gettext("%(code)s does not apply.") % {"code": step.title}, "", "", (), None)
    answer = first.answer
    words = {"code": step.title, "value": first.value, "policy": _plain(answer.policy),
             "practice": _plain(answer.practice)}  # fmt: skip
    if answer.policy is None:
        return Told(Fraction(first.value), gettext("%(code)s is %(value)s.") % words, "", "", (), None)
    sentence = gettext("%(code)s is %(value)s: policy %(policy)s, practice %(practice)s.") % words
    return Told(Fraction(first.value), sentence, "", "", (), None)


def _own(shown: HeatMap, row: Row, scope: str) -> Assessment | None:
    """The one assessment behind a figure; None where it is made of several."""
    if any(one.parent == row.unit.pk for one in shown.rows):
        return None
    held = row.assessments
    own = held.get(scope) or (next(iter(held.values())) if scope == TOGETHER and len(held) == 1 else None)
    if own is not None:
        own.cycle = shown.cycle
    return own


def _half(row: Row, key: str, spot: Spot) -> Spot:
    """IT or OT of a site, which a figure of both is made of."""
    scope = next(
        (one for one in row.assessments if key in (one, str(row.assessments[one].get_scope_display()))),
        spot.scope,
    )
    return Spot(row.unit.code, scope, spot.code)


def _through_units(shown: HeatMap, row: Row, spot: Spot, person: Person) -> Iterator[Step]:
    """Down the tree of units along the lowest, then into the requirements of the site that is reached."""
    while True:
        found = shown.explain(row.unit, spot.scope, spot.code)
        low = found.lowest if found is not None else None
        if low is None:
            return
        under = next((one for one in shown.rows if one.unit.code == low.key), None)
        spot = Spot(low.key, spot.scope, spot.code) if under is not None else _half(row, low.key, spot)
        row = under or row
        own = _own(shown, row, spot.scope)
        title = row.unit.name_here if under is not None else scope_name(spot.scope)
        value = told(low.value, shown.cycle.method)
        if own is not None:
            ground = Ground(own, shown.view, shown.outline, person)
            yield Step(title, value, ground.told(spot.code).sentence, spot)
            yield from ground.steps(spot.code)
            return
        words = why_of(shown, row.unit, spot.scope, spot.code)
        yield Step(title, value, words.sentence if words is not None else "", spot)


def _plain(score: Decimal | None) -> str:
    """A score as it was given, with one decimal at least."""
    if score is None:
        return ""
    return str(half_up(score, 1)) if score == half_up(score, 1) else f"{score.normalize():f}"
