"""Text that would be obeyed, in every place of every file: it prints and does nothing."""

from __future__ import annotations

import html
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
    *("x" * 10_000, "字" * 10_000, "a b " * 2_500, "sheet[]:*?/\\name that is far too long to be one"),
]
CORPUS = [*FORMULAS, *MARKUP, *STRANGE]


def hostile(text: str) -> Document:
    """A document with `text` in every place that takes words."""
    table = Table(text, (Column(text), Column(text, "number"), Column(text, "state")), (
        Group(text), (text, 1, Badge(text)), (Link(text, "/x/"), None, text),
        (text, Figure("told", text, 5, definition=text), text),
    ))  # fmt: skip
    figure = Figure(
        "hostile",
        text,
        1,
        definition=text,
        note=text,
        signed_by=text,
        restated=Restatement(2, text, DAY),
        digest="ab" * 32,
    )
    chart = charts.bars("chart", text, [(text, 3), (f"{text}2", None)], columns=(text, text))
    return Document(
        text, text, "en", DAY, subtitle=text, summary=(text,), period=text, last_period=text,
        blocks=(Text(heading=text), figure, Text((text,), text), Text((text,), text, 2), table, chart),
    )  # fmt: skip


class Hostile(TestCase):
    """Every text of the corpus in every file."""

    def each(self, corpus: list[str] = CORPUS) -> object:
        for text in corpus:
            with self.subTest(text=text[:40]):
                yield text, hostile(text)

    def test_is_never_a_formula_or_link_in_excel(self) -> None:
        for _, document in self.each():
            content = write_excel(document)
            book = load_workbook(BytesIO(content))
            cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
            self.assertFalse([cell for cell in cells if cell.data_type == "f" or cell.hyperlink])
            sheets = [name for name in ZipFile(BytesIO(content)).namelist() if "worksheets/sheet" in name]
            self.assertFalse([name for name in sheets if b"<f>" in ZipFile(BytesIO(content)).read(name)])

    def test_stays_text_in_excel_after_an_edit(self) -> None:
        book = load_workbook(BytesIO(write_excel(hostile("=1+1"))))
        found = [cell for cell in book.worksheets[0]["C"] if cell.value == "=1+1"]
        self.assertTrue(found and all(cell.quotePrefix for cell in found))

    def test_prints_as_typed_in_word(self) -> None:
        for text, document in self.each():
            content = write_word(document)
            self.assertNotIn(b"External", ZipFile(BytesIO(content)).read("word/_rels/document.xml.rels"))
            words = "".join(text.text for text in WordDocument(BytesIO(content)).paragraphs)
            self.assertIn(_bare(text), _bare(words))

    def test_prints_as_typed_in_pdf(self) -> None:
        for text in (*FORMULAS, *MARKUP):
            with self.subTest(text=text):
                words = "".join(
                    page.extract_text() for page in PdfReader(BytesIO(write_pdf(hostile(text)))).pages
                )
                self.assertIn(_bare(text), _bare(words))
                self.assertNotIn("root:", words)

    def test_does_not_stop_a_pdf(self) -> None:
        for _, document in self.each(STRANGE):
            content = write_pdf(document)
            self.assertTrue(content.startswith(b"%PDF"))
            self.assertNotIn(b"/JavaScript", content)
            self.assertNotIn(b"/URI", content)

    def test_is_no_markup_in_markdown(self) -> None:
        for _, document in self.each():
            words = write_markdown(document).decode()
            self.assertIsNone(re.search(r"(?<!\\)<(?!br>)", words))
            self.assertIsNone(re.search(r"(?<!\\)\]\(", words))
            self.assertEqual(len(re.findall(r"^# ", words, re.MULTILINE)), 1)

    def test_is_escaped_on_a_page(self) -> None:
        for _, document in self.each():
            page = Template("{% load publishing %}{% blocks document %}").render(
                Context({"document": document})
            )
            self.assertNotIn("<script>", page)
            self.assertNotIn("<img", page)
            self.assertNotIn("style=", html.unescape(page) if "style=" not in document.title else "")
            self.assertEqual(page.count("<script"), page.count("</script>"))

    def test_comes_back_from_json(self) -> None:
        for text, document in self.each():
            if text != "\ud800":
                self.assertEqual(read_json(write_json(document)), document)


class AHostileSpecification(TestCase):
    """A chart draws what it was given and fetches nothing."""

    def test_loads_nothing_from_outside(self) -> None:
        spec = {
            "data": {"url": "file:///etc/passwd"},
            "mark": "point",
            "encoding": {"x": {"field": "a", "type": "nominal"}},
        }
        chart = Chart("c", "C", spec, Table("T", (Column("A"),)), "c")
        with self.assertRaises(ValueError):
            charts.svg(chart)


def _bare(text: str) -> str:
    """`text` without what a file may rightly change: spaces, control characters, the way lines break."""
    return re.sub(r"[\s\u00ad\ufffd\x00-\x20]", "", text)
