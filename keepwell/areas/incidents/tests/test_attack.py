"""What is known of an attack in the words of VERIS: only its words, in place of what the type makes likely, and valid."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.test import TestCase
from django.urls import reverse

from keepwell.areas.incidents.models import TimelineEntry, kinds
from keepwell.areas.incidents.models.library import veris_words
from keepwell.areas.incidents.rules import attack
from keepwell.areas.incidents.tests.outside import Outward, faults, read, references, stix
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.models import Change

KNOWN: dict[str, Any] = {
    "actor": "external", "actor_variety": ["Organized crime"], "motive": ["Financial"], "country": ["KP"], "action": "malware",
    "variety": ["Ransomware", "Backdoor"], "vector": ["Email attachment"], "asset": ["S - Other"], "confidentiality": "No",
    "integrity": ["Modify data"], "availability": ["Obscuration"],
}  # fmt: skip


class Story(Outward):
    def say(self, **known: Any) -> dict[str, Any]:
        self.incident.refresh_from_db()
        return attack.describe_attack(self.incident, by=self.ada, known=known)

    def veris(self) -> dict[str, Any]:
        self.incident.refresh_from_db()
        taken: dict[str, Any] = self.taken("veris", "green")
        self.assertEqual(faults(taken), [], taken)
        return taken


class TheWords(Story, TestCase):
    def test_are_those_of_veris_itself(self) -> None:
        """Every list of the file is the list of the schema that VERIS publishes."""
        schema, words = read("veris-1.4.json")["properties"], veris_words()
        for actor, parts in words["actors"].items():
            told = schema["actor"]["properties"][actor]["properties"]
            self.assertEqual(parts["variety"], told["variety"]["items"]["enum"] if "variety" in told else [])
            self.assertEqual(sorted(words["motive"]), sorted(told["motive"]["items"]["enum"]))
        for action, parts in words["actions"].items():
            told = schema["action"]["properties"][action]["properties"]
            self.assertEqual(parts["variety"], told["variety"]["items"]["enum"])
            self.assertEqual(parts["vector"], told["vector"]["items"]["enum"] if "vector" in told else [])
        self.assertEqual(
            words["country"],
            schema["actor"]["properties"]["external"]["properties"]["country"]["items"]["enum"],
        )
        self.assertEqual(
            words["asset"], schema["asset"]["properties"]["assets"]["items"]["properties"]["variety"]["enum"]
        )

    def test_and_no_others_are_kept(self) -> None:
        wrong: tuple[tuple[dict[str, Any], str], ...] = (
            ({"actor": "aliens"}, "“aliens” is no actor in VERIS 1.4.1; there are: external, internal, partner."),
            ({"motive": ["Financial"]}, "“Financial” says nothing of actor “” and action “”: choose those first."),
            ({"actor": "internal", "country": ["KP"]}, "“KP” says nothing of actor “internal”"),
            ({"actor": "external", "country": ["XX"]}, "“XX” is no country in VERIS 1.4.1; there are: see the form."),
            ({"variety": ["Ransomware"]}, "choose those first."),
            ({"action": "hacking", "variety": ["Ransomware"]}, "“Ransomware” is no variety in VERIS 1.4.1"),
            ({"action": "environmental", "vector": ["Unknown"]}, "choose those first."),
            ({"action": "misuse"}, "Only who was entrusted can misuse"),
            ({"action": "misuse", "actor": "external"}, "Only who was entrusted can misuse"),
            ({"weather": "fine"}, "“weather” is no part of an attack"),
            ({"asset": ["<script>"]}, "“<script>” is no asset in VERIS 1.4.1"),
            ({"asset": veris_words()["asset"][:11]}, "asset: 10 words at most."),
            ({"actor": {"external": 1}}, "actor: give words of VERIS."),
        )  # fmt: skip
        for known, says in wrong:
            with self.subTest(says), self.assertRaisesMessage(Refused, says):
                self.say(**known)
        self.incident.refresh_from_db()
        self.assertEqual(self.incident.attack, {})

    def test_are_told_in_the_timeline_and_kept(self) -> None:
        self.say(**KNOWN)
        said = (
            "external: Organized crime, Financial, KP; malware: Ransomware, Backdoor, Email attachment; S - Other; "
            "confidentiality: No; integrity: Modify data; availability: Obscuration"
        )
        self.assertEqual(attack.in_words(self.incident.attack), said)
        entry = TimelineEntry.objects.get(verb="attack")
        self.assertEqual(entry.told, f"Said of the attack, in the words of VERIS: {said}.")
        self.assertEqual(
            Change.objects.get(verb="incident.describe_attack", record_id=self.incident.pk).after["attack"],
            KNOWN,
        )
        with self.assertRaisesMessage(Refused, "nothing was changed"):
            self.say(**KNOWN)
        with self.assertRaises(PermissionDenied):
            attack.describe_attack(self.incident, by=self.sam, known={})
        self.assertEqual(self.say(), {})


class InVeris(Story, TestCase):
    def test_stand_in_place_of_what_the_type_makes_likely(self) -> None:
        self.say(**KNOWN)
        taken = self.veris()
        self.assertEqual(
            taken["actor"],
            {"external": {"variety": ["Organized crime"], "motive": ["Financial"], "country": ["KP"]}},
        )
        self.assertEqual(
            taken["action"],
            {"malware": {"variety": ["Ransomware", "Backdoor"], "vector": ["Email attachment"]}},
        )
        self.assertEqual(taken["asset"]["assets"], [{"variety": "S - Other"}])
        self.assertEqual(taken["attribute"]["confidentiality"]["data_disclosure"], "No")
        self.assertEqual(
            taken["attribute"]["integrity"], {"variety": ["Modify data", "Software installation"]}
        )
        self.assertEqual(taken["attribute"]["availability"], {"variety": ["Obscuration"]})
        self.assertEqual(taken["value_chain"], {"cash-out": {"variety": ["Cryptocurrency"]}})

    def test_leave_as_likely_what_nobody_said(self) -> None:
        before = self.veris()
        self.say(actor="partner")
        after = self.veris()
        self.assertEqual(after["actor"], {"partner": {"motive": ["Unknown"], "country": ["Unknown"]}})
        self.assertEqual(
            {name: after[name] for name in ("action", "asset")},
            {name: before[name] for name in ("action", "asset")},
        )

    def test_are_valid_with_every_action_whatever_the_type(self) -> None:
        """Each action with its first variety and way in, by each actor, over all types."""
        places = list(kinds())
        turn = 0
        for actor in veris_words()["actors"]:
            for action, parts in veris_words()["actions"].items():
                if action == "misuse" and actor == "external":
                    continue
                self.incident.kind = places[turn % len(places)]
                turn += 1
                self.incident.attack = attack.checked({
                    "actor": actor, "action": action, "variety": parts["variety"][:3], "vector": parts["vector"][:1],
                })  # fmt: skip
                taken = self.taken("veris", "green")
                self.assertEqual(faults(taken), [], (actor, action, taken))
        for kind in places:
            self.incident.kind, self.incident.attack = kind, {"actor": "external"}
            self.assertEqual(faults(self.taken("veris", "green")), [], kind)
        self.incident.attack = {"action": "hacking", "variety": ["SQLi"]}
        self.assertIn("Repurpose", self.taken("veris", "green")["attribute"]["integrity"]["variety"])

    def test_go_to_nobody_to_whom_the_incident_may_not_go(self) -> None:
        self.say(**KNOWN)
        self.incident.refresh_from_db()
        with self.assertRaisesMessage(Refused, "it may not go to TLP:CLEAR"):
            self.taken("veris", "clear")


class InStix(Story, TestCase):
    def bundle(self, audience: str = "green") -> dict[str, list[dict[str, Any]]]:
        """The objects of the bundle by their kind; each valid, each once, each reference leading somewhere."""
        self.incident.refresh_from_db()
        found: dict[str, list[dict[str, Any]]] = {}
        objects = self.taken("stix", audience)["objects"]
        for one in objects:
            self.assertEqual([error.message for error in stix(one["type"]).iter_errors(one)], [], one)
            self.assertLessEqual(set(references(one)), {each["id"] for each in objects})
            found.setdefault(one["type"], []).append(one)
        self.assertEqual(len(objects), len({one["id"] for one in objects}))
        return found

    def test_tell_the_threat_actor_and_whom_it_is_attributed_to(self) -> None:
        self.say(**KNOWN)
        found = self.bundle()
        (actor,), (incident,) = found["threat-actor"], found["incident"]
        self.assertEqual(
            (actor["name"], actor["threat_actor_types"], actor["primary_motivation"]),
            ("Not named: Organized crime", ["crime-syndicate"], "personal-gain"),
        )
        (behind,) = [one for one in found["identity"] if one["name"] == actor["name"]]
        (country,) = [one for one in found["location"] if one["name"] == "KP"]
        self.assertEqual(behind["identity_class"], "group")
        ties = {
            (one["source_ref"], one["relationship_type"], one["target_ref"]) for one in found["relationship"]
        }
        self.assertLessEqual({
            (incident["id"], "attributed-to", actor["id"]), (actor["id"], "attributed-to", behind["id"]),
            (actor["id"], "located-at", country["id"]),
        }, ties)  # fmt: skip

    def test_carry_the_incidents_mark_and_go_no_further(self) -> None:
        self.say(**KNOWN)
        (mark,) = self.bundle()["incident"][0]["object_marking_refs"]
        self.assertEqual(self.bundle()["threat-actor"][0]["object_marking_refs"], [mark])
        with self.assertRaisesMessage(Refused, "it may not go to TLP:CLEAR"):
            self.taken("stix", "clear")

    def test_name_the_country_of_site_and_actor_once(self) -> None:
        self.say(actor="external", country=["TW"])
        self.assertEqual([one["name"] for one in self.bundle()["location"]].count("TW"), 1)

    def test_accuse_nobody_of_what_nobody_said_or_meant(self) -> None:
        for known in ({}, {"action": "malware"}, {"actor": "internal", "action": "error"},
                      {"actor": "external", "actor_variety": ["Force majeure"]}):  # fmt: skip
            self.incident.attack = attack.checked(known)
            kinds_told = {one["type"] for one in self.taken("stix", "green")["objects"]}
            self.assertNotIn("threat-actor", kinds_told, known)

    def test_are_valid_with_every_actor_variety_and_motive(self) -> None:
        for actor, parts in veris_words()["actors"].items():
            for variety in parts["variety"] or [""]:
                self.incident.attack = attack.checked(
                    {"actor": actor, "actor_variety": [variety], "motive": veris_words()["motive"][:9]}
                )
                for one in self.taken("stix", "green")["objects"]:
                    self.assertTrue(stix(one["type"]).is_valid(one), (variety, one))


class ThePage(Story, TestCase):
    def test_shows_the_words_that_go_with_actor_and_action_and_keeps_what_is_chosen(self) -> None:
        self.sign_in(self.ada)
        address = reverse("incident-attack", args=[self.incident.pk])
        self.assertNotContains(self.client.get(address), "Ransomware")
        looked = self.client.post(address, {"actor": "external", "action": "malware", "look": "1"})
        self.assertContains(looked, 'value="Ransomware"')
        self.assertContains(looked, 'value="Organized crime"')
        self.incident.refresh_from_db()
        self.assertEqual(self.incident.attack, {})
        room = reverse("incident-room", args=[self.incident.pk])
        self.assertRedirects(self.client.post(address, KNOWN), room)
        self.assertContains(self.client.get(room), "external: Organized crime, Financial, KP")
        wrong = self.client.post(address, KNOWN | {"variety": ["SQLi"]})
        self.assertContains(wrong, "“SQLi” is no variety in VERIS 1.4.1", status_code=422)

    def test_is_not_there_for_sam(self) -> None:
        self.sign_in(self.sam)
        address = reverse("incident-attack", args=[self.incident.pk])
        for answer in (
            self.client.get(address),
            self.client.post(address, KNOWN),
            self.client.get(f"/api/incidents/{self.incident.pk}/attack"),
        ):
            self.assertEqual(answer.status_code, 404)

    def test_is_answered_for_programs_too(self) -> None:
        self.sign_in(self.ada)
        path = f"/api/incidents/{self.incident.pk}/attack"
        self.assertEqual(self.client.get(path).json()["says"], "")
        said = self.client.post(path, KNOWN, content_type="application/json")
        self.assertEqual((said.status_code, said.json()["variety"]), (200, ["Ransomware", "Backdoor"]))
        wrong = self.client.post(path, {"actor": "aliens"}, content_type="application/json")
        self.assertEqual(wrong.status_code, 409)
