"""The years of a unit: IT and OT over the versions of the framework."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from keepwell.areas.assessment.pages.reading.places import Stand
from keepwell.areas.assessment.rules.outlines import outline
from keepwell.areas.assessment.rules.reading.maps import name_of
from keepwell.areas.assessment.rules.reading.walks import label
from keepwell.areas.assessment.rules.reading.years import years_chart
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation


@operation(Access.PERMISSION, "assessment")
def show_years(request: PlacedRequest) -> HttpResponse:
    """The years of the place's unit at one function or over all, IT and OT apart."""
    stand = Stand.of(request)
    if stand.found is None:
        return render(request, "assessment/reading/nothing.html", stand.context("maturity-years"))
    lines, code = outline(stand.cycle.framework_version), stand.wish.spot.code
    line = lines.by_code.get(code)
    if (code and line is None) or (line is not None and line.is_leaf):
        raise Http404
    chart = years_chart(
        stand.cycle,
        request.place.here,
        person=stand.person,
        code=code,
        view=stand.wish.score,
        against=stand.against,
        opens=stand.opens,
    )
    heads = [(stand.link("maturity-years"), _("All"), not code)]
    heads += [
        (stand.link("maturity-years", code=one.code), name_of(one), one.code == code)
        for one in lines.at_depth(0)
    ]
    parts = [
        (stand.link("maturity-years", code=one.code), label(one))
        for one in lines.lines
        if one.parent == code and code and not one.is_leaf
    ]
    context = stand.context(
        "maturity-years",
        chart=chart,
        heads=heads,
        parts=parts,
        line=line,
        unit=request.place.here,
        **stand.beside("maturity-years", **({"code": code} if code else {})),
    )
    return render(request, "assessment/reading/years.html", context)
