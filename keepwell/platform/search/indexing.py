"""Keeping the index: entries of records as they are now, marks of those to come, and the work that follows marks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Model, QuerySet
from django.utils.translation import override

from keepwell.platform.history import dialects
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.jobs.models import Job
from keepwell.platform.search import words
from keepwell.platform.search.dialects import tidy
from keepwell.platform.search.models import Entry, Unindexed
from keepwell.platform.search.places import places_of
from keepwell.platform.search.subjects import SUBJECTS, Subject, named_after
from keepwell.platform.search.words import Term
from keepwell.platform.tree.models import Ancestry

AT_ONCE, AT_ONCE_ON_ONE_LOCK, FEW = 1_000, 200, 300
MOST_WORDS = 1_500
CATCH_UP = "search.catch_up"
COLUMNS = ["kind", "record_id", "unit_id", "retired", "tokens"]
Row = tuple[str, UUID, UUID | None, bool, str]
Wanted = dict[str, dict[UUID, int]]
"""Of each kind the records whose entries are written, with the latest of their marks."""
Progress = Callable[[int, int | None, str], None]


def index(subject: Subject, records: Sequence[Any]) -> None:
    """Write the entries of `records` anew, in the present transaction."""
    rows = _entries(subject, records)
    with transaction.atomic(savepoint=False):
        forget(subject.kind, [r.pk for r in records])
        dialects.insert(Entry, COLUMNS, rows)


def _entries(subject: Subject, records: Sequence[Any]) -> list[Row]:
    """The rows of the entries of `records`, by COLUMNS."""
    places = places_of(subject, list(records))
    names = {} if subject.is_found_alone else names_of(records)
    return [(subject.kind, r.pk, subject.place_of(r), subject.is_set_aside(r),
             _text(subject, r, names.get(r.pk, []), places[r.pk])) for r in records]  # fmt: skip


def index_one(record: Any) -> None:
    """Write the entry of a row that is not tracked, if its kind is searched; who writes such a row says so."""
    subject = SUBJECTS.get(record._meta.label_lower)
    if subject is not None:
        index(subject, [record])


def index_anew(records: Sequence[Any]) -> None:
    """Write the entries of `records`, and of all that is named after them, in the present transaction;
    no entry keeps a word that they no longer have, not even in what the database sets aside."""
    for record in records:
        model: type[Model] = type(record)
        index_one(record)
        for other, link in named_after(model):
            index(other, list(other.fetch(other.model._base_manager.filter(**{link: record.pk}))))
    tidy()


def forget(kind: str, ids: Sequence[UUID]) -> None:
    """Take the entries of records out."""
    entries = Entry.objects.filter(kind=kind, record_id__in=ids)
    entries._raw_delete(entries.db)  # nothing points to an entry


def names_of(records: Sequence[Any]) -> dict[Any, list[str]]:
    """What each of `records` is called, in every language."""
    found: dict[Any, list[str]] = defaultdict(list)
    for code, _name in settings.LANGUAGES:
        with override(code):
            for record in records:
                found[record.pk].append(str(record))
    return found


def _text(subject: Subject, record: Any, names: list[str], places: set[str]) -> str:
    """The words of an entry, parted and framed by blanks: any of them, those of its name, its name as a whole."""
    code = subject.code
    title = {token for name in names for token in words.tokens(name)}
    values = [value for value in searched_texts(subject, record) if value]
    text = title | {token for value in values for token in words.tokens(value)}
    keys = [
        _value(record, path) for path in getattr(subject.model, "key_fields", ()) if path in subject.paths
    ]
    wholes = {words.whole(name) for name in (*names, *keys)} - {""}
    found = [*(f"w{code}{t}" for t in sorted(text)[:MOST_WORDS]), *(f"t{code}{t}" for t in sorted(title)),
             *(f"e{code}{t}" for t in sorted(wholes)), *sorted(places)]  # fmt: skip
    return f" {' '.join(found)} "


def searched_texts(subject: Subject, record: Any) -> list[str]:
    """The texts by which `record` is found, in every language in which it has them."""
    if not hasattr(record, "searched_texts"):
        return [_value(record, path) for path in subject.paths]
    found: list[str] = []
    for code, _name in settings.LANGUAGES:
        with override(code):
            found += record.searched_texts()
    return list(dict.fromkeys(found))


def _value(record: Any, path: str) -> str:
    for step in path.split("__"):
        record = getattr(record, step, None)
    return "" if record is None else str(record)


def meets(subject: Subject, record: Any, asked: Sequence[Term]) -> bool:
    """Whether all that is asked stands in the searched text of `record`, by the words its entry would have."""
    found = {token for text in searched_texts(subject, record) for token in words.tokens(text)}
    return all(
        any(token.startswith(term.text) if term.begins else token == term.text for token in found)
        for term in asked
    )


def mark(kind: str, ids: Iterable[UUID]) -> None:
    """Let the entries of these records be written anew by a worker."""
    dialects.insert(Unindexed, ["kind", "record_id"], ((kind, pk) for pk in ids))
    _ask_for_work()


def mark_one(kind: str, pk: UUID, *, spreads: bool) -> None:
    """Let the entry of one record be written anew within seconds, and those `named_after` it if that `spreads`."""
    dialects.insert(Unindexed, ["kind", "record_id", "spreads"], [[kind, pk, spreads]])


def mark_all(kind: str, rows: QuerySet[Any], column: str = "pk") -> None:
    """The same for the records that `rows` name in `column`, in one statement."""
    statement, values = rows.order_by().values_list(column).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO search_unindexed (kind, record_id) SELECT %s, found.* FROM ({statement}) found",  # noqa: S608  # Django's own
            [kind, *values],
        )
        if cursor.rowcount:
            _ask_for_work()


def _ask_for_work() -> None:
    # One job that has not begun will see these marks too.
    if not Job.objects.filter(name=CATCH_UP, state=Job.State.QUEUED).exists():
        enqueue(CATCH_UP)


def catch_up(progress: Progress = lambda _done, _total, _message: None) -> int:
    """Write the entries of all marked records; returns how many marks were looked at. Killed, the next one goes on."""
    done = 0
    while step := _one_batch():
        done += step
        progress(done, None, f"{done:,} records indexed")
    return done


def follow_up() -> int:
    """Write the entries of some marked records, if any wait; returns how many were looked at."""
    return _one_batch() if Unindexed.objects.exists() else 0


def _one_batch() -> int:
    """Take the oldest marks up; returns how many were looked at."""
    return _one_batch_ahead() if dialects.shares_one_lock() else _one_batch_locked()


def _one_batch_locked() -> int:
    """In one transaction that holds the marks and their records; who else writes one of them keeps its mark."""
    with transaction.atomic():
        marks = list(Unindexed.objects.select_for_update(skip_locked=True).order_by("id")[:AT_ONCE])
        wanted = _wanted(marks)
        held = {kind: _index_ids(kind, latest) for kind, latest in wanted.items()}
        settled = [one.pk for one in marks if one.record_id not in held[one.kind]]
        Unindexed.objects.filter(pk__in=settled).delete()
    return len(settled)


def _one_batch_ahead() -> int:
    """Where all who write wait for one lock: the words are made before it is taken, so that a page waits for little.

    A mark that is gone by then was taken up by somebody else, perhaps from a later state: theirs stands. Had a unit moved,
    the move has looked for entries that were not yet there: all is made again.
    """
    structure, marks = _structure(), list(Unindexed.objects.order_by("id")[:AT_ONCE_ON_ONE_LOCK])
    made = {kind: _made(kind, latest) for kind, latest in _by_kind(marks).items()}
    with dialects.in_turn(), transaction.atomic():
        there = set(Unindexed.objects.filter(pk__in=[one.pk for one in marks]).values_list("pk", flat=True))
        if _structure() != structure:
            return len(marks)
        taken = [one for one in marks if one.pk in there]
        for kind, latest in _wanted(taken).items():
            forget(kind, list(latest))
            dialects.insert(Entry, COLUMNS, [row for row in made[kind] if row[1] in latest])
        Unindexed.objects.filter(pk__in=there).delete()
    return len(marks)


def _structure() -> int | None:
    """What another number follows once a unit has moved."""
    found: int | None = Ancestry.objects.aggregate(newest=Max("pk"))["newest"]
    return found


def _by_kind(marks: Iterable[Unindexed]) -> Wanted:
    found: Wanted = defaultdict(dict)
    for one in marks:
        found[one.kind][one.record_id] = one.pk
    return found


def _wanted(marks: Sequence[Unindexed]) -> Wanted:
    """What `marks` ask for; what is named after their records is marked, where they say so."""
    spreading: dict[str, set[UUID]] = defaultdict(set)
    for one in marks:
        if one.spreads:
            spreading[one.kind].add(one.record_id)
    for kind, ids in spreading.items():
        _spread(kind, ids)
    return _by_kind(marks)


def _made(kind: str, latest: dict[UUID, int]) -> list[Row]:
    """The rows of the entries of records by id, in the order of their latest marks."""
    subject = SUBJECTS.get(kind)
    if subject is None:
        return []
    records = list(subject.fetch(subject.model._base_manager.filter(pk__in=latest)))
    return _entries(subject, sorted(records, key=lambda record: latest[record.pk]))


def _spread(kind: str, ids: set[UUID]) -> None:
    """Mark what is named after records of `kind`."""
    model: Any = apps.get_model(kind)  # a class, which mypy does not take for hashable
    for other, link in named_after(model):
        mark_all(other.kind, other.model._base_manager.filter(**{f"{link}__in": ids}))


def _index_ids(kind: str, latest: dict[UUID, int]) -> set[UUID]:
    """Index records by id, in the order of their latest marks; returns those that somebody else holds now."""
    subject, ids = SUBJECTS.get(kind), latest.keys()
    if subject is None:
        forget(kind, list(ids))
        return set()
    rows = subject.fetch(subject.model._base_manager.filter(pk__in=ids))
    # The record is locked first: whoever changes it now writes its entry after us.
    records = list(rows.select_for_update(skip_locked=True, of=("self",), no_key=True))
    found = {record.pk for record in records}
    there = set(subject.model._base_manager.filter(pk__in=ids - found).values_list("pk", flat=True))
    index(subject, sorted(records, key=lambda record: latest[record.pk]))
    forget(kind, list(ids - found - there))
    return there


def reindex(progress: Progress = lambda _done, _total, _message: None) -> int:
    """Write every entry anew while the old ones are searched on; returns how many records were indexed."""
    Entry.objects.exclude(kind__in=SUBJECTS).delete()
    for subject in SUBJECTS.values():
        there = subject.model._base_manager.all()
        Entry.objects.filter(kind=subject.kind).exclude(record_id__in=there.values("pk")).delete()
        mark_all(subject.kind, there)
    done = catch_up(progress)
    tidy()
    return done


def is_behind(kinds: Iterable[str]) -> bool:
    """Whether more records of these kinds wait to be indexed than follow within seconds."""
    return len(Unindexed.objects.filter(kind__in=list(kinds)).values_list("pk")[: FEW + 1]) > FEW


def percent_indexed() -> int:
    """How much of all there is was taken up (0..99 while records wait): of the whole, so that it tells of no part."""
    left = waiting()
    return min(99, 100 * Entry.objects.count() // (Entry.objects.count() + left)) if left else 100


def waiting() -> int:
    """How many marks wait."""
    return Unindexed.objects.count()
