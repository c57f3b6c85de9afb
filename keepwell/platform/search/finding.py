"""Finding: the records in which every word stands, of what one person may see, best and latest first.

First the latest 300 entries of each kind are looked through, which holds all that a small register has
and enough of a common word; the index of words is asked for the rest, narrowed to where the person may look.
What it names is then read through `visible_to`, so that nothing else decides who sees what.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import RawSQL

from keepwell.platform.history.ready import Ready
from keepwell.platform.people.models import Person
from keepwell.platform.records.models import visible_to
from keepwell.platform.search.dialects import (
    Asked,
    Statement,
    alone,
    by_index,
    in_row,
    is_postgresql,
    latest_by_index,
    latest_of,
)
from keepwell.platform.search.indexing import FEW, meets
from keepwell.platform.search.models import Entry, Unindexed
from keepwell.platform.search.places import Rights, Sight, lies_under
from keepwell.platform.search.subjects import SUBJECTS, Subject
from keepwell.platform.search.words import Term, terms, whole
from keepwell.platform.tree.models import Unit

LATEST = 300
WAITING = Ready(
    lambda kind: Unindexed.objects.filter(kind=kind).values_list("record_id", "pk")[: FEW + 1], str
)
SAMPLE, COMMON = 400, 20
WIDER = 8
EXACT, NAMED, HELD, MORE = 0, 1, 2, 9


@dataclass(frozen=True)
class Question:
    """What is asked: the words, of which kinds of record, at a unit and below it (None: anywhere)."""

    text: str
    kinds: Collection[str]
    unit: Unit | None = None
    retired: bool = False

    @property
    def terms(self) -> list[Term]:
        return terms(self.text)


@dataclass
class Hits:
    """The records of one kind that were found, best first, and whether there are more."""

    subject: Subject
    records: list[Any]
    more: bool
    best: int


@dataclass
class _Kind:
    """The search in one kind of record."""

    subject: Subject
    sight: Sight
    found: dict[UUID, tuple[int, int]] = field(default_factory=dict)
    is_large: bool = False

    def take(self, entry: int, record: UUID, tier: int) -> None:
        """Remember a candidate; the better tier holds."""
        before = self.found.get(record)
        if before is None or tier < before[0]:
            self.found[record] = (tier, -entry)

    def has(self, wanted: int, tier: int) -> bool:
        """Whether enough was found that is at least so good."""
        return sum(1 for found, _entry in self.found.values() if found <= tier) >= wanted

    @property
    def order(self) -> list[UUID]:
        """The candidates, best and latest first."""
        return sorted(self.found, key=lambda record: self.found[record])


def find(person: Person, question: Question, *, each: int) -> list[Hits]:
    """Up to `each` records of every kind asked for; kinds with better hits first, then as they were asked."""
    asked, rights = question.terms, Rights(person)
    if not asked:
        return []
    kinds = [_Kind(subject, sight) for kind in question.kinds if (subject := SUBJECTS.get(kind))
             and not (sight := rights.sight(subject)).is_blind]  # fmt: skip
    _Search(question, kinds, each + 1).run()
    found = [hits for kind in kinds if kind.found and (hits := _read(person, question, kind, each))]
    return sorted(found, key=lambda hits: hits.best)


def _read(person: Person, question: Question, kind: _Kind, each: int) -> Hits | None:
    """The candidates that the person may see; when some may not be seen, further ones are looked for."""
    wanted = each + 1
    while True:
        order = kind.order[:wanted]
        rows = kind.subject.fetch(visible_to(kind.subject.model._default_manager.all(), person))
        seen = {row.pk: row for row in rows.filter(pk__in=order)}
        records = [seen[pk] for pk in order if pk in seen]
        if len(records) > each or len(order) < wanted:
            break
        wanted *= WIDER
        _Search(question, [kind], wanted).run()
    if not records:
        return None
    return Hits(kind.subject, records[:each], len(records) > each, kind.found[records[0].pk][0])


class _Search:
    """One question put to some kinds of record, for `wanted` candidates of each."""

    def __init__(self, question: Question, kinds: list[_Kind], wanted: int) -> None:
        self.question, self.terms, self.wanted = question, question.terms, wanted
        self.kinds = {kind.subject.kind: kind for kind in kinds}

    def run(self) -> None:
        """Look through the latest, then ask the index where they were too few."""
        if not self.kinds:
            return
        self._note([part for kind in self.kinds.values() for part in self._latest(kind)])
        for tier in (EXACT, NAMED, HELD):
            short = [k for k in self.kinds.values() if k.is_large and not k.has(self.wanted, tier)]
            self._note([part for kind in short for part in self._by_index(kind, tier)])

    def _note(self, parts: list[Statement]) -> None:
        if not parts:
            return
        statement = " UNION ALL ".join(f"SELECT * FROM ({one}) part" for one, _values in parts)  # noqa: S608  # made by the dialects
        with connection.cursor() as cursor:
            cursor.execute(statement, [value for _one, values in parts for value in values])
            for entry, kind, record, tier in cursor.fetchall():
                if tier == MORE:
                    self.kinds[kind].is_large = True
                else:
                    self.kinds[kind].take(entry, record if isinstance(record, UUID) else UUID(record), tier)

    def _asked(self, kind: _Kind, tier: int, *, wide: bool = False) -> Asked:
        """The words of a tier for one kind, narrowed to where the person may look, or `wide`."""
        code, places = kind.subject.code, () if wide else kind.sight.words
        letter = {EXACT: "e", NAMED: "t", HELD: "w"}[tier]
        asked = [Term(whole(self.question.text))] if tier == EXACT else self.terms
        found = [Term(f"{letter}{code}{term.text}", term.begins) for term in asked]
        if self.question.unit is not None and self.question.unit.kind != Unit.Kind.GROUP:
            found.append(Term(lies_under(self.question.unit.pk)))
        return Asked(found, places)

    def _graded(self, kind: _Kind, entries: Statement, *, wide: bool = False) -> Statement:
        """Those of `entries` that hold the words, each with its tier."""
        (exact, a), (named, b), (held, c) = (
            in_row(self._asked(kind, t, wide=wide)) for t in (EXACT, NAMED, HELD)
        )
        rows, d = entries
        tier = f"CASE WHEN {exact} THEN {EXACT} WHEN {named} THEN {NAMED} ELSE {HELD} END"
        return (
            f"SELECT e.id, e.kind, e.record_id, {tier} AS tier FROM ({rows}) e WHERE {held} OR {exact}"  # noqa: S608  # names of ours
            " ORDER BY tier, e.id DESC LIMIT %s",
            [*a, *b, *d, *c, *a, self.wanted],
        )

    def _latest(self, kind: _Kind) -> list[Statement]:
        """The latest entries of a kind, whether there are more, and those that are seen on their own."""
        name, every = kind.subject.kind, self.question.retired
        # "NOT" leaves SQLite to look up the few that are named; "= FALSE" would walk the index of the latest.
        besides = "" if every else " AND NOT e.retired"
        rows = "SELECT e.* FROM search_entry e WHERE "
        (which, turn), named = (("e.kind = %s", "e.id DESC"), [name]) if every else latest_of(name)
        found: list[Statement] = []
        if kind.sight.everything or kind.sight.words:
            found.append(self._graded(kind, (f"{rows}{which} ORDER BY {turn} LIMIT {LATEST}", named)))
            found.append((f"SELECT e.id, e.kind, e.record_id, {MORE} AS tier FROM search_entry e WHERE {which}"  # noqa: S608  # names of ours
                          f" ORDER BY {turn} LIMIT 1 OFFSET {LATEST}", named))  # fmt: skip
        if kind.sight.others is not None:
            ids, values = kind.sight.others.order_by().values_list("pk").query.sql_with_params()
            found.append(
                self._graded(
                    kind,
                    (f"{rows}e.kind = %s{besides} AND e.record_id IN ({ids})", [name, *values]),
                    wide=True,
                )
            )
        return found

    def _by_index(self, kind: _Kind, tier: int) -> list[Statement]:
        if not (kind.sight.everything or kind.sight.words):
            return []
        statement, values = latest_by_index(
            kind.subject.kind, self._asked(kind, tier), self.wanted, retired=self.question.retired
        )
        return [(f"SELECT found.*, {tier} AS tier FROM ({statement}) found", values)]  # noqa: S608  # names of ours


def holding(subject: Subject, text: str, *, places: Sequence[str] = ()) -> Q:
    """A filter for the records of one kind in which every word of `text` stands, retired ones too.

    Records that wait to be indexed are read themselves. Where `places` are named, nothing else need be found than what lies
    at one of them as the index knows it; where few of the group's records do, that is much sooner.
    """
    asked = _words(subject, text)
    if not asked.terms:
        return Q(pk__in=())
    asked = replace(asked, places=places)
    found = by_index(subject.kind, asked, "e.record_id", retired=True)
    statement, values = alone(found) if places else found
    fresh = _fresh(subject, text, asked)
    if fresh is None:
        return Q(pk__in=RawSQL(statement, values)) | _waiting(subject, text)  # noqa: S611  # names of ours, values apart
    if fresh:
        # Beside the index, not as another way: a list by two ways would be read from end to end.
        places = ", ".join(["%s"] * len(fresh))
        statement += f" UNION ALL SELECT u.record_id FROM search_unindexed u WHERE u.id IN ({places})"  # noqa: S608  # places alone
    return Q(pk__in=RawSQL(statement, [*values, *fresh]))  # noqa: S611  # names of ours, values apart


def met_in_order(subject: Subject, text: str) -> Q:
    """The same for a page of a list: of a common word SQLite walks the list in its order, which meets a page
    of them soon, where the index would name them all first; PostgreSQL weighs that itself."""
    asked = _words(subject, text)
    if is_postgresql() or not asked.terms:
        return holding(subject, text)
    # A list of one, that it is not said as "NOT": so it walks the index of the latest.
    entries = Entry.objects.filter(kind=subject.kind, retired__in=[False]).order_by("-id")
    latest = Entry.objects.filter(pk__in=entries.values("pk")[:SAMPLE], tokens__holds=asked)
    if latest.count() * COMMON <= SAMPLE:
        return holding(subject, text)
    here = Entry.objects.filter(kind=subject.kind, record_id=OuterRef("pk"), tokens__holds=asked)
    fresh = _fresh(subject, text, asked)
    if fresh is None:
        return Q(Exists(here)) | _waiting(subject, text)
    marks = Unindexed.objects.filter(pk__in=fresh)
    return Q(Exists(here)) | Q(pk__in=marks.values("record_id")) if fresh else Q(Exists(here))


def _words(subject: Subject, text: str) -> Asked:
    return Asked([Term(f"w{subject.code}{t.text}", t.begins) for t in terms(text)])


def _fresh(subject: Subject, text: str, asked: Asked) -> list[int] | None:
    """The marks of records that hold the words while their entries do not yet; None where more than a few
    hundred wait."""
    marks = dict(WAITING.rows(subject.kind))
    if len(marks) > FEW:
        return None
    rows = subject.model._default_manager.filter(pk__in=list(marks))
    for word in text.split() if marks else ():
        rows = rows.filter(_contains(subject, word))
    found = list(subject.fetch(rows)) if marks else []
    fresh = {record.pk for record in found if meets(subject, record, terms(text))}
    entries = Entry.objects.filter(kind=subject.kind, record_id__in=fresh, tokens__holds=asked)
    known = set(entries.values_list("record_id", flat=True)) if fresh else set()
    return [marks[pk] for pk in fresh - known]


def _waiting(subject: Subject, text: str) -> Q:
    """The records that wait to be indexed and hold the words, however many."""
    fresh = Q(pk__in=Unindexed.objects.filter(kind=subject.kind).values("record_id"))
    for word in text.split():
        fresh &= _contains(subject, word)
    return fresh


def _contains(subject: Subject, word: str) -> Q:
    return reduce(or_, (Q(**{f"{path}__icontains": word}) for path in subject.paths))
