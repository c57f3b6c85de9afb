"""Asking other sites whether they are exposed to what happened, and their answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import ExposureAnswer, Incident
from keepwell.areas.incidents.models.exposure import LONGEST_QUESTION
from keepwell.areas.incidents.models.marks import MarkedQuerySet
from keepwell.areas.incidents.rules.tasks import ahead
from keepwell.areas.incidents.rules.timeline import Kind, note, require_mark
from keepwell.areas.incidents.rules.touching import touch
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act, never
from keepwell.platform.people.models import Person
from keepwell.platform.people.need_to_know import may_know
from keepwell.platform.people.permissions import grants_giving, units_granted
from keepwell.platform.people.roles import Level
from keepwell.platform.todos.owing import all_settled, owe, settled
from keepwell.platform.tree.models import Unit

AREA = "incidents"
OFFICER = "site_officer"
SAY = gettext_noop("Say whether %(site)s is exposed, by %(time)s")
ASKED = gettext_noop("Asked %(count)s sites whether they are exposed, by %(time)s.")
UNANSWERED = gettext_noop("No answer is owed any more whether they are exposed: %(sites)s.")
ANSWERS = {
    "exposed": gettext_noop("%(site)s answers: exposed."), "not_exposed": gettext_noop("%(site)s answers: not exposed."),
    "not_sure": gettext_noop("%(site)s answers: not sure."),
}  # fmt: skip
State = ExposureAnswer.State


def sites_for(person: Person) -> QuerySet[Unit]:
    """The sites that `person` may ask: those where they may work on incidents."""
    mine = units_granted(person, AREA, Level.EDIT)
    return Unit.objects.current().filter(kind=Unit.Kind.SITE, pk__in=mine).order_by("code")


@act(
    Level.EDIT,
    label=_("Ask sites: are you exposed?"),
    offered=lambda incident: incident.is_open,
    shown=never,
    explains=_("The officers of each site owe an answer by then. They read the question, not the incident."),
)
def ask_sites(
    incident: Incident, *, by: Person, says: str, until: str, sites: str, tlp: Incident.Tlp | None = None
) -> list[ExposureAnswer]:
    """Ask the sites called `sites` (codes, divided by commas or blanks) the question `says`, due `until` (05:30 is the
    next such time). A site whose answer is still open is not asked again, as far as `by` knows. `tlp` is a mark of its own
    (None: for who sees the incident, and the officers of the site); somebody at each site must be able to read it."""
    require_mark(incident, tlp, by=by)
    text = says.strip()
    if not text or len(text) > LONGEST_QUESTION:
        raise Refused(gettext("Write a question of 1 to %(most)d characters.") % {"most": LONGEST_QUESTION})
    due, now, waiting = ahead(until, incident), moments.now(), _open_sites(incident, by)
    asked = [site for site in _named(sites, by) if site.pk not in waiting]
    if not asked:
        raise Refused(gettext("Every one of these sites has been asked, and has still to answer."))
    made = [
        ExposureAnswer(
            incident=incident, unit=site, asks=text, asked_by=by, asked_at=now, due_at=due, tlp=tlp or ""
        )
        for site in asked
    ]
    for one in made:
        one.save()
        require_heard(one)
        _owed(one)
    by_then = f"{due.astimezone(ZoneInfo(incident.unit.time_zone)):%H:%M}"
    note(
        incident,
        ASKED,
        verb="asked",
        by=by,
        kind=Kind.COMMUNICATION,
        source=text,
        tlp=tlp or "",
        count=len(made),
        time=by_then,
    )
    return made


def _owed(one: ExposureAnswer) -> None:
    """Let the officers of the site owe its answer."""
    due = one.due_at.astimezone(ZoneInfo(one.unit.time_zone))
    owe((OFFICER, one.unit), SAY, record=one, by_day=due.date(), site=str(one.unit.code), time=f"{due:%H:%M}",
        url=reverse("exposure-answers-do", args=[one.pk, "answer"]))  # fmt: skip


def let_off(incident: Incident, *, by: Person) -> None:
    """Nobody owes an answer about an incident that is over, inside the act that ends it; who has not answered is told of
    under the mark of the question."""
    waiting = _waiting(incident)
    all_settled(waiting)
    sites: dict[str, set[str]] = defaultdict(set)
    for tlp, code in waiting.values_list("tlp", "unit__code"):
        sites[tlp].add(code)
    for tlp, codes in sorted(sites.items()):
        note(
            incident,
            UNANSWERED,
            verb="asked",
            by=by,
            kind=Kind.COMMUNICATION,
            tlp=tlp,
            sites=", ".join(sorted(codes)),
        )


def ask_again(incident: Incident) -> None:
    """What was not answered is owed again, inside the act by which the incident goes on."""
    for one in _waiting(incident).select_related("unit"):
        _owed(one)


def _waiting(incident: Incident) -> MarkedQuerySet:
    return ExposureAnswer.objects.current().filter(incident=incident, state=State.OPEN)


def require_heard(one: ExposureAnswer) -> None:
    """Refuse a mark by which nobody could read the question who may answer it."""
    given = grants_giving(AREA, Level.EDIT, one.unit).values("person")
    people = Person.objects.filter(pk__in=given, account__is_active=True)
    if one.tlp and not any(may_know(person, one) for person in people):
        raise Refused(
            gettext(
                "Nobody who may answer at %(site)s could read it then; name somebody for the incident first."
            )
            % {"site": one.unit.code}
        )


def _named(text: str, by: Person) -> list[Unit]:
    codes = list(dict.fromkeys(text.replace(",", " ").upper().split()))
    found = {site.code: site for site in sites_for(by).filter(code__in=codes)}
    missing = [code for code in codes if code not in found]
    if missing or not codes:
        raise Refused(
            gettext("Name sites where you may work on incidents by their codes; not known: %(codes)s.")
            % {"codes": ", ".join(missing)[:200] or "–"}
        )
    return [found[code] for code in codes]


def _open_sites(incident: Incident, by: Person) -> Collection[object]:
    """Sites that have still to answer, as far as `by` may know: from no refusal shall follow that there is more."""
    return set(_waiting(incident).readable_by(by).values_list("unit", flat=True))


@act(
    Level.EDIT,
    label=_("Answer"),
    offered=lambda one: one.retired_at is None and one.incident.is_open,
    explains=_(
        "Whoever works on the incident sees it at once, and it touches a site that is exposed; a later answer takes its "
        "place, both stay in the timeline."
    ),
)
def answer(one: ExposureAnswer, *, by: Person, exposed: ExposureAnswer.State, reason: str = "") -> None:
    """Say whether the site is exposed; who is, or is not sure, says in `reason` what was found."""
    words = " ".join(reason.split())[:1000]
    if exposed == State.OPEN:
        raise Refused(gettext("Choose an answer: exposed, not exposed, or not sure."))
    if exposed != State.NOT_EXPOSED and not words:
        raise Refused(gettext("Say in words what was found, or what is not known."))
    one.state, one.words, one.person, one.answered_at = exposed, words, by, moments.now()
    one.save()
    settled(one)
    note(
        one.incident,
        ANSWERS[exposed],
        verb="answered",
        by=by,
        kind=Kind.COMMUNICATION,
        source=words,
        tlp=one.tlp,
        site=str(one.unit.code),
    )
    if exposed == State.EXPOSED:
        touch(one.incident, one.unit, by=by)


@dataclass(frozen=True)
class Tally:
    """How many sites were asked, and how many gave which answer."""

    asked: int
    answered: int
    exposed: int


def latest(incident: Incident, person: Person) -> list[ExposureAnswer]:
    """The last answer of every site that was asked, as far as `person` may read it: exposed ones first, then by code."""
    rows = ExposureAnswer.objects.current().filter(incident=incident).readable_by(person)
    rows = rows.select_related("unit", "person")
    last = {one.unit_id: one for one in rows.order_by("asked_at", "pk")}
    order = [State.EXPOSED, State.NOT_SURE, State.OPEN, State.NOT_EXPOSED]
    return sorted(last.values(), key=lambda one: (order.index(State(one.state)), one.unit.code))


def tally(answers: Collection[ExposureAnswer]) -> Tally:
    """What `answers` come to."""
    found = Counter(one.state for one in answers)
    return Tally(len(answers), len(answers) - found[State.OPEN], found[State.EXPOSED])
