"""Incidents that belong together: suggested by indicators they share, or by site, type and days; linked, or merged, with
rights on both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Incident, IncidentLink
from keepwell.areas.incidents.rules.belonging import gone_along
from keepwell.areas.incidents.rules.recognizing import sharing
from keepwell.areas.incidents.rules.timeline import is_there, note
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act, never
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level

NEAR = timedelta(days=14)
MOST_SIMILAR = 5
LINKED = gettext_noop("Linked with %(other)s.")
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
    other = another(incident, by, number)
    made = linked(incident, other, Kind.RELATED, by, reason)
    note(incident, LINKED, verb="link", by=by, source=reason, other=called(other))
    note(other, LINKED, verb="link", by=by, source=reason, other=called(incident))
    return made


def called(incident: Incident) -> str:
    """What the other side's timeline calls it: of what named people alone know, not even the number."""
    return "…" if incident.is_restricted else incident.number


def more_know(one: Incident, *, than: Incident) -> bool:
    """Whether some people may know `one` whom the need to know keeps from the incident `than`."""
    if one.is_restricted:
        return False
    return than.is_restricted or (than.tlp == Incident.Tlp.STRICT != one.tlp)


def another(incident: Incident, by: Person, number: str) -> Incident:
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


def linked(incident: Incident, other: Incident, kind: str, by: Person, reason: str) -> IncidentLink:
    """The link by which the two belong together from now on; refused where they are linked so already."""
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
    made.moved = {"once": keys} if (keys := gone_along(made)) else {}
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
