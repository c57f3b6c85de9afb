"""The bundle: who tells, the incident, where it was, who was behind it, what happened, what was done and what it cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import uuid5

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.rules.outward.names import NAMES
from keepwell.areas.incidents.rules.outward.parcel import Parcel
from keepwell.areas.incidents.rules.outward.stix.actors import actors
from keepwell.areas.incidents.rules.outward.stix.objects import CORE, FIRST, Thing, markings, thing, tie
from keepwell.areas.incidents.rules.outward.stix.traces import traces
from keepwell.areas.incidents.rules.outward.stix.work import aware, happened, impacts, tasks
from keepwell.kernel.digests import digest
from keepwell.platform.tree.models import Unit

Tlp = Incident.Tlp
STATUS = {"reported": "new", "closed": "closed"}
"""How far the work on an incident is, by its state; all others are open."""


def bundle(parcel: Parcel) -> Thing:
    """The incident for `parcel.audience`: who tells, the incident, where, who was behind it, its entries as notes, what was
    observed and since when units were aware as events, its indicators, its tasks and impacts, and the marks.

    Ids follow from our own records, so that a later bundle is a later version of the same objects; that of the bundle
    follows from what it holds."""
    group, incident = _identity(parcel.group), _incident(parcel)
    entries, done, cost = list(happened(parcel, incident)), list(tasks(parcel)), list(impacts(parcel))
    knew = list(aware(parcel))
    events = [*knew, *(one.event for one in entries if one.event)]
    incident["extensions"] = {CORE: _core(parcel, events, done, cost)}
    objects = [
        group, incident, *_places(parcel, incident), *actors(parcel, incident), *knew,
        *(one for entry in entries for one in entry.things), *traces(parcel, incident, group), *done, *cost,
    ]  # fmt: skip
    objects = list(
        {one["id"]: one for one in objects}.values()
    )  # a country may be both that of a site and the actor's
    for one in objects[1:]:
        if "created" in one:  # what was observed is nobody's
            one["created_by_ref"] = group["id"]
    objects = [*markings(objects), *objects]
    versions = digest(f"{one['id']}|{one.get('modified', '')}" for one in objects)
    return {"type": "bundle", "id": f"bundle--{uuid5(NAMES, versions)}", "objects": objects}


def _incident(parcel: Parcel) -> Thing:
    incident = parcel.incident
    told = thing("incident", str(incident.pk), incident.reported_at, incident.tlp, parcel.changed_at)
    told["name"] = parcel.title
    if parcel.summary:
        told["description"] = parcel.summary
    told["labels"] = [incident.kind]
    if parcel.shows_number:
        told["external_references"] = [{"source_name": "keepwell", "external_id": incident.number}]
    return told


def _core(parcel: Parcel, events: Sequence[Thing], done: Sequence[Thing], cost: Sequence[Thing]) -> Thing:
    """What the extension adds to an incident. The order of its events and tasks is not said: nobody knows which led to
    which, but when each was."""
    incident = parcel.incident
    told: Thing = {
        "extension_type": "property-extension", "determination": _determination(incident),
        "investigation_status": STATUS.get(incident.state, "open"), "incident_types": [incident.kind],
    }  # fmt: skip
    if incident.level is not None:
        told["criticality"] = 25 * incident.level
        told["scores"] = [{"name": "Keepwell severity, S0 to S4", "value": incident.level}]
    if parcel.is_reported:
        told["detection_methods"] = ["user-reporting"]
    lists = {
        "impacted_entity_counts": dict(parcel.counts),
        "events": [{"event_ref": one["id"]} for one in events],
        "tasks": [{"task_ref": one["id"]} for one in done], "impact_refs": [one["id"] for one in cost],
    }  # fmt: skip
    return told | {name: value for name, value in lists.items() if value}


def _determination(incident: Incident) -> str:
    if incident.level is None:
        return "suspected"
    return "blocked" if incident.factors.get("effect") is False and incident.level == 0 else "confirmed"


def _identity(unit: Unit, label: str = Tlp.CLEAR) -> Thing:
    told = thing("identity", str(unit.pk), FIRST, label)
    return told | {"name": unit.name, "identity_class": "organization"}


def _places(parcel: Parcel, incident: Thing) -> Iterator[Thing]:
    """Which sites it touches, for who may know, else in which countries; each with its relationship."""
    found: list[tuple[str, Thing]] = []
    label = parcel.incident.tlp
    if parcel.site:
        found += [
            ("impacts", _identity(unit, label))
            for unit in (parcel.site, *parcel.affected)
            if unit != parcel.group
        ]
    for country in parcel.countries:
        place = thing("location", country, FIRST, Tlp.CLEAR) | {"name": country, "country": country}
        found.append(("located-at", place))
    for how, place in found:
        yield place
        yield tie(incident, how, place, parcel.incident.reported_at, label)
