from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from unittest import TestCase

from keepwell.kernel import moments, periods, rounding
from keepwell.kernel.digests import digest


class Years(TestCase):
    def test_end_with_the_calendar_by_default(self) -> None:
        year = periods.year(2023)
        self.assertEqual((year.first, year.last), (date(2023, 1, 1), date(2023, 12, 31)))
        self.assertEqual(periods.year_of(date(2024, 1, 1)).number, 2024)
        self.assertEqual(periods.year_of(date(2023, 12, 31)).number, 2023)

    def test_are_named_by_the_day_they_end(self) -> None:
        year = periods.year_of(date(2023, 7, 1), end=(6, 30))
        self.assertEqual((year.number, year.first, year.last), (2024, date(2023, 7, 1), date(2024, 6, 30)))
        self.assertEqual(periods.year_of(date(2023, 6, 30), end=(6, 30)).number, 2023)

    def test_ending_on_the_leap_day_end_on_the_28th_in_common_years(self) -> None:
        self.assertEqual(periods.year(2024, end=(2, 29)).last, date(2024, 2, 29))
        self.assertEqual(periods.year(2023, end=(2, 29)).last, date(2023, 2, 28))
        self.assertIn(date(2024, 3, 1), periods.year(2025, end=(2, 29)))


class TheClock(TestCase):
    def test_stands_where_it_is_told(self) -> None:
        with moments.standing_at(datetime(2025, 11, 13, 21, 12, tzinfo=UTC)):
            self.assertEqual(moments.today("Asia/Taipei"), date(2025, 11, 14))
            self.assertEqual(moments.today("UTC"), date(2025, 11, 13))

    def test_gives_utc_for_any_zone(self) -> None:
        with moments.standing_at(datetime(2025, 1, 1, tzinfo=timezone(timedelta(hours=8)))):
            self.assertEqual(moments.now().tzinfo, UTC)

    def test_refuses_a_moment_without_zone(self) -> None:
        with self.assertRaises(ValueError):
            moments.configure("2025-11-14T05:12:00")


class Digests(TestCase):
    def test_do_not_depend_on_order(self) -> None:
        self.assertEqual(digest(["b", "a"]), sha256(b"a\nb\n").hexdigest())

    def test_sort_as_bytes(self) -> None:
        self.assertEqual(digest(["é", "z"]), sha256("z\né\n".encode()).hexdigest())

    def test_of_nothing_is_that_of_the_empty_text(self) -> None:
        self.assertEqual(digest([]), sha256(b"").hexdigest())


class Hours(TestCase):
    def test_round_half_up_once(self) -> None:
        self.assertEqual([rounding.hours(m) for m in (29, 30, 89, 90, 0)], [0, 1, 1, 2, 0])
