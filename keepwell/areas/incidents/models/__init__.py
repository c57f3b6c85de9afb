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
from keepwell.areas.incidents.models.response import IncidentCost
from keepwell.areas.incidents.models.timeline import Pulse, TimelineEntry

__all__ = [
    "Classification", "Disclosure", "DisclosurePicture", "DisclosureWord", "Incident", "IncidentCost",
    "IncidentQuerySet", "Kind", "Pulse", "Report", "ReportPicture", "ReportWord", "TimelineEntry", "kind_choices",
    "kinds", "scheme",
]  # fmt: skip
