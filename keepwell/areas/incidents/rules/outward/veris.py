"""An incident in VERIS 1.4, the vocabulary in which breaches are compared across companies (veriscommunity.net).

VERIS asks for no name of the victim, and gets none: neither group nor site stand in it for any audience.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid5
from zoneinfo import ZoneInfo

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.rules.outward.losses import DISRUPTION, LEGAL, OTHER, RESPONSE, Loss, plain
from keepwell.areas.incidents.rules.outward.names import NAMES
from keepwell.areas.incidents.rules.outward.parcel import Parcel
from keepwell.areas.incidents.rules.outward.readings import UNKNOWN, Reading, reading
from keepwell.areas.incidents.rules.outward.traces import Trace

VERSION = "1.4.0"
"""As its schema asks for, of 1.4.1 too."""
RATINGS = ("Insignificant", "Distracting", "Painful", "Damaging", "Catastrophic")
"""How grave it was, by S0 to S4."""
ACTORS: dict[str, dict[str, list[str]]] = {
    "external": {"variety": [UNKNOWN], "motive": [UNKNOWN]}, "internal": {"variety": [UNKNOWN], "motive": [UNKNOWN]},
    "partner": {"motive": [UNKNOWN], "country": [UNKNOWN]}, "unknown": {},
}  # fmt: skip
VARIETIES = {
    DISRUPTION: "Business disruption", RESPONSE: "Response and recovery", LEGAL: "Legal and regulatory", OTHER: "Other",
}  # fmt: skip
_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYR BZD CAD CDF CHF CLP CNY "
    "COP CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GGP GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF "
    "IDR ILS IMP INR IQD IRR ISK JEP JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL LVL LYD MAD MDL "
    "MGA MKD MMK MNT MOP MRO MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB "
    "RWF SAR SBD SCR SDG SEK SGD SHP SLL SOS SPL SRD STD SVC SYP SZL THB TJS TMT TND TOP TRY TTD TVD TWD TZS UAH UGX USD UYU "
    "UZS VEF VND VUV WST XAF XCD XDR XOF XPF YER ZAR ZMK ZWD"
)
CURRENCIES = frozenset(_CODES.split())
"""The currencies that VERIS 1.4 knows; an amount in another is told in words."""
SECRETS = {1: "Internal", 2: "Internal", 3: "Secrets", 4: "Classified"}
"""What leaked, by the answer to “What kind of information leaked”."""
CONSEQUENCES = {
    ("malware", ""): ("integrity", "Software installation"), ("social", ""): ("integrity", "Alter behavior"),
    ("hacking", "SQLi"): ("integrity", "Repurpose"),
    ("physical", "Theft"): ("availability", "Loss"), ("error", "Loss"): ("availability", "Loss"),
}  # fmt: skip
"""What VERIS holds an action, or one variety of it, to have done; it refuses the one without the other."""
NEEDED = {
    "Phishing": {"development": {"variety": ["Email"]}, "targeting": {"variety": ["Email addresses"]}},
    "Ransomware": {"cash-out": {"variety": ["Cryptocurrency"]}},
}
"""What VERIS holds a variety to have needed before, in the chain of value; it refuses the one without the other."""


def as_veris(parcel: Parcel) -> dict[str, Any]:
    """The incident as the schema of VERIS asks for it, as far as the audience may know."""
    incident, reads = parcel.incident, reading(parcel.incident)
    told: dict[str, Any] = {
        "schema_version": VERSION, "incident_id": str(uuid5(NAMES, str(incident.pk))), "source_id": "keepwell",
        "security_incident": _certainty(incident), "summary": "\n".join(filter(None, (parcel.title, parcel.summary))),
        "timeline": _timeline(incident, parcel.detected_at), "victim": _victim(parcel),
        "actor": {reads.actor: ACTORS[reads.actor] | reads.actor_facts}, "action": _action(reads),
        "asset": {"assets": [{"variety": one} for one in reads.assets], "cloud": [UNKNOWN]},
        "attribute": _attributes(reads, incident) or {"unknown": {}},
        "discovery_method": _discovery(parcel), "notes": str(parcel.audience.label),
    }  # fmt: skip
    if needed := [NEEDED[one] for one in reads.varieties if one in NEEDED]:
        told["value_chain"] = {link: facts for chain in needed for link, facts in chain.items()}
    if impact := _impact(parcel):
        told["impact"] = impact
    if parcel.traces:
        told["ioc"] = [_trace(one) for one in parcel.traces]
    return told


def _trace(told: Trace) -> dict[str, str]:
    """An indicator with its fangs, for programs read it; what it is, and as what it was seen."""
    one = told.indicator
    said = (
        str(one.get_kind_display()),
        str(one.get_role_display()),
        str(one.get_confidence_display()),
        told.remark,
    )
    return {"indicator": one.value, "comment": "; ".join(filter(None, said))}


def _impact(parcel: Parcel) -> dict[str, Any]:
    """How grave it was, and what it cost."""
    level = parcel.incident.level
    return ({} if level is None else {"overall_rating": RATINGS[level]}) | _cost(parcel.losses)


def _cost(losses: Sequence[Loss]) -> dict[str, Any]:
    """What it cost in the currency in which most was recorded, for VERIS knows but one; the rest in words."""
    counted = Counter(loss.currency for loss in losses if loss.currency in CURRENCIES)
    currency = min(counted, key=lambda one: (-counted[one], one), default="")
    here = [loss for loss in losses if loss.currency == currency]
    told: dict[str, Any] = {}
    if here:
        told["iso_currency_code"] = currency
        told["overall_amount"] = plain(sum((loss.amount for loss in here), Decimal(0)))
        told["loss"] = [{"variety": VARIETIES[loss.variety], "amount": plain(loss.amount)} for loss in here]
    estimated = sum((loss.estimated for loss in here), Decimal(0))
    notes = [f"{currency} {estimated:,.2f} of it is an estimate."] if estimated else []
    others = [f"{loss.currency} {loss.amount:,.2f}" for loss in losses if loss.currency != currency]
    notes += [f"In other currencies, not counted here: {', '.join(others)}."] if others else []
    return told | ({"notes": " ".join(notes)} if notes else {})


def _certainty(incident: Incident) -> str:
    if incident.level is None:
        return "Suspected"
    return "Near miss" if incident.level == 0 else "Confirmed"


def _timeline(incident: Incident, detected: datetime | None) -> dict[str, Any]:
    """When it happened by the site's calendar, else when its unit detected it; how long it took to detect and contain."""
    known = detected or incident.reported_at
    day = (incident.happened_at or known).astimezone(ZoneInfo(incident.unit.time_zone))
    told: dict[str, Any] = {"incident": {"year": day.year, "month": day.month, "day": day.day}}
    for name, since, until in (
        ("discovery", incident.happened_at, detected),
        ("containment", known, incident.contained_at),
    ):
        told[name] = _length(since, until)
    return told


