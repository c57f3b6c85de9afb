"""A certificate is renewed by a new one; between two a site is certified only on the days they cover."""

from __future__ import annotations

from datetime import date

from django.test import TestCase

from keepwell.areas.assurance.models import Certificate
from keepwell.areas.assurance.tests.stories import Certified


class Renewing(Certified, TestCase):
    def renewed(self, since: date) -> Certificate:
        """The certificate that follows the shared one, which ends on 14 January 2026."""
        return self.tell("NM-27-2", self.khh1, self.khh2, issued_on=since, valid_until=date(2029, 1, 14))

    def test_from_the_day_after_leaves_no_day_open(self) -> None:
        self.renewed(date(2026, 1, 15))
        self.assertEqual(self.counting(date(2026, 1, 14)), {"NM-27-1"})
        self.assertEqual(self.counting(date(2026, 1, 15)), {"NM-27-2"})

    def test_a_day_late_leaves_a_day_open(self) -> None:
        self.renewed(date(2026, 1, 16))
        self.assertEqual(self.counting(date(2026, 1, 15)), set())

    def test_early_lets_both_count_and_the_site_once(self) -> None:
        self.renewed(date(2025, 10, 1))
        self.assertEqual(self.counting(date(2025, 10, 1)), {"NM-27-1", "NM-27-2"})
        self.assertEqual(self.sites(2025), 2)

    def test_for_one_site_leaves_the_other_lapsed(self) -> None:
        self.tell("NM-27-3", self.khh1, issued_on=date(2026, 1, 15), valid_until=date(2029, 1, 14))
        self.assertEqual(list(Certificate.objects.lapsed(date(2026, 1, 15))), [self.shared])

    def test_for_every_site_leaves_nothing_lapsed(self) -> None:
        self.renewed(date(2026, 1, 15))
        self.assertEqual(list(Certificate.objects.lapsed(date(2026, 1, 15))), [])

    def test_does_not_change_a_year_that_is_over(self) -> None:
        before = self.sites(2024)
        self.renewed(date(2026, 1, 15))
        self.assertEqual((self.sites(2024), before), (2, 2))
