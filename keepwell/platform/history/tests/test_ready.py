"""A query that was compiled once answers as Django's own does, whatever it is asked about and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F
from django.test import TestCase

from keepwell.kernel import moments
from keepwell.platform.history.ready import Ready, ReadyChange, by_key
from keepwell.platform.people.models import Grant, Handed, Person
from tests.cast import Cast


def grants_of(person: UUID) -> Any:
    return (
        Grant.objects.in_force()
        .filter(person=person)
        .order_by("role", "pk")
        .values_list("pk", "since", "unit__kind")
    )


class AReadyQuery(Cast, TestCase):
    def test_answers_as_the_query_itself_does(self) -> None:
        ready = Ready(grants_of, UUID)
        for at in (datetime(2017, 6, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC)):
            with moments.standing_at(at):
                for who in (self.ada, self.ben, self.dan, self.sam):
                    self.assertEqual(ready.rows(who.pk), list(grants_of(who.pk)))

    def test_has_a_place_for_what_it_is_given(self) -> None:
        with self.assertRaises(RuntimeError):
            Ready(lambda _about: Person.objects.values_list("number"), UUID).rows(self.ada.pk)

    def test_knows_what_day_it_is(self) -> None:
        ready = Ready(lambda who: Grant.objects.filter(person=who, since__lt=moments.today()), UUID)
        for year, held in ((2017, 0), (2025, 1)):
            with moments.standing_at(datetime(year, 6, 1, tzinfo=UTC)):
                self.assertEqual(len(ready.records(self.ben.pk)), held)

    def test_keeps_no_moment_that_was_reckoned_when_it_was_made(self) -> None:
        for days in (-90, 3_650):
            other = Ready(
                lambda who, by=timedelta(days): Grant.objects.filter(
                    person=who, since__lt=moments.now() + by
                ),
                UUID,
            )
            with self.subTest(days), self.assertRaisesMessage(RuntimeError, "give it what was reckoned"):
                other.records(self.ada.pk)

    def test_brings_records_with_what_they_belong_to(self) -> None:
        ready = Ready(
            lambda unit, number: Person.objects.filter(unit=unit, number=number).select_related(
                "unit__parent"
            ),
            UUID,
            str,
        )
        found = ready.record(self.khh1.pk, self.eva.number)
        with self.assertNumQueries(0):
            self.assertEqual((found, found.unit, found.unit.parent), (self.eva, self.khh1, self.mat))
        self.assertIsNone(ready.record(self.khh2.pk, self.eva.number))


class AReadyChange(Cast, TestCase):
    def setUp(self) -> None:
        began = datetime(2025, 3, 1, 8, tzinfo=UTC)
        for who, rows in ((self.ada, 3), (self.ben, 5)):
            Handed.objects.create(person=who, door=Handed.Door.SESSION, register="people", rows=rows, began_at=began,
                                  touched_at=began)  # fmt: skip
        self.more = ReadyChange(
            lambda who, began, _more: Handed.objects.filter(person=who, began_at=began),
            lambda _who, _began, more: {"rows": F("rows") + more},
            UUID,
            datetime,
            int,
        )

    def test_changes_the_rows_it_is_about_and_says_how_many(self) -> None:
        began = datetime(2025, 3, 1, 8, tzinfo=UTC)
        for more, changed, left in ((4, 1, 7), (10, 1, 17)):
            with self.subTest(more), self.assertNumQueries(1):
                self.assertEqual(self.more.apply(self.ada.pk, began, more), changed)
            self.assertEqual(Handed.objects.get(person=self.ada).rows, left)
        self.assertEqual(self.more.apply(self.ada.pk, began + timedelta(seconds=1), 1), 0)
        self.assertEqual(Handed.objects.get(person=self.ben).rows, 5)

    def test_asks_about_numbers_of_any_column(self) -> None:
        """PostgreSQL's have a largest one, and what is beyond it stands nowhere."""
        after = ReadyChange(
            lambda key, rows: Handed.objects.filter(pk=key, rows=rows),
            lambda _key, _rows: {"rows": 0},
            int,
            int,
        )
        one = Handed.objects.get(person=self.ben)
        self.assertEqual([after.apply(one.pk, rows) for rows in (4, 5, 5)], [0, 1, 0])

    def test_is_refused_of_rows_that_keep_a_history(self) -> None:
        escaping = ReadyChange(
            lambda who: Person.objects.filter(pk=who), lambda _who: {"name": "Nobody"}, UUID
        )
        with self.assertRaisesMessage(TypeError, "escape the history"):
            escaping.apply(self.ada.pk)


class ByKey(Cast, TestCase):
    def test_finds_one_several_and_many_in_one_query(self) -> None:
        for people in (
            [self.ada],
            [self.ada, self.ben, self.eva],
            [self.ada, self.ben, self.cleo, self.dan, self.sam],
        ):
            by_key(Person, [self.ada.pk])
            with self.subTest(len(people)), self.assertNumQueries(1):
                self.assertEqual(by_key(Person, [one.pk for one in people]), {one.pk: one for one in people})

    def test_finds_nothing_for_nobody_and_for_keys_that_are_none(self) -> None:
        self.assertEqual(by_key(Person, []), {})
        self.assertEqual(by_key(Person, [UUID(int=5)]), {})
