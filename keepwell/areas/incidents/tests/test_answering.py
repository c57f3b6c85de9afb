"""Answers by mail: in the thread, in the reporter's language, to nobody without a name, and never what few may know."""

from __future__ import annotations

from datetime import timedelta
from email.message import Message
from typing import Any

from django.core.exceptions import PermissionDenied
from django.test import TestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import AnswerMail, Disclosure, ReceivedMail, Report
from keepwell.areas.incidents.models.intake import receipt_of
from keepwell.areas.incidents.rules import answering, intake, own
from keepwell.areas.incidents.rules.files import Load
from keepwell.areas.incidents.tests.mails import letter, take
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.notices.models import Notice
from keepwell.platform.notices.preferences import choose
from keepwell.platform.notices.tests.post import Office, delivered, office
from tests.cast import NOW, TELLER, Cast

WORKER = "worker@home.example"
SAYS = "Leave the screen as it is, we are on the way."


@override_settings(
    KEEPWELL_REPORTS_MAIL="report@kw.example", DEFAULT_FROM_EMAIL="Keepwell <keepwell@kw.example>"
)
class Answered(Cast, TestCase):
    """The cast at night, and a real mail server."""

    desk: Office

    def setUp(self) -> None:
        self.desk, settings = self.enterContext(office())
        self.enterContext(settings)
        self.enterContext(moments.standing_at(NOW))

    def mailed(self, **headers: Any) -> Report:
        """A report that somebody unknown sent to KHH1 by mail."""
        return take(letter(to="report+khh1@kw.example", **headers)).report

    def answer(self, report: Report, says: str = SAYS) -> None:
        report.refresh_from_db()
        answering.answer(report, by=self.ben, text=says)

    def sent(self, to: str = WORKER) -> list[Message]:
        """The answers that left for `to`."""
        delivered()
        return [
            mail
            for mail in self.desk.taken
            if mail["To"] == to and "." in str(mail["Message-ID"]).split("@")[0]
        ]

    def text(self, mail: Message) -> str:
        return str(mail.get_content()).replace("\r\n", "\n")  # type: ignore[attr-defined]  # of the modern policy


