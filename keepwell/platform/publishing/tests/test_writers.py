"""Every file a document becomes, read back."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from unittest import TestCase
from zipfile import ZipFile

from docx import Document as WordDocument
from docx.shared import Mm
from openpyxl import load_workbook
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from keepwell.platform.publishing.as_json import read_json, write_json
from keepwell.platform.publishing.blocks import Cell, Column, Document, Drawing, Table, Text
from keepwell.platform.publishing.excel import write_excel
from keepwell.platform.publishing.markdown import write_markdown
from keepwell.platform.publishing.pdf import has_signs, write_pdf
from keepwell.platform.publishing.tests.sample import outcomes
from keepwell.platform.publishing.word import write_word
from keepwell.platform.publishing.writers import WRITERS


def pdf_text(content: bytes) -> str:
    """The words of a PDF, with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


class EveryWriter(TestCase):
    """What holds for all of them."""

    def test_gives_the_same_bytes_twice(self) -> None:
        for writer in WRITERS.values():
            for language in ("en", "zh-hant"):
                with self.subTest(writer=writer.label, language=language):
                    self.assertEqual(writer.write(outcomes(language)), writer.write(outcomes(language)))

    def test_is_known_by_its_extension(self) -> None:
        self.assertEqual(list(WRITERS), ["pdf", "docx", "pptx", "xlsx", "md", "json"])


class AnIdleProcess(TestCase):
    """A web process that writes nothing."""

    def test_holds_neither_the_typesetter_nor_the_drawing_library(self) -> None:
        heavy = "{'typst', 'vl_convert', 'altair'}"
        told = f"import sys, keepwell.platform.publishing.writers; sys.exit(bool({heavy} & set(sys.modules)))"
        self.assertEqual(subprocess.run([sys.executable, "-c", told]).returncode, 0)


class Pdf(TestCase):
    """The document on paper."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.english = write_pdf(outcomes("en"))
        cls.chinese = write_pdf(outcomes("zh-hant", state="frozen"))

    def test_holds_figures_and_chinese(self) -> None:
        words = pdf_text(self.chinese)
        for found in ("110,123", "53,862", "教育訓練人次", "2023 年度資訊安全成果", "無資料", "證明軌跡"):
            self.assertIn(found, words)

    def test_says_in_its_head_that_it_is_a_draft(self) -> None:
        pages = PdfReader(BytesIO(self.english)).pages
        self.assertTrue(all("DRAFT 草稿" in page.extract_text() for page in pages))
        self.assertNotIn("DRAFT", pdf_text(self.chinese))

    def test_says_in_its_foot_the_page_and_the_digest(self) -> None:
        words = PdfReader(BytesIO(self.english)).pages[0].extract_text()
        self.assertIn("Page 1 of 3", words)
        self.assertIn(outcomes("en").digest[:12], words)
        self.assertIn("2024 年 2 月 12 日凍結", pdf_text(self.chinese))

    def test_proves_each_figure(self) -> None:
        words = pdf_text(self.english).replace(" ", "")
        self.assertTrue(all(figure.digest in words for figure in outcomes("en").figures))

    def test_is_dated_by_the_document_and_named_by_it(self) -> None:
        told = PdfReader(BytesIO(self.chinese)).metadata
        self.assertEqual(
            (told.title, told.creation_date.date().isoformat()), ("2023 年度資訊安全成果", "2024-02-12")
        )

    def test_is_fit_to_be_kept_and_read_aloud(self) -> None:
        self.assertIn(b"pdfaid:part", self.english)
        self.assertIn(b"pdfuaid:part", self.english)

    def test_prints_every_sign_of_the_scripts_that_people_write_in_here(self) -> None:
        """What is fit to be kept holds no sign that is missing in the typefaces (ISO 19005-2, 6.2.11.8)."""
        said = (
            "报告为网络安全事件", "画面が赤い、直してください", "화면이 붉게 변했습니다", "หน้าจอเป็นสีแดง",
            "Màn hình ở dây chuyền đỏ rực", "Экран красный", "Żółć, Größe, ñandú, çevrildi", "螢幕變紅",
        )  # fmt: skip
        document = replace(outcomes("en"), blocks=(Text(said),))
        self.assertIn(b"pdfaid:part", write_pdf(document))
        self.assertTrue(has_signs(" ".join(said)))
        self.assertNotIn(b"pdfaid:part", write_pdf(replace(document, blocks=(Text(("ሰላም",)),))))

    def test_embeds_only_what_it_needs_of_the_typeface(self) -> None:
        self.assertLess(len(self.chinese), 250_000)

    def test_lets_words_fill_the_page_round_a_drawing_and_tells_its_numbers_at_the_end(self) -> None:
        square = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90" viewBox="0 0 90 90"></svg>'
        numbers = Table("Every number", (Column("Unit"),), (("KHH1 alone",),))
        drawing = Drawing("map", "The map", square, numbers, "A map", own_page=True)
        before, after = Text(("Said before.",)), Text(("Said after.",), heading="Later")
        made = write_pdf(Document("T", "G", "en", outcomes().as_of, (before, drawing, after)))
        self.assertIn(b"pdfuaid:part", made)
        words = pdf_text(made)
        self.assertLess(words.index("Said after."), words.index("KHH1 alone"))
        self.assertIn("Later", PdfReader(BytesIO(made)).pages[0].extract_text())


class Word(TestCase):
    """The document in Word."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.content = write_word(outcomes("zh-hant"))
        cls.file = WordDocument(BytesIO(cls.content))

    def test_has_real_headings(self) -> None:
        headings = [text.text for text in self.file.paragraphs if text.style.name == "Heading 1"]
        self.assertEqual(headings, ["計算方式", "證明軌跡"])

    def test_repeats_the_heads_of_its_tables(self) -> None:
        self.assertTrue(all(table._tbl.xpath("./w:tr[1]/w:trPr/w:tblHeader") for table in self.file.tables))

    def test_holds_every_figure(self) -> None:
        words = [row.cells[1].text for row in self.file.tables[0].rows]
        self.assertIn("110,123\u202f1", words)
        self.assertIn("3\u202f5R", words)

    def test_sets_chinese_in_our_typeface(self) -> None:
        self.assertTrue(self.file.styles.element.xpath('.//w:rFonts[@w:eastAsia="Noto Sans TC"]'))

    def test_says_what_its_pictures_show(self) -> None:
        described = self.file.element.xpath("//wp:docPr/@descr")
        self.assertEqual(len(described), 3)
        self.assertIn("110,123", described[0])

    def test_says_draft_in_its_head(self) -> None:
        self.assertIn("DRAFT 草稿", self.file.sections[0].header.paragraphs[0].text)

    def test_carries_no_time_of_its_making(self) -> None:
        times = {entry.date_time for entry in ZipFile(BytesIO(self.content)).infolist()}
        self.assertEqual(times, {(1980, 1, 1, 0, 0, 0)})


