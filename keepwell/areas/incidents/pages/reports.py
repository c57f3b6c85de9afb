"""Files of reports, for those who may read the report: handed out as they came, never shown."""

from __future__ import annotations

from uuid import UUID

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path

from keepwell.areas.incidents.models import ReportFile
from keepwell.platform.evidence import serving
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.requests import PersonRequest


@operation(Access.OBJECT, "incidents", sensitive=True)
def take_file(request: PersonRequest, pk: UUID, file: UUID) -> HttpResponseBase:
    """A file of a report, as an attachment, once it was found clean."""
    rows = ReportFile.objects.visible_to(request.person).current().select_related("content", "report__unit")
    return serving.hand_out(get_object_or_404(rows, pk=file, report=pk), request.person)


urlpatterns = [path("reports/<uuid:pk>/files/<uuid:file>/", take_file, name="report-file")]
