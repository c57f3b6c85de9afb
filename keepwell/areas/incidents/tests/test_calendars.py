"""Calendars by which clocks count: a closed year, a country's, one's own; by page and by API."""

from __future__ import annotations

import json
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.test import TestCase
from django.utils.translation import override

from keepwell.areas.incidents.models import CalendarDay, Clock
from keepwell.areas.incidents.rules import duties
from keepwell.areas.incidents.tests.ticking import Ticking, utc
from keepwell.areas.organization.models import BusinessCalendar, NoticeClause
from keepwell.areas.organization.rules import leaning
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.history.bulk import create_all
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER, unit

SHUT = "TWSE now has no business day within 60 days after 2025-11-14"


class Counting(Ticking):
    """An incident of which the site was aware on Friday 14 November 2025."""

    def days(self, first: date, last: date, calendar: str = "TWSE", **values: Any) -> list[CalendarDay]:
        """Days that are closed for the group from `first` up to and with `last`."""
        facts = {"calendar": calendar, "unit": self.group, "reason": "Closed", "kind": "closed"} | values
        found = [CalendarDay(day=first + timedelta(days=n), **facts) for n in range((last - first).days + 1)]
        with acting(TELLER, "story.close"):
            create_all(found)
        return found

    def own(self, code: str = "SUZ-WORKS", **values: Any) -> BusinessCalendar:
        facts = {"code": code, "name": "Suzhou works", "unit": self.group, "based_on": "CN"} | values
        return self.save(BusinessCalendar(**facts))

    def counted(self, calendar: str, days: int = 1) -> NoticeClause:
        """A contract in business days of `calendar`, and an incident that touches it."""
        self.confirm("customer-contract")
        clause = self.clause("C-0148", term=days, term_unit="business_days", calendar=calendar)
        self.classify(supply_interrupted=True)
        return clause

    def post(self, path: str, **values: Any) -> Any:
        return self.client.post(f"/api/{path}", json.dumps(values), content_type="application/json")


class AClosedYear(Counting, TestCase):
    """TWSE is closed for a year from Saturday 15 November 2025, but for one day that is entered last: Tuesday 13 January
    2026, the 60th day after Friday 14 November."""

    def scene(self) -> None:
        super().scene()
        self.is_a("listed_on_TWSE", self.group)
        self.classify(plant=2, material=True)
        self.days(date(2025, 11, 15), date(2026, 1, 12))
        self.days(date(2026, 1, 14), date(2026, 11, 14))
        self.day = {
            "calendar": "TWSE", "day": "2026-01-13", "kind": "closed", "reason": "Closed", "unit": self.group.code
        }  # fmt: skip

    def clock(self) -> Clock:
        return self.clocks()["twse-material-info"]

    def test_leaves_every_clock_there_and_says_on_the_page_what_follows(self) -> None:
        self.assertEqual(self.clock().due_at, utc(12, 23, month=1, year=2026))
        self.sign_in(self.ada)
        answer = self.client.post("/calendar-days/new/", self.day, follow=True)
        self.assertContains(answer, SHUT)
        clock = self.clock()
        self.assertEqual((clock.state, clock.due_at, clock.internal_due_at), ("running", None, utc(16, 23)))
        self.assertIn("It cannot be reckoned: TWSE has no business day within 60 days after", clock.why)
        self.assertContains(self.client.get(f"/clocks/{clock.pk}/"), "It cannot be reckoned")

    def test_says_by_the_api_what_follows_and_no_more_once_a_day_is_open(self) -> None:
        self.sign_in(self.ada)
        answer = self.post("calendar-days", **self.day)
        self.assertEqual(answer.status_code, HTTPStatus.CREATED, answer.content)
        self.assertIn(SHUT, answer.json()["follows"])
        row = self.client.get(f"/api/calendar-days/{answer.json()['id']}").json()
        self.assertIn(SHUT, row["follows"])
        day = CalendarDay.objects.get(day=date(2026, 1, 13))
        duties.take_back_day(day, by=self.ada, reason="A slip")
        self.assertEqual(self.clock().due_at, utc(12, 23, month=1, year=2026))
        self.assertEqual(self.client.get(f"/api/calendar-days/{day.pk}").json()["follows"], "")

    def test_says_so_in_chinese(self) -> None:
        self.days(date(2026, 1, 13), date(2026, 1, 13))
        with override("zh-hant"):
            self.assertIn("無法推算", self.clock().why)
            self.assertIn("無法推算", CalendarDay.objects.get(day=date(2026, 1, 13)).follows)

    def test_lets_an_incident_be_classified_and_reported_all_the_same(self) -> None:
        self.days(date(2026, 1, 13), date(2026, 1, 13))
        later = self.report("While the exchange is closed", self.khh1, aware_at=utc(13, 20))
        self.classify(later, plant=2, material=True)
        self.assertEqual(self.clocks(later)["twse-material-info"].internal_due_at, utc(16, 23))


