"""What every page of an assessment begins with: the assessment if its reader may see it, and the way back to it."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from keepwell.areas.assessment.models import Assessment, Cycle
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.models import Person

KEPT = ("at", "show", "by", "unit", "year")


def seen(person: Person, pk: UUID) -> Assessment:
    """The assessment, if the person may see it; absent else."""
    found = Assessment.objects.visible_to(person).with_cycle().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def seen_cycle(person: Person, pk: UUID) -> Cycle:
    """The cycle, if the person may see it; absent else."""
    rows = Cycle.objects.visible_to(person).select_related(
        "unit", "framework_version", "scale", "previous__framework_version"
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def back_to(request: PlacedRequest, assessment: Assessment, **changed: str) -> HttpResponse:
    """To the answering page where the reader stood, with some of the address changed ("" takes it away)."""
    kept = {name: request.GET[name] for name in KEPT if name in request.GET} | changed
    query = urlencode({name: value for name, value in kept.items() if value})
    return redirect(reverse("answering", args=[assessment.pk]) + (f"?{query}" if query else ""))
