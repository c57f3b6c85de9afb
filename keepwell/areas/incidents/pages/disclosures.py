"""What was told without a name, for those who may read it: no list, search, file or API beside these pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from keepwell.areas.incidents.models.intake import (
    LONGEST_TEXT,
    Disclosure,
    DisclosurePicture,
    Report,
    ReportPicture,
)
from keepwell.areas.incidents.rules import intake
from keepwell.kernel.refusing import Refused
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import may
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.roles import Level

A_PAGE = 50


@operation(Access.PERMISSION, intake.AREA, sensitive=True)
def show_disclosures(request: PersonRequest) -> HttpResponse:
    """Those that may be read, unread ones first; at most fifty, the older behind a link."""
    asked = request.GET.get("from", "0")[:6]
    start = int(asked) if asked.isdecimal() else 0
    rows = intake.disclosures_for(request.person).order_by("state", "-day", "id")
    found = list(rows[start : start + A_PAGE + 1])
    more = start + A_PAGE if len(found) > A_PAGE else None
    return render(request, "incidents/disclosures.html", {"found": found[:A_PAGE], "more": more})


@operation(Access.OBJECT, intake.AREA, sensitive=True)
@never_cache
def show_disclosure(request: PersonRequest, pk: UUID) -> HttpResponse:
    """One of them, with what was said since."""
    found = readable(request, pk)
    told = {
        "found": found, "words": found.words.all(), "pictures": list(found.pictures.values_list("pk", flat=True)),
        "may_act": may(request.person, intake.AREA, Level.EDIT, found.unit), "most": LONGEST_TEXT,
        "kept_out": found.excluded.order_by("name"),
    }  # fmt: skip
    return render(request, "incidents/disclosure.html", told)


@operation(Access.OBJECT, intake.AREA, Level.EDIT)
@require_POST
def act_on_disclosure(request: PersonRequest, pk: UUID, verb: str) -> HttpResponse:
    """Answer it, settle it, open it again, keep somebody out or let them in again."""
    found = readable(request, pk)
    do = {
        "answer": lambda: answer(found, request),
        "settle": lambda: intake.mark(found, by=request.person, is_settled=True),
        "reopen": lambda: intake.mark(found, by=request.person, is_settled=False),
        "keep-out": lambda: intake.keep_out(found, by=request.person, number=request.POST.get("number", "")),
        "let-in": lambda: intake.let_in(found, by=request.person, number=request.POST.get("number", "")),
    }.get(verb)
    if do is None:
        raise Http404
    try:
        do()
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("disclosure", pk=pk)


def answer(found: Disclosure, request: PersonRequest) -> None:
    """Say to whoever disclosed it what was typed."""
    says = request.POST.get("says", "").replace("\x00", "").strip()
    if not says or len(says) > LONGEST_TEXT:
        raise Refused(_("Write an answer of 1 to %(most)d characters.") % {"most": LONGEST_TEXT})
    intake.reply(found, by=request.person, says=says)


@operation(Access.OBJECT, intake.AREA, sensitive=True)
def show_photo(request: PersonRequest, pk: UUID, photo: UUID) -> HttpResponse:
    """A photo of a disclosure."""
    found = readable(request, pk)
    return png(get_object_or_404(DisclosurePicture, pk=photo, disclosure=found).png)


@operation(Access.OBJECT, "incidents")
def show_report_photo(request: PersonRequest, pk: UUID, photo: UUID) -> HttpResponse:
    """A photo of a report."""
    report = get_object_or_404(Report.objects.visible_to(request.person), pk=pk)
    return png(get_object_or_404(ReportPicture, pk=photo, report=report).png)


def png(content: Any) -> HttpResponse:
    """A picture that we drew ourselves."""
    return HttpResponse(bytes(content), content_type="image/png", headers={"Content-Disposition": "inline"})


def readable(request: PersonRequest, pk: UUID) -> Disclosure:
    """The disclosure, if this person may read it; absent otherwise."""
    found = intake.disclosures_for(request.person).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


urlpatterns = [
    path("disclosures/", show_disclosures, name="disclosures"),
    path("disclosures/<uuid:pk>/", show_disclosure, name="disclosure"),
    path("disclosures/<uuid:pk>/<str:verb>/", act_on_disclosure, name="disclosure-act"),
    path("disclosures/<uuid:pk>/photos/<uuid:photo>/", show_photo, name="disclosure-photo"),
    path("reports/<uuid:pk>/photos/<uuid:photo>/", show_report_photo, name="report-photo"),
]
