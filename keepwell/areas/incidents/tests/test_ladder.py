"""Who is woken for a level though somebody took the incident up, and for a report that nobody looks at."""

from __future__ import annotations

from datetime import UTC, timedelta

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Disclosure, EscalationCall, Incident, Report
from keepwell.areas.incidents.rules import answering, duty, intake, merging
from keepwell.areas.incidents.tests.stories import REPORTED, OnDuty, at
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.jobs.beside import BESIDE
from keepwell.platform.notices.models import Notice
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER, account, grant, person, unit

S1 = {"effect": True}
S2 = {"effect": True, "core_system": True}
S3 = {"effect": True, "plant": 2}
S4 = {"effect": True, "plant": 4}


class Woken(OnDuty):
    """The night as in the walk: Ben of the site takes it up at 02:33; Paul is on duty for the group from 22:31 on."""

    def scene(self) -> None:
        super().scene()
        with acting(TELLER, "story.staff"):
            self.mia = person("A0000009", "Mia Moon", self.khh1)
            self.gus = person("A0000010", "Gus Gold", self.group)
            for who, name, unit in ((self.mia, "mia", self.khh1), (self.gus, "gus", self.group)):
                account(who, name)
                grant(who, "site_officer", unit)

    def take_up(self, by: Person, *moment: int) -> None:
        with moments.standing_at(at(*moment)):
            rules.acknowledge(Incident.objects.get(pk=self.incident.pk), by=by)

    def classify(self, facts: dict[str, object], *moment: int, by: Person | None = None) -> None:
        with moments.standing_at(at(*moment)):
            incident = Incident.objects.get(pk=self.incident.pk)
            rules.classify(incident, by=by or self.ben, facts=dict(facts))

    def acknowledge(self, who: Person, *moment: int) -> None:
        with moments.standing_at(at(*moment)):
            call = EscalationCall.objects.filter(person=who, rise__isnull=False).order_by("-step").first()
            duty.acknowledge_level(call, by=who)

    def woken(self, *moment: int) -> list[str]:
        """Who has been called for which level once the ladder was looked at, twice, at that time."""
        self.look(*moment)
        calls = EscalationCall.objects.filter(rise__isnull=False).select_related("person", "rise")
        return [
            f"{call.person.name.split()[0]} {call.called_at.astimezone(UTC) + timedelta(hours=8):%H:%M} S{call.rise.level}"
            for call in calls.order_by("step")
        ]


