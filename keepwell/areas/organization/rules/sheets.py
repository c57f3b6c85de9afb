"""The chart on paper: every unit on it, spread so that it is as large as the sheet allows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from keepwell.areas.organization.rules.chart import (
    Branch,
    Grid,
    Layout,
    branch,
    laid_out,
    units_below,
)
from keepwell.areas.organization.rules.heads import facts
from keepwell.kernel.digests import digest as digest_of
from keepwell.platform.people.models import Person
from keepwell.platform.publishing.blocks import Block, Column, Document, Drawing, Paper, Table
from keepwell.platform.publishing.writers import WRITERS
from keepwell.platform.tree.models import Unit

FORMS = ("pdf", "docx", "pptx", "xlsx", "md", "json")
AT_ONCE = ("md", "json")
JOB = "organization.chart"
MOST_COLUMNS = 24


@dataclass(frozen=True)
class Sheet:
    """What the title and foot of a sheet leave for a chart, in millimetres."""

    paper: Paper
    width: int
    height: int

    def scale(self, layout: Layout) -> float:
        """Millimetres that one unit of the drawing gets."""
        return min(self.width / layout.width, self.height / layout.height)


SMALL, LARGE = Sheet("a4-landscape", 269, 140), Sheet("a3-landscape", 392, 225)
READABLE = 6 * 0.3528 / 11  # the smallest text has 11 units and shall print as 6 points


def document(unit: Unit, day: date, language: str, person: Person) -> Document:
    """The chart of `unit` on `day` in `language`, of what `person` may see."""
    with override(language):
        top = branch(unit, day, person)
        drawings = [_drawing(layout, place) for place, layout in enumerate(layouts(top, sheet_for(top)))]
        return Document(
            title=_("Organization chart"), group=unit.name_here, language=language, as_of=day,
            subtitle=facts(unit, day), paper=sheet_for(top).paper, state="current",
            digest=digest_of(f"{one.unit.code}|{one.people}" for one, _depth in [(top, 0), *units_below(top)]),
            blocks=tuple[Block, ...](drawings),
        )  # fmt: skip


def write(unit: Unit, day: date, language: str, form: str, person: Person) -> bytes:
    """The chart as a file of `form`; for workers, but for md and json, which a page may write at once."""
    with override(language):
        return WRITERS[form].write(document(unit, day, language, person))


def file_name(form: str, language: str) -> str:
    """What the file is called where it is saved."""
    return f"organization-chart-{language}.{WRITERS[form].extension}"


def sheet_for(top: Branch) -> Sheet:
    """The smallest sheet on which the chart can be read."""
    return SMALL if SMALL.scale(spread(top, SMALL)) >= READABLE else LARGE


def layouts(top: Branch, sheet: Sheet) -> list[Layout]:
    """The chart as one drawing; where that could not be read, the heads, then each with its own."""
    whole = spread(top, sheet)
    if sheet.scale(whole) >= READABLE or not any(one.below for one in top.below):
        return [whole]
    return [spread(top, sheet, folded=True), *(spread(one, sheet) for one in top.below if one.below)]


def spread(top: Branch, sheet: Sheet, *, folded: bool = False) -> Layout:
    """The layout of `top` that is largest on `sheet`."""
    longest = 1 if folded else max((sum(1 for _ in units_below(one)) for one in top.below), default=1)
    tried = (
        laid_out(top, Grid(rows, columns), folded=folded)
        for rows in range(1, max(longest, 1) + 1)
        for columns in range(1, MOST_COLUMNS + 1)
        if rows * MOST_COLUMNS >= longest
    )
    return max(tried, key=sheet.scale)


def _units(top: Branch) -> int:
    return sum(1 for _ in units_below(top))


def _drawing(layout: Layout, place: int) -> Drawing:
    top = layout.top
    columns = (
        Column(_("Unit"), weight=3), Column(_("Code")), Column(_("Kind")), Column(_("Country")),
        Column(pgettext("column", "People"), "number"),
    )  # fmt: skip
    listed = [(top, 0), *units_below(top)] if any(h.lanes[0] for b in layout.bands for h in b) else [(top, 0)]
    rows = tuple(
        ("\N{EM SPACE}" * depth + one.unit.name_here, one.unit.code, one.unit.get_kind_display(),
         one.unit.country, one.people)
        for one, depth in listed
    )  # fmt: skip
    title = "" if place == 0 else top.unit.name_here
    alt = _("Chart of %(unit)s with %(count)d units below it; they stand in the table.") % {
        "unit": top.unit, "count": _units(top)}  # fmt: skip
    table = Table(_("Units and the people who work there and below"), columns, rows)
    return Drawing(f"chart-{place}", title, layout.svg(), table, alt)
