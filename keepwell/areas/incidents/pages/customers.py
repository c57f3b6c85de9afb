"""Naming the customers whom an incident concerns: a tick for each who has a notice clause that would bind."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext

from keepwell.areas.incidents.pages.classifying import seen
from keepwell.areas.incidents.rules import customers
from keepwell.platform.acts.act import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import require_on

AREA = "incidents"


@operation(Access.OBJECT)
def show_customers(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """The form; what is sent is who the incident concerns from now on."""
    incident = seen(request.person, pk)
    require_on(request.person, AREA, Level.EDIT, incident)
    offered, wrong, status = customers.offered(incident), "", 200
    chosen = [one.name for one in offered if one.is_named]
    if request.method == "POST":
        chosen = [name.replace("\x00", "") for name in request.POST.getlist("customer")]
        try:
            found = customers.name_customers(incident, by=request.person, customers="\n".join(chosen))
        except Refused as refusal:
            wrong, status = str(refusal), 422
        else:
            messages.success(request, _said(found))
            return redirect("incident-room", pk=pk)
    context = {"incident": incident, "offered": offered, "chosen": chosen, "wrong": wrong}
    return render(request, "incidents/room/customers.html", context, status=status)


def _said(found: list[str]) -> str:
    if not found:
        return gettext("No customer is named: every clause of a customer binds.")
    return gettext("Named: %(names)s. Of the clauses of customers, theirs bind alone.") % {
        "names": ", ".join(found)
    }


urlpatterns = [path("incidents/<uuid:pk>/customers/", show_customers, name="incident-customers")]
