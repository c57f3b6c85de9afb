"""The report of a unit: what its sections tell, and the document made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from django.utils.translation import gettext, override

from keepwell.areas.assessment.models import Assessment, Cycle, View
from keepwell.areas.assessment.rules.comparing import TOGETHER, Cell, HeatMap, Row, heat_map
from keepwell.areas.assessment.rules.freezing import snapshots
from keepwell.areas.assessment.rules.outlines import WHOLE
from keepwell.areas.assessment.rules.reading import beside
from keepwell.areas.assessment.rules.reading.maps import Sheet, laid_out, narrowed, scope_name
from keepwell.areas.assessment.rules.reading.shades import told
from keepwell.areas.assessment.rules.reading.wishes import EVERY, Wish
from keepwell.kernel.digests import digest
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level
from keepwell.platform.publishing.blocks import Block, Document, Drawing, Text
from keepwell.platform.publishing.section import SECTIONS
from keepwell.platform.publishing.writers import WRITERS
from keepwell.platform.tree.models import Unit

FORMS = ("pdf", "docx", "pptx", "xlsx")
PARTS = (
    "assessment.executive",
    "assessment.map",
    "assessment.years",
    "assessment.gaps",
    "assessment.plan",
    "assessment.spread",
)
"""The sections of the report, in their order."""
JOB = "assessment.write"


@dataclass(frozen=True)
class Report:
    """One unit in one cycle, as `person` may see it: a site, a company or the group."""

    cycle: Cycle
    unit: Unit
    person: Person
    day: date

    @cached_property
    def shown(self) -> HeatMap:
        """The unit and all below it, by function."""
        return self._of(0)

    @cached_property
    def fine(self) -> HeatMap:
        """The same by category."""
        return self._of(1)

    @cached_property
    def sheet(self) -> Sheet:
        """Every line of the map."""
        return laid_out(self.shown, Wish(open=frozenset({EVERY})))

    @cached_property
    def row(self) -> Row | None:
        """The line of the unit itself; None where nothing of it was assessed."""
        return self.shown.row(self.unit)

    @property
    def is_of_site(self) -> bool:
        return len(self.shown.rows) == 1

    @property
    def scopes(self) -> list[str]:
        """The scopes in which the unit itself was assessed, both together last."""
        row = self.row
        return [scope for scope in self.shown.scopes if row is not None and row.cell(scope) is not None]

    @property
    def whole(self) -> tuple[str, Cell] | None:
        """The one figure of the unit: IT and OT together, or what there is."""
        scope = TOGETHER if TOGETHER in self.scopes else next(iter(self.scopes), "")
        cell = self.row.cell(scope, WHOLE) if self.row is not None and scope else None
        return (scope, cell) if cell is not None else None

    def value(self, cell: Cell) -> str:
        return told(cell.value, self.cycle.method)

    def states(self) -> tuple[int, int]:
        """How many assessments there are, and how many of them are validated."""
        held = [one for row in self.shown.rows for one in row.assessments.values()]
        return len(held), sum(one.state == Assessment.State.VALIDATED for one in held)

    def _of(self, depth: int) -> HeatMap:
        shown = heat_map(self.cycle, person=self.person, view=View.COUNTING, depth=depth)
        if any(row.parent == self.unit.pk for row in shown.rows):
            return narrowed(shown, self.unit)
        return HeatMap(shown.cycle, shown.view, shown.outline, shown.columns, shown.scopes,
                       tuple(row for row in shown.rows if row.unit.pk == self.unit.pk), shown.last_cycle)  # fmt: skip


def findings(report: Report) -> list[str]:
    """Two or three sentences: how it stands, how it moved, where it lags most."""
    if report.whole is None or report.whole[1].value is None:
        return [gettext("Not enough of it is answered yet to say how mature it is.")]
    _scope, cell = report.whole
    words = {"unit": report.unit.name_here, "value": report.value(cell), "cycle": report.cycle.name,
             "target": told(cell.target, report.cycle.method), "scope": scope_name(_scope)}  # fmt: skip
    said = [
        gettext("%(unit)s stands at %(value)s in %(cycle)s, its target is %(target)s (%(scope)s).") % words
        if cell.target is not None else gettext("%(unit)s stands at %(value)s in %(cycle)s (%(scope)s).") % words
    ]  # fmt: skip
    if cell.change is not None and cell.last is not None:
        said.append(_moved(cell, report))
    worst = beside.concerns(report.shown)
    if worst:
        one = worst[0]
        said.append(gettext("Furthest below its target is %(what)s in %(scope)s at %(unit)s: %(value)s, %(gap)s below.") % {
            "what": one.name, "scope": one.scope, "unit": one.row.unit.name_here, "value": report.value(one.cell),
            "gap": one.amount})  # fmt: skip
    return said


def _moved(cell: Cell, report: Report) -> str:
    before = report.cycle.previous
    words = {
        "last": told(cell.last, report.cycle.method),
        "year": before.year if before else "",
        "change": cell.change,
    }
    if cell.is_last_estimated:
        return (
            gettext("In %(year)s it was %(last)s, restated from the version before and therefore estimated.")
            % words
        )
    return gettext("In %(year)s it was %(last)s.") % words


def document(report: Report, language: str) -> Document:
    """The report in `language`; of a frozen cycle it is final."""
    with override(language):
        cycle = report.cycle
        blocks: list[Block] = []
        for name in PARTS:
            found = SECTIONS[name].telling(report)
            is_headed = bool(found) and not isinstance(
                found[0], Drawing
            )  # a drawing has a page of its own, title and all
            blocks += [Text(heading=str(SECTIONS[name].title)), *found] if is_headed else found
        return Document(
            title=gettext("Maturity of %(unit)s") % {"unit": report.unit.name_here},
            subtitle=gettext("%(cycle)s, %(framework)s") % {"cycle": cycle.name, "framework": cycle.framework_version},
            group=cycle.unit.name_here, language=language, as_of=report.day, state=_state(cycle),
            frozen_on=cycle.frozen_at.date() if cycle.frozen_at else None, summary=tuple(findings(report)),
            period=str(cycle.year), last_period=str(cycle.previous.year) if cycle.previous else "", blocks=tuple(blocks),
            digest=_digest(report),
        )  # fmt: skip


def _digest(report: Report) -> str:
    """Of a frozen cycle the digest of what was kept last; else that of the exact figures that the report rests on."""
    if report.cycle.is_frozen:
        return snapshots(report.cycle)[-1].digest
    return digest(
        f"{row.unit.code}|{scope}|{code}|{cell.value}"
        for row in report.shown.rows for (scope, code), cell in row.cells.items()
    )  # fmt: skip


def _state(cycle: Cycle) -> Literal["draft", "frozen", "current"]:
    if cycle.is_frozen:
        return "frozen"
    return "draft" if cycle.is_running else "current"


def write(report: Report, language: str, form: str) -> bytes:
    """The bytes of the report; refused to who may not view the unit."""
    require(report.person, "assessment", Level.VIEW, report.unit)
    made = document(report, language)
    with override(language):
        return WRITERS[form].write(made)
