"""Maturity for programs: answers, the heat map, the sentence behind a number, the years, the board, the workbook."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase

from keepwell.areas.assessment.models import Answer, Source
from keepwell.areas.assessment.tests.stories import CODES, Open, given
from keepwell.platform.people.models import Person

POLICY, PRACTICE, REASON, KEY = 6, 7, 10, 11


class Programs(Open):
    """CSF 2025, opened; a program speaks with the rights of whoever is signed in."""

    def get(self, path: str, who: Person) -> Any:
        self.sign_in(who)
        return self.client.get(f"/api/{path}")

    def send(self, path: str, body: Any, who: Person) -> Any:
        self.sign_in(who)
        return self.client.post(f"/api/{path}", body, content_type="application/json")

    @property
    def sheet(self) -> str:
        return f"assessments/{self.mine.pk}/answers"

    @property
    def cycle_path(self) -> str:
        return f"cycles/{self.cycle.pk}"


class Answering(Programs, TestCase):
    def test_gives_many_at_once_and_reads_them_back(self) -> None:
        body = {
            "answers": [
                {"code": code, "policy": "2.5", "practice": 3, "reason": "By plan.", "version": 0}
                for code in CODES
            ]
        }
        answer = self.send(self.sheet, body, self.ben)
        self.assertEqual(
            [(one["code"], one["version"]) for one in answer.json()], [(code, 1) for code in CODES]
        )
        told = self.get(self.sheet, self.ben).json()
        self.assertEqual(
            (told["counts"]["answered"], told["counts"]["all"], told["may_write"]), (5, 5, ["self"])
        )
        own = told["entries"][0]["answers"]["self"]
        self.assertEqual((own["policy"], own["practice"], own["reason"], own["answered_by"]),
                         ("2.50", "3.00", "By plan.", self.ben.number))  # fmt: skip

    def test_gives_one_by_its_version(self) -> None:
        path = f"{self.sheet}/PR.PS-01"
        first = self.send(path, {"policy": 1, "practice": 1, "version": 0}, self.ben)
        self.assertEqual((first.status_code, first.json()["version"]), (200, 1))
        again = self.send(path, {"policy": 2, "practice": 2, "version": 1}, self.ben)
        self.assertEqual(again.json()["version"], 2)
        late = self.send(path, {"policy": 3, "practice": 3, "version": 1}, self.ben)
        self.assertEqual(late.status_code, 409)
        self.assertEqual(Answer.objects.get(node__code="PR.PS-01").practice, Decimal(2))

    def test_names_every_code_that_does_not_fit_and_writes_nothing(self) -> None:
        body = {"answers": [
            {"code": "GV.OC-01", "policy": 5, "practice": 5}, {"code": "GV.OC-02", "policy": "5.1", "practice": 5},
            {"code": "XX", "policy": 1, "practice": 1}, {"code": "PR.PS-01", "not_applicable": True},
        ]}  # fmt: skip
        answer = self.send(self.sheet, body, self.ben)
        self.assertEqual(answer.status_code, 422)
        self.assertEqual(set(answer.json()["errors"]), {"GV.OC-02", "XX", "PR.PS-01"})
        self.assertFalse(Answer.objects.exists())

    def test_takes_no_more_than_two_thousand(self) -> None:
        body = {"answers": [{"code": "PR.PS-01", "policy": 1, "practice": 1}] * 2001}
        self.assertEqual(self.send(self.sheet, body, self.ben).status_code, 422)

    def test_is_for_who_may(self) -> None:
        body = {"answers": [{"code": "PR.PS-01", "policy": 1, "practice": 1}]}
        found = {who.name: self.send(self.sheet, body, who).status_code
                 for who in (self.cleo, self.dan, self.eva, self.sam)}  # fmt: skip
        self.assertEqual(
            found, {self.cleo.name: 403, self.dan.name: 404, self.eva.name: 404, self.sam.name: 404}
        )
        validated = self.send(self.sheet, body | {"source": "validated"}, self.ben)
        self.assertEqual(validated.status_code, 403)
        self.assertFalse(Answer.objects.exists())


class Reading(Programs, TestCase):
    """KHH1: IT 3 everywhere, OT 2; KHH2 IT 4; PEN1 nothing; the target of PR is 3.5."""

    def setUp(self) -> None:
        super().setUp()
        self.target("PR", "3.5")
        self.answer_all(self.mine, "3")
        self.answer_all(self.of(self.khh1, "ot"), "2")
        self.answer_all(self.theirs, "4")

    def cells(self, told: Any, unit: str) -> dict[tuple[str, str], Any]:
        row = next(one for one in told["rows"] if one["unit"] == unit)
        return {(cell["scope"], cell["code"]): cell for cell in row["cells"]}

    def test_of_the_map_gives_exact_and_printed_values(self) -> None:
        told = self.get(f"{self.cycle_path}/heat-map", self.ada).json()
        self.assertEqual((told["columns"], told["scopes"]), (["GV", "PR"], ["it", "ot", "together"]))
        self.assertEqual([(row["unit"], row["depth"]) for row in told["rows"]],
                         [("MERIDIAN", 0), ("MAT", 1), ("KHH1", 2), ("KHH2", 2), ("MSE", 1), ("PEN1", 2)])  # fmt: skip
        mat = self.cells(told, "MAT")
        self.assertEqual(
            (mat["it", ""]["value"], mat["it", ""]["exact"], mat["it", ""]["sites"]), ("3.5", "7/2", 2)
        )
        pr = mat["it", "PR"]
        self.assertEqual((pr["target"], pr["below"]), ("3.5", 1))
        self.assertEqual(
            (mat["together", ""]["value"], mat["together", ""]["exact"]), ("3.0", "3")
        )  # (3 + 2 + 4) / 3
        group = self.cells(told, "MERIDIAN")["it", ""]
        self.assertEqual(
            (group["value"], group["answered"], group["applicable"]), (None, 10, 15)
        )  # 10/15 < 0.8
        fine = self.get(f"{self.cycle_path}/heat-map?depth=1", self.ada).json()
        self.assertEqual(fine["columns"], ["GV.OC", "GV.RR", "PR.PS"])

    def test_of_a_number_gives_its_sentence_and_parts(self) -> None:
        told = self.get(f"{self.cycle_path}/why?unit=MAT&scope=it&code=PR", self.ada).json()
        self.assertEqual(
            (told["value"], told["exact"], told["arithmetic"]), ("3.5", "7/2", "(3.0 + 4.0) / 2")
        )
        self.assertEqual(
            [(one["code"], one["value"]) for one in told["parts"]], [("KHH1", "3.0"), ("KHH2", "4.0")]
        )
        self.assertIn("3.5 is the mean of 2", told["sentence"])

    def test_of_the_years_gives_a_point_for_each(self) -> None:
        told = self.get(f"{self.cycle_path}/trend?unit=KHH1&scope=ot", self.ben).json()
        self.assertEqual(
            [(one["year"], one["value"], one["sites"]) for one in told["points"]], [(2025, "2.0", 1)]
        )
        self.assertEqual((told["restated"], told["breaks"]), ([], []))

    def test_of_the_board_tells_who_is_how_far(self) -> None:
        told = self.get(f"{self.cycle_path}/board", self.ada).json()
        self.assertEqual([(one["unit"], one["scope"], one["answered"], one["leaves"]) for one in told],
                         [("KHH1", "it", 5, 5), ("KHH1", "ot", 5, 5), ("KHH2", "it", 5, 5), ("PEN1", "it", 0, 5)])  # fmt: skip

    def test_tells_an_officer_of_their_own_site_alone(self) -> None:
        told = self.get(f"{self.cycle_path}/heat-map", self.ben).json()
        self.assertEqual([row["unit"] for row in told["rows"]], ["KHH1"])
        self.assertEqual(self.cells(told, "KHH1")["it", ""]["sites"], 1)
        self.assertEqual(
            {one["unit"] for one in self.get(f"{self.cycle_path}/board", self.ben).json()}, {"KHH1"}
        )
        for unit in ("MAT", "KHH2", "MERIDIAN"):
            asked = self.get(f"{self.cycle_path}/why?unit={unit}&scope=it", self.ben)
            self.assertIn(asked.status_code, (400, 404), unit)
            years = self.get(f"{self.cycle_path}/trend?unit={unit}", self.ben)
            self.assertTrue(years.status_code == 400 or years.json()["points"][0]["value"] is None, unit)

    def test_tells_a_stranger_nothing(self) -> None:
        for path in (
            "heat-map",
            "why?unit=KHH1",
            "trend?unit=KHH1",
            "board",
            "plan",
            "assessment-results.json",
        ):
            self.assertEqual(self.get(f"{self.cycle_path}/{path}", self.sam).status_code, 404, path)
        for path in (self.sheet, f"assessments/{self.mine.pk}/workbook.xlsx"):
            self.assertEqual(self.get(path, self.sam).status_code, 404, path)


class Workbooks(Programs, TestCase):
    @property
    def path(self) -> str:
        return f"assessments/{self.mine.pk}/workbook"

    def taken_out(self, who: Person | None = None, query: str = "") -> Any:
        return openpyxl.load_workbook(BytesIO(self.get(f"{self.path}.xlsx{query}", who or self.ben).content))

    def fill(self, book: Any, code: str, *values: Any, reason: str = "") -> None:
        sheet = book.active
        row = next(
            row
            for row in range(1, sheet.max_row + 1)
            if sheet.cell(row, 1).value == code and sheet.cell(row, KEY).value
        )
        for column, value in zip((POLICY, PRACTICE), values, strict=True):
            sheet.cell(row, column, value)
        if reason:
            sheet.cell(row, REASON, reason)

    def bring(self, book: Any, who: Person | None = None, **more: Any) -> Any:
        file = BytesIO()
        book.save(file)
        self.sign_in(who or self.ben)
        upload = SimpleUploadedFile("answers.xlsx", file.getvalue())
        return self.client.post(f"/api/{self.path}", {"file": upload, **more})

    def test_go_out_and_come_in_again(self) -> None:
        book = self.taken_out()
        for code in CODES:
            self.fill(book, code, 2.5, 3)
        self.assertEqual(self.bring(book).json(), {"changed": 5, "unchanged": 0})
        self.assertEqual(self.bring(self.taken_out()).json(), {"changed": 0, "unchanged": 5})
        self.assertEqual(
            set(Answer.objects.values_list("policy", "practice")), {(Decimal("2.5"), Decimal(3))}
        )

    def test_show_what_was_changed_on_both_sides_and_write_it_if_chosen(self) -> None:
        self.answer(self.mine, given("PR.PS-01", "2", "2"))
        book = self.taken_out()
        self.answer(self.mine, given("PR.PS-01", "3", "3", version=1))
        self.fill(book, "PR.PS-01", 1, 1)
        self.fill(book, "PR.PS-02", 1, 1)
        refused = self.bring(book)
        self.assertEqual(refused.status_code, 409)
        (clash,) = refused.json()["clashes"]
        self.assertEqual(
            (clash["code"], clash["mine"]["practice"], clash["here"]["practice"]), ("PR.PS-01", "1", "3")
        )
        self.assertEqual(Answer.objects.count(), 1)
        self.assertEqual(self.bring(book, mine=["PR.PS-01"]).json(), {"changed": 2, "unchanged": 3})
        self.assertEqual(Answer.objects.get(node__code="PR.PS-01").practice, Decimal(1))

    def test_with_a_row_that_does_not_fit_change_nothing(self) -> None:
        book = self.taken_out()
        self.fill(book, "PR.PS-01", 9, 1)
        self.fill(book, "PR.PS-02", 1, 1)
        answer = self.bring(book)
        self.assertEqual(answer.status_code, 422)
        self.assertEqual([one["code"] for one in answer.json()["errors"]], ["PR.PS-01"])
        self.assertFalse(Answer.objects.exists())

    def test_of_a_source_are_for_who_gives_it(self) -> None:
        self.assertEqual(self.get(f"{self.path}.xlsx?source=validated", self.ben).status_code, 403)
        self.assertEqual(self.get(f"{self.path}.xlsx?source=validated", self.ada).status_code, 200)
        self.assertEqual(self.get(f"{self.path}.xlsx", self.cleo).status_code, 403)
        self.assertEqual(self.bring(self.taken_out(), who=self.cleo).status_code, 403)
        self.assertEqual(self.bring(self.taken_out(), who=self.dan).status_code, 404)
        self.assertEqual(self.bring(self.taken_out(), who=self.sam).status_code, 404)

    def test_need_a_file_in_a_form(self) -> None:
        self.assertEqual(self.send(self.path, {}, self.ben).status_code, 415)
        self.assertEqual(self.client.post(f"/api/{self.path}", {"other": "x"}).status_code, 422)
        junk = SimpleUploadedFile("answers.xlsx", b"nothing of the kind")
        self.assertEqual(self.client.post(f"/api/{self.path}", {"file": junk}).status_code, 409)
        self.assertFalse(Answer.objects.filter(source=Source.SELF).exists())
