"""Who was behind it, as far as somebody said so: a threat actor, the identity it is attributed to, and from where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keepwell.areas.incidents.rules.outward.parcel import Parcel
from keepwell.areas.incidents.rules.outward.stix.objects import FIRST, Thing, Tlp, thing, tie

UNINTENDED = ("error", "environmental")
"""Actions of VERIS behind which stands nobody who meant it."""
VAGUE = ("Other", "Unknown", "NA")
NATURE = "Force majeure"
TYPES = {
    "Activist": "activist", "Competitor": "competitor", "Former employee": "insider-disgruntled",
    "Nation-state": "nation-state", "Organized crime": "crime-syndicate", "State-affiliated": "nation-state",
    "Terrorist": "terrorist", "Unaffiliated": "hacker",
}  # fmt: skip
"""Words of VERIS for who acts from outside, in the open vocabulary of STIX; whoever is not here is an unknown type."""
GROUPS = ("Nation-state", "Organized crime", "State-affiliated", "Terrorist")
MOTIVES = {
    "Espionage": "organizational-gain", "Fear": "coercion", "Financial": "personal-gain", "Fun": "personal-satisfaction",
    "Grudge": "revenge", "Ideology": "ideology",
}  # fmt: skip
"""Motives of VERIS in the open vocabulary of STIX; for those not here it has no word."""
NAMES = {
    "external": "somebody from outside",
    "internal": "somebody from within",
    "partner": "somebody of a partner",
}


def actors(parcel: Parcel, incident: Thing) -> Iterator[Thing]:
    """The threat actor to whom the incident is attributed, whom that is attributed to in turn, and each country; all
    under the incident's mark. Nothing where nobody said who acted: what a type makes likely accuses nobody."""
    known = parcel.incident.attack
    kinds = _clear(known, "actor_variety")
    if not known.get("actor") or known.get("action") in UNINTENDED or NATURE in kinds:
        return
    since, label = parcel.incident.reported_at, parcel.incident.tlp
    actor = thing("threat-actor", str(parcel.incident.pk), since, label, parcel.changed_at) | _said(
        known, kinds
    )
    behind = thing("identity", f"actor|{parcel.incident.pk}", since, label, parcel.changed_at)
    behind |= {"name": actor["name"], "identity_class": _class(kinds)}
    yield from (actor, behind, tie(incident, "attributed-to", actor, since, label))
    yield tie(actor, "attributed-to", behind, since, label)
    for country in _clear(known, "country"):
        place = thing("location", country, FIRST, Tlp.CLEAR) | {"name": country, "country": country}
        yield place
        yield tie(actor, "located-at", place, since, label)


def _said(known: Mapping[str, Any], kinds: list[str]) -> Thing:
    """What is said of the actor; nobody here knows its name."""
    motives = list(dict.fromkeys(MOTIVES[one] for one in _clear(known, "motive") if one in MOTIVES))
    told: Thing = {
        "name": f"Not named: {', '.join(kinds) or NAMES[known['actor']]}",
        "threat_actor_types": sorted({TYPES.get(one, "unknown") for one in kinds}) or ["unknown"],
    }
    if motives:
        told["primary_motivation"] = motives[0]
    return told | ({"secondary_motivations": motives[1:]} if motives[1:] else {})


def _class(kinds: list[str]) -> str:
    """Of which class the identity is, as far as the kind of actor tells."""
    return "group" if kinds and all(one in GROUPS for one in kinds) else "unknown"


def _clear(known: Mapping[str, Any], part: str) -> list[str]:
    """The words of a part that say something."""
    return [one for one in known.get(part, ()) if one not in VAGUE]
