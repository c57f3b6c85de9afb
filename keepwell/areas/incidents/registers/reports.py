"""Registers of what people report, and of the mails by which they do."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import (
    ImplicatedPerson,
    ReceivedMail,
    Report,
    ReportAddress,
    ReportFile,
    ReportWord,
)
from keepwell.areas.incidents.rules import (
    answering,
    implicating,
    intake,
)
from keepwell.areas.incidents.rules.post import looking
from keepwell.platform.registers.register import Register


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
        "mark_in_effect",
    ]
    told_columns = ["mark_in_effect"]
    form_fields = ["unit", "spot", "says", "ongoing", "reach", "concerns", "tlp"]
    search_fields = ["reference", "spot", "says"]
    filters = ["state", "ongoing", "channel", "received_at"]
    sort = "-received_at"
    acts = [
        intake.take,
        answering.answer,
        intake.open_incident,
        intake.join,
        intake.settle,
        implicating.keep_out,
        rules.mark_report,
    ]
    parts = [
        "incidents/_called_of_report.html",
        "incidents/_concerns_of_report.html",
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


class ImplicatedPersons(Register):
    record = ImplicatedPerson
    columns = ["report", "incident", "person", "standing", "at", "by", "reason", "decided_by", "decision"]
    file_columns = [
        "report",
        "incident",
        "person",
        "state",
        "by",
        "reason",
        "at",
        "decided_by",
        "decision",
        "decided_at",
    ]
    filters = ["state", "at"]
    sort = "-at"
    acts = [implicating.confirm, implicating.clear]


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
