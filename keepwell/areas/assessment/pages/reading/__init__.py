"""Maturity read: the map, a figure opened, sites beside each other, what sites claim, the years, the plan, and
reports."""

from django.urls import path

from keepwell.areas.assessment.pages.reading.beside import show_beside, show_spread
from keepwell.areas.assessment.pages.reading.calibrating import show_calibration, show_claims
from keepwell.areas.assessment.pages.reading.documents import follow_report, make_report, show_reports
from keepwell.areas.assessment.pages.reading.initiating import initiate
from keepwell.areas.assessment.pages.reading.maps import (
    show_cell,
    show_map,
    take_map,
    take_map_without_names,
    take_quartiles,
)
from keepwell.areas.assessment.pages.reading.planning import show_plan
from keepwell.areas.assessment.pages.reading.scores import show_scores
from keepwell.areas.assessment.pages.reading.years import show_years

urlpatterns = [
    path("maturity/", show_map, name="maturity"),
    path("maturity/cell/", show_cell, name="maturity-cell"),
    path("maturity/take-out.xlsx", take_map, name="maturity-take-out"),
    path("maturity/aliases.xlsx", take_map_without_names, name="maturity-aliases"),
    path("maturity/quartiles.<slug:form>", take_quartiles, name="maturity-quartiles"),
    path("maturity/sites/", show_beside, name="maturity-sites"),
    path("maturity/spread/", show_spread, name="maturity-spread"),
    path("maturity/calibration/", show_calibration, name="maturity-calibration"),
    path("maturity/calibration/<uuid:pk>/", show_claims, name="maturity-claims"),
    path("maturity/scores/", show_scores, name="maturity-scores"),
    path("maturity/years/", show_years, name="maturity-years"),
    path("maturity/plan/", show_plan, name="maturity-plan"),
    path("cycles/<uuid:pk>/initiative/", initiate, name="cycle-initiative"),
    path("maturity/reports/", show_reports, name="maturity-reports"),
    path("maturity/reports/report.<slug:form>", make_report, name="maturity-report"),
    path("maturity/reports/<uuid:pk>/", follow_report, name="maturity-report-document"),
]
