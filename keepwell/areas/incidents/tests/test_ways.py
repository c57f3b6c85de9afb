"""By which way a notice goes: the channel of its rule, another where that one is blocked, and mail without an address."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.test import TestCase, override_settings
from django.urls import reverse

from keepwell.areas.incidents.models import IncidentNotice
from keepwell.areas.incidents.rules import mailing, notices, ways
from keepwell.areas.incidents.tests.test_mailing import ON
from keepwell.areas.incidents.tests.test_notices import Noticing
from keepwell.areas.incidents.tests.ticking import Ticking, utc
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.people.models import Person
from tests.duties import owed_by

PHONE, PORTAL = IncidentNotice.Channel.PHONE, IncidentNotice.Channel.PORTAL
NEXT_YEAR = utc(13, 21, 12, year=2026)
REPORT = "tw-csma-report"
DOWN = "The authority’s portal has answered with an error since 05:00."


class Reporting(Ticking):
    """MAT answers to an authority, whose portal is the way since 2026; an approved notice waits to be sent."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(moments.standing_at(NEXT_YEAR))
        self.save(self.incident, aware_at=utc(13, 18, 31, year=2026))
        self.is_a("entity_is_specific_non_government_agency", self.mat)
        self.classify(core_system=True, outage_hours=3, tolerable_hours=2)
        clock = self.incident.clocks.filter(rule=REPORT).first()
        assert clock is not None
        self.notice = notices.draft(clock, by=self.ben, language=IncidentNotice.Language.ENGLISH)
        notices.approve(self.notice, by=self.ada, reason="The first word counts")

    def send(self, **more: Any) -> None:
        answers = {"channel": PHONE, "proof": "Ms Lin took the call", "reason": "Known late"} | more
        notices.record_sent(self.notice, by=self.ben, **answers)

    def owed(self, who: Person) -> list[str]:
        return owed_by(who, "incidents.notices")


class AnotherWay(Reporting, TestCase):
    def test_needs_the_reason_why_the_first_was_blocked(self) -> None:
        says = "tw-csma-report names another channel (Portal of the recipient): say why it was blocked, or choose it."
        with self.assertRaisesMessage(Refused, says):
            self.send()
        self.notice.refresh_from_db()
        self.assertEqual(self.notice.state, "approved")

    def test_leaves_a_supplement_owed_until_it_is_recorded(self) -> None:
        self.send(blocked=DOWN)
        owed = [one for one in self.owed(self.ben) if one.startswith("Supplement")]
        self.assertEqual((len(owed), self.notice.owes_supplement, self.notice.blocked), (1, True, DOWN))
        self.assertEqual(self.owed(self.sam), [])
        ways.record_supplement(self.notice, by=self.ben, proof="Receipt 88")
        self.assertEqual((self.owed(self.ben), self.notice.owes_supplement), ([], False))
        self.assertEqual((self.notice.supplemented_by, self.notice.supplemented_at), (self.ben, NEXT_YEAR))

    def test_is_no_other_where_the_first_was_used(self) -> None:
        self.send(channel=PORTAL, blocked=DOWN, supplement=True)
        self.assertEqual(
            (self.notice.blocked, self.notice.owes_supplement, self.owed(self.ben)), ("", False, [])
        )

    def test_is_supplemented_once_later_than_it_went_and_with_proof(self) -> None:
        with self.assertRaises(Refused):
            ways.record_supplement(self.notice, by=self.ben, proof="Receipt 88")
        self.send(blocked=DOWN)
        for at, proof, says in [
            (None, " ", "Give the proof that the supplement was sent."),
            (utc(13, 23, year=2026), "R", "That moment lies ahead"),
            (utc(13, 21, 11, year=2026), "R", "It cannot supplement what was not sent yet"),
        ]:
            with self.subTest(says=says), self.assertRaisesMessage(Refused, says):
                ways.record_supplement(self.notice, by=self.ben, proof=proof, at=at)
        ways.record_supplement(self.notice, by=self.ben, proof="Receipt 88", at=NEXT_YEAR)
        with self.assertRaises(Refused):
            ways.record_supplement(self.notice, by=self.ben, proof="Receipt 89")

    def test_is_for_who_may_work_on_the_incident(self) -> None:
        self.send(blocked=DOWN)
        for who in (self.cleo, self.dan, self.eva, self.sam):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                ways.record_supplement(self.notice, by=who, proof="Receipt 88")

    def test_stands_on_the_page_and_goes_by_page_and_api(self) -> None:
        self.sign_in(self.ben)
        page = reverse("incident-notices-record", args=[self.notice.pk])
        self.assertContains(self.client.get(page), "Portal of the recipient")
        answers = {
            "version": self.notice.version,
            "channel": "phone",
            "proof": "Call",
            "reason": "Known late",
        }
        do = reverse("incident-notices-do", args=[self.notice.pk, "record-sent"])
        self.assertContains(self.client.post(do, answers), "say why it was blocked", status_code=422)
        self.assertRedirects(self.client.post(do, answers | {"blocked": DOWN}), page)
        told = self.client.get(page)
        self.assertContains(told, DOWN)
        self.assertContains(told, "still owed")
        address = f"/api/incident-notices/{self.notice.pk}/record-supplement"
        refused = self.client.post(address, {"proof": " "}, content_type="application/json")
        self.assertEqual(refused.status_code, 422)
        done = self.client.post(address, {"proof": "Receipt 88"}, content_type="application/json")
        self.assertEqual(done.status_code, 200)
        self.assertContains(self.client.get(page), "Receipt 88")


