"""Naming any record by kind and id tells nobody more than the record's own page does."""

from __future__ import annotations

from uuid import uuid4

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.platform.people.roles import Level
from keepwell.platform.records.links import address, resolve, resolve_all
from tests.cast import Cast
from tests.house import made, tracked


class NamingARecord(Cast, TestCase):
    def test_finds_what_one_may_see(self) -> None:
        for slug in tracked():
            record = made(slug, self.khh1, self.eva)
            self.assertEqual(resolve(record.type_name(), record.pk, self.ada), record, slug)
            self.assertEqual(resolve(record.type_name(), str(record.pk), self.ada), record, slug)

    def test_finds_nothing_for_a_stranger(self) -> None:
        for slug in tracked():
            record = made(slug, self.khh1, self.eva)
            self.assertIsNone(resolve(record.type_name(), record.pk, self.sam), slug)
            self.assertEqual(resolve_all([(record.type_name(), record.pk)], self.sam), {}, slug)

    def test_asks_for_the_level_wanted(self) -> None:
        course = made("courses", self.khh1, self.eva)
        self.assertEqual(resolve("awareness.course", course.pk, self.ben, Level.EDIT), course)
        self.assertIsNone(resolve("awareness.course", course.pk, self.ben, Level.DECIDE))

    def test_finds_nothing_where_nothing_is(self) -> None:
        for kind in (
            "awareness.course",
            "no.such",
            "nonsense",
            "",
            "history.change",
            "people.account",
            "Awareness.Course",
        ):
            self.assertIsNone(resolve(kind, uuid4(), self.ada), kind)
        self.assertIsNone(resolve("awareness.course", "no id", self.ada))

    def test_finds_many_by_one_query_for_each_kind(self) -> None:
        courses = [made("courses", self.khh1, self.eva, n) for n in range(12)]
        names = [(c.type_name(), c.pk) for c in courses] + [("people.person", self.eva.pk)]
        with CaptureQueriesContext(connection) as few:
            resolve_all([names[0], names[-1]], self.ben)
        with CaptureQueriesContext(connection) as many:
            found = resolve_all([*names, ("no.such", uuid4())], self.ben)
        self.assertEqual(set(found), set(names))
        self.assertEqual(len(many), len(few))

    def test_says_where_its_page_is(self) -> None:
        course = made("courses", self.khh1, self.eva)
        self.assertEqual(address("awareness.course", course.pk), f"/courses/{course.pk}/")
        self.assertEqual(address("tree.unit", self.khh1.pk), f"/units/{self.khh1.pk}/")

    def test_has_no_page_where_there_is_none(self) -> None:
        self.assertEqual(address("assurance.suspension", uuid4()), "")
        self.assertEqual(address("no.such", uuid4()), "")
        self.assertEqual(address("awareness.course", "no id"), "")
