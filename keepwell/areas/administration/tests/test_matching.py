"""Rows that met nothing known are tried again, by those who may, and counted once."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from django.conf import settings
from django.test import TestCase
from django.urls import reverse

from keepwell.areas.administration import rules
from keepwell.areas.awareness.models import Completion
from keepwell.areas.awareness.registers import Completions
from keepwell.areas.awareness.tests.stories import Training
from keepwell.platform.exchange.models import Batch, UnmatchedRow
from keepwell.platform.history.acting import Refused, acting
from keepwell.platform.people.models import Person
from keepwell.platform.registers.files import bring_in
from tests.cast import TELLER, grant, person
from tests.duties import todos_of

HEAD = "person,course,completed_at,minutes\n"
ROWS = (
    "A0000005,SEC-101,2023-05-04T08:15:00Z,30\n"
    "A0000099,SEC-101,2023-05-04T08:15:00Z,30\n"
    "A0000005,SEC-999,2023-05-05T08:15:00Z,30\n"
)


def delivered(by: Person, rows: str = ROWS) -> Batch:
    """A batch of completions that `by` brought in."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lms-may.csv"
        path.write_text(HEAD + rows, encoding="utf-8")
        batch = bring_in(Completions, path, by).batch
    assert batch is not None
    return batch


class Matching(Training, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.delivery = delivered(self.ada)

    def newcomer(self) -> None:
        """The person whom the second row means is entered."""
        with acting(TELLER, "person.create"):
            person("A0000099", "Noor Aziz", self.khh1)

    def test_again_counts_rows_that_meet_somebody_now(self) -> None:
        self.newcomer()
        self.assertEqual(rules.match_rows(self.delivery, by=self.ada), 1)
        self.assertEqual(Completion.objects.filter(person__number="A0000099").count(), 1)
        self.delivery.refresh_from_db()
        self.assertEqual((self.delivery.created, self.delivery.unmatched), (2, 1))

    def test_again_leaves_rows_that_still_meet_nothing(self) -> None:
        self.assertEqual(rules.match_rows(self.delivery, by=self.ada), 0)
        self.assertEqual(UnmatchedRow.objects.filter(matched_at__isnull=True).count(), 2)

    def test_twice_counts_once(self) -> None:
        self.newcomer()
        found = [rules.match_rows(self.delivery, by=self.ada), rules.match_rows(self.delivery, by=self.ada)]
        self.assertEqual((found, Completion.objects.count()), ([1, 0], 2))

    def test_shows_up_in_the_figures(self) -> None:
        self.assertEqual(self.values("training.person_times", self.khh1), [1])
        self.newcomer()
        rules.match_rows(self.delivery, by=self.ada)
        self.assertEqual(self.values("training.person_times", self.khh1), [2])

    def test_is_for_feeds_alone(self) -> None:
        self.delivery.register = "units"
        with self.assertRaises(Refused):
            rules.match_rows(self.delivery, by=self.ada)


class MatchingPage(Training, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.delivery = delivered(self.ada)
        self.address = reverse("batch-match", args=[self.delivery.pk])

    def test_shows_rows_and_why_they_met_nothing(self) -> None:
        self.sign_in(self.ada)
        page = self.client.get(self.address)
        self.assertContains(page, "No such person.")
        self.assertContains(page, "No such course.")
        self.assertContains(page, "A0000099")

    def test_says_why_in_the_language_of_the_reader(self) -> None:
        self.sign_in(self.ada)
        self.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hant"
        self.assertContains(self.client.get(self.address), "查無此人員。")

    def test_says_what_came_of_it(self) -> None:
        with acting(TELLER, "person.create"):
            person("A0000099", "Noor Aziz", self.khh1)
        self.sign_in(self.ada)
        answer = self.client.post(self.address, follow=True)
        self.assertContains(answer, "1 row met something now. 1 row is still unmatched.")

    def test_is_empty_when_every_row_is_matched(self) -> None:
        UnmatchedRow.objects.filter(batch=self.delivery).delete()
        self.sign_in(self.ada)
        self.assertContains(self.client.get(self.address), "Every row of this batch is matched.")

    def test_is_open_to_who_edits_training_at_its_unit(self) -> None:
        bens = delivered(self.ben, "A0000098,SEC-101,2023-05-04T08:15:00Z,30\n")
        self.sign_in(self.ben)
        self.assertEqual(self.client.get(reverse("batch-match", args=[bens.pk])).status_code, 200)
        self.assertEqual(self.client.post(reverse("batch-match", args=[bens.pk])).status_code, 302)

    def test_is_absent_for_who_may_see_nothing_of_it(self) -> None:
        for who in (self.sam, self.ben, self.cleo, self.eva):
            self.sign_in(who)
            self.assertEqual(self.client.get(self.address).status_code, 404)
            self.assertEqual(self.client.post(self.address).status_code, 404)

    def test_only_looks_for_who_may_only_look(self) -> None:
        with acting(TELLER, "cast.enter"):
            grant(self.cleo, "auditor", self.group)
        self.sign_in(self.cleo)
        self.assertNotContains(self.client.get(self.address), "Match again")
        self.assertEqual(self.client.post(self.address).status_code, 403)

    def test_lies_one_step_from_the_record_of_the_batch(self) -> None:
        self.sign_in(self.ada)
        page = self.client.get(reverse("batches-record", args=[self.delivery.pk]))
        self.assertContains(page, self.address)
        self.assertContains(page, "2 rows met nothing known")

    def test_of_a_batch_that_is_not_there_is_absent(self) -> None:
        self.sign_in(self.ada)
        self.assertEqual(self.client.get(reverse("batch-match", args=[uuid4()])).status_code, 404)

    def test_is_owed_by_who_runs_the_platform(self) -> None:
        ada, sam = (
            todos_of(who, self.day("2025-11-14"), "administration.unmatched") for who in (self.ada, self.sam)
        )
        self.assertEqual(([todo.url for todo in ada], sam), ([self.address], []))
