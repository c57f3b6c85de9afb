"""What may be decided about units and people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.people.models import Person, Posting
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level
from keepwell.platform.publishing.format import number
from keepwell.platform.records.models import visible_to
from keepwell.platform.tree.models import Ancestry, Headcount, Unit, on


@act(Level.DECIDE, label=_("Move"), offered=lambda unit: unit.parent_id is not None and unit.retired_at is None,
     explains=_("From that day the unit and all below it count with the new one; earlier figures stay as they were."))  # fmt: skip
def move(unit: Unit, *, by: Person, to: Unit, on: date, reason: str) -> None:
    """Let a unit lie under another one from a day on; both ends need the right."""
    require(by, "organization", Level.DECIDE, to)
    if on > moments.today(unit.time_zone):
        raise Refused(_t("The day lies ahead; record the move when it has come."))
    if unit.parent_id == to.pk:
        raise Refused(_t("%(unit)s lies under %(to)s already.") % {"unit": unit, "to": to})
    unit.parent = to
    unit.save(since=on)


@act(Level.DECIDE, label=_("Close"), offered=lambda unit: unit.active_until is None and unit.parent_id is not None,
     explains=_("After that day the unit is counted no more; what it did until then stays."))  # fmt: skip
def close(unit: Unit, *, by: Person, on: date, reason: str) -> None:
    """Record the last day of a unit."""
    open_below = Unit.objects.below(unit).active(on).exclude(pk=unit.pk).filter(active_until__isnull=True).count()
    if open_below:
        raise Refused(_t("%(count)d units under it are still open; close or move them first.") % {"count": open_below})
    unit.active_until = on
    unit.save()


@act(Level.EDIT, label=_("Count heads"),
     explains=_("The number holds from that day where no people are recorded for the unit."))  # fmt: skip
def count_heads(unit: Unit, *, by: Person, people: int, since: date) -> None:
    """Keep how many people a unit has, where people are not recorded one by one."""
    if people < 0:
        raise Refused(_t("A headcount is zero or more."))
    kept = Headcount.objects.filter(unit=unit, since=since).first() or Headcount(unit=unit, since=since)
    kept.people = people
    kept.save()


@act(Level.EDIT, label=_("Transfer"), offered=lambda person: person.employed_until is None,
     explains=_("From that day the person counts with the new unit; the earlier posting stays."))  # fmt: skip
def transfer(person: Person, *, by: Person, to: Unit, on: date, reason: str) -> None:
    """Let somebody work in another unit from a day on; both ends need the right."""
    require(by, "people", Level.EDIT, to)
    if on <= person.unit_since:
        raise Refused(_t("%(person)s is in the present unit since %(day)s; a transfer comes after that.") % {
            "person": person, "day": person.unit_since.isoformat()})  # fmt: skip
    person.unit, person.unit_since = to, on
    person.save()


@act(Level.EDIT, label=_("End employment"), offered=lambda person: person.employed_until is None,
     explains=_("After that day the person is counted no more; rights and account end by themselves when they are ended."))  # fmt: skip
def end_employment(person: Person, *, by: Person, on: date, reason: str) -> None:
    """Record somebody's last day."""
    person.employed_until = on
    person.save()


def facts(unit: Unit, day: date) -> str:
    """What a unit is made of on a day, as "6 companies, 25 sites in 8 countries, 92,140 people"."""
    below = Unit.objects.below(unit, day).active(day)
    companies = below.filter(kind=Unit.Kind.COMPANY).exclude(pk=unit.pk).count()
    sites = below.sites().exclude(pk=unit.pk)
    countries = sites.values("country").distinct().count()
    people = heads(unit, day)
    parts = []
    if companies:
        parts.append(ngettext("%(n)s company", "%(n)s companies", companies) % {"n": number(companies)})
    if count := sites.count():
        parts.append(ngettext("%(n)s site in %(c)s", "%(n)s sites in %(c)s", count) % {
            "n": number(count), "c": ngettext("%(n)s country", "%(n)s countries", countries) % {"n": number(countries)}})  # fmt: skip
    parts.append(ngettext("%(n)s person", "%(n)s people", people) % {"n": number(people)})
    return _t(", ").join(parts)


def heads(unit: Unit, day: date) -> int:
    """How many people are employed at a unit and below it on a day."""
    return Posting.objects.filter(on(day), person__kind=Person.Kind.EMPLOYEE, unit__in=Unit.objects.below(unit, day)).count()


@dataclass
class Branch:
    """A unit of the chart: what is below it, and how many people are employed there and below."""

    unit: Unit
    people: int = 0
    below: list[Branch] = field(default_factory=list)


SHOWN = (Unit.Kind.GROUP, Unit.Kind.COMPANY, Unit.Kind.SITE)


def branch(unit: Unit, day: date, person: Person) -> Branch:
    """`unit` and the companies and sites below it on `day`, as far as `person` may see them, with their people."""
    rows = Ancestry.objects.filter(on(day), depth=1).values_list("descendant_id", "ancestor_id")
    parents = dict(rows)
    seen = visible_to(Unit.objects.below(unit, day).active(day).filter(kind__in=SHOWN), person)
    found = {u.pk: Branch(u) for u in seen.order_by("code")}
    top = found.setdefault(unit.pk, Branch(unit))
    employed = Posting.objects.filter(on(day), person__kind=Person.Kind.EMPLOYEE).values("unit").annotate(n=Count("pk")).values_list("unit", "n")
    for at, count in employed:
        while at is not None:
            if at in found:
                found[at].people += count
            at = parents.get(at)
    for pk, one in found.items():
        if pk != unit.pk:
            _nearest(parents, found, pk, top).below.append(one)
    return top


def _nearest(parents: dict[UUID, UUID], found: dict[UUID, Branch], pk: UUID, top: Branch) -> Branch:
    """The branch shown nearest above a unit."""
    above = parents.get(pk)
    while above is not None and above not in found:
        above = parents.get(above)
    return found[above] if above is not None else top


@dataclass(frozen=True)
class Box:
    """A drawn unit, in units of the drawing."""

    branch: Branch
    x: int
    y: int
    kind: str


@dataclass(frozen=True)
class Drawing:
    """The chart: boxes and the lines between them, and its size."""

    boxes: list[Box]
    lines: list[str]
    width: int
    height: int


BOX_WIDTH, BOX_HEIGHT, GAP, STEP = 188, 44, 12, 54


def drawn(top: Branch) -> Drawing:
    """Companies side by side, the sites of each below it."""
    columns = top.below or [top]
    width = len(columns) * (BOX_WIDTH + GAP) - GAP
    boxes = [Box(top, (width - BOX_WIDTH) // 2, 0, "group")]
    lines: list[str] = []
    middle = width // 2
    for number_, column in enumerate(top.below):
        x, y = number_ * (BOX_WIDTH + GAP), BOX_HEIGHT + 32
        boxes.append(Box(column, x, y, "company"))
        lines.append(f"M{middle} {BOX_HEIGHT}V{BOX_HEIGHT + 16}H{x + BOX_WIDTH // 2}V{y}")
        for row, site in enumerate(column.below):
            below = y + STEP + row * (BOX_HEIGHT + 8)
            boxes.append(Box(site, x + 16, below, "site"))
            lines.append(f"M{x + 8} {y + BOX_HEIGHT}V{below + BOX_HEIGHT // 2}H{x + 16}")
    return Drawing(boxes, lines, width, max(box.y for box in boxes) + BOX_HEIGHT)
