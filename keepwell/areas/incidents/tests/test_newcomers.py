"""R12: whom a report concerns never reads it, by whatever way and whenever a right to read comes to them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.test import override_settings
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.jobs import tell_readers
from keepwell.areas.incidents.models import (
    Disclosure,
    DutyShift,
    EscalationCall,
    ImplicatedPerson,
    Incident,
    Report,
)
from keepwell.areas.incidents.rules import implicating, intake, meeting
from keepwell.areas.incidents.tests.test_claiming import Accused
from keepwell.config.mail import Post
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.jobs.beside import BESIDE
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.people.permissions import may
from keepwell.platform.people.roles import Level
from keepwell.platform.people.tokens import issue
from keepwell.platform.todos.models import Debt
from keepwell.platform.todos.owing import debtor_of
from keepwell.platform.todos.rules import delegate
from tests.cast import START, TELLER, account, grant, person

BRIDGE = "https://meet.example/in-1"
BY_MAIL = override_settings(
    MAIL=Post(host="mail.example"), EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"
)
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


class Told(Accused):
    """Hana works at KHH1 and may read nothing there; a report at KHH1 says that it concerns her, and somebody who is not
    here yet, by name and by number."""

    said = "Hana Mori, or the new one: Ivo Novak, A7712345"

    def setUp(self) -> None:
        super().setUp()
        with acting(TELLER, "story.enter"):
            self.hana = person("A0000021", "Hana Mori", self.khh1)
            account(self.hana, "hana")
        self.code(self.send(site="KHH1", concerns=self.said, says="Access is sold"))
        self.report = Report.objects.get()

    def give(self, who: Person, role: str = "site_officer", at: Any = None, **facts: Any) -> Grant:
        with acting(self.ada, "story.give"):
            return grant(who, role, at or self.khh1, **facts)

    def assert_kept_out(self, who: Person) -> None:
        """They hold the right now, and the report is kept from them."""
        self.assertTrue(may(who, "incidents", Level.VIEW, self.khh1))
        self.assertFalse(self.reads(who))
        self.assertEqual(ImplicatedPerson.objects.get(person=who).state, "claimed")


class ARight(Told):
    """By each way by which a right comes later."""

    def test_by_hand(self) -> None:
        self.assertEqual(self.kept_out(), {})
        self.give(self.hana)
        self.assert_kept_out(self.hana)
        self.sign_in(self.hana)
        self.assertEqual(self.client.get(reverse("reports-record", args=[self.report.pk])).status_code, 404)

    def test_is_said_by_the_words_and_not_by_who_gave_it(self) -> None:
        self.give(self.hana)
        found = ImplicatedPerson.objects.get()
        self.assertIsNone(found.by)
        written = Change.objects.filter(record_id=found.pk).get()
        self.assertEqual((written.by, written.verb), (None, "report.keep_out"))

    def test_from_a_later_day_on(self) -> None:
        self.give(self.hana, since=moments.today("Asia/Taipei") + timedelta(days=1))
        self.assertFalse(self.reads(self.hana))
        with moments.standing_at(moments.now() + timedelta(days=2)):
            self.assert_kept_out(self.hana)

    def test_by_a_second_person(self) -> None:
        given = self.give(self.hana, at=self.group, standing=Grant.Standing.PROPOSED, proposed_by=self.ada)
        self.assertEqual(self.kept_out(), {})
        with acting(self.gina, "story.approve"):
            given.standing, given.approved_by = Grant.Standing.GIVEN, self.gina
            given.save()
        self.assert_kept_out(self.hana)

    def test_for_this_report_alone(self) -> None:
        self.give(self.hana, "auditor", only_register=Report.type_name(), only_id=self.report.pk)
        self.assertFalse(self.reads(self.hana))
        self.assertEqual(self.kept_out(), {"Hana Mori": "claimed"})

    def test_at_a_unit_to_which_the_report_is_moved(self) -> None:
        self.give(self.hana, at=self.pen1)
        with acting(self.gina, "story.move"):
            report = Report.objects.get()
            report.unit = self.pen1
            report.save()
        self.assertTrue(may(self.hana, "incidents", Level.VIEW, self.pen1))
        self.assertFalse(self.reads(self.hana))

    def test_with_another_name(self) -> None:
        with acting(TELLER, "story.enter"):
            other = person("A0000022", "Hanna Miller", self.khh1)
            account(other, "hanna")
        self.give(other)
        self.assertTrue(self.reads(other))
        with acting(TELLER, "story.rename"):
            other.name = "Ivo Novak"
            other.save()
        self.assert_kept_out(other)

    def test_and_a_report_that_comes_after_it(self) -> None:
        self.give(self.hana, since=moments.today("Asia/Taipei") + timedelta(days=1))
        self.code(self.send(site="KHH1", concerns="hana", says="Once more"))
        self.assertEqual(Report.objects.exclude(pk=self.report.pk).get().implicated.get().person, self.hana)

    def test_lets_in_again_whom_somebody_cleared(self) -> None:
        given = self.give(self.hana)
        implicating.clear(ImplicatedPerson.objects.get(), by=self.gina, reason="A namesake.")
        self.assertTrue(self.reads(self.hana))
        with acting(TELLER, "story.end"):
            given.retire("Moved.")
            given.save()
        self.give(self.hana, "secretariat")
        self.assertTrue(self.reads(self.hana))

    def test_leaves_others_alone_and_sam(self) -> None:
        for who in (self.eva, self.sam):
            self.give(who)
            self.assertTrue(self.reads(who))
        self.assertEqual(self.kept_out(), {})


class WhatARightBrings(Told):
    """Duties and calls that come with it."""

    def test_a_look_is_owed_by_others(self) -> None:
        with acting(TELLER, "story.leave"):
            for one in Grant.objects.filter(person=self.ben):
                one.retire("Left.")
                one.save()
        self.give(self.hana)
        self.assertEqual(debtor_of(self.report, intake.LOOK), ("group_ciso", self.group))

    def test_no_todo_is_passed_on_to_them(self) -> None:
        self.give(self.hana)
        debt = Debt.objects.open().get(record_id=self.report.pk)
        with self.assertRaises(Refused):
            delegate(debt, by=self.ben, to=self.hana)

    def test_the_roster_goes_past_them(self) -> None:
        self.give(self.hana)
        now = moments.now()
        with acting(TELLER, "story.roster"):
            for rank, who in ((1, self.hana), (2, self.ben)):
                DutyShift(unit=self.khh1, person=who, phone="+886 912 345 678", rank=rank,
                          since=now - timedelta(hours=1), until=now + timedelta(hours=9)).save()  # fmt: skip
        with moments.standing_at(now + timedelta(hours=1)):
            BESIDE["incidents.escalate"].work()
        self.assertEqual([one.person for one in EscalationCall.objects.all()], [self.ben])


@BY_MAIL
class ItsIncident(Told):
    """What was told goes where the report goes."""

    def setUp(self) -> None:
        super().setUp()
        self.incident = intake.open_incident(self.report, by=self.ben, title="Access is sold")

    def test_is_kept_from_who_is_given_a_right(self) -> None:
        self.give(self.hana)
        self.assertFalse(Incident.objects.visible_to(self.hana).exists())

    def test_names_nobody_whom_it_concerns(self) -> None:
        self.give(self.hana)
        rules.restrict(self.incident, by=self.ben, reason="Names in it.")
        with self.assertRaisesMessage(Refused, "It concerns Hana Mori, who is kept out of it."):
            rules.name_person(self.incident, by=self.ben, person=self.hana, reason="To know.")

    def test_invites_nobody_whom_it_concerns_though_they_hold_no_right(self) -> None:
        for words in ("A0000021", "A0000021@Meridian.example"):
            with self.subTest(words), self.assertRaisesMessage(Refused, "It concerns Hana Mori"):
                meeting.call_meeting(self.incident, by=self.ben, bridge=BRIDGE, invite=words)
        meeting.call_meeting(self.incident, by=self.ben, bridge=BRIDGE, invite="A0000005")
        self.assertEqual(self.kept_out(), {})


class Entered(Told):
    """Who is not here when the report comes."""

    def ask(self, path: str, body: dict[str, Any]) -> Any:
        told = {"Authorization": f"Bearer {self.secret}"}
        answer = self.client.post(
            f"/scim/v2/{path}", json.dumps(body), content_type="application/scim+json", headers=told
        )
        self.assertEqual(answer.status_code, 201, answer.content)
        return answer.json()["id"]

    def provisioned(self, **facts: Any) -> Person:
        """Somebody whom the identity provider enters, as a member of a group whose rule makes officers of KHH1."""
        with acting(TELLER, "story.enter"):
            machine = person("hr-mat", "HR provisioning", self.mat, kind="machine", mail="")
            grant(machine, "hr_importer", self.group)
        self.secret = issue(machine)
        self.sign_in(self.ada)
        rule = {"source": "hr-mat", "group": "Officers", "role": "site_officer", "unit": "KHH1"}
        made = self.client.post("/api/group-rules", json.dumps(rule), content_type="application/json")
        self.assertEqual(made.status_code, 201, made.content)
        self.client.logout()
        work = {"employeeNumber": facts.pop("number", "A7700000"), "department": "KHH1"}
        user = {"schemas": [USER, ENTERPRISE], "userName": "new@meridian.example", ENTERPRISE: work} | facts
        pk = self.ask("Users", user)
        self.assertEqual(self.kept_out(), {})
        self.ask("Groups", {"schemas": [GROUP], "displayName": "Officers", "members": [{"value": pk}]})
        return Person.objects.get(pk=pk)

    def test_by_the_identity_provider_with_the_name(self) -> None:
        self.assert_kept_out(self.provisioned(displayName="Novak Ivo"))

    def test_by_the_identity_provider_with_the_number(self) -> None:
        self.assert_kept_out(self.provisioned(displayName="I. N.", number="A7712345"))

    def test_by_the_list_of_people(self) -> None:
        with acting(TELLER, "story.hr"):
            grant(self.eva, "hr_importer", self.group)
        self.sign_in(self.eva)
        told = {"number": "A7712345", "name": "I. N.", "unit": "KHH1", "unit_since": str(START),
                "employed_from": str(START), "kind": "employee"}  # fmt: skip
        made = self.client.post("/api/people", json.dumps(told), content_type="application/json")
        self.assertEqual(made.status_code, 201, made.content)
        found = Person.objects.get(number="A7712345")
        account(found, "ivo")
        self.give(found)
        self.assert_kept_out(found)


class WithoutAName(Told):
    """The same of what is told without one."""

    def setUp(self) -> None:
        super().setUp()
        with acting(TELLER, "story.grant"):
            grant(self.gina, "designated_person", self.group)
        self.code(self.send(site="KHH1", unnamed="on", concerns="Hana Mori or user h.m"))
        self.disclosure = Disclosure.objects.get()

    def test_keeps_out_who_is_designated_later(self) -> None:
        self.give(self.hana, "designated_person")
        self.assertEqual([*intake.disclosures_for(self.hana)], [])
        self.assertEqual([*intake.disclosures_for(self.gina)], [self.disclosure])

    def test_keeps_out_nobody_else(self) -> None:
        for who in (self.ben, self.sam):
            self.give(who, "designated_person")
            self.assertEqual([*intake.disclosures_for(who)], [self.disclosure])

    def test_keeps_out_who_is_told_how_to_sign_in_later(self) -> None:
        with acting(TELLER, "story.enter"):
            other = person("A0000023", "Hugo Mar", self.khh1)
        self.give(other, "designated_person")
        account(other, "h.m")
        tell_readers(None)  # type: ignore[arg-type]
        self.assertEqual([*intake.disclosures_for(other)], [])

    def test_keeps_nobody_out_again_whom_somebody_let_in(self) -> None:
        self.give(self.hana, "designated_person")
        intake.let_in(self.disclosure, by=self.gina, number=self.hana.number)
        self.give(self.hana, "site_officer")
        tell_readers(None)  # type: ignore[arg-type]
        self.assertEqual([*intake.disclosures_for(self.hana)], [self.disclosure])
        intake.keep_out(self.disclosure, by=self.gina, number=self.hana.number)
        self.assertEqual([*intake.disclosures_for(self.hana)], [])
