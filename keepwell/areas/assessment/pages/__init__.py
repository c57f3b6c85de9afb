"""Maturity seen: the map and all that is read from it."""

from keepwell.areas.assessment.pages import reading

urlpatterns = [*reading.urlpatterns]
