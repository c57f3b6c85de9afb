"""Indicators of an incident on their way out: valid for who reads them, findable, and none that is the group's own."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keepwell.areas.incidents.models import Incident, Indicator
from keepwell.areas.incidents.rules import indicators, outward
from keepwell.areas.incidents.rules.outward.stix.traces import observables, pattern
from keepwell.areas.incidents.rules.outward.traces import Trace
from keepwell.areas.incidents.tests.outside import Outward, faults, references, stix
from keepwell.kernel import moments
from tests.cast import NOW

Kind, Role, Tlp = Indicator.Kind, Indicator.Role, Incident.Tlp
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
VALUES = {
    Kind.IPV4: "203.0.113.9", Kind.IPV6: "2001:db8::7", Kind.DOMAIN: "c2.evil.example", Kind.URL: "https://evil.example/it's",
    Kind.MAIL: "billing@evil.example", Kind.SUBJECT: "Invoice 4711 “overdue”", Kind.MD5: DIGEST[:32], Kind.SHA1: DIGEST[:40],
    Kind.SHA256: DIGEST, Kind.FILE: "C:\\ProgramData\\it's\\invoice.exe", Kind.REGISTRY: "HKLM\\Software\\Run\\Loader",
    Kind.COMMAND: "loader.exe --quiet 'a\\b'", Kind.MUTEX: "Global\\loader", Kind.AGENT: "Mozilla/4.0 (loader)",
    Kind.ACCOUNT: "MERIDIAN\\svc_loader", Kind.HOST: "eng-3",
}  # fmt: skip
"""One of each kind."""
OURS = {
    "a private address": (Kind.IPV4, "10.20.30.40"), "a URL that leads to one": (Kind.URL, "http://10.20.30.41/x"),
    "a host": (Kind.HOST, "eng-3"), "an account": (Kind.ACCOUNT, "svc_loader"), "a mailbox": (Kind.MAIL, "ada@meridian.example"),
    "a domain of the house": (Kind.DOMAIN, "vpn.meridian.example"), "a folder of a person": (Kind.FILE, "C:\\Users\\ada\\x.exe"),
    "a share": (Kind.COMMAND, "copy x.exe \\\\srv\\c$"), "somebody by name": (Kind.SUBJECT, "For Eva Chen: your pay"),
    "a machine by name": (Kind.COMMAND, "psexec pen2-hmi-04"),
}  # fmt: skip
"""What the attacker used that names the group's own people and machines."""


class Traces(Outward):
    def add(self, kind: Kind, value: str, **told: Any) -> Indicator:
        given = {"role": Role.ATTACKER, "tlp": Tlp.GREEN} | told
        incident = Incident.objects.get(pk=self.incident.pk)
        indicators.add_indicator(incident, by=self.ada, kind=kind, value=value, **given)
        return Indicator.objects.get(incident=incident, kind=kind, value=indicators.spelled(kind, value))

    def values(self, audience: str) -> set[str]:
        """What the file of VERIS names, by which others search."""
        return {one["indicator"] for one in self.taken("veris", audience).get("ioc", ())}


