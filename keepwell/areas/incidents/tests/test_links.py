"""Incidents that belong together: what is suggested, linked and merged, and who sees it."""

from __future__ import annotations

from datetime import timedelta

from django.test import TestCase
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, IncidentLink, Report, TimelineEntry
from keepwell.areas.incidents.rules import links, merging, tasks
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from tests.cast import NOW, TELLER


class Story(Reported):
    def scene(self) -> None:
        super().scene()
        self.twin = self.report("Screens ask for money", self.khh1, kind="infected-system")
        self.far = self.report("The same in Penang", self.pen1, kind="infected-system")

    def kin(self, who: object) -> list[tuple[str, str]]:
        return [(one.incident.number, one.says) for one in links.kin(self.incident, who)]


class Similar(Story, TestCase):
    def test_are_those_of_the_site_or_type_within_a_fortnight_that_one_may_see(self) -> None:
        """Fourteen days to the minute are near, one minute more is not."""
        with moments.standing_at(NOW - timedelta(days=14)):
            self.report("Just near", self.khh1)
        with moments.standing_at(NOW - timedelta(days=14, minutes=1)):
            self.report("Too long ago", self.khh1)
        self.assertEqual(
            sorted(self.kin(self.ada)),
            [
                ("IN-2025-0002", "same site and type"),
                ("IN-2025-0003", "same type"),
                ("IN-2025-0004", "same site"),
            ],
        )
        self.assertEqual(
            sorted(number for number, _why in self.kin(self.ben)), ["IN-2025-0002", "IN-2025-0004"]
        )
        self.assertEqual(self.kin(self.sam), [])


class Linking(Story, TestCase):
    def test_shows_each_beside_the_other(self) -> None:
        links.link(self.incident, by=self.ada, number="in-2025-0003", reason="Same hash")
        self.assertIn(("IN-2025-0003", "related"), self.kin(self.ada))
        self.assertEqual(
            [one.incident for one in links.kin(self.far, self.ada) if one.is_linked], [self.incident]
        )
        self.assertEqual(TimelineEntry.objects.filter(verb="link").count(), 2)
        with self.assertRaisesMessage(Refused, "linked already"):
            links.link(self.far, by=self.ada, number="IN-2025-0001")

    def test_needs_the_right_on_both(self) -> None:
        for number in ("IN-2025-0003", "IN-2025-0001", "IN-2099-0001"):
            with (
                self.subTest(number),
                self.assertRaisesMessage(Refused, "No other incident that you may change"),
            ):
                links.link(self.incident, by=self.ben, number=number)
            with (
                self.subTest(number),
                self.assertRaisesMessage(Refused, "No other incident that you may change"),
            ):
                merging.merge(self.incident, by=self.ben, number=number, reason="Same")
        self.assertFalse(IncidentLink.objects.exists())


class Merging(Story, TestCase):
    def test_lets_one_go_on_with_the_reports_of_both_and_keeps_all_history(self) -> None:
        with acting(TELLER, "story.report"):
            report = Report(unit=self.khh1, says="x", incident=self.twin)
            report.save()
        rules.enter(self.twin, by=self.ben, says="Line 3 stands.")
        task = tasks.add_task(self.twin, by=self.ben, what="Compare", until="06:00")
        before = Change.objects.filter(record_id=self.twin.pk).count()
        merging.merge(self.twin, by=self.ben, number=self.incident.number, reason="One attack")
        kept = Incident.objects.get(pk=self.twin.pk)
        self.assertEqual(kept.retired_reason, "Merged into IN-2025-0001: One attack")
        self.assertFalse(Incident.objects.open().filter(pk=kept.pk).exists())
        report.refresh_from_db()
        task.refresh_from_db()
        self.assertEqual((report.incident, task.incident, task.state), (self.incident, self.incident, "open"))
        self.assertTrue(kept.timeline.filter(says="Line 3 stands.").exists())
        self.assertGreater(Change.objects.filter(record_id=kept.pk).count(), before)
        self.assertIn(("IN-2025-0002", "merged into this one"), self.kin(self.ben))

    def test_asks_for_a_reason_and_an_open_one(self) -> None:
        with self.assertRaisesMessage(Refused, "Say why they are the same."):
            merging.merge(self.twin, by=self.ben, number=self.incident.number, reason=" ")
        merging.merge(self.incident, by=self.ben, number=self.twin.number, reason="One attack")
        with self.assertRaisesMessage(Refused, "No other incident that you may change"):
            merging.merge(self.twin, by=self.ben, number=self.incident.number, reason="Back")

    def test_lets_nobody_know_the_reports_of_one_that_was_kept_from_them(self) -> None:
        with acting(TELLER, "story.report"):
            report = Report(unit=self.khh1, says="The plant head sold it.", incident=self.twin)
            report.save()
        rules.mark(self.twin, by=self.ben, tlp=Incident.Tlp.STRICT, reason="Ours alone.")
        for keep in (
            lambda: None,
            lambda: rules.restrict(self.twin, by=self.ben, reason="It names somebody."),
        ):
            keep()
            with self.assertRaisesMessage(Refused, "More people know IN-2025-0001 than IN-2025-0002"):
                merging.merge(self.twin, by=self.ben, number=self.incident.number, reason="One attack")
        self.assertFalse(Report.objects.visible_to(self.ada).filter(pk=report.pk).exists())
        rules.restrict(self.incident, by=self.ben, reason="So does this.")
        merging.merge(self.twin, by=self.ben, number=self.incident.number, reason="One attack")
        self.assertEqual(Report.objects.visible_to(self.ben).get().incident, self.incident)

    def test_names_nowhere_one_that_is_for_named_people_alone(self) -> None:
        rules.restrict(self.incident, by=self.ben, reason="It names somebody.")
        merging.merge(self.twin, by=self.ben, number=self.incident.number, reason="One attack")
        self.sign_in(self.ada)
        page = self.client.get(reverse("incidents-record", args=[self.twin.pk]))
        self.assertContains(page, "Merged into …: One attack")
        self.assertNotContains(page, self.incident.number)

    def test_is_seen_in_the_room_by_who_may_see_both(self) -> None:
        links.link(self.incident, by=self.ada, number=self.far.number)
        address = reverse("incident-room", args=[self.incident.pk])
        self.sign_in(self.ada)
        self.assertContains(self.client.get(address), "The same in Penang")
        self.sign_in(self.ben)
        self.assertNotContains(self.client.get(address), "The same in Penang")
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(address).status_code, 404)
