"""Incidents that belong together: suggested by indicators they share, or by site, type and days; linked, or merged, with
rights on both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Incident, IncidentLink, IncidentTask
from keepwell.areas.incidents.rules.duty import over
from keepwell.areas.incidents.rules.indicators import carry_over
from keepwell.areas.incidents.rules.recognizing import sharing
from keepwell.areas.incidents.rules.timeline import is_there, never, note
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.todos.owing import settled

NEAR = timedelta(days=14)
MOST_SIMILAR = 5
LINKED = gettext_noop("Linked with %(other)s.")
MERGED = gettext_noop("Merged into %(other)s; work goes on there.")
TOOK_IN = gettext_noop(
    "%(other)s was merged into this incident: its reports are here, its own timeline stays there."
)
Kind = IncidentLink.Kind


@act(
    Level.EDIT,
    label=_("Link with another incident"),
    offered=is_there,
    shown=never,
    explains=_("Each shows the other to whoever may see both."),
)
def link(incident: Incident, *, by: Person, number: str, reason: str = "") -> IncidentLink:
    """Say that the incident belongs together with the one called `number`."""
    other = _other(incident, by, number)
    made = _linked(incident, other, Kind.RELATED, by, reason)
    note(incident, LINKED, verb="link", by=by, source=reason, other=called(other))
    note(other, LINKED, verb="link", by=by, source=reason, other=called(incident))
    return made


@act(
    Level.EDIT,
    leads=True,
    label=_("Merge into another incident"),
    offered=lambda incident: incident.is_open,
    shown=never,
    explains=_(
        "Its reports and indicators go to the other one, its open tasks end, and it leaves every list; its timeline and "
        "history stay."
    ),
)
def merge(incident: Incident, *, by: Person, number: str, reason: str) -> Incident:
    """The incident is the same as the one called `number`, which goes on alone; returns that one."""
    other = _other(incident, by, number)
    if not other.is_open:
        raise Refused(gettext("%(other)s is closed; merge into one that is open.") % {"other": other})
    if not reason.strip():
        raise Refused(gettext("Say why they are the same."))
    made = _linked(incident, other, Kind.MERGED, by, reason)
    moved: dict[str, list[str]] = {"reports": [], "ended": []}
    for report in incident.reports.all():
        report.incident = other
        report.save()
        moved["reports"].append(str(report.pk))
    for task in IncidentTask.objects.open().filter(incident=incident):
        task.state, task.done_at, task.done_by = IncidentTask.State.NOT_NEEDED, moments.now(), by
        task.outcome = gettext("Merged into %(other)s.") % {"other": called(other)}
        task.save()
        settled(task)
        moved["ended"].append(str(task.pk))
    moved["indicators"] = [str(one.pk) for one in carry_over(incident, other, by=by)]
    made.moved = moved
    made.save()
    note(incident, MERGED, verb="merge", by=by, kind="decision", reason=reason, other=called(other))
    note(other, TOOK_IN, verb="merge", by=by, source=reason, other=called(incident))
    over(incident)
    incident.retired_at = moments.now()
    incident.retired_reason = (
        gettext("Merged into %(other)s: %(reason)s") % {"other": other, "reason": reason}
    )[:300]
    incident.save()
    return other


def called(incident: Incident) -> str:
    """What the other side's timeline calls it: of what named people alone know, not even the number."""
    return "…" if incident.is_restricted else incident.number


def _other(incident: Incident, by: Person, number: str) -> Incident:
    """The incident called `number`, on which `by` may work too."""
    rows = (
        Incident.objects.current().visible_to(by, Level.EDIT).exclude(pk=incident.pk).select_related("unit")
    )
    other = rows.filter(number=number.strip().upper()).first()
    if other is None:
        raise Refused(
            gettext("No other incident that you may change has the number “%(number)s”.")
            % {"number": number[:40]}
        )
    return other


def _linked(incident: Incident, other: Incident, kind: str, by: Person, reason: str) -> IncidentLink:
    both = Q(first=incident, second=other) | Q(first=other, second=incident)
    there = IncidentLink.objects.current().filter(both).first()
    if there is not None and (kind == Kind.RELATED or there.kind == Kind.MERGED):
        raise Refused(
            gettext("%(one)s and %(other)s are linked already.") % {"one": incident, "other": other}
        )
    made = (
        there
        if there is not None and there.first_id == incident.pk
        else IncidentLink(first=incident, second=other)
    )
    made.kind, made.person, made.reason, made.at = kind, by, reason.strip()[:300], moments.now()
    made.moved = {}
    made.save()
    return made


@dataclass(frozen=True)
class Kin:
    """Another incident, and why it is shown: linked, merged, or alike."""

    incident: Incident
    says: str
    is_linked: bool


def kin(incident: Incident, person: Person) -> list[Kin]:
    """What belongs together with it, and open incidents that are like it, as far as `person` may see them."""
    links = list(IncidentLink.objects.current().filter(Q(first=incident) | Q(second=incident)))
    kinds = {one.second_id if one.first_id == incident.pk else one.first_id: one for one in links}
    seen = {
        one.pk: one
        for one in Incident.objects.visible_to(person).filter(pk__in=list(kinds)).select_related("unit")
    }
    found = [Kin(seen[pk], _told(one, incident), is_linked=True) for pk, one in kinds.items() if pk in seen]
    found += [
        Kin(one, _shared(many), is_linked=False)
        for one, many in sorted(sharing(incident, person).items(), key=lambda pair: -pair[1])
        if one.pk not in kinds
    ][:MOST_SIMILAR]
    known = [incident.pk, *kinds, *(one.incident.pk for one in found)]
    near = Incident.objects.open().visible_to(person).exclude(pk__in=known).filter(
        Q(unit=incident.unit_id) | (Q(kind=incident.kind) & ~Q(kind="undetermined")),
        reported_at__range=(incident.reported_at - NEAR, incident.reported_at + NEAR),
    )  # fmt: skip
    rows = near.select_related("unit").order_by("-reported_at", "pk")[:MOST_SIMILAR]
    return found + [Kin(one, _alike(one, incident), is_linked=False) for one in rows]


def _told(one: IncidentLink, incident: Incident) -> str:
    if one.kind == Kind.RELATED:
        return gettext("related")
    if one.kind == Kind.SPLIT:
        return (
            gettext("this one was split off from it")
            if one.first_id == incident.pk
            else gettext("split off from this one")
        )
    return gettext("merged into it") if one.first_id == incident.pk else gettext("merged into this one")


def _shared(many: int) -> str:
    return ngettext("%(count)d indicator in common", "%(count)d indicators in common", many) % {"count": many}


def _alike(other: Incident, incident: Incident) -> str:
    """In what it is like the incident."""
    same_site, same_kind = other.unit_id == incident.unit_id, other.kind == incident.kind
    if same_site and same_kind:
        return gettext("same site and type")
    return gettext("same site") if same_site else gettext("same type")
