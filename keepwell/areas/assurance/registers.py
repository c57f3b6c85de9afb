"""The registers of certificates."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keepwell.areas.assurance import rules
from keepwell.areas.assurance.models import Certificate, Standard
from keepwell.platform.registers.register import Register


class Standards(Register):
    record = Standard
    columns = ["name_here", "code", "publisher", "editions", "validity_months", "surveillance_months"]
    form_fields = [
        "code",
        "name",
        "name_zh",
        "publisher",
        "editions",
        "validity_months",
        "surveillance_months",
        "unit",
    ]
    file_columns = [
        "code",
        "name",
        "name_zh",
        "publisher",
        "editions",
        "validity_months",
        "surveillance_months",
    ]
    search_fields = ["code", "name", "name_zh"]
    sort = "code"


class Certificates(Register):
    record = Certificate
    columns = ["standard", "scope_here", "sites", "body", "number", "issued_on", "valid_until", "standing"]
    form_fields = [
        "standard", "number", "body", "edition", "eal", "scope", "scope_zh", "unit", "sites", "issued_on",
        "valid_until", "surveillance_on", "status", "withdrawn_on", "planned_on",
    ]  # fmt: skip
    search_fields = ["number", "body", "scope", "scope_zh"]
    filters = ["standard", "status", "valid_until"]
    sort = "-valid_until"
    acts = [rules.record_audit, rules.withdraw, rules.suspend, rules.resume, rules.retire]
    panels = {"suspensions": ["since", "until"]}
    views = {
        "certificates-matrix": _("Site by standard"),
        "certificates": _("List"),
        "certificates-ending": _("Ending soon"),
    }