def _length(since: datetime | None, until: datetime | None) -> dict[str, Any]:
    if since is None or until is None or until < since:
        return {"unit": UNKNOWN}
    return {"unit": "Minutes", "value": (until - since) // timedelta(minutes=1)}


def _victim(parcel: Parcel) -> dict[str, Any]:
    told = {
        "country": list(parcel.countries) or [UNKNOWN],
        "employee_count": UNKNOWN,
        "industry": "00",
        "government": ["NA"],
    }
    places = {"locations_affected": 1 + len(parcel.affected)} if parcel.site else {}
    return told | places


def _action(reads: Reading) -> dict[str, Any]:
    name = reads.action
    if name == "unknown":
        return {"unknown": {}}
    told = {"variety": list(reads.varieties)}
    if name != "environmental":
        told["vector"] = list(reads.vectors)
    return {name: told | ({"target": [UNKNOWN]} if name == "social" else {})}


def _attributes(reads: Reading, incident: Incident) -> dict[str, Any]:
    """What the incident harmed by its reading, and what VERIS holds its action to have done."""
    harmed = {name: list(varieties) for name, varieties in reads.attributes.items()}
    for variety in ("", *reads.varieties):
        name, done = CONSEQUENCES.get((reads.action, variety), ("", ""))
        if name and done not in harmed.setdefault(name, []):
            harmed[name].append(done)
    return {name: _attribute(name, varieties, reads, incident) for name, varieties in harmed.items()}


def _attribute(name: str, varieties: list[str], reads: Reading, incident: Incident) -> dict[str, Any]:
    if name == "confidentiality":
        told = _disclosure(incident.factors)
        return told | ({"data_disclosure": reads.disclosed} if reads.disclosed else {})
    if name == "availability" and (hours := incident.factors.get("outage_hours")):
        found = list(dict.fromkeys((*varieties, "Interruption")))
        return {"variety": found, "duration": {"unit": "Hours", "value": hours}}
    return {"variety": varieties or [UNKNOWN]}


def _disclosure(facts: dict[str, Any]) -> dict[str, Any]:
    """Whether data was disclosed, as far as the classification says."""
    kinds = ["Personal"] if facts.get("personal_data") else []
    kinds += ["Sensitive Personal"] if facts.get("special_category") else []
    kinds += [SECRETS[facts["secrets"]]] if facts.get("secrets") in SECRETS else []
    asked = [facts.get(name) for name in ("personal_data", "customer_data", "secrets", "leak")]
    answer = (
        "Yes"
        if facts.get("leak")
        else "Potentially"
        if any(asked)
        else "No"
        if None not in asked[:3]
        else UNKNOWN
    )
    told: dict[str, Any] = {"data_disclosure": answer}
    if kinds:
        told["data"] = [{"variety": kind} for kind in kinds]
    if facts.get("customer_data"):
        told["data_victim"] = ["Customer"]
    return told


def _discovery(parcel: Parcel) -> dict[str, Any]:
    """By a report of somebody here, where there is one; what it says stays here."""
    if parcel.is_reported:
        return {"internal": {"variety": ["Reported by employee"]}}
    return {"unknown": True}