class ALevel(Woken, TestCase):
    def test_s2_wakes_the_group_also_where_the_site_took_it_up(self) -> None:
        """The walk of 02:40: the group has 15 minutes, to the minute, where the site has 30."""
        self.on_duty(self.ben, self.khh1)
        self.on_duty(self.paul, self.group)
        self.on_duty(self.gus, self.group, rank=2)
        self.look(2, 31)
        self.take_up(self.ben, 2, 33)
        self.assertEqual(self.woken(2, 39), [])
        self.classify(S2, 2, 40)
        self.assertEqual(self.woken(2, 40), ["Paul 02:40 S2"])
        self.assertEqual(self.woken(2, 54), ["Paul 02:40 S2"])
        self.assertEqual(self.woken(2, 55), ["Paul 02:40 S2", "Gus 02:55 S2"])
        self.acknowledge(self.gus, 2, 58)
        self.assertEqual(len(self.woken(5, 0)), 2)
        self.assertEqual(
            self.told()[-4:],
            ["Paul Pan is called, for it is S2; to be acknowledged by 02:55.",
             "Nobody acknowledged S2 within 15 minutes of the call to Paul Pan.",
             "Gus Gold is called, for it is S2; to be acknowledged by 03:10.",
             "Gus Gold acknowledged S2."],
        )  # fmt: skip

    def test_s1_wakes_nobody_of_the_group(self) -> None:
        self.on_duty(self.paul, self.group)
        self.take_up(self.ben, 2, 33)
        self.classify(S1, 2, 40)
        self.assertEqual(self.woken(4, 0), [])

    def test_that_rises_begins_anew_from_there_on(self) -> None:
        """02:55: Paul knows of S2; S3 wakes who is called from S3 on, at the site and at the group, at once."""
        self.on_duty(self.paul, self.group)
        self.on_duty(self.gus, self.group, rank=2, from_level=3)
        self.on_duty(self.mia, self.khh1, duty="management", from_level=3)
        self.take_up(self.ben, 2, 33)
        self.classify(S2, 2, 40)
        self.acknowledge(self.paul, 2, 45)
        self.classify(S3, 2, 55)
        self.assertEqual(self.woken(2, 55)[1:], ["Mia 02:55 S3", "Gus 02:55 S3"])
        self.acknowledge(self.gus, 2, 57)
        self.assertEqual(self.woken(3, 9)[3:], [])
        # Nobody else of the site is called from S3 on: the group comes next, and knows already.
        self.assertEqual(self.woken(3, 10)[3:], ["Paul 03:10 S3"])
        self.acknowledge(self.mia, 3, 12)
        self.assertEqual(len(self.woken(6, 0)), 4)
        self.assertFalse(self.incident.classifications.filter(wakes_above__isnull=False).exists())

    def test_that_rises_calls_the_group_anew_where_nobody_is_called_from_there_on(self) -> None:
        self.on_duty(self.paul, self.group)
        self.take_up(self.ben, 2, 33)
        self.classify(S2, 2, 40)
        self.acknowledge(self.paul, 2, 45)
        self.classify(S3, 2, 55)
        self.assertEqual(self.woken(2, 55), ["Paul 02:40 S2", "Paul 02:55 S3"])

    def test_that_nobody_acknowledged_is_taken_over_by_the_higher_one(self) -> None:
        self.on_duty(self.paul, self.group)
        self.on_duty(self.gus, self.group, rank=2)
        self.take_up(self.ben, 2, 33)
        self.classify(S2, 2, 40)
        self.classify(S3, 2, 50)
        self.assertEqual(self.woken(2, 55), ["Paul 02:40 S2", "Paul 02:50 S3"])
        self.assertEqual(self.woken(3, 5)[2:], ["Gus 03:05 S3"])
        with self.assertRaisesMessage(Refused, "present state"):
            duty.acknowledge_level(EscalationCall.objects.get(person=self.paul, rise__level=2), by=self.paul)

    def test_that_falls_calls_nobody_and_silences_nobody(self) -> None:
        self.on_duty(self.paul, self.group)
        self.on_duty(self.gus, self.group, rank=2)
        self.take_up(self.ben, 2, 33)
        self.classify(S3, 2, 40)
        self.classify(S1, 2, 50)
        self.assertEqual(self.woken(2, 50), ["Paul 02:40 S3"])
        self.assertEqual(self.woken(2, 55)[1:], ["Gus 02:55 S3"])
        self.acknowledge(self.gus, 2, 56)
        self.classify(S1 | {"outage_hours": 1}, 2, 58)
        self.assertEqual(len(self.woken(3, 30)), 2)

    def test_that_rises_again_after_a_fall_is_told_again(self) -> None:
        self.on_duty(self.paul, self.group)
        self.take_up(self.ben, 2, 33)
        self.classify(S3, 2, 40)
        self.acknowledge(self.paul, 2, 41)
        self.classify(S1, 2, 50)
        self.classify(S3, 3, 20)
        self.assertEqual(self.woken(3, 20), ["Paul 02:40 S3", "Paul 03:20 S3"])

    def test_wakes_nobody_who_raised_it_or_took_it_up_since(self) -> None:
        self.on_duty(self.paul, self.group)
        self.classify(S2, 2, 40, by=self.paul)
        self.assertEqual(self.woken(2, 40), [])
        self.on_duty(self.gus, self.group, rank=2)
        self.classify(S3, 2, 50)
        self.take_up(self.paul, 2, 52)
        self.assertEqual(self.woken(3, 30), [])
        self.assertEqual(self.look(3, 30), ["Paul Pan 02:40"])

    def test_wakes_nobody_twice_at_once_who_is_called_to_take_it_up(self) -> None:
        """The site has no roster: the group is called to take it up at 02:31, and may until 02:46."""
        self.on_duty(self.paul, self.group)
        self.on_duty(self.gus, self.group, rank=2)
        self.look(2, 31)
        self.classify(S2, 2, 40)
        self.assertEqual(self.woken(2, 45), [])
        self.assertEqual(self.look(2, 46), ["Paul Pan 02:31", "Gus Gold 02:46"])
        self.take_up(self.ben, 2, 47)
        self.assertEqual(self.woken(2, 47), ["Gus 02:47 S2"])

    def test_waits_for_who_comes_on_duty_and_says_so_once(self) -> None:
        self.on_duty(self.paul, self.group, since=at(3, 0))
        self.take_up(self.ben, 2, 33)
        self.classify(S2, 2, 40)
        self.assertEqual(self.woken(2, 41), [])
        self.assertEqual(self.told().count("Nobody further is on duty who could be called."), 1)
        self.assertEqual(self.woken(3, 0), ["Paul 03:00 S2"])

    def test_is_acknowledged_by_who_was_called_alone(self) -> None:
        self.on_duty(self.paul, self.group)
        self.take_up(self.ben, 2, 33)
        self.classify(S2, 2, 40)
        call = EscalationCall.objects.get(rise__isnull=False)
        with self.assertRaisesMessage(Refused, "Paul Pan was called; only they acknowledge it."):
            duty.acknowledge_level(call, by=self.ben)
        for who in (self.sam, self.eva):
            with self.assertRaises(PermissionDenied):
                duty.acknowledge_level(call, by=who)
        notice = Notice.objects.get(person=self.paul)
        self.assertIn(
            "You are called to IN-2025-0001, now S2: acknowledge it by 02:55", notice.sentence(self.incident)
        )
        with moments.standing_at(at(2, 44)):
            self.sign_in(self.paul)
            answer = self.client.post(f"/api/escalation-calls/{call.pk}/acknowledge-level", {"version": 1},
                                      content_type="application/json")  # fmt: skip
        self.assertEqual(answer.status_code, 200, answer.content)
        call.refresh_from_db()
        notice.refresh_from_db()
        self.assertEqual((call.answered_at, str(call.standing)), (at(2, 44), "Level acknowledged"))
        self.assertIsNotNone(notice.read_at)

    def test_calls_nobody_about_what_was_merged_and_goes_on_for_the_other(self) -> None:
        other = self.report("The same worm", self.khh1)
        self.on_duty(self.paul, self.group)
        self.on_duty(self.gus, self.group, rank=2)
        self.take_up(self.ben, 2, 33)
        self.classify(S2, 2, 40)
        with moments.standing_at(at(2, 42)):
            rules.acknowledge(other, by=self.ben)
            merging.merge(
                Incident.objects.get(pk=self.incident.pk), by=self.ben, number=other.number, reason="One worm"
            )
        merged = Incident.objects.get(pk=self.incident.pk)
        self.assertIsNotNone(Notice.objects.get(person=self.paul, read_at__isnull=False))
        self.assertEqual(self.woken(5, 0), ["Paul 02:40 S2", "Paul 02:42 S2", "Gus 05:00 S2"])
        self.assertEqual(duty.calls_about(merged).count(), 1)

    def test_of_what_few_may_know_wakes_those_few(self) -> None:
        self.on_duty(self.paul, self.group)
        self.on_duty(self.gus, self.group, rank=2)
        self.take_up(self.ben, 2, 33)
        with moments.standing_at(at(2, 35)):
            incident = Incident.objects.get(pk=self.incident.pk)
            rules.restrict(incident, by=self.ben, reason="It concerns somebody who works there.")
            rules.name_person(incident, by=self.ben, person=self.gus, reason="Decides for the group.")
        self.classify(S2, 2, 40)
        self.assertEqual(self.woken(4, 0), ["Gus 02:40 S2"])
        self.assertFalse(Notice.objects.filter(person=self.paul).exists())
        call = EscalationCall.objects.get(rise__isnull=False)
        self.assertFalse(EscalationCall.objects.visible_to(self.paul).filter(pk=call.pk).exists())

    def test_stands_in_the_room_until_it_is_acknowledged(self) -> None:
        self.on_duty(self.paul, self.group)
        self.take_up(self.ben, 2, 33)
        self.classify(S2, 2, 40)
        address = reverse("incident-room", args=[self.incident.pk])
        self.sign_in(self.ben)
        with moments.standing_at(at(2, 50)):
            answer = self.client.get(address)
        self.assertContains(answer, "S2 Moderate is not acknowledged at Meridian Semiconductor Holding yet")
        self.assertContains(answer, "Called: Paul Pan 02:40.")
        self.acknowledge(self.paul, 2, 51)
        self.assertNotContains(self.client.get(address), "is not acknowledged at")
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(address).status_code, 404)


