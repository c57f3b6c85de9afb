"""Registers of incidents: lists of names, no logic."""

from __future__ import annotations

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import (
    Classification,
    Incident,
    IncidentCost,
    Report,
    ReportWord,
    TimelineEntry,
)
from keepwell.areas.incidents.rules import costs, intake, timeline
from keepwell.platform.registers.register import Register


class Incidents(Register):
    record = Incident
    columns = ["number", "title", "unit", "kind", "severity", "standing", "reported_at", "lead"]
    form_fields = ["title", "unit", "kind", "summary", "tlp", "happened_at", "detected_at", "aware_at",
                   "affected_units", "systems", "lines", "customers"]  # fmt: skip
    search_fields = ["number", "title", "summary"]
    filters = ["kind", "level", "state", "is_material", "reported_at"]
    sort = "-reported_at"
    acts = [
        rules.acknowledge, rules.respond, rules.contain, rules.recover, rules.begin_review, rules.close, rules.reopen,
        rules.decide_materiality, rules.withdraw, rules.enter, rules.record_cost,
    ]  # fmt: skip
    panels = {"classifications": ["revision", "at", "person", "level", "reckoned", "reason"]}
    parts = ["incidents/_of_incident.html"]


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
    acts = [timeline.correct]
    panels = {"revisions": ["revision", "recorded_at", "person", "at", "says"]}


class IncidentCosts(Register):
    record = IncidentCost
    columns = ["incident", "what", "kind", "amount", "currency", "is_estimate", "person", "recorded_at"]
    filters = ["kind", "currency", "is_estimate", "recorded_at"]
    sort = "-recorded_at"
    acts = [costs.strike]


class Reports(Register):
    record = Report
    columns = ["reference", "received_at", "unit", "spot", "says", "ongoing", "standing", "incident"]
    form_fields = ["unit", "spot", "says", "ongoing", "reach"]
    search_fields = ["reference", "spot", "says"]
    filters = ["state", "ongoing", "channel", "received_at"]
    sort = "-received_at"
    acts = [intake.take, intake.answer, intake.open_incident, intake.join, intake.settle]
    parts = ["incidents/_of_report.html"]
    panels = {"words": ["at", "by", "says"]}


class ReportWords(Register):
    record = ReportWord
    columns = ["report", "at", "by", "says"]
    sort = "-at"
