"""Marks of evidence of an incident: who must not know that a piece proves something about it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Incident, NamedPerson
from keepwell.areas.incidents.models.marks import kept_marks
from keepwell.areas.incidents.rules.marking import AREA, narrow_told, narrower
from keepwell.areas.incidents.rules.timeline import is_there, require_readable
from keepwell.platform.acts.act import Refused, act, never
from keepwell.platform.evidence.marks import keeps_links
from keepwell.platform.evidence.models import Link
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import lacks
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import RecordQuerySet, may_on, visible_to

Tlp = Incident.Tlp


@keeps_links
def kept_links(person: Person) -> Q:
    """Links to incidents whose mark keeps them from `person`: RED where they are not named, and from outside
    AMBER+STRICT too."""
    named = NamedPerson.objects.in_force().filter(person=person).values("incident")
    of_incidents = Q(kind=Incident.type_name(), tlp__in=kept_marks(person))
    return of_incidents & ~Q(record_id__in=named)


def links_of(incident: Incident) -> RecordQuerySet:
    """What proves something about the incident, whoever may know it."""
    return Link.objects.current().filter(kind=Incident.type_name(), record_id=incident.pk)


def has_red(incident: Incident) -> bool:
    """Whether named people alone may know of some of its evidence: whoever opens that proves once more who they are."""
    return incident.tlp == Tlp.RED or links_of(incident).filter(tlp=Tlp.RED).exists()


@act(
    Level.EDIT,
    label=_("Mark its evidence"),
    offered=is_there,
    shown=never,
    beside=True,
    explains=_(
        "Who must not know that the piece proves something about this incident sees neither the link nor what the timeline "
        "tells of it, and not the piece where it proves nothing else. A wider mark needs who decides; where any of it is "
        "TLP:RED you prove once more who you are."
    ),
    proof_where=has_red,
)
def mark_evidence(incident: Incident, *, by: Person, evidence: str, tlp: Tlp, reason: str) -> None:
    """Mark the link of the piece called `evidence` (its reference, as EV-…) to the incident, and what custody told in the
    timeline. Refused where `by` sees no such link or could not see it then; PermissionDenied where it would be wider
    without the right to decide."""
    rows = visible_to(links_of(incident), by).filter(piece__reference=evidence.strip()[:40])
    link = rows.select_related("piece").first()
    if link is None:
        raise Refused(
            gettext("No evidence of %(incident)s that you may see is called “%(name)s”.")
            % {"incident": incident, "name": evidence[:40]}
        )
    stands = link.tlp or incident.tlp
    if tlp == stands:
        raise Refused(gettext("It is marked so already."))
    require_readable(incident, tlp, by=by)
    if stands in narrower(tlp) and not may_on(by, AREA, Level.DECIDE, incident):
        raise PermissionDenied(lacks(AREA, Level.DECIDE, incident.unit))
    link.tlp = tlp
    link.save()
    narrow_told(incident, Q(facts__piece=link.piece.reference), tlp)
