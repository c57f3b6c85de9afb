"""The report of a site and of the group as its readers open it: PDF, Word, PowerPoint and Excel, in English and Chinese,
each with its title, the page for who decides, charts, gaps and plan."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import Any, ClassVar

import docx
import openpyxl
from django.test import TestCase
from django.utils.translation import gettext, override
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Recommendation
from keepwell.areas.assessment.rules.reading import reports
from keepwell.areas.assessment.tests.test_planning import SPRING, TODAY, Planned
from keepwell.kernel import moments
from keepwell.platform.publishing.tests.test_writers import pdf_text
from tests.cast import NOW

LANGUAGES = ("en", "zh-hant")
CHINESE = {
    "At a glance": "一覽", "Score, target and year before": "分數、目標值與前一年", "Over the years": "歷年",
    "Gaps": "差距", "Furthest below target": "低於目標值最多", "Plan": "計畫", "Gaps by priority": "差距（依優先順序）",
    "Actions": "改善行動", "Units by function": "各單位各功能", "How the sites lie": "各廠區的分布",
}  # fmt: skip
"""What the headings of the report are in Chinese."""
EXECUTIVE = ("At a glance", "Score, target and year before")
OF_ALL = (*EXECUTIVE, "Over the years", "Gaps", "Furthest below target", "Plan", "Gaps by priority")
PARTS = {"KHH1": (*OF_ALL, "Actions"), "MERIDIAN": (*OF_ALL, "Units by function", "How the sites lie")}
CHARTS = {"KHH1": 1, "MERIDIAN": 4}
"""The pictures of a report: the years; of the group also the map, how the sites lie, and OT beside IT."""
TABLES = ("Score, target and year before", "Furthest below target", "Gaps by priority")


def spoken(words: str, language: str) -> str:
    """A heading in the language of the report."""
    return CHINESE[words] if language == "zh-hant" else words


class Files(Planned, TestCase):
    written: ClassVar[dict[tuple[str, str, str], bytes]]

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        told = cls()
        with moments.standing_at(NOW):
            told.answer_all(told.of(cls.pen1), "3")
            told.answer_all(told.of(cls.khh1, "ot"), "1")
            told.recommended()
            mine = Recommendation.objects.with_place().get(
                node__code="PR.PS-02", assessment=told.of(cls.khh1)
            )
            rules.accept(mine, by=cls.ben, until=SPRING, cost=Decimal(50000), currency="TWD")
        cls.written = {
            (site.code, language, form): reports.write(
                reports.Report(cls.cycle, site, cls.ada, TODAY), language, form
            )
            for site in (cls.khh1, cls.group) for language in LANGUAGES for form in reports.FORMS
        }  # fmt: skip

    def each(self, form: str) -> list[tuple[str, str, bytes]]:
        """Unit, language and content of every report in that form."""
        return [
            (site, language, content)
            for (site, language, kind), content in self.written.items()
            if kind == form
        ]

    def tells(self, words: str, site: str, language: str, *, but: tuple[str, ...] = ()) -> None:
        """All headings of the report stand in `words`, in its language, and none of them in the other."""
        with override(language):
            unit = {"KHH1": self.khh1, "MERIDIAN": self.group}[site]
            self.assertIn(gettext("Maturity of %(unit)s") % {"unit": unit.name_here}, words)
        for part in PARTS[site]:
            if part not in but:
                self.assertIn(spoken(part, language), words)
        if language == "zh-hant":
            self.assertNotIn("At a glance", words)
            self.assertNotIn("Over the years", words)
        self.assertIn("PR.PS-02", words)

    def test_opens_in_word(self) -> None:
        for site, language, content in self.each("docx"):
            with self.subTest(site=site, language=language):
                file = docx.Document(BytesIO(content))
                cells = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
                self.tells("\n".join([*(one.text for one in file.paragraphs), *cells]), site, language)
                self.assertEqual(len(file.inline_shapes), CHARTS[site])

    def test_opens_in_powerpoint(self) -> None:
        """The parts have no slides of their own there: the tables and charts below them do."""
        for site, language, content in self.each("pptx"):
            with self.subTest(site=site, language=language):
                slides = list(Presentation(BytesIO(content)).slides)
                shapes = [shape for slide in slides for shape in slide.shapes]
                self.tells("\n".join(said(shapes)), site, language)
                pictures = [shape for shape in shapes if shape.shape_type == MSO_SHAPE_TYPE.PICTURE]
                self.assertEqual(len(pictures), CHARTS[site])
                self.assertTrue(all(slide.shapes.title.text_frame.text for slide in slides))

    def test_opens_in_excel(self) -> None:
        """A sheet for each table, the numbers of the charts among them."""
        for site, language, content in self.each("xlsx"):
            with self.subTest(site=site, language=language):
                book = openpyxl.load_workbook(BytesIO(content))
                words = [
                    str(cell.value)
                    for sheet in book
                    for row in sheet.iter_rows()
                    for cell in row
                    if cell.value
                ]
                told = "\n".join(words)
                for table in (*TABLES, *(("Actions",) if site == "KHH1" else ())):
                    self.assertIn(spoken(table, language), told)
                self.assertIn("CSF 2.0", told)
                self.assertIn("PR.PS-02", told)
                scores = [cell.value for row in book.worksheets[0].iter_rows() for cell in row]
                self.assertTrue({2} & {value for value in scores if isinstance(value, int | float)})

    def test_opens_as_pdf(self) -> None:
        for site, language, content in self.each("pdf"):
            with self.subTest(site=site, language=language):
                words = pdf_text(content)
                self.tells(words, site, language)
                self.assertIn(
                    {"en": "target 3.0", "zh-hant": "目標值 3.0"}[language], words
                )  # stands in the chart alone

    def test_tells_the_plan_with_its_cost_and_what_it_comes_to(self) -> None:
        for language, sentence in (("en", "once the plan is carried out"), ("zh-hant", "計畫執行完成後")):
            words = pdf_text(self.written["KHH1", language, "pdf"])
            self.assertIn("TWD 50,000", words)
            self.assertIn(sentence, words)

    def test_gives_a_chinese_day_and_the_name_of_a_unit_the_room_of_one_line(self) -> None:
        file = docx.Document(BytesIO(self.written["KHH1", "zh-hant", "docx"]))
        days = next(
            cell for table in file.tables for cell in table.rows[1].cells if "2026 年 3 月 31 日" in cell.text
        )
        self.assertGreaterEqual(days.width.mm, 38)
        book = openpyxl.load_workbook(BytesIO(self.written["MERIDIAN", "en", "xlsx"]))
        units = next(sheet for sheet in book for row in sheet.iter_rows() if row[0].value == "Unit")
        self.assertGreaterEqual(units.column_dimensions["A"].width, 30)

    def test_names_nobody_elses_sites(self) -> None:
        for language in LANGUAGES:
            words = pdf_text(self.written["KHH1", language, "pdf"])
            for site in ("PEN1", "KHH2", "Penang", "Kaohsiung Assembly 2"):
                self.assertNotIn(site, words)


def said(shapes: list[Any]) -> list[str]:
    """The words of shapes and of the tables among them."""
    words = [shape.text_frame.text for shape in shapes if shape.has_text_frame]
    tables = [shape.table for shape in shapes if shape.has_table]
    return [*words, *(cell.text_frame.text for table in tables for row in table.rows for cell in row.cells)]


class WithoutAnswers(Planned, TestCase):
    """PEN1 has not answered, so that the group has no score of its own; at its company nobody has."""

    def test_are_written_with_a_sentence_where_a_chart_would_be_empty(self) -> None:
        for site in (self.group, self.mse, self.pen1):
            for language, sentence in (
                ("en", "none has enough answers"),
                ("zh-hant", "沒有任何年度有足夠的答案"),
            ):
                report = reports.Report(self.cycle, site, self.ada, TODAY)
                with self.subTest(site=site.code, language=language):
                    self.assertIn(sentence, pdf_text(reports.write(report, language, "pdf")))
                    for form in ("docx", "pptx", "xlsx"):
                        self.assertTrue(reports.write(report, language, form).startswith(b"PK"))
