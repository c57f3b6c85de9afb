"""A record made of a row at once is what Django makes of it, for whatever model of the house."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.apps import apps
from django.db import models
from django.db.models.signals import post_init
from django.test import TestCase

from keepwell.platform.history.models import Tracked
from keepwell.platform.history.rows import is_made_at_once, is_plain, record_of
from keepwell.platform.people.models import Person
from tests.cast import Cast

TRACKED: list[Any] = [model for model in apps.get_models() if issubclass(model, Tracked)]
NAMES = ("id", "name", "unit_id")


class ARecord(Cast, TestCase):
    def test_is_the_same_as_one_that_django_makes(self) -> None:
        """Of each model; its values are other ones each, and one is nothing."""
        self.assertGreater(len(TRACKED), 60)
        for model in filter(is_plain, TRACKED):
            names = [field.attname for field in model._meta.concrete_fields]
            for some in (names, names[::2]):
                values = [None if number == 3 else f"value {number}" for number in range(len(some))]
                with self.subTest(model.__name__, columns=len(some)):
                    made = record_of(model, "default", some, values)
                    django = models.Model.from_db.__func__(model, "default", some, values)  # type: ignore[attr-defined]
                    self.assertEqual(facts(made), facts(django))
                    self.assertEqual(made.get_deferred_fields(), django.get_deferred_fields())

    def test_is_made_so_of_every_model(self) -> None:
        left = [model.__name__ for model in TRACKED if not is_plain(model)]
        self.assertEqual(left, [])

    def test_of_few_columns_asks_for_the_others_when_they_are_wanted(self) -> None:
        found = Person.objects.only(*NAMES).get(pk=self.eva.pk)
        with self.assertNumQueries(1):
            self.assertEqual(found.number, self.eva.number)

    def test_is_left_to_django_where_somebody_wants_to_know_of_it(self) -> None:
        heard: list[Any] = []
        with listening(lambda sender, instance, **_more: heard.append(instance)):
            self.assertFalse(is_made_at_once(Person))
            found = Person.objects.get(pk=self.eva.pk)
        self.assertTrue(any(one is found for one in heard))
        self.assertTrue(is_made_at_once(Person))

    def test_belongs_to_what_was_set_after_it_was_read(self) -> None:
        found = Person.objects.select_related("unit").get(pk=self.eva.pk)
        found.unit = self.khh2
        self.assertEqual(found.unit_id, self.khh2.pk)
        found.unit_id = self.khh1.pk
        self.assertEqual(found.unit, self.khh1)

    def test_that_takes_values_in_its_own_way_is_left_to_django(self) -> None:
        is_plain.cache_clear()
        self.addCleanup(is_plain.cache_clear)
        with mock.patch.object(Person, "__init__", lambda one, *given: models.Model.__init__(one, *given)):
            self.assertFalse(is_plain(Person))


def facts(record: Any) -> dict[str, Any]:
    """All that a record holds, its state by what that holds."""
    held = dict(record.__dict__)
    state = held.pop("_state")
    return held | {"state": (state.db, state.adding, state.fields_cache)}


@contextmanager
def listening(hear: Any) -> Iterator[None]:
    """`hear` is told of each record that is made."""
    post_init.connect(hear, sender=Person)
    try:
        yield
    finally:
        post_init.disconnect(hear, sender=Person)
