"""Completions as learning systems export them, matched by employee number or mail."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from keepwell.areas.awareness.models import Completion, Course
from keepwell.platform.exchange import cells
from keepwell.platform.exchange.cells import CellError, RowError
from keepwell.platform.exchange.feeds import Feed, FeedColumn, Line, Matched, feed
from keepwell.platform.exchange.models import Batch, Source
from keepwell.platform.history.dialects import id_text
from keepwell.platform.people.models import Person, Posting
from keepwell.platform.people.permissions import units_granted
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Unit

MOST_MINUTES = 10_000
# Why a row met nothing: kept in English, told in the reader's language.
NO_PERSON = gettext_noop("No such person.")
NO_COURSE = gettext_noop("No such course.")
NOT_EMPLOYED = gettext_noop("Not employed on that day.")
Id = str
Spell = tuple[date, date | None, Id]


class Known:
    """What a delivery is matched with, read once: people, their postings, courses, zones.

    Ids are the database's own texts: making a UUID of each would take a third of the time.
    """

    def __init__(self, source: Source | None, batch: Batch, by: Person) -> None:
        self.batch_id = batch.pk
        self.zone = source.time_zone if source else ""
        self.zones: dict[Id, str] = dict(Unit.objects.values_list(id_text("pk"), "time_zone"))
        granted = units_granted(by, "awareness", Level.EDIT).values_list(id_text("descendant"), flat=True)
        self.may_edit: set[Id] = set(granted)
        courses = Course.objects.current().values_list("code", id_text("pk"), "minutes")
        self.courses = {code: (pk, minutes) for code, pk, minutes in courses}
        self._read_people()
        self.met: dict[tuple[Id, Id, datetime], int] = {}

    def _read_people(self) -> None:
        self.numbers: dict[str, Id] = {}
        self.mails: dict[str, Id] = {}
        self.places: dict[Id, Id] = {}
        people = Person.objects.current().values_list(id_text("pk"), "number", "mail", id_text("unit"))
        for pk, number, mail, unit in people.iterator(chunk_size=5000):
            self.numbers[number] = pk
            self.places[pk] = unit
            if mail:
                self.mails[mail.casefold()] = pk
        self.spells: dict[Id, list[Spell]] = defaultdict(list)
        postings = Posting.objects.order_by("since").values_list(
            id_text("person"), "since", "until", id_text("unit")
        )
        for person, since, until, unit in postings.iterator(chunk_size=5000):
            self.spells[person].append((since, until, unit))

    def posting(self, person: Id, day: date) -> Id | None:
        """The unit where `person` was employed on `day`; None if nowhere."""
        spells = self.spells.get(person, ())
        at = bisect_right(spells, day, key=itemgetter(0)) - 1
        if at < 0:
            return None
        _since, until, unit = spells[at]
        return unit if until is None or day <= until else None


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The zone, made once."""
    return ZoneInfo(name)


def open_for(source: Source | None, batch: Batch, by: Person) -> Any:
    """The matcher of one delivery."""
    known = Known(source, batch, by)

    def match(lines: Iterable[Line]) -> Matched:
        found = Matched()
        for line, row in lines:
            _match(known, line, row, found)
        return found

    return match


def _match(known: Known, line: int, row: dict[str, str | None], found: Matched) -> None:
    """Decide about one row: malformed, unmatched, or ready."""
    errors, moment, minutes = _typed(known, line, row)
    if errors:
        found.errors += errors
        return
    person = _person(known, row)
    course = known.courses.get((row.get("course") or "").strip())
    if person is None or course is None or moment is None:
        found.unmatched.append((line, row, NO_PERSON if person is None else NO_COURSE))
        return
    here = zone(known.zone or known.zones[known.places[person]])
    try:
        at = moment if moment.tzinfo else cells.placed(moment, here)
    except CellError as error:
        found.errors.append(RowError(line, "completed_at", row.get("completed_at") or "", error.expected))
        return
    day = (at.astimezone(here) if moment.tzinfo else moment).date()
    unit = known.posting(person, day)
    if unit is None:
        found.unmatched.append((line, row, NOT_EMPLOYED))
        return
    if known.places[person] not in known.may_edit:
        found.errors.append(RowError(line, "person", row.get("person") or row.get("mail") or "",
                                     _("somebody in a unit where you have the right to edit training")))  # fmt: skip
        return
    key = (person, course[0], at)
    if key in known.met:
        expected = _("once in a file; it stands in line %(line)d too") % {"line": known.met[key]}
        found.errors.append(RowError(line, "person", row.get("person") or "", expected))
        return
    known.met[key] = line
    found.ready.append(
        (known.batch_id, person, course[0], at, day, course[1] if minutes is None else minutes)
    )


def _typed(
    known: Known, line: int, row: dict[str, str | None]
) -> tuple[list[RowError], datetime | None, int | None]:
    """Moment and minutes of a row, and what is malformed."""
    errors: list[RowError] = []
    moment: datetime | None = None
    minutes: int | None = None
    try:
        moment = cells.moment(row.get("completed_at") or "")
    except CellError as error:
        errors.append(RowError(line, "completed_at", row.get("completed_at") or "", error.expected))
    text = row.get("minutes")
    if text:
        try:
            minutes = cells.integer(text)
            if not 0 <= minutes <= MOST_MINUTES:
                raise CellError(_("minutes from 0 to %(most)d") % {"most": MOST_MINUTES})
        except CellError as error:
            errors.append(RowError(line, "minutes", text, error.expected))
    if not (row.get("person") or row.get("mail")):
        errors.append(RowError(line, "person", "", _("an employee number or a mail address")))
    return errors, moment, minutes


def _person(known: Known, row: dict[str, str | None]) -> Id | None:
    number, mail = (row.get("person") or "").strip(), (row.get("mail") or "").strip()
    return known.numbers.get(number) or (known.mails.get(mail.casefold()) if mail else None)


def fresh(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Those of `rows` that were not delivered before."""
    moments = [row[3] for row in rows]
    there = Completion.objects.filter(completed_at__range=(min(moments), max(moments)))
    known = there.values_list(id_text("person"), id_text("course"), "completed_at")
    present = set(known.iterator(chunk_size=5000))
    return [row for row in rows if (row[1], row[2], row[3]) not in present] if present else rows


COMPLETIONS = feed(
    Feed(
        register="completions",
        model=Completion,
        columns=(
            FeedColumn(
                "person",
                required=False,
                known_as=("employee no.", "employee number", "employee id", "number", "工號", "員工編號"),
            ),
            FeedColumn("mail", required=False, known_as=("e-mail", "email", "電子郵件")),
            FeedColumn("course", known_as=("course code", "course id", "課程代碼")),
            FeedColumn("completed_at", known_as=("completed at", "completion date", "finished", "完成時間")),
            FeedColumn("minutes", required=False, known_as=("duration", "duration (min)", "時數(分)")),
        ),
        insert_columns=("batch_id", "person_id", "course_id", "completed_at", "completed_on", "minutes"),
        open_for=open_for,
        fresh=fresh,
    )
)
