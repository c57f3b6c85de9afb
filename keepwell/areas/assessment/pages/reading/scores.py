"""Everything that was ever said of one requirement at one site."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render

from keepwell.areas.assessment.pages.reading.places import Stand
from keepwell.areas.assessment.rules.outlines import outline
from keepwell.areas.assessment.rules.reading.maps import scope_name
from keepwell.areas.assessment.rules.reading.scores import past_of
from keepwell.areas.assessment.rules.reading.walks import label
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import units_seen


@operation(Access.PERMISSION, "assessment")
def show_scores(request: PlacedRequest) -> HttpResponse:
    """All years and all sources of one requirement, with who, when and why."""
    stand = Stand.of(request)
    lines, spot = outline(stand.cycle.framework_version), stand.wish.spot
    line = lines.by_code.get(spot.code)
    unit = units_seen(stand.person).filter(code=spot.unit).first()
    if line is None or not line.is_leaf or unit is None:
        raise Http404
    found = past_of(stand.cycle, lines, line, unit, spot.scope, person=stand.person)
    context = stand.context(
        "maturity-scores", past=found, what=label(line), unit=unit, scope=scope_name(spot.scope), back=stand.cell(spot),
        has_kin=any(one.is_kin for one in found), two=any(one.answer.policy is not None for one in found),
    )  # fmt: skip
    return render(request, "assessment/reading/scores.html", context)
