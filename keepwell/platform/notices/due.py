"""What is due becomes notices: new ones at once, reminders before the day, overdue ones, and the next level up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_noop, override

from keepwell.platform.notices.models import Notice
from keepwell.platform.notices.telling import Message, tell
from keepwell.platform.people.models import LANGUAGES, Grant, Person
from keepwell.platform.people.permissions import grants_giving
from keepwell.platform.people.roles import Level
from keepwell.platform.records.links import address, kind_named
from keepwell.platform.records.models import area_of
from keepwell.platform.todos.duties import DUTIES, Duty
from keepwell.platform.todos.falling import holders, holders_of
from keepwell.platform.todos.models import Debt, present, seated
from keepwell.platform.todos.owing import on_owing
from keepwell.platform.todos.todo import on_desk, seen, todo_of
from keepwell.platform.tree.models import Ancestry, on

STAGES = (1, 7, 30)
WEEK = 7
AHEAD = gettext_noop("Due on %(day)s: %(what)s")
LATE = gettext_noop("Overdue since %(day)s: %(what)s")
NEW = gettext_noop("New for you: %(what)s")
NEW_BY = gettext_noop("New for you, due on %(day)s: %(what)s")
PASSED = gettext_noop("%(name)s asks you: %(what)s")
CHASED = gettext_noop("%(name)s reminds you, due on %(day)s: %(what)s")
CHASED_ANY_DAY = gettext_noop("%(name)s reminds you: %(what)s")
ESCALATED = gettext_noop("Overdue since %(day)s and not done by %(name)s: %(what)s")

ESCALATED_UNDONE = gettext_noop("Overdue since %(day)s and done by nobody: %(what)s")


@on_owing
def tell_of(debts: Sequence[Debt]) -> None:
    """Tell whoever must do it now, in the transaction in which it came to be so."""
    theirs: dict[Person, list[Debt]] = defaultdict(list)
    people = holders_of(debts)
    for debt in debts:
        for person in people[debt.pk]:
            theirs[person].append(debt)
    for person, found in theirs.items():
        for debt, record in seen(found, person):
            tell([person], _new(debt, record))


def _new(debt: Debt, record: Any) -> Message:
    """That `debt` is new for somebody, or was handed to them."""
    passed = debt.delegated_by if debt.delegate_id else None
    named = {"name": str(passed)} if passed else {}
    return Message(
        kind="todo.passed" if passed else "todo.new", key=f"debt:{debt.pk}:{debt.version}",
        what=PASSED if passed else NEW_BY if debt.by_day else NEW, facts=_said(debt, record) | named,
        url=_place(debt), debt_id=debt.pk, due_on=debt.by_day, **_about(debt),
    )  # fmt: skip


def remind(day: date) -> int:
    """Tell everybody with rights what is due in 30, 7 and 1 days, what is overdue, and each week again."""
    told = 0
    for person in _readers(day):
        for line in lines(person, day):
            told += _remind(person, line, day)
    return told


def chase(debt: Debt, *, by: Person, day: date) -> int:
    """Tell whoever must do it that `by` asks for it, once a day; returns how many were told."""
    told = 0
    for person in holders(debt).select_related("unit"):
        facts = _facts(debt, person)
        if facts is None:
            continue
        late = debt.by_day is not None and debt.by_day < day
        told += tell([person], Message(
            kind="todo.overdue" if late else "todo.reminder", key=f"chased:{debt.pk}:{day}",
            what=CHASED if debt.by_day else CHASED_ANY_DAY, facts=facts | {"name": str(by)}, url=_place(debt),
            debt_id=debt.pk, due_on=debt.by_day, **_about(debt),
        ))  # fmt: skip
    return told


@dataclass(frozen=True)
class DueLine:
    """One thing due from somebody by a day, in every language, and when they were told that it is new."""

    debt: Debt
    due_on: date
    act: dict[str, str]
    new_at: datetime | None

    def was_new_within(self, stage: int) -> bool:
        """Whether being new told of it when that `stage` had begun."""
        return self.new_at is not None and (self.due_on - self.new_at.date()).days <= stage


def lines(person: Person, day: date) -> list[DueLine]:
    """What is due from `person` by a day."""
    pairs = [(debt, record) for debt, record in on_desk(person, day) if debt.by_day]
    told = Notice.objects.filter(
        person=person, kind="todo.new", debt_id__in=[debt.pk for debt, _record in pairs]
    )
    new = dict(told.order_by("told_at").values_list("debt_id", "told_at"))
    return [
        DueLine(debt, debt.by_day, _acts(debt, record), new.get(debt.pk))
        for debt, record in pairs
        if debt.by_day
    ]


def _remind(person: Person, line: DueLine, day: date) -> int:
    """Tell `person` of `line` if a stage was reached of which they were not told."""
    debt, stage = line.debt, stage_of((line.due_on - day).days)
    if stage is None or (stage > 0 and line.was_new_within(stage)):
        return 0
    kind = "todo.reminder" if stage > 0 else "todo.overdue"
    return tell([person], Message(
        kind=kind, key=f"due:{debt.pk}:{line.due_on}:{stage}", what=AHEAD if stage > 0 else LATE,
        facts={"day": line.due_on.isoformat(), "what": line.act}, url=_place(debt),
            debt_id=debt.pk, due_on=line.due_on, **_about(debt),
    ))  # fmt: skip


def stage_of(days_left: int) -> int | None:
    """The reminder that is due: 30, 7 or 1 days ahead, 0 when late, -1 a week later and so on; None if none is."""
    if days_left < 0:
        return -((-days_left - 1) // WEEK)
    return next((stage for stage in STAGES if days_left <= stage), None)


def escalate(day: date) -> int:
    """Tell the next level up of what has been overdue for longer than the setting says; once for each."""
    limit = day - timedelta(days=settings.KEEPWELL_ESCALATE_DAYS)
    late = Debt.objects.open().filter(by_day__lt=limit).select_related("unit", "debtor", "delegate")
    return sum(_escalate(debt) for debt in late.order_by("by_day", "pk").iterator(500))


def _escalate(debt: Debt) -> int:
    told = 0
    for person in next_level(debt):
        facts = _facts(debt, person)
        if facts is None:
            continue
        who = str(debt.debtor or debt.delegate or debt.role_title)
        told += tell([person], Message(
            kind="todo.escalated", key=f"escalated:{debt.pk}:{debt.by_day}", what=ESCALATED if who else ESCALATED_UNDONE,
            facts=facts | {"name": who}, url=_place(debt),
            debt_id=debt.pk, due_on=debt.by_day, **_about(debt),
        ))  # fmt: skip
    return told


def next_level(debt: Debt) -> list[Person]:
    """Who is told when a debt is long overdue: who holds its role at the next unit up, else who decides about
    such records nearest above, the debtors themselves left out."""
    owing = set(holders(debt).values_list("pk", flat=True)) | {debt.debtor_id}
    if debt.role:
        above = [
            p for p in seated(debt.role, debt.unit, above=True).select_related("unit") if p.pk not in owing
        ]
        if above:
            return above
    area = _area(debt)
    if area is None:
        return []
    ways = Ancestry.objects.filter(descendant=debt.unit, until__isnull=True)
    depths = dict(ways.values_list("ancestor", "depth"))
    floor = 0
    if debt.duty and not (debt.debtor_id or debt.delegate_id):
        owing, floor = _nearest(owing, DUTIES[debt.duty], debt, depths)
    deciding = grants_giving(area, Level.DECIDE, debt.unit).exclude(person__in=owing - {None})
    grants = [one for one in deciding.select_related("person__unit") if depths[one.unit_id] >= floor]
    nearest = min((depths[grant.unit_id] for grant in grants), default=None)
    return list({g.person_id: g.person for g in grants if depths[g.unit_id] == nearest}.values())


def _area(debt: Debt) -> str | None:
    """The area whose rights govern what `debt` is about."""
    if debt.duty:
        return DUTIES[debt.duty].area
    model = kind_named(debt.record_type)
    return area_of(model) if model else None


def _nearest(
    owing: set[UUID | None], duty: Duty, debt: Debt, depths: dict[UUID, int]
) -> tuple[set[UUID | None], int]:
    """Of those to whom a duty falls, who hold its right nearest (the others look on from above), and how many steps up
    that is."""
    held = grants_giving(duty.area, duty.level, debt.unit).filter(person__in=owing - {None})
    steps: dict[UUID | None, int] = {}
    for person, unit in held.values_list("person", "unit"):
        steps[person] = min(depths[unit], steps.get(person, depths[unit]))
    nearest = min(steps.values(), default=0)
    return {person for person in owing if steps.get(person, 0) <= nearest}, nearest


def _readers(day: date) -> Any:
    """Those who can sign in and either hold a right or owe something by name."""
    held = Grant.objects.current().filter(on(day)).values("person")
    open_ = Debt.objects.open()
    people = Person.objects.filter(present(day), account__is_active=True).select_related("unit")
    some = people.filter(pk__in=held) | people.filter(
        pk__in=open_.filter(debtor__isnull=False).values("debtor")
    )
    some |= people.filter(pk__in=open_.filter(delegate__isnull=False).values("delegate"))
    return some.distinct().order_by("number")


def _facts(debt: Debt, person: Person) -> dict[str, Any] | None:
    """Day and words of `debt`; None where `person` may not see the record."""
    found = next(seen([debt], person), None)
    return None if found is None else _said(debt, found[1])


def _said(debt: Debt, record: Any) -> dict[str, Any]:
    """Day and words of `debt`, of whose record somebody may read."""
    day = {"day": debt.by_day.isoformat()} if debt.by_day else {}
    return {"what": _acts(debt, record)} | day


def _acts(debt: Debt, record: Any) -> dict[str, str]:
    told = {}
    for language, _name in LANGUAGES:
        with override(language):
            told[language] = todo_of(debt, record).act
    return told


def _place(debt: Debt) -> str:
    return debt.url or address(debt.record_type, debt.record_id)


def _about(debt: Debt) -> dict[str, Any]:
    """The record by which a notice of `debt` is shown or hidden; none where who may view that may not be told."""
    if debt.duty and not DUTIES[debt.duty].is_seen_as_record:
        return {}
    return {"record_type": debt.record_type, "record_id": debt.record_id}
