"""Incidents on pages of their own: classifying, and the room."""

from __future__ import annotations

from django.urls import path

from keepwell.areas.incidents.pages import (
    alike,
    attack,
    clocks,
    customers,
    disclosures,
    dossiers,
    exposure,
    figures,
    indicators,
    intake,
    meeting,
    notices,
    outward,
    own,
    own_rules,
    posters,
    reports,
    room,
    schemes,
    splitting,
    tasks,
)
from keepwell.areas.incidents.pages.classifying import show_classify
from keepwell.areas.incidents.pages.past import bring_in_past, bring_in_past_notices, take_example
from keepwell.areas.incidents.pages.restricted import break_glass, show_restricted

urlpatterns = [
    *intake.urlpatterns,
    *disclosures.urlpatterns,
    *reports.urlpatterns,
    *alike.urlpatterns,
    *own.urlpatterns,
    *posters.urlpatterns,
    *room.urlpatterns,
    *indicators.urlpatterns,
    *customers.urlpatterns,
    *splitting.urlpatterns,
    *schemes.urlpatterns,
    *attack.urlpatterns,
    *tasks.urlpatterns,
    *exposure.urlpatterns,
    *meeting.urlpatterns,
    *figures.urlpatterns,
    *outward.urlpatterns,
    *dossiers.urlpatterns,
    path("incidents/past/", bring_in_past, name="incidents-past"),
    path("incidents/past/notices/", bring_in_past_notices, name="incidents-past-notices"),
    path("incidents/past/notices/example.csv", take_example, name="incidents-past-notices-example"),
    path("incidents/restricted/", show_restricted, name="incident-restricted"),
    path("incidents/restricted/open/", break_glass, name="incident-break-glass"),
    *clocks.urlpatterns,
    *own_rules.urlpatterns,
    *notices.urlpatterns,
    path("incidents/<uuid:pk>/classify/", show_classify, name="incident-classify"),
]
