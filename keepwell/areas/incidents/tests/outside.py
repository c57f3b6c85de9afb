"""What others ask of a file that goes out to them: their schemas, and ours of who reads what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.rules import outward
from keepwell.areas.incidents.rules.outward.stix import CORE
from keepwell.areas.incidents.tests.test_restricted import Restricted

SCHEMAS = Path(__file__).parent / "schemas"
KINDS = {
    "identity": "sdos",
    "note": "sdos",
    "location": "sdos",
    "indicator": "sdos",
    "observed-data": "sdos",
    "threat-actor": "sdos",
    "relationship": "sros",
    "sighting": "sros",
    "marking-definition": "common",
}
OF_THE_EXTENSION = ("incident", "event", "task", "impact")
REFERENCES = (
    "created_by_ref", "source_ref", "target_ref", "object_marking_refs", "object_refs", "sighting_of_ref",
    "where_sighted_refs", "observed_data_refs", "parent_directory_ref",
)  # fmt: skip
PRIVATE = ("Ben", "Eva Chen", "林雅達", "ops@meridian.example", "+886 7 361 0000", "PEN2-HMI-04", "10.20.30.40",
           "srv.meridian.example", "A0000005")  # fmt: skip
WORDS = (
    "Ben called 林雅達 at +886 7 361 0000; Eva Chen (A0000005) wrote to ops@meridian.example about PEN2-HMI-04, "
    "10.20.30.40 and https://srv.meridian.example/a on 2025-11-14."
)


def read(name: str) -> Any:
    """A schema that lies beside."""
    return json.loads((SCHEMAS / name).read_text(encoding="utf-8"))


@cache
def veris() -> Any:
    """What VERIS 1.4 asks for."""
    return jsonschema_rs.Draft4Validator(read("veris-1.4.json"))


def faults(told: dict[str, Any]) -> list[str]:
    """What is wrong with an incident in VERIS: by its schema, and, where that finds nothing, by what VERIS asks beyond."""
    by_schema = [error.message for error in veris().iter_errors(told)]
    return by_schema or [fault for rule in BEYOND for fault in rule(told)]


def varieties(told: dict[str, Any], part: str, name: str) -> list[str]:
    """The varieties of a part of an incident in VERIS; none where it is not there."""
    return told.get(part, {}).get(name, {}).get("variety", [])


def consequences(told: dict[str, Any]) -> Iterator[str]:
    """VERIS holds some actions to have done something to an attribute: it stands there."""
    for action, variety, attribute, done in CONSEQUENCES:
        is_so = variety in varieties(told, "action", action) if variety else action in told["action"]
        if is_so and done not in varieties(told, "attribute", attribute):
            yield f"{variety or action}: {attribute} without {done}"


def investments(told: dict[str, Any]) -> Iterator[str]:
    """VERIS holds some varieties to have needed something before: it stands in the value chain."""
    for action, variety, link, needed in INVESTMENTS:
        is_so = variety in varieties(told, "action", action)
        if is_so and needed not in varieties(told, "value_chain", link):
            yield f"{variety}: {link} without {needed}"


def insiders(told: dict[str, Any]) -> Iterator[str]:
    """Only who was entrusted can misuse."""
    if "misuse" in told["action"] and not {"internal", "partner"} & set(told["actor"]):
        yield "misuse by nobody who was entrusted"


def sums(told: dict[str, Any]) -> Iterator[str]:
    """The whole is no less than its parts."""
    impact = told.get("impact", {})
    if sum(loss.get("amount", 0) for loss in impact.get("loss", ())) > impact.get("overall_amount", 0):
        yield "losses above overall_amount"


BEYOND = (consequences, investments, insiders, sums)
"""What bin/checkValidity.py of VERIS refuses beyond the schema in what we tell; what it only recommends is left out."""
CONSEQUENCES = (
    ("malware", "", "integrity", "Software installation"), ("social", "", "integrity", "Alter behavior"),
    ("hacking", "SQLi", "integrity", "Repurpose"), ("physical", "Theft", "availability", "Loss"),
    ("error", "Loss", "availability", "Loss"),
)  # fmt: skip
INVESTMENTS = (
    ("social", "Phishing", "development", "Email"), ("social", "Phishing", "targeting", "Email addresses"),
    ("malware", "Ransomware", "cash-out", "Cryptocurrency"),
)  # fmt: skip


@cache
def stix(kind: str) -> Any:
    """What STIX 2.1 asks of an object of `kind`, and, of an incident and what belongs to it, the draft of its extension.

    The draft says "unevaluatedProperties", which its own version of JSON Schema has not: it is read as a later one."""
    base, drafts = read("stix-2.1.json"), read("stix-incident-core.json")
    named = [(schema["$id"], schema) for schema in base.values()]
    named += [
        (key.replace("http:", "https:"), schema | {"$id": key.replace("http:", "https:")})
        for key, schema in named
    ]
    registry = jsonschema_rs.Registry(named)
    if kind in OF_THE_EXTENSION:
        draft = {name: value for name, value in drafts[kind].items() if name != "$schema"}
        return jsonschema_rs.Draft202012Validator(draft, registry=registry)
    return jsonschema_rs.validator_for(
        base[f"{KINDS.get(kind, 'observables')}/{kind}.json"], registry=registry
    )


def defined(kind: str) -> set[str]:
    """The properties that STIX and the draft of the extension define of an object of `kind`; STIX itself lets any other
    stand."""
    of_the_draft = read("stix-incident-core.json")[kind]["allOf"][1]["properties"]
    return {*read("stix-2.1.json")["common/core.json"]["properties"], *of_the_draft}


def references(one: dict[str, Any]) -> Iterator[str]:
    """The ids of all that an object of STIX names."""
    for name in REFERENCES:
        found = one.get(name, [])
        yield from [found] if isinstance(found, str) else found
    core = one.get("extensions", {}).get(CORE, {})
    yield from core.get("impact_refs", ())
    yield from (entry["event_ref"] for entry in core.get("events", ()))
    yield from (entry["task_ref"] for entry in core.get("tasks", ()))


class Outward(Restricted):
    """The incident of the story is open to all at its site, with an entry for peers and one for the group's partners."""

    def scene(self) -> None:
        super().scene()
        rules.name_person(self.incident, by=self.ben, person=self.ada, reason="Decides.")
        rules.lift(self.incident, by=self.ada, reason="To begin with.")
        rules.mark(self.incident, by=self.ada, tlp=Incident.Tlp.GREEN, reason="Peers may learn of it.")
        rules.enter(self.incident, by=self.ben, says=f"For peers: {WORDS}", tlp="green", at="05:00")
        rules.enter(
            self.incident, by=self.ben, says="For partners: the loader came by a tool’s service laptop", tlp="amber",
            at="05:05",
        )  # fmt: skip
        self.incident = Incident.objects.get(pk=self.incident.pk)

    def taken(self, form: str, audience: str) -> dict[str, Any]:
        return json.loads(outward.written(self.incident, form, audience, by=self.ada).content)

    def objects(self, audience: str, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.taken("stix", audience)["objects"] if one["type"] == kind]

    def core(self, audience: str) -> dict[str, Any]:
        """What the extension says of the incident."""
        (incident,) = self.objects(audience, "incident")
        return incident["extensions"][CORE]
