"""Incidents on pages of their own: classifying, and the room."""

from __future__ import annotations

from django.urls import path

from keepwell.areas.incidents.pages import disclosures, intake, room, tasks
from keepwell.areas.incidents.pages.classifying import show_classify

urlpatterns = [
    *intake.urlpatterns,
    *disclosures.urlpatterns,
    *room.urlpatterns,
    *tasks.urlpatterns,
    path("incidents/<uuid:pk>/classify/", show_classify, name="incident-classify"),
]
