"""A screen that asks again is answered from what was known of it, and only as long as all on which that rested stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

from django.db import connection
from django.http import HttpRequest
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import NamedPerson
from keepwell.areas.incidents.pages import again, live
from keepwell.areas.incidents.tests.test_live import MARK, Rooms
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.identity.models import Session
from keepwell.platform.identity.sessions import LONGEST
from keepwell.platform.people.models import Account, Grant
from tests.cast import NOW, TELLER, grant

from_known = again.from_known
STATEMENTS = 3
"""How far the room is, who asks by which rights, and for what they are named."""


def mark_in(answer: Any) -> str:
    """What a screen shows that took an answer in."""
    found = MARK.search(answer.content.decode())
    assert found is not None
    return found[0]


class Screens(Rooms):
    """Gina's screen at KHH1, and entries that come."""

    def setUp(self) -> None:
        super().setUp()
        # However slow the machine: what is drawn is shown as long as a test lasts.
        self.enterContext(patch.object(live, "KEPT", timedelta(minutes=5)))
        self.shows = self.mark(self.gina)
        self.enter("Line 3 stands.")

    def asks(self, **more: str) -> Any:
        """What her screen is answered, in the session in which it was opened."""
        place = reverse("incident-newest", args=[self.incident.pk])
        return self.client.get(place, {"beat": self.shows, "unit": "KHH1", **more})

    def is_known(self, **more: str) -> bool:
        """Whether she is answered from what was known."""
        answers: list[Any] = []

        def told(*about: Any) -> Any:
            answers.append(from_known(*about))
            return answers[-1]

        with patch.object(again, "from_known", side_effect=told):
            self.asks(**more)
        return bool(answers) and answers[0] is not None


class Answers(Screens, TestCase):
    def test_cost_three_statements_however_many_entries_came(self) -> None:
        self.asks()
        for number in range(3):
            self.enter(f"Line {number} stands.")
        live._kept.clear()
        known = dict(again._known)
        self.asks()
        again._known.update(known)
        with CaptureQueriesContext(connection) as asked:
            answer = self.asks()
        self.assertContains(answer, "Line 2 stands.")
        self.assertEqual(len(asked), STATEMENTS)
        self.assertEqual(answer.headers["Content-Length"], str(len(answer.content)))

    def test_are_what_the_usual_way_says(self) -> None:
        for language in ("en", "zh-hant"):
            self.client.cookies["keepwell-language"] = language
            for more in ({}, {"kind": "observed"}, {"kind": "decision"}):
                first, second = self.asks(**more), self.asks(**more)
                self.assertTrue(self.is_known(**more))
                again._known.clear()
                live._kept.clear()
                usual = self.asks(**more)
                for answer in (first, second):
                    self.assertEqual(answer.content, usual.content)
                    self.assertEqual(dict(answer.headers), dict(usual.headers))

    def test_lead_a_screen_on_that_then_shows_all(self) -> None:
        self.asks()
        answer = self.asks()
        self.shows = mark_in(answer)
        self.assertEqual(self.asks().status_code, 204)
        self.enter("Line 4 stands.")
        self.assertContains(self.asks(), "Line 4 stands.")

    def test_go_the_usual_way_in_the_past_and_among_older_entries(self) -> None:
        for more in ({"year": "2024"}, {"before": "2025-11-13T00:00:00+00:00_1"}, {"unit": ""}):
            with self.subTest(more):
                self.asks(**more)
                self.assertFalse(self.is_known(**more))

    def test_do_not_take_one_screen_for_another(self) -> None:
        self.asks()
        self.assertFalse(self.is_known(kind="decision"))
        self.assertFalse(self.is_known(unit="MAT"))
        self.client.cookies["keepwell-language"] = "zh-hant"
        self.assertFalse(self.is_known())
        self.sign_in(self.ben)
        self.assertFalse(self.is_known(), "Ben shows Gina's mark.")

    def test_tell_nothing_to_who_is_not_known_or_holds_no_right(self) -> None:
        self.asks()
        self.client.cookies.clear()
        self.assertEqual(self.asks().status_code, 302)
        for who in (self.sam, self.eva):
            self.sign_in(who)
            for _ in range(2):
                self.assertEqual(self.asks().status_code, 404)


