"""Records of incidents."""

from keepwell.areas.incidents.models.incidents import Classification, Incident, IncidentQuerySet
from keepwell.areas.incidents.models.library import Kind, kind_choices, kinds, scheme

__all__ = ["Classification", "Incident", "IncidentQuerySet", "Kind", "kind_choices", "kinds", "scheme"]
