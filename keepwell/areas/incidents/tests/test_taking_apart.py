"""Undoing a merge, and the page on which incidents are split: who sees it, what it costs, and programs."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, IncidentLink, Indicator
from keepwell.areas.incidents.rules import indicators, merging, parts, splitting, tasks
from keepwell.areas.incidents.tests.parting import Given, Story
from keepwell.areas.incidents.tests.ticking import utc
from keepwell.platform.acts.act import Refused
from keepwell.platform.people.models import Person


class UndoingAMerge(Story, TestCase):
    """The twin was merged by mistake: its report, its indicator, its open task and a clock with it."""

    def scene(self) -> None:
        super().scene()
        self.is_a("gdpr_controller", self.mat)
        self.confirm("gdpr-33")
        self.twin = self.report("Screens ask for money", self.khh1, aware_at=utc(13, 20))
        self.classify(self.twin, personal_data=True)
        self.came = self.told_by_report("Money!", utc(13, 19, 55), self.twin)
        self.twin.refresh_from_db()
        indicators.add_indicator(self.twin, by=self.ben, kind=Indicator.Kind.DOMAIN, value="ransom.example")
        self.owed = tasks.add_task(self.twin, by=self.ben, what="Pay nothing", until="07:00")
        self.twin.refresh_from_db()
        merging.merge(self.twin, by=self.ben, number=self.incident.number, reason="One attack")
        self.copy = self.incident.indicators.get(value="ransom.example")

    def undo(self, given: Given, by: Person | None = None, number: str = "in-2025-0002") -> Incident:
        self.incident.refresh_from_db()
        return splitting.take_apart(
            self.incident, given, by=by or self.ben, number=number, reason="Another site’s"
        )

    def test_lets_it_go_on_under_its_own_number_with_what_came_with_it(self) -> None:
        self.assertEqual(self.clocks(self.twin)["gdpr-33"].state, "lapsed")
        back = self.undo({"reports": [str(self.came.pk)], "indicators": [str(self.copy.pk)]})
        self.assertEqual((back, back.retired_at, back.retired_reason), (self.twin, None, ""))
        self.assertEqual(list(back.reports.all()), [self.came])
        self.assertEqual([one.value for one in back.indicators.current()], ["ransom.example"])
        self.assertFalse(self.incident.indicators.current().filter(value="ransom.example").exists())
        self.owed.refresh_from_db()
        self.assertEqual((self.owed.state, self.owed.outcome, self.owed.done_at), ("open", "", None))
        clock = self.clocks(back)["gdpr-33"]
        self.assertEqual((clock.state, clock.due_at), ("running", utc(16, 20)))
        link = IncidentLink.objects.get()
        self.assertEqual((link.kind, link.reason), ("related", "Another site’s"))
        self.assertTrue(
            any("The merge of IN-2025-0002 was undone" in says for says in self.told(self.incident))
        )
        self.assertTrue(any("Taken apart from IN-2025-0001 again" in says for says in self.told(back)))

    def test_can_be_done_once_by_who_may_work_on_both(self) -> None:
        self.undo({})
        for number in ("IN-2025-0002", "IN-2025-0001", "IN-2099-0009", "x" * 500):
            with (
                self.subTest(number[:12]),
                self.assertRaisesMessage(Refused, "No incident that you may change and that was merged"),
            ):
                self.undo({}, number=number)
        with self.assertRaises(PermissionDenied):
            self.undo({}, by=self.sam)

    def test_into_what_is_restricted_meanwhile_is_restricted_for_the_same_people(self) -> None:
        self.incident.refresh_from_db()
        rules.restrict(self.incident, by=self.ben, reason="Names in it")
        entry = rules.enter(self.incident, by=self.ben, says="It was Eve.")
        back = self.undo({"entries": [str(entry.pk)]})
        self.assertTrue(back.is_restricted)
        self.assertEqual(set(back.named.values_list("person", flat=True)), {self.ben.pk})

    def test_names_nobody_for_what_was_restricted_before_who_was_taken_off_it(self) -> None:
        back = self.undo({})
        self.incident.refresh_from_db()
        for one in (self.incident, back):
            rules.restrict(one, by=self.ben, reason="Names in it")
        named = rules.name_person(back, by=self.ben, person=self.ada, reason="Decides")
        rules.take_off(named, by=self.ben, reason="It concerns her")
        back.refresh_from_db()
        merging.merge(back, by=self.ben, number=self.incident.number, reason="One attack")
        self.incident.refresh_from_db()
        rules.name_person(self.incident, by=self.ben, person=self.ada, reason="Decides here")
        back = self.undo({})
        self.assertEqual([one.person for one in back.named.in_force()], [self.ben])
        self.assertFalse(Incident.objects.visible_to(self.ada).filter(pk=back.pk).exists())

    def test_ticks_on_the_page_what_came_with_it(self) -> None:
        self.sign_in(self.ben)
        address = reverse("incident-split", args=[self.incident.pk])
        page = self.client.get(address, {"number": "IN-2025-0002"})
        self.assertContains(page, f'value="{self.came.pk}" checked')
        self.assertContains(page, f'value="{self.copy.pk}" checked')
        self.assertNotContains(page, f'value="{self.mine.pk}" checked')
        sent = {"number": "IN-2025-0002", "reason": "Another site’s", "reports": [str(self.came.pk)]}
        self.assertRedirects(self.client.post(address, sent), reverse("incident-room", args=[self.twin.pk]))


class ThePage(Story, TestCase):
    def scene(self) -> None:
        super().scene()
        self.address = reverse("incident-split", args=[self.incident.pk])

    def test_shows_what_may_go_and_splits_it_off(self) -> None:
        self.sign_in(self.ben)
        page = self.client.get(self.address)
        for said in (
            "A mail asks for passwords.",
            "pay[@]evil[.]example",
            "The mail",
            "Ask who got the mail",
            "MAIL-01",
            "KHH2",
        ):
            self.assertContains(page, said)
        sent: dict[str, Any] = {"title": "Phishing", "reason": "Another sender"} | self.given()
        made = self.client.post(self.address, sent)
        other = Incident.objects.get(title="Phishing")
        self.assertRedirects(made, reverse("incident-room", args=[other.pk]))
        self.assertContains(
            self.client.get(reverse("incident-room", args=[self.incident.pk])), "split off from this one"
        )

    def test_says_what_is_wrong_and_keeps_what_was_typed(self) -> None:
        self.sign_in(self.ben)
        page = self.client.post(
            self.address, {"title": "Phishing", "reason": "x", "reports": [str(self.incident.pk)]}
        )
        self.assertContains(page, "is no part of IN-2025-0001", status_code=422)
        self.assertContains(page, 'value="Phishing"', status_code=422)

    def test_is_not_there_for_sam_nor_for_a_stranger(self) -> None:
        for who in (self.sam, self.dan):
            self.sign_in(who)
            self.assertEqual(self.client.get(self.address).status_code, 404)
            self.assertEqual(self.client.post(self.address, {"title": "x", "reason": "x"}).status_code, 404)
            self.assertEqual(self.client.get(f"/api/incidents/{self.incident.pk}/parts").status_code, 404)

    def test_costs_the_same_for_one_entry_and_for_many(self) -> None:
        self.sign_in(self.ben)
        counts = []
        for more in (0, 30):
            for n in range(more):
                self.incident.refresh_from_db()
                rules.enter(self.incident, by=self.ben, says=f"Entry {n}")
            self.client.get(self.address)
            with CaptureQueriesContext(connection) as queries:
                self.client.get(self.address)
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])

    def test_is_answered_for_programs_too(self) -> None:
        self.sign_in(self.ben)
        base = f"/api/incidents/{self.incident.pk}"
        told = self.client.get(f"{base}/parts").json()
        self.assertEqual({one["kind"] for one in told}, set(parts.KINDS))
        body = {"title": "Phishing", "reason": "Another sender"} | self.given()
        made = self.client.post(f"{base}/split", body, content_type="application/json")
        self.assertEqual((made.status_code, made.json()["number"]), (200, "IN-2025-0002"))
        again = self.client.post(f"{base}/split", body, content_type="application/json")
        self.assertEqual(again.status_code, 409)
        wrong = self.client.post(
            f"{base}/take-apart", {"number": "IN-2025-0002", "reason": "x"}, content_type="application/json"
        )
        self.assertEqual(wrong.status_code, 409)
