"""What the commands about maturity write: the plan of a cycle, and the cycle as OSCAL assessment results."""

from __future__ import annotations

import json
import tempfile
from contextlib import redirect_stderr
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from unittest.mock import patch

import openpyxl
from django.test import TestCase

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.tests.stories import Open
from keepwell.areas.frameworks.rules.oscal import reading
from keepwell.config.cli import parser, run
from keepwell.platform.history.models import Change


class Commands(Open, TestCase):
    """KHH1 in IT scored 2 everywhere with a target of 3, its gaps recommended."""

    def setUp(self) -> None:
        super().setUp()
        self.target("GV", "3")
        self.answer_all(self.mine, "2")
        rules.recommend(self.cycle, by=self.ada)

    def keepwell(self, *words: str) -> tuple[int, bytes, str]:
        """Status, standard output and standard error of a command."""
        out, errors = TextIOWrapper(BytesIO()), StringIO()
        with patch("sys.stdout", out), redirect_stderr(errors):
            try:
                status = run(parser().parse_args(words))
            except SystemExit as stop:
                status = int(stop.code or 0)
        out.flush()
        return status, out.buffer.getvalue(), errors.getvalue()

    def test_print_the_plan_as_the_api_tells_it(self) -> None:
        status, content, errors = self.keepwell("plan", "CSF 2025", "--format", "json")
        self.assertEqual((status, errors), (0, ""))
        self.sign_in(self.ada)
        told = self.client.get(f"/api/cycles/{self.cycle.pk}/plan").json()
        found = json.loads(content)
        self.assertEqual([(one["code"], one["sites"]) for one in found["groups"]],
                         [("GV.OC-01", 1), ("GV.OC-02", 1), ("GV.RR-01", 1)])  # fmt: skip
        self.assertEqual(found["simulated"], told["simulated"])
        self.assertEqual(Change.objects.filter(kind="read", verb="cycles-plan-take-out").count(), 1)

    def test_write_the_plan_as_a_workbook_in_either_language(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for language, heading in (("en", "Priority"), ("zh-hant", "優先順序")):
                path = Path(folder) / f"{language}.xlsx"
                words = ("plan", "CSF 2025", "--format", "xlsx", "--language", language, "--out", str(path))
                self.assertEqual(self.keepwell(*words)[0], 0)
                book = openpyxl.load_workbook(path)
                cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
                self.assertIn(heading, cells)
                self.assertIn("GV.OC-01", cells)

    def test_print_the_results_of_what_the_person_sees(self) -> None:
        status, content, errors = self.keepwell("results", "CSF 2025", "--format", "xml")
        self.assertEqual((status, errors), (0, ""))
        kind, document = reading.read(content)
        self.assertEqual((kind, len(document["results"])), ("assessment-results", 4))
        status, content, _errors = self.keepwell("results", "CSF 2025", "--format", "json", "--as", "ben")
        self.assertEqual(len(json.loads(content)["assessment-results"]["results"]), 2)
        words = ("results", "CSF 2025", "--format", "json", "--unit", "KHH2")
        self.assertEqual(len(json.loads(self.keepwell(*words)[1])["assessment-results"]["results"]), 1)

    def test_say_that_there_is_no_such_cycle(self) -> None:
        for words in (
            ("plan", "CSF 1999", "--format", "json"),
            ("results", "CSF 2025", "--format", "json", "--as", "sam"),
        ):
            status, content, errors = self.keepwell(*words)
            self.assertEqual((status, content, errors.count("\n")), (2, b"", 1))
