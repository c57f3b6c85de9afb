"""Registers of incidents: lists of names, no logic."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import (
    CalendarDay,
    Classification,
    Clock,
    DutyShift,
    EscalationCall,
    ExposureAnswer,
    Incident,
    IncidentCost,
    IncidentEvent,
    IncidentNotice,
    IncidentTask,
    IncidentType,
    Indicator,
    NamedPerson,
    NoticeFact,
    Playbook,
    PlaybookTask,
    ReceivedMail,
    Report,
    ReportAddress,
    ReportFile,
    ReportWord,
    ResponseMeeting,
    RuleInForce,
    TimelineEntry,
)
from keepwell.areas.incidents.rules import (
    answering,
    clocks,
    costs,
    customers,
    duties,
    duty,
    exposure,
    indicators,
    intake,
    lessons,
    links,
    mailing,
    meeting,
    notices,
    restricting,
    tasks,
    timeline,
    ways,
)
from keepwell.areas.incidents.rules.post import looking
from keepwell.platform.registers.register import Register


class Incidents(Register):
    record = Incident
    columns = ["number", "title", "unit", "kind", "severity", "standing", "reported_at", "lead"]
    form_fields = ["title", "unit", "kind", "summary", "happened_at", "detected_at", "aware_at",
                   "affected_units", "systems", "lines", "suppliers", "customers"]  # fmt: skip
    search_fields = ["number", "title", "summary"]
    filters = ["kind", "level", "state", "tlp", "is_restricted", "is_material", "reported_at"]
    sort = "-reported_at"
    acts = [
        rules.acknowledge, rules.respond, rules.contain, rules.recover, rules.begin_review, rules.close, rules.reopen,
        rules.decide_materiality, rules.mark, rules.widen_entries, rules.restrict, rules.name_person, rules.lift,
        rules.withdraw, rules.enter, rules.record_cost,
        tasks.take_playbook, tasks.add_task, exposure.ask_sites, lessons.raise_lesson, links.link, links.merge,
        meeting.call_meeting, indicators.add_indicator, indicators.add_indicators,
        customers.name_customers,
    ]  # fmt: skip
    panels = {
        "classifications": ["revision", "at", "person", "level", "reckoned", "reason"],
        "clocks": ["whom", "unit", "stage_here", "ends_at", "standing", "owner"],
        "events": ["kind", "at", "note"],
        "indicators": ["shown", "kind", "role", "last_seen_at", "tlp", "standing"],
        "named": ["person", "since", "until", "by", "reason", "is_break_glass"],
    }
    views = {
        "incidents": _("Incidents"), "incident-restricted": _("For named people"), "incidents-past": _("From the past"),
        "incident-figures": _("Figures"),
    }  # fmt: skip
    parts = ["incidents/_of_incident.html", "incidents/_clocks_of_incident.html"]


class Classifications(Register):
    record = Classification
    columns = ["incident", "revision", "at", "person", "level", "reckoned", "national_level", "reason"]
    filters = ["level", "at"]
    sort = "-at"


class TimelineEntries(Register):
    record = TimelineEntry
    columns = [
        "incident",
        "at",
        "kind",
        "told",
        "person",
        "source",
        "confidence",
        "tlp",
        "revision",
        "is_latest",
    ]
    file_columns = [
        "incident", "at", "zone", "kind", "told", "verb", "reason", "decided_by", "source", "confidence", "tlp", "person",
        "recorded_at", "root", "revision", "is_latest",
    ]  # fmt: skip
    filters = ["kind", "confidence", "tlp", "is_latest", "at"]
    sort = "-at"
    acts = [timeline.correct, rules.mark_entry]
    panels = {"revisions": ["revision", "recorded_at", "person", "at", "says"]}


class Indicators(Register):
    record = Indicator
    columns = [
        "shown", "kind", "role", "incident", "file_name", "first_seen_at", "last_seen_at", "tlp", "standing",
    ]  # fmt: skip
    file_columns = [
        "incident", "kind", "value", "shown", "file_name", "role", "confidence", "tlp", "first_seen_at", "last_seen_at",
        "source", "remark", "person", "recorded_at",
    ]  # fmt: skip
    search_fields = ["value", "file_name", "remark"]
    filters = ["incident", "kind", "role", "confidence", "tlp", "last_seen_at"]
    sort = "-recorded_at"
    acts = [indicators.change_known, indicators.retract, indicators.reinstate]
    parts = ["incidents/_of_indicator.html"]


class IncidentCosts(Register):
    record = IncidentCost
    columns = [
        "incident", "what", "kind", "amount", "currency", "is_estimate", "person", "recorded_at", "tlp",
    ]  # fmt: skip
    filters = ["kind", "currency", "is_estimate", "recorded_at"]
    sort = "-recorded_at"
    acts = [costs.strike, rules.mark_cost]


class IncidentTasks(Register):
    record = IncidentTask
    columns = ["incident", "number", "title_here", "phase", "due_at", "who", "standing", "playbook", "tlp"]
    file_columns = [
        "incident", "number", "title", "title_zh", "phase", "playbook", "after", "minutes", "rule", "stage", "due_at",
        "role", "person", "team", "state", "outcome", "done_at", "done_by", "tlp",
    ]  # fmt: skip
    filters = ["state", "phase", "role", "due_at"]
    sort = "due_at"
    acts = [tasks.finish, tasks.leave_out, tasks.hand_on, rules.mark_task]


class IncidentTypes(Register):
    record = IncidentType
    columns = ["code", "title_here", "stands_for", "family_here", "veris", "unit"]
    form_fields = ["code", "title", "title_zh", "stands_for", "unit"]
    search_fields = ["code", "title", "title_zh"]
    filters = ["stands_for"]
    sort = "code"


class Playbooks(Register):
    record = Playbook
    columns = ["code", "title_here", "unit", "kinds"]
    form_fields = ["code", "title", "title_zh", "unit", "kinds"]
    search_fields = ["code", "title", "title_zh"]
    sort = "code"
    panels = {"tasks": ["phase", "title", "after", "minutes", "rule", "role", "team"]}


class PlaybookTasks(Register):
    record = PlaybookTask
    columns = ["playbook", "title", "phase", "after", "minutes", "rule", "stage", "role", "team"]
    form_fields = [
        "playbook",
        "phase",
        "title",
        "title_zh",
        "after",
        "minutes",
        "rule",
        "stage",
        "role",
        "team",
    ]
    filters = ["phase", "after", "role"]
    sort = "playbook"


class NamedPersons(Register):
    record = NamedPerson
    columns = ["incident", "person", "since", "until", "by", "reason", "is_break_glass"]
    filters = ["is_break_glass", "since"]
    sort = "-since"
    acts = [restricting.take_off]


class DutyShifts(Register):
    record = DutyShift
    columns = ["unit", "duty", "rank", "person", "phone", "since", "until", "from_level", "standing"]
    form_fields = ["unit", "duty", "person", "phone", "rank", "from_level", "since", "until"]
    filters = ["duty", "from_level", "since"]
    sort = "-since"
    acts = [duty.relieve]


class EscalationCalls(Register):
    record = EscalationCall
    columns = [
        "incident", "report", "for_level", "step", "person", "phone", "called_at", "answer_by", "answered_at", "standing",
    ]  # fmt: skip
    filters = ["called_at", "answered_at"]
    sort = "-called_at"
    acts = [duty.acknowledge_level]


class ExposureAnswers(Register):
    record = ExposureAnswer
    columns = ["unit", "asks", "asked_by", "asked_at", "due_at", "standing", "words", "person", "answered_at"]
    file_columns = [
        "unit",
        "asks",
        "asked_by",
        "asked_at",
        "due_at",
        "state",
        "words",
        "person",
        "answered_at",
    ]
    filters = ["state", "due_at"]
    sort = "-asked_at"
    acts = [exposure.answer]


class ResponseMeetings(Register):
    record = ResponseMeeting
    columns = [
        "incident", "starts_at", "minutes", "bridge", "about", "standing", "called_by", "called_at", "tlp",
    ]  # fmt: skip
    filters = ["starts_at"]
    sort = "-starts_at"
    acts = [meeting.change_meeting, meeting.call_off, meeting.send_again, rules.mark_meeting]
    parts = ["incidents/_of_meeting.html"]


class Reports(Register):
    record = Report
    columns = [
        "reference",
        "received_at",
        "unit",
        "spot",
        "says",
        "ongoing",
        "channel",
        "standing",
        "incident",
    ]
    form_fields = ["unit", "spot", "says", "ongoing", "reach"]
    search_fields = ["reference", "spot", "says"]
    filters = ["state", "ongoing", "channel", "received_at"]
    sort = "-received_at"
    acts = [intake.take, answering.answer, intake.open_incident, intake.join, intake.settle]
    parts = [
        "incidents/_called_of_report.html",
        "incidents/_of_report.html",
        "incidents/_alike_of_report.html",
        "incidents/_talk_of_report.html",
        "incidents/_files_of_report.html",
    ]
    views = {"reports": _("Reports"), "report-posters": _("Posters")}


class ReportWords(Register):
    record = ReportWord
    columns = ["report", "at", "by", "says"]
    sort = "-at"


class ReportFiles(Register):
    record = ReportFile
    columns = ["report", "kind", "name", "media_type", "size_bytes", "sha256", "absent", "at"]
    filters = ["kind", "at"]
    search_fields = ["name", "sha256"]
    sort = "-at"


class ReportAddresses(Register):
    record = ReportAddress
    columns = ["address", "unit", "purpose"]
    form_fields = ["address", "unit", "purpose"]
    search_fields = ["address"]
    sort = "address"


class ReceivedMails(Register):
    record = ReceivedMail
    columns = ["heading", "sender", "received_at", "unit", "size_bytes", "standing", "why", "report"]
    file_columns = [
        "mark", "received_at", "sender", "recipient", "subject", "message_id", "unit", "size_bytes", "state", "because",
        "outcome", "report",
    ]  # fmt: skip
    search_fields = ["sender", "subject"]
    filters = ["state", "because", "received_at"]
    sort = "-received_at"
    acts = [looking.make_report, looking.set_aside]
    views = {"received-mails": _("Received mails"), "report-addresses": _("Report addresses")}


class Clocks(Register):
    record = Clock
    columns = ["incident", "whom", "unit", "rule", "stage_here", "ends_at", "standing", "owner"]
    file_columns = [
        "incident", "rule", "stage", "unit", "clause", "occasion", "duty", "state", "zone", "start_at", "due_at",
        "internal_due_at", "done_at", "owner", "reason",
    ]  # fmt: skip
    filters = ["state", "duty", "rule", "ends_at"]
    sort = "ends_at"
    acts = [notices.draft, clocks.assign, clocks.give_reason]
    parts = ["incidents/_of_clock.html"]
    panels = {"notices": ["subject", "recipient", "language", "standing", "complete", "sent_at", "proof"]}


class IncidentNotices(Register):
    record = IncidentNotice
    columns = [
        "subject", "clock", "recipient", "language", "standing", "complete", "drafted_by", "approved_by", "sent_at",
        "tlp",
    ]  # fmt: skip
    file_columns = [
        "clock", "number", "language", "recipient", "mail", "subject", "state", "sent_at", "channel", "proof",
        "out_of_turn", "blocked", "is_to_supplement", "supplemented_at", "supplement_proof", "tlp",
    ]  # fmt: skip
    search_fields = ["subject", "recipient"]
    filters = ["state", "language", "channel", "sent_at"]
    sort = "-drafted_at"
    acts = [
        notices.approve, mailing.send_by_mail, notices.record_sent, ways.record_supplement, notices.send_back,
        notices.discard, rules.mark_notice,
    ]  # fmt: skip
    parts = ["incidents/_of_notice.html"]


class RulesInForce(Register):
    record = RuleInForce
    columns = [
        "rule",
        "regime",
        "jurisdiction",
        "recipient",
        "standing",
        "since",
        "until",
        "confirmed_by",
        "own_hours",
    ]
    file_columns = [
        "rule", "turn", "unit", "is_confirmed", "confirmed_by", "confirmed_on", "basis", "since", "until", "off_reason",
        "own_hours",
    ]  # fmt: skip
    search_fields = ["rule", "basis"]
    filters = ["is_confirmed", "since", "until"]
    sort = "rule"
    acts = [duties.confirm, duties.switch_off, duties.set_own_deadline]
    parts = ["incidents/_of_rule.html"]


class CalendarDays(Register):
    record = CalendarDay
    columns = ["calendar", "day", "kind", "reason", "unit"]
    form_fields = ["unit", "calendar", "day", "kind", "reason"]
    filters = ["calendar", "kind", "day"]
    sort = "-day"
    acts = [duties.take_back_day]
    views = {"calendar-days": _("Calendar days"), "business-calendars": _("Business calendars")}


class IncidentEvents(Register):
    record = IncidentEvent
    columns = ["incident", "kind", "at", "note", "rule", "until"]
    form_fields = ["incident", "kind", "at", "note", "rule", "until"]
    filters = ["kind", "at"]
    sort = "-at"
    acts = [duties.take_back_event]


class NoticeFacts(Register):
    record = NoticeFact
    columns = ["incident", "factor", "answer", "note"]
    form_fields = ["incident", "factor", "holds", "amount", "note"]
    filters = ["factor"]
    sort = "factor"
