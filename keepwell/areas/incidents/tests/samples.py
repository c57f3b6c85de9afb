"""Sample records for the house tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256

from keepwell.areas.incidents.models import (
    CalendarDay,
    Classification,
    ClauseQuestion,
    Clock,
    DutyShift,
    EscalationCall,
    ExposureAnswer,
    ImplicatedPerson,
    Incident,
    IncidentCost,
    IncidentEvent,
    IncidentNotice,
    IncidentReview,
    IncidentTask,
    IncidentType,
    Indicator,
    NamedPerson,
    NoticeFact,
    OwnRule,
    Playbook,
    PlaybookTask,
    ReceivedMail,
    Report,
    ReportAddress,
    ReportFile,
    ReportWord,
    ResponseMeeting,
    RuleInForce,
    SeverityScheme,
    TimelineEntry,
)
from keepwell.areas.incidents.models.library import scheme_to_edit
from keepwell.areas.organization.models import NoticeClause
from keepwell.kernel import moments
from keepwell.kernel.clocks.factors import FACTORS
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit

NIGHT = timedelta(hours=12)


def incidents(unit: Unit, person: Person) -> Incident:
    """Malware on the controllers of a line."""
    return Incident(
        title="Malware on the controllers of line 3",
        unit=unit,
        kind="infected-system",
        summary="Two stations.",
    )


def classifications(unit: Unit, person: Person) -> Classification:
    """The first level of an incident of the same unit, which is made with it."""
    incident = incidents(unit, person)
    incident.save()
    return Classification(
        incident=incident, revision=1, person=person, factors={"plant": 2}, reckoned=3, level=3
    )


def named_persons(unit: Unit, person: Person) -> NamedPerson:
    """Somebody named for an incident of the same unit, which is made with it."""
    incident = incidents(unit, person)
    incident.save()
    return NamedPerson(incident=incident, person=person, by=person, reason="Leads the response.")


def implicated_persons(unit: Unit, person: Person) -> ImplicatedPerson:
    """Somebody whom a report of the same unit concerns, which is made with it: as its words claim."""
    report = reports(unit, person)
    report.save()
    whom = Person.objects.get(number="A0000005")
    return ImplicatedPerson(report=report, unit=unit, person=whom, state="claimed")


def reports(unit: Unit, person: Person) -> Report:
    """Three lines from the floor."""
    return Report(unit=unit, spot="Line 3", says="The screens on line 3 ask for money.", reach="ext. 4711")


def report_words(unit: Unit, person: Person) -> ReportWord:
    """What the reporter was answered."""
    report = reports(unit, person)
    report.save()
    return ReportWord(report=report, by=person, says="We are on the way.")


def files_of_reports(unit: Unit, person: Person) -> ReportFile:
    """A log that came with it."""
    report = reports(unit, person)
    report.save()
    return ReportFile(
        report=report, name="plc.log", sha256="ab" * 32, size_bytes=420, media_type="text/plain"
    )


def report_addresses(unit: Unit, person: Person) -> ReportAddress:
    """An address of the unit; each sample has one more."""
    return ReportAddress(address=f"report.{ReportAddress.objects.count()}@meridian.example", unit=unit)


def received_mails(unit: Unit, person: Person) -> ReceivedMail:
    """An automatic answer that was left aside."""
    mark = f"{ReceivedMail.objects.count():064x}"
    return ReceivedMail(mark=mark, unit=unit, sender="robot@maker.example", subject="Out of office", size_bytes=900,
                        state="left", because="automatic")  # fmt: skip


def timeline_entries(unit: Unit, person: Person) -> TimelineEntry:
    """What was seen first."""
    incident = incidents(unit, person)
    incident.save()
    return TimelineEntry(
        incident=incident, says="Line 3 stands.", zone="Asia/Taipei", person=person, source="the shift’s log"
    )


def indicators(unit: Unit, person: Person) -> Indicator:
    """What came with the mail."""
    incident = incidents(unit, person)
    incident.save()
    return Indicator(incident=incident, kind="file", value="invoice.exe", role="lure", person=person)


def incident_costs(unit: Unit, person: Person) -> IncidentCost:
    """A night without a line."""
    incident = incidents(unit, person)
    incident.save()
    return IncidentCost(
        incident=incident, what="Line 3, one night", amount=Decimal("184000"), currency="USD", person=person
    )


def incident_reviews(unit: Unit, person: Person) -> IncidentReview:
    """What was learned of an incident of the same unit, which is made with it and in review."""
    incident = incidents(unit, person)
    incident.level, incident.state = 1, Incident.State.REVIEW
    incident.save()
    return IncidentReview(incident=incident, happened="A stick from the maker.", person=person)


def clocks(unit: Unit, person: Person) -> Clock:
    """A duty of the group's own rule that waits for its event."""
    incident = incidents(unit, person)
    incident.save()
    return Clock(
        incident=incident, rule="group-escalation", stage="escalation", unit=unit, duty="internal", state="waiting",
        zone="Asia/Taipei",
    )  # fmt: skip


def rules_in_force(unit: Unit, person: Person) -> RuleInForce:
    """A rule that nobody has confirmed."""
    return RuleInForce(rule="gdpr-33", unit=unit)


def severity_schemes(unit: Unit, person: Person) -> SeverityScheme:
    """A draft that calls the worst level otherwise; each sample is one more edition."""
    text = scheme_to_edit().replace("name: Crisis", "name: Emergency")
    return SeverityScheme(
        edition=SeverityScheme.objects.count() + 1, valid_from=date(2026, 1, 1), reason="As our plan says.", text=text,
        sha256=sha256(text.encode()).hexdigest(), drafted_by=person, unit=unit,
    )  # fmt: skip


