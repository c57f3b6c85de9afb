"""R12: an incident that a report was once part of goes on telling what the report said, and stays kept from whom it concerns."""

from __future__ import annotations

from django.test import TestCase, override_settings
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import ImplicatedPerson, Incident, Report
from keepwell.areas.incidents.rules import implicating, intake, meeting, merging, splitting
from keepwell.areas.incidents.tests.test_implicated import WHY, Told
from keepwell.config.mail import Post
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from tests.cast import TELLER, account, grant, person


class LeftBehind(Told, TestCase):
    """An incident made of a report about Ada; Hana, whom it names too, holds no right yet."""

    def scene(self) -> None:
        super().scene()
        with acting(TELLER, "story.enter"):
            self.hana = person("A0000021", "Hana Mori", self.khh1)
            account(self.hana, "hana")
            self.tip = Report(unit=self.khh1, says="Cinnabar sells access", concerns="Ada Lin and Hana Mori")
            self.tip.save()
        self.made = intake.open_incident(self.tip, by=self.ben, title="Access is sold")

    def again(self) -> Incident:
        return Incident.objects.get(pk=self.made.pk)

    def knows(self, who: Person, incident: Incident | None = None) -> bool:
        rows = Incident.objects.visible_to(who)
        return rows.filter(pk=(incident or self.made).pk).exists()

    def assert_kept(self) -> None:
        """From Ada, and from Hana once she holds a right, who may do everything there but know it; and from nobody else."""
        with acting(TELLER, "story.grant"):
            grant(self.hana, "site_officer", self.khh1)
        for who, knows in ((self.ada, False), (self.hana, False), (self.gina, True)):
            with self.subTest(who.name):
                self.assertEqual(self.knows(who), knows)
        for who in (self.hana, self.sam):
            self.sign_in(who)
            page = self.client.get(reverse("incidents-record", args=[self.made.pk]))
            self.assertEqual(page.status_code, 404)

    def merge(self) -> Incident:
        other = self.report("Another", self.khh1)
        merging.merge(self.again(), by=self.ben, number=other.number, reason="The same.")
        return other

    def split(self) -> Incident:
        parts = {"reports": [str(self.tip.pk)]}
        return splitting.split(self.again(), parts, by=self.ben, title="The seller", reason="Another matter.")

    def test_where_it_was_merged_into_another(self) -> None:
        self.merge()
        self.assert_kept()

    def test_where_the_report_was_split_off(self) -> None:
        self.split()
        self.assert_kept()

    def test_where_it_went_on_from_there_to_a_third(self) -> None:
        other = self.split()
        third = self.report("A third", self.khh1)
        merging.merge(Incident.objects.get(pk=other.pk), by=self.ben, number=third.number, reason="The same.")
        self.assert_kept()
        self.assertFalse(self.knows(self.hana, other) or self.knows(self.hana, third))

    def test_where_a_merge_was_undone_and_the_report_stayed(self) -> None:
        other = Incident.objects.get(pk=self.merge().pk)
        splitting.take_apart(other, {}, by=self.ben, number=self.made.number, reason="Not the same.")
        self.assert_kept()
        self.assertFalse(self.knows(self.hana, other))

    def test_where_a_merge_was_undone_and_the_report_went_back(self) -> None:
        other = Incident.objects.get(pk=self.merge().pk)
        parts = {"reports": [str(self.tip.pk)]}
        splitting.take_apart(other, parts, by=self.ben, number=self.made.number, reason="Not the same.")
        self.assert_kept()
        self.assertFalse(self.knows(self.hana, other) or self.knows(self.ada, other))

    def test_where_something_else_was_split_off_and_the_report_stayed(self) -> None:
        """What goes was entered by those who had read it."""
        entry = rules.enter(self.again(), by=self.ben, says="The seller is another matter")
        parts = {"entries": [str(entry.pk)]}
        other = splitting.split(
            self.again(), parts, by=self.ben, title="The seller", reason="Another matter."
        )
        self.assert_kept()
        for who, knows in ((self.ada, False), (self.hana, False), (self.gina, True)):
            with self.subTest(who.name):
                self.assertEqual(self.knows(who, other), knows)

    @override_settings(MAIL=Post(host="mail.example"))
    def test_and_invites_nobody_whom_it_concerns(self) -> None:
        self.split()
        with self.assertRaisesMessage(Refused, "It concerns Hana Mori"):
            meeting.call_meeting(
                self.again(), by=self.ben, bridge="https://meet.example/1", invite="A0000021"
            )

    def test_until_somebody_lets_them_in(self) -> None:
        self.split()
        rules.enter(self.again(), by=self.ben, says="The seller is another matter")
        for one in ImplicatedPerson.objects.filter(person=self.ada):
            implicating.clear(one, by=self.gina, reason="A namesake.")
        self.assertTrue(self.knows(self.ada))

    def test_where_somebody_was_kept_out_by_hand(self) -> None:
        implicating.keep_out(Report.objects.get(pk=self.tip.pk), by=self.ben, person=self.gina, reason=WHY)
        self.split()
        self.assertFalse(self.knows(self.gina))
