"""The way of an incident: who sees it, how it gets its level, what each step asks, what a page shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.test import TestCase
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, kinds
from keepwell.areas.incidents.rules.working import acknowledge_by
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from tests.cast import NOW, TELLER
from tests.duties import owed_by

LATER = NOW + timedelta(hours=3)
REVIEW = {
    "review": "Controllers had the old image.",
    "causes": "A stick.",
    "worked": "The cut.",
    "failed": "The masters.",
}


class Reporting(Reported, TestCase):
    def test_numbers_incidents_within_the_year(self) -> None:
        self.assertEqual(
            [self.incident.number, self.report("Another", self.pen1).number], ["IN-2025-0001", "IN-2025-0002"]
        )
        with moments.standing_at(datetime(2026, 1, 1, 9, tzinfo=UTC)):
            self.assertEqual(self.report("Next year", self.pen1).number, "IN-2026-0001")

    def test_counts_on_beyond_four_digits(self) -> None:
        for last, following in (("IN-2025-9999", "IN-2025-10000"), ("IN-2025-10009", "IN-2025-10010")):
            self.report("Many", self.pen1, number=last)
            self.assertEqual(self.report("Next", self.pen1).number, following)

    def test_refuses_moments_that_cannot_be(self) -> None:
        with self.assertRaisesMessage(ValidationError, "That moment lies ahead."):
            self.report("Ahead", self.khh1, happened_at=NOW + timedelta(minutes=1))
        with self.assertRaisesMessage(ValidationError, "It cannot be detected before it happened."):
            self.report("Back", self.khh1, happened_at=NOW, detected_at=NOW - timedelta(minutes=1))

    def test_is_seen_by_who_looks_after_the_site_alone(self) -> None:
        seen = [who.name for who in (self.ada, self.ben, self.cleo, self.dan, self.eva, self.sam)
                if Incident.objects.visible_to(who).exists()]  # fmt: skip
        self.assertEqual(seen, ["Ada Lin", "Ben Tan"])

    def test_is_owed_by_who_may_work_on_it_until_somebody_takes_it_up(self) -> None:
        def owed() -> list[str]:
            return [act for who in (self.ben, self.sam) for act in owed_by(who, "incidents.unanswered")]

        self.assertEqual(owed(), ["Take up IN-2025-0001"])
        rules.acknowledge(self.incident, by=self.ben)
        self.assertEqual(owed(), [])

    def test_gives_the_strictest_time_until_there_is_a_level(self) -> None:
        self.assertEqual(acknowledge_by(self.incident), NOW + timedelta(minutes=15))
        rules.classify(self.incident, by=self.ben, facts={"effect": True})
        self.assertEqual(acknowledge_by(self.incident), NOW + timedelta(minutes=60))

    def test_knows_the_taxonomy_and_its_reading_in_veris(self) -> None:
        self.assertEqual((len(kinds()), len({kind.family.en for kind in kinds().values()})), (40, 11))
        self.assertEqual(kinds()["ransomware"].veris["action"], "malware")


class Classifying(Reported, TestCase):
    def test_gives_the_level_of_the_facts_and_keeps_each_revision(self) -> None:
        rules.classify(
            self.incident, by=self.ben, facts={"effect": True, "core_system": True}, kind="ransomware"
        )
        rules.classify(
            self.incident, by=self.ben, facts={"core_system": True, "outage_hours": 3, "tolerable_hours": 2}
        )

        kept = list(
            self.incident.classifications.order_by("revision").values_list(
                "revision", "level", "national_level"
            )
        )
        self.assertEqual(kept, [(1, 2, None), (2, 3, 3)])
        self.assertEqual(
            (self.incident.level, self.incident.state, self.incident.kind), (3, "triaged", "ransomware")
        )
        self.assertEqual(self.incident.why.group[0].sentence,
                         "A core system has been down for 3 h, longer than the tolerable 2 h.")  # fmt: skip

    def test_decides_otherwise_for_a_reason_alone(self) -> None:
        with self.assertRaisesMessage(Refused, "The facts give S1. Give a reason to decide otherwise."):
            rules.classify(self.incident, by=self.ben, facts={"effect": True}, level=3)
        rules.classify(
            self.incident, by=self.ben, facts={"effect": True}, level=3, reason="Same hand as last week"
        )
        self.assertEqual((self.incident.level, self.incident.override.reckoned), (3, 1))

    def test_refuses_a_fact_that_cannot_be_and_writes_nothing(self) -> None:
        for facts in ({"plant": 9}, {"weather": True}, {"persons": -1}):
            with self.subTest(facts), self.assertRaises(Refused):
                rules.classify(self.incident, by=self.ben, facts=facts)
        self.assertEqual(self.incident.classifications.count(), 0)

    def test_is_for_who_may_work_at_the_site_alone(self) -> None:
        far = self.report("Far", self.pen1)
        for who in (self.ben, self.eva, self.sam):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                rules.classify(far, by=who, facts={"effect": True})


class Working(Reported, TestCase):
    def test_leads_step_by_step_to_the_close(self) -> None:
        incident = self.incident
        rules.classify(incident, by=self.ben, facts={"plant": 2})
        rules.respond(incident, by=self.ben)
        with moments.standing_at(LATER):
            rules.contain(incident, by=self.ben, at=NOW + timedelta(hours=1))
            rules.recover(incident, by=self.ben)
            rules.begin_review(incident, by=self.ben)
            with self.assertRaisesMessage(Refused, "whether it is material"):
                rules.close(incident, by=self.ben, **REVIEW)
            incident.refresh_from_db()
            rules.decide_materiality(
                incident, by=self.ada, is_material=False, basis="Loss below NT$ 3 million"
            )
            rules.close(incident, by=self.ben, **REVIEW)
        kept = Incident.objects.get(pk=incident.pk)
        self.assertEqual((kept.state, kept.lead, kept.contained_at, kept.recovered_at, kept.closed_at),
                         ("closed", self.ben, NOW + timedelta(hours=1), LATER, LATER))  # fmt: skip
        self.assertEqual((kept.is_material, kept.material_by, kept.material_at), (False, self.ada, LATER))

    def test_keeps_to_the_order_of_the_states(self) -> None:
        for step in (rules.respond, rules.contain, rules.recover, rules.begin_review):
            with self.subTest(step.name), self.assertRaisesMessage(Refused, "present state"):
                step(self.incident, by=self.ben)

    def test_refuses_a_containment_ahead_or_before_the_discovery(self) -> None:
        rules.classify(self.incident, by=self.ben, facts={"effect": True})
        rules.respond(self.incident, by=self.ben)
        for at, says in (
            (NOW + timedelta(minutes=1), "lies ahead"),
            (NOW - timedelta(minutes=1), "cannot have been before"),
        ):
            with self.assertRaisesMessage(Refused, says):
                rules.contain(self.incident, by=self.ben, at=at)

    def test_leaves_materiality_to_who_decides_for_the_group(self) -> None:
        rules.classify(self.incident, by=self.ben, facts={"material": True})
        with self.assertRaises(PermissionDenied):
            rules.decide_materiality(self.incident, by=self.ben, is_material=True, basis="Mine")

    def test_counts_no_incident_as_closed_without_its_moment(self) -> None:
        self.incident.state = Incident.State.CLOSED
        with acting(TELLER, "story.edit"), self.assertRaises(ValidationError):
            self.incident.save()
            self.incident.full_clean()


class Pages(Reported, TestCase):
    def page(self) -> str:
        return reverse("incident-classify", args=[self.incident.pk])

    def test_ask_every_factor_and_classify(self) -> None:
        self.sign_in(self.ben)
        self.assertContains(self.client.get(self.page()), "Does production stand?")
        sent = {"version": 1, "kind": "ransomware", "plant": "2", "customer_data": "no", "persons": ""}
        answer = self.client.post(self.page(), sent, follow=True)
        self.assertContains(answer, "A line stands.")
        self.assertContains(answer, "Why S3")

    def test_keep_what_was_typed_when_it_is_refused(self) -> None:
        self.sign_in(self.ben)
        answer = self.client.post(self.page(), {"version": 1, "persons": "many", "effect": "yes"})
        self.assertContains(answer, "give a number", status_code=422)
        self.assertContains(answer, 'value="many"', status_code=422)
        self.assertContains(
            self.client.post(self.page(), {"version": 9, "effect": "yes"}), "Somebody else", status_code=422
        )

    def test_classify_for_programs_too(self) -> None:
        self.sign_in(self.ben)
        address = f"/api/incidents/{self.incident.pk}/classify"
        answer = self.client.post(address, {"facts": {"plant": 4}}, content_type="application/json")
        self.assertEqual(
            (answer.json()["level"], answer.json()["group"][0]["sentence"]), (4, "Several plants stand.")
        )
        wrong = self.client.post(address, {"facts": {"plant": 8}}, content_type="application/json")
        self.assertEqual(wrong.status_code, 409)

    def test_are_not_for_sam_or_eva(self) -> None:
        for who in (self.sam, self.eva):
            self.sign_in(who)
            self.assertEqual(self.client.get(self.page()).status_code, 404)
            api = self.client.post(
                f"/api/incidents/{self.incident.pk}/classify", {"facts": {}}, content_type="application/json"
            )
            self.assertEqual(api.status_code, 404)
