"""How the invented group responds: its list of past incidents, two that only named people know, and the one that runs
in Penang right now."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import (
    Clock,
    ExposureAnswer,
    Incident,
    IncidentNotice,
    IncidentTask,
    Indicator,
    NoticeFact,
    Report,
    RuleInForce,
    TimelineEntry,
)
from keepwell.areas.incidents.rules import (
    duties,
    duty,
    exposure,
    indicators,
    intake,
    meeting,
    notices,
    owing,
    own_rules,
    tasks,
)
from keepwell.areas.organization.models import CriticalSystem, LegalStanding, NoticeClause
from keepwell.demo import handled, notified
from keepwell.demo import incidents as past
from keepwell.demo.handled import officer_of
from keepwell.demo.structure import GROUP
from keepwell.kernel import moments
from keepwell.kernel.clocks.written import put
from keepwell.platform.evidence import custody
from keepwell.platform.evidence.models import CustodyEntry, Piece
from keepwell.platform.evidence.rules import Facts
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit

PREPARED = datetime(2025, 1, 9, 2, tzinfo=UTC)
HANDLED_FROM = datetime(2025, 7, 1)
"""What was reported from this day on was handled in Keepwell; what was before came with the old list."""
HANDLED_FROM_SMALL = datetime(2025, 10, 1)
LIST_CLOSED, LIST_BROUGHT_IN = timedelta(days=12), timedelta(days=13)
"""So long after that the last incident of the old list was closed, and the list brought in."""
NIGHT = date(2025, 11, 13)
SITE = "PEN2"
# unit, kind, title, summary, facts, when
RESTRICTED = (
    ("HSZ1", "unauthorised-information-access", "Design data copied by somebody who leaves",
     "4,100 drawings of two customers went to a private drive in the week before the notice.",
     {"effect": True, "secrets": 2, "customer_data": True}, datetime(2025, 11, 3, 6, 20, tzinfo=UTC)),
    ("TPE1", "masquerade", "Payment order in a director's voice",
     "The caller knew of a deal that is not public.", {"effect": True, "secrets": 2}, datetime(2025, 11, 10, 2, 5, tzinfo=UTC)),
)  # fmt: skip
SYSTEMS = (
    ("MES-PEN2", "Manufacturing execution, Penang 2", "檳城二廠製造執行系統", "it", 4, 2),
    ("PLC-PEN2-L3", "Controllers of line 3, Penang 2", "檳城二廠三線控制器", "ot", 3, 4),
)
# who must tell, counterparty, clause, trigger, facts, hours, contact, wording
CLAUSES = (
    (GROUP, "C-0148", "MSA 14.2", "supply is interrupted or its data is touched",
     "supply_interrupted = yes\ncustomer_data = yes", 4, "security@c-0148.example",
     "Supplier shall notify within four (4) hours of becoming aware."),
    (GROUP, "C-0031", "Quality agreement 9", "supply is interrupted", "supply_interrupted = yes", 24, "incident@c-0031.example",
     "The supplier informs the buyer within one day of an event that may delay deliveries."),
    ("MSE", "C-0205", "Security annex 4.1", "a line that makes its parts stands", "", 3, "duty@c-0205.example",
     "Supplier calls Customer within three hours after it knows of an event that stops a line."),
)  # fmt: skip
CONFIRMED = ("customer-contract", "insurer-notice", "twcert-voluntary", "group-escalation", "my-pdpa")
"""Rules whose text counsel read for the group; those that were not verified when they were shipped are off else."""
POLICY: dict[str, Any] = {
    "id": "own-substrates-s3", "regime": "Group policy 12.3, incidents at plants with hazardous chemistry",
    "jurisdiction": "group", "when": [{"factor": "level", "is": ">=", "value": 3}],
    "stages": [{"stage": "word to the group", "start": "awareness", "duty": "internal", "deadline": {"n": 4, "unit": "hours"}}],
    "recipient": "CISO of the group, by phone, and the director of safety", "audience": "own", "channel": "phone",
    "content": ["what happened", "whether people or the surroundings are at risk", "which lines stand", "whom to ask"],
    "source": "Policy 12.3 of 20 December 2024",
}  # fmt: skip
POLICY_NOTE = "Asked for by the board after the spill of 2024."
FIRST = "The screens on line 3 show a page in red and the loaders stand. Nobody pressed anything."
TRACES = """Beacons from line 3 to 203.0.113.57:8443 and 2001:db8:71::2f, resolved from update-hmi[.]example.
First stage: hxxps://cdn.update-hmi[.]example/fw/line3.bin, sent from service[@]update-hmi[.]example.
Firmware of the controllers is version 4.1.2.7; their gateway 10.62.3.1 is ours.
"""
LOADER = "6b1f0a6d6c6d0b4d4b3f8a57e3c1f0a2d94e7c5b8a19f3e2d1c0b9a8f7e6d5c4"
IMAGE = "0f4c1b7a9e2d8356c1a4e7b09d3f6285a7c9e1b3d5f70824a6c8eab1c3d5e7f9"
"""Digests of the loader and of the image of the disk, invented."""
SECOND = "Engineering station ENG-3 restarts again and again, a window asks for a key."

KEPT = "The account that opened ENG-3 at 01:38 belongs to somebody who is on leave; HR is not told yet."
ASKED = "Did any controller or engineering station of yours reach update-hmi[.]example or 203.0.113.57 since 1 November?"
SILENT = "SUZ1"
# site: when, what, in which words
ANSWERS = {
    "KHH1": ("04:52", ExposureAnswer.State.NOT_EXPOSED, "Proxy and firewall show neither since 1 November."),
    "KHH2": (
        "04:57",
        ExposureAnswer.State.EXPOSED,
        "One engineering station asked for the name at 03:11; unplugged.",
    ),
    "PEN1": (
        "05:04",
        ExposureAnswer.State.NOT_SURE,
        "The proxy keeps seven days; the firewall is being searched.",
    ),
}
INVITED = ("A0000001", "A0000002", "mei.ong@forensics-penang.example", "support@line-controls.example")
MATTERS = "Finance expects a loss that investors must know of, should line 3 stand until Monday."
ABOUT = "Spread to KHH2, clean image for line 3, what customers are told"


def load(ada: Person, *, small: bool) -> None:
    """Bring in what is over, handle what was reported since, tell what few know, and let the night in Penang go its way
    up to now. The small group handled the incidents of one month so."""
    first = HANDLED_FROM_SMALL if small else HANDLED_FROM
    found = list(past.all_past())
    before = [one for one in found if one.at.reported < first]
    _bring_in(ada, before, first)
    _prepare(ada)
    with moments.standing_at((first + LIST_BROUGHT_IN).replace(tzinfo=UTC)):
        notified.load(ada, before)
    handled.load([one for one in found if one.at.reported >= first], ada)
    for told in RESTRICTED:
        _restricted(ada, *told)
    _night(ada)


def _bring_in(ada: Person, found: list[past.Past], first: datetime) -> None:
    """Bring in the old list, which was kept up to the day `first`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "incidents-2019-2025.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            told = csv.writer(file, lineterminator="\n")
            told.writerow(past.HEADINGS)
            told.writerows(one.row(first + LIST_CLOSED) for one in found)
        with moments.standing_at((first + LIST_BROUGHT_IN).replace(tzinfo=UTC)):
            rules.bring_in_past(rules.read_past(path), by=ada)