def own_rules(unit: Unit, person: Person) -> OwnRule:
    """A policy of the unit that nobody has confirmed."""
    name = f"own-{str(unit.code).lower()}"
    text = {
        "id": name, "regime": "Policy", "jurisdiction": "group", "recipient": "the director",
        "stages": [{"stage": "notice", "start": "awareness", "deadline": {"n": 4, "unit": "hours"}}],
    }  # fmt: skip
    return OwnRule(rule=name, unit=unit, text=text)


def calendar_days(unit: Unit, person: Person) -> CalendarDay:
    """A typhoon day."""
    return CalendarDay(calendar="TWSE", day=date(2025, 8, 13), reason="Typhoon day", unit=unit)


def known_incident(unit: Unit, person: Person) -> Incident:
    """The first incident of the unit, which is made if there is none: a form names one that is there already."""
    found = Incident.objects.filter(unit=unit).order_by("pk").first()
    if found is None:
        found = incidents(unit, person)
        found.save()
    return found


def incident_events(unit: Unit, person: Person) -> IncidentEvent:
    """A newspaper wrote about it; each sample a second after the one before."""
    incident = known_incident(unit, person)
    later = timedelta(seconds=incident.events.count())
    return IncidentEvent(
        incident=incident, kind="media_discovery", at=datetime(2025, 11, 13, 20, 0, tzinfo=UTC) + later
    )


def facts_for_notices(unit: Unit, person: Person) -> NoticeFact:
    """Whether something is so that nobody has answered of the incident yet."""
    incident = known_incident(unit, person)
    answered = set(incident.notice_facts.values_list("factor", flat=True))
    asked = [name for name, (kind, _asks) in FACTORS.items() if kind is bool and name not in answered]
    return NoticeFact(incident=incident, factor=asked[0], holds=False)


def incident_tasks(unit: Unit, person: Person) -> IncidentTask:
    """What is compared first."""
    incident = incidents(unit, person)
    incident.save()
    return IncidentTask(
        incident=incident, number=1, title="Compare controller programs with the masters", role="site_officer"
    )


def clause_questions(unit: Unit, person: Person) -> ClauseQuestion:
    """Whether a clause of a customer applies to an incident."""
    incident = facts_for_notices(unit, person).incident
    number = NoticeClause.objects.filter(counterparty__startswith="C-9").count()
    clause = NoticeClause(counterparty=f"C-9{number}", clause="MSA 3", unit=unit, trigger="Lots held", term=4,
                          contact="security@c9.example", since=date(2024, 1, 1))  # fmt: skip
    clause.save()
    return ClauseQuestion(incident=incident, unit=unit, clause=clause)


def playbooks(unit: Unit, person: Person) -> Playbook:
    """What the group does about malware on a line."""
    return Playbook(code="malware-on-a-line", title="Malware on a line", unit=unit, kinds=["infected-system"])


def own_types_of_incidents(unit: Unit, person: Person) -> IncidentType:
    """A type in the words of a unit."""
    return IncidentType(
        code="line-stop", title="Malware stops a line", stands_for="infected-system", unit=unit
    )


def tasks_of_playbooks(unit: Unit, person: Person) -> PlaybookTask:
    """Its first task."""
    code = f"malware-{str(unit.code).lower()}"
    playbook = Playbook.objects.filter(code=code).first()
    if playbook is None:
        playbook = Playbook(code=code, title="Malware on a line", unit=unit)
        playbook.save()
    return PlaybookTask(playbook=playbook, title="Cut the zone")


def incident_notices(unit: Unit, person: Person) -> IncidentNotice:
    """The first words to whom the group's own rule names."""
    clock = clocks(unit, person)
    clock.save()
    return IncidentNotice(
        clock=clock, recipient="The duty officer", subject="Notice of a cybersecurity incident", drafted_by=person,
        contents={"what happened": "Two stations are infected."},
    )  # fmt: skip


def duty_shifts(unit: Unit, person: Person) -> DutyShift:
    """A night on duty of the group’s CISO, who may take incidents up anywhere."""
    # A shift is known by when it begins, which a file tells to the second: each sample begins a night later.
    since = moments.now().replace(microsecond=0) + NIGHT * DutyShift.objects.count()
    return DutyShift(
        unit=unit,
        person=Person.objects.get(number="A0000001"),
        phone="+886 912 345 678",
        since=since,
        until=since + NIGHT,
    )


def escalation_calls(unit: Unit, person: Person) -> EscalationCall:
    """The first call of the night."""
    incident = incidents(unit, person)
    incident.save()
    return EscalationCall(
        incident=incident, unit=unit, step=1, person=person, answer_by=moments.now() + NIGHT
    )


def exposure_answers(unit: Unit, person: Person) -> ExposureAnswer:
    """A site that was asked and has not answered."""
    incident = incidents(unit, person)
    incident.save()
    return ExposureAnswer(
        incident=incident,
        unit=unit,
        asks="Is the tool of maker X in use?",
        asked_by=person,
        due_at=moments.now() + NIGHT,
    )


def response_meetings(unit: Unit, person: Person) -> ResponseMeeting:
    """The first meeting of the night."""
    incident = incidents(unit, person)
    incident.save()
    return ResponseMeeting(
        incident=incident, starts_at=moments.now(), bridge="https://meet.example/one", called_by=person
    )
