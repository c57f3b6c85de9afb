"""What comes as a spreadsheet from outside by the page: a consultant's list, and the scores of past years; made as people
make them, with merged cells, wrong codes and rows that were edited twice."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Answer, Assessment, Recommendation, Source, View
from keepwell.areas.assessment.tests.stories import CODES
from keepwell.areas.assessment.tests.test_comparing import Assessed
from keepwell.areas.assessment.tests.test_planning import Planned
from keepwell.platform.history.models import Change

Cells = tuple[object, ...]


def workbook(*rows: Cells, merged: str = "") -> bytes:
    """An XLSX file with these rows, some cells of it merged."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    if merged:
        book.active.merge_cells(merged)
    book.save(out)
    return out.getvalue()


class Sheets(TestCase):
    """A page that takes spreadsheets."""

    page: str

    def kept(self) -> object:
        """Whatever a file could change."""
        raise NotImplementedError

    def sent(self, *rows: Cells, merged: str = "") -> Any:
        file = SimpleUploadedFile("told.xlsx", workbook(*rows, merged=merged))
        return self.client.post(self.page, {"file": file})

    def refused(self, *rows: Cells, says: str, merged: str = "") -> None:
        """The page answers with that sentence, and nothing of the file stays."""
        before = self.kept()
        answer = self.sent(*rows, merged=merged)
        self.assertContains(answer, says, status_code=422)
        self.assertContains(answer, "Nothing was written", status_code=422)
        self.assertEqual(self.kept(), before)


class TheConsultantsWorkbook(Planned, Sheets):
    HEADS = (
        "Unit",
        "Scope",
        "Requirement",
        "Recommendation",
        "Recommendation_zh",
        "Weight",
        "Effort",
        "Uplift",
    )

    def setUp(self) -> None:
        super().setUp()
        self.recommended()
        self.page = f"/cycles/{self.cycle.pk}/recommendations/bring-in/"
        self.sign_in(self.ada)

    def kept(self) -> object:
        told = Recommendation.objects.order_by("pk").values_list("pk", "text", "effort", "version")
        return list(told), Change.objects.filter(record_type=Recommendation.type_name()).count()

    def test_comes_in_by_the_page_with_numbers_as_numbers(self) -> None:
        answer = self.sent(
            self.HEADS,
            ("KHH1", "IT", "PR.PS-02", "Isolate lines 1 to 3.", "隔離一至三線。", 3, 2, 0.5),
            ("KHH2", "it", "GV.OC-01", "Write it down.", None, None, None, None),
        )
        self.assertRedirects(answer, "/recommendations/", fetch_redirect_response=False)
        found = self.one()
        self.assertEqual((found.text, found.text_zh), ("Isolate lines 1 to 3.", "隔離一至三線。"))
        self.assertEqual((found.weight, found.effort, found.uplift), (3, 2, Decimal("0.5")))
        other = self.one("GV.OC-01", self.khh2)
        self.assertEqual((other.text, other.origin), ("Write it down.", Recommendation.Origin.CONSULTANT))

    def test_comes_again_with_what_was_edited_since(self) -> None:
        for text in ("First words.", "Second words."):
            self.sent(self.HEADS[:4], ("KHH1", "it", "PR.PS-02", text))
        self.assertEqual(self.one().text, "Second words.")
        self.assertEqual(
            Recommendation.objects.current()
            .filter(node__code="PR.PS-02", assessment__unit=self.khh1)
            .count(),
            1,
        )

    def test_is_refused_with_a_row_that_was_edited_twice(self) -> None:
        row = ("KHH1", "it", "PR.PS-02")
        self.refused(self.HEADS[:4], (*row, "One."), (*row, "Two."), says="it stands in line 2 too")

    def test_is_refused_with_merged_cells(self) -> None:
        rows = (("KHH1", "it", "PR.PS-01", "One."), (None, "it", "PR.PS-02", "Two."))
        self.refused(self.HEADS[:4], *rows, merged="A2:A3", says="The cells A2:A3 are merged")

    def test_is_refused_with_a_requirement_that_is_not_there(self) -> None:
        self.refused(self.HEADS[:4], ("KHH1", "it", "PR.PS-02", "Good."), ("KHH1", "it", "PR.XX-01", "Lost."),
                     says="a requirement that is answered in this cycle")  # fmt: skip

    def test_is_refused_with_what_was_decided_already(self) -> None:
        rules.decline(self.one("PR.PS-01"), by=self.ben, reason="No")
        self.refused(
            self.HEADS[:4], ("KHH1", "it", "PR.PS-01", "Yes."), says="one about which nothing was decided yet"
        )

    def test_is_refused_with_a_formula(self) -> None:
        self.refused(self.HEADS[:4], ("KHH1", "it", "PR.PS-02", "=1+1"), says="formula")


