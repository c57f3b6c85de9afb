"""Whatever a list holds: read from a replica it asks that replica for nobody's rights, and shows the same rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections
from django.http import QueryDict
from django.test import TestCase

from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import reading_once
from keepwell.platform.registers import listing
from keepwell.platform.registers.listing import Wish, matching
from keepwell.platform.registers.register import REGISTERS, Register
from keepwell.platform.replicas import routing
from tests.cast import Cast
from tests.house import made, samples

RIGHTS = re.compile(r'"(people_(grant|account|token|budget)|tree_ancestry|identity_\w+)"')
MIRROR = "mirror"


class Heard:
    """Remembers the statements that pass."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        self.statements.append(sql)
        return execute(sql, *rest)


@contextmanager
def read_from_a_mirror() -> Iterator[Heard]:
    """Inside, lists are read by another name of the same database; yields what was asked under it."""
    mirror, heard = connection.copy(alias=MIRROR), Heard()
    for name in ("connection", "autocommit", "in_atomic_block", "savepoint_ids", "needs_rollback"):
        setattr(mirror, name, getattr(connection, name))
    connections.settings[MIRROR] = connections.settings["default"]
    connections[MIRROR] = mirror
    token = routing._side.set(MIRROR)
    try:
        with mirror.execute_wrapper(heard):
            yield heard
    finally:
        routing._side.reset(token)
        mirror.connection = None
        del connections[MIRROR]
        del connections.settings[MIRROR]


class AListReadFromAReplica(Cast, TestCase):
    def found(self, register: type[Register], person: Person) -> set[str]:
        """The rows that `person` is shown."""
        with reading_once():
            wish = Wish.parse(register, QueryDict())
            return {str(row.pk) for row in listing.find(register, person, wish).rows}

    def test_asks_it_for_no_rights(self) -> None:
        with self.settings(DATABASE_ROUTERS=["keepwell.platform.replicas.routing.Sides"]):
            for slug in samples():
                made(slug, self.khh1, self.eva)
                for person in (self.ben, self.dan, self.eva):
                    with self.subTest(slug, person=person.name):
                        here = self.found(REGISTERS[slug], person)
                        with read_from_a_mirror() as heard:
                            there = self.found(REGISTERS[slug], person)
                        self.assertEqual(there, here)
                        asked = [one for one in heard.statements if RIGHTS.search(one)]
                        self.assertEqual(asked, [])

    def test_can_be_told_from_one_that_asks_it_for_rights(self) -> None:
        """The control: without what the primary decides, the statement names the grants."""
        with self.settings(DATABASE_ROUTERS=["keepwell.platform.replicas.routing.Sides"]):
            rows = matching(REGISTERS["people"], self.ben, Wish())
            with read_from_a_mirror() as heard:
                list(rows)
        self.assertTrue(any(RIGHTS.search(one) for one in heard.statements))
