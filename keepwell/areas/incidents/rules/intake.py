"""What becomes of what people tell: it is received, looked at, answered, joined to an incident, settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext, gettext_noop, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.models.intake import (
    Disclosure,
    DisclosurePicture,
    DisclosureWord,
    Ongoing,
    Report,
    ReportWord,
    State,
    new_code,
    receipt_of,
)
from keepwell.areas.incidents.rules import claiming, duty, files, photos
from keepwell.areas.incidents.rules.beginning import begun_with
from keepwell.areas.incidents.rules.leading import led_by_who_knows
from keepwell.areas.incidents.rules.timeline import note
from keepwell.areas.incidents.rules.touching import known_by, touch
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.evidence.recordings import Recording
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.people.models import Person
from keepwell.platform.people.need_to_know import may_know
from keepwell.platform.people.permissions import grants_giving, may, units_granted
from keepwell.platform.people.roles import Level, roles_with
from keepwell.platform.records.models import visible_to
from keepwell.platform.todos.models import holding
from keepwell.platform.todos.owing import debtor_of, owe, settled
from keepwell.platform.tree.models import Ancestry, Unit

AREA = "disclosures"
"""The right to read what came without a name. No other right includes it, an administrator's neither."""
PAGE = Machine(gettext_noop("the report page"))
LOOK = gettext_noop("Look at report %(record)s and judge it")
JOINED = gettext_noop("Report %(report)s was received, and belongs to it.")
OFFICER = "site_officer"
MOST_AT_ONCE = 20
KEPT = timedelta(days=2 * 365)
"""How long a settled disclosure is kept: what is not needed is not kept (GDPR 5.1 e)."""


@dataclass(frozen=True)
class Told:
    """What somebody wrote into the page; `pictures` are PNG that we drew ourselves of `originals`,
    `recording` holds the sound alone."""

    unit: Unit
    says: str
    spot: str = ""
    ongoing: str = Ongoing.UNSURE
    reach: str = ""
    concerns: str = ""
    language: str = ""
    pictures: list[bytes] = field(default_factory=list)
    originals: list[photos.Original] = field(default_factory=list)
    recording: Recording | None = None


def send(told: Told, *, is_unnamed: bool) -> str:
    """Keep what was told and return the receipt code, which is known to nobody else from now on.

    With a name it is a report: its site's officers owe a look at it at once. Without one it is a disclosure: `reach`
    and language are not kept, and no moment but the day of its site. A voice names whoever speaks: there it is refused.
    """
    code = new_code()
    if is_unnamed and told.recording is not None:
        raise Refused(gettext("A report without a name takes no voice note."))
    with transaction.atomic():
        if is_unnamed:
            kept = Disclosure.objects.create(
                unit=told.unit, spot=told.spot, says=told.says, ongoing=told.ongoing, receipt=receipt_of(code),
                concerns=told.concerns, day=moments.today(told.unit.time_zone),
            )  # fmt: skip
            claiming.claim_unnamed(kept)
            for png in told.pictures:
                DisclosurePicture.objects.create(disclosure=kept, png=png)
        else:
            _report(told, receipt_of(code))
    return code


def _report(told: Told, receipt: str) -> None:
    with acting(PAGE, "report.send"):
        report = Report(
            unit=told.unit, spot=told.spot, says=told.says, ongoing=told.ongoing, reach=told.reach,
            concerns=told.concerns, language=told.language, receipt=receipt, channel=Report.Channel.PAGE,
        )  # fmt: skip
        report.save()
        photos.keep(report, told.pictures, told.originals)
        if told.recording is not None:
            files.keep_voice(report, told.recording)


def to_be_looked_at(report: Report) -> None:
    """Let the officers of the report's site owe a look at it today."""
    owe(looker_at(report), LOOK, record=report, by_day=moments.today(report.unit.time_zone))


def looker(unit: Unit) -> tuple[str, Unit]:
    """Who looks at what is told of `unit`: its officers; of the group as a whole, those who lead its security."""
    return ("group_ciso" if unit.kind == Unit.Kind.GROUP else OFFICER), unit


def looker_at(report: Report) -> tuple[str, Unit]:
    """The same of a report: where it concerns all who hold that role where they sit, or is kept from them by its mark,
    the nearest who may edit it, from there upwards; where none is left, the nearest who may read it and have somebody
    appointed."""
    usual = looker(report.unit)
    kept_out = set(report.implicated.in_force().values_list("person", flat=True))
    if report.may_be_withheld and report.incident_id is None:  # AMBER+STRICT: for nobody from outside
        kept_out |= set(Person.objects.filter(kind=Person.Kind.EXTERNAL).values_list("pk", flat=True))
    if not kept_out:
        return usual
    edits, views = roles_with("incidents", Level.EDIT), roles_with("incidents", Level.VIEW)
    first = [usual[0], *(one for one in edits if one != usual[0])]
    units = list(_upwards(report.unit))
    ways = [(role, unit) for roles in (first, views) for unit in units for role in roles]
    free = (way for way in ways if {grant.person_id for grant in holding(*way)} - kept_out)
    return next(free, usual)


