"""Marks of tasks, costs, meetings, notices, reviews and reports: the incident's until they have their own, obeyed by every
outlet."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.test import TestCase, override_settings
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, IncidentNotice, Report, RuleInForce, TimelineEntry
from keepwell.areas.incidents.models.marks import OwnMark
from keepwell.areas.incidents.rules import costs, duties, intake, meeting, notices, outward, tasks
from keepwell.areas.incidents.tests.outlets import Outlets
from keepwell.areas.incidents.tests.stories import reviewed
from keepwell.areas.incidents.tests.test_marks import Widened
from keepwell.config.mail import post
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.history.sequencer import seal
from keepwell.platform.people.models import Person
from tests.cast import NOW, TELLER, grant

Tlp = Incident.Tlp
TASK, COST, MEETING, NOTICE = "Vermilion task", "Vermilion cost", "Vermilion meeting", "Vermilion notice"
REVIEW, REPORT = "Vermilion review", "Vermilion report"
LISTS = {
    TASK: "incident-tasks",
    COST: "incident-costs",
    MEETING: "response-meetings",
    NOTICE: "incident-notices",
    REVIEW: "incident-reviews",
    REPORT: "reports",
}


class Work(Widened):
    """One of each, worked on by Ben, who is named, and seen by Gina, who is not, and Faye from outside."""

    def scene(self) -> None:
        super().scene()
        with override_settings(MAIL=post("smtp://mail.example:25", data=None, demo=False)):  # type: ignore[arg-type]
            self.made: dict[str, Any] = {
                TASK: tasks.add_task(self.incident, by=self.ben, what=TASK, until="23:00", to=self.ben),
                COST: costs.record_cost(
                    self.incident, by=self.ben, what=COST, amount=Decimal(77_123), currency="TWD"
                ),
                MEETING: meeting.call_meeting(
                    self.incident,
                    by=self.ben,
                    bridge="https://b.example/1",
                    invite="a@b.example",
                    about=MEETING,
                ),
                NOTICE: self.notice(),
            }
        self.incident = Incident.objects.get(pk=self.incident.pk)
        self.made[REVIEW] = reviewed(self.incident, by=self.ben, happened=REVIEW)
        self.made[REPORT] = self.reported()
        self.incident = Incident.objects.get(pk=self.incident.pk)

    def reported(self) -> Report:
        """One that belongs to the incident, which does not repeat what it says."""
        made = Report(unit=self.khh1, says=REPORT)
        with acting(TELLER, "story.report"):
            made.save()
        intake.join(made, by=self.ben, number=str(self.incident))
        self.incident = Incident.objects.get(pk=self.incident.pk)
        return made

    def notice(self) -> Any:
        """That of the group's own escalation, which runs from S1 on."""
        duties.enter_rules()
        duties.confirm(
            RuleInForce.objects.get(rule="group-escalation"),
            by=self.ada,
            basis="Group policy",
            since=NOW.date(),
        )
        incident = Incident.objects.get(pk=self.incident.pk)
        rules.classify(incident, by=self.ada, facts={"effect": True, "core_system": True})
        clock = incident.clocks.get(rule="group-escalation", stage="escalation", state="running")
        made = notices.draft(clock, by=self.ben, language=IncidentNotice.Language.ENGLISH)
        notices.write(made, by=self.ben, recipient="C-0148", subject=NOTICE, contents={})
        return made

    def mark(self, words: str, tlp: Tlp, by: Person) -> None:
        record = type(self.made[words]).objects.get(pk=self.made[words].pk)
        act = {
            TASK: rules.mark_task,
            COST: rules.mark_cost,
            MEETING: rules.mark_meeting,
            NOTICE: rules.mark_notice,
            REVIEW: rules.mark_review,
            REPORT: rules.mark_report,
        }[words]
        act(record, by=by, tlp=tlp, reason="It names somebody.")

    def readers(self, record: OwnMark) -> list[str]:  # type: ignore[override]
        everybody = (self.ada, self.ben, self.cleo, self.dan, self.eva, self.sam, self.gina, self.faye)
        rows = type(record).objects
        return [one.name for one in everybody if rows.visible_to(one).filter(pk=record.pk).exists()]


