"""The map as tables: for a workbook, and for reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import View
from keepwell.areas.assessment.rules.comparing import Cell
from keepwell.areas.assessment.rules.reading.maps import (
    DIFFERENCE,
    NOT_APPLICABLE,
    NOWHERE,
    TOO_FEW,
    Sheet,
    Shown,
    difference,
)
from keepwell.areas.assessment.rules.results import shown
from keepwell.areas.assessment.rules.sharing import aliases
from keepwell.kernel.rollup.tree import Method
from keepwell.kernel.rounding import half_up
from keepwell.platform.publishing.blocks import Cell as Printed
from keepwell.platform.publishing.blocks import Column, Document, Table
from keepwell.platform.publishing.excel import write_excel
from keepwell.platform.tree.models import Unit

NOTHING_HERE = _("There is no site here whose maturity you may see.")
Value = Callable[[Cell], Fraction | None]


def map_as_xlsx(sheet: Sheet, at: Unit, day: date, language: str) -> bytes:
    """The map as a workbook: scores, targets and the year before, a sheet each; `at` names the reader's own place."""
    cycle = sheet.cycle
    words = {"cycle": cycle.name, "framework": cycle.framework_version, "score": View(sheet.wish.score).label}
    blocks = [
        table_of(sheet, gettext("Maturity"), _score),
        table_of(sheet, gettext("Targets"), lambda cell: cell.target),
    ]
    if cycle.previous is not None:
        blocks.append(
            table_of(
                sheet, gettext("Maturity %(year)d") % {"year": cycle.previous.year}, lambda cell: cell.last
            )
        )
    document = Document(
        title=gettext("Maturity, %(cycle)s") % words, subtitle=gettext("%(framework)s, %(score)s") % words,
        group=cycle.unit.name_here, language=language, as_of=day, state="frozen" if cycle.is_frozen else "current",
        frozen_on=cycle.frozen_at.date() if cycle.frozen_at else None, blocks=tuple(blocks),
    )  # fmt: skip
    return write_excel(document)


def map_without_names(sheet: Sheet, day: date, language: str) -> bytes:
    """The sites of the map by aliases, in the order of these, and the whole above them: scores and targets. No
    company stands in it, because its place would tell its sites."""
    cycle = sheet.cycle
    named = aliases(cycle, [line.unit for line in sheet.lines if line.is_site])
    tops = [line for line in sheet.lines if line.kind == "grp"]
    lines = [_called(line, "", gettext("All sites")) for line in tops]
    lines += sorted((_called(line, "", named[line.unit.pk]) for line in sheet.lines if line.is_site),
                    key=lambda line: line.unit.name)  # fmt: skip
    nameless = replace(sheet, lines=tuple(lines))
    blocks = (
        table_of(nameless, gettext("Maturity"), _score),
        table_of(nameless, gettext("Targets"), lambda c: c.target),
    )
    document = Document(
        title=gettext("Maturity, %(year)d") % {"year": cycle.year}, subtitle=str(cycle.framework_version),
        group=gettext("Sites by aliases"), language=language, as_of=day, state="frozen" if cycle.is_frozen else "current",
        frozen_on=cycle.frozen_at.date() if cycle.frozen_at else None, blocks=blocks,
    )  # fmt: skip
    return write_excel(document)


def _called(line: Shown, code: str, name: str) -> Shown:
    """A line whose unit goes by another name."""
    unit = Unit(pk=line.unit.pk, code=code, name=name, kind=line.unit.kind)
    return replace(line, row=replace(line.row, unit=unit))


def table_of(sheet: Sheet, caption: str, value: Value) -> Table:
    """Units by requirement, one decimal; shares at target in percent."""
    columns = [Column(pgettext("requirement", "Code")), Column(gettext("Unit"), weight=3)]
    columns += [
        _numbers(sheet, _head(sheet, head.name, scope)) for head in sheet.heads for scope in sheet.scopes
    ]
    rows = tuple((line.unit.code, line.unit.name_here, *_row(sheet, line, value)) for line in sheet.lines)
    return Table(caption, tuple(columns), rows, empty=str(NOTHING_HERE))


def table_on_paper(sheet: Sheet, caption: str) -> Table:
    """The scores, requirements by their codes, so that a page holds IT and OT of all functions."""
    columns = [Column(gettext("Unit"), weight=34)]
    columns += [
        _numbers(sheet, _head(sheet, head.code or head.name, scope).replace(" ", "\n"))
        for head in sheet.heads
        for scope in sheet.scopes
    ]
    rows = tuple((_indented(line), *_row(sheet, line, _score)) for line in sheet.lines)
    return Table(caption, tuple(columns), rows, empty=str(NOTHING_HERE))


def _indented(line: Shown) -> str:
    return f"\N{EM SPACE}{line.unit.name_here}" if line.is_site else line.unit.name_here


def _numbers(sheet: Sheet, title: str) -> Column:
    return Column(title, "number", places=0 if sheet.cycle.method == Method.SHARE_AT_TARGET else 1)


def _head(sheet: Sheet, name: str, scope: str) -> str:
    return f"{name} {sheet.scope_name(scope)}" if sheet.is_twin or scope == DIFFERENCE else name


def _row(sheet: Sheet, line: Shown, value: Value) -> list[Printed]:
    return [_number(sheet, line, scope, head.code, value) for head in sheet.heads for scope in sheet.scopes]


def _number(sheet: Sheet, line: Shown, scope: str, code: str, value: Value) -> Decimal | str:
    """A number, or the sign that stands in its place."""
    if scope == DIFFERENCE:
        off = difference(line.row, code) if value is _score else None
        return NOWHERE if off is None else off
    cell = line.row.cell(scope, code)
    found = value(cell) if cell is not None else None
    if found is None:
        return (
            NOWHERE if cell is None or value is not _score else TOO_FEW if cell.applicable else NOT_APPLICABLE
        )
    rounded = half_up(found * 100) if sheet.cycle.method == Method.SHARE_AT_TARGET else shown(found)
    return NOWHERE if rounded is None else rounded


def _score(cell: Cell) -> Fraction | None:
    return cell.value
