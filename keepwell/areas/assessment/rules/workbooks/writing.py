"""The workbook as it is taken out: what is asked, what the cycle before said, and cells to be filled in."""

from __future__ import annotations

from typing import IO, Any

from django.utils.translation import gettext, pgettext

from keepwell.areas.assessment.models import Answer, Source
from keepwell.areas.assessment.rules.outlines import Line
from keepwell.areas.assessment.rules.results import shown
from keepwell.areas.assessment.rules.workbooks.keys import HEADING, Key, Said
from keepwell.areas.assessment.rules.working import Entry, Sheet
from keepwell.areas.frameworks.models import Node
from keepwell.areas.frameworks.models.outlines import in_reader_language
from keepwell.platform.exchange.writers import put_text
from keepwell.platform.people.models import Person

LONGEST_REASON = 4_000
INK, LINE, WASH, TYPED = "#17212b", "#dfe3e8", "#f5f6f8", "#e6f0f9"
CODE, TEXT, TARGET, BEFORE, TYPE, WIDE = 11, 64, 8, 10, 10, 60


def take_out(sheet: Sheet, source: Source, file: IO[bytes], *, person: Person) -> int:
    """Write the workbook of an assessment for scores of `source`; returns how many requirements are in it."""
    import xlsxwriter  # some 30 ms, and few processes write a workbook

    book = xlsxwriter.Workbook(file, {"in_memory": True})
    book.set_properties({"title": f"{sheet.assessment}", "company": "Keepwell"})
    page = _Page(book, sheet, source)
    page.head(person)
    rows = page.rows()
    page.finish()
    book.close()
    return rows


