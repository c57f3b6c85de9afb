"""What stands on a slide: words, native tables and pictures, in our typeface and colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from lxml import etree
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml.ns import qn
from pptx.util import Emu, Length, Mm, Pt

from keepwell.platform.publishing.charts import LIGHT
from keepwell.platform.publishing.fonts import FAMILY

# Where Noto Sans TC is not installed, the theme names this one for Chinese.
STAND_IN = "Microsoft JhengHei"
SIDES = {"left": PP_ALIGN.LEFT, "center": PP_ALIGN.CENTER, "right": PP_ALIGN.RIGHT}
MARGINS = (3.0, 1.5, 0.8)
"""Of a cell, in millimetres: beside words that begin there, beside others, above and below."""
SVG_PICTURE = "{96DAC541-7B7A-43D3-8B79-37D633B846F1}"
SVG_NAMES = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"


@dataclass(frozen=True)
class Words:
    """A run of text: how large in points, in which named colour, bold or not."""

    text: str
    size: float = 12
    colour: str = "ink"
    bold: bool = False


@dataclass(frozen=True)
class Box:
    """A place on a slide, in millimetres."""

    left: float
    top: float
    width: float
    height: float

    @property
    def measures(self) -> tuple[Length, Length, Length, Length]:
        return Mm(self.left), Mm(self.top), Mm(self.width), Mm(self.height)


@dataclass(frozen=True)
class Heading:
    """The head of a column of a table: words, side, and width in millimetres."""

    title: str
    side: str
    width: float

    @property
    def cell(self) -> Cell:
        """Its words as they stand in the table."""
        return [[Words(self.title, 11, "ink2")]]


Line = Sequence[Words]  # the runs of one paragraph
Cell = Sequence[Line]  # the paragraphs of one cell


def set_theme(deck: Any) -> None:
    """Name our typeface for every script of the deck, and what stands in for it."""
    for master in deck.slide_masters:
        theme = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
        root = etree.fromstring(theme.blob)  # noqa: S320  # the library's own template
        for kind in root.iter(qn("a:majorFont"), qn("a:minorFont")):
            for script in ("a:latin", "a:ea", "a:cs"):
                kind.find(qn(script)).set("typeface", FAMILY)
            for font in kind.findall(qn("a:font")):
                if font.get("script") == "Hant":
                    font.set("typeface", STAND_IN)
        theme._blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def write_words(slide: Any, box: Box, lines: Sequence[Line], language: str, *,
                side: str = "left") -> Any:  # fmt: skip
    """A text box with one paragraph to each line."""
    shape = slide.shapes.add_textbox(*box.measures)
    fill(plain_frame(shape), lines, language, side)
    return shape


def plain_frame(shape: Any) -> Any:
    """The text frame of a shape, its words beginning at its very edge."""
    frame = shape.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    return frame


def fill(frame: Any, lines: Sequence[Line], language: str, side: str = "left") -> None:
    """Put paragraphs into a text frame."""
    for place, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.alignment = SIDES[side]
        for words in line:
            run = paragraph.add_run()
            run.text = words.text
            run.font.size, run.font.bold = Pt(words.size), words.bold
            run.font.color.rgb = RGBColor.from_string(LIGHT[words.colour][1:].upper())
            run._r.get_or_add_rPr().set("lang", language)


def rule(slide: Any, left: float, top: float, width: float, colour: str = "line") -> None:
    """A hair line across the slide."""
    line = slide.shapes.add_connector(1, Mm(left), Mm(top), Mm(left + width), Mm(top))
    line.line.color.rgb = RGBColor.from_string(LIGHT[colour][1:].upper())
    line.line.width = Pt(0.5)
    line._element.remove(line._element.find(qn("p:style")))  # its theme would throw a shadow


def add_table(slide: Any, box: Box, heads: Sequence[Heading], rows: Sequence[Sequence[Cell]],
              language: str, name: str, heights: Sequence[float]) -> None:  # fmt: skip
    """A native table with rules and no stripes; its first row is its head. `heights` are those of its head and rows."""
    measures = Box(box.left, box.top, box.width, sum(heights)).measures
    shape = slide.shapes.add_table(len(rows) + 1, len(heads), *measures)
    shape.name = name
    table = shape.table
    properties = table._tbl.tblPr
    for stripe in ("bandRow", "bandCol"):
        properties.set(stripe, "0")
    properties.find(qn("a:tableStyleId")).text = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # no style, no grid
    for place, head in enumerate(heads):
        table.columns[place].width = Mm(head.width)
        _cell(table.cell(0, place), head.cell, head.side, "edge", language)
        for down, row in enumerate(rows, start=1):
            _cell(table.cell(down, place), row[place], head.side, "line", language)
    for row, height in zip(table.rows, heights, strict=True):
        row.height = Mm(height)


def _cell(place: Any, lines: Cell, side: str, edge: str, language: str) -> None:
    beside, other, above = MARGINS
    place.margin_left, place.margin_right = Mm(beside if side == "left" else other), Mm(other)
    place.margin_top = place.margin_bottom = Mm(above)
    place.vertical_anchor = MSO_ANCHOR.MIDDLE
    fill(place.text_frame, lines, language, side)
    border = etree.SubElement(place._tc.get_or_add_tcPr(), qn("a:lnB"), w="6350")
    colour = etree.SubElement(etree.SubElement(border, qn("a:solidFill")), qn("a:srgbClr"))
    colour.set("val", LIGHT[edge][1:].upper())


def add_picture(
    slide: Any, box: Box, png: bytes, svg: str, *, alt: str, name: str, side: str = "center"
) -> float:
    """A picture as large as its box allows, in its middle or at its left: PNG for every program, the SVG beside it for
    those that can. Returns how wide it is, in millimetres."""
    picture = slide.shapes.add_picture(BytesIO(png), 0, 0)
    left, top, width, height = box.measures
    scale = min(width / picture.width, height / picture.height)
    picture.width, picture.height = Emu(int(picture.width * scale)), Emu(int(picture.height * scale))
    picture.left, picture.top = Emu(left + (width - picture.width) // 2 if side == "center" else left), top
    picture.name = name
    picture._element.nvPicPr.cNvPr.set("descr", alt)
    uri = PackURI(f"/ppt/media/{name}-{slide.slide_id}.svg")
    part = Part(uri, "image/svg+xml", slide.part.package, svg.encode())
    blip = picture._element.blipFill.find(qn("a:blip"))
    extension = etree.SubElement(etree.SubElement(blip, qn("a:extLst")), qn("a:ext"), uri=SVG_PICTURE)
    beside = etree.SubElement(extension, f"{{{SVG_NAMES}}}svgBlip", nsmap={"asvg": SVG_NAMES})
    beside.set(qn("r:embed"), slide.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE))
    return float(Emu(picture.width).mm)
