"""A list tells how many rows it has: to the last up to a limit, beyond it that there are more."""

from __future__ import annotations

from unittest import mock

from django.core.cache import cache
from django.http import QueryDict
from django.test import TestCase

from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.registers import counting, listing
from keepwell.platform.registers.listing import Wish, find
from keepwell.platform.registers.register import REGISTERS
from tests.cast import TELLER, Cast, person


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