class _Page:
    """The one sheet of the workbook."""

    def __init__(self, book: Any, sheet: Sheet, source: Source) -> None:  # XlsxWriter tells no types
        self.sheet, self.source, self.cycle = sheet, source, sheet.assessment.cycle
        self.page = book.add_worksheet(gettext("Answers"))
        base = {"font_name": "Calibri", "font_size": 10, "font_color": INK, "valign": "top"}
        cell = base | {"bottom": 1, "bottom_color": LINE}
        number = {"num_format": "0.0#", "align": "right"}
        typed = {"locked": False, "bg_color": TYPED, "border": 1, "border_color": LINE}
        looks = {
            "title": base | {"bold": True, "font_size": 14}, "fact": base,
            "head": base | {"bold": True, "text_wrap": True, "bottom": 2, "valign": "bottom", "bg_color": WASH},
            "group": base | {"bold": True, "bg_color": WASH}, "text": cell | {"text_wrap": True}, "code": cell,
            "number": cell | number, "score": cell | number | typed, "mark": cell | typed | {"align": "center"},
            "reason": cell | typed | {"text_wrap": True}, "key": base | {"font_color": "#97a3b0"},
        }  # fmt: skip
        self.looks = {name: book.add_format(look) for name, look in looks.items()}
        self.texts = {
            pk: in_reader_language(statement, zh) or in_reader_language(title, title_zh)
            for pk, statement, zh, title, title_zh in Node.objects.filter(
                framework_version=self.cycle.framework_version_id
            ).values_list("pk", "statement", "statement_zh", "title", "title_zh")
        }
        two = self.cycle.has_two_dimensions
        self.scores = ["policy", "practice"] if two else ["practice"]
        self.row = 0

    def head(self, person: Person) -> None:
        """What the workbook is, how it is filled in, and the headings."""
        scale = self.cycle.scale
        lines = [
            (f"{self.sheet.assessment}", "title"),
            (gettext("Taken out for %(who)s. Fill in the blue cells; leave the rest and the last column as they are.")
             % {"who": person}, "fact"),
            (gettext("Scores run from %(lowest)s to %(highest)s in steps of %(step)s. An x says that a requirement does not "
                     "apply, with the reason, or that last year’s answer still holds.")
             % {"lowest": _plain(scale.lowest), "highest": _plain(scale.highest), "step": _plain(scale.step)}, "fact"),
        ]  # fmt: skip
        for text, look in lines:
            self._text(0, text, look)
            self.row += 1
        self.row += 1
        for column, (heading, width) in enumerate(self._columns()):
            self._text(column, heading, "head")
            self.page.set_column(column, column, width)
        last = len(self._columns()) - 1
        self.page.set_column(last, last, 4, None, {"hidden": True})
        self.first = self.row = self.row + 1

    def _columns(self) -> list[tuple[str, int]]:
        labels = self._labels()
        return [
            (pgettext("requirement", "Code"), CODE), (gettext("Requirement"), TEXT), (gettext("Target"), TARGET),
            *((gettext("%(score)s before") % {"score": label}, BEFORE) for label in labels),
            *((label, TYPE) for label in labels),
            (gettext("Does not apply (x)"), TYPE), (gettext("Still holds (x)"), TYPE), (gettext("Reason"), WIDE), (HEADING, 4),
        ]  # fmt: skip

    def _labels(self) -> list[str]:
        return (
            [gettext("Policy"), gettext("Practice")] if self.cycle.has_two_dimensions else [gettext("Score")]
        )

    def rows(self) -> int:
        """The requirements below their functions and categories; returns how many."""
        known = {entry.line.code: entry for entry in self.sheet.entries}
        shown_groups = {code for code in known for code in self.sheet.outline.above(code)}
        for line in self.sheet.outline.lines:
            if line.code in known:
                self._entry(line, known[line.code])
            elif line.code in shown_groups:
                self._text(0, line.code, "group")
                self._text(1, in_reader_language(line.title, line.title_zh), "group")
                for column in range(2, len(self._columns()) - 1):
                    self.page.write_blank(self.row, column, None, self.looks["group"])
            else:
                continue
            self.row += 1
        return len(known)

    def _entry(self, line: Line, entry: Entry) -> None:
        answer = entry.answers.get(self.source)
        said = said_by(answer)
        self._text(0, line.code, "code")
        self._text(1, self.texts.get(line.pk, ""), "text")
        values: list[tuple[Any, str]] = [(shown(entry.target), "number")]
        values += [(getattr(entry.before, name, None), "number") for name in self.scores]
        values += [(getattr(said, name), "score") for name in self.scores]
        column = 2
        for value, look in values:
            if value is None:
                self.page.write_blank(self.row, column, None, self.looks[look])
            else:
                self.page.write_number(self.row, column, float(value), self.looks[look])
            column += 1
        self._text(column, "x" if said.not_applicable else "", "mark")
        self._text(column + 1, "", "mark")
        self._text(column + 2, said.reason, "reason")
        key = Key(
            self.sheet.assessment.pk, self.source, answer.version if answer else 0, said.digest, line.code
        )
        self._text(column + 3, str(key), "key")

    def finish(self) -> None:
        """What keeps the sheet in shape: checks on the cells, panes, protection, print."""
        scale, last = self.cycle.scale, max(self.row - 1, self.first)
        start = 3 + len(self.scores)
        end = start + len(self.scores) - 1
        self.page.data_validation(self.first, start, last, end, {
            "validate": "decimal", "criteria": "between", "minimum": float(scale.lowest), "maximum": float(scale.highest),
            "error_title": gettext("Score"), "error_message": gettext("A score lies on the scale of the cycle."),
        })  # fmt: skip
        self.page.data_validation(self.first, end + 1, last, end + 2, {"validate": "list", "source": ["x"]})
        self.page.data_validation(self.first, end + 3, last, end + 3, {
            "validate": "length", "criteria": "<=", "value": LONGEST_REASON})  # fmt: skip
        self.page.freeze_panes(self.first, 1)
        self.page.protect("", {"format_columns": True, "format_rows": True, "select_locked_cells": True})
        self.page.set_landscape()
        self.page.set_paper(9)
        self.page.fit_to_pages(1, 0)
        self.page.repeat_rows(self.first - 1)

    def _text(self, column: int, text: str, look: str) -> None:
        if text:
            put_text(self.page, self.row, column, text, self.looks[look])
        else:
            self.page.write_blank(self.row, column, None, self.looks[look])


def said_by(answer: Answer | None) -> Said:
    """What an answer says, as the cells of its row do."""
    if answer is None:
        return Said()
    return Said(answer.policy, answer.practice, answer.not_applicable, answer.reason)


def _plain(value: Any) -> str:
    return f"{value.normalize():f}"
