"""What a document is made of: text, figures, tables, charts and drawings, already in the reader's language.

Build a document while its language is active. Blocks hold numbers, days and words; how they are
printed is `format`, where they stand is `layout`, and no block knows a file format.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import count
from typing import Literal

from keepwell.kernel.digests import digest as digest_of

Amount = int | Decimal | bool | None
Tint = Literal["mute", "good", "warn", "bad", "act"]
Icon = Literal["lock", "signature", "pencil", "circle-check", "clock", "alert-triangle", "circle"]
Paper = Literal["a4", "a4-landscape", "a3-landscape"]
DRAFT, SIGNED_OFF, FROZEN = "draft", "signed_off", "frozen"
ENGLISH, CHINESE = "en", "zh-hant"


@dataclass(frozen=True)
class Text:
    """A heading (level 1 a section, 2 below it), paragraphs, or both."""

    paragraphs: tuple[str, ...] = ()
    heading: str = ""
    level: int = 1

    def __post_init__(self) -> None:
        _set(self, paragraphs=tuple(map(str, self.paragraphs)), heading=str(self.heading))


@dataclass(frozen=True)
class Restatement:
    """What a frozen figure would be today, why, and since when; the figure keeps its value."""

    value: Amount
    reason: str
    at: date


@dataclass(frozen=True)
class Figure:
    """A counted number with its proof; `value` None is no data, `unit` one of `format.UNITS`.

    `records` says how many rows the figure opens and `hidden` how many of them this reader may not
    see; `digest` is 64 hex digits; `mark` is given by the document, 1 for its first figure.
    """

    id: str
    title: str
    value: Amount
    unit: str = "count"
    definition: str = ""
    state: str = DRAFT
    as_of: date | None = None
    digest: str = ""
    records: int = 0
    last: Amount = None
    note: str = ""
    restated: Restatement | None = None
    signed_by: str = ""
    signed_on: date | None = None
    href: str = ""
    hidden: int = 0
    mark: int = 0

    def __post_init__(self) -> None:
        words = {name: str(getattr(self, name)) for name in ("title", "definition", "note", "signed_by")}
        _set(self, value=_exact(self.value), last=_exact(self.last), **words)


@dataclass(frozen=True)
class Badge:
    """The state of something: an icon and at most three words; the tint never speaks alone."""

    word: str
    tint: Tint = "mute"
    icon: Icon = "circle"

    def __str__(self) -> str:
        return str(self.word)


@dataclass(frozen=True)
class Link:
    """Words that open an address on a page; in files only the words stand."""

    words: str
    href: str

    def __str__(self) -> str:
        return str(self.words)


Cell = str | int | Decimal | bool | date | Badge | Link | Figure | None


@dataclass(frozen=True)
class Column:
    """A column of a table: what kind it holds decides how it is printed and, unless said, aligned.

    `places` are the decimals of every number in it, `weight` the share of the width that a column of
    text gets of what numbers, days and states leave over.
    """

    title: str
    kind: Literal["text", "number", "date", "state"] = "text"
    align: Literal["", "left", "center", "right"] = ""
    places: int = 0
    weight: int = 1

    @property
    def side(self) -> str:
        """Where its cells stand: left, center or right."""
        return self.align or ("right" if self.kind == "number" else "left")


@dataclass(frozen=True)
class Group:
    """A row of a table that heads the rows below it."""

    title: str


@dataclass(frozen=True)
class Table:
    """Rows under columns; a `Group` among the rows heads those that follow it."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...] | Group, ...] = ()
    empty: str = ""

    def __post_init__(self) -> None:
        rows = tuple(row if isinstance(row, Group) else tuple(map(_exact, row)) for row in self.rows)
        _set(self, caption=str(self.caption), columns=tuple(self.columns), rows=rows)
        for row in rows:
            if not isinstance(row, Group) and len(row) != len(self.columns):
                raise ValueError(
                    f"A row of “{self.caption}” has {len(row)} cells under {len(self.columns)} columns."
                )


@dataclass(frozen=True)
class Chart:
    """A Vega-Lite specification with named colours, the table of its data, and what it shows in words.

    `labelled` when every value stands on the picture, so that a printed page needs no table below it. `finding` says as a
    sentence what is to be seen in it, for a slide that it stands on.
    """

    id: str
    title: str
    spec: Mapping[str, object]
    table: Table
    alt: str
    labelled: bool = False
    finding: str = ""


