"""Splitting an incident: what is another matter goes to an incident of its own, or back to one that was merged by
mistake. Nothing of what was there is lost, and no clock is dropped by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Clock, Incident, IncidentLink, IncidentTask, NamedPerson, kinds
from keepwell.areas.incidents.models.incidents import TLP_ORDER
from keepwell.areas.incidents.rules import clocks, duty, merging, parts, tasks
from keepwell.areas.incidents.rules.belonging import gone_along, reports_ever_of
from keepwell.areas.incidents.rules.implicating import keep_out_alike
from keepwell.areas.incidents.rules.leading import led_by_who_knows
from keepwell.areas.incidents.rules.links import called
from keepwell.areas.incidents.rules.parts import Parts
from keepwell.areas.incidents.rules.timeline import note
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act, never
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import may, require
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import may_on
from keepwell.platform.tree.models import Ancestry, Unit

AREA = "incidents"
SPLIT_OFF = gettext_noop(
    "Split off to %(other)s: %(parts)s. Clocks that run here go on until their own end; %(other)s is classified anew and "
    "has its own."
)
SPLIT_FROM = gettext_noop(
    "Split off from %(other)s with %(parts)s. The site is taken as aware since %(since)s, when the first of it was known "
    "here; classify it, for its clocks follow from its own facts."
)
APART = gettext_noop("The merge of %(other)s was undone: it goes on by itself, with %(parts)s.")
BACK = gettext_noop("Taken apart from %(other)s again, with %(parts)s; its clocks are reckoned anew.")
STAYS = gettext_noop(
    "%(site)s stays touched here too: only their own end ends the clocks that run for it (%(count)s)."
)
Kind = IncidentLink.Kind


def is_open(incident: Incident) -> bool:
    return incident.is_open


@act(
    Level.EDIT,
    leads=True,
    label=_("Split"),
    offered=is_open,
    shown=never,
    explains=_(
        "What you choose goes to a new incident with a number of its own, linked to this one. Entries of the timeline "
        "stay readable here too; running clocks go on here."
    ),
)
def split(
    incident: Incident, given: Mapping[str, Sequence[str]], *, by: Person, title: str, reason: str, at: str = "",
    kind: str = "undetermined",
) -> Incident:  # fmt: skip
    """Let the parts of the incident called by `given` (keys by kind) go to a new one at the unit called `at` (empty: the
    same), for `reason`; returns it. It is kept from whom this one is kept from, and its level is still to be given."""
    unit = _unit(incident, at, by)
    _require(title, gettext("Give the new incident a title."))
    _require(reason, gettext("Say why it is another matter."))
    if kind not in kinds():
        raise Refused(gettext("There is no type of incident called “%(kind)s”.") % {"kind": kind[:40]})
    going = parts.chosen(incident, given, by=by)
    if not going:
        raise Refused(gettext("Choose at least one part that goes."))
    other = _begun(incident, going, unit=unit, title=title.strip()[:160], kind=kind)
    parts.move(going, incident, other, by=by)
    staying = _part_from(incident, going)
    # What goes was written by who had read the reports that stay.
    known = [str(key) for key in reports_ever_of(incident).order_by("pk").values_list("pk", flat=True)]
    made = IncidentLink(
        first=other, second=incident, kind=Kind.SPLIT, reason=reason.strip()[:300], person=by,
        moved={"split": True, "once": known} | going.keys(),
    )  # fmt: skip
    made.save()
    since = f"{other.awareness.astimezone(ZoneInfo(unit.time_zone)):%Y-%m-%d %H:%M}"
    _tell(SPLIT_OFF, incident, other, going, by, reason)
    _tell(SPLIT_FROM, other, incident, going, by, reason, since=since)
    _tell_staying(incident, staying, by)
    _in_line(incident, other)
    return other


@act(
    Level.EDIT,
    leads=True,
    label=_("Undo a merge"),
    offered=is_open,
    shown=never,
    explains=_(
        "The incident that was merged into this one goes on by itself again, under its own number, with what you choose; "
        "its tasks that the merge ended are open again."
    ),
)
def take_apart(
    incident: Incident, given: Mapping[str, Sequence[str]], *, by: Person, number: str, reason: str
) -> Incident:
    """Undo that the incident called `number` was merged into this one: the parts called by `given` go to it; returns it.
    If this one is for named people alone, so is that one from now on; if that one was before, its own list stands, and
    nothing goes there that was marked narrower since and that somebody on it must not know."""
    _require(reason, gettext("Say why they are not the same after all."))
    link = merged_into(incident, by).filter(first__number=number.strip().upper()[:20]).first()
    if link is None:
        raise Refused(
            gettext(
                "No incident that you may change and that was merged into %(incident)s has the number “%(number)s”."
            )
            % {"incident": incident, "number": number[:40]}
        )
    going, other = parts.chosen(incident, given, by=by), link.first
    merging.require_marks_kept(incident, other, going.marks_besides(link.moved))
    merging.undo(link, incident, other, by=by)
    other.retired_at, other.retired_reason = None, ""
    other.tlp = max(other.tlp, incident.tlp, key=TLP_ORDER.index)
    is_kept_anew = incident.is_restricted and not other.is_restricted
    other.is_restricted = other.is_restricted or incident.is_restricted
    sites = [one for one in going.sites if one != other.unit]
    systems, units = _with(other.systems.all(), going.systems), _with(other.affected_units.all(), sites)
    other.save(links={"systems": systems, "affected_units": units})
    if is_kept_anew:
        _name_the_same(incident, other)
    keep_out_alike(incident, other)
    led_by_who_knows(other, by=by)
    _open_again(link, other)
    parts.move(going, incident, other, by=by)
    staying = _part_from(incident, going)
    link.kind, link.reason, link.person, link.at = Kind.RELATED, reason.strip()[:300], by, moments.now()
    link.moved = {"split": True, "once": gone_along(link)} | going.keys()
    link.save()
    _tell(APART, incident, other, going, by, reason)
    _tell(BACK, other, incident, going, by, reason)
    _tell_staying(incident, staying, by)
    _in_line(incident, other)
    return other


def merged_into(incident: Incident, by: Person) -> Any:  # Any: a QuerySet of links with the words of records
    """The merges into `incident` that `by` may undo: they may work on what was merged too."""
    mine = Incident.objects.visible_to(by, Level.EDIT).filter(retired_at__isnull=False)
    rows = IncidentLink.objects.current().filter(second=incident, kind=Kind.MERGED, first__in=mine)
    return rows.select_related("first__unit").order_by("at", "pk")


def units_for(incident: Incident, by: Person) -> list[Unit]:
    """Where what is split off may lie: the incident's own unit, and those it touches, as far as `by` may work there."""
    touched = incident.affected_units.exclude(pk=incident.unit_id).order_by("code")
    return [incident.unit, *(unit for unit in touched if may(by, AREA, Level.EDIT, unit))]