class ThePastYear(Assessed, Sheets):
    HEADS = ("unit", "scope", "requirement", "source", "policy", "practice", "not_applicable", "reason")

    def setUp(self) -> None:
        super().setUp()
        self.opened()
        self.page = f"/cycles/{self.cycle.pk}/scores/bring-in/"
        self.sign_in(self.ada)

    def kept(self) -> object:
        answers = Answer.objects.given().order_by("pk").values_list("pk", "policy", "practice", "version")
        return list(answers), list(Assessment.objects.order_by("pk").values_list("state", flat=True))

    def whole(self, source: str, score: float) -> list[Cells]:
        return [("KHH1", "it", code, source, score, score, None, None) for code in CODES]

    def test_comes_in_by_the_page_and_counts_at_once(self) -> None:
        answer = self.sent(self.HEADS, *self.whole("self", 3.4), *self.whole("validated", 3))
        self.assertRedirects(answer, f"/cycles/{self.cycle.pk}/board/", fetch_redirect_response=False)
        self.assertContains(self.client.get(f"/cycles/{self.cycle.pk}/board/"), "10 scores were brought in.")
        held = self.of(self.khh1)
        self.assertEqual((held.state, self.mean(held)), (Assessment.State.VALIDATED, 3))
        self.assertAlmostEqual(float(self.mean(held, view=View.SELF)), 3.4)

    def test_comes_again_with_what_was_edited_since(self) -> None:
        self.sent(self.HEADS, *self.whole("validated", 3))
        edited = [
            *self.whole("validated", 3)[1:],
            ("KHH1", "it", CODES[0], "validated", 2.5, 2, None, "Seen again."),
        ]
        self.sent(self.HEADS, *edited)
        found = Answer.objects.get(
            assessment=self.of(self.khh1), node__code=CODES[0], source=Source.VALIDATED
        )
        self.assertEqual(
            (found.policy, found.practice, found.reason), (Decimal("2.5"), Decimal(2), "Seen again.")
        )
        self.assertEqual(Answer.objects.given().count(), len(CODES))

    def test_is_refused_with_a_row_that_was_edited_twice(self) -> None:
        rows = self.whole("validated", 3)
        twice = ("KHH1", "it", CODES[0], "validated", 4, 4, None, None)
        self.refused(self.HEADS, *rows, twice, says="it stands in line 2 too")

    def test_is_refused_with_merged_cells(self) -> None:
        """A source that spans two rows would else be read as none in the second."""
        rows = self.whole("validated", 3)
        self.refused(self.HEADS, rows[0], (*rows[1][:3], None, *rows[1][4:]), merged="D2:D3",
                     says="The cells D2:D3 are merged")  # fmt: skip

    def test_is_refused_with_a_requirement_that_is_not_there(self) -> None:
        rows = self.whole("validated", 3)
        self.refused(self.HEADS, *rows, ("KHH1", "it", "GV.OC-99", "validated", 3, 3, None, None),
                     says="a requirement that is answered")  # fmt: skip

    def test_is_refused_off_the_scale_finer_than_a_tenth_and_without_a_reason(self) -> None:
        for row, says in (
            (("KHH1", "it", CODES[0], "self", 5.1, 3, None, None), "A score runs from 0 to 5"),
            (("KHH1", "it", CODES[0], "self", 2.55, 3, None, None), "A score runs from 0 to 5"),
            (("KHH1", "it", CODES[0], "self", None, None, "true", None), "Say why it does not apply"),
        ):
            with self.subTest(row=row):
                self.refused(self.HEADS, row, says=says)

    def test_stands_on_the_board_for_who_decides_about_the_group_alone(self) -> None:
        board = f"/cycles/{self.cycle.pk}/board/"
        self.assertContains(self.client.get(board), self.page)
        self.assertContains(self.client.get(self.page), "not_applicable")
        for who, status in ((self.ben, 403), (self.dan, 403), (self.sam, 404)):
            self.sign_in(who)
            self.assertEqual(self.client.get(self.page).status_code, status, who)
            self.assertEqual(self.sent(self.HEADS, *self.whole("self", 3)).status_code, status, who)
            self.assertNotContains(
                self.client.get(board), self.page, status_code=200 if status == 403 else 404
            )
        self.assertFalse(Answer.objects.given().exists())
