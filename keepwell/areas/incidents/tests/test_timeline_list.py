"""The list of all entries in the order of who wrote them: one index gives it, also to who sees a part."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.areas.incidents.models import TimelineEntry
from keepwell.areas.incidents.rules import timeline
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.platform.records.models import visible_to
from keepwell.platform.registers import pager
from keepwell.platform.registers.listing import Wish, find
from keepwell.platform.registers.register import REGISTERS

WINDOW = 8


class ByPerson(Reported, TestCase):
    """At KHH1 Ben and Ada write in turn, at Penang Ada alone, which Ben does not see."""

    def scene(self) -> None:
        super().scene()
        elsewhere = self.report("Mail that asks for a password", self.pen1, kind="phishing")
        for number in range(12):
            by = (self.ada, self.ben)[number % 2]
            timeline.enter(self.incident, by=by, says=f"Line {number} stands.")
            timeline.enter(elsewhere, by=self.ada, says=f"Mail {number} was opened.")

    def walked(self, query: str, window: int) -> list[Any]:
        """Every entry that Ben sees, page by page."""
        register, seen, cursor = REGISTERS["timeline-entries"], list[Any](), ""
        with patch.object(pager, "WINDOW", window):
            while True:
                found = find(
                    register, self.ben, Wish.parse(register, QueryDict(f"{query}&size=5&after={cursor}"))
                )
                seen += found.rows
                if not (cursor := found.later_cursor):
                    return [(row.person.number if row.person else None, row.pk) for row in seen]

    def test_shows_the_same_however_thin_a_part_lies(self) -> None:
        told = visible_to(TimelineEntry.objects.all(), self.ben).values_list("person__number", "pk")
        written = [row for row in told if row[0]]
        self.assertEqual(len(written), 12)
        for window in (1, 3, WINDOW, 1_000):
            with self.subTest(window=window):
                self.assertEqual(self.walked("sort=person", window)[:12], sorted(written))
                backwards = [row for row in self.walked("sort=-person", window) if row[0]]
                self.assertEqual(backwards, sorted(written, reverse=True))

    @pytest.mark.sqlite  # PostgreSQL takes an index where a table is large
    def test_is_read_along_an_index_without_sorting_all(self) -> None:
        with patch.object(pager, "WINDOW", WINDOW), CaptureQueriesContext(connection) as caught:
            self.walked("sort=person", WINDOW)
        near = next(
            str(one["sql"]) for one in caught.captured_queries if f"LIMIT {WINDOW})" in str(one["sql"])
        )
        inner = near[near.rindex("(SELECT", 0, near.index(f"LIMIT {WINDOW})")) + 1 :].partition(
            f"LIMIT {WINDOW})"
        )[0]
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {inner} LIMIT {WINDOW}")
            plan = " ".join(str(row[-1]) for row in cursor.fetchall())
        self.assertIn("timeline_by_person", plan)
        self.assertNotIn("TEMP B-TREE", plan)
