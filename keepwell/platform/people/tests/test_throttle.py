"""Ten tries in a quarter of an hour, by whatever name and clock, and nobody spends another one's."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from unittest import mock

from django.test import TestCase

from keepwell.kernel import moments
from keepwell.platform.people import throttle
from keepwell.platform.people.models import Budget
from keepwell.platform.people.throttle import WINDOW_SECONDS, attempt, is_spent, purses
from tests.machine import rounds

HERE, THERE = "192.0.2.1", "192.0.2.2"
SPELLINGS = ("eva", "EVA", " eva ", "\uff45va", "Eva", "eVa\u3000")


class Trying(TestCase):
    def tries(
        self, times: int, name: str = "eva", source: str = HERE, entry: str = "password", known_as: str = ""
    ) -> int:
        """How many of so many tries are looked at."""
        paid = (purses(entry, name, source, known_as=known_as) for _time in range(times))
        return sum(attempt(*purse).is_allowed for purse in paid)

    def wait(self, seconds: float) -> None:
        """Let the machine run for so long."""
        passed = throttle._ticks() + seconds
        clock = mock.patch.object(throttle, "_ticks", lambda: passed)
        clock.start()
        self.addCleanup(clock.stop)

    def test_is_looked_at_ten_times(self) -> None:
        self.assertEqual(self.tries(rounds(40, 1_000)), 10)

    def test_counts_all_spellings_of_a_name_as_one(self) -> None:
        self.assertEqual(sum(self.tries(5, name) for name in SPELLINGS), 10)

    def test_counts_an_account_over_all_addresses_of_strangers(self) -> None:
        looked_at = sum(self.tries(1, source=f"198.51.100.{number}") for number in range(rounds(30, 250)))
        self.assertEqual(looked_at, 10)

    def test_counts_an_address_over_all_names(self) -> None:
        looked_at = sum(self.tries(1, f"guess{number}") for number in range(310))
        self.assertEqual(looked_at, 300)

    def test_leaves_the_known_device_its_own_tries(self) -> None:
        self.tries(50)
        self.assertEqual(self.tries(20, known_as="device one"), 10)
        self.assertEqual(self.tries(20, source=THERE, known_as="address two"), 10)

    def test_leaves_other_entries_open(self) -> None:
        self.tries(50)
        self.assertEqual(self.tries(20, entry="code"), 10)

    def test_is_paid_back_when_it_succeeds(self) -> None:
        for _time in range(30):
            attempt(*purses("password", "eva", HERE)).succeeded()
        self.assertEqual(self.tries(20), 10)

    def test_opens_again_as_the_tries_grow_old(self) -> None:
        self.tries(6)
        self.wait(WINDOW_SECONDS - 300)
        self.assertEqual(self.tries(10), 4)
        self.wait(301)
        self.assertEqual(self.tries(10), 6)

    def test_costs_nothing_while_it_is_closed(self) -> None:
        self.tries(10)
        self.wait(WINDOW_SECONDS - 1)
        self.assertEqual(self.tries(100), 0)
        self.wait(2)
        self.assertEqual(self.tries(1), 1)

    def test_does_not_care_where_the_clock_is_set(self) -> None:
        self.tries(10)
        for hours in (-1, 1, 24 * 365):
            with mock.patch.object(time, "time", return_value=time.time() + hours * 3600):
                self.assertEqual(self.tries(5), 0, hours)
        with moments.standing_at(datetime(2019, 1, 1, tzinfo=UTC)):
            self.assertEqual(self.tries(5), 0)

    def test_tells_whether_any_is_left_without_a_price(self) -> None:
        paid = purses("password", "eva", HERE)
        self.assertFalse(any(is_spent(*paid) for _time in range(20)))
        self.tries(10)
        self.assertTrue(is_spent(*paid))

    def test_keeps_no_name_and_no_address(self) -> None:
        self.tries(3)
        kept = " ".join(f"{row.key} {row.spent}" for row in Budget.objects.all())
        self.assertNotIn("eva", kept)
        self.assertNotIn(HERE, kept)