class OfACountry(Counting, TestCase):
    def dresden(self) -> Unit:
        with acting(TELLER, "story.unit"):
            return unit("DRS1", "Dresden", "site", self.mat, country="DE", time_zone="Europe/Berlin")

    def test_count_a_contract_in_german_business_days(self) -> None:
        """Aware at 20:00 in Dresden on Thursday 2 October 2025: Friday is the Day of German Unity, so Monday counts."""
        site = self.dresden()
        self.confirm("customer-contract")
        self.sign_in(self.ada)
        answer = self.post(
            "notice-clauses", kind="customer", counterparty="C-0148", clause="MSA 14.2", unit="DRS1", trigger="Lots held",
            term=1, term_unit="business_days", calendar="DE", contact="security@c0148.example", since="2020-01-01",
        )  # fmt: skip
        self.assertEqual(answer.status_code, HTTPStatus.CREATED, answer.content)
        for hour, due in [(18, utc(6, 22, month=10)), (22, utc(6, 22, month=10))]:
            incident = self.report(f"In Dresden at {hour}", site, aware_at=utc(2, hour, month=10))
            self.classify(incident, supply_interrupted=True)
            clock = self.clocks(incident)["customer-contract"]
            self.assertEqual(clock.due_at, due)
        self.assertIn("Friday 3 October 2025 (German Unity Day)", self.first_why(2, 18, site))

    def first_why(self, day: int, hour: int, site: Unit) -> str:
        incident = self.report("Once more", site, aware_at=utc(day, hour, month=10))
        self.classify(incident, supply_interrupted=True)
        return self.clocks(incident)["customer-contract"].why

    def test_is_named_by_its_letters_and_a_wrong_name_is_told(self) -> None:
        with self.assertRaisesMessage(
            ValidationError, "No calendar is called “GERMANY” here; write an exchange as TWSE"
        ):
            self.clause("C-0148", term=1, term_unit="business_days", calendar="GERMANY")
        with self.assertRaisesMessage(ValidationError, "No calendar is called “XX” here"):
            self.save(CalendarDay(calendar="XX", day=date(2025, 11, 17), reason="?", unit=self.group))

    def test_closes_for_a_day_that_somebody_enters(self) -> None:
        """Saturday and Sunday 15 and 16 November; Monday 17 is closed by hand."""
        self.counted("MY")
        self.assertEqual(self.clocks()["customer-contract"].due_at, utc(17, 16))
        self.days(date(2025, 11, 17), date(2025, 11, 17), calendar="MY")
        self.assertEqual(self.clocks()["customer-contract"].due_at, utc(18, 16))


class OfOnesOwn(Counting, TestCase):
    def test_moves_the_clocks_of_a_contract_with_its_weekend_and_its_days(self) -> None:
        own = self.own(based_on="")
        self.counted("SUZ-WORKS")
        self.assertEqual(self.clocks()["customer-contract"].due_at, utc(17, 16))
        self.save(own, weekend="6")
        self.assertEqual(self.clocks()["customer-contract"].due_at, utc(15, 16))
        saturday = self.days(date(2025, 11, 15), date(2025, 11, 15), calendar="SUZ-WORKS")[0]
        self.assertEqual(self.clocks()["customer-contract"].due_at, utc(17, 16))
        with override("zh-hant"):
            self.assertIn("SUZ-WORKS", self.clocks()["customer-contract"].why)
        duties.take_back_day(saturday, by=self.ada, reason="A slip")
        self.save(own, weekend="56")
        self.days(date(2025, 11, 15), date(2025, 11, 15), calendar="SUZ-WORKS", kind="opened", unit=self.mat)
        clock = self.clocks()["customer-contract"]
        self.assertEqual(clock.due_at, utc(15, 16))
        self.assertIn("SUZ-WORKS is open on Saturday 15 November 2025.", clock.why)

    def test_holds_for_its_unit_and_below_alone(self) -> None:
        self.own("ELSEWHERE", unit=self.mse)
        with self.assertRaisesMessage(ValidationError, "No calendar is called “ELSEWHERE” here"):
            self.clause("C-0148", term=1, term_unit="business_days", calendar="ELSEWHERE")

    def test_is_not_called_as_a_country_and_keeps_its_code(self) -> None:
        own = self.own()
        with self.assertRaisesMessage(
            ValidationError, "DE is the calendar of an exchange or a country already"
        ):
            self.own("DE")
        with self.assertRaisesMessage(ValidationError, "Clauses name it by its code, which stays"):
            self.save(own, code="SUZ-2")
        with self.assertRaisesMessage(ValidationError, "Nobody keeps a calendar “CHINA”"):
            self.own("SUZ-3", based_on="CHINA")

    def test_stays_while_a_clause_counts_by_it(self) -> None:
        own = self.own()
        clause = self.counted("SUZ-WORKS")
        with self.assertRaisesMessage(Refused, "C-0148, MSA 14.2 counts by SUZ-WORKS"):
            leaning.retire_calendar(own, by=self.ada, reason="Sold")
        leaning.end_clause(clause, by=self.ada, until=date(2025, 11, 13))
        leaning.retire_calendar(own, by=self.ada, reason="Sold")
        with self.assertRaises(ValidationError):
            self.clause("C-0149", term=1, term_unit="business_days", calendar="SUZ-WORKS")

    def test_is_for_who_decides_and_closed_to_sam(self) -> None:
        own = self.own()
        for who in (self.ben, self.eva, self.sam):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                leaning.retire_calendar(own, by=who, reason="Mine")
        for who, status in (
            (self.ada, HTTPStatus.OK),
            (self.ben, HTTPStatus.OK),
            (self.sam, HTTPStatus.NOT_FOUND),
        ):
            self.sign_in(who)
            self.assertEqual(self.client.get(f"/business-calendars/{own.pk}/").status_code, status, who)
        values = {"code": "MINE", "name": "Mine", "unit": self.group.code, "based_on": "DE", "weekend": ""}
        self.assertEqual(self.post("business-calendars", **values).status_code, HTTPStatus.FORBIDDEN)
        self.sign_in(self.ada)
        self.assertEqual(self.post("business-calendars", **values).status_code, HTTPStatus.CREATED)