def _unit(incident: Incident, code: str, by: Person) -> Unit:
    if not code.strip() or code.strip().upper() == incident.unit.code:
        return incident.unit
    found = incident.affected_units.filter(code=code.strip().upper()[:40]).first()
    if found is None:
        raise Refused(
            gettext("“%(code)s” is no unit that %(incident)s touches; name its own or one of those touched.")
            % {"code": code[:40], "incident": incident}
        )
    require(by, AREA, Level.EDIT, found)
    return found


def _require(text: str, wrong: str) -> None:
    if not text.strip():
        raise Refused(wrong)


def _begun(incident: Incident, going: Parts, *, unit: Unit, title: str, kind: str) -> Incident:
    """The new incident: aware since the first of its parts was known, taken up if the old one was, and for the same
    people alone."""
    since = parts.known_since(going, incident)
    taken_up = incident.acknowledged_at and max(incident.acknowledged_at, since)
    lead = incident.lead if taken_up else None
    other = Incident(
        title=title, unit=unit, kind=kind, tlp=incident.tlp, is_restricted=incident.is_restricted, reported_at=since,
        aware_at=since, acknowledged_at=taken_up, lead=lead,
    )  # fmt: skip
    if lead is not None and not may_on(lead, AREA, Level.EDIT, other):
        other.lead, other.acknowledged_at = None, None
    sites = [one for one in going.sites if one.pk != unit.pk]
    links: dict[str, list[Any]] = {"systems": going.systems, "affected_units": sites}
    other.save(links=links)
    _name_the_same(incident, other)
    keep_out_alike(incident, other)
    return other