class ByMail(Answered):
    def test_goes_in_the_thread_and_in_the_language_of_the_site(self) -> None:
        report = self.mailed()
        self.answer(report)
        (mail,) = self.sent()
        self.assertEqual(mail["In-Reply-To"], "<1@home.example>")
        self.assertEqual(mail["References"].split(), ["<1@home.example>", f"<report-{report.pk}@kw.example>"])
        # A folded header may begin in its second line.
        self.assertEqual(str(mail["Subject"]).strip(), f"回覆您的通報 {report}")
        self.assertEqual((mail["Reply-To"], mail["Content-Language"]), ("report@kw.example", "zh-Hant"))
        self.assertEqual(mail["Auto-Submitted"], "auto-generated")
        self.assertIn(SAYS, self.text(mail))
        self.assertIn("https://kw.example/report/answer/?lang=zh-Hant", self.text(mail))
        self.assertNotIn("Ben", self.text(mail))

    def test_comes_back_to_the_same_report_and_is_answered_again_in_the_same_thread(self) -> None:
        report = self.mailed()
        self.answer(report)
        (mail,) = self.sent()
        with moments.standing_at(moments.now() + timedelta(minutes=1)):
            back = take(
                letter("Now line 4 too.\n\n> quoted", id="<2@home.example>", In_Reply_To=mail["Message-ID"])
            )
        self.assertEqual((back.state, back.report, Report.objects.count()), ("word", report, 1))
        self.assertEqual(list(report.words.order_by("at", "pk").filter(by=None).values_list("says", flat=True)),
                         ["Now line 4 too."])  # fmt: skip
        self.answer(report, "Cut it off.")
        second = self.sent()[-1]
        self.assertEqual(second["In-Reply-To"], "<2@home.example>")
        self.assertEqual(second["References"].split()[-1], "<2@home.example>")

    def test_is_seen_by_the_officer_with_when_it_went(self) -> None:
        report = self.mailed()
        self.desk.at_rcpt[WORKER] = "451 later"
        self.answer(report)
        delivered()
        self.sign_in(self.ben)
        address = reverse("reports-record", args=[report.pk])
        page = self.client.get(address)
        for words in (f"Answers go to {WORKER} by mail too", SAYS, "Waiting", "451 later"):
            self.assertContains(page, words)
        self.desk.at_rcpt.clear()
        delivered(timezone.now() + timedelta(hours=1))
        self.assertContains(self.client.get(address), "by mail, taken by the mail server")
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(address).status_code, 404)
        with self.assertRaises(PermissionDenied):
            answering.answer(report, by=self.sam, text="x")

    def test_that_is_refused_is_told_to_who_wrote_it(self) -> None:
        report = self.mailed()
        self.answer(report)
        self.desk.at_rcpt[WORKER] = "550 no such user"
        delivered()
        told = Notice.objects.get(person=self.ben, kind="mail.refused")
        self.assertEqual(told.sentence(report), f"Your answer to {report} did not reach {WORKER}: the mail server refuses "
                         "the mail (550 no such user).")  # fmt: skip

    def test_that_bounces_is_seen_at_its_report(self) -> None:
        report = self.mailed()
        self.answer(report)
        (mail,) = self.sent()
        bounce = letter("Not delivered", sender="MAILER-DAEMON@home.example", id="<b@home.example>",
                        References=mail["Message-ID"])  # fmt: skip
        made = take(bounce, sent_by="")
        self.assertEqual((made.state, made.because, made.report), ("left", "bounce", report))
        self.sign_in(self.ben)
        self.assertContains(self.client.get(reverse("reports-record", args=[report.pk])), "did not arrive")

    def test_ends_no_loop_and_begins_none(self) -> None:
        """What an automatic answer says is no word, and another house that gets our answer leaves it aside."""
        report = self.mailed()
        self.answer(report)
        (mail,) = self.sent()
        away = letter(
            "I am away.",
            id="<away@home.example>",
            In_Reply_To=mail["Message-ID"],
            Auto_Submitted="auto-replied",
        )
        self.assertEqual((take(away).state, report.words.count()), ("left", 1))
        back = take(mail.as_bytes(), sent_by="keepwell@kw.example")
        self.assertEqual((back.state, back.because), ("left", "loop"))
        self.assertEqual((delivered(), AnswerMail.objects.count()), ({}, 1))

    def test_goes_to_who_sent_the_report_though_others_add_to_it(self) -> None:
        report = self.mailed()
        self.answer(report)
        (mail,) = self.sent()
        take(
            letter(
                "Me too.", sender="thief@evil.example", id="<t@evil.example>", In_Reply_To=mail["Message-ID"]
            )
        )
        self.answer(report, "More.")
        self.assertEqual((len(self.sent()), self.sent("thief@evil.example")), (2, []))
        self.assertNotIn("evil.example", str(self.sent()[-1]["References"]))

    def test_has_no_headers_but_ours_whatever_the_report_said_of_itself(self) -> None:
        evil = b"From: w@home.example\r\nTo: report+khh1@kw.example\r\nMessage-ID: <a>\r\n Bcc: x@evil.example>\r\n\r\nx"
        report = take(evil).report
        self.answer(report, "Thanks\r\nBcc: all@x.example")
        (mail,) = self.sent("w@home.example")
        self.assertEqual((mail["Bcc"], mail["In-Reply-To"]), (None, None))

    @override_settings(KEEPWELL_REPORTS_ANSWERS=False)
    def test_goes_nowhere_where_operators_switched_it_off(self) -> None:
        report = self.mailed()
        self.answer(report)
        self.assertEqual((self.sent(), AnswerMail.objects.count(), report.words.count()), ([], 0, 1))

    def test_of_a_restricted_incident_says_only_that_there_is_one(self) -> None:
        report = self.mailed()
        incident = intake.open_incident(report, by=self.ben, title="Design data copied")
        rules.restrict(incident, by=self.ben, reason="Concerns somebody who works there.")
        self.answer(report, "Say nothing to Mr. Canary.")
        (mail,) = self.sent()
        self.assertNotIn("Canary", str(mail))
        self.assertIn("請在下方網頁閱讀", self.text(mail))

    def test_that_waits_while_its_incident_is_restricted_says_no_more_either(self) -> None:
        report = self.mailed()
        incident = intake.open_incident(report, by=self.ben, title="Design data copied")
        self.answer(report, "Say nothing to Mr. Canary.")
        rules.restrict(incident, by=self.ben, reason="Concerns somebody who works there.")
        self.assertNotIn("Canary", self.text(self.sent()[0]))


