"""One incident on its way out, for programs: STIX 2.1 and VERIS 1.4 for an audience by TLP 2.0, and its dossier."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import get_language
from ninja import Query, Router

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.rules import dossier, outward
from keepwell.platform.people.operations import Access
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.publishing.writers import WRITERS
from keepwell.platform.registers.api.door import SENSITIVE, right

router = Router(tags=["incidents"])
AUDIENCE = Query("", description="Who shall read it, by its label: clear, green, amber, strict or red.")
REFUSED = {"description": "The incident may not go to this audience, or none was named, with a sentence."}


def _told(level: str, kind: str, schema: dict[str, str]) -> dict[str, Any]:
    answers: dict[int, Any] = {200: {"description": "The file.", "content": {kind: {"schema": schema}}}}
    if level == "edit":
        answers[409] = REFUSED
    return right(
        f"{level} incidents", access=Access.OBJECT, step_up=True, responses=answers, **{SENSITIVE: True}
    )


@router.get(
    "/incidents/{uuid:pk}/stix", operation_id="take_incident_out_as_stix", summary="Take an incident out as STIX 2.1",
    openapi_extra=_told("edit", outward.FORMS["stix"], {"type": "object"}),
)  # fmt: skip
def take_stix(request: PersonRequest, pk: UUID, audience: str = AUDIENCE) -> HttpResponse:
    """A bundle with the Incident Core extension, as far as `audience` may know the incident: entries marked narrower
    stay, and so do people, hosts and addresses. 404 if it may not be seen; one for named people alone needs the right
    to decide."""
    return _out(request, pk, "stix", audience)


@router.get(
    "/incidents/{uuid:pk}/veris", operation_id="take_incident_out_as_veris", summary="Take an incident out as VERIS 1.4",
    openapi_extra=_told("edit", outward.FORMS["veris"], {"type": "object"}),
)  # fmt: skip
def take_veris(request: PersonRequest, pk: UUID, audience: str = AUDIENCE) -> HttpResponse:
    """The same in VERIS, which names no victim. 404 if it may not be seen."""
    return _out(request, pk, "veris", audience)


@router.get(
    "/incidents/{uuid:pk}/dossier", operation_id="read_incident_dossier", summary="Read the dossier of an incident",
    openapi_extra=_told("view", WRITERS["md"].content_type, {"type": "string"}),
)  # fmt: skip
def read_dossier(request: PersonRequest, pk: UUID) -> HttpResponse:
    """All that you may see of the incident as text, in the language of the request; on paper it is made from its page
    or by command. 404 if it may not be seen."""
    incident, language = _seen(request, pk), get_language() or "en"
    content = dossier.write(incident, request.person, language, "md")
    return _file(content, WRITERS["md"].content_type, dossier.file_name(incident, "md", language))


def _out(request: PersonRequest, pk: UUID, form: str, audience: str) -> HttpResponse:
    incident = _seen(request, pk)
    outward.require_outward(request.person, incident)
    made = outward.written(incident, form, audience, by=request.person)
    return _file(made.content, made.kind, made.name)


def _seen(request: PersonRequest, pk: UUID) -> Incident:
    rows = Incident.objects.visible_to(request.person).select_related("unit", "lead", "material_by")
    incident = rows.filter(pk=pk).first()
    if incident is None:
        raise Http404
    return incident


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=kind, headers=headers)
