"""A job is done once, whatever becomes of those who do it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock
from uuid import uuid4

from django.core.exceptions import PermissionDenied
from django.test import TestCase
from django.utils import timezone, translation
from django.utils.translation import gettext

from keepwell.kernel.refusing import Refused
from keepwell.platform.jobs import supervising, worker
from keepwell.platform.jobs.job import KINDS, LostLease, Task, enqueue, job, retry
from keepwell.platform.jobs.models import LEASE, MAX_ATTEMPTS, Job, Schedule, summary

NOON = datetime(2025, 11, 14, 12, tzinfo=UTC)
State = Job.State

WAITING = "Waiting"


def gettext_in(language: str, text: str = WAITING) -> str:
    """`text` as it is said in `language`."""
    with translation.override(language):
        return gettext(text)


class Working(TestCase):
    """A house where the only kinds of work are those a test makes."""

    def setUp(self) -> None:
        known = dict(KINDS)
        self.addCleanup(lambda: (KINDS.clear(), KINDS.update(known)))
        KINDS.clear()
        self.seen: list[int] = []

    def kind(self, does: Callable[[Task], Any] = lambda task: None, name: str = "story", **how: Any) -> str:
        """A kind of work that notes its attempts and then does what the test says."""

        @job(name, **how)
        def work(task: Task) -> dict[str, Any] | None:
            self.seen.append(Job.objects.get(pk=task.id).attempts)
            return does(task)

        return name

    def run_now(self, found: Job) -> Job:
        """Do the job now, however long it should have waited; returns how it stands."""
        Job.objects.filter(pk=found.pk).update(run_after=timezone.now())
        self.assertTrue(worker.run_one("first"))
        found.refresh_from_db()
        return found

    def lease_runs_out(self, found: Job) -> None:
        """The worker is not heard of any more."""
        Job.objects.filter(pk=found.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def fail(_task: Task) -> None:
    """Work that breaks."""
    raise ValueError("The disk is full.")


class Attempt(Working):
    def test_is_counted_before_it_runs(self) -> None:
        found = enqueue(self.kind())
        self.assertEqual((found.attempts, self.run_now(found).attempts, self.seen), (0, 1, [1]))

    def test_that_ends_well_is_the_last(self) -> None:
        found = self.run_now(enqueue(self.kind(lambda task: {"rows": 3})))
        self.assertEqual((found.state, found.result, found.lease_until), (State.DONE, {"rows": 3}, None))
        self.assertIsNotNone(found.finished_at)
        self.assertFalse(worker.run_one())

    def test_that_fails_waits_longer_each_time(self) -> None:
        found, pauses = enqueue(self.kind(fail)), []
        for _attempt in range(MAX_ATTEMPTS - 1):
            before = timezone.now()
            pauses.append(round((self.run_now(found).run_after - before).total_seconds()))
            self.assertEqual((found.state, worker.run_one()), (State.QUEUED, False))
        self.assertEqual(pauses, [4, 16, 64])

    def test_after_the_last_is_none_until_somebody_says_so(self) -> None:
        found = enqueue(self.kind(fail))
        for _attempt in range(MAX_ATTEMPTS):
            self.run_now(found)
        self.assertEqual((found.state, found.error), (State.DEAD, "ValueError: The disk is full."))
        self.assertFalse(worker.run_one())
        self.assertTrue(retry(found))
        self.kind()
        self.assertEqual((self.run_now(found).state, found.attempts), (State.DONE, 1))

    def test_that_kills_its_worker_counts_too(self) -> None:
        found = enqueue(self.kind())
        for _attempt in range(MAX_ATTEMPTS):
            self.assertIsNotNone(worker.take("doomed"))
            self.lease_runs_out(found)
        self.assertIsNone(worker.take("next"))
        found.refresh_from_db()
        self.assertEqual((found.state, found.error), (State.DEAD, "The worker died in every attempt."))

    def test_that_is_refused_is_the_last(self) -> None:
        for refusal in (
            Refused("The file is empty."),
            PermissionDenied("You need the right to edit people."),
        ):
            found = self.run_now(enqueue(self.kind(lambda task, refusal=refusal: self.refuse(refusal))))
            self.assertEqual((found.state, found.attempts, found.error), (State.DEAD, 1, str(refusal)))

    def refuse(self, refusal: Exception) -> None:
        """Work against a rule."""
        raise refusal

    def test_of_work_that_nobody_knows_is_refused(self) -> None:
        found = self.run_now(Job.objects.create(name="forgotten"))
        self.assertEqual((found.state, found.error), (State.DEAD, "No job is called forgotten."))

    def test_leaves_the_queue_to_others_while_it_waits(self) -> None:
        poison = enqueue(self.kind(fail))
        self.run_now(poison)
        self.kind()
        good = enqueue("story")
        self.assertEqual(self.run_now(good).state, State.DONE)


class Answer(Working):
    """What a job says is said in the language of who asked for it."""

    def asked_in(self, language: str, does: Callable[[Task], Any], **how: Any) -> Job:
        """A job that somebody asked for in `language`, while the worker goes on in English."""
        with translation.override(language):
            return enqueue(self.kind(does), **how)

    def test_is_in_the_language_in_which_it_was_asked_for(self) -> None:
        found = self.run_now(self.asked_in("zh-hant", self.refuse, person_id=uuid4()))
        self.assertEqual(found.error, gettext_in("zh-hant"))
        self.assertNotEqual(found.error, gettext_in("en"))
        self.assertEqual(translation.get_language(), "en")

    def test_of_a_house_that_nobody_asked_is_in_english(self) -> None:
        found = self.run_now(self.asked_in("zh-hant", self.refuse))
        self.assertEqual((found.language, found.error), ("", gettext_in("en")))

    def test_tells_of_dead_workers_in_that_language_too(self) -> None:
        found = self.asked_in("zh-hant", self.refuse, person_id=uuid4())
        Job.objects.update(attempts=MAX_ATTEMPTS)
        self.assertIsNone(worker.take("second"))
        found.refresh_from_db()
        self.assertEqual(found.error, gettext_in("zh-hant", "The worker died in every attempt."))

    def refuse(self, _task: Task) -> None:
        """Work against a rule, which says so by gettext."""
        raise Refused(gettext(WAITING))


class Lease(Working):
    def test_keeps_others_away(self) -> None:
        enqueue(self.kind())
        self.assertIsNotNone(worker.take("first"))
        self.assertIsNone(worker.take("second"))

    def test_goes_by_the_clock_that_all_share(self) -> None:
        enqueue(self.kind())
        worker.take("first")
        ahead = timezone.now() + timedelta(minutes=5)
        with mock.patch.object(timezone, "now", return_value=ahead):
            self.assertIsNone(worker.take("ahead"))
            late = enqueue("story")
        with mock.patch.object(timezone, "now", return_value=ahead - timedelta(minutes=10)):
            taken = worker.take("behind")
        assert taken is not None
        self.assertEqual(taken.id, late.pk)

    def test_that_ran_out_gives_the_job_to_the_next(self) -> None:
        found = enqueue(self.kind())
        worker.take("first")
        self.lease_runs_out(found)
        taken = worker.take("second")
        assert taken is not None
        self.assertEqual((taken.id, taken.attempt), (found.pk, 2))

    def test_that_ran_out_stands_behind_what_waited_before(self) -> None:
        left, waits = enqueue(self.kind()), enqueue("story")
        Job.objects.filter(pk=waits.pk).update(run_after=timezone.now() - timedelta(seconds=5))
        Job.objects.filter(pk=left.pk).update(run_after=timezone.now() - timedelta(seconds=60))
        worker.take("first")
        self.lease_runs_out(left)
        taken = [worker.take("second"), worker.take("second")]
        self.assertEqual([task and task.id for task in taken], [waits.pk, left.pk])

    def test_that_was_lost_lets_the_former_holder_write_nothing_more(self) -> None:
        found = enqueue(self.kind())
        first = worker.take("first")
        assert first is not None
        self.lease_runs_out(found)
        worker.take("second")
        with self.assertRaises(LostLease):
            first.progress(1, 2, "Still here")
        with self.assertRaises(LostLease):
            first.finish({"rows": 9})
        worker._fail(first, found, ValueError("late"))
        found.refresh_from_db()
        self.assertEqual((found.state, found.worker, found.message, found.result, found.error),
                         (State.RUNNING, "second", "", {}, ""))  # fmt: skip

    def test_that_was_lost_to_the_same_worker_is_lost(self) -> None:
        found = enqueue(self.kind())
        first = worker.take("first")
        assert first is not None
        self.lease_runs_out(found)
        worker.take("first")
        with self.assertRaises(LostLease):
            first.finish(None)

    def test_that_was_lost_takes_back_what_atomic_work_did(self) -> None:
        def work(task: Task) -> None:
            Schedule.objects.create(name="effect", due_at=NOON)
            Job.objects.filter(pk=task.id).update(worker="second", attempts=2)

        found = self.run_now(enqueue(self.kind(work, atomic=True)))
        self.assertFalse(Schedule.objects.filter(name="effect").exists())
        self.assertEqual(found.state, State.RUNNING)

    def test_is_prolonged_by_progress(self) -> None:
        found = enqueue(self.kind())
        task = worker.take("first")
        assert task is not None
        self.lease_runs_out(found)
        task.progress(1, 4, "Checking rows")
        found.refresh_from_db()
        assert found.lease_until is not None
        self.assertGreater(found.lease_until, timezone.now() + LEASE / 2)
        self.assertEqual((summary(found)["done"], found.percent, found.message), (1, 25, "Checking rows"))

    def test_is_prolonged_by_the_heartbeat(self) -> None:
        found = enqueue(self.kind())
        task = worker.take("first")
        assert task is not None
        self.lease_runs_out(found)
        worker.Heartbeat(task, timedelta(minutes=1))._prolong()
        self.assertIsNone(worker.take("second"))


class AtomicWork(Working):
    def test_and_its_being_done_are_one(self) -> None:
        def work(_task: Task) -> None:
            Schedule.objects.create(name="effect", due_at=NOON)
            raise ValueError("after the effect")

        self.run_now(enqueue(self.kind(work, atomic=True)))
        self.assertFalse(Schedule.objects.filter(name="effect").exists())

    def test_that_is_not_is_kept_step_by_step(self) -> None:
        def work(_task: Task) -> None:
            Schedule.objects.create(name="effect", due_at=NOON)
            raise ValueError("after the effect")

        self.run_now(enqueue(self.kind(work)))
        self.assertTrue(Schedule.objects.filter(name="effect").exists())


class Key(Working):
    def test_makes_two_jobs_one(self) -> None:
        name = self.kind()
        self.assertEqual(enqueue(name, key="outcomes-2023").pk, enqueue(name, key="outcomes-2023").pk)
        self.assertEqual(Job.objects.count(), 1)

    def test_that_is_missing_makes_two(self) -> None:
        name = self.kind()
        self.assertNotEqual(enqueue(name).pk, enqueue(name).pk)

    def test_does_not_ask_for_work_that_nobody_knows(self) -> None:
        with self.assertRaises(RuntimeError):
            enqueue("forgotten", key="x")


class Repeating(Working):
    def due(self, moment: datetime) -> int:
        """How many jobs there are after the schedule was looked at."""
        worker.queue_due(moment)
        return Job.objects.count()

    def test_is_queued_when_it_is_due(self) -> None:
        self.kind(every=timedelta(hours=1))
        minute = timedelta(minutes=1)
        self.assertEqual(
            [self.due(NOON), self.due(NOON + 59 * minute), self.due(NOON + 60 * minute)], [1, 1, 2]
        )

    def test_catches_up_once_what_was_missed(self) -> None:
        self.kind(every=timedelta(hours=1))
        day = timedelta(days=1)
        self.assertEqual([self.due(NOON), self.due(NOON + day), self.due(NOON + day)], [1, 2, 2])

    def test_costs_one_statement_where_nothing_is_due(self) -> None:
        for number in range(3):
            self.kind(name=f"story {number}", every=timedelta(hours=number + 1))
        worker.queue_due(NOON)
        with self.assertNumQueries(1):
            worker.queue_due(NOON + timedelta(minutes=1))

    def test_is_queued_once_by_two_workers(self) -> None:
        self.kind(every=timedelta(hours=1))
        worker.queue_due(NOON)
        seen = Schedule.objects.get()
        later = NOON + timedelta(hours=2)
        self.due(later)
        self.assertEqual(Schedule.objects.filter(pk=seen.pk, due_at=seen.due_at).update(due_at=later), 0)
        self.assertEqual(self.due(later), 2)


HANGING = """
import threading, time
from datetime import timedelta
from keepwell.platform.jobs import worker
worker.BEAT_SECONDS = 0.05
worker.Heartbeat._prolong = lambda beat: None
worker.Heartbeat(None, timedelta(seconds=0.2)).start()
time.sleep(60)
"""


class Hanging(TestCase):
    def test_ends_the_worker_at_its_limit(self) -> None:
        setup = "import django; django.setup()\n"
        ended = subprocess.run(
            [sys.executable, "-c", setup + HANGING], timeout=30, check=False,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "keepwell.config.settings"},
        )  # fmt: skip
        self.assertEqual(ended.returncode, 1)


class Supervising(TestCase):
    def test_replaces_a_child_that_was_killed(self) -> None:
        code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
        keeper = supervising.Supervisor([sys.executable, "-c", code])
        deaths: list[int] = []

        def count(*_: object) -> None:
            deaths.append(1)
            keeper.stopping = len(deaths) == 2

        before = [signal.getsignal(s) for s in (signal.SIGTERM, signal.SIGINT)]
        self.addCleanup(
            lambda: [
                signal.signal(s, h) for s, h in zip((signal.SIGTERM, signal.SIGINT), before, strict=True)
            ]
        )
        with self.assertLogs("keepwell.jobs", "WARNING"):
            worker.log.addFilter(lambda record: count() or True)
            self.addCleanup(lambda: worker.log.filters.clear())
            keeper.run()
        self.assertEqual(len(deaths), 2)