def _upwards(unit: Unit) -> Iterator[Unit]:
    """`unit` and what lies above it, the nearest first."""
    ways = Ancestry.objects.filter(descendant=unit, until__isnull=True).select_related("ancestor")
    yield from (way.ancestor for way in ways.order_by("depth"))


def look_elsewhere(report: Report) -> None:
    """Let a look that is owed be owed by who may know the report now. Inside the act."""
    owing = debtor_of(report, LOOK)
    if isinstance(owing, Person) and may_know(owing, report):
        return
    if owing is not None and owing != looker_at(report):
        settled(report, LOOK)
        to_be_looked_at(report)


def told_by(code: str) -> Report | Disclosure | None:
    """What came with this receipt code; None if nothing did."""
    receipt = receipt_of(code)
    return (
        Disclosure.objects.filter(receipt=receipt).select_related("unit").first()
        or Report.objects.current().filter(receipt=receipt).select_related("unit").first()
    )


def add(to: Report | Disclosure, says: str, pictures: list[bytes], *, sender: str = "", by: Person | Machine = PAGE,
        originals: Sequence[photos.Original] = (), recording: Recording | None = None) -> None:  # fmt: skip
    """Keep what the reporter says later; what was settled is open again. `sender` is the address it was mailed from."""
    with transaction.atomic():
        if isinstance(to, Disclosure):
            if recording is not None:
                raise Refused(gettext("A report without a name takes no voice note."))
            _say(to, says, is_ours=False)
            for png in pictures:
                DisclosurePicture.objects.create(disclosure=to, png=png)
            Disclosure.objects.filter(pk=to.pk).update(state=State.NEW, settled_on=None)
            return
        with acting(by, "report.add"):
            report = Report.objects.select_for_update(of=("self",)).get(pk=to.pk)
            ReportWord(report=report, says=says, sender=sender).save()
            photos.keep(report, pictures, originals)
            if recording is not None:
                files.keep_voice(report, recording)
            if report.state == State.SETTLED:
                report.state, report.waiting_since = State.NEW, moments.now()
                report.save()
            to_be_looked_at(report)


def _say(to: Disclosure, says: str, *, is_ours: bool) -> None:
    """Add a word at the end of a disclosure's talk, on its site's day."""
    Disclosure.objects.select_for_update().get(pk=to.pk)
    last = to.words.aggregate(last=Max("number"))["last"] or 0
    DisclosureWord.objects.create(
        disclosure=to, number=last + 1, is_ours=is_ours, says=says, day=moments.today(to.unit.time_zone)
    )


# Reports with a name


def is_unsettled(report: Report) -> bool:
    """Whether somebody still has to do with it."""
    return report.state != State.SETTLED and report.retired_at is None


def is_known(report: Report) -> bool:
    """Whether its reporter can read an answer."""
    return bool(report.receipt or report.reporter_id) and report.retired_at is None


@act(
    Level.EDIT,
    label=pgettext_lazy("incidents", "Look at it"),
    offered=lambda report: report.state == State.NEW and report.retired_at is None,
    explains=_("The reporter sees that somebody works on it."),
)
def take(report: Report, *, by: Person) -> None:
    """Say that somebody works on it."""
    report.state = State.TAKEN
    report.save()
    duty.looked_at(report, by=by)


@act(
    Level.EDIT,
    leads=True,
    label=_("Make an incident of it"),
    offered=lambda report: is_unsettled(report) and report.incident_id is None,
    explains=_(
        "A new incident begins with what the report says; the report is settled and stays linked. It is marked as the "
        "report is, or narrower: with TLP:RED it is for named people alone from the first, and you are one."
    ),
)
def open_incident(
    report: Report, *, by: Person, title: str, also: str = "", tlp: Incident.Tlp | None = None
) -> Incident:
    """Begin an incident with what was reported, here and in the reports called `also` (RP-…, with a blank between); it is
    reported since the first of them, and marked `tlp` (None: TLP:AMBER) or as the narrowest of them is."""
    others = [one for one in named(also.split(), by=by) if one.pk != report.pk]
    incident = begun_with([report, *others], title=title, tlp=tlp, by=by)
    for one in (report, *others):
        _settle(one, incident, gettext("Incident %(number)s was made of it.") % {"number": incident}, by=by)
    duty.escalate(incident)
    return incident


def named(references: Iterable[str], *, by: Person) -> list[Report]:
    """The reports called `references` that belong to no incident yet and that `by` may change. Refused if one is none."""
    wanted = list(dict.fromkeys(one.strip(" ,;").upper()[:20] for one in references))[: MOST_AT_ONCE + 1]
    if len(wanted) > MOST_AT_ONCE:
        raise Refused(gettext("At most %(most)d reports go together at once.") % {"most": MOST_AT_ONCE})
    rows = (
        Report.objects.current()
        .visible_to(by, Level.EDIT)
        .filter(reference__in=wanted, incident__isnull=True)
    )
    found = {one.reference: one for one in rows.exclude(state=State.SETTLED).select_related("unit")}
    if missing := [one for one in wanted if one not in found]:
        raise Refused(
            gettext("No open report without an incident that you may change is called “%(names)s”.")
            % {"names": ", ".join(missing)[:100]}
        )
    return [found[one] for one in wanted]


