"""Targets taken from a profile, as a community published them."""

from __future__ import annotations

from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.test import TestCase

from keepwell.areas.assessment.models import Target
from keepwell.areas.assessment.rules import approve_targets, take_profile
from keepwell.areas.assessment.tests.stories import Open
from keepwell.areas.frameworks.models import Profile, Version
from keepwell.areas.frameworks.rules.bringing import File, bring_profile
from keepwell.kernel.refusing import Refused

TABLE = b"""subcategory,priority,rationale,guidance,target
GV.OC-01,High,Fabs never stop,Name deputies,3.5
PR.PS-01,Low,,,
PR.PS-02,High,,,2
"""


class TakingAProfile(Open, TestCase):
    def profile(self, table: bytes = TABLE, code: str = "fabs", version: Version | None = None) -> Profile:
        return bring_profile(
            File("fabs.csv", table), version or self.new, code=code, name="For fabs", by=self.ada
        )

    def test_proposes_what_it_sets_and_leaves_what_is_there(self) -> None:
        self.target("PR.PS-02", "4")
        self.assertEqual(take_profile(self.cycle, by=self.ada, profile=self.profile()), 1)
        made = Target.objects.get(node__code="GV.OC-01")
        self.assertEqual(
            (made.value, made.note, made.is_approved),
            (Decimal("3.5"), "For fabs \N{MIDDLE DOT} High \N{MIDDLE DOT} Fabs never stop", False),
        )
        self.assertEqual(Target.objects.get(node__code="PR.PS-02").value, Decimal(4))
        self.assertEqual(take_profile(self.cycle, by=self.ada, profile=Profile.objects.get(code="fabs")), 0)
        self.assertEqual(approve_targets(self.cycle, by=self.ada), 1)

    def test_is_refused_where_it_does_not_fit(self) -> None:
        cases = (
            (self.profile(b"code,target\nID.GV-1,3\n", "older", self.old), "another framework version"),
            (self.profile(b"code,priority\nGV.OC-01,High\n", "bare"), "sets no target"),
            (
                self.profile(b"code,target\nGV.OC-01,5.5\n", "high"),
                "The target of GV.OC-01 lies off the scale",
            ),
        )
        for profile, words in cases:
            with self.assertRaisesMessage(Refused, words):
                take_profile(self.cycle, by=self.ada, profile=profile)
        self.assertFalse(Target.objects.exists())

    def test_is_for_who_may_edit_at_the_cycle(self) -> None:
        profile = self.profile()
        for who in (self.ben, self.cleo, self.sam):
            with self.assertRaises(PermissionDenied):
                take_profile(self.cycle, by=who, profile=profile)
        self.sign_in(self.ada)
        address = f"/cycles/{self.cycle.pk}/take-profile/"
        self.assertContains(self.client.get(address), "Take targets from a profile")
        self.client.post(address, {"profile": "fabs", "version": self.cycle.version})
        self.assertEqual(Target.objects.count(), 2)
