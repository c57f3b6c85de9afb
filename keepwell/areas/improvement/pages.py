"""Where an action comes from: the page of that record, for who may see it."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from keepwell.areas.improvement.models import Action
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.records.links import address, resolve


@operation(Access.OBJECT, "improvement")
def follow_origin(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """On to the record that an action comes from; absent for who may not see both."""
    action = Action.objects.visible_to(request.person).filter(pk=pk).first()
    found = action and action.origin_id and resolve(action.origin_kind, action.origin_id, request.person)
    url = address(action.origin_kind, found.pk) if action and found else ""
    if not url:
        raise Http404
    return redirect(url)


urlpatterns = [path("actions/<uuid:pk>/origin/", follow_origin, name="action-origin")]
