"""Bringing in what a consultant or a past year tells: recommendations, and scores of a whole cycle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext, ngettext

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Cycle
from keepwell.areas.assessment.rules.reading.cycles import cycles_seen
from keepwell.kernel.refusing import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import may_anywhere, require
from keepwell.platform.people.roles import Level

LARGEST_BYTES = 8 << 20
Read = TypeVar("Read")


@operation(Access.OBJECT, "assessment", Level.EDIT)
def bring_in(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Bring a list in: whole, or not at all with every row told that does not fit."""
    cycle = _cycle(request, pk)
    if not may_anywhere(request.person, "assessment", Level.EDIT):
        raise PermissionDenied(gettext("You need the right to edit maturity at the sites of the list."))

    def bring() -> int:
        return rules.bring_in_list(cycle, _rows(request, rules.read_list_upload), by=request.person)

    count, against = _tried(request, bring)
    if against or request.method != "POST":
        context = {"cycle": cycle, "columns": rules.LIST_HEADINGS, **against}
        return render(request, "assessment/listing.html", context, status=422 if against else 200)
    said = ngettext(
        "%(count)d recommendation was brought in.", "%(count)d recommendations were brought in.", count
    )
    messages.success(request, said % {"count": count})
    return redirect("recommendations")


@operation(Access.OBJECT, "assessment", Level.DECIDE)
def bring_in_scores(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Bring the scores of a past year in, as its spreadsheet holds them: whole, or not at all."""
    cycle = _cycle(request, pk)
    require(request.person, "assessment", Level.DECIDE, cycle.unit)

    def bring() -> int:
        return rules.bring_in_scores(cycle, _rows(request, rules.read_upload), by=request.person)

    count, against = _tried(request, bring)
    if against or request.method != "POST":
        context = {"cycle": cycle, "columns": rules.HEADINGS, **against}
        return render(request, "assessment/past.html", context, status=422 if against else 200)
    said = ngettext("%(count)d score was brought in.", "%(count)d scores were brought in.", count)
    messages.success(request, said % {"count": count})
    return redirect("cycle-board", pk=pk)


def _cycle(request: PlacedRequest, pk: UUID) -> Cycle:
    """The cycle, as far as the reader may see it."""
    cycle = cycles_seen(request.person).filter(pk=pk).first()
    if cycle is None:
        raise Http404
    return cycle


def _tried(request: PlacedRequest, bring: Callable[[], int]) -> tuple[int, dict[str, Any]]:
    """How many records a sent file made or changed, and what is to be said against it."""
    if request.method != "POST":
        return 0, {}
    try:
        return bring(), {}
    except rules.Unfit as unfit:
        return 0, {"errors": unfit.errors[: rules.MOST_TOLD]}
    except Refused as refusal:
        return 0, {"refusal": str(refusal)}


def _rows(request: PlacedRequest, read: Callable[[Any], Read]) -> Read:  # Any: a file that somebody sent
    """What stands in the file that was sent."""
    file = request.FILES.get("file")
    if file is None:
        raise Refused(gettext("Choose the file to bring in."))
    if (file.size or 0) > LARGEST_BYTES:
        raise Refused(gettext("The file is larger than %(most)d MB.") % {"most": LARGEST_BYTES >> 20})
    return read(file)


urlpatterns = [
    path("cycles/<uuid:pk>/recommendations/bring-in/", bring_in, name="recommendations-list"),
    path("cycles/<uuid:pk>/scores/bring-in/", bring_in_scores, name="cycle-scores"),
]
