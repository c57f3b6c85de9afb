"""Reports of the caller: for programs and apps that report in a person's name."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status

from keepwell.areas.incidents.models import Report
from keepwell.areas.incidents.models.intake import LONGEST_CONCERNS, LONGEST_PLACE, Ongoing
from keepwell.areas.incidents.rules import own
from keepwell.areas.incidents.rules.files import Load
from keepwell.areas.incidents.rules.reaching import site_of
from keepwell.kernel.refusing import Refused
from keepwell.platform.evidence.intake import PART_BYTES, Incoming
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers.api.door import right
from keepwell.platform.registers.api.uploads import sent_file

router = Router(tags=["incidents"])
MOST = 200
LARGEST_BYTES = 100 << 20
FORM = {"type": "object", "required": ["file"], "properties": {"file": {
    "type": "string", "format": "binary", "description": "A photo, a log, or a suspicious mail as .eml."}}}  # fmt: skip


class TellIn(Schema):
    """What is reported."""

    says: str = Field(description="What happened; 1 to 10,000 characters.")
    site: str = Field("", max_length=40, description="Code of the site; empty: the caller's own.")
    spot: str = Field("", max_length=LONGEST_PLACE, description="Line, room or machine.")
    ongoing: Ongoing = Field(Ongoing.UNSURE, description="Whether it still goes on: yes, no or unsure.")
    concerns: str = Field(
        "", max_length=LONGEST_CONCERNS,
        description="Whom it concerns who might read it, by full name or mail address: they are kept out at once.",
    )  # fmt: skip


class AddIn(Schema):
    """What is added."""

    says: str = Field(description="1 to 10,000 characters.")


class SaidOut(Schema):
    """One thing said since."""

    is_ours: bool = Field(description="Whether security said it, not the reporter.")
    says: str
    day: date


class MineOut(Schema):
    """A report of the caller."""

    id: UUID
    reference: str
    site: str
    says: str
    state: str = Field(description="new, taken or settled.")
    received_at: datetime
    files: list[str] = Field(description="Their names.")
    talk: list[SaidOut]


def told(report: Report) -> dict[str, Any]:
    """A report as its reporter sees it."""
    return {
        "id": report.pk, "reference": report.reference, "site": report.unit.code, "says": report.says,
        "state": report.state, "received_at": report.received_at,
        "files": [file.name for file in report.files.shown()], "talk": [vars(one) for one in own.talk(report)],
    }  # fmt: skip


def one_of(request: PersonRequest, pk: UUID) -> Report:
    """The caller's own report; absent otherwise."""
    report = own.found(request.person, pk)
    if report is None:
        raise Http404
    return report


class ShortOut(Schema):
    """A report of the caller in a list."""

    id: UUID
    reference: str
    site: str
    says: str
    state: str = Field(description="new, taken or settled.")
    received_at: datetime


@router.get("/my-reports", response=list[ShortOut], openapi_extra=right("login"))
def my_reports(request: PersonRequest) -> list[dict[str, Any]]:
    """The caller's own reports, the newest first; 200 at most."""
    return [{"id": one.pk, "reference": one.reference, "site": one.unit.code, "says": one.says, "state": one.state,
             "received_at": one.received_at} for one in own.mine(request.person)[:MOST]]  # fmt: skip


@router.post("/my-reports", response={201: MineOut}, openapi_extra=right("login"))
def report(request: PersonRequest, body: TellIn) -> Status[dict[str, Any]]:
    """Report something in the caller's name. 409 with a sentence if it cannot be."""
    code = body.site.strip().upper()
    site = next((one for one in own.sites() if one.code == code), None) if code else site_of(request.person)
    if site is None:
        raise Refused(_("Name the site by its code; you work at none, or none has this code."))
    telling = own.Telling(site, body.says, body.spot, body.ongoing, body.concerns)
    made = own.send(telling, Load(), by=request.person, channel=Report.Channel.API)
    return Status(201, told(made))


@router.get("/my-reports/{uuid:pk}", response=MineOut, openapi_extra=right("login"))
def my_report(request: PersonRequest, pk: UUID) -> dict[str, Any]:
    """One of the caller's own reports, with what was said since. 404 for any other."""
    return told(one_of(request, pk))


@router.post("/my-reports/{uuid:pk}/words", response=MineOut, openapi_extra=right("login"))
def add_words(request: PersonRequest, pk: UUID, body: AddIn) -> dict[str, Any]:
    """Add to one of the caller's own reports; a settled one is open again."""
    found = one_of(request, pk)
    own.add(found, body.says, Load(), by=request.person)
    return told(one_of(request, pk))


@router.post("/my-reports/{uuid:pk}/files", response=MineOut, openapi_extra=right("login", requestBody={
    "required": True, "content": {"multipart/form-data": {"schema": FORM}}}))  # fmt: skip
def add_file(request: PersonRequest, pk: UUID) -> dict[str, Any]:
    """Add a file to one of the caller's own reports; it is sealed and scanned. 409 with a sentence if it may not stay."""
    found = one_of(request, pk)
    file = sent_file(request, most_bytes=LARGEST_BYTES)
    with own.uploaded([Incoming(file.name or "", file.chunks(PART_BYTES))]) as load:
        own.add(found, _("File added: %(name)s") % {"name": load.files[0].name}, load, by=request.person)
    return told(one_of(request, pk))
