"""Who judges what goes out in VERIS, judged by VERIS's own cases."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from django.test import SimpleTestCase

from keepwell.areas.incidents.tests.outside import faults, read

LISTS = ("cloud", "country", "hosting", "management", "ownership", "region")
"""What is one text in 1.3 and a list in 1.4."""
GONE = ("accessibility", "governance")
"""What 1.3 says of assets and 1.4 does not."""
OTHERWISE = {
    # 1.4 lets the country of an attacker be unknown.
    "actor.external.country_missing": [],
    # 1.4 lets a list of names be empty.
    "actor.external.name_empty": [],
    # 1.4 asks for assets, and has no governance of them.
    "asset.assets_missing": ['"assets" is a required property'],
    "asset.governance_empty": [],
    # Only who was entrusted can misuse (vz-risk/veris#229).
    "valid_action.misuse": ["misuse by nobody who was entrusted"],
    # The whole is no less than its parts (vz-risk/veris#142).
    "valid_impact": ["losses above overall_amount"],
    # 1.4 knows the sectors of NAICS; none has the number 12.
    "valid_victim.industry_two": ['"12" does not match "(00|11|2[1-3]|3[1-3]|4[24589]|5[1-6]|6[1-2]|7[12]|81|92)-?\\d{0,4}"'],
}  # fmt: skip
"""The cases of VERIS 1.3 that 1.4 judges otherwise, why, and what is found in them."""


def raised(told: dict[str, Any]) -> dict[str, Any]:
    """A case of VERIS 1.3 as 1.4 writes the same; what it is there to get wrong stays wrong."""
    told = {"summary": "1.3 asks for none."} | deepcopy(told)
    external, partner = (told.get("actor", {}).get(name, {}) for name in ("external", "partner"))
    for part in (told["asset"], told.get("victim", {}), external, partner):
        part |= {name: [part[name]] for name in LISTS if isinstance(part.get(name), str)}
    if told.get("discovery_method") == "Int - unknown":
        told["discovery_method"] = {"internal": {"variety": ["Unknown"]}}
    if told["action"] == {"Unknown": {}}:
        told["action"] = {"unknown": {}}
    if told["timeline"]["incident"].get("time") == "16:20":
        told["timeline"]["incident"]["time"] = "04:20:00 PM"
    if told["asset"]:
        told["asset"] = {"cloud": ["Unknown"]} | told["asset"]
        for name in GONE:
            told["asset"].pop(name, None)
    if told.get("victim"):
        told["victim"] = {"government": ["NA"]} | told["victim"]
    return told


class TheJudge(SimpleTestCase):
    def test_finds_what_is_wrong_in_each_case_of_veris_and_nothing_else(self) -> None:
        cases = read("veris-cases.json")
        found = {name: faults(raised(case["incident"])) for name, case in cases.items()}
        self.assertEqual(len(found), 140)
        otherwise = {name for name, case in cases.items() if bool(found[name]) != (case["should"] == "fail")}
        self.assertEqual({name: found[name] for name in otherwise}, OTHERWISE)

    def test_refuses_what_veris_refuses_beyond_its_schema(self) -> None:
        told = raised(read("veris-cases.json")["valid_action.misuse"]["incident"])
        told["actor"] = {"unknown": {}}
        told["action"] |= {
            "malware": {"variety": ["Ransomware"], "vector": ["Unknown"]},
            "social": {"variety": ["Phishing"], "vector": ["Unknown"], "target": ["Unknown"]},
            "physical": {"variety": ["Theft"], "vector": ["Unknown"]},
        }
        told["impact"] = {
            "overall_rating": "Unknown",
            "overall_amount": 9,
            "loss": [{"variety": "Other", "amount": 10}],
        }
        self.assertEqual(faults(told), [
            "malware: integrity without Software installation", "social: integrity without Alter behavior",
            "Theft: availability without Loss", "Phishing: development without Email",
            "Phishing: targeting without Email addresses", "Ransomware: cash-out without Cryptocurrency",
            "misuse by nobody who was entrusted", "losses above overall_amount",
        ])  # fmt: skip