def _restricted(
    ada: Person, code: str, kind: str, title: str, summary: str, facts: dict[str, Any], told_at: datetime
) -> None:
    """The site's officer leads it, names Ada, and tells whom the rules name within half an hour."""
    officer = officer_of(code)
    with moments.standing_at(told_at):
        incident = Incident(unit=Unit.objects.get(code=code), kind=kind, title=title, summary=summary)
        with acting(officer, "incident.create"):
            incident.save()
        rules.acknowledge(incident, by=officer)
        rules.restrict(incident, by=officer, reason="It concerns somebody who works there.")
        if officer != ada:
            rules.name_person(incident, by=officer, person=ada, reason="Decides for the group.")
        rules.classify(incident, by=officer, facts=dict(facts))
        rules.respond(incident, by=officer)
    with moments.standing_at(told_at + timedelta(minutes=6)):
        _acknowledge(incident)
    with moments.standing_at(told_at + timedelta(minutes=25)):
        for clock in Clock.objects.current().filter(incident=incident).order_by("due_at"):
            _told(clock, officer, ada, "Call log of the officer's phone")


def _acknowledge(incident: Incident) -> None:
    """Whoever was called for the level acknowledges it."""
    for call in duty.calls_for_level(incident):
        duty.acknowledge_level(call, by=call.person)


