"""Moving, closing and counting units, and transferring people: by date, never overwritten."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.test import TestCase

from keepwell.areas.organization.rules import close, count_heads, end_employment, facts, heads, move, transfer
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.metrics.reading import read, records_of
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit
from tests.cast import NOW, TELLER, Cast, grant, person, unit

TODAY = date(2025, 11, 14)


class Organization(Cast):
    """The cast on 14 November 2025 in Taipei."""

    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))

    def below(self, of: Unit, day: date) -> set[str]:
        """Codes of the sites under a unit on a day."""
        return set(Unit.objects.sites().below(of, day).values_list("code", flat=True))


class Moving(Organization, TestCase):
    def test_holds_from_its_day_and_not_the_day_before(self) -> None:
        move(self.khh2, by=self.ada, to=self.mse, on=date(2025, 7, 1), reason="New line of business")

        self.assertEqual(self.below(self.mse, date(2025, 6, 30)), {"PEN1"})
        self.assertEqual(self.below(self.mse, date(2025, 7, 1)), {"PEN1", "KHH2"})
        self.assertEqual(self.below(self.mat, date(2025, 7, 1)), {"KHH1"})

    def test_is_told_with_its_reason(self) -> None:
        move(self.khh2, by=self.ada, to=self.mse, on=date(2025, 7, 1), reason="New line of business")

        told = Change.objects.get(verb="unit.move")
        self.assertEqual((told.by_name, told.answers["reason"]), ("Ada Lin", "New line of business"))

    def test_is_refused_ahead_of_its_day(self) -> None:
        with self.assertRaisesMessage(Refused, "The day lies ahead"):
            move(self.khh2, by=self.ada, to=self.mse, on=date(2025, 11, 15), reason="Plan")

    def test_is_refused_where_nothing_would_change(self) -> None:
        with self.assertRaisesMessage(Refused, "lies under Meridian Assembly & Test already"):
            move(self.khh2, by=self.ada, to=self.mat, on=TODAY, reason="Again")

    def test_is_refused_below_a_smaller_kind(self) -> None:
        with acting(TELLER, "story.unit"):
            line = unit("PEN1-PRD", "Production", "unit", self.pen1)
        with self.assertRaisesMessage(Refused, "A site cannot belong to a unit."):
            move(self.khh2, by=self.ada, to=line, on=TODAY, reason="Mistake")

    def test_needs_the_right_at_both_ends(self) -> None:
        with acting(TELLER, "story.grant"):
            grant(self.eva, "group_ciso", self.mat)
        with self.assertRaisesMessage(PermissionDenied, "Meridian Southeast Asia"):
            move(self.khh2, by=self.eva, to=self.mse, on=TODAY, reason="Mine")

    def test_is_not_for_sam(self) -> None:
        with self.assertRaises(PermissionDenied):
            move(self.khh2, by=self.sam, to=self.mse, on=TODAY, reason="Why not")


class Closing(Organization, TestCase):
    def test_keeps_the_last_day(self) -> None:
        close(self.khh2, by=self.ada, on=date(2025, 10, 31), reason="Sold")

        active = Unit.objects.active(date(2025, 10, 31)), Unit.objects.active(date(2025, 11, 1))
        self.assertEqual([self.khh2 in units for units in active], [True, False])

    def test_waits_for_units_below(self) -> None:
        with self.assertRaisesMessage(Refused, "2 units under it are still open"):
            close(self.mat, by=self.ada, on=TODAY, reason="Sold")

    def test_waits_for_people(self) -> None:
        with self.assertRaisesMessage(Refused, "2 people work there after that day"):
            close(self.khh1, by=self.ada, on=TODAY, reason="Sold")


class Transferring(Organization, TestCase):
    def test_leaves_the_time_before_where_it_was(self) -> None:
        transfer(self.eva, by=self.ada, to=self.pen1, on=date(2025, 7, 1), reason="Wish")

        at = [posting.unit.code for posting in self.eva.postings.order_by("since")]
        self.assertEqual(at, ["KHH1", "PEN1"])
        self.assertEqual([heads(self.khh1, date(2025, 6, 30)), heads(self.khh1, date(2025, 7, 1))], [2, 1])

    def test_comes_after_the_day_of_the_last_one(self) -> None:
        with self.assertRaisesMessage(Refused, "is in the present unit since 2018-01-01"):
            transfer(self.eva, by=self.ada, to=self.pen1, on=date(2018, 1, 1), reason="Wish")

    def test_needs_the_right_where_somebody_goes(self) -> None:
        with acting(TELLER, "story.grant"):
            grant(self.ben, "hr_importer", self.khh1)
        with self.assertRaisesMessage(PermissionDenied, "Penang Assembly 1"):
            transfer(self.eva, by=self.ben, to=self.pen1, on=TODAY, reason="Wish")


class Leaving(Organization, TestCase):
    def test_counts_the_last_day_and_not_the_next(self) -> None:
        end_employment(self.eva, by=self.ada, on=date(2025, 10, 31), reason="Retired")

        self.assertEqual([heads(self.khh1, date(2025, 10, 31)), heads(self.khh1, date(2025, 11, 1))], [2, 1])

    def test_happens_once(self) -> None:
        end_employment(self.eva, by=self.ada, on=date(2025, 10, 31), reason="Retired")
        with self.assertRaises(Refused):
            end_employment(self.eva, by=self.ada, on=date(2025, 11, 1), reason="Again")


class CountingHeads(Organization, TestCase):
    def people(self, at: Unit, year: int = 2025) -> int | None:
        """The figure of people employed."""
        return read("organization.people", Scope.of_year(year))[at.pk].numerator

    def test_counts_employees_and_neither_externals_nor_machines(self) -> None:
        with acting(TELLER, "story.person"):
            person("M0000001", "Scanner", self.khh2, kind=Person.Kind.MACHINE)

        self.assertEqual((self.people(self.group), self.people(self.khh2)), (4, 0))
        numbers = records_of("organization.people", self.khh1, Scope.of_year(2025)).values_list(
            "number", flat=True
        )
        self.assertEqual(set(numbers), {"A0000002", "A0000005"})

    def test_takes_a_headcount_where_nobody_is_recorded(self) -> None:
        count_heads(self.pen1, by=self.ada, people=5_600, since=date(2025, 1, 1))

        self.assertEqual((self.people(self.pen1), self.people(self.group)), (5_600, 5_604))
        self.assertEqual((self.people(self.pen1, 2024), self.people(self.group, 2024)), (0, 4))

    def test_takes_the_headcount_of_the_day(self) -> None:
        count_heads(self.pen1, by=self.ada, people=5_000, since=date(2024, 1, 1))
        count_heads(self.pen1, by=self.ada, people=5_600, since=date(2025, 3, 1))

        found = [heads(self.pen1, day) for day in (date(2023, 12, 31), date(2025, 2, 28), date(2025, 3, 1))]
        self.assertEqual(found, [0, 5_000, 5_600])

    def test_prefers_people_recorded_below(self) -> None:
        count_heads(self.pen1, by=self.ada, people=5_600, since=date(2025, 1, 1))
        with acting(TELLER, "story.unit"):
            line = unit("PEN1-PRD", "Production", "unit", self.pen1)
            person("A0000009", "Mei Lee", line)

        self.assertEqual(self.people(self.pen1), 1)

    def test_counts_the_lower_of_two_headcounts(self) -> None:
        count_heads(self.mse, by=self.ada, people=6_000, since=date(2025, 1, 1))
        count_heads(self.pen1, by=self.ada, people=5_600, since=date(2025, 1, 1))

        self.assertEqual(self.people(self.mse), 5_600)

    def test_is_refused_where_people_are_recorded(self) -> None:
        with self.assertRaisesMessage(Refused, "recorded one by one"):
            count_heads(self.khh1, by=self.ada, people=14_600, since=date(2025, 1, 1))


class Facts(Organization, TestCase):
    def test_tell_what_the_group_consists_of(self) -> None:
        self.assertEqual(facts(self.group, TODAY), "2 companies, 3 sites in 2 countries, 4 people")

    def test_tell_what_a_company_and_a_site_consist_of(self) -> None:
        self.assertEqual(facts(self.mse, TODAY), "1 site in 1 country, 0 people")
        self.assertEqual(facts(self.khh1, TODAY), "2 people")
