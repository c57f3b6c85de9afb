"""What a Word document looks like: page, typefaces, styles, head and foot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from docx.document import Document as WordFile
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Emu, Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from keepwell.platform.publishing.blocks import Paper
from keepwell.platform.publishing.charts import LIGHT
from keepwell.platform.publishing.fonts import FAMILY
from keepwell.platform.publishing.layout import Frame

SUMMARY, NOTE, CELL = "Keepwell Summary", "Keepwell Note", "Keepwell Cell"
# Word takes this one where Noto Sans TC is not installed.
STAND_IN = "Microsoft JhengHei"
# Word reads the properties of a paragraph in one order only; these come after its borders.
AFTER_BORDERS = (
    *("w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind"),
    *("w:contextualSpacing", "w:jc", "w:outlineLvl", "w:rPr"),
)
FONT_KINDS = ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs")


PAPERS: dict[str, tuple[float, float]] = {
    "a4": (210, 297),
    "a4-landscape": (297, 210),
    "a3-landscape": (420, 297),
}


@dataclass(frozen=True)
class Room:
    """What the margins of a page leave, in Word's measure."""

    width: int
    height: int


def room(section: Section) -> Room:
    """How wide and high the text of a section may be."""
    sides = (section.page_width, section.left_margin, section.right_margin)
    ends = (section.page_height, section.top_margin, section.bottom_margin)
    return Room(*(int(whole or 0) - int(one or 0) - int(two or 0) for whole, one, two in (sides, ends)))


def prepare(file: WordFile, language: str, paper: Paper) -> None:
    """Give `file` its paper, our typeface and our styles, in the language of its text."""
    _page(file.sections[0], *PAPERS[paper])
    _normal(file, language)
    _headings(file)
    _own(file)
    _stand_in(file)


def head_and_foot(section: Section, words: Frame) -> None:
    """Group, title and language above each page; state, page and digest below it."""
    width = room(section).width
    head = _stops(section.header.paragraphs[0], width)
    coloured(head.add_run(words.group), "ink").bold = True
    head.add_run(f"\t{words.title}\t")
    if words.draft:
        coloured(head.add_run(words.draft), "warn").bold = True
        head.add_run("   ")
    head.add_run(words.language)
    ruled(head, "bottom")
    foot = _stops(section.footer.paragraphs[0], width)
    foot.add_run(f"{words.state}\t")
    _numbered(foot, words.page)
    foot.add_run(f"\t{words.code}")
    ruled(foot, "top")


def coloured(run: Any, name: str) -> Any:  # python-docx's runs: untyped
    """The run in the colour called `name`."""
    run.font.color.rgb = RGBColor.from_string(LIGHT[name][1:].upper())
    return run


def ruled(paragraph: Paragraph, side: str, *, colour: str = "line", width: int = 4, space: int = 4) -> None:
    """A rule at one side of a paragraph; `width` in eighths of a point."""
    borders = OxmlElement("w:pBdr")
    borders.append(border(side, colour, width, space))
    paragraph._p.get_or_add_pPr().insert_element_before(borders, *AFTER_BORDERS)


def border(side: str, colour: str, width: int, space: int = 0) -> Any:
    """A border element for a paragraph, table or cell."""
    found = OxmlElement(f"w:{side}")
    for name, value in (
        ("val", "single"),
        ("sz", str(width)),
        ("space", str(space)),
        ("color", LIGHT[colour][1:]),
    ):
        found.set(qn(f"w:{name}"), value)
    return found


def _page(section: Section, width: float, height: float) -> None:
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.orientation = WD_ORIENT.LANDSCAPE if width > height else WD_ORIENT.PORTRAIT
    section.left_margin = section.right_margin = Mm(22)
    section.top_margin, section.bottom_margin = Mm(28), Mm(24)
    section.header_distance, section.footer_distance = Mm(14), Mm(12)


