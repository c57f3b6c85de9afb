"""What lies beside an answer, as a strip that the server draws and as the same numbers in a table."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Answer, Cycle, Source
from keepwell.areas.assessment.pages.scoring import LABELS, ONE, POLICY, PRACTICE, plain
from keepwell.platform.records.links import address

WIDTH, EDGE = 264, 8.0
NOW, BEFORE, PEERS, ADVISER, TARGET, OTHER = "now", "before", "peers", "adviser", "target", "other"


@dataclass(frozen=True)
class Mark:
    """One value on the strip and in the table: its sign, what it is, how it is printed, where it lies, what it opens."""

    sign: str
    label: str
    said: str
    x: str
    url: str = ""


@dataclass(frozen=True)
class Strip:
    """One dimension: the ticks of the scale, the middle half of the others, and the marks."""

    name: str
    label: str
    width: int
    ticks: list[tuple[str, int]]
    half: tuple[str, str] | None
    marks: list[Mark]
    note: str

    @property
    def words(self) -> str:
        """The strip in words."""
        return gettext(", ").join(f"{mark.label} {mark.said}" for mark in self.marks)


class Strips:
    """Draws the strips of one requirement for a reader who gives, or looks at, the scores of `source`."""

    def __init__(self, cycle: Cycle, source: Source) -> None:
        self.cycle, self.source = cycle, source
        self.low, self.high = Fraction(cycle.scale.lowest), Fraction(cycle.scale.highest)

    def of(self, entry: rules.Entry, others: dict[str, rules.Peers | None]) -> list[Strip]:
        """One strip for each score that the cycle asks for."""
        names = (POLICY, PRACTICE) if self.cycle.has_two_dimensions else (PRACTICE,)
        return [self._strip(entry, name, others[name]) for name in names]

    def _strip(self, entry: rules.Entry, name: str, spread: rules.Peers | None) -> Strip:
        ticks = [(self._x(Fraction(v)), v) for v in range(int(self.low), int(self.high) + 1)]
        marks = [*self._answers(entry, name), *self._peers(spread), *self._target(entry)]
        has_half = spread is not None and spread.first_quartile is not None
        half = (
            (self._x(spread.first_quartile), self._x(spread.third_quartile)) if spread and has_half else None
        )
        width = f"{float(half[1]) - float(half[0]):.1f}" if half else ""
        note = "" if spread else gettext("The group’s median shows from %(least)d other sites on.") % {
            "least": rules.LEAST_PEERS}  # fmt: skip
        label = LABELS[name] if self.cycle.has_two_dimensions else ONE
        return Strip(name, str(label), WIDTH, ticks, (half[0], width) if half else None, marks, note)

    def _answers(self, entry: rules.Entry, name: str) -> list[Mark]:
        own = entry.answers.get(self.source)
        found = [self._mark(NOW, self._called(self.source, own), own if own and own.is_given else None, name)]
        if self.source is not Source.SELF:
            found.append(self._mark(OTHER, gettext("Site"), entry.own, name))
        found.append(self._before(entry, name))
        for source, sign in ((Source.VALIDATED, OTHER), (Source.CONSULTANT, ADVISER), (Source.AUDIT, OTHER)):
            if source is not self.source:
                one = entry.answers.get(source)
                found.append(self._mark(sign, self._called(source, one), one, name))
        return [mark for mark in found if mark is not None]

    def _called(self, source: Source, answer: Answer | None) -> str:
        if source is self.source:
            return gettext("This answer, now")
        who = answer.answered_by if answer is not None else None
        label = str(source.label)
        return gettext("%(source)s, %(who)s") % {"source": label, "who": who} if who else label

    def _mark(self, sign: str, label: str, answer: Answer | None, name: str) -> Mark | None:
        value: Decimal | None = getattr(answer, name) if answer is not None else None
        if answer is None or value is None:
            return Mark(sign, label, "–", "") if sign == NOW else None
        url = address(answer.type_name(), answer.pk) if sign != NOW else ""
        return Mark(sign, label, plain(value), self._x(Fraction(value)), url)

    def _before(self, entry: rules.Entry, name: str) -> Mark | None:
        before, last = entry.before, self.cycle.previous
        value: Decimal | None = getattr(before, name) if before else None
        if before is None or last is None or value is None:
            return None
        year = {"year": last.year}
        label = (
            gettext("Site, %(year)d, estimated") % year
            if before.is_estimated
            else gettext("Site, %(year)d") % year
        )
        url = address(Answer.type_name(), before.answer) if before.answer else ""
        return Mark(BEFORE, label, plain(value), self._x(Fraction(value)), url)

    def _peers(self, spread: rules.Peers | None) -> list[Mark]:
        if spread is None:
            return []
        label = gettext("Group median")
        if spread.first_quartile is not None:
            label = gettext("Group median, middle half %(first)s–%(third)s") % {
                "first": rules.shown(spread.first_quartile), "third": rules.shown(spread.third_quartile)}  # fmt: skip
        return [Mark(PEERS, label, f"{rules.shown(spread.median)}", self._x(spread.median))]

    def _target(self, entry: rules.Entry) -> list[Mark]:
        if entry.target is None:
            return []
        return [Mark(TARGET, gettext("Target"), f"{rules.shown(entry.target)}", self._x(entry.target))]

    def _x(self, value: Any) -> str:
        """Where a value lies on the strip, in pixels."""
        share = (value - self.low) / (self.high - self.low)
        return f"{EDGE + float(share) * (WIDTH - 2 * EDGE):.1f}"