def _told(clock: Clock, officer: Person, ada: Person, proof: str) -> None:
    """The recipient is called, as Ada approved."""
    notice = notices.draft(clock, by=officer, language=IncidentNotice.Language.ENGLISH)
    notices.approve(notice, by=ada, reason="Told by phone; the call said the rest.")
    notices.record_sent(notice, by=officer, channel=IncidentNotice.Channel.PHONE, proof=proof)


def _prepare(ada: Person) -> None:
    """What the response leans on: systems of the site, and clauses of two customers."""
    site, group = Unit.objects.get(code=SITE), ada.unit
    with moments.standing_at(PREPARED):
        for row in RuleInForce.objects.filter(rule__in=CONFIRMED).order_by("rule"):
            duties.confirm(
                row, by=ada, basis="Read by counsel for the group on 8 January 2025", since=PREPARED.date()
            )
        own = own_rules.bring_in(put([POLICY]), unit=Unit.objects.get(code="MSU"), by=ada, note=POLICY_NOTE)
        own_rules.confirm(
            own[0], by=ada, basis="Group policy 12.3, approved on 20 December 2024", since=PREPARED.date()
        )
    with moments.standing_at(PREPARED), acting(ada, "response.prepare"):
        LegalStanding(
            unit=group, attribute="listed_on_TWSE", since=date(2016, 4, 29), basis="Listing 3911"
        ).save()
        for code, name, name_zh, technology, criticality, tolerable in SYSTEMS:
            CriticalSystem(
                code=code, name=name, name_zh=name_zh, unit=site, technology=technology, is_core=technology == "it",
                criticality=criticality, confidentiality=2, integrity=4, availability=4, owner=ada,
                tolerable_hours=tolerable, rto_hours=tolerable, rpo_hours=1,
            ).save()  # fmt: skip
        for code, counterparty, clause, trigger, facts, hours, contact, text in CLAUSES:
            NoticeClause(
                kind="customer", counterparty=counterparty, clause=clause, unit=Unit.objects.get(code=code),
                trigger=trigger, conditions=facts, joined="any", starts="awareness",
                term=hours, term_unit="hours", contact=contact, text=text, since=date(2024, 1, 1),
            ).save()  # fmt: skip


@contextmanager
def at(clock: str) -> Iterator[None]:
    """The time of the night in Taipei and Penang, as 02:31."""
    hour, minute = map(int, clock.split(":"))
    # 02:31 there is 18:31 of the day before in UTC.
    with moments.standing_at(datetime(NIGHT.year, NIGHT.month, NIGHT.day, hour + 16, minute, tzinfo=UTC)):
        yield


def _night(ada: Person) -> None:
    officer = officer_of(SITE)
    incident = _begun(officer)
    _worked_on(incident, officer, ada)
    _notices(incident, officer, ada)


