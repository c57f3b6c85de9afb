"""How numbers and days are printed, in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from unittest import TestCase

from django.utils import translation

from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import Figure, Restatement


class Numbers(TestCase):
    """A number is printed in one way everywhere."""

    def test_have_their_thousands_separated(self) -> None:
        self.assertEqual(printed.number(110_123), "110,123")

    def test_round_halves_up(self) -> None:
        self.assertEqual(printed.value(Decimal("53861.5"), "hours"), "53,862")
        self.assertEqual(printed.value(Decimal("0.75"), "duration"), "0.8")
        self.assertEqual(printed.measured(Decimal("13"), "duration"), "13.0 h")
        self.assertEqual(printed.value(Decimal("53861.49"), "hours"), "53,861")

    def test_say_a_difference_with_its_sign(self) -> None:
        self.assertEqual(printed.change(110_123, 98_410), "+11,713")
        self.assertEqual(printed.change(2, 3), "\N{MINUS SIGN}1")
        self.assertEqual(printed.change(3, 3), "0")

    def test_have_no_difference_to_what_was_not_counted(self) -> None:
        self.assertEqual(printed.change(3, None), "")
        self.assertEqual(printed.change(True, False, "yes_no"), "")

    def test_say_a_share_in_percent(self) -> None:
        self.assertEqual(printed.value(Decimal("0.976"), "share"), "97.6\N{NO-BREAK SPACE}%")


class InEnglish(TestCase):
    """Words around numbers in English."""

    def setUp(self) -> None:
        self.enterContext(translation.override("en"))

    def test_a_day_is_short_in_tables_and_long_in_sentences(self) -> None:
        self.assertEqual(printed.day(date(2025, 11, 14)), "14 Nov 2025")
        self.assertEqual(printed.long_day(date(2025, 5, 1)), "1 May 2025")

    def test_nothing_counted_is_said_in_words(self) -> None:
        self.assertEqual(printed.value(None, "sites"), "no data")
        self.assertEqual(printed.value(0, "sites"), "0")

    def test_an_answer_is_yes_or_no(self) -> None:
        self.assertEqual(printed.value(True, "yes_no"), "yes")
        self.assertEqual(printed.value(False, "yes_no"), "no")

    def test_one_is_singular(self) -> None:
        self.assertEqual(printed.records(1), "1 record")
        self.assertEqual(printed.records(110_123), "110,123 records")
        self.assertEqual(printed.records(11, "sites"), "11 sites")

    def test_a_duration_is_hours_and_minutes(self) -> None:
        self.assertEqual(printed.duration(timedelta(minutes=79)), "1 h 19 min")
        self.assertEqual(printed.duration(timedelta(hours=2)), "2 h")
        self.assertEqual(printed.duration(timedelta(minutes=5)), "5 min")

    def test_a_moment_is_told_in_its_zone(self) -> None:
        at = datetime(2025, 11, 13, 21, 12, tzinfo=UTC)
        self.assertEqual(printed.moment(at, "Asia/Taipei"), "14 Nov 2025, 05:12")

    def test_a_restated_figure_says_both_values(self) -> None:
        restated = Restatement(2, "one had lapsed.", date(2024, 3, 20))
        figure = Figure("a", "A", 3, "sites", restated=restated)
        expected = "Published as 3; restated as 2 on 20 Mar 2024: one had lapsed."
        self.assertEqual(printed.restatement(figure), expected)


class InChinese(TestCase):
    """Words around numbers in Traditional Chinese."""

    def setUp(self) -> None:
        self.enterContext(translation.override("zh-hant"))

    def test_a_day_stands_with_its_characters(self) -> None:
        self.assertEqual(printed.day(date(2025, 11, 14)), "2025 年 11 月 14 日")

    def test_a_duration_is_hours_and_minutes(self) -> None:
        self.assertEqual(printed.duration(timedelta(minutes=79)), "1 小時 19 分")

    def test_units_follow_the_number(self) -> None:
        self.assertEqual(printed.measured(110_123, "person_times"), "110,123 人次")
        self.assertEqual(printed.records(3), "3 筆紀錄")

    def test_nothing_counted_is_said_in_words(self) -> None:
        self.assertEqual(printed.value(None, "sites"), "無資料")


class Text(TestCase):
    """What may stand in a file."""

    def test_control_characters_are_shown_as_replaced(self) -> None:
        self.assertEqual(printed.plain("a\0b\x1bc\ud800d"), "a�b�c�d")

    def test_marks_that_turn_the_reading_order_are_shown_as_replaced(self) -> None:
        self.assertEqual(printed.plain("gpj\u202eexe"), "gpj�exe")

    def test_line_breaks_are_one_kind(self) -> None:
        self.assertEqual(printed.plain("a\r\nb\rc\nd\te"), "a\nb\nc\nd\te")
