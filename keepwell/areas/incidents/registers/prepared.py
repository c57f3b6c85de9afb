"""Registers of what is laid down before anything happens: types, scheme, playbooks, rosters."""

from __future__ import annotations

from keepwell.areas.incidents.models import (
    DutyShift,
    EscalationCall,
    IncidentType,
    Playbook,
    PlaybookTask,
    SeverityScheme,
)
from keepwell.areas.incidents.rules import (
    duty,
    schemes,
)
from keepwell.platform.registers.register import Register


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
    search_fields = ["title", "title_zh"]
    filters = ["phase", "after", "role"]
    sort = "playbook"


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


class SeveritySchemes(Register):
    record = SeverityScheme
    columns = [
        "edition",
        "valid_from",
        "standing",
        "reason",
        "drafted_by",
        "approved_by",
        "begins_at",
        "unit",
    ]
    file_columns = [
        "edition", "valid_from", "state", "reason", "drafted_by", "drafted_at", "approved_by", "approved_at", "begins_at",
        "sha256", "text", "unit",
    ]  # fmt: skip
    filters = ["state", "valid_from"]
    sort = "-edition"
    acts = [schemes.approve, schemes.withdraw]
    parts = ["incidents/_of_scheme.html"]
