"""PostgreSQL ends a statement that takes too long (57014) or finds no room (53100): who asked is told in a sentence,
nothing is half written, and the same works once the cause is gone."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import connection
from django.http import HttpResponse
from django.test import TransactionTestCase

from conftest import postgresql_of_tests
from keepwell.platform.history.models import Change
from tests import clusters, disks
from tests.cast import Cast

COURSE = {"code": "C-1", "name": "Course 1", "minutes": 5, "active_from": "2019-01-01"}
SMALL = f"keepwell_small_{os.getpid()}"


@pytest.mark.postgresql
class Ended(Cast, TransactionTestCase):
    """Mix-in: Ada saves a course by API and by its form, on a server that does not let her."""

    def setUp(self) -> None:
        type(self).setUpTestData()
        self.client.raise_request_exception = False
        self.sign_in(self.ada)
        self.client.get("/courses/")

    def by_api(self, code: str = "C-1") -> HttpResponse:
        told = COURSE | {"code": code}
        answer: HttpResponse = self.client.post("/api/courses", told, content_type="application/json")
        return answer

    def by_form(self) -> HttpResponse:
        answer: HttpResponse = self.client.post("/courses/new/", COURSE | {"unit": "MERIDIAN"})
        return answer

    def written(self) -> tuple[int, int]:
        """How many courses there are, and how many changes tell of one."""
        courses = apps.get_model("awareness", "Course").objects.count()
        return courses, Change.objects.filter(record_type="awareness.course").count()

    @contextmanager
    def beside(self, *, autocommit: bool = True) -> Iterator[psycopg.Connection[Any]]:
        """A connection of somebody else to the same database."""
        with psycopg.connect(postgresql_of_tests(), autocommit=autocommit) as other:
            yield other


class TooSlow(Ended):
    @contextmanager
    def held_up(self) -> Iterator[None]:
        """Somebody holds the courses for longer than a statement may take."""
        with self.beside(autocommit=False) as other, connection.cursor() as cursor:
            other.execute("LOCK TABLE awareness_course IN ACCESS EXCLUSIVE MODE")
            cursor.execute("SET statement_timeout = '300ms'")
            try:
                yield
            finally:
                cursor.execute("RESET statement_timeout")
                other.rollback()

    def test_is_told_on_pages_and_to_programs(self) -> None:
        with self.held_up():
            answers = [self.by_api(), self.by_form(), self.client.get("/courses/")]
            self.client.cookies["keepwell-language"] = "zh-hant"
            chinese = self.client.get("/courses/")
        for answer in (*answers, chinese):
            self.assertEqual((answer.status_code, answer["Retry-After"]), (503, "5"))
        for answer in answers:
            self.assertIn("This took too long and was ended. Nothing was saved", answer.content.decode())
        self.assertEqual(answers[0]["Content-Type"], "application/problem+json")
        self.assertIn("處理時間過長，已中止", chinese.content.decode())

    def test_leaves_nothing_behind_and_goes_once_it_is_over(self) -> None:
        with self.held_up():
            self.assertEqual(self.by_api().status_code, 503)
        self.assertEqual(self.written(), (0, 0))
        self.assertEqual(self.by_api().status_code, 201)
        self.assertEqual(self.written(), (1, 1))


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make a small disk")
class NoRoom(Ended):
    @contextmanager
    def without_room(self, table: str) -> Iterator[None]:
        """`table` lies on a disk that is full."""
        with (
            tempfile.TemporaryDirectory(prefix="keepwell-small-") as place,
            disks.small(Path(place), 1) as folder,
            self.beside() as other,
        ):
            shutil.chown(folder, clusters.USER)
            other.execute(f"CREATE TABLESPACE {SMALL} LOCATION '{folder}'".encode())
            other.execute(f"ALTER TABLE {table} SET TABLESPACE {SMALL}".encode())
            try:
                with disks.full(folder):
                    yield
            finally:
                other.execute(f"ALTER TABLE {table} SET TABLESPACE pg_default".encode())
                other.execute("CHECKPOINT")
                other.execute(f"DROP TABLESPACE {SMALL}".encode())

    def test_for_the_record_is_told_and_reading_goes_on(self) -> None:
        with self.without_room("awareness_course"):
            refused = [self.by_api(), self.by_form()]
            self.assertEqual(self.client.get("/courses/").status_code, 200)
            self.assertEqual(self.written(), (0, 0))
        for answer in refused:
            self.assertEqual((answer.status_code, answer.has_header("Retry-After")), (507, False))
            self.assertIn("The disk is full. Reading goes on", answer.content.decode())
        self.assertEqual(refused[0]["Content-Type"], "application/problem+json")
        self.assertEqual((self.by_api().status_code, self.written()), (201, (1, 1)))

    def test_for_its_row_of_the_trail_takes_the_record_back_too(self) -> None:
        with self.without_room("history_change"):
            answers = [self.by_api()]
            while answers[-1].status_code == 201 and len(answers) < 200:
                answers.append(self.by_api(f"C-{len(answers) + 1}"))
            self.assertEqual(answers[-1].status_code, 507, answers[-1].content)
            self.assertEqual(self.written(), (len(answers) - 1, len(answers) - 1))
