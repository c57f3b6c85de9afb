"""The organization chart as a file: whole, readable on its paper, and of what its reader may see."""

from __future__ import annotations

import tempfile
from datetime import date
from io import BytesIO

from django.http import HttpResponse
from django.test import SimpleTestCase, TestCase, override_settings
from django.urls import reverse
from docx import Document as WordFile
from pypdf import PdfReader

from keepwell.areas.organization.rules import sheets
from keepwell.areas.organization.rules.chart import Branch
from keepwell.kernel import moments
from keepwell.platform.jobs import worker
from keepwell.platform.jobs.models import Job
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit
from tests.cast import NOW, Cast

TODAY = date(2025, 11, 14)
MILLIMETRE = 72 / 25.4


def group(companies: int, sites: int) -> Branch:
    """A group whose sites are spread unevenly over its companies."""
    top = Branch(Unit(code="G", name="A group", kind="group", country="TW"), 92_000)
    top.below = [
        Branch(Unit(code=f"C{n}", name=f"Company {n}", kind="company", country="TW"))
        for n in range(companies)
    ]
    for n in range(sites):
        home = top.below[max(n % companies, n % (companies + 3) % companies)]
        home.below.append(
            Branch(Unit(code=f"S{n}", name=f"A site of the group {n}", kind="site", country="TW"))
        )
    return top


class Spreading(SimpleTestCase):
    def smallest_text(self, top: Branch) -> float:
        """Points in which the smallest text of any drawing prints."""
        sheet = sheets.sheet_for(top)
        return min(sheet.scale(layout) * 11 / 0.3528 for layout in sheets.layouts(top, sheet))

    def test_reads_well_from_25_sites_to_150(self) -> None:
        for companies, sites in ((1, 25), (6, 25), (6, 60), (3, 100), (6, 150), (12, 150)):
            with self.subTest(companies=companies, sites=sites):
                self.assertGreaterEqual(self.smallest_text(group(companies, sites)), 6)

    def test_takes_the_smaller_paper_while_it_can_be_read(self) -> None:
        self.assertEqual(sheets.sheet_for(group(6, 25)), sheets.SMALL)
        self.assertEqual(sheets.sheet_for(group(6, 150)), sheets.LARGE)

    def test_parts_a_very_large_group_into_its_companies(self) -> None:
        top = group(6, 400)
        found = sheets.layouts(top, sheets.LARGE)
        self.assertEqual([layout.top for layout in found], [top, *top.below])
        self.assertGreaterEqual(self.smallest_text(top), 6)

    def test_leaves_no_unit_out(self) -> None:
        top = group(6, 150)
        svg = sheets.spread(top, sheets.LARGE).svg()
        self.assertEqual(svg.count("<rect"), 157)

    def test_draws_a_unit_alone(self) -> None:
        alone = Branch(Unit(code="S", name="Site", kind="site", country="TW"))
        self.assertEqual(sheets.spread(alone, sheets.SMALL).svg().count("<rect"), 1)


