"""Registers of clocks, notices, and what decides on them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import (
    CalendarDay,
    ClauseQuestion,
    Clock,
    IncidentEvent,
    IncidentNotice,
    NoticeFact,
    OwnRule,
    RuleInForce,
)
from keepwell.areas.incidents.rules import (
    clocks,
    duties,
    mailing,
    notices,
    own_rules,
    questions,
    ways,
)
from keepwell.platform.registers.register import Register


class Clocks(Register):
    record = Clock
    columns = [
        "incident",
        "whom",
        "unit",
        "rule",
        "stage_here",
        "ends_at",
        "standing",
        "owner",
        "approved_by_role",
    ]
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
        "mark_in_effect",
    ]  # fmt: skip
    file_columns = [
        "clock", "number", "language", "recipient", "mail", "subject", "state", "sent_at", "channel", "proof",
        "in_place", "out_of_turn", "blocked", "is_to_supplement", "supplemented_at", "supplement_proof", "tlp",
        "mark_in_effect",
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
        "rule", "regime", "jurisdiction", "recipient", "standing", "since", "until", "confirmed_by", "own_hours",
    ]  # fmt: skip
    file_columns = [
        "rule", "turn", "unit", "is_confirmed", "confirmed_by", "confirmed_on", "basis", "since", "until", "off_reason",
        "own_hours",
    ]  # fmt: skip
    search_fields = ["rule", "basis"]
    filters = ["is_confirmed", "since", "until"]
    sort = "rule"
    acts = [duties.confirm, duties.switch_off, duties.set_own_deadline]
    parts = ["incidents/_of_rule.html"]
    views = {"rules-in-force": _("Rules in force"), "own-rules": _("Own rules")}


class OwnRules(Register):
    record = OwnRule
    columns = ["rule", "edition", "regime", "jurisdiction", "recipient", "standing", "unit"]
    file_columns = ["rule", "edition", "unit", "state", "note"]
    search_fields = ["rule", "note"]
    filters = ["state"]
    sort = "rule"
    acts = [own_rules.confirm, own_rules.discard]
    panels = {"turns": ["turn", "standing", "since", "until", "confirmed_by", "basis"]}
    parts = ["incidents/_of_own_rule.html"]
    views = {"own-rules": _("Own rules"), "own-rules-bring-in": _("Bring in our own rules")}


class ClauseQuestions(Register):
    record = ClauseQuestion
    columns = ["incident", "clause", "unit", "trigger", "standing", "reason", "person", "answered_at"]
    file_columns = ["incident", "unit", "clause", "state", "reason", "person", "answered_at"]
    filters = ["state", "answered_at"]
    sort = "incident"
    acts = [questions.say_it_applies, questions.say_it_does_not]


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
    columns = ["incident", "kind", "at", "aware_unit", "note", "rule", "until"]
    form_fields = ["incident", "kind", "at", "aware_unit", "note", "rule", "until"]
    filters = ["kind", "at"]
    sort = "-at"
    acts = [duties.take_back_event]


class NoticeFacts(Register):
    record = NoticeFact
    columns = ["incident", "factor", "answer", "note"]
    form_fields = ["incident", "factor", "holds", "amount", "note"]
    filters = ["factor"]
    sort = "factor"