class OwnMarks(Work, TestCase):
    def test_are_the_incidents_until_somebody_says_otherwise(self) -> None:
        for words, record in self.made.items():
            with self.subTest(words):
                self.assertEqual((record.tlp, record.its_incident.tlp), ("", "amber"))
                self.assertLessEqual({"Ben Tan", "Gina Ho", "Faye Roth"}, set(self.readers(record)))

    def test_keep_each_from_whom_they_must(self) -> None:
        for words, record in self.made.items():
            with self.subTest(words):
                self.mark(words, Tlp.STRICT, self.ben)
                self.assertNotIn("Faye Roth", self.readers(record))
                self.assertIn("Gina Ho", self.readers(record))
                self.mark(words, Tlp.RED, self.ben)
                self.assertEqual(self.readers(record), ["Ada Lin", "Ben Tan"])
                with self.assertRaises(PermissionDenied):
                    self.mark(words, Tlp.GREEN, self.ben)
                self.mark(words, Tlp.GREEN, self.ada)
                self.assertIn("Faye Roth", self.readers(record))
                with self.assertRaisesMessage(Refused, "marked so already"):
                    self.mark(words, Tlp.GREEN, self.ada)

    def test_are_given_by_none_who_could_not_read_it_then(self) -> None:
        for words in self.made:
            with self.subTest(words):
                with self.assertRaisesMessage(Refused, "What is marked TLP:RED here"):
                    self.mark(words, Tlp.RED, self.gina)
                with self.assertRaises(PermissionDenied):
                    self.mark(words, Tlp.RED, self.sam)

    def test_of_a_task_leave_who_owes_it_able_to_read_it(self) -> None:
        with self.assertRaisesMessage(Refused, "and you are not"):
            tasks.add_task(
                self.incident, by=self.ben, what="For Gina", until="23:00", to=self.gina, tlp=Tlp.RED
            )
        self.mark(TASK, Tlp.RED, self.ben)
        task = type(self.made[TASK]).objects.get(pk=self.made[TASK].pk)
        with self.assertRaisesMessage(Refused, "and you are not"):
            tasks.hand_on(task, by=self.ben, to=self.gina)

    def test_narrow_what_the_timeline_tells_of_it(self) -> None:
        for words in (TASK, MEETING):
            self.mark(words, Tlp.RED, self.ben)
        told = TimelineEntry.objects.filter(incident=self.incident)
        self.assertEqual({one.tlp for one in told.filter(verb="task")}, {"red"})
        self.assertEqual({one.tlp for one in told.filter(verb="meeting")}, {"red"})
        tasks.finish(type(self.made[TASK]).objects.get(pk=self.made[TASK].pk), by=self.ben, reason="Done")
        self.assertEqual(told.get(verb="done").tlp, "red")

    def test_of_a_meeting_narrow_what_was_told_of_it_before_it_was_changed_too(self) -> None:
        with override_settings(MAIL=post("smtp://mail.example:25", data=None, demo=False)):  # type: ignore[arg-type]
            for about in ("Another matter", ""):
                meeting.change_meeting(
                    self.made[MEETING], by=self.ben, about=about, minutes=45 + 5 * bool(about)
                )
        self.mark(MEETING, Tlp.RED, self.ben)
        told = TimelineEntry.objects.filter(incident=self.incident, verb="meeting")
        self.assertEqual([one.tlp for one in told], ["red"] * 3)

    def test_are_told_from_the_first_where_they_are_given_with_it(self) -> None:
        made = tasks.add_task(
            self.incident, by=self.ben, what="Ask HR", until="23:00", to=self.ben, tlp=Tlp.RED
        )
        self.assertEqual(self.readers(made), ["Ada Lin", "Ben Tan"])
        entry = TimelineEntry.objects.filter(verb="task").latest("number")
        self.assertEqual((entry.facts["task"], entry.tlp), ("Ask HR", "red"))


