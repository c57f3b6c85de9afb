"""The review that closes an incident, and its lessons in the one list of actions."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.test import TestCase
from django.urls import reverse

from keepwell.areas.improvement.models import Action
from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, IncidentReview
from keepwell.areas.incidents.models.reviews import PARTS
from keepwell.areas.incidents.models.timeline import Pulse
from keepwell.areas.incidents.rules import lessons
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.todos.todo import due_from
from tests.cast import TELLER

UNTIL = date(2026, 1, 31)
REVIEW = {
    "review": "Controllers had the old image.", "causes": "A stick from the maker.", "worked": "The zone was cut.",
    "failed": "Nobody had the masters at hand.",
}  # fmt: skip


class Lessons(Reported, TestCase):
    def learn(self, **more: object) -> Action:
        told = {"what": "Keep masters in the vault", "to": self.ben.number, "until": UNTIL} | more
        return lessons.raise_lesson(self.incident, by=self.ben, **told)

    def test_stand_in_the_list_of_actions_and_are_owed(self) -> None:
        made, further = self.learn(reason="Nobody had them"), self.learn(what="Scan sticks at the gate")
        self.assertEqual((made.code, further.code), ("IN-2025-0001-L1", "IN-2025-0001-L2"))
        kept = Action.objects.get(code="IN-2025-0001-L1")
        self.assertEqual(
            (kept.kind, kept.unit, kept.owner, kept.due_on, kept.origin_id),
            ("corrective", self.khh1, self.ben, UNTIL, self.incident.pk),
        )
        self.assertEqual(
            len(
                [
                    one
                    for one in due_from(self.ben, moments.today())
                    if "IN-2025-0001-L" in one.act + one.context
                ]
            ),
            2,
        )
        self.assertEqual(list(lessons.lessons(self.incident, self.ben)), [made, further])
        self.assertEqual(list(lessons.lessons(self.incident, self.sam)), [])

    def test_tell_open_rooms_what_became_of_them(self) -> None:
        made = self.learn()
        for change in ({"title": "Keep masters in two vaults"}, {"origin_kind": "", "origin_id": None}):
            before = Pulse.objects.get(incident=self.incident).beat
            with acting(TELLER, "story.go_on"):
                for name, value in change.items():
                    setattr(made, name, value)
                made.save()
            after = Pulse.objects.get(incident=self.incident)
            told = int(bool(made.origin_id))
            self.assertEqual((after.beat - before, after.besides == after.beat), (told, True))

    def test_stay_out_of_the_list_while_named_people_alone_know_the_incident(self) -> None:
        rules.restrict(self.incident, by=self.ben, reason="Names in it.")
        with self.assertRaisesMessage(Refused, "without naming the incident"):
            self.learn()
        self.assertFalse(Action.objects.exists())

    def test_are_refused_for_who_could_not_own_them_or_a_day_gone_by(self) -> None:
        with self.assertRaisesMessage(Refused, "Eva Chen may not carry out actions"):
            self.learn(to=self.eva.number)
        with self.assertRaisesMessage(Refused, "Choose a day to come."):
            self.learn(until=date(2025, 11, 14))
        with self.assertRaises(PermissionDenied):
            lessons.raise_lesson(self.incident, by=self.sam, what="x", to=self.ben.number, until=UNTIL)
        self.assertFalse(Action.objects.filter(code__startswith="IN-").exists())


class AReview(Reported, TestCase):
    def scene(self) -> None:
        super().scene()
        rules.classify(self.incident, by=self.ben, facts={"effect": True})
        for step in (rules.respond, rules.contain, rules.recover, rules.begin_review):
            step(self.incident, by=self.ben)

    @property
    def review(self) -> IncidentReview:
        """As it stands now."""
        return IncidentReview.objects.get(incident=self.incident)

    def test_has_four_parts_before_the_close(self) -> None:
        for part in REVIEW:
            with self.subTest(part), self.assertRaisesMessage(Refused, "all four parts"):
                rules.close(self.incident, by=self.ben, **(REVIEW | {part: " "}))
        rules.close(self.incident, by=self.ben, **REVIEW)
        kept = IncidentReview.objects.get(incident=self.incident)
        self.assertEqual(
            {part: getattr(kept, part) for part in PARTS}, dict(zip(PARTS, REVIEW.values(), strict=True))
        )
        self.assertEqual((kept.person, kept.tlp, kept.is_whole), (self.ben, "", True))

    def test_stands_in_the_room_with_its_lessons(self) -> None:
        lessons.raise_lesson(
            self.incident, by=self.ben, what="Keep masters in the vault", to=self.ben.number, until=UNTIL
        )
        rules.close(self.incident, by=self.ben, **REVIEW)
        address = reverse("incident-room", args=[self.incident.pk])
        self.sign_in(self.ben)
        answer = self.client.get(address)
        for words in (*REVIEW.values(), "Keep masters in the vault", "31 Jan 2026"):
            self.assertContains(answer, words)
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(address).status_code, 404)

    def test_is_taken_up_again_by_who_decides_when_something_came_up(self) -> None:
        rules.close(self.incident, by=self.ben, **REVIEW)
        for who in (self.eva, self.sam):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                rules.reopen(self.incident, by=who, reason="Curious")
        rules.reopen(self.incident, by=self.ada, reason="A second stick was found.")
        kept = Incident.objects.get(pk=self.incident.pk)
        self.assertEqual(
            (kept.state, kept.closed_at, self.review.happened), ("review", None, REVIEW["review"])
        )
        entry = kept.timeline.get(verb="reopen")
        self.assertEqual(
            (entry.kind, entry.reason, entry.person), ("decision", "A second stick was found.", self.ada)
        )
        lessons.raise_lesson(kept, by=self.ben, what="Count the sticks", to=self.ben.number, until=UNTIL)
        rules.close(kept, by=self.ben, causes="Two sticks from the maker.")
        kept.refresh_from_db()
        self.assertEqual((kept.state, self.review.causes), ("closed", "Two sticks from the maker."))
        self.assertEqual((self.review.happened, self.review.version), (REVIEW["review"], 2))
