"""A notice by mail: it ends the clock once the server has taken it, and not before."""

from __future__ import annotations

import smtplib
from unittest.mock import patch

from django.core import mail
from django.test import TestCase, override_settings
from django.urls import reverse

from keepwell.areas.incidents.models import NoticeMail
from keepwell.areas.incidents.rules import mailing, notices
from keepwell.areas.incidents.tests.test_notices import Noticing
from keepwell.platform.acts.act import Refused
from keepwell.platform.notices.models import Notice
from keepwell.platform.notices.tests.post import delivered
from tests.cast import NOW

BACKEND = "django.core.mail.backends.locmem.EmailBackend.send_messages"
ON = type("On", (), {"is_on": True})()


@override_settings(MAIL=ON)
class Mailing(Noticing, TestCase):
    def scene(self) -> None:
        super().scene()
        self.notice = self.written()
        notices.write(self.notice, by=self.ben, recipient="C-0148", subject="Notice", mail="security@c0148.example",
                      contents={one.name: one.text for one in self.notice.said})  # fmt: skip
        notices.approve(self.notice, by=self.ada)

    def test_ends_the_clock_with_the_id_of_the_mail_as_proof(self) -> None:
        mailing.send_by_mail(self.notice, by=self.ben)
        self.assertEqual(self.clock.state, "running")
        self.assertEqual(delivered(), {"sent": 1})
        self.notice.refresh_from_db()
        (sent,) = mail.outbox
        self.assertEqual(
            (sent.to, self.notice.sent_by, self.notice.sent_at), (["security@c0148.example"], self.ben, NOW)
        )
        self.assertIn(sent.extra_headers["Message-ID"], self.notice.proof)
        self.assertEqual((self.clock.state, sent.attachments[0][1][:5]), ("met", b"%PDF-"))
        self.assertEqual(delivered(), {})

    def test_is_on_its_way_once(self) -> None:
        mailing.send_by_mail(self.notice, by=self.ben)
        with self.assertRaisesMessage(Refused, "It is on its way already."):
            mailing.send_by_mail(self.notice, by=self.ben)

    def test_is_dropped_when_the_notice_was_sent_back(self) -> None:
        mailing.send_by_mail(self.notice, by=self.ben)
        self.notice.refresh_from_db()
        notices.send_back(self.notice, by=self.ada, reason="Wrong")
        self.assertEqual((delivered(), len(mail.outbox)), ({"dropped": 1}, 0))

    def test_waits_while_the_server_is_away_and_fails_when_it_refuses(self) -> None:
        mailing.send_by_mail(self.notice, by=self.ben)
        with patch(BACKEND, side_effect=smtplib.SMTPServerDisconnected()):
            self.assertEqual(delivered(), {"put_off": 1})
        NoticeMail.objects.update(next_at=NoticeMail.objects.get().made_at)
        refused = smtplib.SMTPRecipientsRefused({"security@c0148.example": (550, b"no such box")})
        with patch(BACKEND, side_effect=refused):
            delivered()
        mail = NoticeMail.objects.get()
        self.assertEqual((mail.state, mail.error, self.clock.state), ("failed", "550 no such box", "running"))
        told = Notice.objects.get(person=self.ben, kind="mail.refused")
        self.assertIn("550 no such box", told.sentence("Notice"))
        self.assertTrue(mailing.can_be_mailed(self.notice))
        self.sign_in(self.ben)
        page = self.client.get(reverse("incident-notices-record", args=[self.notice.pk]))
        self.assertContains(page, "550 no such box")
        self.assertContains(page, "Given up")

    def test_shows_since_when_it_waits_and_what_the_server_said(self) -> None:
        mailing.send_by_mail(self.notice, by=self.ben)
        with patch(BACKEND, side_effect=smtplib.SMTPServerDisconnected()):
            delivered()
        self.sign_in(self.ben)
        page = self.client.get(reverse("incident-notices-record", args=[self.notice.pk]))
        self.assertContains(page, "SMTPServerDisconnected")
        self.assertContains(page, "security@c0148.example")

    def test_is_not_offered_without_an_address(self) -> None:
        self.notice.mail = ""
        self.assertFalse(mailing.can_be_mailed(self.notice))
        with override_settings(MAIL=type("Off", (), {"is_on": False})()):
            self.notice.mail = "a@b.example"
            self.assertFalse(mailing.can_be_mailed(self.notice))
