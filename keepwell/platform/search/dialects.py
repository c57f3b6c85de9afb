"""How each database is asked for words: a vector of words with GIN on PostgreSQL, FTS5 on SQLite.

The words are made by us, alike for both, and have letters, digits and unparted script only, so that nothing
of a question is ever read as the language of either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Lookup

from keepwell.platform.search.models import Tokens
from keepwell.platform.search.words import Term

Statement = tuple[str, list[Any]]


@dataclass(frozen=True)
class Asked:
    """Words that must all be there, and, if any are named, one of the words for places."""

    terms: Sequence[Term]
    places: Sequence[str] = ()


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def in_row(asked: Asked, words: str = "e.tokens") -> Statement:
    """Whether the row of an entry `e` at hand holds what is asked in its `words`."""
    if is_postgresql():
        return f"{words} @@ %s::tsquery", [vector_query(asked)]
    parts = [f"instr({words}, %s) > 0"] * len(asked.terms)
    sought = [f" {t.text}" if t.begins else f" {t.text} " for t in asked.terms]
    if asked.places:
        parts.append("(" + " OR ".join([f"instr({words}, %s) > 0"] * len(asked.places)) + ")")
        sought += [f" {place} " for place in asked.places]
    return " AND ".join(parts), sought


@Tokens.register_lookup
class Holds(Lookup):
    """`tokens__holds=asked`: what the row at hand holds, for a filter that walks rows in their order."""

    lookup_name = "holds"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:  # a statement and its values
        column, values = self.process_lhs(compiler, connection)
        statement, sought = in_row(self.rhs, column)
        if values:
            raise RuntimeError("Words are read from the column alone.")
        return statement, sought


def by_index(kind: str, asked: Asked, columns: str, *, retired: bool) -> Statement:
    """The `columns` of the entries `e` of a kind that hold what is asked, found by the index of words."""
    kept = "" if retired else " AND e.retired = FALSE"
    if is_postgresql():
        return (
            f"SELECT {columns} FROM search_entry e WHERE e.tokens @@ %s::tsquery AND e.kind = %s{kept}",  # noqa: S608  # names of ours
            [vector_query(asked), kind],
        )
    return (
        f"SELECT {columns} FROM search_words w CROSS JOIN search_entry e ON e.id = w.rowid"  # noqa: S608  # names of ours
        f" WHERE w.search_words MATCH %s AND e.kind = %s{kept}",
        [match_query(asked), kind],
    )


def latest_of(kind: str) -> tuple[tuple[str, str], list[Any]]:
    """The condition and the turn of the latest entries `e` of a kind that are not retired, and the values.

    Told that the kind is one, PostgreSQL walks back over all kinds instead, which ends late where another came in last.
    """
    if is_postgresql():
        return ("e.kind >= %s AND e.kind <= %s AND e.retired = FALSE", "e.kind DESC, e.id DESC"), [kind, kind]
    return ("e.kind = %s AND e.retired = FALSE", "e.id DESC"), [kind]


def alone(statement: Statement) -> Statement:
    """The same, made before anything it stands in: PostgreSQL takes many words with a place for few entries, and would
    look up each record's entry by itself instead."""
    if not is_postgresql():
        return statement
    words, values = statement
    return f"WITH found AS MATERIALIZED ({words}) SELECT * FROM found", values  # noqa: S608  # a statement of ours


def latest_by_index(kind: str, asked: Asked, most: int, *, retired: bool) -> Statement:
    """The latest `most` of them: entry, kind and record."""
    statement, values = by_index(kind, asked, "e.id, e.kind, e.record_id", retired=retired)
    if is_postgresql():
        # Walking back over all entries would be chosen for a rare word that is thought common.
        return (
            f"WITH m AS MATERIALIZED ({statement}) SELECT * FROM m ORDER BY id DESC LIMIT %s",  # noqa: S608  # names of ours
            [*values, most],
        )
    return f"{statement} ORDER BY w.rowid DESC LIMIT %s", [*values, most]


def vector_query(asked: Asked) -> str:
    """What is asked, as PostgreSQL reads it."""
    parts = [f"'{t.text}':*" if t.begins else f"'{t.text}'" for t in asked.terms]
    if asked.places:
        parts.append("(" + " | ".join(f"'{place}'" for place in asked.places) + ")")
    return " & ".join(parts)


def match_query(asked: Asked) -> str:
    """What is asked, as FTS5 reads it."""
    parts = [f'"{t.text}" *' if t.begins else f'"{t.text}"' for t in asked.terms]
    if asked.places:
        parts.append("(" + " OR ".join(f'"{place}"' for place in asked.places) + ")")
    return " AND ".join(parts)


def tidy() -> None:
    """Put the index in its best shape after much was written; SQLite then also forgets what was taken out."""
    with connection.cursor() as cursor:
        if is_postgresql():
            cursor.execute("ANALYZE search_entry")
        else:
            cursor.execute("INSERT INTO search_words(search_words) VALUES ('optimize')")