def _begun(officer: Person) -> Incident:
    """Two reports of the night become one incident."""
    site = Unit.objects.get(code=SITE)
    with at("02:10"):
        first = _reported(site, "RP-7QF4M2XK", "Line 3", FIRST)
    with at("02:19"):
        second = _reported(site, "RP-9HTD3WRC", "Line 3, ENG-3", SECOND)
    with at("02:25"):
        duty.escalate_all()
    with at("02:31"):
        intake.take(first, by=officer)
        incident = intake.open_incident(
            first, by=officer, title="Malware on the line 3 controllers, Penang Assembly 2"
        )
        intake.join(second, by=officer, number=incident.number)
        incident.refresh_from_db()
        incident.aware_at = moments.now()
        with acting(officer, "incident.edit"):
            incident.save()
        rules.acknowledge(incident, by=officer)
    return incident


def _worked_on(incident: Incident, officer: Person, ada: Person) -> None:
    """Level, playbook, decisions, evidence and cost, up to now."""
    with at("02:40"):
        rules.classify(
            incident, by=officer, kind="infected-system", facts={"effect": True, "core_system": True}
        )
        rules.respond(incident, by=officer)
        tasks.take_playbook(incident, by=officer, playbook="ot-malware")
        _finish(incident, officer, 2)
    with at("02:46"):
        _acknowledge(incident)
    with at("02:55"):
        facts = {"effect": True, "core_system": True, "plant": 2, "customer_data": False, "supply_interrupted": True,
                 "safety": 0, "sites": 1}  # fmt: skip
        rules.classify(incident, by=officer, facts=facts)
        incident.systems.set(CriticalSystem.objects.filter(unit=incident.unit))
    with at("02:57"):
        _acknowledge(incident)
    with at("03:22"):
        rules.enter(
            incident, by=officer, kind="decision", says="Line 4 keeps running; its network is cut from zone 4.",
            reason="No sign of spread in two checks", decided_by="Plant manager, IT, OT",
        )  # fmt: skip
        _finish(incident, officer, 1)
    with at("04:10"):
        rules.enter(
            incident,
            by=officer,
            kind="observed",
            says="MES-PEN2 passed its tolerable outage of 2 hours.",
            source="MES",
        )
    _traced(incident, officer, ada)
    _gathered(incident, officer, ada)
    with at("04:41"):
        _disk_taken(incident, officer)
        _finish(incident, officer, 2)
        rules.record_cost(incident, by=officer, what="Line 3 stands, estimate of the plant", amount=Decimal(184_000),
                          currency="USD", is_estimate=True)  # fmt: skip


def _gathered(incident: Incident, officer: Person, ada: Person) -> None:
    """What few may read, what other sites were asked and said, and the meeting that is to come."""
    with at("04:31"):
        for person, reason in {officer: "Leads the response.", ada: "Decides for the group."}.items():
            rules.name_person(incident, by=officer, person=person, reason=reason)
        rules.enter(incident, by=officer, kind="observed", says=KEPT, source="Identity provider",
                    confidence=TimelineEntry.Confidence.LIKELY, tlp=Incident.Tlp.RED)  # fmt: skip
    with at("04:36"):
        exposure.ask_sites(incident, by=ada, says=ASKED, until="06:30", sites=" ".join([*ANSWERS, SILENT]))
    for code, (clock, state, words) in ANSWERS.items():
        with at(clock):
            asked = ExposureAnswer.objects.current().get(incident=incident, unit__code=code)
            exposure.answer(asked, by=officer_of(code), exposed=state, reason=words)
    incident.refresh_from_db()  # a site that is exposed belongs to it
    with at("04:58"):
        meeting.call_meeting(incident, by=ada, begins="05:30", minutes=30, invite=" ".join(INVITED),
                             bridge="https://meet.meridian.example/ir-0150", about=ABOUT)  # fmt: skip


