"""What a list shows to whom, and what it refuses to be asked."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.db import connection
from django.http import QueryDict
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.platform.exchange.models import Batch, UnmatchedRow
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from keepwell.platform.registers.listing import BadWish, Found, Wish, find
from keepwell.platform.registers.register import REGISTERS
from tests.cast import TELLER, Cast, grant, person, unit


def ask(who: Person, query: str = "", *, slug: str = "units") -> Found:
    register = REGISTERS[slug]
    return find(register, who, Wish.parse(register, QueryDict(query)))


def codes(found: Found) -> list[str]:
    return [row.code for row in found.rows]


class Lists(Cast, TestCase):
    def test_show_nothing_to_sam(self):
        self.assertEqual(ask(self.sam).rows, [])
        self.assertEqual(ask(self.sam).total, 0)

    def test_show_what_lies_where_the_right_is_held(self):
        self.assertEqual(codes(ask(self.ben)), ["KHH1"])
        self.assertEqual(codes(ask(self.dan)), ["KHH2", "PEN1"])
        self.assertEqual(ask(self.ada).total, 6)

    def test_narrow_to_a_unit_and_all_below_it(self):
        self.assertEqual(codes(ask(self.ada, "unit=MAT")), ["KHH1", "KHH2", "MAT"])

    def test_narrow_by_the_structure_of_a_day(self):
        with acting(TELLER, "test.move"):
            self.khh2.parent = self.mse
            self.khh2.save(since=date(2024, 7, 1))
        self.assertEqual(codes(ask(self.ada, "unit=MAT&day=2024-06-30")), ["KHH1", "KHH2", "MAT"])
        self.assertEqual(codes(ask(self.ada, "unit=MAT&day=2024-07-01")), ["KHH1", "MAT"])

    def test_take_several_codes_of_a_choice(self):
        self.assertEqual(codes(ask(self.ada, "kind=company&kind=group")), ["MAT", "MERIDIAN", "MSE"])

    def test_take_both_ends_of_a_range_of_days(self):
        with acting(TELLER, "test.leave"):
            for number, day in (
                ("L1", date(2024, 1, 1)),
                ("L2", date(2024, 1, 31)),
                ("L3", date(2024, 2, 1)),
            ):
                person(number, "Lee", self.khh1, employed_until=day)
        query = "employed_until_from=2024-01-01&employed_until_to=2024-01-31"
        self.assertEqual([p.number for p in ask(self.ada, query, slug="people").rows], ["L1", "L2"])

    def test_take_days_as_they_are_where_the_reader_is(self):
        half_past_midnight = datetime(2025, 11, 13, 16, 30, tzinfo=UTC)  # in Taipei, of the 14th
        with acting(TELLER, "test.bring_in"):
            batch = Batch(register="completions", unit=self.khh1, file_name="lms.csv", sha256="b" * 64, size_bytes=1,
                          state="applied", rows=1, created=0, by=self.ada, at=half_past_midnight)  # fmt: skip
            batch.save()
        UnmatchedRow.objects.create(
            batch=batch, line=2, values={}, reason="No such person.", matched_at=half_past_midnight
        )
        for day, found in (("2025-11-13", 0), ("2025-11-14", 1), ("2025-11-15", 0)):
            query = f"matched_at_from={day}&matched_at_to={day}"
            self.assertEqual(ask(self.ada, query, slug="unmatched-rows").total, found, day)
        always = "matched_at_from=0001-01-01&matched_at_to=9999-12-31"
        self.assertEqual(ask(self.ada, always, slug="unmatched-rows").total, 1)

    def test_find_every_word_somewhere_whatever_its_case(self):
        self.assertEqual(codes(ask(self.ada, "q=kaohsiung 2")), ["KHH2"])
        self.assertEqual(codes(ask(self.ada, "q=高雄")), ["KHH1", "KHH2"])

    def test_take_percent_and_underscore_for_what_they_are(self):
        self.assertEqual(codes(ask(self.ada, "q=%25")), [])
        self.assertEqual(codes(ask(self.ada, "q=K_H")), [])

    def test_hide_the_retired_unless_asked(self):
        with acting(TELLER, "test.retire"):
            self.pen1.retired_at = "2024-01-01T00:00:00Z"
            self.pen1.save()
        self.assertNotIn("PEN1", codes(ask(self.ada)))
        self.assertIn("PEN1", codes(ask(self.ada, "retired=yes")))

    def test_count_again_after_a_change(self):
        self.assertEqual(ask(self.ada, "size=1").count_text, "6")
        with acting(TELLER, "test.enter"):
            unit("KHH3", "Kaohsiung Assembly 3", "site", self.mat)
        self.assertEqual(ask(self.ada, "size=1").count_text, "7")

    def test_follow_a_right_that_was_given_a_moment_ago(self):
        ask(self.sam)
        with acting(TELLER, "test.grant"):
            grant(self.sam, "auditor", self.mat)
        self.assertEqual(codes(ask(self.sam)), ["KHH1", "KHH2", "MAT"])

    def test_cost_the_same_for_one_row_and_for_many(self):
        one = self.queries("people", "size=1&sort=unit")
        self.assertEqual(self.queries("people", "size=5&sort=-unit&retired=yes"), one)
        self.assertLessEqual(self.queries("people", "sort=unit"), one)
        self.assertLessEqual(one, 6)

    def test_keep_the_place_and_the_filters_in_links(self):
        wish = Wish.parse(REGISTERS["units"], QueryDict("kind=site&size=2&after=x"))
        self.assertEqual(wish.query(sort="-code"), "kind=site&size=2&sort=-code")
        self.assertEqual(wish.query(kind=""), "size=2")

    def queries(self, slug: str, query: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            found = ask(self.ada, query, slug=slug)
            [row.unit.name for row in found.rows]
        return len(caught)


class BadWishes(Cast, TestCase):
    def refuse(self, query: str, sentence: str, *, who: Any = None) -> None:
        with self.assertRaisesMessage(BadWish, sentence):
            ask(who or self.ada, query)

    def test_name_the_parameter_that_is_not_there(self):
        self.refuse("password=x", "This list has no parameter “password”; it has ")

    def test_name_the_codes_of_a_choice(self):
        self.refuse("kind=galaxy", "“kind” takes group, company, site, unit; not “galaxy”.")

    def test_refuse_an_order_that_is_not_declared(self):
        self.refuse("sort=parent__grants", "This list cannot be sorted by “parent__grants”")

    def test_refuse_days_that_do_not_exist(self):
        self.refuse("day=2023-02-29", "“2023-02-29” is no day; write it as 2023-12-31.")

    def test_refuse_a_page_without_bounds(self):
        for size in ("0", "201", "-1", "x", "٣", "9" * 5000):
            self.refuse(f"size={size}", "A page holds 1 to 200 rows.")

    def test_refuse_a_unit_that_may_not_be_seen_like_one_that_is_not_there(self):
        self.refuse("unit=PEN1", "No unit is called “PEN1”.", who=self.ben)
        self.refuse("unit=NIX", "No unit is called “NIX”.", who=self.ben)

    def test_refuse_a_character_that_no_text_has(self):
        self.refuse("q=a%00b", "“q” holds a character that no text has.")

    def test_refuse_cursors_that_were_tampered_with_or_come_from_elsewhere(self):
        cursor = ask(self.ada, "size=1").later_cursor
        for bad in (cursor[:-1] + "x", "x" + cursor, "e30", "..", cursor.split(".")[0]):
            self.refuse(f"after={bad}", "This cursor belongs to no page of this list")
        self.refuse(f"sort=kind&after={cursor}", "This cursor belongs to no page of this list")
        with self.assertRaises(BadWish):
            ask(self.ada, f"after={cursor}", slug="people")

    def test_refuse_two_cursors(self):
        self.refuse("after=a&before=b", "A page comes after a row or before one, not both.")

    def test_refuse_the_same_parameter_twice(self):
        self.refuse("sort=code&sort=kind", "“sort” can be given once only.")
