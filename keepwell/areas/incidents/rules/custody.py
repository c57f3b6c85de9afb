"""What the custody of evidence tells in the timeline of each incident that the piece proves something about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_noop

from keepwell.areas.incidents.models import Incident, TimelineEntry
from keepwell.areas.incidents.models.incidents import TLP_ORDER
from keepwell.areas.incidents.rules.timeline import note
from keepwell.platform.evidence.models import CustodyEntry, Link
from keepwell.platform.history.acting import current_act
from keepwell.platform.history.following import follows
from keepwell.platform.people.models import Person

Deed = CustodyEntry.Deed
DEEDS = {
    Deed.TAKEN: gettext_noop("Evidence %(piece)s was taken into custody by %(holder)s."),
    Deed.HANDED: gettext_noop("Evidence %(piece)s was handed over to %(holder)s."),
    Deed.RETURNED: gettext_noop("Evidence %(piece)s was returned to %(holder)s."),
    Deed.DESTROYED: gettext_noop("Evidence %(piece)s was destroyed by %(holder)s."),
}  # fmt: skip
CORRECTED = gettext_noop("The custody log of evidence %(piece)s was corrected: row %(number)s.")
DIFFERS = gettext_noop(
    "The SHA-256 of evidence %(piece)s differs from what it was: see row %(number)s of its custody log."
)
UNREAD = gettext_noop(
    "The bytes of evidence %(piece)s cannot be read any more: see row %(number)s of its custody log."
)
BROKEN = {CustodyEntry.Wholeness.DIFFERS: DIFFERS, CustodyEntry.Wholeness.UNREAD: UNREAD}


@follows
class Teller:
    """The follower that tells of custody where it matters."""

    def one(self, record: Any, names: Collection[str]) -> None:
        if isinstance(record, CustodyEntry):
            tell(record, is_new="number" in names)

    def many(self, records: Sequence[Any], names: Collection[str]) -> None:
        """Custody is never written in bulk."""


def tell(entry: CustodyEntry, *, is_new: bool) -> None:
    """Enter a row of a log, and what its reading found, in the timelines of the incidents; inside the act."""
    by = current_act().by
    told = {"piece": entry.piece.reference, "holder": entry.held_by, "number": entry.number}
    says = [CORRECTED if entry.corrects_id else DEEDS[Deed(entry.deed)]] if is_new else []
    if not entry.corrects_id and entry.wholeness in BROKEN:
        says.append(BROKEN[CustodyEntry.Wholeness(entry.wholeness)])
    for incident, tlp in incidents_of(entry):
        for sentence in says:
            note(
                incident, sentence, verb="custody-broken" if sentence in BROKEN.values() else "custody",
                by=by if isinstance(by, Person) else None, kind=TimelineEntry.Kind.EVIDENCE, at=entry.at, tlp=tlp, **told,
            )  # fmt: skip


def incidents_of(entry: CustodyEntry) -> Iterable[tuple[Incident, str]]:
    """The incidents that its piece proves something about, each with the mark of the link; of several the widest, for
    whoever knows of that one may know the piece and the incident, and reads its log."""
    marks: dict[UUID, list[str]] = defaultdict(list)
    links = Link.objects.current().filter(piece=entry.piece_id, kind=Incident.type_name())
    for key, tlp in links.values_list("record_id", "tlp"):
        marks[key].append(tlp)
    rows = Incident.objects.current().filter(pk__in=marks).select_related("unit").order_by("pk")
    return [(one, min(marks[one.pk], key=lambda tlp: TLP_ORDER.index(tlp or one.tlp))) for one in rows]