def _normal(file: WordFile, language: str) -> None:
    style = file.styles["Normal"]
    _font(style, 10, "ink")
    style.paragraph_format.space_after = Pt(5)
    style.paragraph_format.line_spacing = 1.15
    spoken = OxmlElement("w:lang")
    spoken.set(qn("w:val"), "en-GB" if language == "en" else "zh-TW")
    spoken.set(qn("w:eastAsia"), "zh-TW")
    style.element.get_or_add_rPr().append(spoken)


def _headings(file: WordFile) -> None:
    sizes = {
        "Title": (20, 0, 2),
        "Heading 1": (13, 18, 5),
        "Heading 2": (11, 12, 4),
        "Heading 3": (10, 10, 3),
    }
    for name, (size, before, after) in sizes.items():
        style = file.styles[name]
        _font(style, size, "ink", bold=True)
        _spaced(style, before, after)
        style.paragraph_format.keep_with_next = True
        for rule in style.element.xpath(".//w:pBdr | .//w:spacing[parent::w:rPr] | .//w:kern"):
            rule.getparent().remove(rule)
    _font(file.styles["Subtitle"], 10, "ink2")
    _spaced(file.styles["Subtitle"], 0, 10)
    for tracking in file.styles["Subtitle"].element.xpath(".//w:rPr/w:spacing"):
        tracking.getparent().remove(tracking)
    _font(file.styles["Caption"], 9, "ink", bold=True)
    _spaced(file.styles["Caption"], 12, 4)
    file.styles["Caption"].paragraph_format.keep_with_next = True
    for name in ("Header", "Footer"):
        _font(file.styles[name], 8, "ink2")


def _own(file: WordFile) -> None:
    summary = _added(file, SUMMARY, 10, "ink")
    _spaced(summary, 0, 3)
    summary.paragraph_format.left_indent = Mm(3)
    borders = OxmlElement("w:pBdr")
    borders.append(border("left", "act", 16, 8))
    summary.element.get_or_add_pPr().insert_element_before(borders, *AFTER_BORDERS)
    _spaced(_added(file, NOTE, 8, "ink2"), 0, 4)
    cells = _added(file, CELL, 9, "ink")
    cells.paragraph_format.line_spacing = 1.0
    _spaced(cells, 0, 0)


def _added(file: WordFile, name: str, size: float, colour: str) -> ParagraphStyle:
    style: ParagraphStyle = file.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = file.styles["Normal"]
    _font(style, size, colour)
    return style


def _font(
    style: Any, size: float, colour: str, *, bold: bool = False
) -> None:  # a style of python-docx: untyped
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = RGBColor.from_string(LIGHT[colour][1:].upper())
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.attrib.clear()
    for kind in FONT_KINDS:
        fonts.set(qn(kind), FAMILY)


def _spaced(style: Any, before: float, after: float) -> None:  # a style of python-docx: untyped
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)


def _stand_in(file: WordFile) -> None:
    """Name the typeface to take where ours is missing, in the table of fonts."""
    part = file.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    told = f'<w:font w:name="{FAMILY}"><w:altName w:val="{STAND_IN}"/><w:charset w:val="88"/></w:font>'
    part._blob = part.blob.replace(b"</w:fonts>", told.encode() + b"</w:fonts>")


def _stops(paragraph: Paragraph, width: int) -> Paragraph:
    stops = paragraph.paragraph_format.tab_stops
    for stop in list(paragraph.style.paragraph_format.tab_stops):  # type: ignore[union-attr]  # each has one
        stops.add_tab_stop(stop.position, WD_TAB_ALIGNMENT.CLEAR)
    stops.add_tab_stop(Emu(width // 2), WD_TAB_ALIGNMENT.CENTER)
    stops.add_tab_stop(Emu(width), WD_TAB_ALIGNMENT.RIGHT)
    return paragraph


def _numbered(paragraph: Paragraph, words: str) -> None:
    """`words` with {page} and {pages} as fields that Word counts."""
    before, rest = words.split("{page}")
    between, after = rest.split("{pages}")
    paragraph.add_run(before)
    _field(paragraph, "PAGE")
    paragraph.add_run(between)
    _field(paragraph, "NUMPAGES")
    paragraph.add_run(after)


def _field(paragraph: Paragraph, code: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)
