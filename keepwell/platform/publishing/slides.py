"""PowerPoint: a slide says one finding and shows one table or one picture; for workers and the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, TypeVar

from django.utils.translation import gettext, pgettext
from pptx import Presentation
from pptx.util import Mm

from keepwell.platform.publishing import charts
from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import (
    Badge,
    Chart,
    Column,
    Document,
    Drawing,
    Figure,
    Group,
    Table,
    Text,
)
from keepwell.platform.publishing.layout import (
    Figures,
    Frame,
    Line,
    as_of,
    cell,
    figure_columns,
    frame,
    in_its_language,
    line,
    parts,
    proof_columns,
    proof_title,
    proof_words,
)
from keepwell.platform.publishing.slide_shapes import (
    Box,
    Cell,
    Heading,
    Words,
    add_picture,
    add_table,
    fill,
    plain_frame,
    rule,
    set_theme,
    write_words,
)
from keepwell.platform.publishing.word import PROPERTY_LENGTH, timeless

WIDE, HIGH, EDGE = 338.67, 190.5, 16.0
ROOM = Box(EDGE, 46, WIDE - 2 * EDGE, 124)
TITLE_ONLY = 5  # of the library's own template
FIGURES_ON_A_SLIDE, ROWS_ON_A_SLIDE, PROOFS_ON_A_SLIDE = 9, 12, 5
LINES_ON_A_SLIDE = 8
LONGEST_CELL = 160
A_DAY = 46.0
"""Millimetres that a day takes in either language."""

Item = TypeVar("Item")


@dataclass
class Deck:
    """A presentation in the making: its frame, and the section that the next slide stands in."""

    file: Any  # python-pptx's presentation: untyped
    document: Document
    frame: Frame
    section: str = ""
    slides: list[Any] = field(default_factory=list)

    @property
    def spoken(self) -> str:
        """The language of its text, as PowerPoint names it."""
        return "en-GB" if self.document.language == "en" else "zh-TW"

    def slide(self, title: str, marks: Sequence[str] = ()) -> Any:
        """A new slide: section and state above, `title` as its title, as-of and marks in its foot."""
        made = self.file.slides.add_slide(self.file.slide_layouts[TITLE_ONLY])
        head = made.shapes.title
        head.left, head.top, head.width, head.height = Box(EDGE, 20, WIDE - 2 * EDGE, 24).measures
        fill(plain_frame(head), [[Words(printed.plain(title), 24, bold=True)]], self.spoken)
        above = [Words(self.frame.group, 11, bold=True)]
        above += [Words(f"  ·  {self.section}", 11, "ink2")] if self.section else []
        write_words(made, Box(EDGE, 9, 220, 7), [above], self.spoken)
        if self.frame.draft:
            write_words(made, Box(WIDE - EDGE - 80, 9, 80, 7), [[Words(self.frame.draft, 11, "warn", bold=True)]],
                        self.spoken, side="right")  # fmt: skip
        rule(made, EDGE, 17.5, WIDE - 2 * EDGE)
        rule(made, EDGE, 176, WIDE - 2 * EDGE)
        write_words(made, Box(EDGE, 178, 240, 7), [[Words(self._foot(marks), 9, "ink3")]], self.spoken)
        self.slides.append(made)
        return made

    def _foot(self, marks: Sequence[str]) -> str:
        day = gettext("As of {day}").format(day=printed.day(self.document.as_of))
        if not marks:
            return day
        told = gettext(", ").join(marks)
        return gettext("{day} · marks {marks}: see Proof at the end").format(day=day, marks=told)


@in_its_language
def write_slides(document: Document) -> bytes:
    """The document as PPTX, 16:9; the same bytes for the same document."""
    file = Presentation()
    file.slide_width, file.slide_height = Mm(WIDE), Mm(HIGH)
    set_theme(file)
    deck = Deck(file, document, frame(document))
    _describe(deck)
    _first(deck)
    for part in parts(document):
        _part(deck, part)
    _proof(deck)
    _number(deck)
    buffer = BytesIO()
    file.save(buffer)
    return timeless(buffer.getvalue())


def _describe(deck: Deck) -> None:
    told, words = deck.file.core_properties, deck.frame
    told.title, told.author = words.title[:PROPERTY_LENGTH], words.group[:PROPERTY_LENGTH]
    told.last_modified_by, told.subject = told.author, words.subtitle[:PROPERTY_LENGTH]
    told.comments, told.keywords, told.language = words.digest, "", deck.spoken
    told.created = told.modified = told.last_printed = deck.document.dated_at.replace(tzinfo=None)
    told.revision = 1


def _first(deck: Deck) -> None:
    slide = deck.slide(deck.frame.title)
    lines = [[Words(deck.frame.subtitle, 16, "ink2")], *([Words(words, 16)] for words in deck.frame.summary)]
    shape = write_words(slide, ROOM, lines, deck.spoken)
    for paragraph in shape.text_frame.paragraphs:
        paragraph.space_after = Mm(4)


def _number(deck: Deck) -> None:
    """Page and digest in the foot of each, once it is known how many there are."""
    for place, slide in enumerate(deck.slides, start=1):
        page = deck.frame.page.format(page=place, pages=len(deck.slides))
        words = [Words(f"{page}  ·  {deck.frame.code}", 9, "ink3")]
        write_words(slide, Box(WIDE - EDGE - 90, 178, 90, 7), [words], deck.spoken, side="right")


def _part(deck: Deck, part: Text | Figures | Table | Chart | Drawing) -> None:
    if isinstance(part, Figures):
        _figures(deck, part)
    elif isinstance(part, Table):
        _table(deck, part, printed.plain(part.caption) or deck.section or deck.frame.title)
    elif isinstance(part, Chart):
        slide = deck.slide(_found_in(part))
        add_picture(
            slide, ROOM, charts.png(part), charts.svg(part), alt=printed.plain(part.alt), name=part.id
        )
        if not part.labelled:
            _table(deck, part.table, printed.plain(part.title))
    elif isinstance(part, Drawing):
        slide = deck.slide(printed.plain(part.title) or deck.frame.title)
        add_picture(slide, ROOM, charts.painted(part), part.svg, alt=printed.plain(part.alt), name=part.id)
        _table(deck, part.table, printed.plain(part.table.caption))
    else:
        _text(deck, part)


def _text(deck: Deck, text: Text) -> None:
    """A heading names the section of what follows; paragraphs have slides of their own."""
    if text.heading:
        deck.section = printed.plain(text.heading)
    for some in _shared(text.paragraphs, LINES_ON_A_SLIDE):
        slide = deck.slide(deck.section or deck.frame.title)
        write_words(slide, ROOM, [[Words(printed.plain(words), 14)] for words in some], deck.spoken)


def _figures(deck: Deck, figures: Figures) -> None:
    """A slide or more to each group of figures; its title says the first of them as a sentence."""
    for section, lines in _grouped(figures):
        deck.section = section or deck.section
        for some in _shared(lines, FIGURES_ON_A_SLIDE):
            slide = deck.slide(_told(some[0], deck.document), [one.mark for one in some])
            rows = [_figure_row(one, compares=figures.compares) for one in some]
            add_table(slide, ROOM, _figure_heads(figures), rows, deck.spoken, "figures", row_height=11.5)


def _grouped(figures: Figures) -> Iterator[tuple[str, list[Line]]]:
    section, lines = "", list[Line]()
    for found in (*figures.lines, Group("")):
        if isinstance(found, Line):
            lines.append(found)
            continue
        if lines:
            yield section, lines
        section, lines = found.title, []


def _told(one: Line, document: Document) -> str:
    """A figure as a sentence."""
    value = printed.measured(one.figure.value, one.figure.unit)
    words = {"title": one.title, "period": document.period, "before": document.last_period}
    if not document.period:
        return one.title
    if not one.is_counted:
        return gettext("{title}: no data for {period}").format(**words)
    if not one.change or not document.last_period:
        return gettext("{title}: {value} in {period}").format(value=value, **words)
    return gettext("{title}: {value} in {period}, {change} against {before}").format(
        value=value, change=one.change, **words
    )


def _found_in(chart: Chart) -> str:
    """What a chart shows last, as a sentence; its title where that is no number."""
    rows = [row for row in chart.table.rows if isinstance(row, tuple) and len(row) > 1 and row[1] is not None]
    if not rows:
        return printed.plain(chart.title)
    last, column = rows[-1], chart.table.columns[1]
    words = {
        "title": printed.plain(chart.title),
        "value": cell(last[1], column),
        "name": printed.plain(last[0]),
    }
    return gettext("{title}: {value} in {name}").format(**words)


def _figure_heads(figures: Figures) -> list[Heading]:
    titles = figure_columns(figures)
    widths = [118.0, 52.0, 40.0, 40.0, 56.67] if figures.compares else [178.0, 62.0, 66.67]
    sides = ["left", *(["right"] * (len(titles) - 2)), "left"]
    titles = (pgettext("column", "Figure"), *titles[1:])
    return [Heading(*head) for head in zip(titles, sides, widths, strict=True)]


def _figure_row(one: Line, *, compares: bool) -> list[Cell]:
    title: Cell = [[Words(one.title, 13)], *([Words(words, 9, "ink2")] for words in one.notes)]
    value = Words(one.value, 15, "ink" if one.is_counted else "ink3", bold=one.is_counted)
    counted: Cell = [[value, Words(f" {one.raised_mark}", 11, "ink2")]]
    before: list[Cell] = (
        [[[Words(one.last, 13, "ink2")]], [[Words(one.change, 13, "ink2")]]] if compares else []
    )
    return [title, counted, *before, _state(one.state, one.signature)]


def _state(badge: Badge, signature: str) -> Cell:
    word = Words(printed.plain(badge), 11, "ink2" if badge.tint == "mute" else badge.tint)
    return [[word], *([[Words(signature, 9, "ink3")]] if signature else [])]


def _table(deck: Deck, table: Table, title: str) -> None:
    """A table over as many slides as it needs, its head on each."""
    if not table.rows:
        slide = deck.slide(title)
        empty = printed.plain(table.empty) or printed.no_data()
        write_words(slide, ROOM, [[Words(empty, 14, "ink3")]], deck.spoken)
    heads = _heads(table.columns)
    for some in _shared(table.rows, ROWS_ON_A_SLIDE):
        marks = [
            line(one).mark for row in some if isinstance(row, tuple) for one in row if isinstance(one, Figure)
        ]
        slide = deck.slide(title, marks)
        rows = [_row(row, table.columns) for row in some]
        add_table(slide, ROOM, heads, rows, deck.spoken, "table", row_height=8.8)


def _heads(columns: Sequence[Column]) -> list[Heading]:
    """The heads of a table: a day needs the same room in any table, the others share what is left."""
    weights = [0 if column.kind == "date" else max(column.weight, 1) * (2 if column.kind == "text" else 1)
               for column in columns]  # fmt: skip
    unit = (ROOM.width - A_DAY * weights.count(0)) / max(sum(weights), 1)
    return [Heading(printed.plain(column.title), column.side, unit * weight or A_DAY)
            for column, weight in zip(columns, weights, strict=True)]  # fmt: skip


def _row(row: tuple[Any, ...] | Group, columns: Sequence[Column]) -> list[Cell]:
    if isinstance(row, Group):
        return [[[Words(printed.plain(row.title), 12, bold=True)]], *([[Words("")]] for _ in columns[1:])]
    return [_content(content, column) for content, column in zip(row, columns, strict=True)]


def _content(content: Any, column: Column) -> Cell:
    if isinstance(content, Badge):
        return _state(content, "")
    words = cell(content, column)
    shown = Words(words if len(words) <= LONGEST_CELL else f"{words[: LONGEST_CELL - 1]}…", 11,
                  "ink3" if content is None else "ink")  # fmt: skip
    mark = [Words(f" {line(content).raised_mark}", 9, "ink2")] if isinstance(content, Figure) else []
    return [[shown, *mark]]


def _proof(deck: Deck) -> None:
    """The appendix: every mark with what it counts, its records, its day, its state and its digest."""
    figures, deck.section = [line(figure) for figure in deck.document.figures], ""
    widths, sides = (16.0, 164.0, 40.0, 44.0, 42.67), ("right", "left", "right", "left", "left")
    heads = [Heading(*head) for head in zip(proof_columns(), sides, widths, strict=True)]
    for place, some in enumerate(_shared(figures, PROOFS_ON_A_SLIDE)):
        slide = deck.slide(proof_title(), [one.mark for one in some])
        rows = [_proof_row(one, deck.document) for one in some]
        room = Box(ROOM.left, ROOM.top + (9 if place == 0 else 0), ROOM.width, ROOM.height)
        if place == 0:
            write_words(
                slide,
                Box(ROOM.left, 33, ROOM.width, 12),
                [[Words(proof_words(deck.document), 10, "ink2")]],
                deck.spoken,
            )
        add_table(slide, room, heads, rows, deck.spoken, "proof", row_height=20)


def _proof_row(one: Line, document: Document) -> list[Cell]:
    figure: Cell = [
        [Words(one.title, 11, bold=True), Words(f"   {printed.plain(one.figure.id)}", 9, "ink3")],
        *([[Words(one.definition, 9, "ink2")]] if one.definition else []),
        *([[Words(one.figure.digest, 7.5, "ink3")]] if one.figure.digest else []),
    ]
    day, state = as_of(one.figure, document), _state(one.state, one.signature)
    return [[[Words(one.mark, 11)]], figure, [[Words(one.records, 11)]], [[Words(day, 11)]], state]


def _shared(items: Sequence[Item], most: int) -> Iterator[Sequence[Item]]:
    """`items` parted so that no slide holds more than `most`, and none of them far fewer than the others."""
    slides = -(-len(items) // most)
    for place in range(slides):
        yield items[place * len(items) // slides : (place + 1) * len(items) // slides]
