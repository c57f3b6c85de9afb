"""T10: markup, scripts, templates and formulas in every text that anybody can bring in come out as the text they are:
on every page in a real browser, in every file and in every letter."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date
from io import BytesIO, StringIO
from unicodedata import category
from zipfile import ZipFile

import openpyxl
import pytest
from defusedxml import ElementTree
from django.http import HttpResponse
from django.template import Context, Template
from django.test import SimpleTestCase
from pypdf import PdfReader

from keepwell.areas.reporting import rules as reporting
from keepwell.platform.notices.letters import composed
from keepwell.platform.notices.models import Letter
from keepwell.platform.privacy.telling import document as report_about
from keepwell.platform.publishing.blocks import Badge, Column, Document, Link, Table, Text
from keepwell.platform.publishing.writers import WRITERS
from tests.browsing import browser
from tests.house import made, row_of, typed
from tests.payloads import UNSAVED, corpus
from tests.planting import NAMES, PAST_FORM, Planting, rooms
from tests.played import LOOK, Reading, played
from tests.test_canaries import BY_MAIL
from tests.test_registers_house import NUMBER, RUNS

CARELESS = ("<p>{}</p>", '<p title="{}">', "<p title='{}'>", "<p title={}>", "<textarea>{}</textarea>", "<script>x='{}'</script>",
            '<script>x="{}"</script>', "<script>/*{}*/x=`{}`</script>", "<style>{}</style>", "<a href=\"{}\">", "<!--{}-->",
            '<p style="{}">')  # fmt: skip
"""Places into which somebody might write a text as it is."""
PRINTED = ("pdf", "docx", "pptx", "xlsx")
UNWANTED = "[\x00\ud800-\udfff]"
UNPRINTED = {"Cc", "Cf", "Cs", "Cn", "So", "Zs", "Zl", "Zp"}
"""What a file may rightly leave out: blanks, marks of direction, pictures for which no font is there."""
MADE = ("markup", "attribute")
"""Kinds of payloads that leave a mark in a document wherever they are believed."""


def is_page(answer: HttpResponse) -> bool:
    return answer.headers.get("Content-Type", "").startswith("text/html") and bool(answer.content)


def everything() -> Document:
    """A report of nothing but payloads."""
    texts = [payload.text for payload in corpus()]
    cells = zip(*[iter([*texts, *NAMES[: -len(texts) % 3]])] * 3, strict=True)
    rows = tuple((one, Link(other, "/x/"), Badge(third)) for one, other, third in cells)
    table = Table(NAMES[2], (Column(NAMES[3]), Column(NAMES[5]), Column(NAMES[6])), rows)
    told = (Text(tuple(NAMES), NAMES[7]), table)
    return Document(NAMES[0], NAMES[1], blocks=told, language="en", as_of=date(2024, 12, 31))


def bare(text: str) -> str:
    """`text` without what a file may rightly leave out."""
    return "".join(letter for letter in text if category(letter) not in UNPRINTED)


def squeezed(text: str) -> str:
    return "".join(text.split())


class Payloads(SimpleTestCase):
    def test_are_three_hundred_and_more(self) -> None:
        self.assertGreater(len(corpus()), 400)
        self.assertEqual(len({payload.text for payload in corpus()}), len(corpus()))

    @pytest.mark.chromium
    def test_would_be_seen_where_somebody_believes_them(self) -> None:
        """Each of them is found in one careless place at least, and a script that runs is heard."""
        texts = [payload.text for payload in corpus() if payload.kind in MADE]
        documents = [[form.replace("{}", text) for form in CARELESS] for text in texts]
        with browser() as chromium, played() as site:
            site.put("/careless/", HttpResponse("<p>{}</p>".replace("{}", NAMES[0])))
            reader = Reading(chromium, site)
            self.assertIn("a script ran", reader.of("/careless/").wrong)
            found = reader.page.evaluate(
                f"""documents => documents.map(forms => forms.some(text =>
                    ({LOOK})(new DOMParser().parseFromString(text, 'text/html')).length))""",
                documents,
            )
        self.assertEqual([text for text, seen in zip(texts, found, strict=True) if not seen], [])


@BY_MAIL
@pytest.mark.chromium
@pytest.mark.sqlite
class InABrowser(Planting):
    """To a page it makes no difference which database answers; the browser reads those of one."""

    def test_is_text(self) -> None:
        self.plant()
        pages = {address: answer for address, answer in self.pages() if is_page(answer)}
        self.assertGreater(len(pages), 100)
        beside, wrong = list(self.beside()), {}
        with browser() as chromium, played() as site:
            reader = Reading(chromium, site)
            for number, (address, answer) in enumerate([*pages.items(), *beside]):
                place = f"/answers/{number}" if PAST_FORM in address else address
                site.put(place, answer)
                seen, told = reader.of(place), self.shown.get(address, [])
                missing = [one.text for one in told if squeezed(one.text) not in seen.text]
                if seen.wrong or missing:
                    wrong[address] = [*seen.wrong, *(f"not shown: {text}" for text in missing)]
        self.assertEqual(wrong, {})

    def beside(self) -> Iterator[tuple[str, HttpResponse]]:
        """What is read without the policy of our pages: letters, and every block of a report."""
        letters = [
            composed(letter)
            for letter in Letter.objects.filter(person=self.ada, notices__key__startswith="t10:")
        ]
        self.assertEqual(len(letters), len(NAMES))
        for number, letter in enumerate(letters):
            assert letter is not None
            (html, _kind), = letter.alternatives  # fmt: skip
            yield f"/letters/{number}", HttpResponse(html)
        blocks = Template("{% load publishing %}{% blocks told %}").render(Context({"told": everything()}))
        yield "/blocks/", HttpResponse(blocks)


class InAFile(Planting):
    def test_is_text(self) -> None:
        self.plant()
        self.group.refresh_from_db()
        self.ada.refresh_from_db()
        told = (
            reporting.document(reporting.outcomes(self.group, 2024), "en"),
            report_about(self.ada, "en", with_mentions=True),
        )
        for document, name in zip(told, (NAMES[4], NAMES[0]), strict=True):
            for form in PRINTED:
                with self.subTest(document.title, form=form):
                    self.assertIn(bare(name), words_of(WRITERS[form].write(document), form))
        for slug in typed():
            with self.subTest(slug):
                csv_cells = rows_of(self.taken(slug, "csv"))
                self.assertEqual(
                    [cell for cell in csv_cells if RUNS.match(cell) and not NUMBER.fullmatch(cell)], []
                )
                book = openpyxl.load_workbook(BytesIO(self.taken(slug, "xlsx")))
                cells = [cell for row in book.active.iter_rows() for cell in row]
                self.assertEqual(
                    [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink], []
                )

    def taken(self, slug: str, form: str) -> bytes:
        answer = self.client.get(f"/{slug}/take-out.{form}")
        return b"".join(answer.streaming_content) if answer.streaming else answer.content


class InAReport(SimpleTestCase):
    def test_is_text(self) -> None:
        texts = [payload.text for payload in corpus()]
        for form in PRINTED:
            with self.subTest(form):
                words = words_of(WRITERS[form].write(everything()), form)
                self.assertEqual([text for text in texts if bare(text) not in words], [])


class WhatNoTextHolds(Planting):
    def test_is_refused_or_gone(self) -> None:
        """Characters that end texts, move cursors or cannot be written."""
        for slug in typed():
            record = made(slug, self.khh1, self.eva)
            name, _room = next(rooms(slug, record), ("", 0))
            for text in UNSAVED if name else ():
                with self.subTest(slug, text=text):
                    body = json.dumps({name: f"a{text}", "version": row_of(record)["version"]})
                    answer = self.client.patch(
                        f"/api/{slug}/{record.pk}", body, content_type="application/json"
                    )
                    self.assertIn(answer.status_code, (200, 422), answer.content)
                    self.assertNotRegex(row_of(record)[name], UNWANTED)


def words_of(content: bytes, form: str) -> str:
    """All that stands in a file, without spaces and what may break lines."""
    if form == "pdf":
        return bare("".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages))
    archive = ZipFile(BytesIO(content))
    parts = [
        ElementTree.fromstring(archive.read(name))
        for name in sorted(archive.namelist())
        if name.endswith(".xml")
    ]
    return bare("".join("".join(part.itertext()) for part in parts))


def rows_of(content: bytes) -> list[str]:
    """The cells of a CSV file."""
    return [cell for row in csv.reader(StringIO(content.decode("utf-8-sig"), newline="")) for cell in row]