class AReport(Woken, TestCase):
    def told_of(self, *moment: int, ongoing: str = "yes", is_unnamed: bool = False) -> Report | None:
        """What somebody tells at KHH1 at that time."""
        with moments.standing_at(at(*moment)):
            told = intake.Told(unit=self.khh1, says="The screens on line 3 ask for money.", ongoing=ongoing)
            intake.send(told, is_unnamed=is_unnamed)
        return None if is_unnamed else Report.objects.order_by("-received_at").first()

    def called(self, *moment: int) -> list[str]:
        """Who has been called to a report once all were looked at, twice, at that time."""
        with moments.standing_at(at(*moment)):
            BESIDE["incidents.escalate"].work()
            BESIDE["incidents.escalate"].work()
        calls = EscalationCall.objects.filter(report__isnull=False).select_related("person")
        return [f"{call.person.name.split()[0]} {call.called_at.astimezone(UTC) + timedelta(hours=8):%H:%M}"
                for call in calls.order_by("called_at")]  # fmt: skip

    def test_that_goes_on_calls_after_15_minutes_and_then_up(self) -> None:
        self.on_duty(self.ben, self.khh1)
        self.on_duty(self.paul, self.group, from_level=3)
        report = self.told_of(2, 10)
        self.assertEqual(self.called(2, 24), [])
        self.assertEqual(self.called(2, 25), ["Ben 02:25"])
        self.assertEqual(self.called(2, 39), ["Ben 02:25"])
        self.assertEqual(self.called(2, 40), ["Ben 02:25", "Paul 02:40"])
        self.assertEqual(len(self.called(6, 0)), 2)
        notice = Notice.objects.get(person=self.ben, record_id=report.pk, kind="incident.called")
        self.assertIn(f"You are called to report {report}: look at it by 02:40", notice.sentence(report))
        self.assertNotIn("screens", notice.sentence(report))

    def test_that_does_not_say_so_calls_nobody(self) -> None:
        self.on_duty(self.ben, self.khh1)
        for ongoing in ("no", "unsure"):
            self.told_of(2, 10, ongoing=ongoing)
        self.assertEqual(self.called(5, 0), [])

    def test_is_answered_by_looking_at_it_whatever_way(self) -> None:
        self.on_duty(self.ben, self.khh1)
        self.on_duty(self.paul, self.group)
        ways = (lambda report: intake.take(report, by=self.ben),
                lambda report: answering.answer(report, by=self.ben, text="We are on the way."),
                lambda report: intake.settle(report, by=self.ben, reason="A drill."),
                lambda report: intake.open_incident(report, by=self.ben, title="Screens of line 3"),
                lambda report: intake.join(report, by=self.ben, number=self.incident.number))  # fmt: skip
        for hour, way in enumerate(ways, start=3):
            report = self.told_of(hour, 0)
            before = len(self.called(hour, 14))
            self.assertEqual(self.called(hour, 15)[before:], [f"Ben 0{hour}:15"])
            with moments.standing_at(at(hour, 20)):
                way(Report.objects.get(pk=report.pk))
            self.assertEqual(len(self.called(hour, 59)), before + 1)
            call = EscalationCall.objects.get(report=report)
            self.assertEqual((call.answered_at, str(call.standing)), (at(hour, 20), "Looked at"))

    def test_tells_the_incident_that_is_made_of_it_who_was_called(self) -> None:
        self.on_duty(self.ben, self.khh1)
        report = self.told_of(2, 10)
        self.called(2, 25)
        with moments.standing_at(at(2, 31)):
            made = intake.open_incident(report, by=self.ben, title="Screens of line 3")
        told = [entry.told for entry in made.timeline.order_by("at", "number")]
        self.assertIn(f"Ben Tan was called to report {report}, which nobody had looked at.", told)
        self.assertEqual(EscalationCall.objects.get(report=report).incident, made)

    def test_calls_once_for_all_of_a_site_that_come_together(self) -> None:
        """A flood wakes nobody more often than each quarter of an hour."""
        self.on_duty(self.ben, self.khh1)
        for minute in range(10, 16):
            self.told_of(2, minute)
        self.assertEqual(self.called(2, 31), ["Ben 02:31"])
        with moments.standing_at(at(2, 32)):
            intake.take(Report.objects.order_by("received_at").first(), by=self.ben)
        self.assertEqual(self.called(2, 45), ["Ben 02:31"])
        self.assertEqual(self.called(2, 46), ["Ben 02:31", "Ben 02:46"])

    def test_costs_the_same_to_look_at_again_however_many_sites_wait(self) -> None:
        """Each report is judged once more under its lock, among those of its own unit alone."""
        with acting(TELLER, "story.sites"):
            sites = [unit(f"FAB{number}", f"Fab {number}", Unit.Kind.SITE, self.group) for number in range(6)]
        for site in (self.khh1, *sites):
            self.on_duty(self.ben if site == self.khh1 else self.paul, site)
        one, many = (self.reads_of_a_look(hour, places) for hour, places in ((3, [self.khh1]), (4, sites)))
        self.assertLessEqual(many, one * len(sites))

    def reads_of_a_look(self, hour: int, places: list[Unit]) -> int:
        """How often the database is asked when a report of each of `places` is looked at, and each wakes one."""
        with moments.standing_at(at(hour, 0)):
            for place in places:
                intake.send(intake.Told(unit=place, says="It goes on.", ongoing="yes"), is_unnamed=False)
        with moments.standing_at(at(hour, 15)), CaptureQueriesContext(connection) as asked:
            BESIDE["incidents.escalate"].work()
        called = EscalationCall.objects.filter(report__isnull=False, called_at=at(hour, 15))
        self.assertEqual(called.count(), len(places))
        return len(asked)

    def test_that_is_open_again_calls_again(self) -> None:
        self.on_duty(self.ben, self.khh1)
        report = self.told_of(2, 10)
        with moments.standing_at(at(2, 12)):
            intake.settle(report, by=self.ben, reason="A drill.")
        with moments.standing_at(at(2, 30)):
            intake.add(report, "It was no drill, line 4 too.", [])
        self.assertEqual(self.called(2, 44), [])
        self.assertEqual(self.called(2, 45), ["Ben 02:45"])

    def test_wakes_nobody_after_a_day(self) -> None:
        with moments.standing_at(REPORTED - timedelta(hours=25)):
            intake.send(intake.Told(unit=self.khh1, says="Old.", ongoing="yes"), is_unnamed=False)
        self.on_duty(self.ben, self.khh1)
        self.assertEqual(self.called(2, 31), [])

    def test_without_a_name_is_told_to_nobody_by_it(self) -> None:
        """security.md R11, R12: neither a call nor a notice tells that it came, or when."""
        self.on_duty(self.ben, self.khh1)
        self.on_duty(self.paul, self.group)
        before = Notice.objects.count()
        self.told_of(2, 10, is_unnamed=True)
        self.assertEqual(Disclosure.objects.count(), 1)
        self.assertEqual(self.called(5, 0), [])
        self.assertEqual(
            Notice.objects.filter(kind="incident.called").exclude(record_id=self.incident.pk).count(), 0
        )
        self.assertGreaterEqual(Notice.objects.count(), before)

    def test_and_who_was_called_to_it_are_seen_where_it_lies(self) -> None:
        self.on_duty(self.ben, self.khh1)
        report = self.told_of(2, 10)
        self.called(2, 25)
        address = reverse("reports-record", args=[report.pk])
        self.sign_in(self.ben)
        self.assertContains(self.client.get(address), "Who was called")
        self.assertContains(self.client.get(reverse("escalation-calls")), str(report))
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(address).status_code, 404)
        self.assertNotContains(self.client.get("/escalation-calls/"), str(report), status_code=403)

    def test_that_moves_takes_its_calls_along(self) -> None:
        self.on_duty(self.ben, self.khh1)
        report = self.told_of(2, 10)
        self.called(2, 25)
        with acting(TELLER, "story.move"):
            report.unit = self.pen1
            report.save()
        call = EscalationCall.objects.get(report=report)
        self.assertEqual(call.unit, self.pen1)
        self.assertFalse(EscalationCall.objects.visible_to(self.ben).filter(pk=call.pk).exists())
        self.assertTrue(EscalationCall.objects.visible_to(self.ada).filter(pk=call.pk).exists())
