"""Clocks on pages: those of one incident, and all that run, with what is drafted, approved, sent and proved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from keepwell.areas.incidents.models import ClauseQuestion, Clock, ClockQuerySet, Incident, IncidentNotice
from keepwell.areas.incidents.models.rule_words import asked_in_words
from keepwell.areas.incidents.models.sentences import read_here, regime_of, said, stage_of
from keepwell.areas.incidents.models.turns import against, turns_of, waiting
from keepwell.areas.incidents.rules import asking
from keepwell.areas.incidents.rules.clauses import not_asking
from keepwell.areas.incidents.rules.clocks import submissions
from keepwell.areas.incidents.rules.notices import takes_notice
from keepwell.areas.incidents.rules.reckoning import cases
from keepwell.areas.organization.models import NoticeClause
from keepwell.kernel import moments
from keepwell.kernel.clocks.factors import FACTORS
from keepwell.kernel.clocks.order import Turn
from keepwell.kernel.clocks.rules import Rule
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.pages.zones import city
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.roles import Level
from keepwell.platform.publishing import format as told
from keepwell.platform.records.models import may_on
from keepwell.platform.tree.models import Unit

AREA = "incidents"
A_PAGE, MOST_QUESTIONS = 100, 200
A_WEEK, TWO_DAYS = timedelta(days=6), timedelta(days=2)
SHOWN = ("due", "late", "met", "all")
State = Clock.State


@dataclass(frozen=True)
class Step:
    """A step of a notice: its word, and whether it is behind us."""

    word: str
    done: bool


@dataclass(frozen=True)
class Line:
    """A clock as a row shows it, in the reader's language and the clock's zone."""

    clock: Clock
    notice: IncidentNotice | None
    by: str
    left: str
    is_late: bool
    is_next: bool
    steps: list[Step]
    waits: list[str]

    @property
    def under(self) -> str:
        """Under what it must be told, and which stage of it."""
        clock = self.clock
        named = regime_of(clock.wording) if clock.wording else clock.rule
        return f"{self.stage} · {clock.clause.clause if clock.clause else named}"

    @property
    def stage(self) -> str:
        """Which stage of it, in the reader's language."""
        return stage_of(self.clock)

    @property
    def place(self) -> str:
        """Where clocks show `by`."""
        return city(self.clock.zone)

    @property
    def who(self) -> str:
        """Who looks after it: its owner, else who has the notice in hand."""
        notice = self.notice
        person = self.clock.owner or (notice and (notice.sent_by or notice.approved_by or notice.drafted_by))
        return str(person) if person else ""

    @property
    def step(self) -> tuple[str, str]:
        """What is to be done next about it, and where; ("", "") if nothing is."""
        if self.notice is None:
            open_ = takes_notice(self.clock)
            return (
                (_("Draft the notice"), reverse("clocks-do", args=[self.clock.pk, "draft"]))
                if open_
                else ("", "")
            )
        labels = {"drafted": _("Read and approve"), "approved": _("Read and send")}
        label = labels.get(self.notice.state, "")
        return (label, reverse("incident-notices-record", args=[self.notice.pk])) if label else ("", "")

    @property
    def proof(self) -> str:
        """The proof that it was sent, with channel and moment; "" if it was not."""
        notice = self.notice
        if notice is None or notice.sent_at is None:
            return ""
        at = notice.sent_at.astimezone(ZoneInfo(self.clock.zone))
        return _("%(channel)s, %(at)s") % {"channel": notice.get_channel_display(), "at": f"{at:%H:%M}"}


def rows_of(person: Person) -> ClockQuerySet:
    """The clocks that `person` may see, with all that a line shows."""
    people = ("drafted_by", "approved_by", "sent_by")
    notices = IncidentNotice.objects.current().readable_by(person).select_related(*people).order_by("-number")
    return (
        Clock.objects.visible_to(person)
        .current()
        .select_related("incident__unit", "unit", "clause", "owner", "reason_by")
        .prefetch_related(Prefetch("notices", notices, to_attr="standing_notices"))
    )


