"""What every object of STIX has: an id that follows from our own record, moments, and a mark of TLP 2.0."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid5

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.rules.outward.names import NAMES

Tlp = Incident.Tlp
Thing = dict[str, Any]
"""An object of STIX, as JSON has it."""
VERSION = "2.1"
CORE = "extension-definition--ef765651-680c-498d-9894-99799f2fa126"
NEW = {
    "event": "extension-definition--4ca6de00-5b0d-45ef-a1dc-ea7279ea910e",
    "impact": "extension-definition--7cc33dd6-f6a1-489b-98ea-522d351d71b9",
    "task": "extension-definition--2074a052-8be4-4932-849e-f5e7798e0030",
}
"""The extensions that define kinds of object which STIX itself has not."""
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
"""How sure something is, on the scale of STIX from 0 to 100."""
FIRST = datetime(2020, 1, 1, tzinfo=UTC)
"""When whatever has no beginning of its own was made: the same in every bundle."""


def thing(kind: str, key: str, created: datetime, label: str, modified: datetime | None = None) -> Thing:
    """An object of `kind` that follows from what `key` names."""
    made: Thing = {
        "type": kind, "spec_version": VERSION, "id": f"{kind}--{uuid5(NAMES, f'{kind}|{key}')}",
        "created": at(created), "modified": at(modified or created), "object_marking_refs": [MARKINGS[Tlp(label)][1]],
    }  # fmt: skip
    if kind in NEW:
        made["extensions"] = {NEW[kind]: {"extension_type": "new-sdo"}}
    return made


def tie(source: Thing, how: str, target: Thing, created: datetime, label: str) -> Thing:
    """The relationship `how` of two objects."""
    key = f"{source['id']}|{how}|{target['id']}"
    made = thing("relationship", key, created, label)
    return made | {"relationship_type": how, "source_ref": source["id"], "target_ref": target["id"]}


def markings(things: Iterable[Thing]) -> list[Thing]:
    """The definitions of the marks that stand on `things`."""
    used = {mark for one in things for mark in one.get("object_marking_refs", ())}
    # Markings never change, so they have no version.
    return [
        {"type": "marking-definition", "spec_version": VERSION, "id": key, "created": MARKED_SINCE,
         "name": str(label.label), "extensions": {TLP_2: {"extension_type": "property-extension", "tlp_2_0": word}}}
        for label, (word, key) in MARKINGS.items()
        if key in used
    ]  # fmt: skip


def at(moment: datetime) -> str:
    """A moment as STIX writes it: in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
