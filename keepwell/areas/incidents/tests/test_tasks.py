"""Tasks of an incident: what a playbook brings and by when, who owes it, how it ends, and what the room says of it."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.test import TestCase
from django.urls import reverse
from django.utils.translation import override

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import IncidentTask, Playbook, PlaybookTask, TimelineEntry, kinds
from keepwell.areas.incidents.models.tasks import ASKED, After, Phase
from keepwell.areas.incidents.pages.tasks import line, span
from keepwell.areas.incidents.rules import tasks
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.notices.models import Notice
from keepwell.platform.todos.todo import due_from
from tests.cast import NOW, TELLER, account, grant, person

LATER = NOW + timedelta(minutes=24)


class Story(Reported):
    def take(self, playbook: str = "ot-malware") -> list[IncidentTask]:
        return tasks.take_playbook(self.incident, by=self.ben, playbook=playbook)

    def due(self, title: str) -> timedelta | None:
        """How long after 05:12 a task is due."""
        at = IncidentTask.objects.get(incident=self.incident, title__startswith=title).due_at
        return at - NOW if at else None

    def owed(self, *people: str) -> list[str]:
        found = (todo.act for who in people for todo in due_from(getattr(self, who), moments.today()))
        return [act for act in found if act.startswith("Task of an incident")]


class Shipped(Story, TestCase):
    def test_playbooks_are_whole_in_both_languages(self) -> None:
        self.assertEqual(len({plan.code for plan in tasks.shipped()}), 15)
        for plan in tasks.shipped():
            with self.subTest(plan.code):
                self.assertTrue(plan.kinds and all(kind in kinds() for kind in plan.kinds))
                self.assertTrue(plan.title.zh and all(step.title.en and step.title.zh for step in plan.steps))
                self.assertTrue(all(step.role in ASKED and step.phase in Phase.values for step in plan.steps))
                self.assertEqual(len({step.title.en for step in plan.steps}), len(plan.steps))

    def test_playbooks_leave_no_type_without_one_but_tests(self) -> None:
        self.assertEqual(
            [kind for kind in kinds() if not any(plan.fits(kind) for plan in tasks.shipped())], ["test"]
        )

    def test_stand_first_where_they_fit_the_type(self) -> None:
        self.assertEqual([plan.code for plan in tasks.plans(self.incident)][:2], ["malware", "ot-malware"])

    def test_stand_beside_those_of_the_group_and_of_the_site_alone(self) -> None:
        for code, at in (("of-the-group", self.group), ("of-khh1", self.khh1), ("of-pen1", self.pen1)):
            with acting(TELLER, "story.playbook"):
                own = Playbook(code=code, title=code, unit=at, kinds=["infected-system"])
                own.save()
                PlaybookTask(playbook=own, title="Later", minutes=90).save()
                PlaybookTask(playbook=own, title="Sooner", minutes=30).save()
        found = {plan.code: plan for plan in tasks.plans(self.incident)}
        self.assertEqual([code for code in found if code.startswith("of-")], ["of-khh1", "of-the-group"])
        self.assertEqual([step.title.en for step in found["of-khh1"].steps], ["Sooner", "Later"])


class Taking(Story, TestCase):
    def test_reckons_when_each_is_due_from_its_event(self) -> None:
        rules.classify(self.incident, by=self.ben, facts={"plant": 2})
        with moments.standing_at(LATER):
            made = self.take()
        self.assertEqual(len(made), 13)
        self.assertEqual(self.due("Cut the zone"), timedelta(minutes=30))
        self.assertEqual(self.due("Compare controller"), timedelta(minutes=60))
        self.assertIsNone(self.due("Load clean programs"))

    def test_gives_time_from_containment_once_it_came(self) -> None:
        rules.classify(self.incident, by=self.ben, facts={"plant": 2})
        rules.respond(self.incident, by=self.ben)
        self.take()
        with moments.standing_at(LATER):
            rules.contain(self.incident, by=self.ben, at=NOW + timedelta(minutes=10))
        self.assertEqual(self.due("Load clean programs"), timedelta(minutes=10 + 480))

    def test_moves_what_runs_from_the_level_with_the_level(self) -> None:
        rules.classify(self.incident, by=self.ben, facts={"effect": True, "core_system": True})
        self.take()
        with moments.standing_at(LATER):
            rules.classify(self.incident, by=self.ben, facts={"plant": 2})
            rules.classify(self.incident, by=self.ben, facts={"plant": 2, "media": 1})
        self.assertEqual(self.due("Compare controller"), timedelta(minutes=24 + 60))
        self.assertEqual(self.due("Cut the zone"), timedelta(minutes=30))

    def test_twice_doubles_nothing(self) -> None:
        self.take()
        with self.assertRaisesMessage(Refused, "stand here already"):
            self.take()
        self.assertEqual(self.incident.tasks.count(), 13)

    def test_is_refused_for_what_is_no_playbook_and_for_who_may_not(self) -> None:
        with self.assertRaisesMessage(Refused, "No playbook is called “nonsense” here."):
            self.take("nonsense")
        for who in (self.sam, self.eva, self.cleo):
            with self.assertRaises(PermissionDenied):
                tasks.take_playbook(self.incident, by=who, playbook="malware")

    def test_stands_in_the_timeline_in_the_language_of_the_reader(self) -> None:
        self.take()
        entry = TimelineEntry.objects.get(verb="playbook")
        self.assertEqual(entry.told, "Playbook “Malware in OT” taken: 13 tasks.")
        with override("zh-hant"):
            self.assertIn("OT 惡意程式", entry.told)


class Owing(Story, TestCase):
    def test_falls_to_who_holds_the_role_until_it_ended(self) -> None:
        first = self.take("lost-device")[0]
        self.assertEqual((len(self.owed("ben")), self.owed("sam", "eva")), (6, []))
        tasks.finish(first, by=self.ben, reason="Bag left in a taxi")
        tasks.leave_out(self.incident.tasks.get(number=2), by=self.ben, reason="It had no battery")
        self.assertEqual(len(self.owed("ben")), 4)
        self.assertEqual(tasks.tally(self.incident, self.ben), tasks.Tally(2, 6))
        kept = TimelineEntry.objects.get(verb="left-out")
        self.assertEqual((kept.kind, kept.because), ("decision", "It had no battery"))

    def test_asks_for_a_reason_where_it_is_not_needed(self) -> None:
        with self.assertRaisesMessage(Refused, "Say why it is not needed."):
            tasks.leave_out(self.take()[0], by=self.ben, reason=" ")

    def test_is_handed_on_to_somebody_who_may_work_on_it(self) -> None:
        task = self.take("lost-device")[0]
        with self.assertRaisesMessage(Refused, "Eva Chen may not work on IN-2025-0001"):
            tasks.hand_on(task, by=self.ben, to=self.eva)
        tasks.hand_on(task, by=self.ben, to=self.ada)
        self.assertEqual((len(self.owed("ben")), len(self.owed("ada"))), (5, 1))
        self.assertTrue(Notice.objects.filter(person=self.ada, kind="todo.new").exists())

    def test_is_added_by_hand_with_a_moment_to_come(self) -> None:
        """It is 05:12 in Taipei: 05:30 is in 18 minutes, 05:00 tomorrow."""
        for until, left in (
            ("05:30", timedelta(minutes=18)), ("05:00", timedelta(hours=23, minutes=48)),
            ("2025-11-14 08:12", timedelta(hours=3)), ("2025-11-13T23:12+01:00", timedelta(hours=1)),
        ):  # fmt: skip
            with self.subTest(until):
                task = tasks.add_task(self.incident, by=self.ben, what="Warn the night shift", until=until)
                self.assertEqual(task.due_at - NOW, left)
        for until, says in (
            ("soon", "is no moment"),
            ("25:00", "is no moment"),
            ("2025-11-14 05:12", "has passed"),
        ):
            with self.subTest(until), self.assertRaisesMessage(Refused, says):
                tasks.add_task(self.incident, by=self.ben, what="x", until=until)


class Words(Story, TestCase):
    def test_tell_how_late_a_task_is(self) -> None:
        task = tasks.add_task(self.incident, by=self.ben, what="Compare", until="05:30")
        due = NOW + timedelta(minutes=18)
        told = [line(task, due + timedelta(minutes=past), "Asia/Taipei") for past in (-18, 0, 12, 79)]
        self.assertEqual([one.due for one in told], ["05:30", "05:30", "12 min late", "1 h 19 min late"])
        self.assertEqual([one.tint for one in told], ["warn", "warn", "bad", "bad"])

    def test_say_a_stretch_in_two_parts(self) -> None:
        minutes = (0, 1, 59, 60, 79, 1439, 1440, 4380)
        self.assertEqual(
            [span(timedelta(minutes=one)) for one in minutes],
            ["1 min", "1 min", "59 min", "1 h 0 min", "1 h 19 min", "23 h 59 min", "1 d 0 h", "3 d 1 h"],
        )


class Pages(Story, TestCase):
    def test_show_a_playbook_and_take_it_into_the_room(self) -> None:
        self.sign_in(self.ben)
        address = reverse("incident-playbook", args=[self.incident.pk])
        self.assertContains(self.client.get(address), "30 min after awareness")
        answer = self.client.post(address, {"playbook": "ot-malware"}, follow=True)
        self.assertContains(answer, "0 of 13 done, playbook Malware in OT")
        self.assertContains(answer, "Cut the zone from the office network")
        self.assertContains(answer, "8 h 0 min after containment")
        wrong = self.client.post(address, {"playbook": "ot-malware"})
        self.assertContains(wrong, "stand here already", status_code=422)

    def test_draw_an_open_room_anew_when_a_task_ended(self) -> None:
        task = self.take("lost-device")[0]
        self.sign_in(self.ben)
        mark = self.client.get(reverse("incident-room", args=[self.incident.pk])).context["mark"]
        tasks.finish(task, by=self.ben)
        answer = self.client.get(reverse("incident-newest", args=[self.incident.pk]), {"beat": mark})
        self.assertContains(answer, "1 of 6 done")

    def test_are_not_there_for_sam_eva_or_another_site(self) -> None:
        task = self.take("lost-device")[0]
        with acting(TELLER, "story.grant"):
            other = person("A0000007", "Olga Ong", self.pen1)
            account(other, "olga")
            grant(other, "site_officer", self.pen1)
        for who in (self.sam, self.eva, other):
            self.sign_in(who)
            for address in (
                reverse("incident-playbook", args=[self.incident.pk]),
                reverse("incident-tasks-record", args=[task.pk]),
            ):
                with self.subTest(who.name, address=address):
                    self.assertEqual(self.client.get(address).status_code, 404)

    def test_end_tasks_for_programs_too(self) -> None:
        task = self.take("lost-device")[0]
        self.sign_in(self.ben)
        address = f"/api/incident-tasks/{task.pk}/finish"
        answer = self.client.post(address, {"reason": "Found"}, content_type="application/json")
        self.assertEqual(answer.status_code, 200, answer.content)
        self.assertEqual(After(task.after), After.AWARENESS)
        task.refresh_from_db()
        self.assertEqual((task.state, task.done_by, task.outcome), ("done", self.ben, "Found"))
