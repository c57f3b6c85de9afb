"""Holidays are called in the reader's language, and calendar days are one thing."""

from __future__ import annotations

import re
from datetime import date

from django.test import SimpleTestCase, TestCase
from django.utils.translation import override

from keepwell.areas.incidents.models.holidays import in_chinese
from keepwell.areas.incidents.tests.test_calendars import Counting
from keepwell.areas.organization.models import NoticeClause
from keepwell.kernel.clocks.calendars import kept

CALENDARS = ("TWSE", "TPEx", "NYSE", "US_SEC", "TW", "CN", "MY", "SG", "JP", "KR", "US", "MX", "DE")
LETTERS = re.compile("[A-Za-z]{2,}")


class Holidays(SimpleTestCase):
    def test_of_the_groups_countries_all_have_a_chinese_name(self) -> None:
        for name in CALENDARS:
            calendar = kept(name)
            assert calendar is not None
            for day, called in calendar.closed.items():
                if day.year >= 2019:
                    self.assertIsNone(LETTERS.search(in_chinese(called, name)), (name, day, called))

    def test_are_called_as_their_own_country_calls_them(self) -> None:
        self.assertEqual(in_chinese("Dragon Boat Festival", "TWSE"), "端午節")
        self.assertEqual(
            [in_chinese("National Day", name) for name in ("TW", "CN", "SG")], ["國慶日", "國慶節", "國慶日"]
        )
        self.assertEqual(in_chinese("Eid al-Fitr (observed, estimated)", "MY"), "開齋節（補假，預估）")
        self.assertEqual(in_chinese("Typhoon Krathon", "TWSE"), "Typhoon Krathon")


class AClock(Counting, TestCase):
    def test_names_the_holiday_in_its_sentence_in_the_readers_language(self) -> None:
        self.save(self.incident, aware_at=None)
        self.counted("TW", days=40)
        clock = self.incident.clocks.get(rule="customer-contract")
        self.assertIn("Founding Day of the Republic of China", clock.why)
        with override("zh-hant"):
            self.assertIn("中華民國開國紀念日", clock.why)
            self.assertNotIn("Founding Day", clock.why)

    def test_by_calendar_days_is_told_apart_from_the_days_of_a_calendar(self) -> None:
        with override("zh-hant"):
            self.assertEqual(str(NoticeClause.TermUnit.DAYS.label), "日曆天")
            days = self.days(date(2025, 12, 1), date(2025, 12, 1))
            self.assertEqual(str(days[0]._meta.verbose_name_plural), "行事曆特定日")
