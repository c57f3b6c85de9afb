"""What an incident takes over from one that is merged into it: where, since when and whom it touches, what is known of
it, and what belongs to it. What is known here is never overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, gettext_noop

from keepwell.areas.incidents.models import (
    Clock,
    ExposureAnswer,
    Incident,
    IncidentEvent,
    IncidentTask,
    NoticeFact,
)
from keepwell.areas.incidents.models.incidents import TLP_ORDER
from keepwell.areas.incidents.models.marks import unread_marks
from keepwell.areas.incidents.models.schemes import edition_now
from keepwell.areas.incidents.rules import classifying, parts, tasks
from keepwell.areas.incidents.rules.aware import Awareness, awareness_of
from keepwell.areas.incidents.rules.indicators import carry_over
from keepwell.areas.incidents.rules.links import called, more_know
from keepwell.areas.incidents.rules.timeline import note
from keepwell.kernel.clocks.events import AWARENESS
from keepwell.kernel.severity.differing import fitting, level_by
from keepwell.platform.evidence import rules as evidence
from keepwell.platform.evidence import twofold
from keepwell.platform.evidence.models import Link
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import may_on

AREA = "incidents"
TAKEN_OVER = gettext_noop("Taken over from %(other)s: %(parts)s.")
SINCE = gettext_noop("The site is taken as aware since %(since)s, as of %(other)s.")
OF_ITSELF = gettext_noop("%(site)s counts as aware since %(since)s, for itself.")
AGAINST = gettext_noop("%(other)s knew otherwise, and what is known here stands: %(facts)s.")
ELSEWHERE = gettext_noop("%(other)s, where work goes on, knows otherwise: %(facts)s.")
GRAVER = gettext_noop("What was merged into it is S%(level)s.")
MOMENTS = ("happened_at", "detected_at", "aware_at")
TOLD = ("lines", "suppliers", "customers")
LONGEST_TOLD = 300
Moved = dict[str, Any]  # Any: keys by kind, and what stood before, as JSON keeps it


def unite(incident: Incident, other: Incident, *, by: Person) -> Moved:
    """Let `other` take over all that `incident` has, inside an act; returns what went, by which it can be undone."""
    there, against = _links(incident, other), list(_against(incident, other))
    went = parts.Parts(
        reports=list(incident.reports.all()), tasks=list(IncidentTask.objects.open().filter(incident=incident)),
        systems=there.pop("new_systems"), sites=there.pop("new_sites"),
    )  # fmt: skip
    was, since, aware = _moments(other), other.awareness, (awareness_of(incident), awareness_of(other))
    _alter(incident, other)
    other.save(links=there)
    _tasks(went.tasks, other)
    parts.hand_over(went.reports, incident, other)
    went.evidence = list(_evidence(incident, other, by))
    went.indicators = carry_over(incident, other, by=by)
    moved: Moved = went.keys() | {"was": was, "became": _moments(other)} | _known(incident, other)
    own = _aware(other, *aware)
    moved["events"] += [str(one.pk) for one in own]
    _questions(incident, other, moved)
    _classify(incident, other, by)
    told: dict[str, Any] = went.counted()  # Any: facts of the timeline
    note(other, TAKEN_OVER, verb="merge", by=by, other=called(incident), **told)
    if other.awareness < since:
        zone = ZoneInfo(other.unit.time_zone)
        note(other, SINCE, verb="merge", by=by, other=called(incident),
             since=f"{other.awareness.astimezone(zone):%Y-%m-%d %H:%M}")  # fmt: skip
    for one in own:
        _tell_own(one, by)
    if against:
        note(other, AGAINST, verb="merge", by=by, other=called(incident), facts="; ".join(against))
    if against and not more_know(incident, than=other):
        note(incident, ELSEWHERE, verb="merge", by=by, other=called(other), facts="; ".join(against))
    return moved


def part(incident: Incident, moved: Moved) -> None:
    """Give `incident` the moments that it had before `moved` came to it, where nobody has corrected them since; inside an
    act."""
    now = _moments(incident)
    for name, before in moved.get("was", {}).items():
        if now[name] == moved["became"][name]:
            setattr(incident, name, datetime.fromisoformat(before) if before else None)
    incident.save()


def _moments(incident: Incident) -> dict[str, str]:
    found = {name: getattr(incident, name) for name in MOMENTS}
    return {name: at.isoformat() if at else "" for name, at in found.items()}


def _links(incident: Incident, other: Incident) -> dict[str, list[Any]]:
    """The units, systems and customers of both, and which of them are new to `other`."""
    sites = {one.pk: one for one in other.affected_units.all()}
    new_sites = [
        one for one in (incident.unit, *incident.affected_units.order_by("code"))
        if one.pk != other.unit_id and one.pk not in sites
    ]  # fmt: skip
    systems = list(other.systems.all())
    new_systems = list(incident.systems.exclude(pk__in=[one.pk for one in systems]))
    return {
        "affected_units": [*sites.values(), *new_sites], "new_sites": new_sites,
        "systems": [*systems, *new_systems], "new_systems": new_systems,
        "customers_named": _customers(incident, other),
    }  # fmt: skip


def _customers(incident: Incident, other: Incident) -> list[Any]:
    """Those named in both. Where one named nobody, all clauses bind there: of it those for which clocks stand."""
    ours, theirs = list(other.customers_named.all()), list(incident.customers_named.all())
    if not ours:
        return []
    if not theirs:
        bound = (
            Clock.objects.binding()
            .filter(incident=incident, clause__kind="customer")
            .select_related("clause")
        )
        theirs = [one.clause for one in bound if one.clause is not None]
    return list({one.pk: one for one in (*ours, *theirs)}.values())


def _against(incident: Incident, other: Incident) -> Iterator[str]:
    """What is known of both and otherwise, as “personal_data: True, not False”."""
    facts = {one.factor: one.value for one in other.notice_facts.current()}
    theirs = {one.factor: one.value for one in incident.notice_facts.current()}
    for ours, others in ((other.factors, incident.factors), (facts, theirs)):
        for name in sorted(ours.keys() & others.keys()):
            if ours[name] != others[name]:
                yield f"{name}: {ours[name]} / {others[name]}"
    both = (other.is_material, incident.is_material)
    if None not in both and both[0] != both[1]:
        yield f"material: {both[0]} / {both[1]}"
    for one, two in ((other, incident), (incident, other)):
        if one.happened_at and two.discovery < one.happened_at:
            yield f"happened {one.happened_at:%Y-%m-%d %H:%M} UTC / detected {two.discovery:%Y-%m-%d %H:%M} UTC"


def _alter(incident: Incident, other: Incident) -> None:
    """The earlier moments, the narrower mark, what `other` has not answered, and what is told of both."""
    aware, detected = min(incident.awareness, other.awareness), min(incident.discovery, other.discovery)
    happened = min(filter(None, (incident.happened_at, other.happened_at)), default=None)
    other.aware_at = aware if aware != other.awareness else other.aware_at
    if happened is None or happened <= detected:
        other.detected_at = detected if detected != other.discovery else other.detected_at
        other.happened_at = happened
    other.tlp = max(other.tlp, incident.tlp, key=TLP_ORDER.index)
    if other.is_material is None:
        other.is_material, other.material_at = incident.is_material, incident.material_at
        other.material_by, other.material_basis = incident.material_by, incident.material_basis
    for name in TOLD:
        setattr(other, name, _both(getattr(other, name), getattr(incident, name)))


def _both(ours: str, theirs: str) -> str:
    """What both say, as far as the field holds it."""
    if not theirs or theirs in ours:
        return ours
    return (f"{ours}; {theirs}" if ours else theirs)[:LONGEST_TOLD]


def _tasks(found: list[IncidentTask], other: Incident) -> None:
    """Open tasks are owed in `other`; by its site, where who owed one may not work there, or not read it."""
    for task in found:
        person = task.person
        if person is not None and not (
            may_on(person, AREA, Level.EDIT, other) and task.tlp not in unread_marks(other, person)
        ):
            task.person = None
        tasks.pass_to(task, other)


def _evidence(incident: Incident, other: Incident, by: Person) -> Iterator[Link]:
    """Link to `other` too what proves something about `incident` and, as far as `by` sees, nothing about it yet; one link
    of each piece."""
    rows = Link.objects.current().visible_to(by).filter(kind=Incident.type_name())
    there = rows.filter(record_id=other.pk).values("piece")
    mine = rows.filter(record_id=incident.pk).exclude(piece__in=there)
    for one in twofold.once(mine, by).select_related("piece").order_by("at", "pk"):
        yield from evidence.link_again(one, f"incidents:{other.pk}", by=by)[:1]


def _known(incident: Incident, other: Incident) -> Moved:
    """Enter in `other` the events and the facts for notices that it has not; returns their keys."""
    events = {(one.kind, one.at) for one in other.events.all()}
    facts = set(other.notice_facts.values_list("factor", flat=True))
    made: dict[str, list[Any]] = {
        "events": [
            IncidentEvent(incident=other, kind=one.kind, at=one.at, note=one.note, rule=one.rule, until=one.until)
            for one in incident.events.current().order_by("at", "pk")
            if one.kind != AWARENESS and (one.kind, one.at) not in events
        ],
        "facts": [
            NoticeFact(incident=other, factor=one.factor, holds=one.holds, amount=one.amount, note=one.note)
            for one in incident.notice_facts.current().order_by("factor")
            if one.factor not in facts
        ],
    }  # fmt: skip
    for one in (*made["events"], *made["facts"]):
        one.save()
    return {kind: [str(one.pk) for one in rows] for kind, rows in made.items()}


def _aware(other: Incident, *before: Awareness) -> list[IncidentEvent]:
    """Enter in `other` for each unit that it is aware since it was by the incidents that touched it `before`, where that
    is otherwise now; returns those moments."""
    now = awareness_of(other)
    own, made = dict(now.own), []
    sites = list(dict.fromkeys(unit for one in before for unit in one.touched))
    for unit in dict.fromkeys([*sites, *(unit for one in before for unit in one.own)]):
        at = min((one.of(unit) for one in before if one.knows(unit)), default=None)
        if at is not None and replace(now, own=own).of(unit) != at:
            own[unit] = at
            made.append(_entered(IncidentEvent(incident=other, kind=AWARENESS, at=at, aware_unit_id=unit)))
    return made


def _entered(event: IncidentEvent) -> IncidentEvent:
    """The event, written; one that an undone merge took back counts again."""
    there = event.incident.events.filter(kind=event.kind, at=event.at, aware_unit=event.aware_unit_id).first()
    found: IncidentEvent = there or event
    found.retired_at, found.retired_reason = None, ""
    found.save()
    return found


def _tell_own(event: IncidentEvent, by: Person) -> None:
    """Tell since when a unit is aware for itself."""
    unit = event.aware_unit
    if unit is not None:
        since = f"{event.at.astimezone(ZoneInfo(unit.time_zone)):%Y-%m-%d %H:%M}"
        note(event.incident, OF_ITSELF, verb="merge", by=by, site=str(unit.code), since=since)


def _questions(incident: Incident, other: Incident, moved: Moved) -> None:
    """Sites that were asked answer to `other`; what they owe leads there."""
    asked = set(ExposureAnswer.objects.filter(incident=other).values_list("unit", "asked_at"))
    rows = [
        one for one in ExposureAnswer.objects.current().filter(incident=incident).order_by("asked_at", "pk")
        if (one.unit_id, one.asked_at) not in asked
    ]  # fmt: skip
    for one in rows:
        one.incident = other
        one.save()
    moved["asked"] = [str(one.pk) for one in rows]


def _classify(incident: Incident, other: Incident, by: Person) -> None:
    """Classify `other` anew where `incident` knew more or was graver; it is never lower for that."""
    rules = edition_now().rules
    facts = fitting(rules, {**incident.factors, **other.factors})
    known = fitting(rules, other.factors)
    theirs = incident.level if incident.level is not None else -1
    if facts == known and theirs <= (other.level if other.level is not None else -1):
        return
    found = level_by(rules, facts)
    decided = other.override
    level = max(decided.level if decided else found, theirs, other.level or 0)
    reason = decided.reason if decided and decided.level == level else gettext(GRAVER) % {"level": level}
    classifying.classify.rule(
        other, by=by, facts=dict(facts), level=None if level == found else level,
        reason="" if level == found else reason,
    )  # fmt: skip
