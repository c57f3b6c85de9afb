"""An incident on its way out: valid for who reads it, and with nothing in it that its audience is not to know."""

from __future__ import annotations

import io
import json
import re
import time
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from django.core.exceptions import PermissionDenied
from django.test import SimpleTestCase, TestCase
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import kinds
from keepwell.areas.incidents.rules import outward
from keepwell.areas.incidents.rules.outward.blacking import Blacking
from keepwell.areas.incidents.rules.outward.parcel import require_outward
from keepwell.areas.incidents.rules.outward.stix import MARKINGS
from keepwell.areas.incidents.tests.outside import PRIVATE, WORDS, Outward, faults, references, stix
from keepwell.config import cli
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from tests.cast import NOW, TELLER


class AsStix(Outward, TestCase):
    def test_is_valid_for_every_audience(self) -> None:
        for audience, _label in outward.audiences(self.incident):
            taken = self.taken("stix", audience)
            self.assertEqual(list(taken), ["type", "id", "objects"])
            ids = [one["id"] for one in taken["objects"]]
            self.assertEqual(len(ids), len(set(ids)))
            for one in taken["objects"]:
                wrong = [error.message for error in stix(one["type"]).iter_errors(one)]
                self.assertEqual(wrong, [], one)
                self.assertLessEqual(
                    set(references(one)), set(ids), "every reference leads to an object of the bundle"
                )

    def test_would_not_be_valid_with_a_wrong_id(self) -> None:
        (incident,) = self.objects("green", "incident")
        self.assertFalse(stix("incident").is_valid(incident | {"id": "incident--1"}))

    def test_says_what_the_incident_core_extension_asks_for(self) -> None:
        events = [{"event_ref": one["id"]} for one in self.objects("amber", "event")]
        self.assertEqual(self.core("amber"), {
            "extension_type": "property-extension", "determination": "confirmed", "investigation_status": "open",
            "incident_types": ["infected-system"], "criticality": 25,
            "scores": [{"name": "Keepwell severity, S0 to S4", "value": 1}], "events": events,
        })  # fmt: skip
        self.assertEqual(len(events), 2)

    def test_marks_each_object_by_tlp_2(self) -> None:
        marks = {label.value: mark for label, (_word, mark) in MARKINGS.items()}
        (incident,) = self.objects("amber", "incident")
        self.assertEqual(incident["object_marking_refs"], [marks["green"]])
        (partners,) = [one for one in self.objects("amber", "note") if "For partners" in one["content"]]
        self.assertEqual(partners["object_marking_refs"], [marks["amber"]])
        named = {
            one["name"]: (one["id"], one["created"]) for one in self.objects("amber", "marking-definition")
        }
        amber = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
        self.assertEqual(named["TLP:AMBER"], (amber, "2022-10-01T00:00:00.000Z"))
        self.assertNotIn("TLP:RED", named)

    def test_keeps_its_ids_from_bundle_to_bundle(self) -> None:
        first, again = self.taken("stix", "green"), self.taken("stix", "green")
        self.assertEqual(first, again)
        with moments.standing_at(NOW + timedelta(hours=1)):
            rules.enter(self.incident, by=self.ben, says="Line 3 runs again", tlp="green")
        later = self.taken("stix", "green")
        self.assertNotEqual(later["id"], first["id"])
        before, after = ({one["id"]: one for one in each["objects"]} for each in (first, later))
        self.assertLess(set(before), set(after))
        (incident,) = [key for key in before if key.startswith("incident--")]
        self.assertLess(before[incident]["modified"], after[incident]["modified"])


