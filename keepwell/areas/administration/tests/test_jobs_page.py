"""Who runs the platform sees its background work and puts back what was given up."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from keepwell.platform.history.acting import acting
from keepwell.platform.jobs.job import retry
from keepwell.platform.jobs.models import Job
from tests.cast import TELLER, Cast, grant

JOBS = reverse("jobs")


def asked(name: str = "registers.bring_in", *, minutes_ago: int = 0, **facts: object) -> Job:
    """A job somebody asked for some minutes ago."""
    return Job.objects.create(name=name, created_at=timezone.now() - timedelta(minutes=minutes_ago), **facts)


def given_up(**facts: object) -> Job:
    """A job whose four attempts failed."""
    return asked(
        state=Job.State.DEAD, attempts=4, error="The disk is full.", finished_at=timezone.now(), **facts
    )


class Listing(Cast, TestCase):
    def test_shows_state_progress_and_error(self) -> None:
        given_up()
        asked(state=Job.State.RUNNING, attempts=1, done=2_000, total=92_000, message="Checking rows")
        self.sign_in(self.ada)
        page = self.client.get(JOBS)
        self.assertContains(page, "The disk is full.")
        self.assertContains(page, "2,000 of 92,000")
        self.assertContains(page, "Checking rows")
        self.assertContains(page, "Given up")

    def test_begins_with_the_newest(self) -> None:
        older, newer = asked("older", minutes_ago=9), asked("newer", minutes_ago=1)
        self.sign_in(self.ada)
        self.assertEqual(self.client.get(JOBS).context["jobs"], [newer, older])

    def test_holds_fifty_a_page_and_leads_to_the_rest(self) -> None:
        jobs = [asked(minutes_ago=n) for n in range(51)]
        self.sign_in(self.ada)
        first = self.client.get(JOBS)
        rest = self.client.get(JOBS, {"before": first.context["older"]})
        self.assertEqual((first.context["jobs"], rest.context["jobs"]), (jobs[:50], jobs[50:]))
        self.assertIsNone(rest.context["older"])

    def test_says_what_to_do_when_there_is_none(self) -> None:
        self.sign_in(self.ada)
        self.assertContains(self.client.get(JOBS), "Nothing was done in the background yet.")

    def test_knows_no_page_after_something_that_is_no_job(self) -> None:
        self.sign_in(self.ada)
        self.assertEqual(self.client.get(JOBS, {"before": "x"}).status_code, 404)

    def test_costs_the_same_for_few_jobs_as_for_many(self) -> None:
        asked()
        self.sign_in(self.ada)
        with CaptureQueriesContext(connection) as few:
            self.client.get(JOBS)
        for number in range(40):
            given_up(minutes_ago=number)
        with self.assertNumQueries(len(few)):
            self.client.get(JOBS)

    def test_is_closed_to_who_has_no_right_to_administration(self) -> None:
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(JOBS).status_code, 403)
        self.sign_in(self.ben)
        self.assertEqual(self.client.get(JOBS).status_code, 403)

    def test_asks_a_stranger_to_sign_in(self) -> None:
        self.assertRedirects(self.client.get(JOBS), f"{reverse('sign-in')}?next={JOBS}")


class Retrying(Cast, TestCase):
    def test_puts_a_job_that_was_given_up_back(self) -> None:
        job = given_up()
        self.sign_in(self.ada)
        answer = self.client.post(reverse("job-retry", args=[job.pk]), follow=True)
        job.refresh_from_db()
        self.assertEqual(
            (job.state, job.attempts, job.error, job.finished_at), (Job.State.QUEUED, 0, "", None)
        )
        self.assertContains(answer, "waits for a worker again")

    def test_leaves_a_job_that_was_not_given_up(self) -> None:
        job = asked(state=Job.State.RUNNING, attempts=2)
        self.sign_in(self.ada)
        answer = self.client.post(reverse("job-retry", args=[job.pk]), follow=True)
        job.refresh_from_db()
        self.assertEqual((job.state, job.attempts), (Job.State.RUNNING, 2))
        self.assertContains(answer, "was not given up")

    def test_tells_whether_there_was_something_to_put_back(self) -> None:
        job = given_up()
        self.assertEqual((retry(job), retry(job)), (True, False))

    def test_is_offered_only_to_who_may(self) -> None:
        given_up()
        self.sign_in(self.ada)
        self.assertContains(self.client.get(JOBS), "Try again")
        with acting(TELLER, "cast.enter"):
            grant(self.ben, "auditor", self.khh1)
        self.sign_in(self.ben)
        self.assertNotContains(self.client.get(JOBS), "Try again")

    def test_needs_the_right_to_administer(self) -> None:
        job = given_up()
        with acting(TELLER, "cast.enter"):
            grant(self.ben, "auditor", self.khh1)
        self.sign_in(self.ben)
        self.assertEqual(self.client.post(reverse("job-retry", args=[job.pk])).status_code, 403)
        self.sign_in(self.sam)
        self.assertEqual(self.client.post(reverse("job-retry", args=[job.pk])).status_code, 403)
        job.refresh_from_db()
        self.assertEqual(job.state, Job.State.DEAD)

    def test_of_a_job_that_is_not_there_is_absent(self) -> None:
        self.sign_in(self.ada)
        self.assertEqual(self.client.post(reverse("job-retry", args=[uuid4()])).status_code, 404)

    def test_does_nothing_when_only_looked_at(self) -> None:
        job = given_up()
        self.sign_in(self.ada)
        self.assertEqual(self.client.get(reverse("job-retry", args=[job.pk])).status_code, 405)