class WithoutAChannel(Noticing, TestCase):
    """A clause of a contract names no channel: any is right."""

    def test_any_way_is_right_and_nothing_is_owed(self) -> None:
        notice = self.approved()
        notices.record_sent(notice, by=self.ben, channel=PHONE, proof="Ms Wu")
        self.assertEqual((notice.blocked, notice.owes_supplement), ("", False))

    def test_a_supplement_is_owed_where_somebody_says_so_and_why(self) -> None:
        notice = self.approved()
        with self.assertRaisesMessage(
            Refused, "A supplement is owed where a channel was blocked: say why it was."
        ):
            notices.record_sent(notice, by=self.ben, channel=PHONE, proof="Ms Wu", supplement=True)
        notices.record_sent(
            notice, by=self.ben, channel=PHONE, proof="Ms Wu", supplement=True, blocked="Their mail is down."
        )
        self.assertTrue(notice.owes_supplement)


@override_settings(MAIL=ON)
class WithoutAnAddress(Noticing, TestCase):
    DRAFT = "It cannot be sent by mail, for its recipient has no mail address: enter one under “Write”."
    READY = "for its recipient has no mail address: send it back, and enter one under “Write”."

    def page(self, notice: IncidentNotice) -> Any:
        return self.client.get(reverse("incident-notices-record", args=[notice.pk]))

    def test_the_page_says_what_is_missing_and_where_it_is_entered(self) -> None:
        notice = self.written()
        self.sign_in(self.ben)
        self.assertContains(self.page(notice), self.DRAFT)
        self.assertContains(self.page(notice), reverse("incident-notice-write", args=[notice.pk]))
        notices.approve(notice, by=self.ada)
        self.assertContains(self.page(notice), self.READY)
        self.assertNotContains(self.page(notice), "send-by-mail")

    def test_it_says_nothing_once_there_is_an_address_or_it_was_sent(self) -> None:
        notice = self.approved()
        self.sign_in(self.ben)
        notices.send_back(notice, by=self.ada, reason="Address")
        contents = {one.name: one.text for one in notice.said}
        notices.write(
            notice, by=self.ben, recipient="C-0148", subject="S", mail="a@b.example", contents=contents
        )
        self.assertNotContains(self.page(notice), "no mail address")
        notices.approve(notice, by=self.ada)
        self.assertContains(self.page(notice), "send-by-mail")
        notices.record_sent(notice, by=self.ben, channel=PHONE, proof="Ms Wu")
        self.assertNotContains(self.page(notice), "no mail address")

    def test_a_program_is_told_the_same(self) -> None:
        notice = self.approved()
        self.sign_in(self.ben)
        address = f"/api/incident-notices/{notice.pk}/send-by-mail"
        refused = self.client.post(address, {}, content_type="application/json")
        self.assertEqual((refused.status_code, self.READY in str(refused.json())), (409, True))

    def test_where_no_mail_leaves_the_house_that_is_said(self) -> None:
        notice = self.approved()
        with override_settings(MAIL=type("Off", (), {"is_on": False})()):
            self.sign_in(self.ben)
            self.assertContains(
                self.page(notice), "No mail leaves this Keepwell (KEEPWELL_MAIL_URL is not set)"
            )
            with self.assertRaisesMessage(Refused, "No mail leaves this Keepwell"):
                mailing.send_by_mail(notice, by=self.ben)


@override_settings(MAIL=ON)
class ByMailInstead(Reporting, TestCase):
    def test_of_the_portal_needs_the_reason_too(self) -> None:
        notices.send_back(self.notice, by=self.ada, reason="Address")
        notices.write(self.notice, by=self.ben, recipient="A", subject="S", mail="a@b.example", contents={})
        notices.approve(self.notice, by=self.ada, reason="The first word counts")
        with self.assertRaisesMessage(Refused, "say why it was blocked, or choose it."):
            mailing.send_by_mail(self.notice, by=self.ben)
        mailing.send_by_mail(self.notice, by=self.ben, blocked=DOWN)
        self.assertEqual((self.notice.blocked, self.notice.is_to_supplement), (DOWN, True))
