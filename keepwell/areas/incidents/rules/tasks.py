"""Tasks of an incident: taken from a playbook or added by hand, owed, done, not needed, handed on."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from django.db.models import Count, Max, Q
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Clock, Incident, IncidentTask, Playbook, PlaybookTask
from keepwell.areas.incidents.models.tasks import ASKED, BY_CLOCK, After, Phase
from keepwell.areas.incidents.rules.timeline import named, note, require_mark
from keepwell.areas.incidents.rules.timing import Bases
from keepwell.kernel import moments
from keepwell.kernel.severity.scheme import Text
from keepwell.platform.acts.act import Refused, act, never
from keepwell.platform.history.following import follows
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import may_on
from keepwell.platform.todos.owing import Debtor, owe, settled
from keepwell.platform.tree.models import Ancestry

AREA = "incidents"
DO = gettext_noop("Task of an incident: %(record)s")
TAKEN = gettext_noop("Playbook “%(playbook)s” taken: %(count)s tasks.")
ADDED = gettext_noop("Task added: %(task)s")
DONE = gettext_noop("Task done: %(task)s")
NOT_NEEDED = gettext_noop("Task not needed: %(task)s")
HANDED_ON = gettext_noop("Task handed on to %(name)s: %(task)s")
OFFICER = "site_officer"
AT_ONCE = 500
CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}")


@dataclass(frozen=True)
class Step:
    """One thing a playbook asks, `minutes` after an event, or before or after a clock of `rule` and `stage`."""

    title: Text
    phase: str
    after: str
    minutes: int
    role: str
    team: str
    rule: str = ""
    stage: str = ""


@dataclass(frozen=True)
class Plan:
    """A playbook, shipped or the group's own, as it can be taken."""

    code: str
    title: Text
    kinds: tuple[str, ...]
    steps: tuple[Step, ...]

    def fits(self, kind: str) -> bool:
        """Whether it is for incidents of this type."""
        return not self.kinds or kind in self.kinds


@cache
def shipped() -> tuple[Plan, ...]:
    """The playbooks that come with Keepwell."""
    text = (files("keepwell") / "library" / "playbooks.yaml").read_text(encoding="utf-8")
    return tuple(_plan(told) for told in yaml.safe_load(text)["playbooks"])


def _plan(told: Mapping[str, Any]) -> Plan:
    steps = tuple(
        Step(Text(one["title"], one["title_zh"]), Phase(one["phase"]), After(one["after"]), int(one["minutes"]),
             one["role"], one["team"], one.get("rule", ""), one.get("stage", ""))
        for one in told["tasks"]
    )  # fmt: skip
    return Plan(told["id"], Text(told["title"], told["title_zh"]), tuple(told["kinds"]), steps)


def plans(incident: Incident) -> list[Plan]:
    """The playbooks that hold at the incident's unit: those that fit its type first, the group's own before others."""
    above = Ancestry.objects.filter(descendant=incident.unit_id, until__isnull=True).values("ancestor")
    own = Playbook.objects.current().filter(unit__in=above).prefetch_related("tasks").order_by("code")
    found = [*(_of(one) for one in own), *shipped()]
    return sorted(found, key=lambda plan: not (plan.kinds and plan.fits(incident.kind)))


def _of(own: Playbook) -> Plan:
    rows = sorted((one for one in own.tasks.all() if one.retired_at is None), key=_in_time)
    steps = tuple(
        Step(
            Text(one.title, one.title_zh),
            one.phase,
            one.after,
            one.minutes,
            one.role,
            one.team,
            one.rule,
            one.stage,
        )
        for one in rows
    )
    return Plan(own.code, Text(own.title, own.title_zh), tuple(own.kinds), steps)


def _in_time(one: PlaybookTask) -> tuple[int, int, str]:
    return Phase.values.index(one.phase), one.minutes, one.title