def lines(
    clocks: Iterable[Clock], now: datetime, waits: Mapping[UUID, list[str]] | None = None
) -> list[Line]:  # fmt: skip
    """Rows of `clocks` as they come, each with what it waits for; the first that runs and is not sent is the next, where it
    is not from a list of the past."""
    found: list[Line] = []
    is_next = True
    for clock in clocks:
        first = is_next and clock.state == State.RUNNING and not clock.is_of_list
        found.append(line(clock, now, (waits or {}).get(clock.pk, []), is_next=first))
        is_next = is_next and not first
    return found


def line(clock: Clock, now: datetime, waits: list[str], *, is_next: bool) -> Line:
    """One clock as a row shows it."""
    notices: list[IncidentNotice] = getattr(clock, "standing_notices", [])
    notice = notices[0] if notices else None
    return Line(
        clock, notice, by(clock, now), left(clock, now), clock.state == State.LATE or clock.is_missed(now), is_next,
        steps(notice) if takes_notice(clock) or notice else [], waits,
    )  # fmt: skip


def steps(notice: IncidentNotice | None) -> list[Step]:
    """Drafted, approved, sent: which of them are behind us."""
    reached = list(IncidentNotice.State.values).index(notice.state) + 1 if notice else 0
    words = (pgettext("step", "draft"), pgettext("step", "approved"), pgettext("step", "sent"))
    return [Step(word, number < reached) for number, word in enumerate(words)]


def by(clock: Clock, now: datetime) -> str:
    """By when, in the clock's zone: Fri 06:31 within a week, else 22 Nov 2025 06:31; "" while it waits."""
    if clock.ends_at is None:
        return ""
    local = clock.ends_at.astimezone(ZoneInfo(clock.zone))
    near = abs(clock.ends_at - now) < A_WEEK
    return f"{date_format(local, 'D') if near else told.day(local.date())} {local:%H:%M}"


def left(clock: Clock, now: datetime) -> str:
    """How long there is still, or by how much it is over, in words."""
    if clock.ends_at is None or clock.state in (State.WAITING, State.LAPSED):
        return ""
    if clock.state == State.MET:
        return _("met")
    if clock.state == State.LATE and clock.done_at:
        return _("%(time)s late") % {"time": length(clock.done_at - clock.ends_at)}
    if clock.ends_at < now:
        return _("missed, %(time)s over") % {"time": length(now - clock.ends_at)}
    return length(clock.ends_at - now)


