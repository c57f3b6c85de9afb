"""What tests leave in the tables of PostgreSQL, and how it is swept up; and what the two databases share."""

from __future__ import annotations

import os
from unittest.mock import patch

import psycopg
import pytest
from django.test import SimpleTestCase, TestCase

from conftest import postgresql_of_tests
from tests import machine


@pytest.mark.postgresql
class Sweeping(TestCase):
    """On a table of its own in the database of the tests, beside the transaction of the test."""

    def setUp(self) -> None:
        self.place = postgresql_of_tests()
        self.ask("CREATE TABLE swept (number integer)")
        self.addCleanup(self.ask, "DROP TABLE swept")

    def test_frees_what_was_rolled_back_and_leaves_no_table_that_looks_empty(self) -> None:
        with psycopg.connect(self.place) as other:
            other.execute("INSERT INTO swept SELECT generate_series(1, 5000)")
            other.rollback()
        self.assertGreater(self.pages(), 0)
        self.assertIn("public.swept", machine.sweep_up(self.place))
        self.assertEqual(self.pages(), 0)

    def test_leaves_what_holds_little(self) -> None:
        self.ask(f"INSERT INTO swept SELECT generate_series(1, {machine.LEFT_BEHIND})")
        self.ask("DELETE FROM swept")
        self.assertNotIn("public.swept", machine.sweep_up(self.place))

    def test_is_left_to_this_run_alone(self) -> None:
        told = self.ask("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
                        " AND NOT coalesce('autovacuum_enabled=false' = ANY(reloptions), false)"
                        " AND relname != 'swept'")  # fmt: skip
        self.assertEqual(told, [(0,)])

    def pages(self) -> int:
        return int(self.ask("SELECT pg_relation_size('swept')")[0][0])

    def ask(self, query: str) -> list[tuple[int, ...]]:
        with psycopg.connect(self.place, autocommit=True) as own:
            cursor = own.execute(query)
            return list(cursor.fetchall()) if cursor.description else []


class Sharing(SimpleTestCase):
    def test_leaves_nothing_out_and_does_nothing_twice(self) -> None:
        halves = [self.shared("", rounds="few"), self.shared("postgresql://", rounds="few")]
        self.assertEqual(sorted(halves[0] + halves[1]), list(range(7)))
        self.assertEqual(halves[0], [0, 2, 4, 6])

    def test_is_over_where_everything_is_done(self) -> None:
        self.assertEqual(self.shared("", rounds="full"), list(range(7)))
        self.assertEqual(self.shared("postgresql://", rounds="full"), list(range(7)))

    def shared(self, place: str, *, rounds: str) -> list[int]:
        with patch.dict(os.environ, {"DATABASE_URL": place, "KEEPWELL_ROUNDS": rounds}):
            return machine.share(range(7))