class EveryOutletOfWork(Outlets, Work, TestCase):
    """The words of each by every outlet: they reach who is named, and neither Gina, Faye nor Sam."""

    def scene(self) -> None:
        super().scene()
        with acting(TELLER, "story.grant"):
            for who in (self.gina, self.faye):
                grant(who, "administrator", self.khh1)
        seal()

    def test_obeys_the_mark_of_each(self) -> None:
        for words in self.made:
            self.mark(words, Tlp.RED, self.ben)
        for who, reads in ((self.ben, True), (self.gina, False), (self.faye, False), (self.sam, False)):
            told = self.outlets(who)
            self.assertEqual(len(told), 56)
            for outlet, (words, text) in told.items():
                with self.subTest(who=who.name, outlet=outlet):
                    self.assertEqual(words in text, reads)

    def test_tells_it_to_all_before_it_is_marked(self) -> None:
        """The same outlets do tell Gina: that they keep silent above is the mark's doing."""
        for outlet, (words, text) in self.outlets(self.gina).items():
            with self.subTest(outlet):
                self.assertIn(words, text)

    def outlets(self, who: Person) -> dict[str, tuple[str, str]]:
        """What each outlet tells `who`, beside the words that it must or must not tell."""
        self.sign_in(who)
        pk = self.incident.pk
        room = reverse("incident-room", args=[pk])
        drawn, anew = self.read(room), self.read(f"{room}newest/?beat=0")
        dossier, stix = (
            self.read(f"/api/incidents/{pk}/dossier"),
            self.read(f"/api/incidents/{pk}/stix?audience=red"),
        )
        told_of = str(self.made[REPORT])
        found = {
            "task, room": (TASK, drawn), "task, room anew": (TASK, anew), "task, stix": (TASK, stix),
            "cost, room": ("77,123", drawn), "cost, stix": ("77123", stix),
            "cost, veris": ("77123", self.read(f"/api/incidents/{pk}/veris?audience=red")),
            "report, room": (told_of, drawn), "report, room anew": (told_of, anew), "report, stix": (told_of, stix),
            "review, room": (REVIEW, drawn), "review, room anew": (REVIEW, anew),
            "meeting, room": ("https://b.example/1", drawn), "meeting, room anew": ("https://b.example/1", anew),
            "notice, clocks": (f"/incident-notices/{self.made[NOTICE].pk}/",
                               self.read(reverse("incident-clocks", args=[pk]))),
        }  # fmt: skip
        for words, record in self.made.items():
            change = Change.objects.filter(record_id=record.pk, after__icontains="Vermilion").earliest("id")
            slug = LISTS[words]
            found |= {
                f"{words}, dossier": (told_of if words == REPORT else words, dossier),
                f"{words}, trail": (words, self.read(reverse("trail-row", args=[change.leaf]))),
                f"{words}, record": (words, self.read(reverse(f"{slug}-record", args=[record.pk]))),
                f"{words}, program": (words, self.read(f"/api/{slug}")),
                f"{words}, one for programs": (words, self.read(f"/api/{slug}/{record.pk}")),
                f"{words}, csv": (words, self.read(reverse(f"{slug}-take-out", args=["csv"]))),
                f"{words}, workbook": (words, self.unpacked(reverse(f"{slug}-take-out", args=["xlsx"]))),
            }  # fmt: skip
        return found


class GoingOut(Work, TestCase):
    def stix(self, audience: str) -> str:
        incident = Incident.objects.get(pk=self.incident.pk)
        return outward.written(incident, "stix", audience, by=self.ada).content.decode()

    def test_follows_the_mark_of_each(self) -> None:
        self.assertIn(TASK, self.stix("amber"))
        self.mark(TASK, Tlp.STRICT, self.ben)
        self.mark(COST, Tlp.RED, self.ben)
        self.assertNotIn(TASK, self.stix("amber"))
        self.assertIn(TASK, self.stix("strict"))
        self.assertNotIn("77123", self.stix("strict"))
        self.assertIn("77123", self.stix("red"))