def _traced(incident: Incident, officer: Person, ada: Person) -> None:
    """What the proxy and the engineering station show; one address was seen in Penang before."""
    kinds, roles = Indicator.Kind, Indicator.Role
    with at("04:25"):
        indicators.add_indicators(
            incident, by=officer, text=TRACES, role=roles.ATTACKER, source="Proxy and firewall of PEN2",
            first_seen="01:38", last_seen="03:51",
        )  # fmt: skip
        indicators.add_indicator(incident, by=officer, kind=kinds.SHA256, value=LOADER, file_name="hmi_update.exe",
                                 role=roles.TOOL,
                                 confidence=TimelineEntry.Confidence.LIKELY, source="ENG-3")  # fmt: skip
        indicators.add_indicator(
            incident, by=officer, kind=kinds.HOST, value="ENG-3", role=roles.VICTIM, first_seen="02:19"
        )
    before = Incident.objects.filter(unit__code="PEN1", kind="infected-system").order_by("-number").first()
    if before is not None:
        with at("04:50"):
            indicators.add_indicator(before, by=ada, kind=kinds.IPV4, value="203.0.113.57", role=roles.ATTACKER,
                                     source="Report of the time")  # fmt: skip


def _disk_taken(incident: Incident, officer: Person) -> None:
    """The disk of ENG-3 is sealed at the line, and goes to a laboratory for its image."""
    facts = Facts(
        "Disk of engineering station ENG-3", incident.unit, officer,
        more={"reference": "EV-PEN2-ENG3", "received_from": "Line 3, station ENG-3", "retention": "incident",
              "classification": "confidential", "description": "2.5 inch SATA disk, 512 GB, taken out with the power off."},
    )  # fmt: skip
    held = custody.Circumstances(
        "Safe of the security office", "To be imaged", CustodyEntry.Manner.SEIZED, seal="Bag 0071", remark="Two witnesses."
    )  # fmt: skip
    disk = custody.attach_object(
        facts, custody.Holder(officer), held, by=officer, serial="S4Z2NX0R310815", sha256=IMAGE, to=incident,
        reason="Holds the loader",
    )  # fmt: skip
    with at("05:05"):
        custody.hand_over(
            Piece.objects.get(pk=disk.pk), by=officer, outside="Mei Ong", organization="Forensics Penang Sdn Bhd",
            whereabouts="Laboratory, Bayan Lepas", purpose="Image and analysis of the loader", seal="Bag 0072",
            manner=CustodyEntry.Manner.COURIER, sha256_before=IMAGE, sha256_after=IMAGE,
        )  # fmt: skip


def _reported(site: Unit, reference: str, spot: str, says: str) -> Report:
    """A report as the page keeps it, under a name that is the same every time."""
    with acting(intake.PAGE, "report.send"):
        report = Report(
            reference=reference, unit=site, spot=spot, says=says, ongoing="yes", channel=Report.Channel.PAGE
        )
        report.save()
    return report


def _finish(incident: Incident, officer: Person, count: int) -> None:
    """The next tasks that the officer owes are done; what is due after the containment comes later."""
    owed = IncidentTask.objects.current().filter(incident=incident, state="open", due_at__isnull=False)
    for task in owed.order_by("due_at", "number")[:count]:
        tasks.finish(task, by=officer)


def _notices(incident: Incident, officer: Person, ada: Person) -> None:
    """The group was called within the hour; the first customer's notice is drafted and waits for whoever approves."""
    running = Clock.objects.current().filter(incident=incident).order_by("due_at")
    with at("02:58"):
        for clock in running.filter(rule="group-escalation"):
            _told(clock, officer, ada, "Call log of the duty phone, 02:58")
    first = running.filter(clause__counterparty="C-0148").first()
    if first is not None:
        with at("05:02"):
            notices.draft(first, by=officer, language=IncidentNotice.Language.ENGLISH)
    with at("05:03"), acting(ada, "noticefact.create"):
        # The exchange must be told first, by Monday 07:00; the customer’s four hours are over at 06:31.
        NoticeFact(incident=incident, factor="material", holds=True, note=MATTERS).save()
    with at("05:05"):
        owing.warn(moments.now())
