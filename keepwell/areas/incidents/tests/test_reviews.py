"""The review of an incident as a record of its own: written part by part, marked, and kept from whom its mark keeps it."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import TestCase, TransactionTestCase
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, IncidentReview
from keepwell.areas.incidents.rules import reviews
from keepwell.areas.incidents.tests.outlets import Outlets
from keepwell.areas.incidents.tests.test_marks import Widened
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.history.sequencer import seal
from keepwell.platform.people.auditing import trail_seen
from keepwell.platform.search.models import Unindexed
from tests.cast import NOW, TELLER, grant

Tlp = Incident.Tlp
WORDS = {"causes": "Celadon cause", "worked": "The zone was cut.", "failed": "Nobody had the masters."}


class InReview(Widened):
    """An incident in review: Ben and Ada are named, Gina of the site is not, Faye is from outside."""

    def scene(self) -> None:
        super().scene()
        self.incident = self.fresh()
        rules.classify(self.incident, by=self.ben, facts={"effect": True})
        for step in (rules.respond, rules.contain, rules.recover, rules.begin_review):
            step(self.incident, by=self.ben)

    def fresh(self) -> Incident:
        return Incident.objects.get(pk=self.incident.pk)

    def write(self, **told: Any) -> IncidentReview:
        return reviews.write_review(self.incident, by=self.ben, **({"happened": "Celadon loader"} | told))

    def review(self) -> IncidentReview:
        return IncidentReview.objects.select_related("incident__unit").get(incident=self.incident)


class Writing(InReview, TestCase):
    def test_goes_part_by_part_until_it_closes(self) -> None:
        made = self.write()
        with self.assertRaisesMessage(Refused, "has its review already"):
            self.write()
        with self.assertRaisesMessage(Refused, "all four parts"):
            rules.close(self.incident, by=self.ben)
        reviews.rewrite(made, by=self.gina, **{"causes": WORDS["causes"], "worked": WORDS["worked"]})
        self.assertEqual((self.review().happened, self.review().person), ("Celadon loader", self.gina))
        rules.close(self.fresh(), by=self.ben, failed=WORDS["failed"])
        kept = self.review()
        self.assertEqual({part: getattr(kept, part) for part in WORDS}, WORDS)
        with self.assertRaisesMessage(Refused, "present state"):
            reviews.rewrite(kept, by=self.ben, happened="Later")

    def test_begins_while_it_is_in_review_by_who_may_work_on_it(self) -> None:
        for who in (self.eva, self.sam):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                reviews.write_review(self.incident, by=who, happened="x")
        with self.assertRaisesMessage(Refused, "at least one part"):
            self.write(happened=" ")
        with self.assertRaisesMessage(Refused, "20000 characters"):
            self.write(happened="x" * 20_001)
        other = self.report("Phishing", self.khh1)
        with self.assertRaisesMessage(Refused, "present state"):
            reviews.write_review(other, by=self.ben, happened="x")

    def test_is_one_of_each_incident(self) -> None:
        self.write()
        with self.assertRaises(Exception) as wrong, acting(TELLER, "story.twice"):
            IncidentReview(incident=self.incident, happened="Twice").save()
        self.assertIn("has its review already", str(wrong.exception))

    def test_is_offered_in_the_room_and_by_programs(self) -> None:
        room = reverse("incident-room", args=[self.incident.pk])
        self.sign_in(self.ben)
        self.assertContains(self.client.get(room), 'id="review-write"')
        body = json.dumps({"happened": "Celadon loader", "tlp": "strict"})
        path = f"/api/incidents/{self.incident.pk}/write-review"
        self.assertEqual(self.client.post(path, body, content_type="application/json").status_code, 200)
        shown = self.client.get(room)
        for words in ('id="review-change"', "Celadon loader", "TLP:AMBER+STRICT"):
            self.assertContains(shown, words)
        form = self.client.get(reverse("incident-reviews-do", args=[self.review().pk, "rewrite"]))
        self.assertContains(form, "Celadon loader")
        self.client.cookies["keepwell-language"] = "zh-hant"
        self.assertContains(self.client.get(room), "變更檢討")
        self.sign_in(self.sam)
        for address in (room, reverse("incident-reviews-record", args=[self.review().pk]), path):
            self.assertEqual(self.client.get(address).status_code, 405 if address == path else 404, address)
        self.assertEqual(self.client.post(path, body, content_type="application/json").status_code, 404)
        self.assertNotContains(self.client.get("/incident-reviews/"), "Celadon", status_code=403)


class Kept(Outlets, InReview, TestCase):
    def test_is_closed_and_changed_by_nobody_from_whom_it_is_kept(self) -> None:
        made = self.write(tlp=Tlp.RED)
        for told in ({"review": "Mine", **WORDS}, {}):
            with self.subTest(told), self.assertRaisesMessage(Refused, "is kept from you"):
                rules.close(self.fresh(), by=self.gina, **told)
        with self.assertRaises(PermissionDenied):
            reviews.rewrite(made, by=self.gina, happened="Mine")
        with self.assertRaisesMessage(Refused, "already: mark it anew"):
            rules.close(self.fresh(), by=self.ben, tlp=Tlp.GREEN, **WORDS)
        rules.close(self.fresh(), by=self.ben, **WORDS)
        self.assertEqual((self.review().happened, self.review().tlp), ("Celadon loader", "red"))

    def test_is_marked_by_none_who_could_not_read_it(self) -> None:
        with self.assertRaisesMessage(Refused, "What is marked TLP:RED here"):
            reviews.write_review(self.incident, by=self.gina, happened="Mine", tlp=Tlp.RED)
        self.assertFalse(IncidentReview.objects.exists())

    def test_is_told_by_no_row_of_the_trail_about_its_incident(self) -> None:
        with acting(TELLER, "story.grant"):
            grant(self.gina, "administrator", self.khh1)
        rules.close(self.incident, by=self.ben, review="Celadon loader", tlp=Tlp.RED, **WORDS)
        seal()
        for who, reads in ((self.ada, True), (self.gina, False)):
            rows = trail_seen(who).values_list("answers", "before", "after")
            self.assertEqual("Celadon" in str(list(rows)), reads, who)
            self.assertTrue(
                trail_seen(who).filter(record_id=self.incident.pk, after__state="closed").exists()
            )

    def test_is_told_by_no_row_of_when_it_was_a_part_of_its_incident(self) -> None:
        """As the trail keeps it of the time before reviews were records."""
        with acting(TELLER, "story.grant"):
            grant(self.gina, "administrator", self.khh1)
        of = {"record_type": Incident.type_name(), "record_id": self.incident.pk, "unit_id": self.khh1.pk, "at": NOW,
              "verb": "incident.close", "by": self.ben.pk, "by_name": "Ben Tan", "version": 99}  # fmt: skip
        told = Change.objects.create(
            **of, after={"review": "Celadon once"}, answers={"review": "Celadon once"}
        )
        Change.objects.create(
            **of | {"version": 100}, after={"causes": "Celadon"}, answers={"review": "Celadon"}
        )
        made = self.write()
        seal()
        self.assertIn("Celadon once", str(list(trail_seen(self.gina).values_list("after"))))
        rules.mark_review(made, by=self.ben, tlp=Tlp.RED, reason="It names somebody.")
        seal()
        self.assertNotIn(
            "Celadon", str(list(trail_seen(self.gina).values_list("before", "answers", "after")))
        )
        self.assertIn("Celadon once", str(list(trail_seen(self.ada).values_list("after"))))
        told.refresh_from_db()
        for who, reads in ((self.ada, True), (self.gina, False), (self.faye, False)):
            self.sign_in(who)
            with self.subTest(who.name):
                row = self.read(reverse("trail-row", args=[told.leaf]))
                self.assertEqual("Celadon" in row, reads)

    def test_leaves_the_dossier_saying_that_something_is_not_there(self) -> None:
        self.write(tlp=Tlp.RED)
        for who, says in (
            (self.ben, "TLP:RED"),
            (self.gina, "Marked narrower than you may read, and not here: 1"),
        ):
            self.sign_in(who)
            told = self.read(f"/api/incidents/{self.incident.pk}/dossier")
            self.assertIn(says, told)
            self.assertNotIn("It was not reviewed yet.", told)
            self.assertEqual("Celadon" in told, who == self.ben)


class OfBefore(TransactionTestCase):
    """The migration that makes records of what were columns, there and back, on the tables of then."""

    def go(self, name: str) -> Any:
        """Bring the tables of incidents to the migration `name`; returns all models of then."""
        executor = MigrationExecutor(connection)
        executor.migrate([("incidents", name)])
        leaves = [node for node in executor.loader.graph.leaf_nodes() if node[0] != "incidents"]
        return executor.loader.project_state([*leaves, ("incidents", name)]).apps

    def plant(self, apps: Any) -> None:
        """Three incidents of then: one with a whole review that Ben closed, one from the past, one without a review."""
        unit = apps.get_model("tree", "Unit").objects.create(
            code="G", name="Group", kind="group", active_from=NOW.date(), time_zone="Asia/Taipei"
        )
        person = apps.get_model("people", "Person").objects.create(
            number="A1", name="Ben Tan", unit=unit, unit_since=NOW.date(), employed_from=NOW.date()
        )
        of = {"unit": unit, "state": "closed", "level": 1, "closed_at": NOW}
        rows = apps.get_model("incidents", "Incident").objects
        told = {"review": "Happened", "causes": "Why", "worked": "This", "failed": "That"}
        whole = rows.create(number="IN-2021-0001", title="One", **of, **told)
        rows.create(number="IN-2021-0002", title="Two", **of, review="Past alone")
        rows.create(number="IN-2021-0003", title="Three", **of)
        apps.get_model("history", "Change").objects.create(
            record_type="incidents.incident", record_id=whole.pk, at=NOW, verb="incident.close", by=person.pk,
            by_name="Ben Tan", version=2,
        )  # fmt: skip

    def test_carries_every_part_there_and_back(self) -> None:
        graph = MigrationExecutor(connection).loader.graph
        (latest,) = (name for app, name in graph.leaf_nodes() if app == "incidents")
        try:
            self.plant(self.go("0047_awareness_of_units"))
            self.go(latest)
            found = list(IncidentReview.objects.order_by("incident__number").values_list(
                "incident__number", "happened", "causes", "worked", "failed", "tlp", "person__name", "recorded_at"
            ))  # fmt: skip
            self.assertEqual(found, [
                ("IN-2021-0001", "Happened", "Why", "This", "That", "", "Ben Tan", NOW),
                ("IN-2021-0002", "Past alone", "", "", "", "", None, NOW),
            ])  # fmt: skip
            waiting = Unindexed.objects.filter(kind="incidents.incidentreview")
            self.assertEqual(waiting.count(), 2)
            apps = self.go("0047_awareness_of_units")
            back = apps.get_model("incidents", "Incident").objects.order_by("number")
            self.assertEqual(list(back.values_list("review", "failed")),
                             [("Happened", "That"), ("Past alone", ""), ("", "")])  # fmt: skip
            self.assertFalse(waiting.exists())
        finally:
            self.go(latest)