class Ends(Screens, TestCase):
    """What ends or changes a right, a session or what is seen: the very next answer says so."""

    def after(self, happens: Callable[[], object], status: int) -> None:
        self.asks()
        self.assertTrue(self.is_known(), "Nothing would be shown by this.")
        happens()
        self.assertFalse(self.is_known())
        self.assertEqual(self.asks().status_code, status)

    def mine(self) -> Any:
        return Session.objects.filter(account=self.gina.account)

    def test_with_the_grant(self) -> None:
        def end() -> None:
            for found in Grant.objects.filter(person=self.gina):
                with acting(TELLER, "story.end"):
                    found.until = date(2025, 11, 12)
                    found.save()

        self.after(end, 302)

    def test_with_the_day_on_which_the_grant_ends(self) -> None:
        """Her sessions go on; nothing but the day changes."""
        with acting(TELLER, "story.end"):
            for found in Grant.objects.filter(person=self.gina):
                found.until = date(2025, 11, 14)
                found.save()
        self.shows = self.mark(self.gina)
        self.enter("Line 4 stands.")
        self.asks()
        self.assertTrue(self.is_known())
        with moments.standing_at(NOW + timedelta(days=1)):
            found = again.standing(self.request())
        self.assertEqual(found, ())

    def request(self) -> HttpRequest:
        """What her browser sends with each request."""
        found = HttpRequest()
        found.COOKIES = {name: one.value for name, one in self.client.cookies.items()}
        return found

    def test_with_the_session(self) -> None:
        self.after(lambda: self.mine().delete(), 302)

    def test_with_a_session_that_is_over(self) -> None:
        self.after(lambda: self.mine().update(expire_date=timezone.now() - timedelta(seconds=1)), 302)

    def test_with_the_account(self) -> None:
        self.after(lambda: Account.objects.filter(person=self.gina).update(is_active=False), 302)

    def test_with_all_sessions_of_the_account(self) -> None:
        self.after(lambda: Account.end_sessions([self.gina.pk]), 302)

    def test_with_another_password(self) -> None:
        self.after(lambda: Account.objects.filter(person=self.gina).update(password="!other"), 302)  # noqa: S106  # none

    def test_with_the_last_day(self) -> None:
        def leave() -> None:
            with acting(TELLER, "story.leave"):
                self.gina.employed_until = date(2025, 11, 12)
                self.gina.save()

        self.after(leave, 302)

    def test_where_the_site_goes_elsewhere_in_the_group(self) -> None:
        """Ida's right lies at the company above the site."""
        with acting(TELLER, "story.people"):
            ida = self.comes("A0000024", "Ida Ito", "site_officer", self.mat)
        self.shows = self.mark(ida)
        self.enter("Line 4 stands.")

        def move() -> None:
            with acting(TELLER, "story.move"):
                self.khh1.parent = self.group
                self.khh1.save()

        self.after(move, 404)

    def test_where_the_incident_becomes_restricted(self) -> None:
        self.after(lambda: rules.restrict(self.incident, by=self.ben, reason="Names in it."), 404)
        rules.name_person(self.incident, by=self.ben, person=self.gina, reason="Helps.")
        self.asks()
        self.assertFalse(self.is_known(), "What few people know is decided on each time.")

    def test_where_somebody_is_named_and_reads_more(self) -> None:
        with acting(TELLER, "story.name"):
            NamedPerson(incident=self.incident, person=self.ben, by=self.ada, reason="Leads.").save()
        self.enter("Canary in red", tlp="red")
        self.assertNotContains(self.asks(), "Canary in red")

        def name() -> None:
            with acting(TELLER, "story.name"):
                NamedPerson(incident=self.incident, person=self.gina, by=self.ada, reason="Helps.").save()

        self.after(name, 200)
        self.assertContains(self.asks(), "Canary in red")

    def test_where_a_right_is_added(self) -> None:
        def add() -> None:
            with acting(TELLER, "story.grant"):
                grant(self.gina, "auditor", self.group)

        self.after(add, 302)

    def test_when_nobody_used_the_session_for_too_long(self) -> None:
        self.asks()
        self.assertTrue(self.is_known())
        seen, idle = self.client.session["seen"], self.client.session["idle"]
        for seconds, known in ((idle - 1, True), (idle + 1, False), (LONGEST.total_seconds() + 1, False)):
            with patch.object(again, "time", return_value=seen + seconds):
                self.assertIs(self.is_known(), known)

    def test_where_the_incident_changes(self) -> None:
        self.after(lambda: rules.classify(self.incident, by=self.ben, facts={"effect": True}), 200)
        self.assertContains(self.asks(), 'id="clocks"')
