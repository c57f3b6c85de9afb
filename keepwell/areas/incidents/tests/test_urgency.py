"""What is due is listed by urgency: overdue, then nearest, then whenever; of one day the gravest incident first."""

from __future__ import annotations

import re
from datetime import date

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.rules import tasks
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.todos.owing import owe
from keepwell.platform.todos.todo import due_from
from tests.cast import TELLER

TODAY, YESTERDAY, LAST_WEEK, TOMORROW = (date(2025, 11, day) for day in (14, 13, 7, 15))
STUDY = "Study %(record)s"
LISTED = (
    ("long overdue and slight", LAST_WEEK, 0),
    ("overdue and grave", YESTERDAY, 4),
    ("overdue and slight", YESTERDAY, 1),
    ("today and unknown", TODAY, None),
    ("today and grave", TODAY, 3),
    ("today and slight", TODAY, 1),
    ("tomorrow and gravest", TOMORROW, 4),
    ("whenever, but gravest", None, 4),
    ("whenever and slight", None, 0),
)
"""By hand: what is owed, by which day, about an incident of which level, as it must be listed."""


class Urgency(Reported, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(override("en"))
        self.names: dict[str, str] = {}
        with acting(TELLER, "story.owe"):
            for title, day, level in reversed(LISTED):
                owe(self.ben, STUDY, record=self.of_level(title, level), by_day=day, context="%(record)s")

    def of_level(self, title: str, level: int | None) -> Incident:
        """An incident that was taken up, of that level."""
        facts = {} if level is None else {"level": level, "state": "triaged"}
        made = self.report(title, self.khh1, kind="infected-system", acknowledged_at=moments.now(), **facts)
        self.names[str(made)] = title
        return made

    def listed(self, acts: list[str]) -> list[str]:
        return [self.names[act.removeprefix("Study ")] for act in acts if act.startswith("Study ")]

    def test_orders_all_that_is_due(self) -> None:
        wanted = [title for title, _day, _level in LISTED]
        self.assertEqual(self.listed([todo.act for todo in due_from(self.ben, TODAY)]), wanted)

    def test_orders_the_page_the_start_page_and_the_api(self) -> None:
        wanted = [title for title, _day, _level in LISTED]
        self.sign_in(self.ben)
        for path, count in (("/due/", len(wanted)), ("/", 8 - self.others())):
            text = self.client.get(path).content.decode()
            within = text[text.index('<ul class="kw-todo">') :]
            acts = re.findall(r'<a href="[^"]*">(Study [^<]+)</a>', within)
            self.assertEqual(self.listed(acts), wanted[:count], path)
        told = self.client.get("/api/due").json()
        self.assertEqual(self.listed([one["act"] for one in told]), wanted)
        self.client.logout()
        self.sign_in(self.sam)
        self.assertEqual([one for one in self.client.get("/api/due").json() if "Study" in one["act"]], [])
        self.assertNotContains(self.client.get("/due/"), "Study ")

    def others(self) -> int:
        """How many other things are due from Ben before the last of the eight that the start page shows."""
        first = [todo.act for todo in due_from(self.ben, TODAY)][:8]
        return sum(not act.startswith("Study ") for act in first)

    def test_weighs_a_task_by_its_incident_without_asking_for_each(self) -> None:
        for title, level in (("slight one", 0), ("grave one", 4)):
            about = self.of_level(title, level)
            tasks.add_task(about, by=self.ben, what=f"Warn of the {title}", until="05:30", to=self.ben)
        with CaptureQueriesContext(connection) as few:
            found = [todo.act for todo in due_from(self.ben, TODAY) if "Warn of" in todo.act]
        self.assertEqual([act.partition("Warn of the ")[2] for act in found], ["grave one", "slight one"])
        for number in range(4):
            tasks.add_task(
                self.incident, by=self.ben, what=f"Warn shift {number}", until="05:30", to=self.ben
            )
        with CaptureQueriesContext(connection) as many:
            due_from(self.ben, TODAY)
        self.assertEqual(len(many), len(few))
