"""How a document is laid out, whatever file it becomes: its parts in order, its words printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import wraps

from django.utils import translation
from django.utils.translation import gettext, pgettext

from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import (
    CHINESE,
    Badge,
    Block,
    Cell,
    Chart,
    Column,
    Document,
    Drawing,
    Figure,
    Group,
    Table,
    Text,
)

LANGUAGES = {"en": "English", CHINESE: "繁體中文"}
DRAFT_IN_BOTH = "DRAFT 草稿"


@dataclass(frozen=True)
class Line:
    """A figure as it is printed."""

    figure: Figure
    title: str
    definition: str
    value: str
    last: str
    change: str
    state: Badge
    signature: str
    records: str
    code: str
    notes: tuple[str, ...]

    @property
    def is_counted(self) -> bool:
        """Whether there is a value; no data is said in words and in grey."""
        return self.figure.value is not None

    @property
    def mark(self) -> str:
        """What stands raised beside the value: its number, and R when it was restated."""
        return f"{self.figure.mark}{'R' if self.figure.restated else ''}"

    @property
    def raised_mark(self) -> str:
        """The mark in characters that are raised by themselves."""
        return printed.raised(self.figure.mark) + ("ᴿ" if self.figure.restated else "")


@dataclass(frozen=True)
class Figures:
    """Figures that follow one another, as one table; a heading right above some becomes their group."""

    lines: tuple[Line | Group, ...]
    period: str
    last_period: str

    @property
    def compares(self) -> bool:
        """Whether any figure has a value of the period before."""
        return any(isinstance(line, Line) and line.figure.last is not None for line in self.lines)


Part = Text | Figures | Table | Chart | Drawing


@dataclass(frozen=True)
class Frame:
    """The words around a document: head, first page and foot."""

    title: str
    group: str
    language: str
    draft: str
    subtitle: str
    summary: tuple[str, ...]
    state: str
    page: str
    code: str
    digest: str


def in_its_language(write: Callable[[Document], bytes]) -> Callable[[Document], bytes]:
    """Make the writer's own words speak the document's language."""

    @wraps(write)
    def written(document: Document) -> bytes:
        with translation.override(document.language):
            return write(document)

    return written


def frame(document: Document) -> Frame:
    """The words around `document`, in the active language; `{page}` and `{pages}` stay to be filled."""
    return Frame(
        title=printed.plain(document.title),
        group=printed.plain(document.group),
        language=document.tongue[1] or LANGUAGES[document.language],
        draft=DRAFT_IN_BOTH if document.is_draft else "",
        subtitle=printed.plain(_subtitle(document)),
        summary=tuple(printed.plain(sentence) for sentence in document.summary),
        state=_state(document),
        page=gettext("Page {page} of {pages}"),
        code=document.digest[:12],
        digest=document.digest,
    )


def parts(document: Document) -> list[Part]:
    """The blocks of `document` in order, figures that follow one another gathered into tables."""
    return gathered(document.blocks, period=document.period, last_period=document.last_period)


def gathered(blocks: Iterable[Block], *, period: str = "", last_period: str = "") -> list[Part]:
    """`blocks` with figures, and the bare headings right above them, gathered into tables."""
    found: list[Part] = []
    lines: list[Line | Group] = []
    waiting: Text | None = None

    def close() -> None:
        if lines:
            found.append(
                Figures(
                    tuple(lines),
                    period or pgettext("column", "Value"),
                    last_period or pgettext("column", "Before"),
                )
            )
            lines.clear()

    for block in blocks:
        if isinstance(block, Figure):
            if waiting is not None:
                lines.append(Group(printed.plain(waiting.heading)))
                waiting = None
            lines.append(line(block))
            continue
        if waiting is not None:
            close()
            found.append(waiting)
        waiting = block if isinstance(block, Text) and block.heading and not block.paragraphs else None
        if waiting is None:
            close()
            found.append(block)
    close()
    return [*found, waiting] if waiting is not None else found


def line(figure: Figure) -> Line:
    """`figure` as it is printed in the active language."""
    notes = (printed.restatement(figure), figure.note, printed.hidden(figure.hidden) if figure.hidden else "")
    return Line(
        figure=figure,
        title=printed.plain(figure.title),
        definition=printed.plain(figure.definition),
        value=printed.value(figure.value, figure.unit),
        last="" if figure.last is None else printed.value(figure.last, figure.unit),
        change=printed.change(figure.value, figure.last, figure.unit),
        state=printed.state(figure.state),
        signature=printed.plain(printed.signature(figure)),
        records=printed.records(figure.records, figure.unit),
        code=printed.code(figure.digest),
        notes=tuple(printed.plain(note) for note in notes if note),
    )


def cell(content: Cell, column: Column) -> str:
    """What is printed in a cell of `column`."""
    if content is None:
        return printed.no_data() if column.kind == "number" else ""
    if isinstance(content, Figure):
        return printed.value(content.value, content.unit)
    if isinstance(content, bool):
        return printed.boolean(content)
    if isinstance(content, int | Decimal):
        return printed.number(content, column.places) if column.kind == "number" else str(content)
    if isinstance(content, datetime):
        return printed.moment(content)
    if isinstance(content, date):
        return printed.day(content)
    return printed.plain(content)


def proof_title() -> str:
    """The heading of the appendix."""
    return pgettext("documents", "Proof")


def proof_words(document: Document) -> str:
    """What the appendix says first."""
    words = gettext(
        "Each figure was counted from records; the code is the SHA-256 digest of their keys. "
        "Frozen figures keep value and definition; a later correction stands beside them as a restatement."
    )
    return f"{words} {document.sealed}".strip()


def proof_columns() -> tuple[str, ...]:
    """The headings of the appendix: mark, figure, records, as of, state."""
    words = (gettext("Mark"), gettext("Figure and what it counts"), pgettext("column", "Records"))
    return (*words, pgettext("column", "As of"), pgettext("column", "State"))


def figure_columns(figures: Figures) -> tuple[str, ...]:
    """The headings over figures: what is counted, this period, the last and the change, the state."""
    before = (figures.last_period, pgettext("column", "Change")) if figures.compares else ()
    return (gettext("Figure and what it counts"), figures.period, *before, pgettext("column", "State"))


def as_of(figure: Figure, document: Document) -> str:
    """The day a figure is reckoned for; the document's unless it has its own."""
    return printed.day(figure.as_of or document.as_of)


def _subtitle(document: Document) -> str:
    facts = gettext("{group}, as of {day}").format(group=document.group, day=printed.long_day(document.as_of))
    return f"{document.subtitle} · {facts}" if document.subtitle else facts


def _state(document: Document) -> str:
    if document.is_draft:
        return gettext("Draft, as of {day}").format(day=printed.day(document.as_of))
    if document.state == "current":
        return gettext("As of {day}").format(day=printed.day(document.as_of))
    return gettext("Frozen on {day}").format(day=printed.day(document.frozen_on or document.as_of))
