"""The duty ladder: who is called when, what stops it, and that no step is ever taken twice."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

from django.apps import apps
from django.core.exceptions import ValidationError
from django.test import TestCase
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import DutyShift, EscalationCall, Incident, scheme
from keepwell.areas.incidents.rules import duty
from keepwell.areas.incidents.tests.stories import REPORTED, OnDuty, at
from keepwell.kernel import moments
from keepwell.kernel.severity.scheme import Unfit
from keepwell.kernel.severity.scheme import read as read_scheme
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.jobs.beside import BESIDE
from keepwell.platform.jobs.models import Job, Schedule
from keepwell.platform.notices.models import Notice
from tests.cast import TELLER, account, grant, person


class TheLadder(OnDuty, TestCase):
    def test_calls_at_0231_and_the_next_at_0246(self) -> None:
        """Nobody has given a level: 15 minutes, the strictest."""
        self.on_duty(self.ben, self.khh1)
        self.on_duty(self.olga, self.khh1, rank=2)
        self.assertEqual(self.look(2, 31), ["Ben Tan 02:31"])
        self.assertEqual(self.look(2, 45), ["Ben Tan 02:31"])
        self.assertEqual(self.look(2, 46), ["Ben Tan 02:31", "Olga Ong 02:46"])
        self.assertEqual(
            self.told(),
            ["Ben Tan is called; it is to be taken up by 02:46.",
             "Nobody took it up within 15 minutes of the call to Ben Tan.",
             "Olga Ong is called; it is to be taken up by 03:01."],
        )  # fmt: skip

    def test_gives_the_minutes_of_the_level(self) -> None:
        """S2 gives 30 minutes; raised to S3 at 02:50, the 15 minutes of S3 are over since 02:46."""
        rules.classify(self.incident, by=self.ada, facts={"effect": True, "core_system": True})
        self.on_duty(self.ben, self.khh1)
        self.on_duty(self.olga, self.khh1, rank=2)
        self.assertEqual(self.look(2, 31), ["Ben Tan 02:31"])
        self.assertEqual(self.look(2, 50), ["Ben Tan 02:31"])
        with moments.standing_at(at(2, 50)):
            self.incident.refresh_from_db()
            rules.classify(self.incident, by=self.ada, facts={"plant": 2})
        self.assertEqual(self.look(2, 50), ["Ben Tan 02:31", "Olga Ong 02:50"])

    def test_takes_its_time_at_s2_to_the_minute(self) -> None:
        rules.classify(self.incident, by=self.ada, facts={"effect": True, "core_system": True})
        self.on_duty(self.ben, self.khh1)
        self.on_duty(self.olga, self.khh1, rank=2)
        self.look(2, 31)
        self.assertEqual(len(self.look(3, 0)), 1)
        self.assertEqual(self.look(3, 1)[1:], ["Olga Ong 03:01"])

    def test_stops_where_somebody_takes_it_up(self) -> None:
        self.on_duty(self.ben, self.khh1)
        self.on_duty(self.olga, self.khh1, rank=2)
        self.look(2, 31)
        with moments.standing_at(at(2, 33)):
            rules.acknowledge(Incident.objects.get(pk=self.incident.pk), by=self.ben)
        self.assertEqual(self.look(5, 0), ["Ben Tan 02:31"])
        call = EscalationCall.objects.get()
        self.assertEqual((call.answered_at, str(call.standing)), (at(2, 33), "Taken up"))

    def test_climbs_to_the_units_above_and_says_once_that_it_ends(self) -> None:
        self.on_duty(self.paul, self.group)
        self.on_duty(self.ben, self.khh1, rank=2)
        self.assertEqual(self.look(2, 31), ["Ben Tan 02:31"])
        self.assertEqual(self.look(2, 46)[1:], ["Paul Pan 02:46"])
        for minute in (1, 2, 30):
            self.assertEqual(len(self.look(3, minute)), 2)
        self.assertEqual(self.told().count("Nobody further is on duty who could be called."), 1)
        self.on_duty(self.olga, self.khh1)
        self.assertEqual(self.look(3, 31)[2:], ["Olga Ong 03:31"])

    def test_calls_who_is_on_duty_at_that_moment_alone(self) -> None:
        """Ben is relieved at 02:31 sharp and Olga begins at 02:31."""
        self.on_duty(self.ben, self.khh1, until=REPORTED)
        self.on_duty(self.olga, self.khh1, rank=2, since=REPORTED)
        self.on_duty(self.paul, self.pen1)
        self.assertEqual(self.look(2, 31), ["Olga Ong 02:31"])

    def test_calls_management_from_its_level_on(self) -> None:
        rules.classify(self.incident, by=self.ada, facts={"effect": True, "core_system": True})
        self.on_duty(self.ben, self.khh1, duty="management", from_level=3)
        self.assertEqual(self.look(2, 31), [])
        with moments.standing_at(at(2, 32)):
            self.incident.refresh_from_db()
            rules.classify(self.incident, by=self.ada, facts={"plant": 2})
        self.assertEqual(self.look(2, 32), ["Ben Tan 02:32"])

    def test_tells_whom_it_calls_in_the_list_and_by_mail(self) -> None:
        self.on_duty(self.ben, self.khh1)
        self.look(2, 31)
        notice = Notice.objects.get(person=self.ben)
        self.assertEqual(notice.kind, "incident.called")
        self.assertIn("You are called to IN-2025-0001: take it up by 02:46", notice.sentence(self.incident))
        self.assertIsNone(notice.read_at)
        rules.acknowledge(Incident.objects.get(pk=self.incident.pk), by=self.olga)
        notice.refresh_from_db()
        self.assertIsNotNone(notice.read_at)

    def test_is_looked_at_twice_a_minute_whatever_jobs_a_worker_has(self) -> None:
        self.assertLessEqual(BESIDE["incidents.escalate"].every, timedelta(seconds=30))

    def test_leaves_nothing_of_the_job_that_it_was(self) -> None:
        for name in ("incidents.escalate", "incidents.clocks"):
            Schedule.objects.create(name=name, due_at=REPORTED)
            for state in (Job.State.QUEUED, Job.State.DONE):
                Job.objects.create(name=name, state=state)
        import_module("keepwell.areas.incidents.migrations.0021_calls_beside_jobs").forget(apps, None)
        self.assertEqual([one.name for one in Schedule.objects.all()], ["incidents.clocks"])
        self.assertEqual(
            sorted(Job.objects.filter(name="incidents.escalate").values_list("state", flat=True)), ["done"]
        )
        self.assertEqual(Job.objects.filter(name="incidents.clocks").count(), 2)


class ARoster(OnDuty, TestCase):
    def test_refuses_who_could_not_take_it_up(self) -> None:
        self.sign_in(self.ada)
        body = {"unit": "KHH1", "duty": "security", "person": "A0000005", "phone": "+886 912 345 678", "rank": 1,
                "from_level": 0, "since": "2025-11-14T00:00+08:00", "until": "2025-11-15T00:00+08:00"}  # fmt: skip
        wrong = self.client.post("/api/duty-shifts", body, content_type="application/json")
        self.assertEqual(wrong.status_code, 409, wrong.content)
        self.assertIn("Eva Chen may not work on incidents", wrong.content.decode())
        right = self.client.post(
            "/api/duty-shifts", body | {"person": "A0000002"}, content_type="application/json"
        )
        self.assertEqual(right.status_code, 201, right.content)

    def test_refuses_an_end_before_its_begin_and_a_number_that_is_none(self) -> None:
        with self.assertRaisesMessage(ValidationError, "cannot end before it begins"):
            self.on_duty(self.ben, self.khh1, until=REPORTED - timedelta(hours=4))
        with self.assertRaisesMessage(ValidationError, "Write a phone number"):
            self.on_duty(self.ben, self.khh1).phone = "call me"
            shift = DutyShift.objects.get()
            shift.phone = "call me"
            with acting(TELLER, "story.edit"):
                shift.save()

    def test_is_ended_early(self) -> None:
        shift = self.on_duty(self.ben, self.khh1)
        duty.relieve(shift, by=self.ada)
        self.assertEqual(self.look(2, 31), [])
        with self.assertRaisesMessage(Refused, "present state"):
            duty.relieve(shift, by=self.ada)


class TheRoom(OnDuty, TestCase):
    def test_says_first_that_nobody_has_taken_it_up(self) -> None:
        self.on_duty(self.ben, self.khh1)
        self.look(2, 31)
        address = reverse("incident-room", args=[self.incident.pk])
        with moments.standing_at(at(2, 40)):
            self.sign_in(self.ben)
            answer = self.client.get(address)
        self.assertContains(answer, "6 min<small>to be taken up by 02:46 Taipei")
        self.assertContains(answer, "Called: Ben Tan 02:31.")
        with moments.standing_at(at(2, 58)):
            self.assertContains(self.client.get(address), "12 min late")
            rules.acknowledge(Incident.objects.get(pk=self.incident.pk), by=self.ben)
            self.assertNotContains(self.client.get(address), "Nobody has taken it up yet")

    def test_and_the_roster_are_not_there_for_sam_or_another_site(self) -> None:
        shift = self.on_duty(self.ben, self.khh1)
        with acting(TELLER, "story.other"):
            other = person("A0000009", "Nia Noor", self.pen1)
            account(other, "nia")
            grant(other, "site_officer", self.pen1)
        for who in (self.sam, self.eva, other):
            self.sign_in(who)
            with self.subTest(who.name):
                self.assertEqual(
                    self.client.get(reverse("duty-shifts-record", args=[shift.pk])).status_code, 404
                )


class TheScheme(TestCase):
    def test_gives_the_group_15_minutes_from_s2_on(self) -> None:
        self.assertEqual([one.group_minutes for one in scheme().levels], [None, None, 15, 15, 15])
        self.assertEqual([one.acknowledge_minutes for one in scheme().levels], [240, 60, 30, 15, 15])

    def test_refuses_no_time_to_answer(self) -> None:
        levels = [
            {"level": n, "name": "x", "says": "x", "acknowledge_minutes": 0, "contain_hours": 1}
            for n in range(5)
        ]
        with self.assertRaisesMessage(Unfit, "0 is no time to answer"):
            read_scheme({"version": 1, "factors": [], "levels": levels, "group": [], "national": []})
