"""Marks of evidence of an incident: who must not know that a piece proves something about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Incident, NamedPerson
from keepwell.areas.incidents.models.incidents import TLP_ORDER
from keepwell.areas.incidents.models.marks import as_marked, kept_marks
from keepwell.areas.incidents.rules.links import called
from keepwell.areas.incidents.rules.marking import AREA, narrow_told, narrower
from keepwell.areas.incidents.rules.timeline import is_there, note, require_readable
from keepwell.platform.acts.act import Refused, act, never
from keepwell.platform.evidence import rules as evidence
from keepwell.platform.evidence import twofold
from keepwell.platform.evidence.marks import Marking, keeps_links, takes_marks
from keepwell.platform.evidence.models import Link
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import lacks
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import RecordQuerySet, may_on, visible_to

Tlp = Incident.Tlp
STAYS = gettext_noop("%(piece)s stays here: not everybody who may know %(other)s may know of it.")
LONGEST_REASON = Link._meta.get_field("reason").max_length
UNITER = Machine(gettext_noop("the merging of incidents"))


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


def carry_unseen(incident: Incident, other: Incident, *, by: Person, stays: Callable[[str], bool]) -> None:
    """Let what proves something about `incident`, and of which `by` sees nothing, prove it about `other` too, where no link
    of the same piece is marked so yet; by the platform, for who merges is told of none. Inside the act, once what they see
    has gone over.

    Where `stays` says of its mark that somebody would come to know of it there who must not, it stays with `incident`, for
    those who know of it, and the timeline tells them so."""
    there = set(links_of(other).values_list("piece", "tlp"))
    unseen = links_of(incident).exclude(pk__in=visible_to(links_of(incident), by).values("pk"))
    for one in unseen.select_related("piece__unit", "by").order_by("at", "pk"):
        if (one.piece_id, one.tlp) in there:
            continue
        if stays(one.tlp):
            note(incident, STAYS, verb="merge", by=None, tlp=one.tlp, piece=str(one.piece.reference),
                 other=called(other))  # fmt: skip
        else:
            evidence.carry(one, other, by=UNITER)


def take_back_unseen(incident: Incident, other: Incident, *, by: Person, since: datetime) -> None:
    """Let no longer prove anything about `incident` what came to it so since `since`, when `other` was merged into it,
    and `by` does not see; what a legal hold keeps stays. Inside the act that takes the two apart."""
    there = links_of(other).values("piece")
    came = links_of(incident).filter(piece__in=there, at__gte=since, piece__held_at__isnull=True)
    seen = visible_to(came, by).values("pk")
    for one in came.exclude(pk__in=seen).select_related("piece__unit").order_by("at", "pk"):
        with acting(UNITER, "link.take_back"):
            one.retire(gettext("The merge was undone."))
            one.save()


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
    links = list(rows.select_related("piece").order_by("at", "pk"))
    if not links:
        raise Refused(
            gettext("No evidence of %(incident)s that you may see is called “%(name)s”.")
            % {"incident": incident, "name": evidence[:40]}
        )
    stand = {one.tlp or incident.tlp for one in links}
    if stand == {tlp}:
        raise Refused(gettext("It is marked so already."))
    for mark in sorted(stand - {tlp}, key=TLP_ORDER.index):
        _require(incident, mark, tlp, by)
    _as_one(links, tlp)
    narrow_told(incident, Q(facts__piece=links[0].piece.reference), tlp)


def _as_one(links: Sequence[Link], tlp: str) -> None:
    """Let what links of one piece say be said by one of them, marked `tlp`."""
    first, *others = twofold.narrowest_first(links)
    for one in others:
        one.retire(gettext("What it said is said by one link with one mark."))
        one.save()
    reasons = dict.fromkeys(one.reason for one in (first, *others) if one.reason)
    first.tlp, first.reason = tlp, "; ".join(reasons)[:LONGEST_REASON]
    first.save()


def _require(incident: Incident, stands: str, tlp: str, by: Person) -> None:
    """Refuse a mark by which `by` could not read it, and, without the right to decide, one wider than that which stands."""
    require_readable(incident, tlp, by=by)
    if stands in narrower(tlp) and not may_on(by, AREA, Level.DECIDE, incident):
        raise PermissionDenied(lacks(AREA, Level.DECIDE, incident.unit))


def require_first(incident: Incident, tlp: str, by: Person) -> None:
    """Refuse the mark with which evidence comes, as for evidence that is there; what opens TLP:RED is asked by the act
    that proves who it is."""
    _require(incident, incident.tlp, tlp, by)
    if incident.tlp == Tlp.RED != tlp:
        raise Refused(
            gettext(
                "%(incident)s is TLP:RED: leave the mark empty, and open it by “Mark its evidence”, which asks who you are."
            )
            % {"incident": incident}
        )


def _as_incident(incident: Incident) -> str:
    return as_marked("", incident.tlp).word


takes_marks(Incident.type_name(), Marking(_as_incident, require_first))
