"""Marks of reports: given when they come or later, taken over by the incident that repeats them, obeyed by every outlet."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.test import TestCase, override_settings
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import EscalationCall, Incident, Report, TimelineEntry
from keepwell.areas.incidents.rules import intake, merging
from keepwell.areas.incidents.tests.outlets import Outlets
from keepwell.areas.incidents.tests.stories import REPORTED, OnDuty, at
from keepwell.areas.incidents.tests.test_marks import Widened
from keepwell.config.mail import Post
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.history.sequencer import seal
from keepwell.platform.jobs.beside import BESIDE
from keepwell.platform.people.models import Person
from keepwell.platform.search.indexing import catch_up
from tests.cast import TELLER, grant, person

Tlp = Incident.Tlp
SAYS, WHY = "Celadon sells access", "It names somebody."


class Told(Widened):
    """A report at KHH1, where Ben and Gina work, and Faye from outside; Ada decides."""

    def scene(self) -> None:
        super().scene()
        self.tip = self.received()

    def received(self, says: str = SAYS, **more: Any) -> Report:
        made = Report(unit=self.khh1, says=says, **more)
        with acting(TELLER, "story.report"):
            made.save()
        return made

    def fresh(self, report: Report | None = None) -> Report:
        return Report.objects.select_related("unit", "incident__unit").get(pk=(report or self.tip).pk)

    def mark(self, tlp: Tlp, by: Person, report: Report | None = None) -> None:
        rules.mark_report(self.fresh(report), by=by, tlp=tlp, reason=WHY)

    def readers(self, report: Report) -> list[str]:  # type: ignore[override]
        everybody = (self.ada, self.ben, self.eva, self.sam, self.gina, self.faye)
        return [one.name for one in everybody if Report.objects.visible_to(one).filter(pk=report.pk).exists()]


@override_settings(MAIL=Post(host="mail.example"))
class BeforeAnIncident(Outlets, Told, TestCase):
    def test_are_as_amber_until_somebody_says_otherwise(self) -> None:
        self.assertEqual((self.tip.tlp, self.tip.its_mark), ("", "amber"))
        self.assertEqual(self.readers(self.tip), ["Ada Lin", "Ben Tan", "Gina Ho", "Faye Roth"])
        self.mark(Tlp.STRICT, self.ben)
        self.assertEqual(self.readers(self.tip), ["Ada Lin", "Ben Tan", "Gina Ho"])
        with self.assertRaises(PermissionDenied):
            self.mark(Tlp.GREEN, self.ben)
        self.mark(Tlp.GREEN, self.ada)
        self.assertIn("Faye Roth", self.readers(self.tip))
        for who in (self.sam, self.eva):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                self.mark(Tlp.STRICT, who)

    def test_are_given_by_none_who_could_not_read_it_then(self) -> None:
        with self.assertRaisesMessage(Refused, "You could not read it then."):
            self.mark(Tlp.STRICT, self.faye)

    def test_are_red_where_an_incident_names_people(self) -> None:
        with self.assertRaisesMessage(Refused, "an incident names them"):
            self.mark(Tlp.RED, self.ben)
        self.sign_in(self.ben)
        body = json.dumps({"unit": "KHH1", "says": "x", "tlp": "red"})
        answer = self.client.post("/api/reports", body, content_type="application/json")
        self.assertContains(answer, "an incident names them", status_code=422)

    def test_come_with_it_by_form_and_program_and_are_changed_by_the_act_alone(self) -> None:
        self.sign_in(self.ben)
        told = {"unit": "KHH1", "says": "By hand", "ongoing": "no", "tlp": "strict"}
        self.assertEqual(self.client.post("/reports/new/", told).status_code, 302)
        answer = self.client.post(
            "/api/reports", json.dumps(told | {"says": "By program"}), content_type="application/json"
        )
        self.assertEqual(answer.status_code, 201)
        made = Report.objects.filter(says__startswith="By ")
        self.assertEqual([one.tlp for one in made], ["strict", "strict"])
        one = made.get(says="By hand")
        changed = self.client.post(
            f"/reports/{one.pk}/edit/", told | {"tlp": "clear", "version": one.version}
        )
        self.assertContains(changed, "Give it a TLP mark", status_code=422)
        self.assertEqual(self.fresh(one).tlp, "strict")
        self.sign_in(self.sam)
        self.assertIn(self.client.post("/reports/new/", told).status_code, (403, 404))

    def test_are_obeyed_by_every_outlet(self) -> None:
        with acting(TELLER, "story.grant"):
            for who in (self.gina, self.faye):
                grant(who, "administrator", self.khh1)
        intake.add(self.tip, "Celadon again", [])
        seal()
        for who in (self.gina, self.faye):
            for outlet, text in self.outlets(who).items():
                self.assertIn("Celadon", text, f"{outlet} {who}")
        self.mark(Tlp.STRICT, self.ben)
        seal()
        for who, reads in ((self.gina, True), (self.faye, False), (self.sam, False)):
            for outlet, text in self.outlets(who).items():
                with self.subTest(outlet=outlet, who=who.name):
                    self.assertEqual("Celadon" in text, reads)

    def outlets(self, who: Person) -> dict[str, str]:
        self.sign_in(who)
        catch_up()
        pk = self.tip.pk
        change = Change.objects.filter(record_id=pk).earliest("id")
        return {
            "list": self.read("/reports/"), "record": self.read(f"/reports/{pk}/"), "programs": self.read("/api/reports"),
            "one for programs": self.read(f"/api/reports/{pk}"), "csv": self.read(reverse("reports-take-out", args=["csv"])),
            "workbook": self.unpacked(reverse("reports-take-out", args=["xlsx"])),
            "search": self.read("/search/?q=celad").replace("<mark>", "").replace("</mark>", ""),
            "words": self.read("/report-words/"), "trail": self.read(reverse("trail-row", args=[change.leaf])),
            "mail": self.letter(who, self.fresh(), "Celadon"),
            "due": self.read("/due/").replace(str(self.tip), "Celadon"),
        }  # fmt: skip

    def test_let_somebody_look_who_may_read_it(self) -> None:
        """Where all officers of a site are from outside, the nearest above it who may edit."""
        with acting(TELLER, "story.site"):
            quinn = person("X0000077", "Quinn Ray", self.group, kind="external", responsible=self.ada)
            grant(quinn, "site_officer", self.pen1)
        for tlp, looks in (("", self.pen1), ("strict", self.group)):
            made = Report(unit=self.pen1, says="x", tlp=tlp)
            with acting(TELLER, "story.report"):
                made.save()
            with self.subTest(tlp):
                self.assertEqual(intake.looker_at(made)[1], looks)


class InAnIncident(Told, TestCase):
    def opened(self, report: Report | None = None, **more: Any) -> Incident:
        made = intake.open_incident(self.fresh(report), by=self.ben, title="Access for sale", **more)
        return Incident.objects.get(pk=made.pk)

    def test_are_taken_over_by_the_incident_that_repeats_its_words(self) -> None:
        self.mark(Tlp.STRICT, self.ben)
        made = self.opened()
        self.assertEqual((made.tlp, made.summary, made.is_restricted), ("strict", SAYS, False))
        self.assertFalse(Incident.objects.visible_to(self.faye).filter(pk=made.pk).exists())

    def test_make_it_no_wider_than_amber_and_as_narrow_as_the_narrowest(self) -> None:
        wide, narrow = self.received("Wide", tlp="clear"), self.received("Narrow", tlp="strict")
        self.assertEqual(self.opened(wide).tlp, "amber")
        self.assertEqual(self.opened(also=str(narrow)).tlp, "strict")

    def test_make_it_a_matter_of_named_people_from_its_first_moment(self) -> None:
        made = self.opened(tlp=Tlp.RED)
        self.assertEqual((made.tlp, made.is_restricted), ("red", True))
        self.assertEqual([str(one.person) for one in made.named.in_force()], ["Ben Tan"])
        self.assertEqual(self.readers(self.tip), ["Ben Tan"])
        self.assertFalse(Change.objects.filter(record_id=made.pk, after__is_restricted=False).exists())

    def test_are_refused_where_the_incident_tells_more_people_the_same_words(self) -> None:
        made = self.opened()
        for tlp in (Tlp.STRICT, Tlp.RED):
            with self.subTest(tlp), self.assertRaisesMessage(Refused, "mark the incident"):
                self.mark(tlp, self.ben)
        rules.mark(made, by=self.ben, tlp=Tlp.RED, reason=WHY)
        self.assertEqual((self.readers(self.tip), self.fresh().its_mark), (["Ben Tan"], "red"))

    def test_narrow_what_the_timeline_and_the_room_tell_of_it(self) -> None:
        intake.join(self.tip, by=self.ben, number=str(self.incident))
        self.mark(Tlp.RED, self.ben)
        self.assertEqual(self.readers(self.tip), ["Ada Lin", "Ben Tan"])
        told = TimelineEntry.objects.filter(incident=self.incident, facts__report=str(self.tip))
        self.assertEqual({one.tlp for one in told}, {"red"})
        room = reverse("incident-room", args=[self.incident.pk])
        for who, reads in ((self.ben, True), (self.gina, False), (self.faye, False)):
            self.sign_in(who)
            for address in (room, f"{room}newest/?beat=0"):
                with self.subTest(who=who.name, address=address):
                    self.assertEqual(str(self.tip) in self.client.get(address).content.decode(), reads)
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(room).status_code, 404)

    def test_tell_the_timeline_from_the_first_as_they_are(self) -> None:
        self.mark(Tlp.STRICT, self.ben)
        intake.join(self.fresh(), by=self.ben, number=str(self.incident))
        told = TimelineEntry.objects.filter(incident=self.incident, facts__report=str(self.tip))
        self.assertEqual({one.tlp for one in told}, {"strict"})

    def test_let_it_be_merged_only_where_all_may_read_them(self) -> None:
        intake.join(self.tip, by=self.ben, number=str(self.incident))
        self.mark(Tlp.RED, self.ben)
        other = self.report("Twin", self.khh1, kind="infected-system")
        incident = Incident.objects.get(pk=self.incident.pk)
        with self.assertRaisesMessage(Refused, "is for who is named for"):
            merging.merge(incident, by=self.ben, number=str(other), reason="The same.")


class OnTheLadder(OnDuty, TestCase):
    def test_wake_nobody_from_outside(self) -> None:
        with acting(TELLER, "story.staff"):
            quinn = person("X0000077", "Quinn Ray", self.group, kind="external", responsible=self.ada)
            grant(quinn, "site_officer", self.khh1)
        self.on_duty(quinn, self.khh1)
        self.on_duty(self.olga, self.khh1, rank=2)
        with acting(TELLER, "story.report"):
            made = Report(unit=self.khh1, says=SAYS, ongoing="yes", tlp="strict", received_at=REPORTED)
            made.save()
        for minute in (47, 48, 59):
            with moments.standing_at(at(2, minute)):
                BESIDE["incidents.escalate"].work()
        calls = EscalationCall.objects.filter(report=made)
        self.assertEqual([call.person.name for call in calls], ["Olga Ong"])
        with moments.standing_at(at(2, 59) + timedelta(hours=1)):
            BESIDE["incidents.escalate"].work()
        self.assertNotIn("Quinn Ray", [call.person.name for call in calls.all()])
        self.assertFalse(EscalationCall.objects.visible_to(quinn).filter(report=made).exists())
