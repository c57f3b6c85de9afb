"""To which incidents reports belonged before they went elsewhere with a merge or a split, as links between incidents keep it:
what was written there goes on telling what they said."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from keepwell.areas.incidents.models import Incident, IncidentLink, Report


def gone_along(link: IncidentLink) -> list[str]:
    """The keys of the reports that ever went along a link, be it that the merge was undone since; and of those from whose
    incident something was split off while they stayed."""
    return list(dict.fromkeys([*link.moved.get("reports", ()), *link.moved.get("once", ())]))


def once_of(report: Report) -> QuerySet[Incident]:
    """The incidents to which `report` belonged before."""
    found: set[UUID] = {report.incident_id} if report.incident_id else set()
    reached = set(found)
    while reached:
        ends = {end for link in _links(reached) if str(report.pk) in gone_along(link)
                for end in (link.first_id, link.second_id)}  # fmt: skip
        reached = ends - found
        found |= reached
    return Incident.objects.filter(pk__in=found).exclude(pk=report.incident_id)


def reports_ever_of(incident: Incident) -> QuerySet[Report]:
    """The reports that belong to `incident`, and those that belonged to it or came by way of what is linked to it."""
    gone = [key for link in _links({incident.pk}) for key in gone_along(link)]
    return Report.objects.filter(Q(incident=incident) | Q(pk__in=gone))


def _links(incidents: set[UUID]) -> QuerySet[IncidentLink]:
    return IncidentLink.objects.filter(Q(first__in=incidents) | Q(second__in=incidents))
