"""Frameworks for programs: OSCAL and tables in, OSCAL out, and two versions compared."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema
from ninja.errors import HttpError

from keepwell.areas.frameworks.models import Profile, Version
from keepwell.areas.frameworks.rules import bringing
from keepwell.areas.frameworks.rules.comparing import compare
from keepwell.areas.frameworks.rules.oscal import catalogs, profiles, writing
from keepwell.areas.frameworks.rules.tables import MOST_BYTES, Misread
from keepwell.platform.people.operations import Access
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.records.models import visible_to
from keepwell.platform.registers.api.door import caller, right
from keepwell.platform.registers.api.problems import Unsupported, problem
from keepwell.platform.registers.api.uploads import sends_file
from keepwell.platform.registers.writing import Mistakes

router = Router(tags=["frameworks"])
Form = Literal["xml", "json"]
SEEN = right("view frameworks", access=Access.OBJECT)


class Told(Schema):
    """The record that was made."""

    id: UUID
    code: str
    lines: int = Field(description="How many requirements or lines it has.")


class From(Schema):
    """A requirement of the former version."""

    code: str
    text: str
    relation: str = Field(description="same, moved or incorporated.")


class Line(Schema):
    """One requirement, what became of it, and what becomes of its answers."""

    code: str
    text: str
    change: str = Field(description="kept, reworded, moved, incorporated, new or gone.")
    answers: str = Field(description="carried, restated, anew or left.")
    from_: list[From] = Field(alias="from")


class Compared(Schema):
    """Two versions side by side."""

    old: str
    new: str
    has_crosswalk: bool = Field(description="No: equal codes are taken for the same requirement.")
    changes: dict[str, int] = Field(description="How many lines of each change there are.")
    answers: dict[str, int] = Field(description="How many lines have their answers from where.")
    lines: list[Line]


VERSION_FORM = sends_file(
    "An OSCAL catalog (XML, JSON), or a table (XLSX, CSV).", "framework", "code",
    framework="Code of the framework, made if it is not here.", code="Code of the new version.",
    name="Name of a new framework.", label="What its publisher calls the version.",
)  # fmt: skip
PROFILE_FORM = sends_file(
    "An OSCAL profile (XML, JSON), or a table (XLSX, CSV).", "framework_version", "code",
    framework_version="Code of the version it speaks of.", code="Code of the new profile.", name="Its name.",
)  # fmt: skip


@router.post("/framework-versions/files", response=Told, operation_id="bring_in_framework_file",
             summary="Bring in a version of a framework",
             description="A draft, whole or not at all; 422 with every row that does not fit.",
             openapi_extra=right("edit frameworks", **VERSION_FORM))  # fmt: skip
def bring_version(request: PersonRequest) -> Any:
    """A draft of a version from an OSCAL catalog or a table."""
    file, told = _sent(request, ("framework", "code"), ("name", "label"))
    try:
        version = bringing.bring_version(file, bringing.Naming(**told), by=caller(request))
    except Misread as misread:
        return _misread(misread)
    return {"id": version.pk, "code": version.code, "lines": version.nodes.count()}


@router.post("/profiles/files", response=Told, operation_id="bring_in_profile_file",
             summary="Bring in a profile", description="Whole or not at all; 422 with every row that does not fit.",
             openapi_extra=right("edit frameworks", **PROFILE_FORM))  # fmt: skip
def bring_profile(request: PersonRequest) -> Any:
    """A profile from an OSCAL profile or a table."""
    file, told = _sent(request, ("framework_version", "code"), ("name",))
    version = (
        visible_to(Version.objects.current(), caller(request)).filter(code=told["framework_version"]).first()
    )
    if version is None:
        raise Mistakes({"framework_version": [_("No framework version is called “%(code)s”.")
                                              % {"code": told["framework_version"][:60]}]})  # fmt: skip
    try:
        profile = bringing.bring_profile(
            file, version, code=told["code"], name=told["name"], by=caller(request)
        )
    except Misread as misread:
        return _misread(misread)
    return {"id": profile.pk, "code": profile.code, "lines": profile.lines.count()}


@router.get("/framework-versions/{uuid:pk}/catalog.{form}", operation_id="read_framework_version_catalog",
            summary="Read a version as an OSCAL catalog", openapi_extra=SEEN)  # fmt: skip
def read_catalog(request: PersonRequest, pk: UUID, form: Form) -> HttpResponse:
    """OSCAL 1.1, as xml or json."""
    version = _version(request, pk=pk)
    return _file(
        writing.write("catalog", catalogs.document_of(version), form), form, f"{version.code}_catalog"
    )


@router.get("/profiles/{uuid:pk}/profile.{form}", operation_id="read_profile_oscal",
            summary="Read a profile as an OSCAL profile", openapi_extra=SEEN)  # fmt: skip
def read_profile(request: PersonRequest, pk: UUID, form: Form) -> HttpResponse:
    """OSCAL 1.1, as xml or json."""
    rows = visible_to(Profile.objects.select_related("framework_version__framework"), request.person)
    profile = rows.filter(pk=pk).first()
    if profile is None:
        raise Http404
    return _file(
        writing.write("profile", profiles.document_of(profile), form), form, f"{profile.code}_profile"
    )


@router.get("/framework-versions/{uuid:pk}/comparison", response=Compared, by_alias=True,
            operation_id="compare_framework_versions", summary="Compare two versions", openapi_extra=SEEN)  # fmt: skip
def read_comparison(
    request: PersonRequest, pk: UUID, old: str = Query(description="Code of the former version.")
) -> Any:
    """What changes from `old` to this version, and what becomes of answers."""
    return compare(_version(request, code=old), _version(request, pk=pk)).told()


def _version(request: PersonRequest, **which: Any) -> Version:
    version = visible_to(Version.objects.all(), request.person).filter(**which).first()
    if version is None:
        raise Http404
    return version


def _sent(
    request: PersonRequest, needed: tuple[str, ...], other: tuple[str, ...]
) -> tuple[bringing.File, dict[str, str]]:
    """The file of a form, and its texts."""
    if request.content_type != "multipart/form-data":
        raise Unsupported("multipart/form-data")
    upload = request.FILES.get("file")
    told = {name: request.POST.get(name, "").strip() for name in (*needed, *other)}
    wrong = {name: [_("This must be filled in.")] for name in needed if not told[name]}
    strange = [name for name in request.POST if name not in told]
    wrong |= {name: [_("“%(name)s” cannot be written here.") % {"name": name}] for name in strange}
    if upload is None or wrong:
        raise Mistakes(wrong | ({"file": [_("Send a file.")]} if upload is None else {}))
    if (upload.size or 0) > MOST_BYTES:
        raise HttpError(413, _("The file has more than %(most)d MB.") % {"most": MOST_BYTES >> 20})
    return bringing.File(upload.name or "", upload.read()), told


def _misread(misread: Misread) -> HttpResponse:
    errors = [
        {"line": e.line, "column": e.column, "found": e.found, "expected": e.expected} for e in misread.errors
    ]
    return problem(422, str(misread), errors=errors)


def _file(content: bytes, form: str, name: str) -> HttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{form}"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type=writing.FORMS[form], headers=headers)
