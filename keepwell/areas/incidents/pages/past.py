"""The page on which incidents that are over are brought in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import kinds
from keepwell.areas.incidents.rules.past import HEADINGS, NEEDED
from keepwell.kernel.refusing import Refused
from keepwell.platform.exchange.rows import MOST_TOLD, Unfit
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.roles import Level

AREA = "incidents"


@operation(Access.PERMISSION, AREA, Level.DECIDE)
def bring_in_past(request: PersonRequest) -> HttpResponse:
    """Say what the file holds, take it, and tell every row that does not fit."""
    told: dict[str, Any] = {"headings": HEADINGS, "needed": NEEDED, "kinds": list(kinds())}
    file = request.FILES.get("file")
    if request.method != "POST" or file is None:
        return render(request, "incidents/past.html", told)
    try:
        count = rules.bring_in_past(rules.read_past_upload(file), by=request.person)
    except Unfit as wrong:
        told |= {"errors": wrong.errors[:MOST_TOLD], "error_count": len(wrong.errors)}
        return render(request, "incidents/past.html", told, status=422)
    except Refused as refusal:
        return render(request, "incidents/past.html", told | {"wrong": str(refusal)}, status=422)
    messages.success(request, ngettext("%(n)d incident came.", "%(n)d incidents came.", count) % {"n": count})
    return redirect("incidents")
