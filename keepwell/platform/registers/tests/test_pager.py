"""Walking a list there and back shows each row once, in order, whatever is empty or alike."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from keepwell.platform.history.acting import acting
from keepwell.platform.history.bulk import create_all
from keepwell.platform.people.models import Person
from keepwell.platform.records.models import visible_to
from keepwell.platform.registers import pager
from keepwell.platform.registers.listing import Found, Wish, find
from keepwell.platform.registers.register import REGISTERS
from tests.cast import START, TELLER, Cast, person

LEFT = st.one_of(st.none(), st.integers(0, 2).map(lambda n: date(2024, 1, 1) + timedelta(days=n)))


def page(person: Person, query: str, **cursor: str) -> Found:
    register, asked = REGISTERS["people"], QueryDict(query, mutable=True)
    asked.update(cursor)
    return find(register, person, Wish.parse(register, asked))


def forwards(person: Person, query: str) -> tuple[list[Any], Found]:
    """All rows from the first page on, and the last page."""
    found = page(person, query)
    rows = list(found.rows)
    while found.later_cursor:
        found = page(person, query, after=found.later_cursor)
        rows += found.rows
    return rows, found


def backwards(person: Person, query: str, found: Found) -> list[Any]:
    """All rows from `found` back to the first page."""
    rows = list(found.rows)
    while found.earlier_cursor:
        found = page(person, query, before=found.earlier_cursor)
        rows = found.rows + rows
    return rows


def in_order(rows: list[Any], name: str, *, last_first: bool) -> list[Any]:
    """What the list must look like: by value, then by id; the empty last both ways."""
    filled = [r for r in rows if getattr(r, name) is not None]
    empty = [r for r in rows if getattr(r, name) is None]
    filled.sort(key=lambda r: (getattr(r, name), r.pk.hex), reverse=last_first)
    empty.sort(key=lambda r: r.pk.hex, reverse=last_first)
    return filled + empty


class Walking(Cast, TestCase):
    @settings(max_examples=40, deadline=None)
    @given(
        left=st.lists(LEFT, max_size=12),
        size=st.integers(1, 5),
        name=st.sampled_from(["employed_until", "kind", "number"]),
        last_first=st.booleans(),
    )
    def test_shows_each_row_once_in_order_there_and_back(self, left, size, name, last_first):
        people = [
            Person(number=f"P{n:03}", name="Same Name", unit=self.khh2, unit_since=START, employed_from=START,
                   employed_until=day, kind=("employee", "external")[n % 2])
            for n, day in enumerate(left)
        ]  # fmt: skip
        with acting(TELLER, "test.enter"):
            create_all(people)
        expected = in_order(list(Person.objects.all()), name, last_first=last_first)
        query = f"sort={'-' if last_first else ''}{name}&size={size}"
        seen, last = forwards(self.ada, query)
        self.assertEqual(seen, expected)
        self.assertEqual(backwards(self.ada, query, last), expected)
        self.assertEqual(backwards(self.ada, query, page(self.ada, query, before="end")), expected)


class LyingThin(Cast, TestCase):
    """Somebody who may see part of a long list gets the same pages, however thin that part lies."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "story.people"):
            for number in range(40):
                person(f"T{number:07}", "Mei Chen", cls.khh1 if number % 5 == 0 or number > 30 else cls.khh2)

    def numbers(self, window: int) -> list[list[str]]:
        with patch.object(pager, "WINDOW", window):
            rows, last = forwards(self.ben, "sort=number&size=3")
            back = backwards(self.ben, "sort=number&size=3", last)
        return [[row.number for row in rows], [row.number for row in back]]

    def test_changes_no_page(self) -> None:
        seen = sorted(visible_to(Person.objects.all(), self.ben).values_list("number", flat=True))
        for window in (1, 3, 7, 1_000):
            with self.subTest(window=window):
                self.assertEqual(self.numbers(window), [seen, seen])

    def test_asks_for_the_neighbours_before_all_else(self) -> None:
        with patch.object(pager, "WINDOW", 30), CaptureQueriesContext(connection) as asked:
            page(self.ben, "sort=number&size=3")
        (said,) = [one["sql"] for one in asked.captured_queries if "LIMIT 30)" in str(one["sql"])]
        first = "= ANY(ARRAY(SELECT" if connection.vendor == "postgresql" else "IN (SELECT"
        self.assertRegex(said, rf"{re.escape(first)} [^()]* LIMIT 30\)")
