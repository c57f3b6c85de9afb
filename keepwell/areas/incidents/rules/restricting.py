"""Incidents for named people alone, and the Traffic Light Protocol (FIRST TLP 2.0): security.md R9."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Incident, NamedPerson, TimelineEntry
from keepwell.areas.incidents.models.incidents import TLP_ORDER
from keepwell.areas.incidents.models.knowing import concerning, incidents_concerning
from keepwell.areas.incidents.rules.marking import require_all_read
from keepwell.areas.incidents.rules.timeline import note
from keepwell.areas.incidents.rules.working import in_state
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.acting import acting
from keepwell.platform.history.noting import refused
from keepwell.platform.notices.telling import Message, tell
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import lacks, may, may_everywhere, units_granted
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import may_on

AREA = "incidents"
Tlp = Incident.Tlp
GLASS = timedelta(hours=24)
"""How long an emergency keeps an incident open to who broke in."""
BROKEN = gettext_noop("%(name)s opened the restricted incident %(record)s: %(reason)s")
"""What those who know it are told of a break-glass."""


RESTRICTED = gettext_noop("Restricted to named people.")
NAMED = gettext_noop("%(name)s was named to know it.")
TAKEN_OFF = gettext_noop("%(name)s was taken off the list of those who know it.")
LIFTED = gettext_noop("The restriction was lifted.")
MARKED = gettext_noop("Marked %(label)s.")
OPENED = gettext_noop("%(name)s opened it in an emergency, for 24 hours.")


def is_current(incident: Incident) -> bool:
    return incident.retired_at is None


@act(
    Level.EDIT,
    label=_("Restrict"),
    offered=lambda incident: is_current(incident) and not incident.is_restricted,
    explains=_("From now on only named people know it: you, its lead, and whom you name. Others see a bare count."),
)  # fmt: skip
def restrict(incident: Incident, *, by: Person, reason: str) -> None:
    """Keep the incident from all but named people; the lead and whoever restricts it are the first, and those are
    still named who were before. Refused for whom an entry is kept from: they would read it then."""
    require_all_read(incident, by)
    incident.is_restricted = True
    incident.save()
    named = set(incident.named.in_force().filter(until__isnull=True).values_list("person", flat=True))
    for person in dict.fromkeys((by, incident.lead or by)):
        if person.pk not in named:
            NamedPerson(incident=incident, person=person, by=by, reason=reason.strip()[:300]).save()
    note(incident, RESTRICTED, verb="restrict", by=by, reason=reason)


@act(
    Level.EDIT,
    label=_("Name a person"),
    offered=is_current,
    explains=_(
        "They know the incident from now on, and what of it is marked TLP:RED, as far as their rights go; until: empty "
        "means without end."
    ),
)
def name_person(
    incident: Incident, *, by: Person, person: Person, reason: str, until: datetime | None = None
) -> NamedPerson:
    """Let `person` know a restricted incident, and entries marked TLP:RED. Raises Refused for whom their rights would
    not let see it anyway, and where an entry is kept from `by`."""
    require_all_read(incident, by)
    if until is not None and until <= moments.now():
        raise Refused(gettext("The end must lie ahead."))
    if incident.named.in_force().filter(person=person).exists():
        raise Refused(gettext("%(name)s is named already.") % {"name": person})
    if incident.pk in concerning(person):
        raise Refused(gettext("It concerns %(name)s, who is kept out of it.") % {"name": person})
    with transaction.atomic():
        named = NamedPerson(incident=incident, person=person, by=by, reason=reason.strip()[:300], until=until)
        named.save()
        if not may_on(person, AREA, Level.VIEW, incident):
            raise Refused(
                gettext("%(name)s has no right to see it; give one at %(unit)s or on this record first.")
                % {"name": person, "unit": incident.unit}
            )
        note(incident, NAMED, verb="name_person", by=by, reason=reason, name=person.name)
    return named


@act(
    Level.EDIT,
    label=_("Take off the list"),
    offered=lambda named: named.retired_at is None and (named.until is None or named.until > moments.now()),
    explains=_("They know no more of the incident from now on; that they did stays in the history."),
)  # fmt: skip
def take_off(named: NamedPerson, *, by: Person, reason: str) -> None:
    """Let a person know no more. Raises Refused for the last who is named without end, and where an entry is kept from
    `by`."""
    require_all_read(named.incident, by)
    others = named.incident.named.in_force().filter(until__isnull=True).exclude(pk=named.pk)
    if named.until is None and not others.exists():
        raise Refused(
            gettext(
                "Somebody must know the incident without end; name another first, or lift the restriction."
            )
        )
    named.until = moments.now()
    named.save()
    note(named.incident, TAKEN_OFF, verb="take_off", by=by, reason=reason, name=named.person.name)


@act(
    Level.DECIDE,
    label=_("Lift the restriction"),
    offered=lambda incident: is_current(incident) and incident.is_restricted and incident.tlp != Tlp.RED,
    explains=_(
        "Whoever has a right at its unit knows it again, with all that was written meanwhile, but for entries marked "
        "TLP:RED, which stay with named people."
    ),
    step_up=True,
)
def lift(incident: Incident, *, by: Person, reason: str) -> None:
    """Let everybody with the right know it again."""
    incident.is_restricted = False
    incident.save()
    note(incident, LIFTED, verb="lift", by=by, reason=reason)


@act(
    Level.EDIT,
    label=_("Give it a TLP mark"),
    offered=in_state(*Incident.State.values),
    explains=_(
        "TLP 2.0: to whom what is told, every entry included, may go on. RED restricts it to named people; a wider mark "
        "needs who decides, and from RED you prove once more who you are."
    ),
    proof_where=lambda incident: incident.tlp == Tlp.RED,
)
def mark(incident: Incident, *, by: Person, tlp: Incident.Tlp, reason: str) -> None:
    """Set the TLP label. Raises PermissionDenied where it would be lowered without the right to decide."""
    if tlp == incident.tlp:
        raise Refused(gettext("It is marked so already."))
    if TLP_ORDER.index(tlp) < TLP_ORDER.index(incident.tlp) and not may(
        by, AREA, Level.DECIDE, incident.unit
    ):
        raise PermissionDenied(lacks(AREA, Level.DECIDE, incident.unit))
    incident.tlp = tlp = Tlp(tlp)
    if tlp == Tlp.RED and not incident.is_restricted:
        restrict.rule(incident, by=by, reason=reason)
    else:
        incident.save()
    note(incident, MARKED, verb="mark", by=by, reason=reason, label=str(tlp.label))


def may_break(person: Person) -> bool:
    """Whether `person` may open what they are not named for, in an emergency: who decides for the whole group."""
    return may_everywhere(person, AREA, Level.DECIDE)


def break_glass(number: str, *, by: Person, reason: str) -> Incident:
    """Open the incident called `number`, and all of its entries, to `by` for 24 hours; those who know it are told at once.

    Raises PermissionDenied for who does not decide for the whole group, Refused without a reason or where no incident
    has this number of which all or some is for named people alone, and kept from them.
    """
    if not may_break(by):
        wrong = PermissionDenied(lacks(AREA, Level.DECIDE, by.unit))
        refused(wrong, by, "incident.break_glass")
        raise wrong
    if not reason.strip():
        raise Refused(gettext("Say why it must be opened; those who know it will read the reason."))
    with transaction.atomic(), acting(by, "incident.break_glass", number=number[:20], reason=reason[:300]):
        incident = _kept_from(by).filter(number=number.replace("\x00", "").strip().upper()[:20]).first()
        if incident is None:
            raise Refused(gettext("No incident of which anything is kept from you has this number."))
        now = moments.now()
        knew = list(Person.objects.filter(pk__in=incident.named.in_force().values("person")))
        made = NamedPerson(
            incident=incident, person=by, by=by, reason=reason.strip()[:300], until=now + GLASS, is_break_glass=True,
        )  # fmt: skip
        made.save()
        note(incident, OPENED, verb="break_glass", by=by, reason=reason, name=by.name)
        told = {"name": by.name, "record": incident.number, "reason": made.reason}
        url = reverse("incidents-record", args=[incident.pk])
        tell(knew, Message("incident.broken", f"glass:{made.pk}", BROKEN, told, url=url, record=incident))
    return incident


def _kept_from(person: Person) -> QuerySet[Incident]:
    """The incidents that are kept from `person`, and those of which an entry is; none that concerns them, which nothing
    opens to them."""
    entries = TimelineEntry.objects.standing().kept_from(person)
    kept = Incident.kept_by_mark(person) | Q(pk__in=entries.values("incident"))
    return Incident.objects.filter(kept).exclude(pk__in=incidents_concerning(person))


def count_withheld(person: Person) -> int:
    """How many restricted incidents lie where `person` has the right to see incidents, and are kept from them; those
    that concern them are not counted."""
    rows = Incident.objects.filter(Incident.kept_by_mark(person)).current()
    rows = rows.exclude(pk__in=incidents_concerning(person))
    if may_everywhere(person, AREA, Level.VIEW):
        return rows.count()
    return rows.filter(unit__in=units_granted(person, AREA)).count()