@act(
    Level.EDIT,
    label=_("Take a playbook"),
    offered=lambda incident: incident.is_open,
    shown=never,
    explains=_("Its tasks are owed from now on; those that stand here already are not doubled."),
)
def take_playbook(incident: Incident, *, by: Person, playbook: str) -> list[IncidentTask]:
    """Let the tasks of the playbook called `playbook` be done for this incident; returns those that came."""
    plan = next((one for one in plans(incident) if one.code == playbook.strip()), None)
    if plan is None:
        raise Refused(gettext("No playbook is called “%(code)s” here.") % {"code": playbook[:40]})
    known = IncidentTask.objects.current().filter(incident=incident).readable_by(by)
    there = set(known.values_list("title", flat=True))
    fresh = [step for step in plan.steps if step.title.en not in there]
    if not fresh:
        raise Refused(gettext("All tasks of this playbook stand here already."))
    first, bases = _next_number(incident), Bases(incident)
    made = [
        IncidentTask(
            incident=incident, number=first + place, title=step.title.en, title_zh=step.title.zh, phase=step.phase,
            playbook=plan.code, after=step.after, minutes=step.minutes, rule=step.rule, stage=step.stage, role=step.role,
            team=step.team, due_at=bases.due(step),
        )
        for place, step in enumerate(fresh)
    ]  # fmt: skip
    for task in made:
        task.save()
        _owed(task)
    note(
        incident,
        TAKEN,
        verb="playbook",
        by=by,
        playbook=plan.title.en,
        playbook_zh=plan.title.zh,
        count=len(made),
    )
    return made


@act(
    Level.EDIT,
    label=_("Add a task"),
    offered=lambda incident: incident.is_open,
    shown=never,
    explains=_("Whoever is to do it finds it under Due at once."),
)
def add_task(
    incident: Incident,
    *,
    by: Person,
    what: str,
    until: str,
    to: Person | None = None,
    role: str = "",
    tlp: Incident.Tlp | None = None,
) -> IncidentTask:
    """Let `what` be done by `until` (a time as 05:30 is the next such; or a moment): by `to`, else by whoever holds
    `role` at the incident's unit (empty: its security officer). `tlp` is its own mark (None: the incident's)."""
    if not what.strip():
        raise Refused(gettext("Write what is to be done."))
    if role and role not in ASKED:
        raise Refused(
            gettext("No task can be owed by “%(role)s”; choose among %(known)s.")
            % {"role": role[:40], "known": ", ".join(ASKED)}
        )
    if to is not None:
        _able(incident, to)
    require_mark(incident, tlp, by=by)
    if to is not None:
        require_mark(incident, tlp, by=to)
    task = IncidentTask(
        incident=incident, number=_next_number(incident), title=what.strip()[:200], phase=_phase(incident), person=to,
        role="" if to else role or OFFICER, due_at=ahead(until, incident),
        tlp=tlp or "",
    )  # fmt: skip
    task.save()
    _owed(task)
    note(incident, ADDED, verb="task", by=by, tlp=task.tlp, task=task.title)
    return task


def is_open(task: IncidentTask) -> bool:
    """Whether it is still to be done."""
    return task.is_open


@act(
    Level.EDIT,
    label=_("Done"),
    offered=is_open,
    explains=_("It is owed no longer; the timeline tells of it."),
)
def finish(task: IncidentTask, *, by: Person, reason: str = "") -> None:
    """It was done; `reason` says what came of it."""
    _ended(task, IncidentTask.State.DONE, by, reason)
    note(task.incident, DONE, verb="done", by=by, source=task.outcome, tlp=task.tlp, **_named(task))


@act(
    Level.EDIT, label=_("Not needed"), offered=is_open,
    explains=_("It is owed no longer; the reason stays with it and in the timeline."),
)  # fmt: skip
def leave_out(task: IncidentTask, *, by: Person, reason: str) -> None:
    """It need not be done, for `reason`."""
    if not reason.strip():
        raise Refused(gettext("Say why it is not needed."))
    _ended(task, IncidentTask.State.NOT_NEEDED, by, reason)
    note(
        task.incident,
        NOT_NEEDED,
        verb="left-out",
        by=by,
        kind="decision",
        reason=reason,
        tlp=task.tlp,
        **_named(task),
    )


@act(
    Level.EDIT, label=_("Hand on"), offered=is_open,
    explains=_("The other person owes it from now on, by the same moment, and is told."),
)  # fmt: skip
def hand_on(task: IncidentTask, *, by: Person, to: Person) -> None:
    """Let `to` owe it."""
    _able(task.incident, to)
    require_mark(task.incident, task.tlp, by=to)
    settled(task)
    task.person, task.role = to, ""
    task.save()
    _owed(task)
    note(task.incident, HANDED_ON, verb="handed-on", by=by, tlp=task.tlp, **named(to), **_named(task))


def follow(incident: Incident) -> None:
    """Reckon anew when its open tasks are due: what their time runs from has come, or moved. Inside an act."""
    bases = Bases(incident)
    for task in (
        IncidentTask.objects.open().filter(incident=incident).exclude(after="").select_related("person")
    ):
        task.incident = incident
        due = bases.due(task)
        if due != task.due_at:
            task.due_at = due
            task.save()
            _owed(task)


