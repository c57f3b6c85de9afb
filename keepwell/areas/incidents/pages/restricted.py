"""Restricted incidents: those that I am named for, a bare count of the others, and the glass over them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident
from keepwell.platform.acts.act import Refused
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.roles import Level

AREA = "incidents"
MOST = 200


@operation(Access.PERMISSION, AREA)
def show_restricted(request: PersonRequest) -> HttpResponse:
    """The newest restricted incidents that I know, at most 200, and how many there are beside them."""
    known = Incident.objects.visible_to(request.person).current().filter(is_restricted=True)
    told = {
        "known": known.select_related("unit", "lead").order_by("-reported_at")[:MOST],
        "withheld": rules.count_withheld(request.person), "may_break": rules.may_break(request.person),
    }  # fmt: skip
    return render(request, "incidents/restricted.html", told)


@operation(Access.PERMISSION, AREA, Level.DECIDE, step_up=True)
@never_cache
def break_glass(request: PersonRequest) -> HttpResponse:
    """Open one that I am not named for, in an emergency."""
    if request.method != "POST":
        return redirect("incident-restricted")
    try:
        opened = rules.break_glass(
            request.POST.get("number", ""), by=request.person, reason=request.POST.get("reason", "")
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("incident-restricted")
    messages.success(request, _("It is open to you for 24 hours; those who know it were told."))
    return redirect("incidents-record", pk=opened.pk)
