"""The latest incidents of the invented group, which were handled in Keepwell itself: step by step, each at its moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Clock, Incident, IncidentNotice, IncidentTask
from keepwell.areas.incidents.rules import clocks, duty, lessons, notices, reviews, tasks
from keepwell.demo.dice import Dice
from keepwell.demo.incidents import MAJOR, MATERIAL_BASIS, Past
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.tree.models import Unit

Step = tuple[datetime, Callable[[], object]]
PLAYED_FROM = 2
"""From this level on a playbook is taken and a lesson is learned."""
OF_DATA = (
    "data-leak",
    "system-compromise",
    "phishing",
    "unprivileged-account-compromise",
    "social-engineering",
)
FACTS: dict[int, dict[str, Any]] = {
    0: {"effect": False}, 1: {"effect": True}, 2: {"effect": True, "core_system": True},
    3: {"effect": True, "core_system": True, "plant": 2, "supply_interrupted": True}, 4: {"effect": True, "plant": 4},
}  # fmt: skip
FACTS_OF_DATA: dict[int, dict[str, Any]] = {
    2: {"effect": True, "secrets": 1},
    3: {"effect": True, "customer_data": True},
}
IN_TIME, LATE = 84, 95
"""Of a hundred notices so many go in time, and so many in time or late; the others are never sent."""
WHY_LATE = (
    "The officer was on the floor, and the second in line had no phone list at hand.",
    "The level was raised at the change of shifts, and both thought that the other called.",
    "The number of the duty phone had changed; the mail was read in the morning.",
)
WHY_MISSED = (
    "It was closed within the hour, and nobody thought of the notice; the group saw it in the weekly list.",
    "The officer took it for an exercise of the site.",
)
PROOFS = (
    "Call log of the officer's phone",
    "Entry 14 in the book of the duty phone",
    "Call, confirmed by mail",
)
NOT_NEEDED = "Not touched: the logs show no way there."


def load(found: list[Past], ada: Person) -> None:
    """Let each of them go its way, in the order of their reports."""
    for one in found:
        _Handled(one, ada).go()


def officer_of(code: str) -> Person:
    """The security officer of a site; raises StopIteration where it has none."""
    grants = Grant.objects.in_force().filter(role="site_officer", unit__code=code).select_related("person")
    return next(grant.person for grant in grants.order_by("pk")[:1])


class _Handled:
    """One incident, from its report to its close, by the officer of its site."""

    def __init__(self, told: Past, ada: Person) -> None:
        self.told, self.ada, self.officer = told, ada, officer_of(told.site)
        self.site = Unit.objects.get(code=told.site)
        self.dice = Dice(f"handled {told.number}")
        self.at = type(told.at)(*(self._placed(moment) for moment in told.at))

    def _placed(self, told: datetime) -> datetime:
        return told.replace(tzinfo=ZoneInfo(self.site.time_zone))

    def go(self) -> None:
        with moments.standing_at(self.at.reported), acting(self.officer, "incident.create"):
            self.incident = Incident(
                unit=self.site, title=self.told.title, kind=self.told.kind, happened_at=self.at.happened,
                detected_at=self.at.detected, aware_at=self.at.reported,
            )  # fmt: skip
            self.incident.save()
        with moments.standing_at(self.at.taken):
            self._take_up()
        for moment, step in sorted([*self._course(), *self._notices()], key=lambda one: one[0]):
            with moments.standing_at(moment):
                step()

    def _take_up(self) -> None:
        incident, level = self.incident, self.told.level
        facts = (FACTS | FACTS_OF_DATA if self.told.kind in OF_DATA else FACTS)[level]
        rules.acknowledge(incident, by=self.officer)
        rules.classify(incident, by=self.officer, facts=dict(facts))
        rules.respond(incident, by=self.officer)
        for call in duty.calls_for_level(incident):
            duty.acknowledge_level(call, by=call.person)
        if level >= PLAYED_FROM:
            plan = tasks.plans(incident)[0].code
            tasks.take_playbook(incident, by=self.officer, playbook=plan)

    def _course(self) -> Iterator[Step]:
        """Its log, its steps, what it cost, its review."""
        at, incident, officer = self.at, self.incident, self.officer
        for line in self.told.log:
            if line.at >= self.told.at.taken:
                yield (
                    self._placed(line.at),
                    partial(rules.enter, incident, by=officer, says=line.says, kind=line.kind),
                )
        yield (
            at.taken,
            partial(
                rules.enter, incident, by=officer, says=self.told.log[0].says, at=at.detected.isoformat()
            ),
        )
        yield at.contained, self._contained
        yield at.recovered, self._recovered
        if self.told.cost:
            spent = self.told.cost
            yield at.recovered + timedelta(hours=5), partial(
                rules.record_cost, incident, by=officer, what=spent.purpose, amount=spent.amount, currency=spent.currency
            )  # fmt: skip
        yield at.closed, self._closed

    def _contained(self) -> None:
        self._finish(after="level", and_after="awareness")
        rules.contain(self.incident, by=self.officer)

    def _recovered(self) -> None:
        rules.recover(self.incident, by=self.officer)
        self._finish(after="containment", and_after="containment")

    def _finish(self, *, after: str, and_after: str) -> None:
        """What is owed by then is done; now and then one of them is not needed."""
        owed = IncidentTask.objects.current().filter(
            incident=self.incident, state="open", after__in=(after, and_after)
        )
        for task in owed.order_by("number"):
            if self.dice.between(1, 9) == 1:
                tasks.leave_out(task, by=self.officer, reason=NOT_NEEDED)
            else:
                tasks.finish(task, by=self.officer)

    def _closed(self) -> None:
        review, incident = self.told.review, self.incident
        rules.begin_review(incident, by=self.officer)
        if self.told.level >= PLAYED_FROM:
            until = self.at.closed.date() + timedelta(days=self.dice.between(20, 100))
            lessons.raise_lesson(
                incident, by=self.officer, what=review.lesson, to=str(self.officer.number), until=until, reason=review.causes
            )  # fmt: skip
        if self.told.level >= MAJOR:
            rules.decide_materiality(incident, by=self.ada, is_material=False, basis=MATERIAL_BASIS)
        reviews.write_review(
            incident, by=self.officer, happened=review.happened, causes=review.causes, worked=review.worked, failed=review.failed
        )  # fmt: skip
        rules.close(incident, by=self.officer)

    def _notices(self) -> Iterator[Step]:
        """Most are sent in time, some late and some never, each with why."""
        running = Clock.objects.running().exclude(duty=Clock.Duty.INBOUND).filter(incident=self.incident)
        for clock in running.order_by("ends_at", "pk"):
            if clock.ends_at is None:
                continue
            left, fate = clock.ends_at - self.at.taken, self.dice.between(1, 100)
            if fate <= IN_TIME and left > timedelta(0):
                yield self.at.taken + left * self.dice.between(20, 90) / 100, partial(self._tell, clock, "")
            elif fate <= LATE:
                after = timedelta(minutes=self.dice.between(4, 150))
                why = self.dice.pick(WHY_LATE)
                yield max(clock.ends_at, self.at.taken) + after, partial(self._tell, clock, why)
            else:
                why = self.dice.pick(WHY_MISSED)
                yield clock.ends_at + timedelta(days=1), partial(self._own_up, clock, why)

    def _tell(self, clock: Clock, why: str) -> None:
        """Drafted by the officer, approved by Ada, told by phone."""
        clock.refresh_from_db()
        made = notices.draft(clock, by=self.officer, language=IncidentNotice.Language.ENGLISH)
        notices.approve(made, by=self.ada, reason="Told by phone; the call said the rest.")
        notices.record_sent(
            made, by=self.officer, channel=IncidentNotice.Channel.PHONE, proof=self.dice.pick(PROOFS), reason=why
        )  # fmt: skip

    def _own_up(self, clock: Clock, why: str) -> None:
        clock.refresh_from_db()
        clocks.give_reason(clock, by=self.officer, reason=why)
