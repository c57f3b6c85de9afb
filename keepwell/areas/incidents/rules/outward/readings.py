"""How an incident reads in VERIS: what somebody said of the attack, and where nobody did, what its type makes likely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.rules.attack import ENTRUSTED

UNKNOWN = "Unknown"
ATTRIBUTES = ("confidentiality", "integrity", "availability")


@dataclass(frozen=True)
class Reading:
    """Who did what by which way to which assets, and what it did: by attribute the varieties that are known; whether data
    was disclosed, where somebody said so ("": nobody did)."""

    actor: str
    actor_facts: dict[str, list[str]]
    action: str
    varieties: tuple[str, ...]
    vectors: tuple[str, ...]
    assets: tuple[str, ...]
    attributes: dict[str, list[str]]
    disclosed: str


def reading(incident: Incident) -> Reading:
    """How `incident` reads, part by part."""
    likely, known = incident.veris, incident.attack
    actor = known.get("actor") or likely["actor"]
    action, varieties = _deed(actor, likely, known)
    facts = {"variety": "actor_variety", "motive": "motive", "country": "country"}
    harmed = [name for name in ATTRIBUTES if known.get(name)] or likely["attributes"]
    return Reading(
        actor, {name: known[part] for name, part in facts.items() if known.get(part)}, action, tuple(varieties),
        tuple(known.get("vector") or [UNKNOWN]), tuple(known.get("asset") or [likely["asset"]]),
        {name: [] if name == "confidentiality" else list(known.get(name, ())) for name in harmed},
        known.get("confidentiality", ""),
    )  # fmt: skip


def _deed(actor: str, likely: Mapping[str, Any], known: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The action and its varieties. What the type takes for misuse is none by who was not entrusted."""
    if known.get("action"):
        return known["action"], known.get("variety") or [UNKNOWN]
    if likely["action"] == "misuse" and actor not in ENTRUSTED:
        return "unknown", []
    return likely["action"], [likely["variety"]]
