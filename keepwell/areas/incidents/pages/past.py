"""The pages on which incidents that are over are brought in, and what was told of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import kinds, rules_now
from keepwell.areas.incidents.rules import past_notices
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

    def bring(file: Any) -> str:  # Any: a file that somebody sent, with its name
        count = rules.bring_in_past(rules.read_past_upload(file), by=request.person)
        return ngettext("%(n)d incident came.", "%(n)d incidents came.", count) % {"n": count}

    told = {"headings": HEADINGS, "needed": NEEDED, "kinds": list(kinds())}
    return _taken(request, "incidents/past.html", told, bring, "incidents")


@operation(Access.PERMISSION, AREA, Level.DECIDE)
def bring_in_past_notices(request: PersonRequest) -> HttpResponse:
    """The same of the list of what was told of such incidents."""

    def bring(file: Any) -> str:  # Any: a file that somebody sent, with its name
        count = rules.bring_in_past_notices(rules.read_past_notices_upload(file), by=request.person)
        return ngettext("%(n)d notice came.", "%(n)d notices came.", count) % {"n": count}

    told = {
        "headings": past_notices.HEADINGS, "needed": past_notices.NEEDED, "rules": sorted(rules_now()),
        "columns": past_notices.COLUMNS,
    }  # fmt: skip
    return _taken(request, "incidents/past_notices.html", told, bring, "clocks")


@operation(Access.PERMISSION, AREA, Level.DECIDE)
def take_example(_request: PersonRequest) -> HttpResponse:
    """A list with its headings and one notice, to be filled in and brought in."""
    headers = {
        "Content-Disposition": 'attachment; filename="past-notices-example.csv"', "X-Content-Type-Options": "nosniff",
    }  # fmt: skip
    return HttpResponse(past_notices.example(), content_type="text/csv; charset=utf-8", headers=headers)


def _taken(
    request: PersonRequest, template: str, told: dict[str, Any], bring: Callable[[Any], str], after: str
) -> HttpResponse:
    """The page `template`, or the one called `after` once a file was sent that fits."""
    file = request.FILES.get("file")
    if request.method != "POST" or file is None:
        return render(request, template, told)
    try:
        messages.success(request, bring(file))
    except Unfit as wrong:
        told |= {"errors": wrong.errors[:MOST_TOLD], "error_count": len(wrong.errors)}
        return render(request, template, told, status=422)
    except Refused as refusal:
        return render(request, template, told | {"wrong": str(refusal)}, status=422)
    return redirect(after)
