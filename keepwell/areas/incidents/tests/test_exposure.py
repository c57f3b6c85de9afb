"""Other sites asked whether they are exposed: who is asked, what they see, what they answer, what the room says."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.test import TestCase
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import ExposureAnswer, Incident, TimelineEntry
from keepwell.areas.incidents.rules import exposure
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.notices.abroad import Delivery, Webhook
from keepwell.platform.notices.hooks import payload
from keepwell.platform.todos.todo import due_from
from tests.cast import NOW, TELLER, account, grant, person

State = ExposureAnswer.State


class Story(Reported):
    def scene(self) -> None:
        super().scene()
        with acting(TELLER, "story.staff"):
            self.nia = person("A0000009", "Nia Noor", self.pen1)
            account(self.nia, "nia")
            grant(self.nia, "site_officer", self.pen1)

    def ask(self, sites: str = "KHH2, pen1", until: str = "09:00") -> list[ExposureAnswer]:
        return exposure.ask_sites(
            self.incident,
            by=self.ada,
            says="Is the update server of maker X in use?",
            until=until,
            sites=sites,
        )

    def owed(self, who: object) -> list[str]:
        return [one.act for one in due_from(who, moments.today()) if "exposed" in one.act]


class Asking(Story, TestCase):
    def test_lets_the_officers_of_each_site_owe_an_answer_in_their_own_time(self) -> None:
        """09:00 in Taipei is 01:00 UTC, and 09:00 in Kuala Lumpur."""
        made = self.ask()
        self.assertEqual([one.unit.code for one in made], ["KHH2", "PEN1"])
        self.assertEqual(made[0].due_at - NOW, timedelta(hours=3, minutes=48))
        self.assertEqual(self.owed(self.nia), ["Say whether PEN1 is exposed, by 09:00"])
        self.assertEqual((self.owed(self.ben), self.owed(self.sam)), ([], []))
        self.assertEqual(
            TimelineEntry.objects.get().told, "Asked 2 sites whether they are exposed, by 09:00."
        )

    def test_asks_no_site_twice_while_it_has_still_to_answer(self) -> None:
        self.ask()
        with self.assertRaisesMessage(Refused, "has still to answer"):
            self.ask()
        exposure.answer(ExposureAnswer.objects.get(unit=self.pen1), by=self.nia, exposed=State.NOT_EXPOSED)
        with moments.standing_at(NOW + timedelta(minutes=1)):
            self.assertEqual([one.unit for one in self.ask()], [self.pen1])

    def test_refuses_sites_beyond_ones_rights_and_what_is_no_question(self) -> None:
        with self.assertRaisesMessage(Refused, "not known: PEN1"):
            exposure.ask_sites(self.incident, by=self.ben, says="x", until="09:00", sites="PEN1")
        for says, until, why in (("", "09:00", "Write a question"), ("x", "soon", "is no moment")):
            with self.assertRaisesMessage(Refused, why):
                exposure.ask_sites(self.incident, by=self.ada, says=says, until=until, sites="PEN1")
        with self.assertRaises(PermissionDenied):
            exposure.ask_sites(self.incident, by=self.nia, says="x", until="09:00", sites="PEN1")


class Answering(Story, TestCase):
    def test_settles_what_is_owed_and_stands_in_the_timeline(self) -> None:
        one = self.ask("PEN1")[0]
        exposure.answer(one, by=self.nia, exposed=State.EXPOSED, reason="Two stations of line 1")
        self.assertEqual(self.owed(self.nia), [])
        kept = ExposureAnswer.objects.get()
        self.assertEqual(
            (kept.state, kept.words, kept.person), ("exposed", "Two stations of line 1", self.nia)
        )
        entry = TimelineEntry.objects.get(verb="answered")
        self.assertEqual((entry.told, entry.source), ("PEN1 answers: exposed.", "Two stations of line 1"))

    def test_says_in_words_what_was_found_but_where_nothing_was(self) -> None:
        one = self.ask("PEN1")[0]
        for state in (State.EXPOSED, State.NOT_SURE):
            with self.assertRaisesMessage(Refused, "Say in words"):
                exposure.answer(one, by=self.nia, exposed=state)
        with self.assertRaisesMessage(Refused, "Choose an answer"):
            exposure.answer(one, by=self.nia, exposed=State.OPEN)
        exposure.answer(one, by=self.nia, exposed=State.NOT_EXPOSED)
        self.assertEqual(ExposureAnswer.objects.get().state, "not_exposed")

    def test_is_late_after_its_moment_alone(self) -> None:
        one = self.ask("PEN1")[0]
        self.assertEqual(
            [one.is_late(one.due_at), one.is_late(one.due_at + timedelta(minutes=1))], [False, True]
        )

    def test_shows_the_site_the_question_and_not_the_incident(self) -> None:
        one = self.ask("PEN1")[0]
        self.sign_in(self.nia)
        page = self.client.get(reverse("exposure-answers-record", args=[one.pk]))
        self.assertContains(page, "Is the update server of maker X in use?")
        self.assertNotContains(page, self.incident.number)
        self.assertNotContains(page, self.incident.title)
        self.assertEqual(Incident.objects.visible_to(self.nia).count(), 0)
        form = reverse("exposure-answers-do", args=[one.pk, "answer"])
        self.assertContains(self.client.get(form), one.asks)
        done = self.client.post(form, {"exposed": "not_sure", "reason": "The maker does not say"})
        self.assertEqual(done.status_code, 302)

    def test_tells_a_program_of_the_site_no_number_of_the_incident(self) -> None:
        rules.restrict(self.incident, by=self.ada, reason="It names somebody.")
        one = self.ask("PEN1")[0]
        with acting(TELLER, "story.hook"):
            hook = Webhook(name="siem", unit=self.pen1, url="https://siem.example/", reader=self.nia,
                           registers=["exposure-answers"])  # fmt: skip
            hook.save()
        change = Change.objects.get(record_id=one.pk)
        told = payload(Delivery(webhook=hook, change_id=change.pk))
        assert told is not None
        self.assertIn(str(one.pk), told.decode())
        self.assertNotIn(self.incident.number, told.decode())


class Over(Story, TestCase):
    """Nobody owes an answer about an incident that is over, and nobody can give one; opened again, both are as before."""

    def close(self) -> None:
        incident = Incident.objects.get(pk=self.incident.pk)
        rules.classify(incident, by=self.ada, facts={"plant": 0})
        for step in (rules.respond, rules.contain, rules.recover, rules.begin_review):
            step(incident, by=self.ada)
        rules.close(incident, by=self.ada, review="x", causes="x", worked="x", failed="x")

    def may_answer(self) -> bool:
        one = ExposureAnswer.objects.select_related("incident").get(unit=self.pen1)
        return exposure.answer.offered(one)

    def test_closed_it_asks_nobody_any_more_and_opened_again_it_does(self) -> None:
        self.ask("KHH2, PEN1")
        exposure.answer(ExposureAnswer.objects.get(unit=self.khh2), by=self.ada, exposed=State.NOT_EXPOSED)
        self.close()
        self.assertEqual((self.owed(self.nia), self.may_answer()), ([], False))
        told = [one.told for one in TimelineEntry.objects.filter(verb="asked").order_by("number")]
        self.assertEqual(told[-1], "No answer is owed any more whether they are exposed: PEN1.")
        rules.reopen(Incident.objects.get(pk=self.incident.pk), by=self.ada, reason="It spread")
        self.assertEqual(
            (self.owed(self.nia), self.may_answer()), (["Say whether PEN1 is exposed, by 09:00"], True)
        )

    def test_withdrawn_it_asks_nobody_any_more(self) -> None:
        self.ask("PEN1")
        rules.withdraw(Incident.objects.get(pk=self.incident.pk), by=self.ada, reason="Twice")
        self.assertEqual((self.owed(self.nia), self.may_answer()), ([], False))

    def test_where_all_answered_tells_of_nobody(self) -> None:
        exposure.answer(self.ask("PEN1")[0], by=self.nia, exposed=State.NOT_EXPOSED)
        self.close()
        self.assertEqual(TimelineEntry.objects.filter(verb="asked").count(), 1)


class Pages(Story, TestCase):
    def test_tick_sites_and_show_their_answers_in_the_room(self) -> None:
        self.sign_in(self.ada)
        form = reverse("incident-ask", args=[self.incident.pk])
        self.assertContains(self.client.get(form), "Penang Assembly 1")
        sent = {"says": "Is X in use?", "until": "09:00", "site": ["KHH2", "PEN1"]}
        room = self.client.post(form, sent, follow=True)
        self.assertContains(room, "0 of 2 answered")
        exposure.answer(
            ExposureAnswer.objects.get(unit=self.pen1), by=self.nia, exposed=State.EXPOSED, reason="Line 1"
        )
        room = self.client.get(reverse("incident-room", args=[self.incident.pk]))
        self.assertContains(room, "1 of 2 answered")
        self.assertContains(room, "1 exposed")
        wrong = self.client.post(form, {"says": "Is X in use?", "until": "09:00"})
        self.assertContains(wrong, "Is X in use?", status_code=422)

    def test_are_not_there_for_sam_eva_or_another_site(self) -> None:
        self.ask("KHH2")
        for who in (self.sam, self.eva, self.nia):
            self.sign_in(who)
            with self.subTest(who.name):
                self.assertEqual(
                    self.client.get(reverse("incident-ask", args=[self.incident.pk])).status_code, 404
                )
                answer = reverse("exposure-answers-record", args=[ExposureAnswer.objects.get().pk])
                self.assertEqual(self.client.get(answer).status_code, 404)
