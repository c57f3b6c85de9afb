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

    def bring() -> str:
        count = rules.bring_in_list(cycle, _rows(request, rules.read_list_upload), by=request.person)
        return ngettext(
            "%(count)d recommendation was brought in.", "%(count)d recommendations were brought in.", count
        ) % {"count": count}

    told = {"cycle": cycle, "columns": rules.LIST_HEADINGS}
    return _tried(request, bring, "assessment/listing.html", told) or redirect("recommendations")


@operation(Access.OBJECT, "assessment", Level.DECIDE)
def bring_in_scores(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Bring the scores of a past year in, as its spreadsheet holds them: whole, or not at all."""
    cycle = _cycle(request, pk)
    require(request.person, "assessment", Level.DECIDE, cycle.unit)

    def bring() -> str:
        count = rules.bring_in_scores(cycle, _rows(request, rules.read_upload), by=request.person)
        return ngettext("%(count)d score was brought in.", "%(count)d scores were brought in.", count) % {
            "count": count
        }

    told = {"cycle": cycle, "columns": rules.HEADINGS}
    return _tried(request, bring, "assessment/past.html", told) or redirect("cycle-board", pk=pk)


def _cycle(request: PlacedRequest, pk: UUID) -> Cycle:
    """The cycle, as far as the reader may see it."""
    cycle = cycles_seen(request.person).filter(pk=pk).first()
    if cycle is None:
        raise Http404
    return cycle


def _tried(
    request: PlacedRequest, bring: Callable[[], str], template: str, told: dict[str, Any]
) -> HttpResponse | None:
    """The form, with what is to be said against the file that was sent; None where that was brought in."""
    if request.method != "POST":
        return render(request, template, told)
    try:
        messages.success(request, bring())
    except rules.Unfit as unfit:
        told = told | {"errors": unfit.errors[: rules.MOST_TOLD]}
    except Refused as refusal:
        told = told | {"refusal": str(refusal)}
    else:
        return None
    return render(request, template, told, status=422)


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