def _name_the_same(incident: Incident, other: Incident) -> None:
    """Let those know `other` who know `incident`, as long as they do, by the same reason."""
    there = set(other.named.in_force().values_list("person", flat=True))
    for one in (
        incident.named.in_force().exclude(person__in=there).select_related("person", "by").order_by("since")
    ):
        NamedPerson(
            incident=other, person=one.person, by=one.by, reason=one.reason, until=one.until,
            is_break_glass=one.is_break_glass,
        ).save()  # fmt: skip


def _open_again(link: IncidentLink, other: Incident) -> None:
    """Open the tasks that the merge ended."""
    rows = IncidentTask.objects.current().filter(
        incident=other, pk__in=link.moved.get("ended", ()), state=IncidentTask.State.NOT_NEEDED
    )
    for task in rows.select_related("person"):
        task.incident = other
        tasks.open_again(task)


def _part_from(incident: Incident, going: Parts) -> dict[str, int]:
    """Take the systems and sites that went out of `incident`. A site for which a clock runs here alone stays, for the
    clock would end with it; returns those, by code, with how many run."""
    staying = _bound_by(incident, going.sites)
    leaving = {one.pk for one in going.sites if one.code not in staying}
    links: dict[str, list[Any]] = {}
    if going.systems:
        links["systems"] = list(incident.systems.exclude(pk__in=[one.pk for one in going.systems]))
    if leaving:
        links["affected_units"] = list(incident.affected_units.exclude(pk__in=leaving))
    if links:
        incident.save(links=links)
    return staying


def _bound_by(incident: Incident, sites: Sequence[Unit]) -> dict[str, int]:
    """Of `sites`, those for which clocks run that nothing else the incident touches would keep, by code."""
    if not sites:
        return {}
    leaving = [one.pk for one in sites]
    rest = [incident.unit_id, *incident.affected_units.exclude(pk__in=leaving).values_list("pk", flat=True)]
    now = Ancestry.objects.filter(until__isnull=True)
    kept = now.filter(descendant__in=rest).values("ancestor")
    running = Clock.objects.binding().filter(
        incident=incident, state__in=(Clock.State.RUNNING, Clock.State.WAITING)
    )
    units = list(running.exclude(unit__in=kept).values_list("unit", flat=True))
    above = now.filter(descendant__in=leaving, ancestor__in=units).values_list("descendant__code", "ancestor")
    found: dict[str, int] = {}
    for code, unit in above:
        found[code] = found.get(code, 0) + units.count(unit)
    return found


def _tell(
    says: str, incident: Incident, other: Incident, going: Parts, by: Person, reason: str, **facts: str
) -> None:
    """Enter in the timeline of `incident` what went, and why, as somebody decided."""
    told: dict[str, Any] = going.counted() | facts
    note(incident, says, verb="split", by=by, kind="decision", reason=reason, other=called(other), **told)


def _tell_staying(incident: Incident, staying: Mapping[str, int], by: Person) -> None:
    for site, count in sorted(staying.items()):
        note(incident, STAYS, verb="split", by=by, site=site, count=count)


def _with(there: Iterable[Any], more: Iterable[Any]) -> list[Any]:
    """Records without doubles."""
    return list({one.pk: one for one in (*there, *more)}.values())


def _in_line(incident: Incident, other: Incident) -> None:
    """Reckon the clocks of both anew, and when tasks are due; call who is on duty if nobody has taken the other up."""
    tasks.follow(other)
    clocks.recompute(Incident.objects.filter(pk__in=[incident.pk, other.pk]))
    duty.escalate(other)
