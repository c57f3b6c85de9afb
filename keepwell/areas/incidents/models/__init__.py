"""Records of incidents."""

from keepwell.areas.incidents.models.incidents import Classification, Incident, IncidentQuerySet
from keepwell.areas.incidents.models.intake import (
    Disclosure,
    DisclosurePicture,
    DisclosureWord,
    Report,
    ReportPicture,
    ReportWord,
)
from keepwell.areas.incidents.models.library import Kind, kind_choices, kinds, scheme

__all__ = [
    "Classification", "Disclosure", "DisclosurePicture", "DisclosureWord", "Incident", "IncidentQuerySet", "Kind",
    "Report", "ReportPicture", "ReportWord", "kind_choices", "kinds", "scheme",
]  # fmt: skip
