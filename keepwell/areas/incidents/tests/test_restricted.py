"""Restricted incidents: who is named knows them, whoever else learns nothing by any outlet (security.md R9)."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from django.core.exceptions import PermissionDenied, ValidationError
from django.test import TestCase, override_settings
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, Indicator, NamedPerson, Report
from keepwell.areas.incidents.rules import indicators, intake
from keepwell.areas.incidents.tests.outlets import Outlets
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.config.mail import post
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.evidence.rules import Facts, attach
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.history.sequencer import seal
from keepwell.platform.notices.abroad import Delivery, Webhook
from keepwell.platform.notices.hooks import payload
from keepwell.platform.notices.models import Notice
from keepwell.platform.people.models import Person
from keepwell.platform.search.indexing import catch_up
from tests.cast import NOW, TELLER, account, grant, person

CANARY = "Vermilion"


class Restricted(Reported):
    """An incident of KHH1 that Ben restricted; Gina looks after KHH1 too, and Faye is a consultant from outside."""

    def scene(self) -> None:
        super().scene()
        with acting(TELLER, "story.enter"):
            self.gina = person("A0000007", "Gina Ho", self.khh1)
            self.faye = person("X0000008", "Faye Roth", self.group, kind="external", responsible=self.ada)
            account(self.gina, "gina")
            account(self.faye, "faye")
            grant(self.gina, "site_officer", self.khh1)
            grant(self.faye, "site_officer", self.khh1)
        self.incident.title, self.incident.summary = f"{CANARY} of the plant head", f"{CANARY} was sold"
        with acting(self.ben, "story.tell"):
            self.incident.save()
        rules.classify(self.incident, by=self.ben, facts={"effect": True})
        rules.restrict(self.incident, by=self.ben, reason="It concerns somebody at the site.")

    def who_knows(self) -> list[str]:
        everybody = (self.ada, self.ben, self.cleo, self.dan, self.eva, self.sam, self.gina, self.faye)
        return [
            p.name for p in everybody if Incident.objects.visible_to(p).filter(pk=self.incident.pk).exists()
        ]


class NeedToKnow(Restricted, TestCase):
    def test_leaves_it_to_those_who_are_named(self) -> None:
        self.assertEqual(self.who_knows(), ["Ben Tan"])
        rules.name_person(self.incident, by=self.ben, person=self.ada, reason="Decides on the police.")
        self.assertEqual(self.who_knows(), ["Ada Lin", "Ben Tan"])

    def test_withholds_what_belongs_to_it(self) -> None:
        report = self.told_again()
        for who, seen in ((self.ben, 1), (self.gina, 0), (self.ada, 0)):
            with self.subTest(who.name):
                self.assertEqual(self.incident.classifications.visible_to(who).count(), seen)
                self.assertEqual(NamedPerson.objects.visible_to(who).count(), seen)
                self.assertEqual(Report.objects.visible_to(who).filter(pk=report.pk).count(), seen)

    def told_again(self) -> Report:
        intake.send(intake.Told(self.khh1, f"{CANARY} again"), is_unnamed=False)
        report = Report.objects.get()
        intake.join(report, by=self.ben, number=self.incident.number)
        return report

    def test_takes_away_and_gives_nothing(self) -> None:
        with self.assertRaisesMessage(Refused, "Eva Chen has no right to see it"):
            rules.name_person(self.incident, by=self.ben, person=self.eva, reason="Was there.")
        self.assertFalse(self.incident.named.filter(person=self.eva).exists())

    def test_ends_when_somebody_is_taken_off_or_the_time_is_over(self) -> None:
        named = rules.name_person(self.incident, by=self.ben, person=self.gina, reason="Stands in for Ben.")
        rules.take_off(named, by=self.ben, reason="Ben is back.")
        self.assertEqual(self.who_knows(), ["Ben Tan"])
        end = NOW + timedelta(hours=2)
        rules.name_person(self.incident, by=self.ben, person=self.gina, reason="The night.", until=end)
        for at, knows in ((end - timedelta(seconds=1), True), (end, False)):
            with moments.standing_at(at):
                self.assertEqual("Gina Ho" in self.who_knows(), knows, at)

    def test_never_leaves_it_with_nobody(self) -> None:
        with self.assertRaisesMessage(Refused, "name another first"):
            rules.take_off(self.incident.named.get(), by=self.ben, reason="Mine no more.")
        with self.assertRaisesMessage(Refused, "The end must lie ahead."):
            rules.name_person(self.incident, by=self.ben, person=self.gina, reason="Late.", until=NOW)
        with self.assertRaisesMessage(Refused, "Ben Tan is named already."):
            rules.name_person(self.incident, by=self.ben, person=self.ben, reason="Twice.")

    def test_names_each_once_however_often_it_is_restricted(self) -> None:
        rules.name_person(self.incident, by=self.ben, person=self.ada, reason="Decides.")
        rules.lift(self.incident, by=self.ada, reason="Over.")
        rules.restrict(self.incident, by=self.ben, reason="Not over.")
        self.assertEqual(self.incident.named.in_force().count(), 2)
        rules.take_off(self.incident.named.get(person=self.ben), by=self.ada, reason="Ada goes on alone.")
        self.assertEqual(self.who_knows(), ["Ada Lin"])

    def test_refuses_every_act_of_who_does_not_know_it(self) -> None:
        for who in (self.ada, self.gina, self.faye):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                rules.acknowledge(self.incident, by=who)

    def test_is_lifted_by_who_decides_and_knows_it(self) -> None:
        with self.assertRaises(PermissionDenied):
            rules.lift(self.incident, by=self.ben, reason="Over.")
        with self.assertRaises(PermissionDenied):
            rules.lift(self.incident, by=self.ada, reason="Not named.")
        rules.name_person(self.incident, by=self.ben, person=self.ada, reason="Decides.")
        rules.lift(self.incident, by=self.ada, reason="The police is through.")
        self.assertEqual(self.who_knows(), ["Ada Lin", "Ben Tan", "Gina Ho", "Faye Roth"])


class Labels(Restricted, TestCase):
    def scene(self) -> None:
        super().scene()
        rules.name_person(self.incident, by=self.ben, person=self.ada, reason="Decides.")
        rules.lift(self.incident, by=self.ada, reason="To begin with.")

    def test_keep_what_stays_within_the_group_from_people_outside(self) -> None:
        rules.mark(self.incident, by=self.ben, tlp=Incident.Tlp.STRICT, reason="Ours alone.")
        self.assertEqual(self.who_knows(), ["Ada Lin", "Ben Tan", "Gina Ho"])

    def test_make_red_a_matter_of_named_people(self) -> None:
        rules.mark(self.incident, by=self.gina, tlp=Incident.Tlp.RED, reason="Names in it.")
        self.assertEqual(
            (self.incident.is_restricted, self.who_knows()), (True, ["Ada Lin", "Ben Tan", "Gina Ho"])
        )
        with self.assertRaisesMessage(Refused, "present state"):
            rules.lift(self.incident, by=self.ada, reason="Red stays.")
        self.incident.is_restricted = False
        with (
            acting(TELLER, "story.open"),
            self.assertRaisesMessage(ValidationError, "for named people alone"),
        ):
            self.incident.save()

    def test_are_raised_by_who_works_on_it_and_lowered_by_who_decides(self) -> None:
        rules.mark(self.incident, by=self.ben, tlp=Incident.Tlp.STRICT, reason="Up.")
        with self.assertRaises(PermissionDenied):
            rules.mark(self.incident, by=self.ben, tlp=Incident.Tlp.GREEN, reason="Down.")
        rules.mark(self.incident, by=self.ada, tlp=Incident.Tlp.GREEN, reason="Peers may learn of it.")
        self.assertEqual(self.incident.tlp, "green")
        with self.assertRaisesMessage(Refused, "already"):
            rules.mark(self.incident, by=self.ada, tlp=Incident.Tlp.GREEN, reason="Again.")


class EveryOutlet(Outlets, Restricted, TestCase):
    """Five labels by every outlet: the canary reaches whom it may, and nobody else."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(override_settings(MAIL=post("smtp://mail.example:25", data=Path(), demo=False)))
        with acting(TELLER, "story.grant"):
            grant(self.gina, "administrator", self.khh1)
        facts = Facts(title=f"{CANARY} log", unit=self.khh1)
        attach(facts, by=self.ben, files=[], links=["https://logs.example/1"], to=self.incident)
        self.incident.is_material, self.incident.material_basis = False, "Below the threshold"
        self.incident.material_at, self.incident.material_by = NOW, self.ben
        with acting(TELLER, "story.hook"):
            self.incident.save()
            self.hook = Webhook(name="siem", unit=self.group, url="https://siem.example/", registers=["incidents"],
                                reader=self.gina)  # fmt: skip
            self.hook.save()
        named = {
            "file_name": f"{CANARY}.exe",
            "kind": Indicator.Kind.MD5,
            "value": "5d41402abc4b2a76b9719d911017c592",
        }
        indicators.add_indicator(self.incident, by=self.ben, tlp=Incident.Tlp.CLEAR, **named)
        catch_up()
        seal()

    def test_obeys(self) -> None:
        cells = 0
        everybody = (self.ben, self.gina, self.faye, self.ada)
        for label in Incident.Tlp:
            self.mark(label, is_restricted=label == Incident.Tlp.RED)
            cells += sum(self.compared(who, label) for who in everybody)
        self.mark(Incident.Tlp.AMBER, is_restricted=True)
        cells += sum(self.compared(who, "named people alone") for who in (*everybody, self.sam))
        self.assertEqual(cells, (5 * 4 + 5) * 21)

    def mark(self, label: Incident.Tlp, *, is_restricted: bool) -> None:
        self.incident.tlp, self.incident.is_restricted = label, is_restricted
        with acting(TELLER, "story.mark"):
            self.incident.save()

    def compared(self, who: Person, label: str) -> int:
        """Look at each outlet; returns how many there are."""
        knows = who == self.ben or who != self.sam and not self.incident.is_restricted
        if who == self.faye and label == Incident.Tlp.STRICT:
            knows = False
        told, going = self.outlets(who), self.going_out()
        # What goes out for others is taken by who decides, where it is for named people alone; Ben does not.
        goes = knows and not self.incident.is_restricted
        expected = [(told, knows), (going, goes)]
        for outlet, text, is_told in (
            (name, text, is_told) for texts, is_told in expected for name, text in texts.items()
        ):
            with self.subTest(label=label, who=who.name, outlet=outlet):
                self.assertEqual(CANARY in text, is_told)
        return len(told) + len(going)

    def going_out(self) -> dict[str, str]:
        """What who is signed in may take out for others."""
        page, program = (
            reverse("incident-take-out", args=[self.incident.pk, "stix"]),
            f"/api/incidents/{self.incident.pk}",
        )
        return {
            "stix": self.read(f"{page}?audience=red"),
            "stix for programs": self.read(f"{program}/stix?audience=red"),
            "veris": self.read(f"{program}/veris?audience=red"),
        }

    def outlets(self, who: Person) -> dict[str, str]:
        """What each outlet tells `who`."""
        self.sign_in(who)
        record = reverse("incidents-record", args=[self.incident.pk])
        change = Change.objects.filter(record_id=self.incident.pk).latest("id")
        told_of = Change.objects.get(record_id=self.incident.pk, verb="story.tell")
        self.hook.reader = who
        return {
            "list": self.read("/incidents/"),
            "record": self.read(record),
            "room": self.read(reverse("incident-room", args=[self.incident.pk])),
            "way out": self.read(reverse("incident-out", args=[self.incident.pk])),
            "program": self.read("/api/incidents"),
            "search": re.sub("</?mark>", "", self.read("/search/?q=vermil")),
            "csv": self.read(reverse("incidents-take-out", args=["csv"])),
            "workbook": self.unpacked(reverse("incidents-take-out", args=["xlsx"])),
            "mail": self.letter(who, self.incident, self.incident.title),
            "webhook": self.told(Delivery(webhook=self.hook, change_id=change.pk)),
            "trail": self.read(reverse("trail-row", args=[told_of.leaf])),
            "evidence": self.read("/evidence/"),
            "figures": self.read(reverse("incident-figures")),
            "dossier": self.read(f"/api/incidents/{self.incident.pk}/dossier"),
            "indicators": self.read("/indicators/"),
            "indicators for programs": self.read("/api/indicators"),
            "indicators as a file": self.read(reverse("indicators-take-out", args=["csv"])),
            "one indicator": self.read(
                reverse("indicators-record", args=[self.incident.indicators.get().pk])
            ),
        }

    def told(self, delivery: Delivery) -> str:
        return CANARY if payload(delivery) else ""


