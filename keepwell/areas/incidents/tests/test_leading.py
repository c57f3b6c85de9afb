"""Who leads an incident may know it: whom a report concerns later leads it no more, and somebody else is asked to."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.test import TestCase

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import ImplicatedPerson, Incident
from keepwell.areas.incidents.rules import leading
from keepwell.areas.incidents.rules.working import Unanswered
from keepwell.areas.incidents.tests.test_newcomers import Told
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.people.models import Person
from keepwell.platform.people.need_to_know import may_know
from tests.cast import TELLER


class ALead(Told, TestCase):
    """Hana came to lead an incident of which a report, unread so far, says that it concerns her namesake in the house."""

    said = "Miyu Sato"

    def setUp(self) -> None:
        super().setUp()
        self.give(self.hana)
        incident = Incident(title="Access is sold", unit=self.khh1)
        with acting(TELLER, "story.incident"):
            incident.save()
            self.report.incident = incident
            self.report.save()
        rules.acknowledge(Incident.objects.get(pk=incident.pk), by=self.hana)
        self.incident = Incident.objects.get(pk=incident.pk)

    def rename(self) -> None:
        """Hana is married, and is called from then on as the report says."""
        with acting(self.ada, "story.rename"):
            self.hana.name = "Miyu Sato"
            self.hana.save()
        self.incident = Incident.objects.get(pk=self.incident.pk)

    def owed(self, who: Person) -> list[str]:
        duty, day = Unanswered(), moments.today()
        rows = duty.theirs(duty.rows(day), who).filter(pk=self.incident.pk)
        return [one.what for row in rows for one in duty.matters(row, day)]

    def test_whom_it_turns_out_to_concern_leads_it_no_more(self) -> None:
        self.assertEqual((self.incident.lead, may_know(self.hana, self.incident)), (self.hana, True))
        self.rename()
        self.assertEqual(ImplicatedPerson.objects.get(person=self.hana).state, "claimed")
        self.assertIsNone(self.incident.lead)
        self.assertIsNotNone(self.incident.acknowledged_at, "it was taken up all the same")

    def test_is_owed_by_who_may_and_told_in_timeline_and_trail(self) -> None:
        self.rename()
        self.assertEqual(self.owed(self.ben), ["incidents.take_lead"])
        self.assertEqual(self.owed(self.sam), [])
        told = [one.told for one in self.incident.timeline.order_by("number")]
        self.assertEqual(told[-1], "Miyu Sato leads it no more; whoever may work on it takes the lead.")
        written = Change.objects.filter(record_id=self.incident.pk).order_by("-id").first()
        self.assertEqual((written.by, written.verb), (None, "incident.hand_on"))

    def test_is_taken_by_who_may_work_on_it(self) -> None:
        with self.assertRaises(Refused):
            leading.take_lead(self.incident, by=self.ben)
        self.rename()
        for who in (self.sam, self.eva):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                leading.take_lead(self.incident, by=who)
        self.sign_in(self.ben)
        path = f"/api/incidents/{self.incident.pk}/take-lead"
        self.assertEqual(self.client.post(path, "{}", content_type="application/json").status_code, 200)
        self.incident.refresh_from_db()
        self.assertEqual((self.incident.lead, self.owed(self.ben)), (self.ben, []))

    def test_stays_named_where_it_is_over_until_it_is_opened_again(self) -> None:
        with acting(TELLER, "story.close"):
            self.incident.level = 1
            self.incident.state, self.incident.closed_at = Incident.State.CLOSED, moments.now()
            self.incident.save()
        self.rename()
        self.assertEqual(self.incident.lead, self.hana)
        rules.reopen(self.incident, by=self.ada, reason="A letter came.")
        self.assertEqual(Incident.objects.get(pk=self.incident.pk).lead, self.ada)