class WordTables(TestCase):
    """However many numbers stand beside each other, a table stays on its page."""

    def widths(self, *columns: Column, rows: tuple[tuple[Cell, ...], ...] = ()) -> list[float]:
        document = replace(outcomes("en"), blocks=(Table("Many", columns, rows),))
        table = WordDocument(BytesIO(write_word(document))).tables[0]
        return [(column.width or 0) / Mm(1) for column in table.columns]

    def test_that_are_wide_are_drawn_together(self) -> None:
        found = self.widths(Column("Unit", weight=8), *(Column(f"F{n}\nIT", "number", places=1) for n in range(14)),
                            rows=(("Kaohsiung Assembly 1", *[Decimal("2.5")] * 14),))  # fmt: skip
        self.assertLessEqual(sum(found), 166.1)
        self.assertGreaterEqual(min(found[1:]), 8.4)
        self.assertGreater(found[0], 20)

    def test_give_long_numbers_their_room(self) -> None:
        small, large = (
            self.widths(Column("Unit"), Column("Cost", "number"), rows=(("A", amount),))[1]
            for amount in (Decimal(9), Decimal(1_234_567))
        )
        self.assertGreater(large, small + 8)


class Excel(TestCase):
    """The document in Excel."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.content = write_excel(outcomes("en"))
        cls.book = load_workbook(BytesIO(cls.content))

    def test_has_a_sheet_to_each_table_and_one_of_proof(self) -> None:
        expected = ["Figures", "Training, person-times", "Coverage in percent", "Person-times by company"]
        self.assertEqual(self.book.sheetnames, [*expected, "Certificates that end within 18", "Proof"])

    def test_holds_numbers_as_numbers(self) -> None:
        rows = CalamineWorkbook.from_filelike(BytesIO(self.content)).get_sheet_by_name("Figures").to_python()
        found = {row[2]: row[3] for row in rows if row[0] and isinstance(row[0], float)}
        self.assertEqual(found["Training, person-times"], 110_123)
        self.assertEqual(found["GSMA SAS-UP"], "no data")

    def test_holds_days_as_days(self) -> None:
        rows = CalamineWorkbook.from_filelike(BytesIO(self.content)).get_sheet_by_name("Proof").to_python()
        self.assertEqual(rows[6][5].isoformat(), "2023-12-31")

    def test_keeps_its_heads_in_sight(self) -> None:
        self.assertEqual(self.book["Figures"].freeze_panes, "A6")

    def test_proves_each_figure(self) -> None:
        digests = [row[9] for row in self.book["Proof"].iter_rows(min_row=7, values_only=True)]
        self.assertEqual(digests, [figure.digest for figure in outcomes("en").figures])


class Markdown(TestCase):
    """The document as plain text."""

    def test_marks_each_figure(self) -> None:
        words = write_markdown(outcomes("zh-hant")).decode()
        self.assertIn("**110,123** ¹ | 98,410 | +11,713 | 已簽核", words)
        self.assertIn("**3** ⁵ᴿ", words)
        self.assertIn("# 2023 年度資訊安全成果 (DRAFT 草稿)", words)


class Json(TestCase):
    """The document for programs."""

    def test_comes_back_as_it_went(self) -> None:
        for language in ("en", "zh-hant"):
            found = outcomes(language, state="frozen")
            self.assertEqual(read_json(write_json(found)), found)

    def test_is_what_was_promised_when_that_is_given(self) -> None:
        found = Document("T", "G", "en", outcomes().as_of, data={"group": "G", "figures": []})
        self.assertEqual(write_json(found), b'{\n  "group": "G",\n  "figures": []\n}\n')
