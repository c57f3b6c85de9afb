"""An incident as a bundle of STIX 2.1 with the Incident Core extension (its draft of 2022, OASIS commit 0c7b5495)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from keepwell.areas.incidents.models import Incident, TimelineEntry
from keepwell.areas.incidents.rules.outward.parcel import Parcel, Told
from keepwell.areas.incidents.rules.outward.veris import NAMES
from keepwell.kernel.digests import digest
from keepwell.platform.tree.models import Unit

Tlp = Incident.Tlp
VERSION = "2.1"
CORE = "extension-definition--ef765651-680c-498d-9894-99799f2fa126"
TLP_2 = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
MARKED_SINCE = "2022-10-01T00:00:00.000Z"
MARKINGS = {
    Tlp.CLEAR: ("clear", "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"),
    Tlp.GREEN: ("green", "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"),
    Tlp.AMBER: ("amber", "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"),
    Tlp.STRICT: ("amber+strict", "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"),
    Tlp.RED: ("red", "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"),
}
"""TLP 2.0 as OASIS defines it for STIX; those of TLP 1.0 are others."""
SURE = {"confirmed": 95, "likely": 75, "unclear": 35}
"""How sure an entry is, on the scale of STIX from 0 to 100."""
STATUS = {"reported": "new", "closed": "closed"}
"""How far the work on an incident is, by its state; all others are open."""
FIRST = datetime(2020, 1, 1, tzinfo=UTC)
"""When whatever has no beginning of its own was made: the same in every bundle."""


def bundle(parcel: Parcel) -> dict[str, Any]:
    """The incident for `parcel.audience`: who tells, the incident, where, its entries as notes, and the marks.

    Ids follow from our own records, so that a later bundle is a later version of the same objects; that of the bundle
    follows from what it holds."""
    incident, group = _incident(parcel), _identity(parcel.group)
    objects = [
        group,
        incident,
        *_places(parcel, incident["id"]),
        *(_note(one, incident["id"]) for one in parcel.entries),
    ]
    for one in objects:
        one.setdefault("created_by_ref", group["id"])
    del group["created_by_ref"]
    objects = [*_markings(objects), *objects]
    versions = digest(f"{one['id']}|{one.get('modified', '')}" for one in objects)
    return {"type": "bundle", "id": f"bundle--{uuid5(NAMES, versions)}", "objects": objects}


def _object(
    kind: str, key: str, created: datetime, label: str, modified: datetime | None = None
) -> dict[str, Any]:
    made = {"type": kind, "spec_version": VERSION, "id": f"{kind}--{uuid5(NAMES, f'{kind}|{key}')}",
            "created": at(created), "object_marking_refs": [MARKINGS[Tlp(label)][1]]}  # fmt: skip
    # Markings never change, so they have no version.
    return made | {"modified": at(modified or created)}


def _incident(parcel: Parcel) -> dict[str, Any]:
    incident = parcel.incident
    told = _object("incident", str(incident.pk), incident.reported_at, incident.tlp, parcel.changed_at)
    told["name"] = parcel.title
    if parcel.summary:
        told["description"] = parcel.summary
    told["labels"] = [incident.kind]
    told["extensions"] = {CORE: _core(incident)}
    if parcel.shows_number:
        told["external_references"] = [{"source_name": "keepwell", "external_id": incident.number}]
    return told


def _core(incident: Incident) -> dict[str, Any]:
    told: dict[str, Any] = {
        "extension_type": "property-extension", "determination": _determination(incident),
        "investigation_status": STATUS.get(incident.state, "open"), "incident_types": [incident.kind],
    }  # fmt: skip
    if incident.level is not None:
        told["criticality"] = 25 * incident.level
        told["scores"] = [{"name": "Keepwell severity, S0 to S4", "value": incident.level}]
    return told


def _determination(incident: Incident) -> str:
    if incident.level is None:
        return "suspected"
    return (
        "blocked" if incident.factors.get("effect") is False and incident.level == 0 else "successful-attempt"
    )


def _identity(unit: Unit, label: str = Tlp.CLEAR) -> dict[str, Any]:
    return _object("identity", str(unit.pk), FIRST, label) | {
        "name": unit.name,
        "identity_class": "organization",
    }


def _places(parcel: Parcel, incident: str) -> Iterator[dict[str, Any]]:
    """Which sites it touches, for who may know, else in which countries; each with its relationship."""
    found: list[tuple[str, dict[str, Any]]] = []
    label = parcel.incident.tlp
    if parcel.site:
        found += [
            ("impacts", _identity(unit, label))
            for unit in (parcel.site, *parcel.affected)
            if unit != parcel.group
        ]
    for country in parcel.countries:
        place = _object("location", country, FIRST, Tlp.CLEAR) | {"name": country, "country": country}
        found.append(("located-at", place))
    for how, place in found:
        yield place
        key = f"{incident}|{how}|{place['id']}"
        tie = _object("relationship", key, parcel.incident.reported_at, label)
        yield tie | {"relationship_type": how, "source_ref": incident, "target_ref": place["id"]}


def _note(told: Told, incident: str) -> dict[str, Any]:
    """An entry of the timeline; its author stays here."""
    entry: TimelineEntry = told.entry
    key: UUID = entry.root_id or entry.pk
    note = _object("note", str(key), entry.recorded_at, entry.tlp)
    return note | {"abstract": f"{at(entry.at)} {entry.get_kind_display()}", "content": told.text or "-",
                   "object_refs": [incident], "confidence": SURE[entry.confidence]}  # fmt: skip


def _markings(objects: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The definitions of the marks that stand on `objects`."""
    used = {mark for one in objects for mark in one["object_marking_refs"]}
    return [
        {"type": "marking-definition", "spec_version": VERSION, "id": key, "created": MARKED_SINCE,
         "name": str(label.label), "extensions": {TLP_2: {"extension_type": "property-extension", "tlp_2_0": word}}}
        for label, (word, key) in MARKINGS.items()
        if key in used
    ]  # fmt: skip


def at(moment: datetime) -> str:
    """A moment as STIX writes it: in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