class AsVeris(Outward, TestCase):
    def test_is_valid_whatever_type_and_level_it_is_of(self) -> None:
        facts = ({}, {"effect": False}, {"personal_data": True, "persons": 200, "secrets": 3, "leak": 2, "customer_data": True},
                 {"outage_hours": 3, "special_category": True})  # fmt: skip
        for place, kind in enumerate(kinds()):
            self.incident.kind, self.incident.factors = kind, facts[place % len(facts)]
            self.incident.level = (None, 0, 1, 2, 3, 4)[place % 6]
            taken = self.taken("veris", "green")
            self.assertEqual(faults(taken), [], (kind, taken))

    def test_would_not_be_valid_without_an_action(self) -> None:
        taken = self.taken("veris", "green")
        del taken["action"]
        self.assertTrue(faults(taken))

    def test_tells_times_and_what_was_disclosed(self) -> None:
        self.incident.happened_at, self.incident.detected_at = (
            NOW - timedelta(hours=5),
            NOW - timedelta(hours=2),
        )
        self.incident.contained_at = NOW
        self.incident.kind, self.incident.factors = (
            "data-leak",
            {"personal_data": True, "secrets": 3, "leak": 1},
        )
        taken = self.taken("veris", "green")
        self.assertEqual(taken["timeline"], {
            "incident": {"year": 2025, "month": 11, "day": 14}, "discovery": {"unit": "Minutes", "value": 180},
            "containment": {"unit": "Minutes", "value": 120},
        })  # fmt: skip
        self.assertEqual(taken["attribute"]["confidentiality"],
                         {"data_disclosure": "Yes", "data": [{"variety": "Personal"}, {"variety": "Secrets"}]})  # fmt: skip
        self.assertEqual(
            (taken["security_incident"], taken["impact"]["overall_rating"]), ("Confirmed", "Distracting")
        )

    def test_says_what_veris_holds_an_action_to_have_done_and_needed(self) -> None:
        self.incident.kind, self.incident.factors = "sniffing", {}
        self.assertEqual(
            self.taken("veris", "green")["attribute"],
            {
                "confidentiality": {"data_disclosure": "Unknown"},
                "integrity": {"variety": ["Software installation"]},
            },
        )
        self.incident.kind, self.incident.factors = "data-loss", {"outage_hours": 3}
        self.assertEqual(self.taken("veris", "green")["attribute"]["availability"],
                         {"variety": ["Loss", "Interruption"], "duration": {"unit": "Hours", "value": 3}})  # fmt: skip
        self.assertNotIn("value_chain", self.taken("veris", "green"))
        self.incident.kind = "phishing"
        self.assertEqual(self.taken("veris", "green")["value_chain"],
                         {"development": {"variety": ["Email"]}, "targeting": {"variety": ["Email addresses"]}})  # fmt: skip

    def test_names_no_victim_for_any_audience(self) -> None:
        for audience, _label in outward.audiences(self.incident):
            text = json.dumps(self.taken("veris", audience))
            self.assertNotIn("Meridian", text)
            self.assertNotIn("victim_id", text)