class Going(Traces, TestCase):
    def test_are_valid_for_every_audience_whatever_their_kind(self) -> None:
        for kind, value in VALUES.items():
            self.add(kind, value, first_seen="04:00", last_seen="04:30" if kind == Kind.URL else "")
        self.add(Kind.DOMAIN, "unseen.example")
        self.add(Kind.HOST, "eng-4", role=Role.VICTIM)
        for audience, _label in outward.audiences(self.incident):
            taken = self.taken("stix", audience)
            ids = [one["id"] for one in taken["objects"]]
            self.assertEqual(len(ids), len(set(ids)))
            for one in taken["objects"]:
                wrong = [error.message for error in stix(one["type"]).iter_errors(one)]
                self.assertEqual(wrong, [], one)
                self.assertLessEqual(set(references(one)), set(ids))
            self.assertEqual(faults(self.taken("veris", audience)), [])
        kinds = {one["type"] for one in self.taken("stix", "strict")["objects"]}
        self.assertLessEqual(
            {"indicator", "sighting", "observed-data", "directory", "process", "windows-registry-key"}, kinds
        )

    def test_are_found_by_patterns(self) -> None:
        """Each was read once by the validator of OASIS, stix2-patterns 2.1.2."""
        hashes = {Kind.MD5: "MD5", Kind.SHA1: "'SHA-1'", Kind.SHA256: "'SHA-256'"}
        told = {
            Kind.IPV4: "[ipv4-addr:value = '203.0.113.9']", Kind.IPV6: "[ipv6-addr:value = '2001:db8::7']",
            Kind.DOMAIN: "[domain-name:value = 'c2.evil.example']", Kind.HOST: "[domain-name:value = 'eng-3']",
            Kind.URL: r"[url:value = 'https://evil.example/it\'s']", Kind.MAIL: "[email-addr:value = 'billing@evil.example']",
            Kind.SUBJECT: "[email-message:subject = 'Invoice 4711 “overdue”']",
            Kind.FILE: r"[file:name = 'invoice.exe' AND file:parent_directory_ref.path = 'C:\\ProgramData\\it\'s']",
            Kind.REGISTRY: r"[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\Software\\Run\\Loader']",
            Kind.COMMAND: r"[process:command_line = 'loader.exe --quiet \'a\\b\'']",
            Kind.MUTEX: r"[mutex:name = 'Global\\loader']",
            Kind.AGENT: "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'Mozilla/4.0 (loader)']",
            Kind.ACCOUNT: r"[user-account:account_login = 'MERIDIAN\\svc_loader']",
            **{kind: f"[file:hashes.{name} = '{VALUES[kind]}']" for kind, name in hashes.items()},
        }  # fmt: skip
        self.assertEqual(set(told), set(Kind))
        for kind, value in [*VALUES.items(), (Kind.IPV4, "203.0.113.0/24"), (Kind.FILE, "x.exe")]:
            made = pattern(Trace(Indicator(kind=kind, value=indicators.spelled(kind, value)), "", "", NOW))
            wanted = {
                "203.0.113.0/24": "[ipv4-addr:value ISSUBSET '203.0.113.0/24']",
                "x.exe": "[file:name = 'x.exe']",
            }
            self.assertEqual(made, wanted.get(value, told[kind]))

    def test_have_the_ids_that_stix_reckons_for_everybody(self) -> None:
        """Of ids, as the stix2 library of OASIS gives them for the same."""
        for kind, value, asked, key in (
            (Kind.IPV4, "198.51.100.3", "ipv4-addr", "28bb3599-77cd-5a82-a950-b5bc3caf07c4"),
            (Kind.FILE, "C:\\x\\x.exe", "directory", "2f375e92-c84d-5d93-a78f-1d979ae627e0"),
            (Kind.FILE, "C:\\x\\x.exe", "file", "8f776066-10d1-514d-991d-c1d85f5b58c2"),
            (Kind.SUBJECT, "Invoice", "email-message", "8f656aac-09e0-587a-ba9f-662edac87054"),
            (Kind.MUTEX, "m", "mutex", "07f2b411-b577-5759-885d-c3058bce0b29"),
            (Kind.REGISTRY, "HKLM\\a", "windows-registry-key", "47f9b40e-4ab3-5611-b82f-2e8cc07858c0"),
            (Kind.URL, "https://e.example/'x", "url", "4aaafd3a-9955-5f3b-b8d4-a884c00a02ea"),
            (Kind.ACCOUNT, "svc", "user-account", "85420705-eb10-5a00-8b9f-1159a3850885"),
        ):  # fmt: skip
            one = Indicator(kind=kind, value=indicators.spelled(kind, value), tlp=Tlp.GREEN)
            made = {each["type"]: each["id"] for each in observables(Trace(one, "", "", NOW))}
            self.assertEqual(made[asked], f"{asked}--{key}")

    def test_say_when_they_were_seen_and_what_they_point_at(self) -> None:
        one = self.add(Kind.DOMAIN, "c2.evil.example", first_seen="04:00", last_seen="04:30", remark="By Ben")
        (found,), (sighting,) = self.objects("green", "indicator"), self.objects("green", "sighting")
        (seen,), (group,) = self.objects("green", "observed-data"), self.objects("green", "identity")
        (incident,) = self.objects("green", "incident")
        self.assertEqual(
            (
                found["valid_from"],
                found["indicator_types"],
                found["confidence"],
                found["description"],
                found["name"],
            ),
            (
                "2025-11-13T20:00:00.000Z",
                ["malicious-activity"],
                95,
                "By [name]",
                "Domain: c2[.]evil[.]example",
            ),
        )
        self.assertEqual(
            (sighting["sighting_of_ref"], sighting["where_sighted_refs"], sighting["observed_data_refs"]),
            (found["id"], [group["id"]], [seen["id"]]),
        )
        self.assertEqual((seen["first_observed"], seen["last_observed"], seen["number_observed"]),
                         ("2025-11-13T20:00:00.000Z", "2025-11-13T20:30:00.000Z", 2))  # fmt: skip
        ties = [one for one in self.objects("green", "relationship") if one["source_ref"] == found["id"]]
        self.assertEqual(
            [(one["relationship_type"], one["target_ref"]) for one in ties], [("related-to", incident["id"])]
        )
        with moments.standing_at(NOW + timedelta(hours=1)):
            indicators.change_known(one, by=self.ada, confidence=Indicator.Confidence.LIKELY)
        (later,) = self.objects("green", "indicator")
        self.assertEqual((later["id"], later["confidence"]), (found["id"], 75))
        self.assertLess(found["modified"], later["modified"])


