"""What is marked narrower betrays itself by no refusal, no count and no line of an act of who must not know of it."""

from __future__ import annotations

from datetime import timedelta

from django.test import TestCase

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import ExposureAnswer, Incident, IncidentTask, TimelineEntry
from keepwell.areas.incidents.rules import exposure, merging, splitting, tasks, working
from keepwell.areas.incidents.tests.test_marks import Widened
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from tests.cast import NOW

Tlp = Incident.Tlp
ASKS = "Vermilion tool in use?"


class Unsaid(Widened):
    """Ben and Ada are named for the incident; Gina works on it too."""

    def fresh(self) -> Incident:
        return Incident.objects.select_related("unit").get(pk=self.incident.pk)

    def ask(self, by: object, tlp: Tlp | None = None) -> list[ExposureAnswer]:
        return exposure.ask_sites(self.fresh(), by=by, says=ASKS, until="23:00", sites="KHH1", tlp=tlp)


class AQuestion(Unsaid, TestCase):
    def scene(self) -> None:
        super().scene()
        self.ask(self.ben, Tlp.RED)

    def test_that_is_hidden_is_no_reason_to_refuse_another(self) -> None:
        with self.assertRaisesMessage(Refused, "Every one of these sites has been asked"):
            self.ask(self.ada)
        with moments.standing_at(NOW + timedelta(minutes=1)):
            self.assertEqual(len(self.ask(self.gina)), 1)
            with self.assertRaisesMessage(Refused, "Every one of these sites has been asked"):
                self.ask(self.faye)
        self.assertEqual(sorted(ExposureAnswer.objects.values_list("tlp", flat=True)), ["", "red"])

    def test_that_nobody_answered_is_told_of_under_its_mark(self) -> None:
        with moments.standing_at(NOW + timedelta(minutes=1)):
            self.ask(self.gina)
        working.withdraw(self.fresh(), by=self.ada, reason="None after all.")
        told = TimelineEntry.objects.filter(incident=self.incident, says=exposure.UNANSWERED)
        self.assertEqual(
            sorted(told.values_list("tlp", "facts__sites")), [("amber", "KHH1"), ("red", "KHH1")]
        )


class ATask(Unsaid, TestCase):
    def test_that_is_hidden_is_no_reason_to_leave_one_of_a_playbook_out(self) -> None:
        plan = tasks.plans(self.fresh())[0]
        every = tasks.take_playbook(self.fresh(), by=self.ben, playbook=plan.code)
        for task in every:
            rules.mark_task(IncidentTask.objects.get(pk=task.pk), by=self.ben, tlp=Tlp.RED, reason="Names.")
        with self.assertRaisesMessage(Refused, "All tasks of this playbook stand here already."):
            tasks.take_playbook(self.fresh(), by=self.ada, playbook=plan.code)
        self.assertEqual(tasks.playbooks_of(self.fresh(), self.ben), [plan.title])
        self.assertEqual(tasks.playbooks_of(self.fresh(), self.gina), [])
        self.assertEqual(len(tasks.take_playbook(self.fresh(), by=self.gina, playbook=plan.code)), len(every))


class AMerge(Unsaid, TestCase):
    """Into an incident for which Faye, counsel from outside, is named beside Ben and Ada."""

    def scene(self) -> None:
        super().scene()
        self.other = self.report("Another matter", self.khh1)
        for who in (self.ada, self.ben, self.faye):
            rules.name_person(
                Incident.objects.get(pk=self.other.pk), by=self.ada, person=who, reason="Decides."
            )

    def test_shows_a_question_to_nobody_from_whom_it_is_kept(self) -> None:
        (asked,) = self.ask(self.ben, Tlp.RED)
        with self.assertRaisesMessage(Refused, "Faye Roth may know"):
            merging.merge(self.fresh(), by=self.ben, number=str(self.other), reason="The same")
        self.assertNotIn(asked, ExposureAnswer.objects.visible_to(self.faye))


class TakenApart(Unsaid, TestCase):
    """What was merged has a list of its own, on which Faye stands, and goes on by itself again."""

    def scene(self) -> None:
        super().scene()
        self.gone = self.report("The same matter", self.khh1)
        for who in (self.ada, self.ben, self.faye):
            rules.name_person(
                Incident.objects.get(pk=self.gone.pk), by=self.ada, person=who, reason="Decides."
            )
        self.known = self.task(self.gone)
        merging.merge(
            Incident.objects.get(pk=self.gone.pk), by=self.ben, number=str(self.incident), reason="The same"
        )

    def task(self, incident: Incident) -> IncidentTask:
        """One for named people alone."""
        return tasks.add_task(
            Incident.objects.get(pk=incident.pk),
            by=self.ben,
            what="Ask Vermilion",
            until="23:00",
            to=self.ben,
            tlp=Tlp.RED,
        )

    def apart(self, *going: IncidentTask) -> None:
        splitting.take_apart(
            self.fresh(),
            {"tasks": [str(one.pk) for one in going]},
            by=self.ben,
            number=str(self.gone),
            reason="Two matters",
        )

    def test_shows_nothing_new_to_who_must_not_know_of_it(self) -> None:
        added = self.task(self.incident)
        with self.assertRaisesMessage(Refused, "Faye Roth may know"):
            self.apart(added)
        self.assertNotIn(added, IncidentTask.objects.visible_to(self.faye))

    def test_gives_back_what_they_knew(self) -> None:
        self.apart(self.known)
        self.assertIn(self.known, IncidentTask.objects.visible_to(self.faye))
