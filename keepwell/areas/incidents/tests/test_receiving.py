"""Whatever the door, a report is owed a look by somebody, and says truly by which door it came."""

from __future__ import annotations

import json
from typing import Any

from django.test import TestCase
from django.urls import reverse

from keepwell.areas.incidents.models import Report
from keepwell.areas.incidents.rules import intake
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.history.bulk import create_all
from keepwell.platform.notices.models import Notice
from keepwell.platform.todos.models import Debt
from tests.cast import NOW, TELLER, Cast

SAYS = "The screens on line 3 show a red page asking for money."


class EveryDoor(Cast, TestCase):
    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))
        self.sign_in(self.ben)

    def owed(self) -> Report:
        """The one report, with the one look that is owed about it."""
        report = Report.objects.get()
        debt = Debt.objects.open().get()
        self.assertEqual(
            (debt.role, debt.unit, debt.record_id, debt.what),
            ("site_officer", self.khh1, report.pk, intake.LOOK),
        )
        self.assertEqual(debt.by_day, moments.today("Asia/Taipei"))
        return report

    def by_program(self, **values: Any) -> Any:
        return self.client.post("/api/reports", json.dumps(values), "application/json")

    def test_by_hand(self) -> None:
        answer = self.client.post(reverse("reports-new"), {"unit": "KHH1", "says": SAYS, "ongoing": "yes"})
        self.assertEqual(answer.status_code, 302, answer.content.decode()[:2000])
        self.assertEqual((self.owed().channel, Notice.objects.get().person), ("hand", self.ben))

    def test_by_a_program(self) -> None:
        answer = self.by_program(unit="KHH1", says=SAYS)
        self.assertEqual(answer.status_code, 201, answer.content)
        self.assertEqual((self.owed().channel, Notice.objects.get().person), ("api", self.ben))
        told = self.by_program(unit="KHH1", says=SAYS, channel="page")
        self.assertEqual((told.status_code, Report.objects.count()), (422, 1))

    def test_by_a_program_in_its_own_name(self) -> None:
        self.client.post("/api/my-reports", json.dumps({"says": SAYS}), "application/json")
        self.assertEqual((self.owed().channel, self.owed().reporter), ("api", self.ben))

    def test_by_the_page_and_once(self) -> None:
        intake.send(intake.Told(self.khh1, SAYS), is_unnamed=False)
        self.assertEqual(self.owed().channel, "page")

    def test_many_at_once(self) -> None:
        with acting(TELLER, "story.reports"):
            create_all(
                [Report(unit=unit, says=f"{SAYS} {n}") for n in range(3) for unit in (self.khh1, self.group)]
            )
        debts = Debt.objects.open().filter(what=intake.LOOK)
        self.assertEqual(debts.filter(role="site_officer", unit=self.khh1).count(), 3)
        self.assertEqual(debts.filter(role="group_ciso", unit=self.group).count(), 3)

    def test_sam_makes_none(self) -> None:
        self.sign_in(self.sam)
        self.assertEqual(self.by_program(unit="KHH1", says=SAYS).status_code, 403)
        self.assertEqual(self.client.get(reverse("reports-new")).status_code, 403)
        self.client.post(reverse("reports-new"), {"unit": "KHH1", "says": SAYS, "ongoing": "yes"})
        self.assertFalse(Report.objects.exists() or Debt.objects.exists())