def pass_to(task: IncidentTask, to: Incident) -> None:
    """Let the task belong to another incident, where it has the next number; whoever owes it owes it there. Inside an act."""
    if task.person is not None and task.is_open:
        _able(to, task.person)
    task.incident, task.number = to, _next_number(to)
    task.save()
    if task.is_open:
        _owed(task)


def open_again(task: IncidentTask) -> None:
    """Let it be owed again, as if it had not ended. Inside an act."""
    task.state, task.outcome, task.done_at, task.done_by = IncidentTask.State.OPEN, "", None, None
    task.save()
    _owed(task)


@dataclass(frozen=True)
class Tally:
    """How far the tasks of an incident are: those that ended, of all."""

    done: int
    all: int


def tally(incident: Incident, person: Person) -> Tally:
    """How many of its tasks that `person` may read have ended."""
    rows = IncidentTask.objects.current().filter(incident=incident).readable_by(person)
    found = rows.aggregate(all=Count("pk"), open=Count("pk", filter=Q(state=IncidentTask.State.OPEN)))
    return Tally(found["all"] - found["open"], found["all"])


def playbooks_of(incident: Incident, person: Person) -> list[Text]:
    """The titles of the playbooks of which `person` may read tasks, in the order of their codes."""
    rows = IncidentTask.objects.current().filter(incident=incident).readable_by(person).exclude(playbook="")
    codes = set(rows.values_list("playbook", flat=True).distinct())
    return [plan.title for plan in plans(incident) if plan.code in codes] if codes else []


def ahead(text: str, incident: Incident) -> datetime:
    """The moment still to come that `text` says in the site's zone; a time alone is the next such."""
    zone = ZoneInfo(incident.unit.time_zone)
    plain, now = text.strip(), moments.now()
    try:
        if CLOCK.fullmatch(plain):
            found = datetime.combine(now.astimezone(zone), time.fromisoformat(plain.zfill(5)), zone)
            return found if found > now else found + timedelta(days=1)
        found = datetime.fromisoformat(plain)
    except ValueError as wrong:
        raise Refused(
            gettext("“%(text)s” is no moment; write it as 05:30 or 2025-11-14 05:30.") % {"text": plain[:40]}
        ) from wrong
    found = found if found.tzinfo else found.replace(tzinfo=zone)
    if found <= now:
        raise Refused(gettext("That moment has passed; say by when it is to be done from now on."))
    return found


def _phase(incident: Incident) -> str:
    if incident.recovered_at or incident.contained_at:
        return Phase.RECOVER
    return Phase.CONTAIN if incident.level is not None else Phase.TRIAGE


def _next_number(incident: Incident) -> int:
    last: int | None = IncidentTask.objects.filter(incident=incident).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _owed(task: IncidentTask) -> None:
    """Let whoever is to do it find it under Due."""
    incident = task.incident
    debtor: Debtor = task.person or (task.role, incident.unit)
    day = task.due_at.astimezone(ZoneInfo(incident.unit.time_zone)).date() if task.due_at else None
    owe(
        debtor,
        DO,
        record=task,
        by_day=day,
        context=str(incident),
        url=reverse("incident-tasks-record", args=[task.pk]),
    )


def _ended(task: IncidentTask, state: str, by: Person, outcome: str) -> None:
    task.state, task.done_at, task.done_by = state, moments.now(), by
    task.outcome = " ".join(outcome.split())[:500]
    task.save()
    settled(task)


def _able(incident: Incident, to: Person) -> None:
    if not may_on(to, AREA, Level.EDIT, incident):
        raise Refused(
            gettext("%(name)s may not work on %(incident)s; choose somebody with that right.")
            % {"name": to, "incident": incident}
        )


def _named(task: IncidentTask) -> dict[str, Any]:
    return {"task": task.title, "task_zh": task.title_zh}


@follows
class Timer:
    """The follower that moves tasks with the clocks by which they are due."""

    def one(self, record: Any, names: Collection[str]) -> None:
        if isinstance(record, Clock):
            self.many([record], names)

    def many(self, records: Sequence[Any], names: Collection[str]) -> None:
        if not isinstance(records[0], Clock) or not {"start_at", "ends_at", "state", "retired_at"} & set(
            names
        ):
            return
        keys = sorted({one.incident_id for one in records})
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            waiting = IncidentTask.objects.open().filter(incident__in=some, after__in=BY_CLOCK)
            for incident in Incident.objects.filter(pk__in=waiting.values("incident")).order_by("pk"):
                follow(incident)
