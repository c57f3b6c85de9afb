"""Answering in a spreadsheet: out, filled in by a program as people do, and in again."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import TestCase

from keepwell.areas.assessment.models import Answer, Assessment
from keepwell.areas.assessment.tests.stories import CODES, given
from keepwell.areas.assessment.tests.test_answering_page import Opened
from keepwell.platform.history.acting import acting
from tests.cast import TELLER

POLICY, PRACTICE, OFF, HOLDS, REASON, KEY = 6, 7, 8, 9, 10, 11
Edit = Callable[[Any], None]


class Workbook(Opened):
    def setUp(self) -> None:
        super().setUp()
        self.sign_in(self.ben)

    def taken_out(self, of: Assessment | None = None) -> Any:
        content = self.client.get(self.page("workbook.xlsx", of)).content
        return openpyxl.load_workbook(BytesIO(content))

    def row(self, sheet: Any, code: str) -> int:
        return next(
            row
            for row in range(1, sheet.max_row + 1)
            if sheet.cell(row, 1).value == code and sheet.cell(row, KEY).value
        )

    def fill(self, book: Any, code: str, *values: Any, reason: str = "") -> None:
        sheet = book.active
        for column, value in zip((POLICY, PRACTICE), values, strict=False):
            sheet.cell(self.row(sheet, code), column, value)
        if reason:
            sheet.cell(self.row(sheet, code), REASON, reason)

    def brought_in(self, book: Any, of: Assessment | None = None) -> HttpResponse:
        file = BytesIO()
        book.save(file)
        return self.post("workbook/", of, file=SimpleUploadedFile("answers.xlsx", file.getvalue()))


class Answering(Workbook, TestCase):
    def test_takes_a_workbook_out_and_in(self) -> None:
        book = self.taken_out()
        for code in CODES:
            self.fill(book, code, 2.5, 3, reason="By plan.")
        self.assertEqual(self.brought_in(book).status_code, 302)
        found = set(Answer.objects.values_list("policy", "practice", "reason", "answered_by"))
        self.assertEqual(found, {(Decimal("2.5"), Decimal(3), "By plan.", self.ben.pk)})
        self.assertEqual(Answer.objects.count(), len(CODES))

    def test_leaves_alone_what_was_not_touched(self) -> None:
        self.answer(self.mine, given("PR.PS-01", "2", "2"))
        book = self.taken_out()
        self.answer(self.mine, given("PR.PS-01", "3", "3", version=1))
        self.fill(book, "PR.PS-02", 1, 1)
        self.brought_in(book)
        found = dict(Answer.objects.values_list("node__code", "practice"))
        self.assertEqual(found, {"PR.PS-01": Decimal(3), "PR.PS-02": Decimal(1)})

    def test_marks_what_does_not_apply_and_what_still_holds(self) -> None:
        (answer,) = self.answer(self.mine, given("PR.PS-01", "2", "2"))
        with acting(TELLER, "story.examine"):
            answer.standing = Answer.Standing.TO_EXAMINE
            answer.save()
        book = self.taken_out()
        book.active.cell(self.row(book.active, "PR.PS-01"), HOLDS, "x")
        book.active.cell(self.row(book.active, "PR.PS-02"), OFF, "x")
        self.fill(book, "PR.PS-02", reason="No software here.")
        self.brought_in(book)
        found = {a.node.code: (a.is_given, a.not_applicable) for a in Answer.objects.select_related("node")}
        self.assertEqual(found, {"PR.PS-01": (True, False), "PR.PS-02": (True, True)})


class BothSides(Workbook, TestCase):
    """PR.PS-01 was changed here and in the workbook; PR.PS-02 in the workbook alone."""

    def setUp(self) -> None:
        super().setUp()
        self.answer(self.mine, given("PR.PS-01", "2", "2"))
        self.book = self.taken_out()
        self.answer(self.mine, given("PR.PS-01", "3", "3", reason="By Ada.", version=1))
        self.fill(self.book, "PR.PS-01", 4, 4, reason="Out of the workbook.")
        self.fill(self.book, "PR.PS-02", 1, 1)

    def test_are_shown_and_nothing_is_written(self) -> None:
        answer = self.brought_in(self.book)
        for text in ("By Ada.", "Out of the workbook."):
            self.assertContains(answer, text, status_code=409)
        self.assertEqual(Answer.objects.count(), 1)

    def choose(self, *codes: str) -> dict[str, Decimal]:
        answer = self.brought_in(self.book)
        self.post("workbook/", rows=answer.context["rows"], clash=["PR.PS-01"], mine=list(codes))
        return dict(Answer.objects.values_list("node__code", "practice"))

    def test_keep_what_is_here_unless_chosen(self) -> None:
        self.assertEqual(self.choose(), {"PR.PS-01": Decimal(3), "PR.PS-02": Decimal(1)})

    def test_take_the_workbooks_if_chosen(self) -> None:
        self.assertEqual(self.choose("PR.PS-01"), {"PR.PS-01": Decimal(4), "PR.PS-02": Decimal(1)})


class WhatIsRefused(Workbook, TestCase):
    def assert_refused(self, sentence: str, book: Any, status: int = 422) -> None:
        self.assertContains(self.brought_in(book), sentence, status_code=status)
        self.assertFalse(Answer.objects.filter(assessment=self.mine).exists())

    def test_another_cycles_workbook(self) -> None:
        with acting(TELLER, "story.cycle"):
            other = self.drafted("CSF 2024", 2024)
        self.opened(other)
        self.assert_refused(
            "This workbook is of another cycle, “CSF 2024”", self.taken_out(self.of(self.khh1, cycle=other))
        )

    def test_another_sites_workbook(self) -> None:
        self.sign_in(self.ada)
        book = self.taken_out(self.theirs)
        self.sign_in(self.ben)
        self.assert_refused("of another assessment, not of KHH1 IT, CSF 2025", book)
        self.assertEqual(self.brought_in(book, self.theirs).status_code, 404)

    def test_one_for_who_only_reads(self) -> None:
        book = self.taken_out()
        self.sign_in(self.cleo)
        self.assertEqual(self.client.get(self.page("workbook.xlsx")).status_code, 403)
        self.fill(book, "PR.PS-01", 2, 2)
        self.assert_refused("You need the right to edit maturity in Kaohsiung Assembly 1.", book)

    def test_a_removed_requirement(self) -> None:
        book = self.taken_out()
        with acting(TELLER, "story.remove"):
            node = self.new.nodes.get(code="PR.PS-02")
            node.withdrawn, node.is_scored = True, False
            node.save()
        self.assert_refused("no longer part of the framework", book)

    def test_a_requirement_that_stands_twice(self) -> None:
        book = self.taken_out()
        first, second = (self.row(book.active, code) for code in CODES[:2])
        for column in range(1, KEY + 1):
            book.active.cell(second, column, book.active.cell(first, column).value)
        self.assert_refused("stands in the workbook twice", book)

    def test_merged_cells(self) -> None:
        book = self.taken_out()
        row = self.row(book.active, "PR.PS-01")
        book.active.merge_cells(start_row=row, end_row=row + 1, start_column=POLICY, end_column=POLICY)
        self.assert_refused(f"The cells F{row}:F{row + 1} are merged", book)

    def test_scores_that_do_not_fit_are_told_together_by_row(self) -> None:
        book = self.taken_out()
        self.fill(book, "GV.OC-01", 9, 2)
        self.fill(book, "GV.OC-02", 2.05, 2)
        book.active.cell(self.row(book.active, "PR.PS-01"), OFF, "x")
        answer = self.brought_in(book)
        told = {one.code: one.sentence for one in answer.context["wrong"]}
        self.assertEqual(set(told), {"GV.OC-01", "GV.OC-02", "PR.PS-01"})
        self.assertEqual(told["PR.PS-01"], "Say why it does not apply.")
        self.assertEqual({one.line for one in answer.context["wrong"]},
                         {self.row(book.active, code) for code in told})  # fmt: skip
        self.assertFalse(Answer.objects.exists())

    def test_words_where_a_score_belongs_and_lost_keys(self) -> None:
        book = self.taken_out()
        self.fill(book, "GV.OC-01", "three", 2)
        self.assert_refused("a number with a point, as 1.5", book)
        book.active.cell(self.row(book.active, "GV.OC-01"), KEY, "lost")
        self.assert_refused("has lost its key in the last column", book)

    def test_what_is_no_workbook_of_ours(self) -> None:
        for content, sentence in (
            (b"code,policy\r\n", "This is no XLSX workbook"),
            (b"PK\x03\x04 cut", "damaged or cut off"),
        ):
            answer = self.post("workbook/", file=SimpleUploadedFile("a.xlsx", content))
            self.assertContains(answer, sentence, status_code=422)
        self.assert_refused("was not taken out of Keepwell", openpyxl.Workbook())
        self.assertContains(self.post("workbook/"), "Choose the workbook", status_code=422)
        self.assertContains(
            self.post("workbook/", rows="[1]"), "Bring the workbook in again.", status_code=422
        )
