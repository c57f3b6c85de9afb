"""Everything that is kept about one person, told by the declarations of all tables, so that nothing is left out.

Rows about the person are told whole; rows that only name them as who did something with the day and the record,
since the rest is about others; what is secret (digests, seeds, passwords) is named and not told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from keepwell.kernel import moments
from keepwell.platform.history.models import plain
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import HOLDINGS, Fate, Holding
from keepwell.platform.privacy.traces import naming, searched
from keepwell.platform.privacy.words import Words
from keepwell.platform.publishing.blocks import Block, Column, Document, Group, Table, Text

FORM = "keepwell.person/1"
MOST_DONE = 10_000
ON_PAPER = 50
DAYS = (models.DateField, models.UUIDField)
Row = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """What one table holds of a person; `done` are the rows that name them as who did something, `count` of all."""

    holding: Holding
    rows: list[Row]
    done: list[Row]
    count: int

    @property
    def title(self) -> str:
        """What the table holds, for people."""
        return capfirst(str(self.holding.model._meta.verbose_name_plural))

    @property
    def columns(self) -> list[Any]:
        """The columns that are told."""
        return [c for c in self.holding.model._meta.concrete_fields if c.name not in self.holding.secret]

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing of this person."""
        return not self.rows and not self.done

    def as_dict(self) -> Row:
        """The same as programs read it."""
        return {
            "table": self.holding.name, "title": self.title, "if_erased": self.holding.fate.value,
            "columns": [column.name for column in self.columns], "not_told": list(self.holding.secret),
            "rows": self.rows, "done": self.done, "done_count": self.count,
        }  # fmt: skip


def everything(person: Person) -> list[Told]:
    """What each table that was declared holds of `person`, empty ones too."""
    return [_told(holding, person) for holding in HOLDINGS.values()]


def _told(holding: Holding, person: Person) -> Told:
    shown = [c for c in holding.model._meta.concrete_fields if c.name not in holding.secret]
    acted = [c for c in shown if isinstance(c, DAYS) or c.primary_key or c.name in (*holding.by, "verb")]
    done = holding.done_by(person) if holding.by else holding.model._base_manager.none()
    rows, more = list(_rows(holding.rows(person), shown)), list(_rows(done[:MOST_DONE], acted))
    return Told(holding, rows, more, len(more) if len(more) < MOST_DONE else done.count())


def _rows(found: models.QuerySet[Any], columns: list[Any]) -> Iterator[Row]:
    rows = [dict(zip((c.name for c in columns), row, strict=True))
            for row in found.values_list(*(c.attname for c in columns))]  # fmt: skip
    for column in columns:
        if column.is_relation and not issubclass(column.related_model, Person):
            _name(column, rows)
    yield from map(plain, rows)


def _name(column: Any, rows: list[Row]) -> None:
    """Put what a relation leads to in words, as the unit by its name; other people stay ids."""
    named = column.related_model._base_manager.in_bulk({row[column.name] for row in rows} - {None})
    for row in rows:
        if row[column.name] in named:
            row[column.name] = str(named[row[column.name]])


def mentions(person: Person) -> list[Row]:
    """Where else somebody wrote a name, number or address of the person: table, row, column and the text."""
    words, found = Words.of(person), []
    about = {
        name: set(holding.rows(person).values_list("pk", flat=True)) for name, holding in HOLDINGS.items()
    }
    for model, columns in searched():
        name = model._meta.label_lower
        for row in naming(model, columns, words).order_by("pk"):
            if row.pk not in about.get(name, ()):
                told = [(column.name, getattr(row, column.attname)) for column in columns]
                found += [
                    {"table": name, "row": str(row.pk), "column": column, "text": text}
                    for column, text in told if words.told(text)
                ]  # fmt: skip
    return found


def as_dict(person: Person, *, with_mentions: bool) -> Row:
    """The whole report as programs read it. Texts of others that mention the person are told to whoever may
    weigh what else stands in them; everybody is told where there are any."""
    named = mentions(person)
    where = sorted({mention["table"] for mention in named})
    return {
        "form": FORM, "person": person.number, "name": person.name, "made_at": moments.now().isoformat(),
        "tables": [told.as_dict() for told in everything(person)],
        "mentioned_in": where, "mentions": named if with_mentions else None,
    }  # fmt: skip


def document(person: Person, language: str, *, with_mentions: bool) -> Document:
    """The report for people, in the present language, and in its data for programs."""
    told = everything(person)
    blocks: list[Block] = [Text(_introduction())]
    for part in told:
        if not part.is_empty:
            blocks += _part(part)
    empty = [part.title for part in told if part.is_empty]
    blocks.append(
        Text((", ".join(empty) or "–",), heading=_("Tables that hold nothing of this person"), level=2)
    )
    data = as_dict(person, with_mentions=with_mentions)
    blocks += _mentioned(data)
    return Document(
        title=_("What is kept about %(person)s") % {"person": person}, subtitle=person.number,
        group=str(person.unit), language=language, as_of=moments.today(), state="current",
        blocks=tuple(blocks), data=data,
    )  # fmt: skip


def _introduction() -> tuple[str, ...]:
    return (
        _("Told under GDPR Art. 15 and Art. 3 of Taiwan's Personal Data Protection Act, table by table."),
        _(
            "Passwords, keys and digests are kept and shown to nobody. The file for programs (JSON) holds every row."
        ),
    )


def _part(part: Told) -> Iterator[Block]:
    """One table on paper: each row by its filled columns, then what the person did."""
    becomes = _("stays, of a pseudonym") if part.holding.fate is Fate.KEPT else _("is deleted")
    lines = [_("If the person is erased: %(becomes)s.") % {"becomes": becomes}]
    if part.count:
        lines.append(_("Rows that name the person as who did something: %(count)d.") % {"count": part.count})
    if len(part.rows) > ON_PAPER:
        lines.append(
            _("Of %(all)d rows the first %(most)d stand here.") % {"all": len(part.rows), "most": ON_PAPER}
        )
    yield Text(tuple(lines), heading=part.title, level=2)
    if part.rows:
        columns = (Column(_("Column")), Column(_("What is kept"), weight=3))
        yield Table(part.title, columns, tuple(_paper(part)))


def _paper(part: Told) -> Iterator[tuple[str, str] | Group]:
    labels = {column.name: capfirst(str(column.verbose_name)) for column in part.columns}
    for number, row in enumerate(part.rows[:ON_PAPER], start=1):
        yield Group(f"{part.title} {number}")
        yield from (
            (labels[name], str(value)) for name, value in row.items() if value not in (None, "", [], {})
        )


def _mentioned(data: Row) -> Iterator[Block]:
    where = ", ".join(data["mentioned_in"]) or "–"
    yield Text((where,), heading=_("Texts of others that mention this person"), level=2)
    if data["mentions"]:
        columns = (Column(pgettext("database", "Table")), Column(_("Column")), Column(_("Text"), weight=3))
        rows = [(one["table"], one["column"], str(one["text"])) for one in data["mentions"]]
        yield Table(_("Texts of others that mention this person"), columns, tuple(rows))
