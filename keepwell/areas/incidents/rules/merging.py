"""Merging an incident into another one: that one goes on alone, with all that both had and every clock of both."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import (
    ExposureAnswer,
    Incident,
    IncidentEvent,
    IncidentLink,
    IncidentNotice,
    IncidentTask,
)
from keepwell.areas.incidents.models.incidents import TLP_ORDER
from keepwell.areas.incidents.rules import exposure, going_on
from keepwell.areas.incidents.rules.duty import over
from keepwell.areas.incidents.rules.implicating import keep_out_alike
from keepwell.areas.incidents.rules.leading import led_by_who_knows
from keepwell.areas.incidents.rules.links import another, called, linked, more_know
from keepwell.areas.incidents.rules.proving import carry_unseen, links_of, take_back_unseen
from keepwell.areas.incidents.rules.timeline import note, require_readable
from keepwell.areas.incidents.rules.uniting import part, unite
from keepwell.platform.acts.act import Refused, act, never
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import visible_to

MERGED = gettext_noop("Merged into %(other)s; work goes on there.")
TOOK_IN = gettext_noop(
    "%(other)s was merged into this incident: its reports are here, its own timeline stays there."
)


@act(
    Level.EDIT,
    leads=True,
    label=_("Merge into another incident"),
    offered=lambda incident: incident.is_open,
    shown=never,
    explains=_(
        "The other one takes over its sites, awareness, events, facts, reports, indicators, evidence, open tasks and "
        "questions, and each of its clocks goes on there with its notices. It leaves every list; its timeline and history "
        "stay."
    ),
)
def merge(incident: Incident, *, by: Person, number: str, reason: str) -> Incident:
    """The incident is the same as the one called `number`, which goes on alone; returns that one.

    Refused where somebody would come to know by it what is kept from them."""
    other = another(incident, by, number)
    if not other.is_open:
        raise Refused(gettext("%(other)s is closed; merge into one that is open.") % {"other": other})
    if not reason.strip():
        raise Refused(gettext("Say why they are the same."))
    _require_kept(incident, other, by)
    made = linked(incident, other, IncidentLink.Kind.MERGED, by, reason)
    note(other, TOOK_IN, verb="merge", by=by, source=reason, other=called(incident))
    moved = unite(incident, other, by=by)
    carry_unseen(incident, other, by=by, stays=cache(lambda tlp: bool(_strangers(incident, other, {tlp}))))
    keep_out_alike(incident, other)
    led_by_who_knows(other, by=by)
    handed, left = going_on.hand_on(incident, other, by=by)
    made.moved |= moved | handed
    made.save()
    note(incident, MERGED, verb="merge", by=by, kind="decision", reason=reason, other=called(other))
    over(incident)
    exposure.let_off(incident, by=by)
    why = gettext("Merged into %(other)s: %(reason)s") % {"other": called(other), "reason": reason}
    incident.retire(why)
    incident.save()
    going_on.abandon(left, incident, other, by=by)
    return other


def _require_kept(incident: Incident, other: Incident, by: Person) -> None:
    """Refuse where anybody who knows `other`, or is named for it, must not know all that goes there, and where `by`
    could not read it there any more."""
    if more_know(other, than=incident):
        raise Refused(
            gettext("More people know %(other)s than %(one)s: restrict or mark it alike first.")
            % {"other": other, "one": incident}
        )
    marks = _marks(incident, by)
    for tlp in sorted(marks | {other.tlp}, key=TLP_ORDER.index):
        require_readable(other, tlp, by=by)
    _require_no_strangers(incident, other, marks)


def require_marks_kept(incident: Incident, other: Incident, marks: set[str]) -> None:
    """Refuse that parts of `incident` with these marks go to `other`, where somebody named there must not read them."""
    if marks & {Incident.Tlp.STRICT, Incident.Tlp.RED}:
        _require_no_strangers(incident, other, marks)


def _require_no_strangers(incident: Incident, other: Incident, marks: set[str]) -> None:
    if names := _strangers(incident, other, marks):
        raise Refused(
            gettext("%(names)s may know %(other)s and not all of %(incident)s: name them there first.")
            % {"names": ", ".join(names), "other": other, "incident": incident}
        )


def _marks(incident: Incident, by: Person) -> set[str]:
    """The marks of the incident and of all that goes over with it; of its evidence, of which `by` may know: from no refusal
    shall follow that there is more."""
    rows = (
        IncidentTask.objects.open().filter(incident=incident),
        IncidentNotice.objects.current().filter(clock__incident=incident),
        incident.indicators.current(),
        incident.reports.current(),
        incident.exposure_answers.current(),
        visible_to(links_of(incident), by),
    )
    found = {incident.tlp} | {mark for one in rows for mark in one.values_list("tlp", flat=True)}
    return found & set(TLP_ORDER)


def _strangers(incident: Incident, other: Incident, marks: set[str]) -> list[str]:
    """Who is named for `other` and not, or not as long, for `incident`, of which something is kept from them."""
    known = {one.person_id: one.until for one in incident.named.in_force().order_by("until")}
    known |= dict.fromkeys(
        incident.named.in_force().filter(until__isnull=True).values_list("person", flat=True)
    )
    is_narrow = incident.is_restricted or Incident.Tlp.RED in marks
    return [
        str(one.person)
        for one in other.named.in_force().select_related("person").order_by("person__name", "pk")
        if (is_narrow or Incident.Tlp.STRICT in marks and one.person.kind == Person.Kind.EXTERNAL)
        and (one.person_id not in known or _is_longer(one.until, known[one.person_id]))
    ]


def _is_longer(until: datetime | None, known: datetime | None) -> bool:
    """Whether `until` lies after `known`; None has no end."""
    return known is not None and (until is None or until > known)


def undo(link: IncidentLink, incident: Incident, other: Incident, *, by: Person) -> None:
    """Let `other`, which was merged into `incident` by `link`, have its clocks, notices and questions again, and take out
    of `incident` the events and moments that came with it; inside an act. What is known of both stays known here."""
    exposure.ask_again(other)
    going_on.give_back(link.moved, other)
    for one in ExposureAnswer.objects.filter(pk__in=link.moved.get("asked", ()), incident=incident):
        one.incident = other
        one.save()
    for event in IncidentEvent.objects.current().filter(pk__in=link.moved.get("events", ())):
        event.retire(gettext("The merge of %(other)s was undone.") % {"other": called(other)})
        event.save()
    part(incident, link.moved)
    take_back_unseen(incident, other, by=by, since=link.at)