class WithAnAccount(Answered):
    def reported(self) -> Report:
        return own.send(own.Telling(self.khh1, "Line 3 asks for money."), Load(), by=self.eva)

    def test_goes_to_their_address_in_their_language_with_the_way_to_my_reports(self) -> None:
        with acting(TELLER, "story.language"):
            self.eva.language = "zh-hant"
            self.eva.save()
        report = self.reported()
        self.answer(report)
        (mail,) = self.sent(str(self.eva.mail))
        # A folded header may begin in its second line.
        self.assertEqual(str(mail["Subject"]).strip(), f"回覆您的通報 {report}")
        self.assertIn(f"https://kw.example/my-reports/{report.pk}/", self.text(mail))
        self.assertEqual(mail["References"], f"<report-{report.pk}@kw.example>")
        self.sign_in(self.eva)
        self.assertContains(self.client.get("/notices/"), str(report))

    def test_goes_into_the_digest_or_the_list_alone_for_who_wants_it_so(self) -> None:
        for way, has_letter in (("digest", True), ("off", False)):
            choose(self.eva, ways={"report.answered": way})
            self.answer(self.reported())
            notice = Notice.objects.filter(person=self.eva, kind="report.answered").order_by("-pk")[0]
            self.assertEqual((AnswerMail.objects.count(), notice.letter is not None), (0, has_letter))
            self.assertNotIn(SAYS, notice.sentence())

    def test_is_not_sent_to_who_has_left_meanwhile(self) -> None:
        self.answer(self.reported())
        with acting(TELLER, "story.leave"):
            self.eva.employed_until = NOW.date() - timedelta(days=1)
            self.eva.save()
        self.assertEqual((self.sent(str(self.eva.mail)), AnswerMail.objects.get().state), ([], "dropped"))


class WithoutAName(Answered):
    def test_is_read_by_the_code_and_nowhere_else(self) -> None:
        """Neither what is told without a name, nor what the page took with one, has an address."""
        code = intake.send(intake.Told(self.khh1, "Something", reach=WORKER), is_unnamed=False)
        report = Report.objects.get(receipt=receipt_of(code))
        self.assertEqual(report.mail_address(), "")
        self.answer(report)
        intake.send(intake.Told(self.khh1, "Something"), is_unnamed=True)
        self.assertFalse(hasattr(Disclosure.objects.get(), "mail_address"))
        self.assertEqual((delivered().get("failed"), AnswerMail.objects.count(), self.sent()), (None, 0, []))

    def test_is_not_sent_for_a_mail_that_a_machine_wrote(self) -> None:
        made = take(letter(Precedence="bulk", to="report+khh1@kw.example"))
        self.assertEqual(ReceivedMail.objects.get(pk=made.pk).because, "list")
        with acting(TELLER, "story.made"):
            report = Report(unit=self.khh1, says="x", channel="mail")
            report.save()
            made.state, made.report = "taken", report
            made.save()
        self.assertEqual(report.mail_address(), "")
