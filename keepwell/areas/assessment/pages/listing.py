"""Bringing in a consultant's list of recommendations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext, ngettext

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.rules.reading.cycles import cycles_seen
from keepwell.kernel.refusing import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import may_anywhere
from keepwell.platform.people.roles import Level

LARGEST_BYTES = 8 << 20


@operation(Access.OBJECT, "assessment", Level.EDIT)
def bring_in(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Bring a list in: whole, or not at all with every row told that does not fit."""
    cycle = cycles_seen(request.person).filter(pk=pk).first()
    if cycle is None:
        raise Http404
    if not may_anywhere(request.person, "assessment", Level.EDIT):
        raise PermissionDenied(gettext("You need the right to edit maturity at the sites of the list."))
    against: dict[str, Any] = {}
    if request.method == "POST":
        try:
            count = rules.bring_in_list(cycle, _rows(request), by=request.person)
        except rules.Unfit as unfit:
            against["errors"] = unfit.errors[: rules.MOST_TOLD]
        except Refused as refusal:
            against["refusal"] = str(refusal)
        else:
            said = ngettext(
                "%(count)d recommendation was brought in.",
                "%(count)d recommendations were brought in.",
                count,
            )
            messages.success(request, said % {"count": count})
            return redirect("recommendations")
    context = {"cycle": cycle, "columns": rules.LIST_HEADINGS, **against}
    return render(request, "assessment/listing.html", context, status=422 if against else 200)


def _rows(request: PlacedRequest) -> list[rules.Listed]:
    file = request.FILES.get("file")
    if file is None:
        raise Refused(gettext("Choose the file with the list."))
    if (file.size or 0) > LARGEST_BYTES:
        raise Refused(gettext("The file is larger than %(most)d MB.") % {"most": LARGEST_BYTES >> 20})
    return rules.read_list_upload(file)


urlpatterns = [path("cycles/<uuid:pk>/recommendations/bring-in/", bring_in, name="recommendations-list")]