def length(span: timedelta) -> str:
    """A length of time: 1 h 19 min; from two days on 3 d 1 h."""
    if span < TWO_DAYS:
        return told.duration(span)
    return _("%(days)s d %(hours)s h") % {"days": span.days, "hours": span.seconds // 3600}


def clock_table(incident: Incident, person: Person) -> dict[str, Any]:
    """What `incidents/room/_clocks.html` shows of `incident` to `person`: running and waiting clocks by time left,
    then those that are done; what no longer binds behind a link."""
    now = moments.now()
    every = list(rows_of(person).filter(incident=incident).order_by("ends_at", "rule", "pk"))
    for clock in every:
        clock.incident = incident
    running = [one for one in every if one.state == State.RUNNING]
    idle = [one for one in every if one.state == State.WAITING]
    done = [one for one in every if one.state in (State.MET, State.LATE)]
    open_ = lines([*running, *idle], now, waited_for(every))
    return {
        "incident": incident, "open": open_, "against": against(every), "done": lines(done, now),
        "head": head(running, done, now),
        "lapsed": [one for one in every if one.state == State.LAPSED],
        "first": next((one for one in open_ if one.is_next), None),
        "may_edit": may_on(person, AREA, Level.EDIT, incident),
    }  # fmt: skip


def waited_for(clocks: Iterable[Clock]) -> dict[UUID, list[str]]:
    """What each of `clocks` of one incident waits for, in sentences."""
    found: dict[UUID, list[Turn[Clock]]] = defaultdict(list)
    for turn in turns_of(clocks):
        found[turn.then.of.pk].append(turn)
    return {pk: waiting(turns) for pk, turns in found.items()}


def head(running: list[Clock], done: list[Clock], now: datetime) -> str:
    """How many run, how many are met, and how many are late or missed, in one line."""
    late = sum(one.state == State.LATE for one in done) + sum(one.is_missed(now) for one in running)
    met = sum(one.state == State.MET for one in done)
    runs = len(running) - sum(one.is_missed(now) for one in running)
    parts = [
        ngettext("%(n)d runs", "%(n)d run", runs) % {"n": runs}, _("%(n)d met") % {"n": met},
        _("%(n)d late or missed") % {"n": late} if late else _("none late"),
    ]  # fmt: skip
    return pgettext("clause", ", ").join(parts)


@dataclass(frozen=True)
class Open:
    """A rule of which it is not known whether it asks for a notice: for whom, and what would tell."""

    rule: Rule
    unit: Any
    asks: list[tuple[str, str]]


@dataclass(frozen=True)
class Silent:
    """A clause that names facts which do not hold, as the page tells of it beside rules."""

    id: str
    trigger_text: str = ""
    edition: int = 1


def facts_of(clause: NoticeClause) -> str:
    """The words of a clause, and the facts that it names."""
    return f"{clause.trigger} ({'; '.join(clause.conditions.splitlines())})"


def questions_of(incident: Incident, person: Person) -> list[ClauseQuestion]:
    """The clauses of which somebody is to say whether they apply, and what was said."""
    rows = ClauseQuestion.objects.visible_to(person).current().filter(incident=incident)
    shown = rows.exclude(state=ClauseQuestion.State.MOOT).select_related(
        "clause", "unit", "person", "incident"
    )
    return list(shown.order_by("clause__counterparty", "clause__clause", "pk")[:MOST_QUESTIONS])


@operation(Access.OBJECT)
def show_incident_clocks(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """The clocks of one incident with their sentences, and the rules that were looked at and do not bind."""
    rows = Incident.objects.visible_to(request.person).select_related("unit").filter(pk=pk)
    incident = rows.first()
    if incident is None:
        raise Http404
    about = asking.one(incident.pk)
    case = next(cases(about, submissions=submissions(about)))
    undecided = [
        Open(read_here(rule), teller.unit, [(name, said(FACTORS[name][1])) for name in missing])
        for teller in case.tellers
        for rule, missing in teller.undecided()
    ]
    not_asked: list[tuple[Unit, Rule | Silent, str]] = [
        (teller.unit, read_here(rule), asked_in_words(rule))
        for teller in case.tellers
        for rule in teller.not_triggered()
    ]
    not_asked += [
        (teller.unit, Silent(str(clause)), facts_of(clause))
        for teller in case.tellers
        for clause in not_asking(teller)
    ]
    context = {
        "clocks": clock_table(incident, request.person),
        "questions": questions_of(incident, request.person),
        "undecided": undecided,
        "not_asked": not_asked,
    }
    return render(request, "incidents/clocks.html", {"incident": incident, **context})


@operation(Access.PERMISSION, AREA)
def show_clocks(request: PlacedRequest) -> HttpResponse:
    """All clocks that the reader may see at the unit looked at: due ones by time left; late and missed, met and all with
    the latest first, for those of years past are among them."""
    now, asked = moments.now(), request.GET.get("show", "due")
    kind = asked if asked in SHOWN else "due"
    found = rows_of(request.person).counted()
    if request.place.unit is not None:
        found = found.below(request.place.unit)
    found = narrowed(found, kind, now)
    rows = list(found.order_by("ends_at" if kind == "due" else "-ends_at", "pk")[: A_PAGE + 1])
    context = {
        "lines": lines(rows[:A_PAGE], now), "more": len(rows) > A_PAGE, "show": kind, "most": A_PAGE,
        "views": [(f"?show={one}", label, one == kind) for one, label in zip(SHOWN, labels(), strict=True)],
    }  # fmt: skip
    return render(request, "incidents/all_clocks.html", context)


def labels() -> tuple[str, ...]:
    """The names of the views, in the order of SHOWN."""
    return pgettext("incidents", "Due"), _("Late or missed"), _("Met"), _("All")


def narrowed(rows: ClockQuerySet, kind: str, now: datetime) -> ClockQuerySet:
    """Those of `rows` that a view shows."""
    if kind == "due":
        return rows.filter(state=State.RUNNING, ends_at__gte=now)
    if kind == "late":
        return rows.filter(state=State.LATE) | rows.filter(state=State.RUNNING, ends_at__lt=now)
    return rows.filter(state=State.MET) if kind == "met" else rows


urlpatterns = [
    path("incidents/<uuid:pk>/clocks/", show_incident_clocks, name="incident-clocks"),
    path("clocks/running/", show_clocks, name="clocks-running"),
]
