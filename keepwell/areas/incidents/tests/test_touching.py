"""Reports and answers that widen an incident: the site it touches, since when it is known, and the clocks that follow."""

from __future__ import annotations

from datetime import datetime

from django.test import TestCase
from django.urls import reverse

from keepwell.areas.incidents.models import Incident, Report
from keepwell.areas.incidents.rules import alike, exposure, intake
from keepwell.areas.incidents.tests.ticking import Ticking, utc
from keepwell.platform.tree.models import Unit


class Story(Ticking):
    """An incident at PEN1, aware at 18:31 UTC; MAT, above KHH1, must tell of personal data within 72 hours."""

    def scene(self) -> None:
        super().scene()
        self.is_a("gdpr_controller", self.mat)
        self.confirm("gdpr-33")
        self.far = self.report("Screens ask for money", self.pen1, aware_at=utc(13, 18, 31))
        self.classify(self.far, personal_data=True)
        self.assertNotIn("gdpr-33", self.clocks(self.far))

    def told_at(self, unit: Unit, at: datetime) -> Report:
        made: Report = self.save(Report(unit=unit, says="Screens ask for money", received_at=at))
        return made

    def looked(self) -> Incident:
        return Incident.objects.get(pk=self.far.pk)

    def told(self) -> list[str]:
        return [one.told for one in self.far.timeline.standing().order_by("number")]


class Joining(Story, TestCase):
    def test_touches_the_site_of_the_report_and_begins_its_clocks(self) -> None:
        intake.join(self.told_at(self.khh1, utc(13, 20)), by=self.ada, number=self.far.number)
        self.assertEqual([one.code for one in self.looked().affected_units.all()], ["KHH1"])
        self.assertEqual(self.clocks(self.far)["gdpr-33"].due_at, utc(16, 18, 31))
        self.assertIn("KHH1 is touched too: its duties to tell are reckoned from now on.", self.told())

    def test_moves_awareness_back_to_the_minute_at_which_the_report_came(self) -> None:
        report = self.told_at(self.khh1, utc(13, 18, 30))
        intake.join(report, by=self.ada, number=self.far.number)
        kept = self.looked()
        self.assertEqual((kept.aware_at, kept.discovery), (utc(13, 18, 30), utc(13, 18, 30)))
        self.assertEqual(self.clocks(self.far)["gdpr-33"].due_at, utc(16, 18, 30))
        self.assertIn(
            f"The site is taken as aware since 2025-11-14 02:30, when report {report} was received.",
            self.told(),
        )

    def test_never_moves_it_forward(self) -> None:
        intake.join(self.told_at(self.pen1, utc(13, 18, 31)), by=self.ada, number=self.far.number)
        self.assertEqual(self.looked().aware_at, utc(13, 18, 31))
        self.assertFalse([says for says in self.told() if "taken as aware" in says])
        self.assertFalse(self.looked().affected_units.exists())

    def test_does_the_same_for_several_and_for_programs(self) -> None:
        first, second = self.told_at(self.khh1, utc(13, 18)), self.told_at(self.khh2, utc(13, 17))
        alike.join_all(first, [second.reference], by=self.ada, number=self.far.number)
        kept = self.looked()
        self.assertEqual({one.code for one in kept.affected_units.all()}, {"KHH1", "KHH2"})
        self.assertEqual(kept.aware_at, utc(13, 17))
        third = self.told_at(self.khh2, utc(13, 16))
        self.sign_in(self.ada)
        done = self.client.post(
            f"/api/reports/{third.pk}/join", {"number": self.far.number}, content_type="application/json"
        )
        self.assertEqual((done.status_code, self.looked().aware_at), (200, utc(13, 16)))


class Answering(Story, TestCase):
    def asked(self) -> None:
        self.far.refresh_from_db()
        exposure.ask_sites(self.far, by=self.ada, says="Is X in use?", until="09:00", sites="KHH1")

    def answer(self, exposed: str) -> None:
        self.sign_in(self.ben)
        one = self.far.exposure_answers.get()
        address = reverse("exposure-answers-do", args=[one.pk, "answer"])
        self.assertEqual(self.client.post(address, {"exposed": exposed, "reason": "Line 1"}).status_code, 302)

    def test_exposed_touches_the_site_and_begins_its_clocks(self) -> None:
        self.asked()
        self.answer("exposed")
        self.assertEqual([one.code for one in self.looked().affected_units.all()], ["KHH1"])
        self.assertEqual(self.clocks(self.far)["gdpr-33"].due_at, utc(16, 18, 31))

    def test_not_exposed_touches_nothing(self) -> None:
        self.asked()
        self.answer("not_exposed")
        self.assertFalse(self.looked().affected_units.exists())

    def test_not_sure_touches_nothing_either(self) -> None:
        self.asked()
        self.answer("not_sure")
        self.assertFalse(self.looked().affected_units.exists())
