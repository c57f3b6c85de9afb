"""How a figure of the map looks: its step of colour, its mark, and the words that say both."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Cycle
from keepwell.areas.assessment.rules.comparing import Cell
from keepwell.areas.assessment.rules.results import shown
from keepwell.kernel.rollup.tree import Method
from keepwell.kernel.rounding import half_up
from keepwell.platform.publishing import format as printed

FAR, CLEAR, ABOVE = Decimal("1.0"), Decimal("0.5"), Decimal("0.3")
STEPS = 6
MARKED = (("g1", "▼"), ("g2", "▽"), ("g3", ""), ("g4", ""), ("g5", ""))
Step = tuple[str, str, str]
"""A step of a legend: its colour, its mark, its words."""


class Colouring(models.TextChoices):
    """What the colour of a figure tells."""

    GAP = "gap", _("Gap to target")
    LEVEL = "level", _("Level")
    CHANGE = "change", pgettext_lazy("assessment", "Change")


@dataclass(frozen=True, slots=True)
class Shade:
    """A step of colour ("g1" far below to "g6", "" for none), the mark in front of the number, and both in words."""

    look: str = ""
    mark: str = ""
    said: str = ""


PLAIN = Shade()


def shade(cell: Cell, colouring: Colouring, cycle: Cycle) -> Shade:
    """How a figure looks; one without a value is plain, and one without a target as to its gap."""
    if cell.value is None:
        return PLAIN
    if colouring is Colouring.LEVEL:
        return Shade(f"g{_level(cell.value, cycle) + 1}")
    if colouring is Colouring.CHANGE:
        return PLAIN if cell.change is None else of_change(cell.change)
    return PLAIN if cell.gap is None else of_gap(cell.gap)


def of_gap(gap: Decimal) -> Shade:
    """How far a printed number lies below another: marked from 0.5 and from 1.0 on."""
    if gap > 0:
        said = gettext("%(amount)s below target") % {"amount": gap}
        look, mark = ("g1", "▼") if gap >= FAR else ("g2", "▽") if gap >= CLEAR else ("g3", "")
        return Shade(look, mark, said)
    if -gap >= ABOVE:
        return Shade("g5", "", gettext("%(amount)s above target") % {"amount": -gap})
    return Shade("g4", "", gettext("at target"))


def of_change(change: Decimal) -> Shade:
    """How a printed number moved since the cycle before."""
    if change < 0:
        look, mark = ("g1", "▼") if change <= -FAR else ("g2", "▽") if change <= -CLEAR else ("g3", "")
        return Shade(look, mark, gettext("%(amount)s less") % {"amount": -change})
    if change == 0:
        return Shade("g4", "", gettext("as before"))
    look, mark = ("g6", "▲") if change >= CLEAR else ("g5", "")
    return Shade(look, mark, gettext("%(amount)s more") % {"amount": change})


def of_difference(difference: Decimal) -> Shade:
    """How OT stands beside IT: below it is coloured as a gap is."""
    found = of_gap(-difference)
    words = {"amount": abs(difference)}
    if difference < 0:
        return Shade(found.look, found.mark, gettext("OT %(amount)s below IT") % words)
    return Shade(
        found.look, "", gettext("OT %(amount)s above IT") % words if difference else gettext("OT as IT")
    )


def of_claim(difference: Decimal) -> Shade:
    """How far a site's own score lies above what a consultant found; too high is coloured as a gap is."""
    found = of_gap(difference)
    words = {"amount": abs(difference)}
    if difference > 0:
        return Shade(found.look, found.mark, gettext("claims %(amount)s too much") % words)
    return Shade(
        found.look, "", gettext("claims %(amount)s too little") % words if difference else gettext("the same")
    )


def legend(colouring: Colouring, cycle: Cycle) -> list[Step]:
    """Colour, mark and words of each step."""
    if colouring is Colouring.LEVEL:
        return _levels(cycle)
    if colouring is Colouring.CHANGE:
        words = (gettext("1.0 or more less"), gettext("0.5 to 0.9 less"), gettext("0.1 to 0.4 less"), gettext("as before"),
                 gettext("0.1 to 0.4 more"))  # fmt: skip
        return [*_steps(words), ("g6", "▲", gettext("0.5 or more more"))]
    words = (gettext("1.0 or more below"), gettext("0.5 to 0.9 below"), gettext("0.1 to 0.4 below"), gettext("at target"),
             gettext("0.3 or more above"))  # fmt: skip
    return _steps(words)


def legend_of_difference() -> list[Step]:
    """The steps of OT less IT."""
    words = (gettext("OT 1.0 or more below IT"), gettext("0.5 to 0.9 below"), gettext("0.1 to 0.4 below"), gettext("as IT"),
             gettext("0.3 or more above"))  # fmt: skip
    return _steps(words)


def legend_of_claims() -> list[Step]:
    """The steps of own score less the consultant's."""
    words = (gettext("claims 1.0 or more too much"), gettext("0.5 to 0.9 too much"), gettext("0.1 to 0.4 too much"),
             gettext("the same"), gettext("0.3 or more too little"))  # fmt: skip
    return _steps(words)


def _steps(words: tuple[str, ...]) -> list[Step]:
    return [(look, mark, said) for (look, mark), said in zip(MARKED, words, strict=True)]


def _levels(cycle: Cycle) -> list[Step]:
    if cycle.method == Method.SHARE_AT_TARGET:
        return [
            (f"g{step + 1}", "", gettext("from %(least)s on") % {"least": f"{step * 20} %"})
            for step in range(STEPS)
        ]
    lowest, highest, names = cycle.scale.lowest, cycle.scale.highest, cycle.scale.level_names()
    bounds = [lowest + (highest - lowest) * step / (STEPS - 1) for step in range(STEPS)]
    return [(f"g{step + 1}", "", _level_name(bound, names)) for step, bound in enumerate(bounds)]


def _level_name(bound: Decimal, names: dict[int, str]) -> str:
    name = names.get(int(bound)) if bound == int(bound) else None
    return f"{int(bound)} {name}" if name else gettext("from %(least)s on") % {"least": half_up(bound, 1)}


def told(value: Fraction | None, method: str) -> str:
    """A score as it is printed: one decimal, a share at target in percent; "" for none."""
    if value is None:
        return ""
    return f"{half_up(value * 100)} %" if method == Method.SHARE_AT_TARGET else str(shown(value))


def signed(difference: Decimal) -> str:
    """A difference of printed numbers with its sign: −0.8, 0.0, +0.3."""
    return printed.signed(difference, 1)


def _level(value: Fraction, cycle: Cycle) -> int:
    """The step of the level, 0..5: the fifth of the scale that is reached whole."""
    if cycle.method == Method.SHARE_AT_TARGET:
        return min(int(value * (STEPS - 1)), STEPS - 1)
    lowest, highest = Fraction(cycle.scale.lowest), Fraction(cycle.scale.highest)
    reached = Fraction(shown(value) or 0) - lowest
    return max(0, min(int(reached / (highest - lowest) * (STEPS - 1)), STEPS - 1))
