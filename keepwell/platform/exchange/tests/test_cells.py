"""From text to values, and what is said when it does not fit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from unittest import TestCase
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from keepwell.platform.exchange import cells
from keepwell.platform.exchange.cells import CellError, RowError

BERLIN = ZoneInfo("Europe/Berlin")


class Told(TestCase):
    def expected(self, read: Callable[..., Any], *given: Any) -> str:
        with self.assertRaises(CellError) as error:
            read(*given)
        return error.exception.expected


class Text(Told):
    def test_is_stripped_and_composed(self) -> None:
        self.assertEqual(cells.text("  Zu\u0308rich\n"), "Z\u00fcrich")

    def test_may_have_lines_but_no_control_characters(self) -> None:
        self.assertEqual(cells.text("a\nb\tc"), "a\nb\tc")
        for control in "\0\x07\x1b\x7f\ud800\uffff":
            self.assertEqual(self.expected(cells.text, f"a{control}b"), "text without control characters")


class Numbers(Told):
    def test_are_whole_or_have_a_point(self) -> None:
        self.assertEqual((cells.integer(" -12 "), cells.decimal("+1.50")), (-12, Decimal("1.50")))

    def test_have_no_comma_no_exponent_and_no_foreign_digits(self) -> None:
        for found in ("1,5", "1e3", "NaN", "", "١٢", "1_000", "0x1f", "9" * 19):
            self.assertEqual(self.expected(cells.decimal, found), "a number with a point, as 1.5")
            self.assertEqual(self.expected(cells.integer, found), "a whole number, as 12")


class Days(Told):
    def test_are_iso_days(self) -> None:
        self.assertEqual(cells.day(" 2024-02-29 "), date(2024, 2, 29))
        self.assertEqual(cells.day("2024-02-29T00:00:00"), date(2024, 2, 29))

    def test_exist(self) -> None:
        self.assertEqual(self.expected(cells.day, "2023-02-30"), "a day that exists, as 2023-02-28")
        self.assertEqual(self.expected(cells.day, "0000-01-01"), "a day that exists, as 2023-02-28")

    def test_are_in_no_other_form(self) -> None:
        for found in ("28.02.2023", "20230228", "2023-2-28", "2023-02-28T08:15:00", "44985"):
            self.assertEqual(self.expected(cells.day, found), "a day as 2023-02-28")


class Moments(Told):
    def test_keep_the_zone_they_name(self) -> None:
        at = datetime(2023, 2, 28, 0, 15, tzinfo=UTC)
        self.assertEqual(cells.moment("2023-02-28T00:15Z", BERLIN), at)
        self.assertEqual(cells.moment("2023-02-28 08:15:00+08:00"), at)
        self.assertEqual(cells.moment("2023-02-28T08:15:00+08").tzinfo, timezone(timedelta(hours=8)))

    def test_are_told_by_the_clocks_of_the_zone_given(self) -> None:
        self.assertEqual(cells.moment("2023-07-01T08:15:00", BERLIN), datetime(2023, 7, 1, 6, 15, tzinfo=UTC))
        self.assertEqual(cells.moment("2023-07-01", BERLIN), datetime(2023, 6, 30, 22, tzinfo=UTC))
        self.assertIsNone(cells.moment("2023-07-01T08:15:00").tzinfo)

    def test_are_refused_in_the_hour_that_clocks_skip(self) -> None:
        said = "a moment that the clocks of Europe/Berlin show"
        self.assertEqual(self.expected(cells.moment, "2023-03-26T02:30:00", BERLIN), said)
        self.assertEqual(cells.moment("2023-03-26T03:00:00", BERLIN), datetime(2023, 3, 26, 1, tzinfo=UTC))

    def test_are_the_first_of_two_in_the_hour_that_clocks_repeat(self) -> None:
        self.assertEqual(
            cells.moment("2023-10-29T02:30:00", BERLIN), datetime(2023, 10, 29, 0, 30, tzinfo=UTC)
        )

    def test_exist(self) -> None:
        for found in ("2023-02-30T08:15:00", "2023-02-28T24:15:00", "0001-01-01T00:00+08:00"):
            said = self.expected(cells.moment, found)
            self.assertEqual(said, "a moment that exists, as 2023-02-28T08:15:00")
        self.assertIn("clocks", self.expected(cells.moment, "0001-01-01T00:00", ZoneInfo("Asia/Taipei")))

    def test_are_in_no_other_form(self) -> None:
        for found in ("", "2023-02-28x08:15", "28.02.2023 08:15", "2023-W09-2", "2023-02-28T8:15"):
            self.assertEqual(self.expected(cells.moment, found), "a moment as 2023-02-28T08:15:00")


class Codes(Told):
    def test_yes_and_no_have_three_spellings_each(self) -> None:
        self.assertEqual(
            [cells.boolean(c) for c in ("true", "YES", "1", "False", "no", "0")], [True] * 3 + [False] * 3
        )
        self.assertEqual(self.expected(cells.boolean, "ja"), "true or false")

    def test_a_choice_is_one_of_its_codes(self) -> None:
        self.assertEqual(cells.choice(" site ", ["site", "unit"]), "site")
        self.assertEqual(self.expected(cells.choice, "Site", ["site", "unit"]), "one of site, unit")

    def test_a_list_is_parted_by_bars(self) -> None:
        self.assertEqual(cells.items(" KAO-1 | KAO-2||"), ["KAO-1", "KAO-2"])

    @given(st.lists(st.text(st.sampled_from("|\\ab "), min_size=1).map(str.strip).filter(bool), max_size=5))
    def test_reads_a_list_back_whatever_its_items_hold(self, values: list[str]) -> None:
        self.assertEqual(cells.items(cells.joined(values)), values)


class RowErrors(TestCase):
    def test_say_line_column_found_and_expected(self) -> None:
        error = RowError(line=4, column="unit", found="Nroth", expected="a unit code.")
        self.assertEqual(str(error), "line 4, unit: found “Nroth”, expected a unit code.")

    def test_stay_on_one_short_line(self) -> None:
        said = str(RowError(4, "unit", "a\r\n\u202e\x1b" + "x" * 500, "a unit code"))
        self.assertTrue(said.isprintable() and len(said) < 150)
