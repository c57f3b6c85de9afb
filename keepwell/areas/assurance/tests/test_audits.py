"""Surveillance audits are owed ahead of their day, once, by whoever they fell or were handed to; what was held
takes the place of what was planned."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.test import TestCase

from keepwell.areas.assurance.rules import AUDIT, plan_audits, record_audit
from keepwell.areas.assurance.tests.stories import TODAY, Certified
from keepwell.platform.acts.act import Refused
from keepwell.platform.todos.models import Debt
from keepwell.platform.todos.rules import hand_over, hand_over_orphans


class Planning(Certified, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.tell("NM-27-2", self.khh1, surveillance_on=["2025-12-01"])
        plan_audits(TODAY)

    def owed(self) -> list[Debt]:
        return list(Debt.objects.open().filter(what=AUDIT).select_related("debtor"))

    def test_is_not_doubled_when_it_fell_to_another_role(self) -> None:
        hand_over_orphans(TODAY)
        fell_to = [debt.role for debt in self.owed()]
        self.assertNotEqual(fell_to, ["secretariat"])
        plan_audits(TODAY)
        self.assertEqual([debt.role for debt in self.owed()], fell_to)

    def test_is_not_doubled_when_it_was_handed_over(self) -> None:
        hand_over(self.owed()[0], by=self.ada, to=self.ben)
        plan_audits(TODAY)
        self.assertEqual([debt.debtor for debt in self.owed()], [self.ben])


class Holding(Certified, TestCase):
    """Audits of NM-27-2 are planned for 1 December 2024 and 1 December 2025; it is 14 November 2025."""

    def setUp(self) -> None:
        super().setUp()
        self.told = self.tell("NM-27-2", self.khh1, surveillance_on=["2024-12-01", "2025-12-01"])

    def days(self) -> list[str]:
        self.told.refresh_from_db()
        return list(self.told.surveillance_on)

    def test_takes_the_place_of_the_planned_day_and_ends_what_is_owed(self) -> None:
        plan_audits(TODAY)
        record_audit(self.told, by=self.ada, on=date(2025, 11, 12))
        self.assertEqual(self.days(), ["2024-12-01", "2025-11-12"])
        self.assertFalse(Debt.objects.open().filter(what=AUDIT).exists())

    def test_lies_within_120_days_of_a_planned_one(self) -> None:
        with self.assertRaisesMessage(Refused, "No surveillance audit was planned within 120 days"):
            record_audit(self.told, by=self.ada, on=date(2025, 4, 1))
        record_audit(self.told, by=self.ada, on=date(2025, 3, 31))
        self.assertEqual(self.days(), ["2025-03-31", "2025-12-01"])

    def test_has_come(self) -> None:
        with self.assertRaisesMessage(Refused, "The day lies ahead"):
            record_audit(self.told, by=self.ada, on=date(2025, 11, 15))

    def test_is_not_recorded_by_who_may_not_edit_it(self) -> None:
        for who in (self.cleo, self.eva, self.sam):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                record_audit(self.told, by=who, on=TODAY)