class Staying(Traces, TestCase):
    def test_do_what_is_marked_narrower_and_what_was_retracted(self) -> None:
        self.add(Kind.DOMAIN, "green.example")
        self.add(Kind.DOMAIN, "amber.example", tlp=Tlp.AMBER)
        indicators.retract(self.add(Kind.DOMAIN, "gone.example"), by=self.ada, reason="None.")
        self.assertEqual(self.values("green"), {"green.example"})
        self.assertEqual(self.values("amber"), {"green.example", "amber.example"})

    def test_does_what_is_not_the_attackers_outside_the_group(self) -> None:
        for role in Role:
            self.add(Kind.DOMAIN, f"{role.value}.example", role=role)
        self.assertEqual(self.values("amber"), {"attacker.example", "tool.example", "lure.example"})
        self.assertEqual(len(self.values("strict")), len(Role))

    def test_does_what_names_people_and_machines_of_the_group(self) -> None:
        for kind, value in OURS.values():
            self.add(kind, value, tlp=Tlp.GREEN, remark="Seen by Eva Chen on pen2-hmi-04")
        for audience in ("green", "amber"):
            self.assertEqual(self.values(audience), set(), audience)
            text = json.dumps(self.taken("stix", audience))
            for _kind, value in OURS.values():
                self.assertNotIn(json.dumps(value)[1:-1], text)
        self.assertEqual(len(self.values("strict")), len(OURS))

    def test_is_told_on_the_page(self) -> None:
        self.add(Kind.DOMAIN, "green.example")
        self.add(Kind.HOST, "eng-3")
        self.add(Kind.DOMAIN, "amber.example", tlp=Tlp.AMBER)
        told = outward.shares(self.incident, by=self.ada)
        self.assertEqual(
            [
                (told[audience].traces_go, told[audience].traces_stay)
                for audience in ("green", "amber", "strict")
            ],
            [(1, 2), (2, 1), (3, 0)],
        )
        self.sign_in(self.ada)
        page = self.client.get(reverse("incident-out", args=[self.incident.pk])).content.decode()
        self.assertIn("Indicators that stay", page)
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(reverse("incident-out", args=[self.incident.pk])).status_code, 404)

    def test_costs_the_same_for_one_and_for_many(self) -> None:
        def asked() -> list[int]:
            found = []
            for ask in (
                lambda: self.taken("stix", "green"),
                lambda: outward.shares(self.incident, by=self.ada),
            ):
                with CaptureQueriesContext(connection) as queries:
                    ask()
                found.append(len(queries))
            return found

        self.add(Kind.DOMAIN, "one.example", first_seen="04:00")
        asked()
        one = asked()
        for number in range(9):
            self.add(Kind.DOMAIN, f"more{number}.example", first_seen="04:00")
        self.assertEqual(asked(), one)

    def test_and_going_are_counted_without_reading_the_timeline(self) -> None:
        with CaptureQueriesContext(connection) as queries:
            told = outward.shares(self.incident, by=self.ada)
        read = [one["sql"] for one in queries if '"incidents_timelineentry"."says"' in one["sql"]]
        self.assertEqual(read, [])
        self.assertEqual(told["red"].goes + told["red"].stays, self.incident.timeline.standing().count())
