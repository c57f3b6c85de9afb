"""Which score counts: named wherever figures are read, and marked among what the sources said."""

from __future__ import annotations

from django.test import TestCase

from keepwell.areas.assessment.models import Source
from keepwell.areas.assessment.rules.reading import reports
from keepwell.areas.assessment.tests.stories import given
from keepwell.areas.assessment.tests.test_reading import DAY, Read


class WhichScoreCounts(Read, TestCase):
    """Dan, a consultant, scores PR.PS-01 of KHH2 with 2 where the site says 4."""

    def setUp(self) -> None:
        super().setUp()
        self.answer(self.of(self.khh2), given("PR.PS-01", "2", "2"), by=self.dan, source=Source.CONSULTANT)

    def test_is_named_on_the_map_in_the_report_and_to_programs(self) -> None:
        self.assertContains(self.see(self.ada, "maturity"), "which score counts: Validated, else self")
        told = "".join(str(block) for block in reports.document(self.report(), "en").blocks)
        self.assertIn("Which score counts: Validated, else self.", told)
        answer = self.client.get(f"/api/cycles/{self.cycle.pk}/heat-map").json()
        self.assertEqual(answer["counting"], "validated self")

    def report(self) -> reports.Report:
        return reports.Report(self.cycle, self.group, self.ada, DAY)

    def test_is_marked_among_what_the_sources_said(self) -> None:
        page = self.see(self.ada, "maturity-cell", at="KHH2", scope="it", code="PR.PS-01").content.decode()
        said = [line for line in page.splitlines() if "Self 4.0" in line or "Consultant 2.0" in line]
        self.assertEqual(["this score counts" in line for line in said], [True, False])
        page = self.see(self.ada, "maturity-cell", at="KHH2", scope="it", code="PR.PS-01", score="consultant")
        said = [
            line
            for line in page.content.decode().splitlines()
            if "Self 4.0" in line or "Consultant 2.0" in line
        ]
        self.assertEqual(["this score counts" in line for line in said], [True, False])
        self.assertIn("Consultant", said[0])

    def test_may_be_of_any_source_that_said_something_to_the_reader(self) -> None:
        self.assertNotContains(self.see(self.ada, "maturity"), "score=imported")
        self.answer(self.of(self.pen1), given("PR.PS-01", "2", "2"), source=Source.IMPORTED)
        self.assertContains(self.see(self.ada, "maturity"), "score=imported")
        self.assertNotContains(self.see(self.ada, "maturity"), "score=audit")
        self.assertNotContains(self.see(self.ben, "maturity"), "score=imported")