@act(
    Level.EDIT,
    for_many=True,
    label=_("Add to an incident"),
    offered=lambda report: is_unsettled(report) and report.incident_id is None,
    explains=_(
        "For the second report of the same thing: it is settled and stays linked to the incident, which touches its site "
        "and is known since the first of its reports."
    ),
)
def join(report: Report, *, by: Person, number: str) -> None:
    """Link a report to an incident that is open already, named by its number; it touches the report's site from then on,
    and is known since the report was received, if that was earlier."""
    rows = Incident.objects.open().visible_to(by, Level.EDIT).select_related("unit")
    open_ = rows.filter(number=number.strip().upper()).first()
    if open_ is None:
        raise Refused(
            gettext("No open incident that you may change has the number “%(number)s”.")
            % {"number": number[:40]}
        )
    touch(open_, report.unit, by=by)
    known_by(open_, report, by=by)
    _settle(report, open_, gettext("It belongs to incident %(number)s.") % {"number": open_}, by=by)


@act(
    Level.EDIT,
    for_many=True,
    label=_("Settle"),
    offered=is_unsettled,
    explains=_("Nothing more is due about it; the reporter sees that it is settled, not why."),
)
def settle(report: Report, *, by: Person, reason: str) -> None:
    """End it without an incident."""
    _settle(report, None, reason.strip()[:300], by=by)


def _settle(report: Report, incident: Incident | None, outcome: str, *, by: Person) -> None:
    report.state, report.outcome, report.incident = State.SETTLED, outcome, incident
    report.save()
    settled(report)
    duty.looked_at(report, by=by)
    if incident is not None:
        duty.tell_calls(report, incident)
        note(
            incident,
            JOINED,
            verb="reported",
            by=by,
            kind="communication",
            at=report.received_at,
            tlp=report.tlp,
            report=str(report),
        )
        photos.prove(report, incident, by=by)
        led_by_who_knows(incident, by=by)


# Disclosures without one


def disclosures_for(person: Person) -> QuerySet[Disclosure]:
    """The disclosures that `person` may read: by their own right at the site, and never one from which they are
    kept out."""
    mine = units_granted(person, AREA, Level.VIEW)
    return Disclosure.objects.filter(unit__in=mine).exclude(excluded=person).select_related("unit")


def reply(to: Disclosure, *, by: Person, says: str) -> None:
    """Say something to whoever disclosed it."""
    with transaction.atomic():
        _held(to, by)
        _say(to, says, is_ours=True)
        Disclosure.objects.filter(pk=to.pk, state=State.NEW).update(state=State.TAKEN)


def mark(to: Disclosure, *, by: Person, is_settled: bool) -> None:
    """Say that it is looked at, or settled."""
    day = moments.today(to.unit.time_zone) if is_settled else None
    state = State.SETTLED if is_settled else State.TAKEN
    with transaction.atomic():
        _held(to, by)
        Disclosure.objects.filter(pk=to.pk).update(state=state, settled_on=day)


def keep_out(to: Disclosure, *, by: Person, number: str) -> Person:
    """Keep a person whom it concerns from reading it, whatever rights they hold or come to hold: one who may read it
    now, or whom `by` may see."""
    with transaction.atomic():
        _held(to, by)
        meant = Person.objects.filter(number=number.strip())
        person = readers(to.unit).filter(pk__in=meant.values("pk")).first() or visible_to(meant, by).first()
        if person is None:
            raise Refused(
                gettext("Nobody who may read this, or whom you may see, has the number “%(number)s”.")
                % {"number": number[:40]}
            )
        if person.pk == by.pk:
            raise Refused(gettext("If it concerns you, let somebody else who may read it keep you out."))
        to.excluded.add(person)
        to.cleared.remove(person)
    return person


def let_in(to: Disclosure, *, by: Person, number: str) -> None:
    """Keep a person out no more, whom it does not concern after all, and never again by its words alone."""
    with transaction.atomic():
        _held(to, by)
        found = list(to.excluded.filter(number=number.strip()))
        to.excluded.remove(*found)
        to.cleared.add(*found)


def _held(to: Disclosure, by: Person) -> None:
    """Lock it for a change by somebody who may read it and answer it."""
    Disclosure.objects.select_for_update().get(pk=to.pk)
    if not may(by, AREA, Level.EDIT, to.unit) or not disclosures_for(by).filter(pk=to.pk).exists():
        raise Refused(gettext("You may not change this."))


def readers(unit: Unit) -> QuerySet[Person]:
    """Who may read what is disclosed at `unit`."""
    given: Any = grants_giving(AREA, Level.VIEW, unit)
    return Person.objects.filter(pk__in=given.values("person"), account__is_active=True)


def forget_old(day: date) -> int:
    """Delete disclosures settled longer ago than they are kept; returns how many."""
    old = Disclosure.objects.filter(state=State.SETTLED, settled_on__lt=day - KEPT)
    count = old.count()
    old.delete()
    return count
