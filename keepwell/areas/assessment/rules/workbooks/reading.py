"""A workbook that comes back: its rows as they were filled in, or what is wrong with it in one sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.utils.translation import gettext

from keepwell.areas.assessment.models import Assessment
from keepwell.areas.assessment.rules.answering import LONGEST_REASON
from keepwell.areas.assessment.rules.outlines import Outline
from keepwell.areas.assessment.rules.workbooks.keys import HEADING, Key, Said, parse
from keepwell.platform.exchange.cells import CellError, decimal, text
from keepwell.platform.exchange.readers import FileRefused, Limits
from keepwell.platform.exchange.readers.spreadsheet import Sheet

LIMITS = Limits(size_bytes=5 << 20, unpacked_bytes=50 << 20, rows=3_000, columns=40, memory_bytes=512 << 20,
                processor_seconds=20, refuses_merged=True)  # fmt: skip
WIDTH_OF_ONE, WIDTH_OF_TWO = 9, 11
"""How many columns a workbook has where the cycle asks for one score, or for two."""
ZIP = b"PK\x03\x04"
MARKS = {"x", "X", "×", "✓", "v", "V", "1", "true", "yes"}


@dataclass(frozen=True)
class Row:
    """A row of the workbook: where it stands, its key, what its cells say, whether last year's answer is confirmed."""

    line: int
    key: Key
    said: Said
    holds: bool

    @property
    def is_edited(self) -> bool:
        """Whether somebody changed its cells since it was taken out."""
        return self.said.digest != self.key.digest


@dataclass(frozen=True)
class Wrong:
    """A row that does not fit: where, which requirement, and why."""

    line: int
    code: str
    sentence: str


def read(path: Path, assessment: Assessment, lines: Outline) -> tuple[list[Row], list[Wrong]]:
    """The rows of a workbook of this assessment, and those that do not fit.

    Raises FileRefused (a Refused) when it is no workbook that was taken out here, or one of something else.
    """
    found, wrong, seen = [], [], set()
    for line, cells in _rows(path, two=assessment.cycle.has_two_dimensions):
        key = parse(cells[-1])
        if key is None:
            said = gettext("Row %(line)d has lost its key in the last column; take the workbook out anew.")
            raise FileRefused(said % {"line": line})
        _require_same(key, assessment)
        try:
            if key.code in seen:
                raise CellError(gettext("This requirement stands in the workbook twice."))
            seen.add(key.code)
            if key.code not in lines.by_code or not lines.by_code[key.code].is_leaf:
                raise CellError(gettext("This requirement is no longer part of the framework of the cycle."))
            found.append(_row(line, key, cells))
        except CellError as error:
            wrong.append(Wrong(line, key.code, error.expected))
    if not found and not wrong:
        raise FileRefused(gettext("The workbook has no row of a requirement; take it out anew."))
    if len({row.key.source for row in found}) > 1:
        raise FileRefused(gettext("The workbook mixes scores of several sources; take it out anew."))
    return found, wrong


def _rows(path: Path, *, two: bool) -> Iterator[tuple[int, list[str]]]:
    """The rows with a key, each with its line, as many cells as the workbook has columns."""
    with path.open("rb") as file:
        if not file.read(4).startswith(ZIP):
            raise FileRefused(gettext("This is no XLSX workbook; bring in the one that was taken out here."))
    if path.stat().st_size > LIMITS.size_bytes:
        raise FileRefused(
            gettext("The workbook is larger than %(most)d MB.") % {"most": LIMITS.size_bytes >> 20}
        )
    width, is_headed = WIDTH_OF_TWO if two else WIDTH_OF_ONE, False
    for line, cells in Sheet(path, LIMITS):
        if line > LIMITS.rows:
            raise FileRefused(
                gettext("The workbook has more than %(most)d rows; take it out anew.") % {"most": LIMITS.rows}
            )
        padded = [cell or "" for cell in [*cells, *[None] * (width - len(cells))][:width]]
        if not is_headed:
            is_headed = HEADING in padded
            if is_headed and padded[-1] != HEADING:
                raise FileRefused(gettext("The columns of the workbook were moved; take it out anew."))
        elif padded[-1]:
            yield line, padded
        elif any(padded[4:]):
            raise FileRefused(
                gettext("Row %(line)d belongs to no requirement; take it out of the workbook.")
                % {"line": line}
            )
    if not is_headed:
        raise FileRefused(
            gettext("This workbook was not taken out of Keepwell, or lost its headings; take it out anew.")
        )


def _require_same(key: Key, assessment: Assessment) -> None:
    """Refuse a workbook of another assessment; what it is of, is told where that is the same cycle's or site's."""
    if key.assessment == assessment.pk:
        return
    other = Assessment.objects.filter(pk=key.assessment).select_related("cycle", "unit").first()
    if other is not None and other.unit_id == assessment.unit_id and other.cycle_id != assessment.cycle_id:
        raise FileRefused(gettext("This workbook is of another cycle, “%(cycle)s”; this one is “%(this)s”.") % {
            "cycle": other.cycle, "this": assessment.cycle})  # fmt: skip
    raise FileRefused(
        gettext("This workbook is of another assessment, not of %(assessment)s.") % {"assessment": assessment}
    )


def _row(line: int, key: Key, cells: Sequence[str]) -> Row:
    two = len(cells) == WIDTH_OF_TWO
    scores = [_score(cell) for cell in cells[5:7]] if two else [None, _score(cells[4])]
    off, holds, reason = cells[-4:-1]
    said = Said(scores[0], scores[1], _marked(off), text(reason) if len(reason) <= LONGEST_REASON else reason)
    return Row(line, key, said, _marked(holds))


def _score(cell: str) -> Decimal | None:
    return decimal(cell.replace(",", ".")) if cell.strip() else None


def _marked(cell: str) -> bool:
    found = cell.strip()
    if found and found not in MARKS:
        raise CellError(gettext("Mark with an x, or leave the cell empty."))
    return bool(found)
