"""Text that would be obeyed, in every place of every file: it prints and does nothing."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO
from unittest import TestCase
from zipfile import ZipFile

from django.template import Context, Template
from docx import Document as WordDocument
from openpyxl import load_workbook
from pypdf import PdfReader

from keepwell.platform.publishing import charts
from keepwell.platform.publishing.as_json import read_json, write_json
from keepwell.platform.publishing.blocks import (
    Badge,
    Block,
    Chart,
    Column,
    Document,
    Figure,
    Group,
    Link,
    Restatement,
    Table,
    Text,
)
from keepwell.platform.publishing.excel import write_excel
from keepwell.platform.publishing.markdown import write_markdown
from keepwell.platform.publishing.pdf import write_pdf
from keepwell.platform.publishing.word import write_word

DAY = date(2023, 12, 31)
FORMULAS = [
    *("=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "{=1}"),
    '=HYPERLINK("http://example.invalid","y")',
]
MARKUP = [
    *(
        '#read("/etc/passwd")',
        '#eval("1")',
        "$x^2$ *bold* _it_ `raw` @ref <label>",
        "#{panic()}",
        "\\u{1F600} // no",
    ),
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</script><b>", "{{ 7*7 }}{% debug %}"),
    *("&lt;b&gt;", "[x](javascript:alert(1))", "![x](http://example.invalid/y.png)", "# heading", "- item"),
    *("1. item", "| a | b |", "> quote", "~~~", "--- ", "===", "&P&N &G"),
    *("http://example.invalid/", "mailto:x@example.invalid", "internal:Sheet2!A1"),
]
STRANGE = [
    *("a\0b", "\x07\x1b[31m", "\ud800", "\ufffe", "gpj\u202eexe", "مرحبا بالعالم", "שלום", "e\u0301", "파주"),
    *("\N{GRINNING FACE}", "a\nb\r\nc", " ", "'", "History", "_x0041_", "$p1", "]]>", "%s {0} {page}"),
    *("sheet[]:*?/\\name that is far too long to be one"),
]
CORPUS = [*FORMULAS, *MARKUP, *STRANGE]


LONG = ["x" * 10_000, "字" * 10_000, "a b " * 2_500]
HEAD = {"language": "en", "as_of": DAY}


def hostile(texts: list[str]) -> Document:
    """A document with each of `texts` in every place that takes words."""
    one = texts[0]
    blocks = [block for number, text in enumerate(texts) for block in _blocks(text, number)]
    points = [(f"{text}{number}", 3) for number, text in enumerate(texts)]
    chart = charts.bars("chart", one, points, columns=(one, one))
    words = {"subtitle": one, "summary": tuple(texts), "period": one, "last_period": one}
    return Document(one, one, blocks=(*blocks, chart), **words, **HEAD)


def _blocks(text: str, number: int) -> list[Block]:
    columns = (Column(text), Column(text, "number"), Column(text, "state"))
    told = Figure(f"told.{number}", text, 5, definition=text)
    rows = (Group(text), (text, 1, Badge(text)), (Link(text, "/x/"), None, text), (text, told, text))
    figure = Figure(
        *(f"hostile.{number}", text, 1),
        definition=text, note=text, signed_by=text, restated=Restatement(2, text, DAY), digest="ab" * 32,
    )  # fmt: skip
    texts = [Text((text,), text), Text((text,), text, 2)]
    return [Text(heading=text), figure, *texts, Table(text, columns, rows)]


class InExcel(TestCase):
    """Words stay words."""

    def test_are_never_a_formula_or_link(self) -> None:
        content = write_excel(hostile(CORPUS))
        cells = [
            cell for sheet in load_workbook(BytesIO(content)) for row in sheet.iter_rows() for cell in row
        ]
        self.assertGreater(len(cells), 1_000)
        self.assertFalse([cell for cell in cells if cell.data_type == "f" or cell.hyperlink])
        archive = ZipFile(BytesIO(content))
        self.assertFalse([name for name in archive.namelist() if b"<f>" in archive.read(name)])

    def test_print_as_typed(self) -> None:
        book = load_workbook(BytesIO(write_excel(hostile([*MARKUP, *FORMULAS]))))
        words = {_bare(str(row[2])) for row in book.worksheets[0].iter_rows(values_only=True)}
        self.assertFalse([text for text in (*MARKUP, *FORMULAS) if _bare(text) not in words])

    def test_stay_words_after_an_edit(self) -> None:
        book = load_workbook(BytesIO(write_excel(hostile(["=1+1"]))))
        found = [cell for cell in book.worksheets[0]["C"] if cell.value == "=1+1"]
        self.assertTrue(found and all(cell.quotePrefix for cell in found))

    def test_fill_every_name_of_a_sheet(self) -> None:
        self.assertTrue(all(write_excel(hostile([text])) for text in CORPUS))


class InWord(TestCase):
    """Words stay words."""

    def test_print_as_typed(self) -> None:
        content = write_word(hostile(CORPUS))
        words = _bare("".join(text.text for text in WordDocument(BytesIO(content)).paragraphs))
        self.assertFalse([text for text in CORPUS if _bare(text) not in words])

    def test_name_no_address(self) -> None:
        archive = ZipFile(BytesIO(write_word(hostile(CORPUS))))
        self.assertFalse([name for name in archive.namelist() if b"External" in archive.read(name)])

    def test_may_be_long(self) -> None:
        self.assertTrue(write_word(hostile(LONG)))


class InPdf(TestCase):
    """Words stay words."""

    def test_print_as_typed(self) -> None:
        content = write_pdf(hostile([*MARKUP, *FORMULAS]))
        words = _bare("".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages))
        self.assertFalse([text for text in (*MARKUP, *FORMULAS) if _bare(text) not in words])
        self.assertNotIn("root:", words)

    def test_name_no_address_and_no_script(self) -> None:
        content = write_pdf(hostile(CORPUS))
        self.assertNotIn(b"/JavaScript", content)
        self.assertNotIn(b"/URI", content)

    def test_may_head_the_document(self) -> None:
        for text in ('#read("/etc/passwd")', "a\0b", "\ud800", " ", "مرحبا"):
            self.assertTrue(write_pdf(Document(text, text, **HEAD)).startswith(b"%PDF"))

    def test_may_be_long(self) -> None:
        self.assertTrue(write_pdf(Document("T", "G", blocks=tuple(_blocks(LONG[1], 0)), **HEAD)))


class InMarkdown(TestCase):
    """Words stay words."""

    def test_are_no_markup(self) -> None:
        words = write_markdown(hostile(CORPUS)).decode()
        self.assertIsNone(re.search(r"(?<!\\)<(?!br>)", words))
        self.assertIsNone(re.search(r"(?<!\\)\]\(", words))
        self.assertEqual(len(re.findall(r"^# ", words, re.MULTILINE)), 1)


class OnAPage(TestCase):
    """Words stay words."""

    def test_are_escaped(self) -> None:
        page = Template("{% load publishing %}{% blocks told %}").render(Context({"told": hostile(CORPUS)}))
        self.assertNotIn("<script>", page)
        self.assertNotIn("<img", page)
        self.assertNotIn("style=", page)
        self.assertEqual((page.count("<script"), page.count("</script>")), (1, 1))


class InJson(TestCase):
    """Words stay words."""

    def test_come_back(self) -> None:
        found = hostile([text for text in CORPUS if text != "\ud800"])
        self.assertEqual(read_json(write_json(found)), found)


class AHostileSpecification(TestCase):
    """A chart draws what it was given and fetches nothing."""

    def test_may_name_no_address(self) -> None:
        addresses = (
            {"data": {"url": "file:///etc/passwd"}},
            {"mark": {"type": "image", "url": "http://127.0.0.1:1/"}},
        )
        for spec in addresses:
            with self.assertRaisesRegex(ValueError, "names no address"):
                charts.svg(Chart("c", "C", spec, Table("T", (Column("A"),)), "c"))

    def test_does_not_end_the_process(self) -> None:
        chart = charts.bars("c", "C", [("a\0b\x07", 1)], columns=("a", "b"))
        self.assertIn("a\N{REPLACEMENT CHARACTER}b", charts.svg(chart))


def _bare(text: str) -> str:
    """`text` without what a file may rightly change: spaces, control characters, the way lines break."""
    return re.sub(r"[\s\u00ad\u200b\ufffd\x00-\x20\ud800\ufffe\u202e]", "", text)
