"""Surveillance audits are owed ahead of their day, once, by whoever they fell or were handed to."""

from __future__ import annotations

from django.test import TestCase

from keepwell.areas.assurance.rules import AUDIT, plan_audits
from keepwell.areas.assurance.tests.stories import TODAY, Certified
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
