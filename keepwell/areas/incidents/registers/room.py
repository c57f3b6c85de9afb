"""Registers of incidents, and of all that is kept in their rooms."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import (
    Classification,
    ExposureAnswer,
    Incident,
    IncidentCost,
    IncidentReview,
    IncidentTask,
    Indicator,
    NamedPerson,
    ResponseMeeting,
    TimelineEntry,
)
from keepwell.areas.incidents.rules import (
    costs,
    customers,
    exposure,
    implicating,
    indicators,
    leading,
    lessons,
    links,
    meeting,
    merging,
    proving,
    restricting,
    reviews,
    tasks,
    timeline,
)
from keepwell.platform.registers.register import Register


class Incidents(Register):
    record = Incident
    columns = ["number", "title", "unit", "kind", "severity", "standing", "reported_at", "lead"]
    form_fields = ["title", "unit", "kind", "summary", "happened_at", "detected_at", "aware_at",
                   "affected_units", "systems", "lines", "suppliers", "customers"]  # fmt: skip
    told_columns = [
        "number", "level", "national_level", "state", "tlp", "is_restricted", "lead", "reported_at",
        "acknowledged_at", "contained_at", "recovered_at", "closed_at", "is_material", "material_at", "material_by",
        "material_basis",
    ]  # fmt: skip
    search_fields = ["number", "title", "summary"]
    filters = ["kind", "level", "state", "tlp", "is_restricted", "is_material", "reported_at"]
    sort = "-reported_at"
    acts = [
        rules.acknowledge, leading.take_lead, rules.respond, rules.contain, rules.recover, rules.begin_review,
        reviews.write_review,
        rules.close, rules.reopen,
        rules.decide_materiality, rules.mark, rules.widen_entries, proving.mark_evidence,
        rules.restrict, rules.name_person, rules.lift,
        implicating.keep_out_of_incident,
        rules.withdraw, rules.enter, rules.record_cost,
        tasks.take_playbook, tasks.add_task, exposure.ask_sites, lessons.raise_lesson, links.link, merging.merge,
        meeting.call_meeting, indicators.add_indicator, indicators.add_indicators,
        customers.name_customers,
    ]  # fmt: skip
    panels = {
        "classifications": ["revision", "at", "person", "level", "reckoned", "by_which", "reason"],
        "clocks": ["whom", "unit", "stage_here", "ends_at", "standing", "owner"],
        "events": ["kind", "at", "note"],
        "indicators": ["shown", "kind", "role", "last_seen_at", "tlp", "standing"],
        "named": ["person", "since", "until", "by", "reason", "is_break_glass"],
        "implicated": ["person", "standing", "at", "by", "reason"],
    }
    views = {
        "incidents": _("Incidents"), "incident-restricted": _("For named people"), "incidents-past": _("From the past"),
        "incident-figures": pgettext_lazy("incidents", "Figures"),
    }  # fmt: skip
    parts = ["incidents/_of_incident.html", "incidents/_clocks_of_incident.html"]


class Classifications(Register):
    record = Classification
    columns = [
        "incident",
        "revision",
        "at",
        "person",
        "level",
        "reckoned",
        "national_level",
        "scheme",
        "shipped_text",
        "reason",
    ]
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
    search_fields = ["says", "reason", "decided_by", "source"]
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
        "incident", "what", "kind", "amount", "currency", "is_estimate", "person", "recorded_at", "mark_in_effect",
    ]  # fmt: skip
    told_columns = ["tlp"]
    filters = ["kind", "currency", "is_estimate", "recorded_at"]
    sort = "-recorded_at"
    acts = [costs.strike, rules.mark_cost]


class IncidentTasks(Register):
    record = IncidentTask
    columns = [
        "incident",
        "number",
        "title_here",
        "phase",
        "due_at",
        "who",
        "standing",
        "playbook",
        "mark_in_effect",
    ]
    file_columns = [
        "incident", "number", "title", "title_zh", "phase", "playbook", "after", "minutes", "rule", "stage", "due_at",
        "role", "person", "team", "state", "outcome", "done_at", "done_by", "tlp",
        "mark_in_effect",
    ]  # fmt: skip
    search_fields = ["title", "title_zh", "outcome"]
    filters = ["state", "phase", "role", "due_at"]
    sort = "due_at"
    acts = [tasks.finish, tasks.leave_out, tasks.hand_on, rules.mark_task]
    open_to_read = "work, which names whose it is; of a restricted incident its readings are kept"


class NamedPersons(Register):
    record = NamedPerson
    columns = ["incident", "person", "since", "until", "by", "reason", "is_break_glass"]
    filters = ["is_break_glass", "since"]
    sort = "-since"
    acts = [restricting.take_off]


class ExposureAnswers(Register):
    record = ExposureAnswer
    columns = ["unit", "asks", "asked_by", "asked_at", "due_at", "standing", "words", "person", "answered_at",
               "mark_in_effect"]  # fmt: skip
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
        "tlp",
        "mark_in_effect",
    ]
    search_fields = ["asks", "words"]
    filters = ["state", "due_at"]
    sort = "-asked_at"
    acts = [exposure.answer, rules.mark_question]


class IncidentReviews(Register):
    record = IncidentReview
    columns = [
        "incident",
        "happened",
        "causes",
        "worked",
        "failed",
        "person",
        "recorded_at",
        "mark_in_effect",
    ]
    told_columns = ["tlp"]
    search_fields = ["happened", "causes", "worked", "failed"]
    filters = ["recorded_at"]
    sort = "-recorded_at"
    acts = [reviews.rewrite, rules.mark_review]


class ResponseMeetings(Register):
    record = ResponseMeeting
    columns = [
        "incident", "starts_at", "minutes", "bridge", "about", "standing", "called_by", "called_at", "mark_in_effect",
    ]  # fmt: skip
    told_columns = ["tlp"]
    search_fields = ["about"]
    filters = ["starts_at"]
    sort = "-starts_at"
    acts = [meeting.change_meeting, meeting.call_off, meeting.send_again, rules.mark_meeting]
    parts = ["incidents/_of_meeting.html"]