class Audiences(Outward, TestCase):
    def test_get_only_entries_that_are_marked_for_them(self) -> None:
        for audience, partners in (("green", False), ("amber", True), ("strict", True), ("red", True)):
            text = json.dumps(self.taken("stix", audience))
            self.assertEqual(("For peers" in text, "For partners" in text), (True, partners), audience)

    def test_are_never_wider_than_the_incident(self) -> None:
        for form in outward.FORMS:
            with self.assertRaisesMessage(Refused, "The incident is TLP:GREEN: it may not go to TLP:CLEAR."):
                outward.written(self.incident, form, "clear", by=self.ada)
        self.assertEqual(
            [value for value, _label in outward.audiences(self.incident)], ["green", "amber", "strict", "red"]
        )
        with self.assertRaisesMessage(Refused, "Choose the audience by a label"):
            outward.written(self.incident, "stix", "pink", by=self.ada)

    def test_outside_read_no_name_and_no_host(self) -> None:
        with acting(TELLER, "story.tell"):
            self.incident.summary = WORDS
            self.incident.save()
        for form in outward.FORMS:
            for audience in ("green", "amber"):
                text = json.dumps(self.taken(form, audience), ensure_ascii=False)
                for private in (*PRIVATE, self.incident.number):
                    self.assertNotIn(private, text, (form, audience))
                self.assertIn("2025-11-14", text, "a day is no phone number")
        inside = json.dumps(self.taken("stix", "strict"), ensure_ascii=False)
        for said in (*PRIVATE[:8], self.incident.number):
            self.assertIn(said, inside)

    def test_learn_the_site_from_amber_on(self) -> None:
        with acting(TELLER, "story.tell"):
            self.incident.title = "Worm at Kaohsiung Assembly 1 (KHH1, 高雄封裝一廠)"
            self.incident.save()
        for audience, knows in (("green", False), ("amber", True)):
            text = json.dumps(self.taken("stix", audience), ensure_ascii=False)
            for site in ("Kaohsiung", "KHH1", "高雄封裝一廠"):
                self.assertEqual(site in text, knows, (audience, site))
            self.assertIn('"country": "TW"', text)
        self.assertEqual(
            [one["name"] for one in self.objects("green", "identity")], ["Meridian Semiconductor Holding"]
        )

    def test_never_read_who_reported(self) -> None:
        rules.intake.send(rules.intake.Told(self.khh1, "Crimson screen", reach="ext. 4711"), is_unnamed=False)
        report = self.incident.reports.model.objects.get()
        rules.intake.join(report, by=self.ben, number=self.incident.number)
        for form in outward.FORMS:
            for audience, _label in outward.audiences(self.incident):
                text = outward.written(self.incident, form, audience, by=self.ada).content.decode()
                self.assertFalse("Crimson" in text or "4711" in text, (form, audience))
        method = self.taken("veris", "green")["discovery_method"]
        self.assertEqual(method, {"internal": {"variety": ["Reported by employee"]}})


