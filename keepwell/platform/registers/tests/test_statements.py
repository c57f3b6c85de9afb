"""Kept statements: the same rows at less cost, and never anybody else's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.people.permissions import asked_once, reading_once
from keepwell.platform.records.models import visible_to
from keepwell.platform.registers import statements
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER, Cast, grant


class Kept(Cast, TestCase):
    """What is asked again and again."""

    def setUp(self) -> None:
        statements._kept.clear()
        self.made = 0

    def units(self, person: Person) -> list[Unit]:
        def make() -> QuerySet[Any]:
            self.made += 1
            return visible_to(Unit.objects.all(), person).order_by("code")

        return statements.found("units", person, make)

    def test_is_made_once_and_read_each_time(self) -> None:
        before = self.units(self.ben)
        with acting(TELLER, "house.rename"):
            self.khh1.name = "Renamed"
            self.khh1.save()
        after = self.units(self.ben)
        self.assertEqual(self.made, 1)
        self.assertEqual([one.pk for one in before], [one.pk for one in after])
        self.assertIn("Renamed", [one.name for one in after])

    def test_costs_one_statement_beside_the_rights(self) -> None:
        self.units(self.ben)
        with reading_once(), CaptureQueriesContext(connection) as asked:
            self.units(self.ben)
        self.assertEqual(len(asked), 2)

    def test_shows_nothing_more_once_a_right_has_ended(self) -> None:
        self.assertTrue(self.units(self.ben))
        with acting(TELLER, "house.end"):
            for one in Grant.objects.filter(person=self.ben):
                one.until = moments.today() - timedelta(days=1)
                one.save()
        self.assertEqual(self.units(self.ben), [])

    def test_shows_what_a_right_just_given_opens(self) -> None:
        before = len(self.units(self.ben))
        with acting(TELLER, "house.grant"):
            grant(self.ben, "site_officer", self.pen1)
        self.assertGreater(len(self.units(self.ben)), before)

    def test_is_nobody_elses(self) -> None:
        self.units(self.ben)
        self.assertEqual(self.units(self.sam), [])
        self.assertGreater(len(self.units(self.ada)), len(self.units(self.ben)))


class NeverKept(Cast, TestCase):
    """What follows from more than the key says."""

    def setUp(self) -> None:
        statements._kept.clear()

    def asked_twice(self, make: Callable[[], QuerySet[Any]]) -> tuple[list[Any], list[Any]]:
        with reading_once():
            return statements.found("some", self.ada, make), statements.found("some", self.ada, make)

    def test_is_what_asks_the_database_while_it_is_made(self) -> None:
        codes = iter([self.khh1.code, self.pen1.code])

        def make() -> QuerySet[Any]:
            Unit.objects.count()
            return Unit.objects.filter(code=next(codes))

        first, second = self.asked_twice(make)
        self.assertEqual(([self.khh1], [self.pen1]), (first, second))

    def test_is_what_was_asked_in_the_same_request_before(self) -> None:
        with reading_once():
            which = lambda: asked_once("which", lambda: Unit.objects.get(pk=self.khh1.pk).pk)  # noqa: E731
            which()
            statements.found("named", self.ada, lambda: Unit.objects.filter(pk=which()))
        self.assertEqual(list(statements._kept.values()), [None])

    def test_is_what_names_a_moment(self) -> None:
        make = lambda: Person.objects.filter(retired_at__lt=moments.now())  # noqa: E731
        statements.found("moment", self.ada, make)
        self.assertEqual(list(statements._kept.values()), [None])

    def test_is_what_an_earlier_quarter_of_an_hour_was_asked(self) -> None:
        days: list[Any] = []

        def make() -> QuerySet[Any]:
            days.append(moments.today())
            return Unit.objects.filter(active_from__lte=moments.today())

        with moments.standing_at(datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)):
            statements.found("day", self.ada, make)
        with moments.standing_at(datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC)):
            statements.found("day", self.ada, make)
        self.assertEqual(len(set(days)), 2)

    def test_is_what_nothing_can_answer(self) -> None:
        self.assertEqual(statements.found("none", self.ada, Unit.objects.none), [])
        self.assertEqual(len(statements._kept), 0)

    def test_is_more_than_some_hundred(self) -> None:
        for number in range(statements.MOST_KEPT + 3):
            statements.found(number, self.ada, Unit.objects.all)
        self.assertEqual(len(statements._kept), statements.MOST_KEPT)


class Told(Cast, TestCase):
    """What is said of rows."""

    def setUp(self) -> None:
        statements._kept.clear()
        statements._told.clear()
        self.said = 0

    def names(self, person: Person) -> list[str]:
        def tell(rows: list[Any]) -> list[str]:
            self.said += 1
            return [str(row) for row in rows]

        return statements.told("names", person, lambda: visible_to(Unit.objects.all(), person), tell)

    def test_is_said_once_of_the_same_rows(self) -> None:
        self.assertEqual(self.names(self.ada), self.names(self.ada))
        self.assertEqual(self.said, 1)

    def test_is_said_anew_of_a_row_that_changed(self) -> None:
        self.names(self.ada)
        with acting(TELLER, "house.rename"):
            self.khh1.name = "Renamed"
            self.khh1.save()
        self.assertIn("Renamed", self.names(self.ada))

    def test_is_said_in_the_readers_language(self) -> None:
        with acting(TELLER, "house.rename"):
            self.khh1.name_zh = "高雄一廠"
            self.khh1.save()
        self.names(self.ada)
        with override("zh-hant"):
            self.assertIn("高雄一廠", self.names(self.ada))

    def test_is_never_kept_where_it_asks_the_database(self) -> None:
        def tell(rows: list[Any]) -> list[int]:
            return [Person.objects.filter(unit=row).count() for row in rows]

        statements.told("people", self.ada, lambda: Unit.objects.order_by("code"), tell)
        self.assertEqual(len(statements._told), 0)

    def test_is_nothing_for_who_sees_nothing(self) -> None:
        self.names(self.ada)
        self.assertEqual(self.names(self.sam), [])
