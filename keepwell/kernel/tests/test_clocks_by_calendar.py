"""Business days of countries and of calendars of one's own, worked out by hand with both edges."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest import TestCase

from keepwell.kernel.clocks import calendars, case
from keepwell.kernel.clocks.calendars import Unfit
from keepwell.kernel.tests.test_clocks import LISTED, RULES, clocks, event, only

DRESDEN = {"code": "DRS1", "country": "DE"}
SUZHOU = {"code": "SUZ1", "country": "CN"}
A_DAY = timedelta(days=1)


def by_contract(
    unit: dict[str, Any], aware: str, calendar: str, days: int = 1, **more: Any
) -> dict[str, Any]:
    """The clock of a contract that gives `days` business days of `calendar` after awareness."""
    clause = {
        "rule": "customer-contract", "counterparty": "Auriga", "calendar": calendar,
        "deadline": {"n": days, "unit": "business_days"},
    }  # fmt: skip
    found = clocks(
        unit, event("awareness", aware), rules=["customer-contract"], clauses=[clause], now=aware, **more
    )
    return only(found, "customer-contract")


def each_day(first: date, last: date) -> list[str]:
    return [str(first + n * A_DAY) for n in range((last - first).days + 1)]


class Countries(TestCase):
    def test_germany_rests_from_good_friday_to_easter_monday(self) -> None:
        """2026: Good Friday on 3 April, Easter Monday on 6 April."""
        for aware, due in [
            ("2026-04-01T10:00:00+02:00", "2026-04-03T00:00:00+02:00"),
            ("2026-04-02T00:00:00+02:00", "2026-04-08T00:00:00+02:00"),
            ("2026-04-02T23:59:59+02:00", "2026-04-08T00:00:00+02:00"),
            ("2026-04-06T12:00:00+02:00", "2026-04-08T00:00:00+02:00"),
            ("2026-04-07T00:00:00+02:00", "2026-04-09T00:00:00+02:00"),
        ]:
            with self.subTest(aware=aware):
                self.assertEqual(by_contract(DRESDEN, aware, "DE")["due_local"], due)
        told = by_contract(DRESDEN, "2026-04-02T10:00:00+02:00", "DE")["why"]
        self.assertIn(
            "DE is closed on Friday 3 April 2026 (Good Friday), Monday 6 April 2026 (Easter Monday).", told
        )
        self.assertNotIn("foretold", told)

    def test_germany_rests_on_its_day_of_unity(self) -> None:
        """3 October 2025 is a Friday."""
        found = by_contract(DRESDEN, "2025-10-01T09:00:00+02:00", "DE", days=2)
        self.assertEqual(found["due_local"], "2025-10-07T00:00:00+02:00")
        self.assertIn("24:00 Berlin on Monday 6 October 2025", found["why"])

    def test_a_part_of_a_country_has_days_of_its_own(self) -> None:
        """Corpus Christi, Thursday 4 June 2026, is a holiday in Bavaria and none in the whole of Germany."""
        aware = "2026-06-03T09:00:00+02:00"
        self.assertEqual(by_contract(DRESDEN, aware, "DE")["due_local"], "2026-06-05T00:00:00+02:00")
        self.assertEqual(by_contract(DRESDEN, aware, "DE-BY")["due_local"], "2026-06-06T00:00:00+02:00")

    def test_china_makes_up_for_its_golden_week_on_a_saturday(self) -> None:
        """Work is made up on Saturday 10 October 2026; the Saturday after is free."""
        found = by_contract(SUZHOU, "2026-10-09T17:00:00+08:00", "CN")
        self.assertEqual(found["due_local"], "2026-10-11T00:00:00+08:00")
        self.assertIn("CN is open on Saturday 10 October 2026.", found["why"])
        self.assertEqual(
            by_contract(SUZHOU, "2026-10-16T17:00:00+08:00", "CN")["due_local"], "2026-10-20T00:00:00+08:00"
        )

    def test_a_weekend_is_that_of_the_country(self) -> None:
        """In Riyadh it is Friday and Saturday: after Thursday 8 January 2026 comes Sunday the 11th."""
        found = by_contract({"code": "RUH1", "country": "SA"}, "2026-01-08T09:00:00+03:00", "SA")
        self.assertEqual(found["due_local"], "2026-01-12T00:00:00+03:00")

    def test_what_is_no_country_is_no_calendar(self) -> None:
        for name in ("DE-", "DE-XX", "XX", "de", ""):
            with self.subTest(name=name):
                self.assertFalse(calendars.is_kept(name))
                self.assertIsNone(calendars.kept(name))


class Foretold(TestCase):
    def test_closures_are_told_as_such_from_the_first_day_after_what_is_published(self) -> None:
        """New Year 2028 is a Saturday, so that Friday 31 December 2027 is free: the term ends with Thursday the 30th, or
        with Monday 3 January 2028."""
        held = by_contract(LISTED, "2027-12-29T10:00:00+08:00", "TWSE")
        self.assertEqual(held["due_local"], "2027-12-31T00:00:00+08:00")
        self.assertNotIn("foretold", held["why"])
        beyond = by_contract(LISTED, "2027-12-30T10:00:00+08:00", "TWSE")
        self.assertEqual(beyond["due_local"], "2028-01-04T00:00:00+08:00")
        self.assertIn(
            "The closures of TWSE in 2028 are not published yet: they are foretold, so it may end otherwise.",
            beyond["why"],
        )

    def test_a_country_that_announces_its_days_each_year_is_foretold_from_the_next(self) -> None:
        self.assertIn("CN in 2027 are not", by_contract(SUZHOU, "2027-03-01T10:00:00+08:00", "CN")["why"])


class OnesOwn(TestCase):
    def test_calendar_is_like_a_countrys_with_days_of_its_own(self) -> None:
        """The works in Suzhou rest on Monday 12 October 2026 and work on Saturday the 17th."""
        own = {"SUZ": {"based_on": "CN", "closed": {"2026-10-12": "inventory"}, "opened": ["2026-10-17"]}}
        saturday = by_contract(SUZHOU, "2026-10-09T17:00:00+08:00", "SUZ", calendars=own)
        self.assertEqual(saturday["due_local"], "2026-10-11T00:00:00+08:00")
        tuesday = by_contract(SUZHOU, "2026-10-10T17:00:00+08:00", "SUZ", calendars=own)
        self.assertEqual(tuesday["due_local"], "2026-10-14T00:00:00+08:00")
        self.assertIn("SUZ is closed on Monday 12 October 2026 (inventory).", tuesday["why"])
        made_up = by_contract(SUZHOU, "2026-10-16T17:00:00+08:00", "SUZ", calendars=own)
        self.assertEqual(made_up["due_local"], "2026-10-18T00:00:00+08:00")

    def test_weekend_may_be_one_day_or_none(self) -> None:
        """After Friday 3 July 2026 comes Saturday where Sunday alone is free; after it Sunday where none is."""
        for weekend, aware, due in [
            (["Sunday"], "2026-07-03T12:00:00+08:00", "2026-07-05T00:00:00+08:00"),
            (["Sunday"], "2026-07-04T12:00:00+08:00", "2026-07-07T00:00:00+08:00"),
            ([], "2026-07-04T12:00:00+08:00", "2026-07-06T00:00:00+08:00"),
        ]:
            with self.subTest(weekend=weekend, aware=aware):
                own = {"FAB": {"weekend": weekend}}
                self.assertEqual(by_contract(LISTED, aware, "FAB", calendars=own)["due_local"], due)

    def test_calendar_that_cannot_be_is_refused_in_a_sentence(self) -> None:
        for given, says in [
            ({"based_on": "XX"}, 'calendars, FAB: No calendar is kept under "XX"'),
            ({"weekend": "Sunday"}, "weekend lists days of the week"),
            ({"weekend": ["Sonntag"]}, "weekend lists days of the week"),
            ({"weekend": [*calendars_week()]}, "at least one day of the week"),
            ({"open": ["2026-10-17"]}, '"open" is no part of a calendar'),
        ]:
            with self.subTest(says=says), self.assertRaisesRegex(Unfit, says):
                case.read({"units": [LISTED], "calendars": {"FAB": given}}, RULES, datetime.now(UTC))


def calendars_week() -> list[str]:
    return ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class Shut(TestCase):
    """A calendar that is closed for a year."""

    YEAR = each_day(date(2026, 6, 19), date(2027, 6, 18))

    def test_leaves_the_clock_there_with_its_reason_and_an_end_of_our_own(self) -> None:
        """Thursday 18 June 2026, 15:10: by weekends alone trading opens next on Friday the 19th."""
        found = clocks(
            LISTED, event("date_of_fact", "2026-06-18T15:10:00+08:00"), rules=["twse-material-info", "twse-media-rumour"],
            calendars={"TWSE": {"closed": self.YEAR}},
        )  # fmt: skip
        self.assertEqual(len(found), 1)
        clock = only(found, "twse-material-info")
        self.assertEqual((clock["due"], clock["internal_due"]), (None, "2026-06-18T23:00:00Z"))
        self.assertEqual(clock["state"], "missed")
        self.assertIn(
            "It cannot be reckoned: TWSE has no business day within 60 days after Thursday 18 June 2026. Until its "
            "closures are corrected this end is our own, for which weekends alone are left out.",
            clock["why"],
        )
        self.assertNotIn("The regime sets no fixed end", clock["why"])

    def test_is_one_that_is_closed_for_longer_than_sixty_days(self) -> None:
        """From 19 June: the 60th day is Monday 17 August."""
        for last, due in [
            (date(2026, 8, 16), "2026-08-18T00:00:00+08:00"),
            (date(2026, 8, 17), None),
        ]:
            with self.subTest(last=last):
                own = {"FAB": {"closed": each_day(date(2026, 6, 19), last)}}
                clock = by_contract(LISTED, "2026-06-18T09:00:00+08:00", "FAB", calendars=own)
                self.assertEqual(clock["due_local"], due)
                self.assertEqual(clock["internal_due"], None if due else "2026-06-19T16:00:00Z")

    def test_keeps_a_day_that_was_opened_in_it(self) -> None:
        """Five business days from 18 June reach into what is closed for good after Saturday the 20th, opened by hand."""
        own = {"FAB": {"closed": [d for d in self.YEAR if d != "2026-06-20"], "opened": ["2026-06-20"]}}
        clock = by_contract(LISTED, "2026-06-18T09:00:00+08:00", "FAB", days=5, calendars=own)
        # By weekends alone, with the Saturday that is opened: 19, 20, 22, 23, 24 June.
        self.assertEqual(clock["internal_due"], "2026-06-24T16:00:00Z")
        self.assertIn("after Saturday 20 June 2026", clock["why"])
