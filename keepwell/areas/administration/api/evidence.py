"""Endpoints of evidence that are no register: files in and out, and what proves what."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status

from keepwell.platform.evidence import custody, intake, rules, serving, shown
from keepwell.platform.evidence.custody import record
from keepwell.platform.evidence.forms import ObjectForm, PieceForm, ReasonForm, VersionForm
from keepwell.platform.evidence.marks import Mark
from keepwell.platform.evidence.models import CustodyEntry, File, Link, Piece, Version
from keepwell.platform.people.operations import Access
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.roles import Level
from keepwell.platform.publishing.writers import WRITERS
from keepwell.platform.records.links import address, named, resolve
from keepwell.platform.registers.api.bodies import body_of
from keepwell.platform.registers.api.door import SENSITIVE, caller, right
from keepwell.platform.registers.api.problems import Unsupported
from keepwell.platform.registers.writing import Mistakes

router = Router(tags=["evidence"])
VIEW, EDIT = f"view {rules.AREA}", f"edit {rules.AREA}"
MARK = "Of an incident: who may know that it proves something about it; left out: as the incident."
OBJECT = {
    "type": "object", "required": ["title", "unit", "whereabouts", "purpose"],
    "properties": {
        **{name: {"type": "string"} for name in (
            "title", "description", "serial", "source", "received_from", "outside", "organization", "whereabouts", "purpose",
            "seal", "sha256", "at", "remark", "reason", "retention")},
        "unit": {"type": "string", "description": "Code of the unit it lies in."},
        "holder": {"type": "string", "description": "Number of who has it; empty: you, unless somebody outside is named."},
        "manner": {"type": "string", "enum": list(CustodyEntry.Manner.values)},
        "received_on": {"type": "string", "format": "date"},
        "classification": {"type": "string", "enum": list(Piece.Classification.values)},
        "to": {"type": "string", "description": "The record it proves something about: its page's address, or REGISTER:KEY."},
        "tlp": {"type": "string", "enum": [*Mark.values], "description": MARK},
    },
}  # fmt: skip
FILES = {
    "type": "array",
    "items": {"type": "string", "format": "binary"},
    "description": "One or several files.",
}
TEXT = {"type": "string"}
DAY = {"type": "string", "format": "date"}
NEW = {
    "type": "object", "required": ["title", "unit"],
    "properties": {
        "file": FILES, "links": {**TEXT, "description": "Web addresses, one a line."}, "title": TEXT,
        "unit": {**TEXT, "description": "Code of the unit it lies in."},
        "to": {**TEXT, "description": "The record it proves something about: the address of its page, or REGISTER:KEY."},
        "reason": {**TEXT, "description": "What it proves about that record."},
        "tlp": {**TEXT, "enum": [*Mark.values], "description": MARK},
        "source": TEXT, "received_from": TEXT, "received_on": DAY, "effective_from": DAY, "effective_until": DAY,
        "classification": {**TEXT, "enum": list(Piece.Classification.values)}, "retention": TEXT, "description": TEXT,
    },
}  # fmt: skip
MORE = {"type": "object", "properties": {
    "file": FILES, "links": {**TEXT, "description": "Web addresses, one a line."},
    "says": {**TEXT, "description": "What is new."}}}  # fmt: skip
WHY = {"type": "object", "required": ["reason"], "properties": {"reason": {**TEXT, "description": "Why."}}}


class FileOut(Schema):
    """One file of a version."""

    id: UUID
    name: str
    sha256: str
    size_bytes: int
    media_type: str = Field(description="Told by the content.")
    state: str = Field(description="clean, infected, error, pending, or purged.")
    is_open: bool = Field(description="Whether it may be taken out now.")


class VersionOut(Schema):
    """One version of a piece."""

    number: int
    says: str
    by: str = Field(description="Employee number of who added it.")
    at: str
    links: list[str]
    files: list[FileOut]


class Same(Schema):
    """A file that is here already."""

    name: str
    reference: str = Field(description="The piece that has the same bytes.")


class Added(Schema):
    """A piece that was added."""

    id: UUID
    reference: str
    version: VersionOut
    same: list[Same] = Field(description="Files that other pieces have too, as far as you may see those.")


class Record(Schema):
    """A record that a piece proves something about."""

    link: UUID = Field(description="The link, by which it can be unlinked.")
    kind: str = Field(description="app.model, as assurance.certificate.")
    id: UUID
    name: str
    address: str = Field(description="Its page.")
    reason: str


class Proof(Schema):
    """A piece that proves something about a record."""

    link: UUID
    id: UUID
    reference: str
    title: str
    reason: str


class CustodyOut(Schema):
    """One row of a custody log."""

    id: UUID
    number: int = Field(description="In which order rows were written.")
    step: int = Field(description="Which hand-over; a correction has that of what it corrects.")
    corrected_by: int | None = Field(description="Number of the row that corrects it; null: it holds.")
    deed: str = Field(description="taken, handed, returned or destroyed.")
    at: str
    until: str | None = Field(
        description="When it changed hands next; null: it has not, or the row was corrected."
    )
    released_by: str
    held_by: str
    holder: str | None = Field(description="Number of the person who holds it; null: somebody outside.")
    whereabouts: str
    purpose: str
    manner: str
    seal: str
    digests: list[dict[str, str]] = Field(description="name (of a file; empty: the object), before, after.")
    wholeness: str = Field(description="same, differs, unread, pending or none.")
    remark: str
    recorded_by: str = Field(description="Number of who wrote the row.")
    recorded_at: str


class ObjectAdded(Schema):
    """An object that was entered with its first holder."""

    id: UUID
    reference: str


def _form(schema: dict[str, Any], kind: str = "multipart/form-data") -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema}}}}


def _sent(request: PersonRequest, **defaults: str) -> QueryDict:
    """The fields of a multipart form, those not sent as they begin; links may come one by one."""
    if request.content_type != "multipart/form-data":
        raise Unsupported("multipart/form-data")
    told = request.POST.copy()
    told["links"] = "\n".join(told.getlist("links"))
    for name, value in defaults.items():
        told.setdefault(name, value)
    return told


def _told(version: Version) -> dict[str, Any]:
    (found,) = [v for v in shown.versions(version.piece) if v.version.pk == version.pk]
    return _version(found)


def _version(one: shown.ShownVersion) -> dict[str, Any]:
    v = one.version
    return {"number": v.number, "says": v.says, "by": v.by.number, "at": v.at.isoformat(), "links": v.links,
            "files": [_file(file) for file in one.files]}  # fmt: skip


def _file(one: shown.ShownFile) -> dict[str, Any]:
    file = one.file
    state = file.content.state if file.content else "purged"
    return {"id": file.pk, "name": file.name, "sha256": file.sha256, "size_bytes": file.size_bytes,
            "media_type": file.media_type, "state": state, "is_open": one.is_open}  # fmt: skip


def _piece(request: PersonRequest, pk: UUID) -> Piece:
    found: Piece = get_object_or_404(_pieces(request), pk=pk)
    return found


def _pieces(request: PersonRequest) -> QuerySet[Any]:
    return Piece.objects.visible_to(caller(request)).select_related("unit")


def _target(text: str, request: PersonRequest) -> Any:
    """The record called `text` that the caller may see; None for an empty text."""
    if not text:
        return None
    found = named(text, caller(request))
    if found is None:
        raise Mistakes({"to": [_("No record that you may see is called “%(text)s”.") % {"text": text[:80]}]})
    return found


@router.post("/evidence/attach", response={201: Added}, operation_id="attach_evidence", summary="Add evidence",
             openapi_extra=right(EDIT, **_form(NEW)), url_name="attach-evidence")  # fmt: skip
def attach(request: PersonRequest, response: HttpResponse) -> Any:
    """A new piece with its first version of files, links or both; with `to`, linked to that record."""
    told, by = (
        _sent(request, classification=Piece.Classification.INTERNAL, retention="general"),
        caller(request),
    )
    to = _target(told.get("to", ""), request)
    form = PieceForm(by, told, request.FILES, to=to)
    _require_sound(form)
    with intake.taken(intake.uploaded(request)) as files:
        piece = rules.attach(form.facts(), by=by, files=files, links=form.cleaned_data["links"], to=to,
                             reason=form.cleaned_data.get("reason", ""), tlp=form.mark())  # fmt: skip
    response["Location"] = f"/api/evidence/{piece.pk}"
    same = [{"name": name, "reference": other.reference} for name, other in shown.elsewhere(piece, by)]
    return Status(
        201,
        {"id": piece.pk, "reference": piece.reference, "version": _told(piece.versions.get()), "same": same},
    )


@router.get("/evidence/{uuid:pk}/versions", response=list[VersionOut], operation_id="list_evidence_versions",
            summary="List the versions of a piece", openapi_extra=right(VIEW, access=Access.OBJECT),
            url_name="evidence-versions")  # fmt: skip
def list_versions(request: PersonRequest, pk: UUID) -> list[dict[str, Any]]:
    """The versions with their files, the newest first."""
    return [_version(one) for one in shown.versions(_piece(request, pk))]


@router.post("/evidence/{uuid:pk}/versions", response={201: VersionOut}, operation_id="add_evidence_version",
             summary="Add a version", openapi_extra=right(EDIT, access=Access.OBJECT, **_form(MORE)),
             url_name="add-evidence-version")  # fmt: skip
def add_version(request: PersonRequest, pk: UUID) -> Any:
    """A further version of files, links or both; what is there stays as it is."""
    piece = _piece(request, pk)
    rules.add_version.require_right(caller(request), piece)
    form = VersionForm(_sent(request), request.FILES)
    _require_sound(form)
    with intake.taken(intake.uploaded(request)) as files:
        version = rules.add_version(piece, by=caller(request), files=files, links=form.cleaned_data["links"],
                                    says=form.cleaned_data["says"])  # fmt: skip
    return Status(201, _told(version))


@router.get("/evidence/files/{uuid:pk}", operation_id="take_evidence_file", summary="Take a file out",
            openapi_extra=right(VIEW, access=Access.OBJECT, **{"x-sensitive": True}), url_name="evidence-file")  # fmt: skip
def take(request: PersonRequest, pk: UUID) -> Any:
    """The bytes of a file as an attachment; 403 while it is not found clean. Taking it out is noted."""
    rows = File.objects.visible_to(caller(request)).select_related("content", "of_version__piece__unit")
    return serving.hand_out(get_object_or_404(rows, pk=pk), caller(request))


@router.get("/evidence/{uuid:pk}/records", response=list[Record], operation_id="list_proven_records",
            summary="List what a piece proves", openapi_extra=right(VIEW, access=Access.OBJECT),
            url_name="evidence-records")  # fmt: skip
def list_records(request: PersonRequest, pk: UUID) -> list[dict[str, Any]]:
    """The records it proves something about, as far as you may see them; up to 100, the latest first."""
    found = shown.proven(_piece(request, pk), caller(request))[: shown.MOST_LINKS]
    return [{"link": one.link.pk, "kind": one.link.kind, "id": one.link.record_id, "name": str(one.record),
             "address": one.url, "reason": one.reason} for one in found]  # fmt: skip


@router.post("/evidence/take-object", response={201: ObjectAdded}, operation_id="take_object_into_custody",
             summary="Take an object into custody", openapi_extra=right(EDIT, **_form(OBJECT, "application/json")),
             url_name="take-object")  # fmt: skip
def take_object(request: PersonRequest, response: HttpResponse) -> Any:
    """An object outside, as a disk, with its first holder; with `to`, linked to that record."""
    by, body = caller(request), body_of(request)
    begun = {"classification": "confidential", "retention": "incident", "manner": CustodyEntry.Manner.SEIZED}
    wrong = {name: [_("Write text.")] for name, value in body.items() if not isinstance(value, str)}
    if wrong:
        raise Mistakes(wrong)
    told = begun | body
    to = _target(told.get("to", ""), request)
    form = ObjectForm(by, told, to=to)
    _require_sound(form)
    piece = custody.entered_by(form, by=by, to=to)
    response["Location"] = f"/api/evidence/{piece.pk}"
    return Status(201, {"id": piece.pk, "reference": piece.reference})


@router.get("/evidence/{uuid:pk}/custody", response=list[CustodyOut], operation_id="list_custody",
            summary="List the custody log of a piece", openapi_extra=right(VIEW, access=Access.OBJECT),
            url_name="evidence-custody")  # fmt: skip
def list_custody(request: PersonRequest, pk: UUID) -> list[dict[str, Any]]:
    """Every row, the latest step first, what was corrected below its correction. The acts take-into-custody, hand-over,
    give-back and destroy write it, `correct` of a custody entry corrects."""
    return [_step(one) for one in shown.custody(_piece(request, pk))]


def _step(one: shown.Step) -> dict[str, Any]:
    row = one.entry
    return {
        "id": row.pk, "number": row.number, "step": row.step, "deed": row.deed, "at": row.at.isoformat(),
        "corrected_by": one.corrected_by.number if one.corrected_by else None,
        "until": one.until.isoformat() if one.until else None, "released_by": one.released_by, "held_by": row.held_by,
        "holder": row.holder.number if row.holder else None, "whereabouts": row.whereabouts, "purpose": row.purpose,
        "manner": row.manner, "seal": row.seal, "digests": row.digests, "wholeness": row.wholeness, "remark": row.says,
        "recorded_by": row.by.number, "recorded_at": row.recorded_at.isoformat(),
    }  # fmt: skip


@router.get("/evidence/{uuid:pk}/custody-record", operation_id="read_custody_record", summary="Read a custody record",
            url_name="evidence-custody-record", openapi_extra=right(VIEW, access=Access.OBJECT, step_up=True, responses={
                200: {"description": "The record as text.", "content": {WRITERS["md"].content_type: {"schema": TEXT}}},
            }, **{SENSITIVE: True}))  # fmt: skip
def read_custody_record(request: PersonRequest, pk: UUID) -> HttpResponse:
    """The chain of custody as text, in the language of the request; on paper it is made from the page of the piece."""
    piece, language = _piece(request, pk), get_language() or "en"
    content = record.write(piece, caller(request), language, "md")
    name = record.file_name(piece, "md", language)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=WRITERS["md"].content_type, headers=headers)


@router.get("/evidence/of", response=list[Proof], operation_id="list_evidence_of_record",
            summary="List the evidence of a record", openapi_extra=right(VIEW), url_name="evidence-of")  # fmt: skip
def list_proofs(request: PersonRequest, record: str = "") -> list[dict[str, Any]]:
    """The pieces that prove something about `record` (the address of its page, or REGISTER:KEY); up to 50."""
    found = named(record, caller(request)) if record else None
    if not record:
        raise BadRequest(_("Name a record: the address of its page, or REGISTER:KEY."))
    if found is None:
        raise Http404
    return [{"link": one.link.pk, "id": one.piece.pk, "reference": one.piece.reference, "title": one.piece.title,
             "reason": one.reason} for one in shown.proofs(found, caller(request))[: shown.MOST_PIECES]]  # fmt: skip


@router.post("/evidence/links/{uuid:pk}/unlink", response=Record, operation_id="unlink_evidence", summary="Unlink",
             openapi_extra=right(VIEW, access=Access.OBJECT, **_form(WHY, "application/json")),
             url_name="unlink-evidence")  # fmt: skip
def unlink(request: PersonRequest, pk: UUID) -> dict[str, Any]:
    """Let a piece prove nothing about that record any more; needs the right to change the record."""
    rows = Link.objects.current().visible_to(caller(request)).select_related("piece__unit")
    found = get_object_or_404(rows, pk=pk)
    record = resolve(found.kind, found.record_id, caller(request), Level.VIEW)
    if record is None:
        raise Http404
    form = ReasonForm(body_of(request))
    _require_sound(form)
    rules.unlink(found, by=caller(request), reason=form.cleaned_data["reason"])
    return {"link": found.pk, "kind": found.kind, "id": found.record_id, "name": str(record),
            "address": address(*found.name), "reason": found.reason}  # fmt: skip


def _require_sound(form: Any) -> None:
    """Refuse a form with all that does not fit."""
    if not form.is_valid():
        raise Mistakes({name: [str(one) for one in errors] for name, errors in form.errors.items()})
