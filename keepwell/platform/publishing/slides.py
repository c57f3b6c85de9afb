"""PowerPoint: a slide says one finding and shows one table or one picture; for workers and the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import TypeVar

from django.utils.translation import gettext, pgettext
from pptx import Presentation
from pptx.util import Mm

from keepwell.platform.publishing import charts
from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import Chart, Document, Drawing, Group, Table, Text
from keepwell.platform.publishing.layout import (
    Figures,
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
from keepwell.platform.publishing.slide_deck import EDGE, GAP, HIGH, ROOM, WIDE, Deck, over, spaced, under
from keepwell.platform.publishing.slide_order import Shown, placed
from keepwell.platform.publishing.slide_shapes import (
    Box,
    Cell,
    Heading,
    Words,
    add_picture,
    add_table,
    set_theme,
    write_words,
)
from keepwell.platform.publishing.slide_tables import add_rows, state
from keepwell.platform.publishing.word import PROPERTY_LENGTH, timeless

FIGURES_ON_A_SLIDE, PROOFS_ON_A_SLIDE = 9, 5
LINES_ON_A_SLIDE = 8
HEAD_ROW, FIGURE_ROW, PROOF_ROW = 8.0, 11.5, 20.0
LEAST_BESIDE = 70.0
"""Millimetres for words beside a picture."""

Item = TypeVar("Item")


@in_its_language
def write_slides(document: Document) -> bytes:
    """The document as PPTX, 16:9; the same bytes for the same document."""
    file = Presentation()
    file.slide_width, file.slide_height = Mm(WIDE), Mm(HIGH)
    set_theme(file)
    deck = Deck(file, document, frame(document))
    _describe(deck)
    _first(deck)
    for shown in placed(parts(document), ROOM.width):
        _part(deck, shown)
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
    spaced(write_words(slide, ROOM, lines, deck.spoken), 4)


def _number(deck: Deck) -> None:
    """Page and digest in the foot of each, once it is known how many there are."""
    for place, slide in enumerate(deck.slides, start=1):
        page = deck.frame.page.format(page=place, pages=len(deck.slides))
        words = [Words(f"{page}  ·  {deck.frame.code}", 9, "ink3")]
        write_words(slide, Box(WIDE - EDGE - 90, 178, 90, 7), [words], deck.spoken, side="right")


def _part(deck: Deck, shown: Shown) -> None:
    deck.section, part = shown.section or deck.section, shown.part
    if isinstance(part, Text):
        _text(deck, part)
    elif isinstance(part, Figures):
        _figures(deck, part)
    elif isinstance(part, Table):
        title = printed.plain(part.caption) or deck.section or deck.frame.title
        add_rows(deck, part, title, above=shown.above, below=shown.below)
    elif isinstance(part, Chart):
        _chart(deck, part, shown)
    else:
        _drawing(deck, part, shown)


def _text(deck: Deck, text: Text) -> None:
    """Words that have slides of their own."""
    for some in _shared(text.paragraphs, LINES_ON_A_SLIDE):
        slide = deck.slide(deck.section or deck.frame.title)
        write_words(slide, ROOM, [[Words(words, 14)] for words in some], deck.spoken)


def _chart(deck: Deck, chart: Chart, shown: Shown) -> None:
    """What a chart shows as the title, then its table unless every value stands on the picture."""
    slide = deck.slide(_found_in(chart))
    room = under(deck, slide, shown.above)
    if chart.labelled:
        room = over(deck, slide, room, shown.below)
    alt = printed.plain(chart.alt)
    add_picture(slide, room, charts.png(chart), charts.svg(chart), alt=alt, name=chart.id)
    if not chart.labelled:
        add_rows(deck, chart.table, printed.plain(chart.title), below=shown.below)


def _drawing(deck: Deck, drawing: Drawing, shown: Shown) -> None:
    """A drawing with what there is to notice beside it, then its table."""
    slide = deck.slide(printed.plain(drawing.title) or deck.frame.title)
    room, alt = under(deck, slide, shown.above), printed.plain(drawing.alt)
    side = "left" if drawing.notes else "center"
    width = add_picture(
        slide, room, charts.painted(drawing), drawing.svg, alt=alt, name=drawing.id, side=side
    )
    left = room.left + width + GAP
    beside = Box(left, room.top, room.left + room.width - left, room.height)
    if drawing.notes and beside.width >= LEAST_BESIDE:
        first, *others = (printed.plain(words) for words in drawing.notes)
        notes = [[Words(first, 14, bold=True)], *([Words(words, 14)] for words in others)]
        spaced(write_words(slide, beside, notes, deck.spoken), 2)
    add_rows(deck, drawing.table, printed.plain(drawing.table.caption), below=shown.below)


def _figures(deck: Deck, figures: Figures) -> None:
    """A slide or more to each group of figures; its title says the first of them as a sentence."""
    for section, lines in _grouped(figures):
        deck.section = section or deck.section
        for some in _shared(lines, FIGURES_ON_A_SLIDE):
            slide = deck.slide(_told(some[0], deck.document), [one.mark for one in some])
            rows = [_figure_row(one, compares=figures.compares) for one in some]
            add_table(slide, ROOM, _figure_heads(figures), rows, deck.spoken, "figures",
                      [HEAD_ROW, *[FIGURE_ROW] * len(rows)])  # fmt: skip


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
    """What a chart shows as a sentence: its own, else what it shows last, else its title."""
    if chart.finding:
        return printed.plain(chart.finding)
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
    return [title, counted, *before, state(one.state, one.signature)]


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
        add_table(slide, room, heads, rows, deck.spoken, "proof", [HEAD_ROW, *[PROOF_ROW] * len(rows)])


def _proof_row(one: Line, document: Document) -> list[Cell]:
    figure: Cell = [
        [Words(one.title, 11, bold=True), Words(f"   {printed.plain(one.figure.id)}", 9, "ink3")],
        *([[Words(one.definition, 9, "ink2")]] if one.definition else []),
        *([[Words(one.figure.digest, 7.5, "ink3")]] if one.figure.digest else []),
    ]
    day, stands = as_of(one.figure, document), state(one.state, one.signature)
    return [[[Words(one.mark, 11)]], figure, [[Words(one.records, 11)]], [[Words(day, 11)]], stands]


def _shared(items: Sequence[Item], most: int) -> Iterator[Sequence[Item]]:
    """`items` parted so that no slide holds more than `most`, and none of them far fewer than the others."""
    slides = -(-len(items) // most)
    for place in range(slides):
        yield items[place * len(items) // slides : (place + 1) * len(items) // slides]
