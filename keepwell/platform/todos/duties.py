"""What is owed for as long as a record stands so: told from the record, not entered; passed on, reminded of and
escalated as every todo is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from keepwell.kernel import moments
from keepwell.platform.history.models import Tracked
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.people.permissions import may_anywhere, reading_once, units_granted
from keepwell.platform.people.roles import Level, roles_with
from keepwell.platform.records.models import visible_to
from keepwell.platform.todos.models import Debt, present
from keepwell.platform.tree.models import Unit

MOST = 20
"""Of how many records one duty is shown to somebody."""


@dataclass(frozen=True)
class Matter:
    """One thing to do about a record as it stands: `what` names it for ever, `act` says it in the present language."""

    what: str
    act: str
    url: str
    by_day: date | None
    context: str
    urgency: int = 0


class Duty:
    """A kind of todo that follows from how records stand, and falls to all who hold `level` in `area` there."""

    name: ClassVar[str]
    area: ClassVar[str]
    level: ClassVar[Level] = Level.EDIT
    is_seen_as_record: ClassVar[bool] = True
    """Whether whoever may view the record may be told of it."""
    is_told_elsewhere: ClassVar[bool] = False
    """Whether its area tells of what is new by itself, in time."""
    leaves_no_trace: ClassVar[bool] = False
    """Whether no row of it is kept, so that nothing in the trail tells who was asked: nobody passes it on."""

    def concerns(self, person: Person) -> bool:
        """Whether anything of it may fall to `person` at all; asks nothing that `rows` would not."""
        return True

    def rows(self, day: date) -> QuerySet[Any]:
        """The records of the whole house about which something is owed, the most urgent first."""
        raise NotImplementedError

    def matters(self, record: Any, day: date) -> Iterator[Matter]:
        """What is owed about one of `rows`; asks the database nothing."""
        raise NotImplementedError

    def theirs(self, rows: QuerySet[Any], person: Person) -> QuerySet[Any]:
        """Those of `rows` that fall to `person`."""
        return visible_to(rows, person, self.level)

    def among(self, records: list[Any], person: Person) -> list[Any]:
        """Those of `records`, which are some of `theirs`, that fall to `person`, where a query cannot tell."""
        return records

    def fits(self, matter: Matter, record: Any, person: Person) -> bool:
        """Whether `matter` about one of `theirs` is for `person`."""
        return True

    def seen(self, rows: QuerySet[Any], person: Person) -> QuerySet[Any]:
        """Those of `rows` of which `person` may be told, should somebody pass them on."""
        return visible_to(rows, person)

    def kind(self, record: Any) -> str:
        """What kind of record it is about, as "app.model"."""
        return record.type_name() if isinstance(record, Tracked) else type(record)._meta.label_lower

    def place(self, record: Any) -> Unit:
        """Where it is owed."""
        found: Unit = record.place
        return found

    def also(self) -> Q:
        """People to whom it may fall without a right of `level`."""
        return Q(pk__in=[])

    def people(self) -> QuerySet[Person]:
        """All to whom it may fall."""
        held = Grant.objects.in_force().filter(role__in=roles_with(self.area, self.level))
        here = Person.objects.filter(present(moments.today()), account__is_active=True)
        return (
            here.filter(Q(pk__in=held.values("person")) | self.also())
            .select_related("unit")
            .order_by("number")
        )


class DutyOfUnits(Duty):
    """One about what no single record holds: it is owed about a unit, the group where it concerns the whole house."""

    level = Level.ADMINISTER
    is_seen_as_record = False

    def concerns(self, person: Person) -> bool:
        return may_anywhere(person, self.area, self.level)

    def theirs(self, rows: QuerySet[Any], person: Person) -> QuerySet[Any]:
        return rows.filter(pk__in=units_granted(person, self.area, self.level))

    def seen(self, rows: QuerySet[Any], person: Person) -> QuerySet[Any]:
        return self.theirs(rows, person)

    def place(self, record: Any) -> Unit:
        found: Unit = record
        return found

    def group(self) -> QuerySet[Any]:
        """The group: what is owed about it is owed about the whole house."""
        return Unit.objects.filter(kind=Unit.Kind.GROUP)


DUTIES: dict[str, Duty] = {}


def owed(duty: type[Duty]) -> type[Duty]:
    """Let `duty` be asked what is owed."""
    DUTIES[duty.name] = duty()
    return duty


def follows(debt: UUID) -> bool:
    """Whether the debt of that id may follow from how a record stands: such ids are not drawn, but reckoned."""
    return debt.version == 5


def debt_of(duty: Duty, record: Any, matter: Matter) -> Debt:
    """The debt of `matter`, as it would be kept."""
    debt = Debt(
        duty=duty.name, what=matter.what, record_type=duty.kind(record), record_id=record.pk, unit=duty.place(record),
        by_day=matter.by_day, url=matter.url,
    )  # fmt: skip
    debt.id = debt.fresh_id()
    return debt


def matter_of(debt: Debt, record: Any) -> Matter | None:
    """What is owed by `debt` as `record` stands; None if nothing is any more."""
    found = DUTIES[debt.duty].matters(record, moments.today())
    return next((one for one in found if one.what == debt.what), None)


def falling_to(person: Person, day: date) -> Iterator[tuple[Debt, Any]]:
    """What falls to `person` by how records stand and was passed on to nobody, each with its record."""
    passed: set[UUID] | None = None
    for duty, rows in _with_anything(person, day):
        found = list(_owed(duty, rows[:MOST], person, day))
        if found and passed is None:
            passed = set(passed_to_somebody().values_list("pk", flat=True))
        yield from (pair for pair in found if pair[0].pk not in (passed or ()))


def _with_anything(person: Person, day: date) -> Iterator[tuple[Duty, QuerySet[Any]]]:
    """The duties of which something may fall to `person`, each with its rows: one statement asks it of all of them."""
    duties = [one for one in DUTIES.values() if one.concerns(person)]
    rows = [one.theirs(one.rows(day), person) for one in duties]
    asked = {f"has_{n}": Exists(found) for n, found in enumerate(rows)}
    has = Person.objects.filter(pk=person.pk).annotate(**asked).values_list(*asked).first() if asked else ()
    for duty, found, stands in zip(duties, rows, has or (), strict=bool(has)):
        if stands:
            yield duty, found


def _owed(duty: Duty, rows: Iterable[Any], person: Person, day: date) -> Iterator[tuple[Debt, Any]]:
    for record in duty.among(list(rows), person):
        for matter in duty.matters(record, day):
            if duty.fits(matter, record, person):
                yield debt_of(duty, record, matter), record


def passed_to_somebody() -> QuerySet[Debt]:
    """What stands so and lies with one person, to whom it was passed on."""
    named = Q(delegate__isnull=False) | Q(debtor__isnull=False)
    return Debt.objects.open().exclude(duty="").filter(named)


def found_for(person: Person, pk: UUID) -> tuple[Debt, Any] | None:
    """The debt `pk`, kept or not, and its record, if it falls to `person` and was passed on to nobody."""
    day = moments.today(person.unit.time_zone)
    return next((pair for pair in falling_to(person, day) if pair[0].pk == pk), None)


def falls_to(debt: Debt, person: Person) -> bool:
    """Whether `debt` would be owed by `person` were it passed on to nobody."""
    duty, day = DUTIES[debt.duty], moments.today(person.unit.time_zone)
    if not duty.concerns(person):
        return False
    rows = duty.theirs(duty.rows(day).filter(pk=debt.record_id), person)
    return any(found.pk == debt.pk for found, _record in _owed(duty, rows, person, day))


def standing(debts: Iterable[Debt], person: Person) -> dict[UUID, Any]:
    """Those of `debts` that still stand and of whose record `person` may be told, each with it; by id, one query for
    each duty."""
    day, found = moments.today(person.unit.time_zone), {}
    for duty, theirs in _by_duty(debts):
        wanted = {debt.record_id for debt in theirs}
        rows = duty.seen(duty.rows(day).filter(pk__in=wanted), person)
        records = {row.pk: row for row in rows}
        for debt in theirs:
            record = records.get(debt.record_id)
            if record is not None and matter_of(debt, record):
                found[debt.pk] = record
    return found


def who_owe(debts: Iterable[Debt]) -> dict[UUID, list[Person]]:
    """To whom each of `debts` falls by how its record stands, by id; asks once for each person and duty."""
    found: dict[UUID, list[Person]] = defaultdict(list)
    with reading_once():
        for duty, theirs in _by_duty(debts):
            wanted, ids = {debt.record_id for debt in theirs}, {debt.pk for debt in theirs}
            for person in filter(duty.concerns, duty.people()):
                day = moments.today(person.unit.time_zone)
                rows = duty.theirs(duty.rows(day).filter(pk__in=wanted), person)
                for debt, _record in _owed(duty, rows, person, day):
                    if debt.pk in ids:
                        found[debt.pk].append(person)
    return found


def _by_duty(debts: Iterable[Debt]) -> list[tuple[Duty, list[Debt]]]:
    theirs: dict[str, list[Debt]] = defaultdict(list)
    for debt in debts:
        if debt.duty in DUTIES:
            theirs[debt.duty].append(debt)
    return [(DUTIES[name], found) for name, found in sorted(theirs.items())]


def number_of(rows: QuerySet[Any]) -> Coalesce:
    """How many `rows` there are, as a column."""
    counted = (
        rows.order_by().annotate(whole=Value(1)).values("whole").annotate(number=Count("pk")).values("number")
    )
    return Coalesce(Subquery(counted), 0)


def first_of(rows: QuerySet[Any], column: str) -> Subquery:
    """The least `column` of `rows`, as a column; None where there are none."""
    return Subquery(rows.order_by(column).values(column)[:1])


def day_of(moment: datetime | None, unit: Unit) -> date | None:
    """The day of `moment` at `unit`."""
    return moment.astimezone(ZoneInfo(unit.time_zone)).date() if moment else None


def left(day: date, path: str) -> Q:
    """Rows whose person at `path` has left by `day`."""
    return Q((f"{path}__retired_at__isnull", False)) | Q((f"{path}__employed_until__lt", day))
