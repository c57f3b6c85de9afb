"""Names of people and places in the letters of Europe and of Vietnam, drawn as they are written there."""

from __future__ import annotations

import unicodedata
from datetime import date
from unittest.mock import patch

import pypdfium2
from django.test import SimpleTestCase

from keepwell.platform.publishing import charts, fonts, pdf
from keepwell.platform.publishing.blocks import Document, Text

NAMES = {
    "cs": "Příliš žluťoučký kůň úpěl ďábelské ódy",
    "pl": "Zażółć gęślą jaźń",
    "hu": "árvíztűrő tükörfúrógép",
    "ro": "ștergător, țară",
    "tr": "Işığı ğüşöç",
    "lv": "ģimene ķīla ļauj ņem šķēle",
    "vi": "Nguyễn Thị Hạnh, Đỗ Ưng, ngày lễ",
    "el": "Παναγιώτης Ξένος",
    "uk": "Їжак Ґалаґан Щур",
}
"""Words with every letter that a language has beside the English ones, or nearly."""
DRAWN = """<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40">
<text x="4" y="28" font-family="{face}" font-size="20">{text}</text></svg>"""


def on_paper(*texts: str) -> str:
    """What a PDF says that holds `texts`."""
    blocks = tuple(Text((text,)) for text in texts)
    told = Document("Names", "Meridian", "en", date(2025, 11, 14), blocks, state="current")
    pages = pypdfium2.PdfDocument(pdf.write_pdf(told))
    found = " ".join(page.get_textpage().get_text_range() for page in pages)
    return " ".join(unicodedata.normalize("NFC", found).split())


def drawn(text: str, face: str = fonts.FAMILY, *, lettered: bool = True) -> bytes:
    """A picture of `text`."""
    svg = DRAWN.format(face=face, text=text)
    return bytes(charts._converter().svg_to_png(fonts.lettered(svg) if lettered else svg, scale=2.0))


class FurtherLetters(SimpleTestCase):
    def test_stand_on_paper_with_their_marks_on_them(self) -> None:
        found = on_paper(*NAMES.values())
        for tag, words in NAMES.items():
            with self.subTest(tag):
                self.assertTrue(pdf.has_signs(words))
                self.assertIn(words, found)

    def test_would_not_in_the_typeface_of_the_rest(self) -> None:
        alone = [{"name": fonts.FAMILY}]
        with patch.object(pdf, "families", lambda tag="": alone):
            self.assertNotIn(NAMES["cs"], on_paper(NAMES["cs"]))

    def test_are_drawn_alike_in_charts_beside_chinese(self) -> None:
        self.assertEqual(drawn("Dvořák"), drawn("Dvořák", fonts.LETTERS, lettered=False))
        self.assertNotEqual(drawn("Dvořák"), drawn("Dvořák", lettered=False))
        self.assertEqual(drawn("Ann 王小明"), drawn("Ann 王小明", lettered=False))
        both = fonts.lettered(DRAWN.format(face=fonts.FAMILY, text="王小明 &amp; Dvořák &lt;"))
        self.assertIn('王小明 &amp; <tspan font-family="Source Sans 3">Dvořák</tspan> &lt;', both)

    def test_are_left_alone_in_what_is_no_text(self) -> None:
        self.assertEqual(fonts.lettered('<g id="č"><path d="M0"/></g>'), '<g id="č"><path d="M0"/></g>')

    def test_of_a_chart_are_drawn_so_too(self) -> None:
        chart = charts.bars("n", "People", [("Dvořák", 3), ("王小明", 4)], columns=("Who", "How many"))
        self.assertIn('<tspan font-family="Source Sans 3">Dvořák</tspan>', charts.svg(chart))
        self.assertIn("王小明</text>", charts.svg(chart))
