"""The registers of units and people, of critical systems and of clauses that ask for a notice."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keepwell.areas.organization import rules
from keepwell.areas.organization.models import BusinessCalendar, CriticalSystem, LegalStanding, NoticeClause
from keepwell.areas.organization.rules import leaning
from keepwell.platform.people.models import Person
from keepwell.platform.registers.register import Register
from keepwell.platform.tree.models import Unit


class Units(Register):
    record = Unit
    columns = [
        "name_here",
        "code",
        "kind",
        "parent",
        "country",
        "time_zone",
        "criticality",
        "has_ot",
        "active_from",
    ]
    form_fields = [
        "code", "name", "name_zh", "kind", "parent", "country", "time_zone", "criticality", "has_ot",
        "active_from", "active_until",
    ]  # fmt: skip
    search_fields = ["code", "name", "name_zh"]
    filters = ["kind", "country", "has_ot", "criticality"]
    sort = "code"
    acts = [rules.move, rules.close, rules.count_heads]
    panels = {
        "children": ["name_here", "code", "kind", "country"],
        "placements": ["parent", "since", "until"],
        "headcounts": ["since", "people"],
    }
    views = {"units": _("List"), "organization-chart": _("Chart")}


class People(Register):
    record = Person
    columns = ["name", "number", "unit", "kind", "language", "employed_from", "employed_until"]
    form_fields = [
        "number", "name", "name_local", "mail", "unit", "unit_since", "language", "kind",
        "employed_from", "employed_until",
    ]  # fmt: skip
    search_fields = ["number", "name", "name_local", "mail"]
    filters = ["kind", "language", "employed_from", "employed_until"]
    sort = "number"
    acts = [rules.transfer, rules.end_employment, rules.erase]
    parts = ["privacy/_of_person.html"]
    panels = {"postings": ["unit", "since", "until"]}


class CriticalSystems(Register):
    record = CriticalSystem
    columns = [
        "code", "name_here", "unit", "technology", "is_core", "criticality", "tolerable_hours", "rto_hours",
        "rpo_hours", "owner", "standing",
    ]  # fmt: skip
    form_fields = [
        "code", "name", "name_zh", "unit", "technology", "is_core", "is_infrastructure", "criticality",
        "confidentiality", "integrity", "availability", "owner", "tolerable_hours", "rto_hours", "rpo_hours",
        "depends_on",
    ]  # fmt: skip
    search_fields = ["code", "name", "name_zh"]
    filters = ["technology", "is_core", "criticality"]
    sort = "code"
    acts = [leaning.decommission]


class NoticeClauses(Register):
    record = NoticeClause
    columns = ["counterparty", "kind", "clause", "unit", "deadline", "contact", "since", "until"]
    form_fields = [
        "kind", "counterparty", "clause", "unit", "trigger", "conditions", "joined", "starts", "term", "term_unit", "calendar",
        "contact", "text", "since", "until",
    ]  # fmt: skip
    search_fields = ["counterparty", "clause", "contact"]
    filters = ["kind", "since", "until"]
    sort = "counterparty"
    acts = [leaning.end_clause]


class LegalStandings(Register):
    record = LegalStanding
    columns = ["unit", "attribute", "basis", "since", "until"]
    form_fields = ["unit", "attribute", "basis", "since", "until"]
    search_fields = ["basis"]
    filters = ["attribute", "since", "until"]
    sort = "attribute"
    acts = [leaning.end_standing]


class BusinessCalendars(Register):
    record = BusinessCalendar
    columns = ["code", "name_here", "based_on", "weekend", "unit"]
    form_fields = ["code", "name", "name_zh", "unit", "based_on", "weekend"]
    search_fields = ["code", "name", "name_zh"]
    filters = ["based_on", "weekend"]
    sort = "code"
    acts = [leaning.retire_calendar]
    views = {"business-calendars": _("Business calendars"), "calendar-days": _("Calendar days")}
