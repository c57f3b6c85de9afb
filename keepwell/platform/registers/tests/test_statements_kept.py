"""What a process keeps of lists and forms holds no record and no word of who asked for them, once they are answered."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from functools import partial
from types import FunctionType, ModuleType
from typing import Any
from unittest.mock import patch
from uuid import UUID
from weakref import ref

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models import Prefetch
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.test import TestCase
from django.utils.functional import Promise

from keepwell.platform.people.models import Grant, Person
from keepwell.platform.records.models import visible_to
from keepwell.platform.registers import statements
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.tree.models import Unit
from tests.cast import Cast

OF_THE_PROCESS = (
    type,
    ModuleType,
    models.Field,
    ForeignObjectRel,
    BaseDatabaseWrapper,
    BaseDatabaseOperations,
    Promise,
)
"""What is there once for all: what hangs on it (registries, connections) is kept by the process whatever is asked."""


def reached(roots: list[Any]) -> Iterator[Any]:
    """Everything that is kept alive by `roots`, but what code itself holds, and what is there once for all."""
    known, left = set(map(id, roots)), list(roots)
    while left:
        one = left.pop()
        yield one
        more = [one.__closure__, one.__defaults__] if isinstance(one, FunctionType) else gc.get_referents(one)
        for next_one in more:
            if id(next_one) not in known and not isinstance(next_one, OF_THE_PROCESS):
                known.add(id(next_one))
                left.append(next_one)


class WhatIsKept(Cast, TestCase):
    def setUp(self) -> None:
        statements.forget()
        self.addCleanup(statements.forget)
        self.sign_in(self.ada)

    def kept(self) -> list[Any]:
        gc.collect()
        return [*reached([*statements._kept.items(), *statements._told.items()])]

    def open_all(self) -> None:
        """Every list, and every form of a new record."""
        for slug in REGISTERS:
            self.client.get(f"/{slug}/")
            self.client.get(f"/{slug}/new/")
        self.assertGreater(len(statements._kept), 40)
        self.assertGreater(len(statements._told), 3)

    def test_holds_no_record(self) -> None:
        self.open_all()
        self.assertEqual(self.records(), [])

    def records(self) -> list[models.Model]:
        """The records of this test that are kept; whatever another one left in the process is none of them."""
        found = [one for one in self.kept() if isinstance(one, models.Model) and isinstance(one.pk, UUID)]
        return [one for one in found if type(one)._base_manager.filter(pk=one.pk).exists()]

    def test_would_be_seen_to_hold_one(self) -> None:
        for told in (
            self.ada,
            (self.ada, "list"),
            {"asked": [self.ada]},
            partial(str, self.ada),
            lambda: self.ada,
        ):
            with self.subTest(type(told).__name__), patch.dict(statements._kept, {("planted",): told}):
                self.assertIn(self.ada, self.records())

    def test_has_no_word_of_who_asked_in_its_keys(self) -> None:
        self.open_all()
        keys = [*reached([*statements._kept, *statements._told])]
        texts = " ".join(one for one in keys if isinstance(one, str))
        for word in (self.ada.name, self.ada.number, self.ada.mail, self.ada.name_local):
            self.assertNotIn(word, texts)

    def test_lets_go_of_who_asked_and_of_what_was_found(self) -> None:
        self.assert_gone(self.asked)

    def test_lets_go_of_the_first_record_that_further_ones_are_fetched_for(self) -> None:
        self.assert_gone(self.fetched)

    def assert_gone(self, asked: Callable[[], list[ref[Person]]]) -> None:
        held = asked()
        self.assertGreater(len(held), 5)
        gc.collect()
        self.assertEqual([one() for one in held if one() is not None], [])

    def asked(self) -> list[ref[Person]]:
        """Whoever asked, and all that they found."""
        asking = Person.objects.get(pk=self.ada.pk)
        rows = statements.found("people", asking, lambda: visible_to(Person.objects.all(), asking))
        statements.told("units", asking, lambda: visible_to(Unit.objects.all(), asking), len)
        return [ref(one) for one in (asking, *rows)]

    def fetched(self) -> list[ref[Person]]:
        """People, with the grants that were fetched for them."""
        grants = Prefetch("grants", queryset=Grant.objects.select_related("unit"))
        rows = statements.found("held", self.ada, lambda: Person.objects.prefetch_related(grants))
        self.assertEqual(rows[0].grants.all()[0].person, rows[0])
        return [ref(one) for one in rows]
