"""Erasing a person: what is about them goes or is about a pseudonym from then on, wherever it lies.

Rows are written past the history on purpose: a Change would tell what was erased. What is told instead is that it
was done, by whom, why, and what stands there now.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Model, Q, QuerySet
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_noop

from keepwell.kernel import moments
from keepwell.platform.history.acting import current_act
from keepwell.platform.history.dialects import empty_journal
from keepwell.platform.history.models import Change, Tracked, write_change
from keepwell.platform.history.personal import forget_names, forget_values
from keepwell.platform.people.models import ErasedNumber, Person
from keepwell.platform.people.personal import HOLDINGS, Fate
from keepwell.platform.privacy.files import let_files_go
from keepwell.platform.privacy.reports import forget_reports
from keepwell.platform.privacy.traces import naming, says, searched
from keepwell.platform.privacy.words import Words, numbers_of
from keepwell.platform.search.indexing import forget, index_anew

PLAIN_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
AT_ONCE = 500
REASON = gettext_noop("Erased.")


def new_pseudonym() -> str:
    """A name that says nothing of whoever has it, and is nobody else's."""
    return f"erased-{get_random_string(10, PLAIN_SIGNS)}"


@transaction.atomic
def erase(person: Person) -> None:
    """Let nothing say any more who `person` was; within an act, which may not name them either.

    Files that were brought in follow in the background.
    """
    words, pseudonym = Words.of(person), new_pseudonym()
    for number in numbers_of(person):
        ErasedNumber.keep(number)
    gone = list(_deleted(person))
    named = list(_replaced(words, pseudonym))
    _empty(person, pseudonym)
    _forget(person, gone, words)
    write_change(person, current_act(), before={}, after=_plain(person))
    for record, values in named:
        if isinstance(record, Tracked):
            write_change(record, current_act(), before={}, after=values)
    index_anew([person, *(record for record, _values in named)])
    forget_reports(person)
    let_files_go(words)
    transaction.on_commit(empty_journal, robust=True)


def _plain(person: Person) -> dict[str, Any]:
    """What the trail tells of the emptied row."""
    return {name: getattr(person, name) for name in (*EMPTY, "number", "name", "erased_at", "retired_at")}


def _deleted(person: Person) -> Iterator[UUID]:
    """Delete what was for the person alone, the topmost floor first; the ids of rows that had a history."""
    for holding in reversed(HOLDINGS.values()):
        if holding.fate is Fate.DELETED:
            rows = holding.rows(person)
            if issubclass(holding.model, Tracked):
                ids = list(rows.values_list("pk", flat=True))
                forget(holding.name, ids)
                yield from ids
            rows.delete()


def _replaced(words: Words, pseudonym: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Put the pseudonym wherever somebody wrote the person's words; each row with what stands there now."""
    for model, columns in searched():
        for row in naming(model, columns, words).select_for_update(of=("self",)):
            values = _values(row, columns, words, pseudonym)
            if values:
                _write(model, row, values)
                yield row, values


def _values(row: Any, columns: list[Any], words: Words, pseudonym: str) -> dict[str, Any]:
    """The columns of `row` that named the person, as they are from now on."""
    said, found = says(type(row)), {}
    for column in columns:
        before = getattr(row, column.attname)
        after = words.replaced(before, pseudonym, also_whole=column.name in said)
        if after != before:
            longest = getattr(column, "max_length", None)
            found[column.attname] = after[:longest] if isinstance(after, str) else after
    return found


def _write(model: type[Model], row: Any, values: dict[str, Any]) -> None:
    """Write `values` past the history; a tracked row gets its next version."""
    more = {"version": F("version") + 1} if isinstance(row, Tracked) else {}
    model._base_manager.filter(pk=row.pk).update(**values, **more)
    row.refresh_from_db()


EMPTY = {"name_local": "", "mail": "", "organization": "", "purpose": ""}


def _empty(person: Person, pseudonym: str) -> None:
    """Let the row be a pseudonym's, which is retired."""
    now = moments.now()
    fields = EMPTY | {"number": pseudonym, "name": pseudonym, "retired_reason": REASON}
    _write(Person, person, {**fields, "erased_at": now, "retired_at": person.retired_at or now})


def _forget(person: Person, gone: list[UUID], words: Words) -> None:
    """Erase the personal parts of the trail: of what the person did their name, of what was done about them all."""
    rows = Change.objects.all()
    forget_names(rows.filter(by=person.pk))
    forget_values(rows.filter(HOLDINGS[Change._meta.label_lower].about(person)))
    for ids in _parts(gone):
        forget_values(rows.filter(record_id__in=ids))
    for numbers in _parts(list(_naming(words))):
        forget_values(rows.filter(pk__in=numbers))


def _parts(ids: list[Any]) -> Iterator[list[Any]]:
    return (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE))


def _naming(words: Words) -> Iterator[int]:
    """The rows of the trail that name the person in what was told and changed."""
    columns = [Change._meta.get_field(name) for name in ("answers", "before", "after")]
    found: QuerySet[Change] = naming(Change, columns, words).filter(Q(what_salt__isnull=False) | Q(leaf=None))
    for pk, *told in found.values_list("pk", "answers", "before", "after").iterator(chunk_size=2_000):
        if any(words.told(values) for values in told):
            yield pk
