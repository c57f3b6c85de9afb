"""A list tells how many rows it has: to the last up to a limit, beyond it that there are more; as many as are found when
words are looked for at a unit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from unittest import mock
from urllib.parse import urlencode

from django.core.cache import cache
from django.http import QueryDict
from django.test import TestCase

from keepwell.areas.assurance.models import Certificate, Standard
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.registers import counting, listing
from keepwell.platform.registers.listing import Wish, find
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.search import finding, indexing
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER, Cast, person, unit


class Counting(Cast, TestCase):
    def setUp(self) -> None:
        cache.clear()
        for module in (counting, listing):
            self.enterContext(mock.patch.object(module, "COUNTED", 4))

    def told(self, who: Person) -> str:
        """How many people the list tells `who`, of whom it shows one."""
        people = REGISTERS["people"]
        return find(people, who, Wish.parse(people, QueryDict("size=1"))).count_text

    def enter(self, number: str) -> None:
        with acting(TELLER, "test.enter"):
            person(number, "Somebody", self.khh1)

    def test_is_to_the_last_and_anew_after_a_change(self) -> None:
        self.assertEqual(self.told(self.ben), "2")
        self.enter("N1")
        self.assertEqual(self.told(self.ben), "3")

    def test_ends_where_there_are_more(self) -> None:
        self.assertEqual(self.told(self.ada), "more than 4")

    def test_beyond_the_limit_is_not_done_again_until_a_right_changes(self) -> None:
        for number in ("N1", "N2", "N3"):
            self.enter(number)
        self.assertEqual(self.told(self.ben), "more than 4")
        self.enter("N4")
        with mock.patch.object(counting, "_count", side_effect=AssertionError("counted again")):
            self.assertEqual(self.told(self.ben), "more than 4")
        with acting(TELLER, "test.end"):
            for held in Grant.objects.filter(person=self.ben):
                held.until = held.since
                held.save()
        self.assertEqual(self.told(self.ben), "1")


class OfWordsAtAUnit(Cast, TestCase):
    """The index is asked for the entries of a unit alone; what it tells is what all rows, read one by one, tell."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "test.enter"):
            cls.line = unit("KHH1-L", "Old line", "unit", cls.khh1)
            for number, place in enumerate((cls.khh1, cls.line, cls.line, cls.khh2)):
                person(f"Q{number:04}", "Quiet Person", place)
            person("Q0009", "Loud Person", cls.line)
        indexing.follow_up()

    def setUp(self) -> None:
        cache.clear()

    def told(self, slug: str, words: str, at: Unit, day: date | None = None) -> int:
        """How many rows the list tells, of which it shows one; the very ones that are found where it shows all."""
        wish = Wish.parse(REGISTERS[slug], QueryDict(urlencode({"q": words, "size": 1})))
        found = find(REGISTERS[slug], self.ada, replace(wish, unit=at, day=day))
        whole = find(REGISTERS[slug], self.ada, replace(wish, unit=at, day=day, size=200))
        self.assertEqual(found.total, len(whole.rows))
        return found.total

    def test_is_of_all_below_it_and_of_nobody_elsewhere(self) -> None:
        for at, count in ((self.line, 2), (self.khh1, 3), (self.khh2, 1), (self.mat, 4), (self.mse, 0)):
            with self.subTest(at.code):
                self.assertEqual(self.told("people", "quiet", at), count)
                self.assertEqual(self.told("people", "quiet", at, moments.today()), count)

    def test_has_who_waits_to_be_indexed_and_who_moved_meanwhile(self) -> None:
        mover = Person.objects.get(number="Q0003")
        with acting(TELLER, "test.move"):
            mover.unit = self.line
            mover.save()
            person("Q0004", "Quiet Person", self.khh1)
        self.assertEqual(self.told("people", "quiet", self.khh1), 5)
        with mock.patch.object(finding, "FEW", 1):
            cache.clear()
            self.assertEqual(self.told("people", "quiet", self.khh1), 5)

    def test_has_a_unit_as_long_as_it_lies_there(self) -> None:
        """Its move is entered for a day to come, and the index tells of it already."""
        today = moments.today()
        with acting(TELLER, "test.move"):
            self.line.parent = self.mse
            self.line.save(since=today + timedelta(days=30))
        indexing.catch_up()
        indexing.follow_up()
        self.assertEqual(self.told("people", "quiet", self.khh1, today), 3)
        self.assertEqual(self.told("people", "quiet", self.khh1, today + timedelta(days=30)), 1)

    def test_of_a_day_that_is_over_is_by_the_structure_of_then(self) -> None:
        with acting(TELLER, "test.move"):
            self.line.parent = self.mse
            self.line.save(since=date(2025, 1, 1))
        indexing.catch_up()
        indexing.follow_up()
        self.assertEqual(self.told("people", "quiet", self.khh1), 1)
        self.assertEqual(self.told("people", "quiet", self.khh1, date(2024, 12, 31)), 3)

    def test_has_what_reaches_a_unit_from_elsewhere(self) -> None:
        with acting(TELLER, "test.enter"):
            standard = Standard(code="iso-27001", name="ISO/IEC 27001", publisher="ISO/IEC")
            standard.save()
            for number in ("C-1", "C-2"):
                one = Certificate(standard=standard, number=number, body="Assessors", scope="Assembly", unit=self.mse,
                                  issued_on=date(2024, 1, 1), valid_until=date(2027, 1, 1))  # fmt: skip
                one.save(links={"sites": [self.khh1]})
        indexing.follow_up()
        self.assertEqual(self.told("certificates", "assessors", self.khh1), 2)
        self.assertEqual(self.told("certificates", "assessors", self.khh2), 0)