class WhoTakesItOut(Outward, TestCase):
    def test_works_on_it(self) -> None:
        address = reverse("incident-take-out", args=[self.incident.pk, "stix"])
        program = f"/api/incidents/{self.incident.pk}/veris"
        for who, page, api in ((self.ben, 200, 200), (self.ada, 200, 200), (self.cleo, 404, 404), (self.eva, 404, 404),
                               (self.sam, 404, 404)):  # fmt: skip
            self.sign_in(who)
            asked = {"audience": "green"}
            found = self.client.get(address, asked).status_code, self.client.get(program, asked).status_code
            self.assertEqual(found, (page, api), who.name)

    def test_is_kept_in_the_trail_with_the_audience(self) -> None:
        self.sign_in(self.ben)
        answer = self.client.get(
            reverse("incident-take-out", args=[self.incident.pk, "stix"]), {"audience": "green"}
        )
        self.assertEqual(answer["Content-Disposition"], 'attachment; filename="incident-stix-green.json"')
        kept = Change.objects.filter(kind="read", verb="incident-take-out").latest("id")
        self.assertEqual((kept.by, kept.answers["asked"]), (self.ben.pk, "audience=green"))

    def test_is_told_on_a_page_what_goes_and_what_stays(self) -> None:
        self.sign_in(self.ben)
        page = self.client.get(reverse("incident-out", args=[self.incident.pk])).content.decode()
        rows = dict(
            re.findall(
                r'<th scope="row">(TLP:[A-Z+]+)<.*?</th><td class="kw-nowrap">.*?</td>((?:<td class="num">\d+</td>)+)',
                page,
                re.DOTALL,
            )
        )
        entries = self.incident.timeline.standing()
        green = entries.filter(tlp__in=("clear", "green")).count()
        self.assertEqual(
            rows["TLP:GREEN"],
            "".join(f'<td class="num">{many}</td>' for many in (green, entries.count() - green, 0, 0)),
        )
        refused = self.client.get(
            reverse("incident-take-out", args=[self.incident.pk, "veris"]), {"audience": "clear"}, follow=True
        )
        self.assertContains(refused, "it may not go to TLP:CLEAR")
        self.assertEqual(
            self.client.get(f"/api/incidents/{self.incident.pk}/stix?audience=clear").status_code, 409
        )
        self.assertEqual(self.client.get(f"/api/incidents/{self.incident.pk}/veris").status_code, 409)

    def test_decides_and_is_named_where_it_is_for_named_people_alone(self) -> None:
        rules.restrict(self.incident, by=self.ben, reason="Names in it.")
        with self.assertRaises(PermissionDenied):
            require_outward(self.ben, self.incident)
        require_outward(self.ada, self.incident)
        address = reverse("incident-take-out", args=[self.incident.pk, "stix"])
        for who, status in ((self.ada, 200), (self.ben, 403), (self.gina, 404), (self.sam, 404)):
            self.sign_in(who)
            for path in (address, f"/api/incidents/{self.incident.pk}/stix"):
                answer = self.client.get(path, {"audience": "red"})
                self.assertEqual(
                    (answer.status_code, "Vermilion" in answer.content.decode()), (status, status == 200), who
                )

    def test_does_it_by_command(self) -> None:
        folder = Path(self.enterContext(TemporaryDirectory()))
        number, out = self.incident.number, folder / "out.json"
        self.assertEqual(self.command(number, "stix", "green", "ben", "--out", str(out))[0], 0)
        self.assertEqual(json.loads(out.read_bytes()), self.taken("stix", "green"))
        self.assertTrue(Change.objects.filter(verb="incident-take-out", by=self.ben.pk).exists())
        for asked, said in (
            ((number, "stix", "clear", "ben"), "may not go to TLP:CLEAR"),
            ((number, "veris", "green", "sam"), "No incident that Sam Stone may see has the number"),
            (("IN-1999-0001", "veris", "green", "ada"), "No incident that Ada Lin may see has the number"),
        ):  # fmt: skip
            status, sentence = self.command(*asked)
            self.assertEqual((status, said in sentence, sentence.count("\n")), (2, True, 1), sentence)

    def command(self, number: str, form: str, audience: str, who: str, *more: str) -> tuple[int, str]:
        """Run `keepwell incident` in this process: its status, and what it complains of."""
        arguments = ["incident", number, "--form", form, "--audience", audience, "--as", who, *more]
        error = io.StringIO()
        with (
            mock.patch.object(cli.os, "umask", return_value=0),
            redirect_stderr(error),
            redirect_stdout(io.StringIO()),
        ):
            return cli.COMMANDS["incident"](cli.parser().parse_args(arguments)), error.getvalue()


class BlackingOut(SimpleTestCase):
    def test_knows_what_leads_to_machines_and_people(self) -> None:
        plain = Blacking(())
        for text, told in (
            ("write to a.b@c.example now", "write to [address] now"),
            ("hxxp[:]//evil.example/x?y", "[host]"), ("from 192.0.2.7:443 to fe80::1", "from [host] to [host]"),
            ("evil[.]example and evil.example", "[host] and [host]"), (r"\\files\plans\a", "[host]"),
            ("call +886-7-361-0000 or ext. 4711", "call [phone] or [phone]"), ("HMI srv-db01 stands", "HMI [host] stands"),
            ("S3 since 2025-11-14, CVE-2024-12345, SHA-256", "S3 since 2025-11-14, CVE-2024-12345, SHA-256"),
            ("at 03:22, 1,200 wafers, 3.5 h", "at 03:22, 1,200 wafers, 3.5 h"),
        ):  # fmt: skip
            with self.subTest(text):
                self.assertEqual(plain(text), told)

    def test_is_quick_whatever_is_typed(self) -> None:
        for part in ("a", "a-", "1.", "1 ", "a.", ":", "@", "\\", "0-a", "a@a.", "0:"):
            with self.subTest(part):
                begun = time.perf_counter()
                Blacking(())(part * (4_000 // len(part)))
                self.assertLess(time.perf_counter() - begun, 2)
