"""Where somebody was employed on which day, told by the edges."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.test import TestCase

from keepwell.platform.history import bulk
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person, Posting
from tests.cast import START, TELLER, Cast

Place = tuple[str, str, str | None]


class Employment(Cast):
    def change(self, **facts: Any) -> None:
        """Eva's row says something else now."""
        eva = Person.objects.get(pk=self.eva.pk)
        for name, value in facts.items():
            setattr(eva, name, value)
        with acting(TELLER, "person.edit"):
            self.write(eva)

    def write(self, who: Person) -> None:
        who.save()

    def places(self) -> list[Place]:
        """Eva's postings: unit, first day, last day."""
        found = (
            Posting.objects.filter(person=self.eva)
            .order_by("since")
            .values_list("unit__code", "since", "until")
        )
        return [(code, str(since), str(until) if until else None) for code, since, until in found]

    def employed(self, day: str) -> bool:
        """Whether Eva counts as employed on `day`."""
        return Person.objects.employed(date.fromisoformat(day)).filter(pk=self.eva.pk).exists()


class Postings(Employment, TestCase):
    def test_begin_with_employment(self) -> None:
        self.assertEqual(self.places(), [("KHH1", str(START), None)])
        self.assertEqual([self.employed("2017-12-31"), self.employed("2018-01-01")], [False, True])

    def test_of_a_mover_meet_at_the_day_of_the_move(self) -> None:
        self.change(unit=self.khh2, unit_since=date(2024, 3, 1))
        self.assertEqual(self.places(), [("KHH1", "2018-01-01", "2024-02-29"), ("KHH2", "2024-03-01", None)])

    def test_of_a_leaver_hold_up_to_and_with_the_last_day(self) -> None:
        self.change(employed_until=date(2024, 6, 30))
        self.assertEqual(self.places(), [("KHH1", "2018-01-01", "2024-06-30")])
        self.assertEqual([self.employed("2024-06-30"), self.employed("2024-07-01")], [True, False])

    def test_of_somebody_who_comes_back_keep_the_gap(self) -> None:
        self.change(employed_until=date(2022, 6, 30))
        self.change(
            unit=self.khh2, employed_from=date(2024, 1, 15), unit_since=date(2024, 1, 15), employed_until=None
        )
        self.assertEqual(self.places(), [("KHH1", "2018-01-01", "2022-06-30"), ("KHH2", "2024-01-15", None)])
        self.assertEqual([self.employed(day) for day in ("2022-06-30", "2022-07-01", "2024-01-14", "2024-01-15")],
                         [True, False, False, True])  # fmt: skip

    def test_follow_a_move_that_is_put_right(self) -> None:
        self.change(unit=self.khh2, unit_since=date(2024, 3, 1))
        self.change(unit_since=date(2024, 2, 1))
        self.assertEqual(self.places(), [("KHH1", "2018-01-01", "2024-01-31"), ("KHH2", "2024-02-01", None)])

    def test_follow_a_leaver_who_stayed(self) -> None:
        self.change(employed_until=date(2024, 6, 30))
        self.change(employed_until=None)
        self.assertEqual(self.places(), [("KHH1", "2018-01-01", None)])

    def test_do_not_change_with_a_name(self) -> None:
        before = self.places()
        self.change(name="Eva Wu")
        self.assertEqual(self.places(), before)

    def test_of_the_external_do_not_count_as_employment(self) -> None:
        self.assertFalse(Person.objects.employed(date(2024, 1, 1)).filter(pk=self.dan.pk).exists())


class PostingsInBulk(Postings):
    """The same stories, written as files of thousands of rows are."""

    def write(self, who: Person) -> None:
        bulk.update_all([who])
        Person.settle([], [who])
