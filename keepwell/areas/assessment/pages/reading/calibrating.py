"""Who claims too much: own scores against a consultant's."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from keepwell.areas.assessment.models import Assessment
from keepwell.areas.assessment.pages.reading.places import Stand
from keepwell.areas.assessment.rules.outlines import outline
from keepwell.areas.assessment.rules.reading import calibrating
from keepwell.areas.assessment.rules.reading.cycles import cycles_seen
from keepwell.areas.assessment.rules.reading.maps import name_of
from keepwell.areas.assessment.rules.reading.shades import legend_of_claims
from keepwell.areas.assessment.rules.reading.wishes import Spot
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import may
from keepwell.platform.people.roles import Level


@operation(Access.PERMISSION, "assessment")
def show_calibration(request: PlacedRequest) -> HttpResponse:
    """Own score less consultant's, per site and function, who claims most first."""
    stand = Stand.of(request)
    if stand.found is None:
        return render(request, "assessment/reading/nothing.html", stand.context("maturity-calibration"))
    found = calibrating.calibration(stand.cycle, person=stand.person, whole=_("All"))
    return render(
        request,
        "assessment/reading/calibration.html",
        stand.context("maturity-calibration", calibration=found, legend=legend_of_claims()),
    )


@operation(Access.OBJECT, "assessment")
def show_claims(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """The requirements of one assessment as the site and as the consultant scored them, with both reasons."""
    stand = Stand.of(request)
    held = Assessment.objects.visible_to(request.person).select_related("unit").filter(pk=pk).first()
    cycle = cycles_seen(request.person).filter(pk=held.cycle_id).first() if held is not None else None
    if held is None or cycle is None or not may(request.person, "assessment", Level.VIEW, held.unit):
        raise Http404
    held.cycle = cycle
    lines = outline(cycle.framework_version)
    code = request.GET.get("code", "")
    if code and code not in lines.by_code:
        raise Http404
    codes = {line.code for line in lines.below(code)}
    pairs = calibrating.pairs(held, lines.by_pk, codes, person=request.person)
    what = name_of(lines.by_code[code]) if code else _("All")
    urls = {pair.line.code: stand.cell(Spot(held.unit.code, held.scope, pair.line.code)) for pair in pairs}
    context = stand.context("maturity-calibration", assessment=held, pairs=pairs, what=what, urls=urls)
    return render(request, "assessment/reading/claims.html", context)