class Files(Cast, TestCase):
    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))
        self.enterContext(override_settings(KEEPWELL_DATA=self.enterContext(tempfile.TemporaryDirectory())))

    def pages(self, content: bytes) -> list[str]:
        return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(content)).pages]

    def made(self, person: Person, form: str, language: str = "en") -> bytes:
        return sheets.write(self.group, TODAY, language, form, person)

    def test_are_pdf_on_wide_paper_with_drawing_and_table(self) -> None:
        content = self.made(self.ada, "pdf")
        sheet = PdfReader(BytesIO(content)).pages[0].mediabox
        self.assertAlmostEqual(float(sheet.width), 297 * MILLIMETRE, delta=1)
        drawing, table = self.pages(content)
        for words in ("Organization chart", "3 sites · 4 people", "Kaohsiung Assembly 1", "KHH1 · TW · 2"):
            self.assertIn(words.replace(" ", ""), drawing.replace(" ", ""))
        self.assertIn("Penang Assembly 1 PEN1 Site MY 0", table)

    def test_speak_chinese(self) -> None:
        drawing, _table = self.pages(self.made(self.ada, "pdf", "zh-hant"))
        self.assertIn("組織圖", drawing)
        self.assertIn("高雄封裝一廠", drawing.replace(" ", ""))

    def test_are_the_same_bytes_every_time(self) -> None:
        for form in sheets.FORMS:
            with self.subTest(form=form):
                self.assertEqual(self.made(self.ada, form), self.made(self.ada, form))

    def test_hold_the_picture_in_word_on_wide_paper(self) -> None:
        file = WordFile(BytesIO(self.made(self.ada, "docx")))
        self.assertEqual(len(file.inline_shapes), 1)
        section = file.sections[0]
        self.assertGreater(section.page_width or 0, section.page_height or 0)

    def test_show_only_what_their_reader_may_see(self) -> None:
        text = "".join(self.pages(sheets.write(self.mat, TODAY, "en", "pdf", self.ben)))
        self.assertIn("Kaohsiung Assembly 1", text)
        self.assertNotIn("Kaohsiung Assembly 2", text)
        self.assertNotIn("Penang", self.made(self.ben, "md").decode())


class Taking(Files):
    """By page and by program."""

    def test_is_made_by_a_worker_and_taken_from_its_page(self) -> None:
        self.sign_in(self.ada)
        answer = self.client.get(reverse("organization-chart-take-out", args=["pdf"]))
        follow = answer.headers["Location"]
        self.assertContains(self.client.get(follow), "Waiting for a worker")
        self.assertTrue(worker.run_one())
        taken = self.client.get(follow, {"take": "1"})
        self.assertEqual(
            taken.headers["Content-Disposition"], 'attachment; filename="organization-chart-en.pdf"'
        )
        self.assertTrue(taken.content.startswith(b"%PDF"))

    def test_is_no_one_elses_document(self) -> None:
        self.sign_in(self.ada)
        follow = self.client.get(reverse("organization-chart-take-out", args=["pdf"])).headers["Location"]
        self.sign_in(self.ben)
        self.assertEqual(self.client.get(follow).status_code, 404)

    def test_is_offered_on_the_page_of_the_chart(self) -> None:
        self.sign_in(self.ada)
        page = self.client.get(reverse("organization-chart"))
        self.assertContains(page, reverse("organization-chart-take-out", args=["pdf"]))

    def test_answers_programs_once_it_is_made(self) -> None:
        first = self.asked(self.ada, "pdf")
        self.assertEqual(first.status_code, 202)
        self.assertEqual(self.asked(self.ada, "pdf").json()["id"], first.json()["id"])
        self.assertTrue(worker.run_one())
        self.assertTrue(self.asked(self.ada, "pdf").content.startswith(b"%PDF"))

    def test_is_made_again_after_it_was_given_up(self) -> None:
        self.asked(self.ada, "pdf")
        Job.objects.update(state=Job.State.DEAD)
        self.assertEqual(self.asked(self.ada, "pdf").json()["state"], "queued")
        self.assertTrue(worker.run_one())
        self.assertEqual(self.asked(self.ada, "pdf").status_code, 200)

    def test_gives_programs_the_drawing_at_once(self) -> None:
        answer = self.asked(self.ada, "svg")
        self.assertEqual(answer.headers["Content-Type"], "image/svg+xml")
        self.assertContains(answer, "Penang Assembly 1")

    def test_is_not_for_sam(self) -> None:
        self.assertEqual(self.asked(self.sam, "svg").status_code, 403)
        self.assertEqual(
            self.client.get(reverse("organization-chart-take-out", args=["pdf"])).status_code, 403
        )

    def asked(self, person: Person, form: str) -> HttpResponse:
        self.sign_in(person)
        return self.client.get(f"/api/organization/chart/en/{form}", {"unit": "MERIDIAN"})
