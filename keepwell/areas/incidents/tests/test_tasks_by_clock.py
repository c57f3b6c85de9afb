"""Tasks of a playbook that are due by a clock: so long before it ends or after it starts, wherever it moves."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from django.core.exceptions import ValidationError
from django.test import TestCase
from django.urls import reverse
from django.utils.translation import override

from keepwell.areas.incidents.models import IncidentTask, NoticeFact, Playbook, PlaybookTask
from keepwell.areas.incidents.models.tasks import After
from keepwell.areas.incidents.rules import notices, tasks
from keepwell.areas.incidents.tests.ticking import Ticking, utc
from keepwell.kernel import moments

NO_CLOCK = "No clock of gdpr-33 binds IN-2025-0001, so the task has no moment by which it is due."


class ByClock(Ticking):
    """A playbook whose tasks run from the clock of gdpr-33: 72 hours from 02:31 in Taipei on Friday 14 November."""

    def scene(self) -> None:
        super().scene()
        self.is_a("gdpr_controller", self.mat)
        self.rule = self.confirm("gdpr-33")
        self.book = self.save(Playbook(code="leak", title="Leak", unit=self.group))
        self.asks("Approve the notice", After.CLOCK_END, 120)
        self.asks("Name the data", After.CLOCK_START, 30)

    def asks(
        self, title: str, after: str, minutes: int, rule: str = "gdpr-33", **values: str
    ) -> PlaybookTask:
        facts = {
            "playbook": self.book,
            "title": title,
            "after": after,
            "minutes": minutes,
            "rule": rule,
        } | values
        return self.save(PlaybookTask(**facts))

    def take(self) -> None:
        self.incident.refresh_from_db()
        tasks.take_playbook(self.incident, by=self.ben, playbook="leak")

    def task(self, title: str) -> IncidentTask:
        return IncidentTask.objects.get(incident=self.incident, title=title)

    def due(self) -> list[datetime | None]:
        """When the two tasks are due."""
        return [self.task(title).due_at for title in ("Approve the notice", "Name the data")]


class Due(ByClock, TestCase):
    def test_is_two_hours_before_the_clock_ends_and_half_an_hour_after_it_starts(self) -> None:
        self.classify(personal_data=True)
        self.take()
        self.assertEqual(self.due(), [utc(16, 16, 31), utc(13, 19, 1)])

    def test_moves_with_the_clock_also_backwards(self) -> None:
        self.classify(personal_data=True)
        self.take()
        self.incident.refresh_from_db()
        self.save(self.incident, aware_at=utc(12, 18, 31))
        self.assertEqual(self.due(), [utc(15, 16, 31), utc(12, 19, 1)])

    def test_comes_when_the_clock_begins_and_goes_when_it_binds_no_more(self) -> None:
        self.take()
        self.assertEqual(self.due(), [None, None])
        self.classify(personal_data=True)
        self.assertEqual(self.due(), [utc(16, 16, 31), utc(13, 19, 1)])
        self.classify(personal_data=False)
        self.assertEqual(self.due(), [None, None])

    def test_leaves_what_has_ended_as_it_was(self) -> None:
        self.classify(personal_data=True)
        self.take()
        tasks.finish(self.task("Name the data"), by=self.ben)
        self.classify(personal_data=False)
        self.assertEqual(self.due(), [None, utc(13, 19, 1)])

    def test_follows_the_clock_that_ends_first_until_its_notice_was_sent(self) -> None:
        """Two customers wait, for 4 and for 24 hours from 02:31; the first is told in time."""
        self.clause("C-0148", term=4)
        self.clause("C-0031", clause="9", term=24)
        self.confirm("customer-contract")
        self.asks("Call the customer", After.CLOCK_END, 60, "customer-contract")
        self.classify(supply_interrupted=True)
        self.take()
        self.assertEqual(self.task("Call the customer").due_at, utc(13, 21, 31))
        first = self.incident.clocks.get(clause__counterparty="C-0148")
        with moments.standing_at(utc(13, 21)):
            notice = notices.draft(first, by=self.ben, language="en")
            notices.approve(notice, by=self.ada, reason="It is urgent")
            notices.record_sent(notice, by=self.ben, channel="phone", proof="Mr. Lee took the call")
        self.assertEqual(self.task("Call the customer").due_at, utc(14, 17, 31))

    def test_is_by_the_stage_that_is_named(self) -> None:
        self.is_a("listed_on_TWSE", self.group)
        self.asks("Prepare the room", After.CLOCK_END, 60, "twse-press-conference", stage="press conference")
        self.classify(personal_data=True, material=True)
        self.take()
        self.assertIsNone(self.task("Prepare the room").due_at)
        self.assertIn("No clock of twse-press-conference", self.task("Prepare the room").follows)


class Told(ByClock, TestCase):
    def test_where_no_clock_binds_in_the_room_on_the_page_and_by_the_api(self) -> None:
        self.take()
        task = self.task("Approve the notice")
        self.sign_in(self.ben)
        room = self.client.get(reverse("incident-room", args=[self.incident.pk]))
        self.assertContains(room, "2 h 0 min before the clock of gdpr-33 ends")
        self.assertContains(room, NO_CLOCK)
        self.assertContains(self.client.get(reverse("incident-tasks-record", args=[task.pk])), NO_CLOCK)
        self.assertEqual(self.client.get(f"/api/incident-tasks/{task.pk}").json()["follows"], NO_CLOCK)
        with override("zh-hant"):
            self.assertIn("未適用", task.follows)

    def test_no_more_once_it_runs(self) -> None:
        self.take()
        self.classify(personal_data=True)
        self.sign_in(self.ben)
        self.assertNotContains(
            self.client.get(reverse("incident-room", args=[self.incident.pk])), "No clock of"
        )
        self.assertEqual(self.task("Approve the notice").follows, "")

    def test_on_the_page_of_the_playbooks(self) -> None:
        self.sign_in(self.ben)
        page = self.client.get(reverse("incident-playbook", args=[self.incident.pk]))
        self.assertContains(page, "2 h 0 min before the clock of gdpr-33 ends")
        self.assertContains(page, "30 min after the clock of gdpr-33 starts")
        self.sign_in(self.sam)
        self.assertEqual(
            self.client.get(reverse("incident-playbook", args=[self.incident.pk])).status_code,
            HTTPStatus.NOT_FOUND,
        )

    def test_is_written_by_page_and_by_api(self) -> None:
        self.sign_in(self.ada)
        values = {
            "playbook": "leak", "phase": "triage", "title": "Warn counsel", "title_zh": "", "after": "clock_end",
            "minutes": 90, "rule": "gdpr-33", "stage": "notification", "role": "site_officer", "team": "",
        }  # fmt: skip
        self.assertEqual(self.client.post("/tasks-of-playbooks/new/", values).status_code, HTTPStatus.FOUND)
        answer = self.client.post(
            "/api/tasks-of-playbooks", values | {"title": "Warn PR"}, "application/json"
        )
        self.assertEqual(answer.status_code, HTTPStatus.CREATED, answer.content)
        self.assertEqual((answer.json()["after"], answer.json()["rule"]), ("clock_end", "gdpr-33"))

    def test_what_fits_no_clock_is_refused_in_a_sentence(self) -> None:
        for after, values, says in [
            ("clock_end", {"rule": ""}, "Choose the rule from whose clock its time runs."),
            ("awareness", {"rule": "gdpr-33"}, "its time runs from the start or the end of a clock."),
            (
                "clock_end",
                {"rule": "gdpr-33", "stage": "disclosure"},
                "gdpr-33 has no stage “disclosure”; there are notification.",
            ),
        ]:
            with self.subTest(says), self.assertRaisesMessage(ValidationError, says):
                self.asks("Odd", after, 5, **values)

    def test_a_clock_that_has_not_begun_is_said_to_wait(self) -> None:
        """The final report runs from the notification, which nobody has sent."""
        self.is_a("nis2_essential_or_important", self.mat)
        self.confirm("nis2-final")
        self.save(NoticeFact(incident=self.incident, factor="significant_incident", holds=True))
        self.asks("Write the final report", After.CLOCK_END, 60, "nis2-final", stage="final report")
        self.take()
        task = self.task("Write the final report")
        self.assertIsNone(task.due_at)
        self.assertEqual(
            task.follows, "The clock of nis2-final has not begun; the task is due by it once it has."
        )