class BreakGlass(Restricted, TestCase):
    def test_opens_it_for_a_day_and_tells_those_who_know_it(self) -> None:
        rules.break_glass(self.incident.number, by=self.ada, reason="The authority calls at night.")
        self.assertIn("Ada Lin", self.who_knows())
        told = Notice.objects.get(person=self.ben, kind="incident.broken")
        self.assertIn("The authority calls at night.", told.sentence(self.incident))
        self.assertTrue(Change.objects.filter(by=self.ada.pk, verb="incident.break_glass").exists())
        for at, knows in ((NOW + timedelta(hours=24, seconds=-1), True), (NOW + timedelta(hours=24), False)):
            with moments.standing_at(at):
                self.assertEqual("Ada Lin" in self.who_knows(), knows, at)

    def test_asks_for_a_reason_and_betrays_no_number(self) -> None:
        with self.assertRaisesMessage(Refused, "Say why it must be opened"):
            rules.break_glass(self.incident.number, by=self.ada, reason=" ")
        open_one = self.report("Known to all", self.khh1)
        for number in (open_one.number, "IN-2025-9999", "", "\x00"):
            with self.subTest(number), self.assertRaisesMessage(Refused, "has this number"):
                rules.break_glass(number, by=self.ada, reason="Why not.")

    def test_is_for_who_decides_for_the_whole_group(self) -> None:
        for who in (self.gina, self.eva, self.dan, self.cleo, self.sam):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                rules.break_glass(self.incident.number, by=who, reason="Curious.")

    def test_counts_what_is_withheld_and_names_nothing(self) -> None:
        for who, count in ((self.ada, 1), (self.gina, 1), (self.ben, 0), (self.eva, 0), (self.sam, 0)):
            with self.subTest(who.name):
                self.assertEqual(rules.count_withheld(who), count)

    def test_stands_on_a_page(self) -> None:
        self.sign_in(self.ada)
        page = self.client.get(reverse("incident-restricted"))
        self.assertContains(page, "1 more lies where you may see incidents")
        self.assertNotContains(page, CANARY)
        sent = {"number": self.incident.number.lower(), "reason": "The authority calls."}
        answer = self.client.post(reverse("incident-break-glass"), sent, follow=True)
        self.assertContains(answer, CANARY)
        self.sign_in(self.gina)
        self.assertNotContains(self.client.get(reverse("incident-restricted")), "In an emergency")
        self.assertEqual(self.client.post(reverse("incident-break-glass"), sent).status_code, 403)
        for who in (self.sam, self.eva):
            self.sign_in(who)
            self.assertEqual(self.client.get(reverse("incident-restricted")).status_code, 403)
