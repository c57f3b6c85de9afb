"""The busiest incident of the benchmark as such a night leaves it: tasks, evidence, indicators, clocks with notices."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from benchmarks.maturity import START

TASKS, PIECES, INDICATORS, CLOCKS = 60, 30, 40, 12
DONE, APPROVED, SENT = 3, 4, 3
"""One task in so many is done; of notices one in four is approved and one in three sent."""


def bind(place: Any, clauses: int) -> None:
    """So many customers more who must be told of what touches `place`."""
    from keepwell.areas.organization.models import NoticeClause

    for number in range(clauses):
        NoticeClause(
            counterparty=f"B-{number:02}", clause="QA 9", unit=place, trigger="Lots held", term=6 + number,
            conditions="customer_data = yes", contact=f"security@b{number}.example", since=START,
        ).save()  # fmt: skip


def fill(incident: Any, *, ben: Any, ada: Any) -> str:
    """Let `incident` have all that, by the acts that people use; says what there is."""
    from keepwell.areas.incidents.models import Clock

    _tasks(incident, ben)
    _traces(incident, ben)
    _evidence(incident, ben)
    _notices(incident, ben, ada)
    clocks = Clock.objects.current().filter(incident=incident)
    if clocks.count() < CLOCKS:
        raise RuntimeError(f"The busiest incident has {clocks.count()} clocks.")
    told = clocks.filter(notices__isnull=False).distinct().count()
    return f"{TASKS} tasks, {PIECES} pieces of evidence, {INDICATORS} indicators, {clocks.count()} clocks, {told} with notices"


def _tasks(incident: Any, ben: Any) -> None:
    from keepwell.areas.incidents.rules import tasks

    for number in range(TASKS):
        hour = f"{number % 24:02}:30"
        made = tasks.add_task(incident, by=ben, what=f"Compare program {number} with its master", until=hour)
        if number % DONE == 0:
            tasks.finish(made, by=ben, reason="Alike")


def _traces(incident: Any, ben: Any) -> None:
    from keepwell.areas.incidents.models import Indicator
    from keepwell.areas.incidents.rules import indicators

    for number in range(INDICATORS):
        indicators.add_indicator(
            incident, by=ben, kind=Indicator.Kind.IPV4, value=f"198.51.100.{number + 1}", role=Indicator.Role.ATTACKER,
            source="Proxy",
        )  # fmt: skip


def _evidence(incident: Any, ben: Any) -> None:
    from keepwell.platform.evidence import rules as evidence

    for number in range(PIECES):
        facts = evidence.Facts(
            f"Log of station {number}",
            incident.unit,
            ben,
            received_on=incident.reported_at.date() - timedelta(days=1),
        )
        evidence.attach(
            facts, by=ben, files=[], links=[f"https://logs.bench.example/{number}"], to=incident, reason="Shows the way in"
        )  # fmt: skip


def _notices(incident: Any, ben: Any, ada: Any) -> None:
    from keepwell.areas.incidents.models import Clock, IncidentNotice
    from keepwell.areas.incidents.rules import notices

    running = Clock.objects.running().exclude(duty=Clock.Duty.INBOUND).filter(incident=incident)
    for number, clock in enumerate(
        running.select_related("incident", "unit", "clause").order_by("ends_at", "pk")
    ):
        made = notices.draft(clock, by=ben, language=IncidentNotice.Language.ENGLISH)
        if number % APPROVED and number % SENT:
            continue
        notices.approve(made, by=ada, reason="The first word counts", out_of_turn="Counsel agreed")
        if number % SENT == 0:
            notices.record_sent(made, by=ben, channel=IncidentNotice.Channel.PHONE, proof="Call log", reason="No sooner",
                                out_of_turn="Counsel agreed", blocked="Portal down")  # fmt: skip
