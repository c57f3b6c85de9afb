"""A figure of training opens its completions, as far as the reader may see them."""

from __future__ import annotations

from datetime import date

from django.test import TestCase
from django.urls import reverse

from keepwell.areas.awareness.tests.stories import Training
from keepwell.platform.history.acting import acting
from keepwell.platform.metrics.proof import proof
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.people.models import Person
from tests.cast import TELLER

TIMES = "training.person_times"


class Proving(Training, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.evas = self.completes(self.eva, "2023-05-04T08:15:00")
        self.adas = self.completes(self.ada, "2023-05-04T08:15:00")
        self.bens = self.completes(self.ben, "2023-05-04T08:15:00")
        self.completes(self.ben, "2022-05-04T08:15:00")

    def proven_to(self, person: Person) -> tuple[set[object], int, int]:
        """What the group's person-times open to `person`: rows, how many in all, how many hidden."""
        found = proof(TIMES, self.group, Scope.of_year(2023), person)
        return set(found.rows), found.total, found.hidden

    def test_shows_the_group_ciso_all(self) -> None:
        self.assertEqual(self.proven_to(self.ada), ({self.evas, self.adas, self.bens}, 3, 0))

    def test_shows_a_site_officer_the_site(self) -> None:
        self.assertEqual(self.proven_to(self.ben), ({self.evas, self.bens}, 3, 1))

    def test_shows_an_employee_what_is_theirs(self) -> None:
        self.assertEqual(self.proven_to(self.eva), ({self.evas}, 3, 2))

    def test_shows_who_has_no_right_nothing(self) -> None:
        self.assertEqual(self.proven_to(self.sam), (set(), 3, 3))
        self.assertEqual(self.proven_to(self.cleo), (set(), 3, 3))

    def test_follows_the_present_unit_for_rights(self) -> None:
        self.change(self.eva, unit=self.pen1, unit_since=self.day("2024-01-01"))
        self.assertEqual(self.proven_to(self.ben), ({self.bens}, 3, 2))


class Stale(Training, TestCase):
    def test_is_no_figure_after_a_new_completion(self) -> None:
        self.completes(self.eva, "2023-05-04T08:15:00")
        self.assertEqual(self.values(TIMES, self.group), [1])
        self.completes(self.ben, "2023-05-04T08:15:00")
        self.assertEqual(self.values(TIMES, self.group), [2])

    def test_is_no_figure_after_a_move(self) -> None:
        self.completes(self.eva, "2023-05-04T08:15:00")
        self.assertEqual(self.values(TIMES, self.khh1), [1])
        self.move(self.eva, self.pen1, self.day("2023-05-04"))
        self.assertEqual(self.values(TIMES, self.khh1, self.pen1), [0, 1])

    def test_is_no_figure_after_a_batch_that_changed_minutes(self) -> None:
        found = self.completes(self.eva, "2023-05-04T08:15:00", minutes=60)
        self.assertEqual(self.values("training.hours", self.group), [1])
        type(found).objects.filter(pk=found.pk).update(minutes=120)
        type(self.batch).objects.filter(pk=self.batch.pk).update(serial=2)
        self.assertEqual(self.values("training.hours", self.group), [2])


class Leafing(Training, TestCase):
    """The page of a proof shows fifty records and the cursors to the others."""

    def setUp(self) -> None:
        super().setUp()
        for day in range(1, 29):
            for month in ("03", "04", "05"):
                self.completes(self.eva, f"2023-{month}-{day:02}T08:15:00")
        self.sign_in(self.ada)
        self.address = reverse("proof", args=[TIMES])

    def leaves(self, link: str) -> list[list[date]]:
        """The days on each page, from the first on by the links called `link`."""
        found, query = [], "?year=2023"
        while query:
            answer = self.client.get(self.address + query)
            found.append([row.completed_on for row, _cells in answer.context["rows"]])
            query = f"?year=2023&after={answer.context[link]}" if answer.context[link] else ""
        return found

    def test_shows_every_record_once_in_order(self) -> None:
        pages = self.leaves("later")
        self.assertEqual([len(page) for page in pages], [50, 34])
        days = [day for page in pages for day in page]
        self.assertEqual(days, sorted(days, reverse=True))

    def test_refuses_a_cursor_of_something_else(self) -> None:
        self.assertEqual(self.client.get(f"{self.address}?year=2023&after=none").status_code, 400)

    def test_counts_hidden_records_anew_when_somebody_moves(self) -> None:
        before = proof(TIMES, self.group, Scope.of_year(2023), self.ben).hidden
        with acting(TELLER, "story.move"):
            self.eva.unit = self.pen1
            self.eva.unit_since = date(2025, 6, 1)
            self.eva.save()
        self.assertEqual((before, proof(TIMES, self.group, Scope.of_year(2023), self.ben).hidden), (0, 84))
