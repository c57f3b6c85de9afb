"""V15.2.2: one person has so much background work unfinished and no more, by pages and by the API."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import TestCase, TransactionTestCase

from keepwell.platform.exchange.models import Batch
from keepwell.platform.jobs.job import TooMuchWork, enqueue
from keepwell.platform.jobs.models import MOST_UNFINISHED, Job
from keepwell.platform.people.models import Person
from tests.cast import Cast

CHART = "/organization/chart/take-out.pdf"
LONG_FILE = b"number,name\n" + b"".join(b"L%06d,Somebody\n" % n for n in range(12_000))
SENTENCE = f"You have {MOST_UNFINISHED} pieces of work waiting or running"


def busy(who: Person, count: int, state: str = Job.State.QUEUED) -> None:
    """`count` jobs of `who`, which stand at `state`."""
    made = [Job(name="registers.bring_in", person_id=who.pk, state=state) for _one in range(count)]
    Job.objects.bulk_create(made)


def long_file() -> SimpleUploadedFile:
    return SimpleUploadedFile("people.csv", LONG_FILE, "text/csv")


class UnfinishedWork(Cast, TestCase):
    def chart(self) -> HttpResponse:
        return self.client.get(CHART)

    def test_may_be_asked_for_up_to_the_bound_and_not_beyond(self) -> None:
        self.sign_in(self.ada)
        busy(self.ada, MOST_UNFINISHED - 1)
        self.assertEqual(self.chart().status_code, 302)
        refused = self.chart()
        self.assertContains(refused, SENTENCE, status_code=409)
        self.assertNotContains(refused, "There is nothing here", status_code=409)
        self.assertEqual(Job.objects.unfinished().filter(person_id=self.ada.pk).count(), MOST_UNFINISHED)

    def test_counts_what_runs_and_not_what_ended(self) -> None:
        busy(self.ada, MOST_UNFINISHED, Job.State.DONE)
        busy(self.ada, MOST_UNFINISHED, Job.State.DEAD)
        busy(self.ada, MOST_UNFINISHED - 1, Job.State.RUNNING)
        enqueue("registers.bring_in", person_id=self.ada.pk)
        with self.assertRaises(TooMuchWork):
            enqueue("registers.bring_in", person_id=self.ada.pk)

    def test_of_one_person_stands_in_nobody_elses_way(self) -> None:
        busy(self.ada, MOST_UNFINISHED)
        enqueue("registers.bring_in", person_id=self.ben.pk)
        enqueue("registers.bring_in")

    def test_that_was_asked_for_before_is_told_again(self) -> None:
        first = enqueue("registers.bring_in", person_id=self.ada.pk, key="the same")
        busy(self.ada, MOST_UNFINISHED)
        self.assertEqual(enqueue("registers.bring_in", person_id=self.ada.pk, key="the same"), first)

    def test_lets_no_long_file_in_by_the_page(self) -> None:
        self.sign_in(self.ada)
        busy(self.ada, MOST_UNFINISHED)
        answer = self.client.post("/people/bring-in/", {"file": long_file(), "do": "try"})
        self.assertContains(answer, SENTENCE, status_code=422)
        self.assertEqual(Batch.objects.count(), 0)

    def test_lets_no_long_file_in_by_the_api(self) -> None:
        self.sign_in(self.ada)
        busy(self.ada, MOST_UNFINISHED)
        told = self.client.post("/api/people/bring-in", {"file": long_file(), "dry_run": "yes"})
        self.assertEqual((told.status_code, told["Content-Type"]), (409, "application/problem+json"))
        self.assertIn(SENTENCE, told.json()["detail"])
        self.assertEqual(Batch.objects.count(), 0)
        Job.objects.filter(person_id=self.ada.pk).first().delete()
        told = self.client.post("/api/people/bring-in", {"file": long_file(), "dry_run": "yes"})
        self.assertEqual(told.status_code, 202, told.content)

    def test_lets_a_short_file_in_which_needs_no_worker(self) -> None:
        self.sign_in(self.ada)
        busy(self.ada, MOST_UNFINISHED)
        short = SimpleUploadedFile("people.csv", LONG_FILE[:60], "text/csv")
        self.assertIn(
            self.client.post("/api/people/bring-in", {"file": short, "dry_run": "yes"}).status_code,
            (200, 422),
        )

    def test_is_no_way_to_learn_of_what_one_may_not_see(self) -> None:
        self.sign_in(self.sam)
        busy(self.sam, MOST_UNFINISHED)
        self.assertEqual(self.chart().status_code, 403)
        self.assertEqual(self.client.get(f"/api/jobs/{uuid4()}").status_code, 404)


@pytest.mark.postgresql
class AtTheSameMoment(TransactionTestCase):
    """SQLite lets one write at a time; a server lets many, each of which could count without the others."""

    AT_ONCE = 6

    def test_requests_of_one_person_are_counted_one_after_the_other(self) -> None:
        person, gate = uuid4(), Barrier(self.AT_ONCE)

        def ask(_number: int) -> int:
            try:
                return sum(self.is_taken(person, gate) for _turn in range(5))
            finally:
                connection.close()

        with ThreadPoolExecutor(self.AT_ONCE) as asking:
            taken = sum(asking.map(ask, range(self.AT_ONCE)))
        self.assertEqual((taken, Job.objects.filter(person_id=person).count()), (MOST_UNFINISHED,) * 2)

    def is_taken(self, person: UUID, gate: Barrier) -> bool:
        gate.wait(30)
        try:
            with transaction.atomic():
                enqueue("registers.bring_in", person_id=person)
        except TooMuchWork:
            return False
        return True