@dataclass(frozen=True)
class Drawing:
    """A picture that we drew as SVG (attributes, no style), what it shows in words, and as a table.

    On paper it takes what is left of the present page, its table on the next; with `own_page` it stands at the top of a
    page, words go on before and below it, and its table stands at the end. Words cut in it stand whole in the table.
    `notes` are what there is to notice, a head and some lines, for a slide that has room beside it.
    """

    id: str
    title: str
    svg: str
    table: Table
    alt: str
    own_page: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _set(self, title=str(self.title), alt=str(self.alt), notes=tuple(map(str, self.notes)))


Block = Text | Figure | Table | Chart | Drawing


@dataclass(frozen=True)
class Document:
    """Blocks under a head and a foot, in one language, as of one day.

    Under the title stand the `subtitle`, if there is one, the group and the day.
    A "current" one tells what stands that day and is never frozen. `digest` is the snapshot's; left
    out, it is reckoned from the figures. `period` and `last_period` head the columns of values ("2023",
    "2022"). `data`, when given, is what the JSON writer writes in place of the blocks: the form other
    programs were promised. `tongue` is the language of its words, by tag and name, where that is another than the one of
    what stands around them. `sealed` tells the newest checkpoint of the trail, printed with the proof.
    """

    title: str
    group: str
    language: str
    as_of: date
    blocks: tuple[Block, ...] = ()
    subtitle: str = ""
    state: Literal["draft", "frozen", "current"] = "draft"
    frozen_on: date | None = None
    digest: str = ""
    summary: tuple[str, ...] = ()
    period: str = ""
    last_period: str = ""
    paper: Paper = "a4"
    data: Mapping[str, object] | None = field(default=None, compare=False)
    sealed: str = field(default="", compare=False)
    tongue: tuple[str, str] = ("", "")

    def __post_init__(self) -> None:
        if self.language not in (ENGLISH, CHINESE):
            raise ValueError(f"A document is written in en or zh-hant, not {self.language}.")
        words = {
            name: str(getattr(self, name)) for name in ("title", "group", "subtitle", "period", "last_period")
        }
        blocks = tuple(_numbered(self.blocks))
        _set(self, blocks=blocks, summary=tuple(str(sentence) for sentence in self.summary), **words)
        _set(self, digest=self.digest or digest_of(map(_key, self.figures)))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure of the document, also those within tables, in the order of their marks."""
        return tuple(figure for block in self.blocks for figure in _figures(block))

    @property
    def is_draft(self) -> bool:
        """Whether it may still change."""
        return self.state == DRAFT

    @property
    def dated_at(self) -> datetime:
        """When files say they were made: the day of the freeze, else the as-of day; two runs are equal."""
        return datetime.combine(self.frozen_on or self.as_of, time(), UTC)


def _set(record: object, **values: object) -> None:
    for name, value in values.items():
        object.__setattr__(record, name, value)


def _exact(cell: object) -> object:
    """A float becomes the decimal it is printed as; text that is translated late is translated now."""
    if isinstance(cell, float):
        return Decimal(str(cell))
    if cell is None or isinstance(cell, str | int | Decimal | date | Badge | Link | Figure):
        return cell
    return str(cell)


def _figures(block: Block) -> Iterator[Figure]:
    if isinstance(block, Figure):
        yield block
    table = block.table if isinstance(block, Chart | Drawing) else block
    if isinstance(table, Table):
        for row in table.rows:
            yield from (cell for cell in row if isinstance(cell, Figure)) if isinstance(row, tuple) else ()


def _numbered(blocks: Iterable[Block]) -> Iterator[Block]:
    marks = count(1)
    for block in blocks:
        if isinstance(block, Figure):
            yield replace(block, mark=next(marks))
        elif isinstance(block, Chart | Drawing):
            yield replace(block, table=_numbered_table(block.table, marks))
        elif isinstance(block, Table):
            yield _numbered_table(block, marks)
        else:
            yield block


def _numbered_table(table: Table, marks: Iterator[int]) -> Table:
    return replace(
        table, rows=tuple(row if isinstance(row, Group) else _numbered_row(row, marks) for row in table.rows)
    )


def _numbered_row(row: tuple[Cell, ...], marks: Iterator[int]) -> tuple[Cell, ...]:
    return tuple(replace(cell, mark=next(marks)) if isinstance(cell, Figure) else cell for cell in row)


def _key(figure: Figure) -> str:
    return f"{figure.id}|{figure.value}|{figure.unit}|{figure.as_of}|{figure.state}|{figure.digest}"
