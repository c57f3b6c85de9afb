"""A mail becomes a report at its site; what nobody wrote is left aside, and nothing is lost or taken twice."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from io import BytesIO
from typing import Any

from django.core import mail as outbox
from django.test import TestCase, override_settings
from PIL import Image

from keepwell.areas.incidents.models import (
    Disclosure,
    ReceiptMail,
    ReceivedMail,
    Report,
    ReportAddress,
    ReportFile,
)
from keepwell.areas.incidents.models.intake import LONGEST_TEXT, new_code, receipt_of
from keepwell.areas.incidents.rules import intake
from keepwell.areas.incidents.rules.post import arriving, looking, receipts
from keepwell.areas.incidents.rules.post.envelope import CODE
from keepwell.areas.incidents.tests.mails import EVIL, large, letter, nested, photo, suspicious, take
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.evidence.models import Content
from keepwell.platform.evidence.rules import forget
from keepwell.platform.history.acting import acting
from keepwell.platform.notices.tests.post import delivered
from keepwell.platform.todos.models import Debt
from tests.cast import NOW, TELLER, Cast, person, unit

ON = type("On", (), {"is_on": True})()


@override_settings(MAIL=ON, KEEPWELL_URL="https://kw.example", KEEPWELL_REPORTS_MAIL="report@kw.example",
                   DEFAULT_FROM_EMAIL="Keepwell <keepwell@kw.example>")  # fmt: skip
class Posting(Cast, TestCase):
    """The cast at night, and a mail server that hands mails over."""

    scene_at = NOW

    def receipt(self, report: Report) -> tuple[Any, str]:
        """The receipt of a report as it left, and the code in it."""
        outbox.outbox.clear()
        delivered()
        name = f"<report-{report.pk}@kw.example>"
        (sent,) = [one for one in outbox.outbox if one.extra_headers["Message-ID"] == name]
        return sent, CODE.findall(sent.body)[0]


class Arriving(Posting):
    def test_a_mail_of_a_stranger_is_a_report_of_the_site_in_its_address(self) -> None:
        made = take(letter(to="Report <report+pen1@kw.example>"))
        report = Report.objects.get()
        self.assertEqual((made.state, made.report, made.sender), ("taken", report, "worker@home.example"))
        self.assertEqual((report.unit, report.channel, report.reach, report.reporter),
                         (self.pen1, "mail", "worker@home.example", None))  # fmt: skip
        self.assertEqual(report.says, "Strange screens\n\nThe screens on line 3 ask for money.")
        debt = Debt.objects.open().get()
        self.assertEqual((debt.role, debt.unit, debt.record_id), ("site_officer", self.pen1, report.pk))

    def test_somebody_known_reports_in_their_name_at_their_site(self) -> None:
        take(letter(sender="Eva <A0000005@Meridian.Example>"))
        report = Report.objects.get()
        self.assertEqual((report.unit, report.reporter), (self.khh1, self.eva))

    def test_who_works_in_a_department_reports_at_its_site(self) -> None:
        with acting(TELLER, "story.department"):
            shop = unit("KHH1-P", "Production", "unit", self.khh1)
            person("A0000077", "Fay Ho", shop)
        take(letter(sender="a0000077@meridian.example"))
        self.assertEqual(Report.objects.get().unit, self.khh1)

    def test_an_address_of_the_register_tells_the_site_before_all_else(self) -> None:
        with acting(TELLER, "story.address"):
            ReportAddress(address="shift@penang.example", unit=self.pen1).save()
        take(letter(sender="a0000005@meridian.example"), to="Shift@Penang.example")
        self.assertEqual(Report.objects.get().unit, self.pen1)

    def test_what_tells_no_site_goes_to_who_leads_the_groups_security(self) -> None:
        take(letter(to="report+nowhere@kw.example"))
        debt = Debt.objects.open().get()
        self.assertEqual(
            (Report.objects.get().unit, debt.role, debt.unit), (self.group, "group_ciso", self.group)
        )
        self.assertIn(debt, Debt.objects.owed_by(self.ada))

    def test_a_mail_that_comes_twice_by_whichever_way_is_taken_once(self) -> None:
        first = take(letter())
        second = take(b"Received: from elsewhere\r\nX-Spam: no\r\n" + bytes(letter()))
        third = take(letter("Something else, with the same id."))
        self.assertEqual((second.pk, Report.objects.count(), third.state), (first.pk, 2, "taken"))

    def test_files_are_sealed_photos_drawn_anew_and_programs_not_laid_out(self) -> None:
        mail = letter()
        mail.add_attachment(photo(), maintype="image", subtype="jpeg", filename="../../etc/IMG_1.jpg")
        mail.add_attachment(
            b"MZ\x00\x01" + b"\x00" * 90, maintype="application", subtype="zip", filename="a.zip"
        )
        mail.add_attachment(b"<html><script>1</script>", maintype="image", subtype="png", filename="poly.png")
        take(mail)
        report = Report.objects.get()
        found = {one.name: (one.kind, one.absent, one.content is not None) for one in report.files.all()}
        self.assertEqual(found, {
            "original.eml": ("mail", "", True), "IMG_1.jpg": ("file", "", True), "a.zip": ("file", "program", False),
            "poly.png": ("file", "", True)})  # fmt: skip
        with Image.open(BytesIO(bytes(report.pictures.get().png))) as picture:
            self.assertEqual((picture.size, dict(picture.getexif())), ((40, 30), {}))
        for content in Content.objects.all():
            self.assertFalse(forget(content.sha256))

    def test_charsets_that_lie_are_read_all_the_same(self) -> None:
        for says, charset, named in (
            ("朱镕基的屏幕", "gb18030", "gb2312"), ("螢幕要求付款", "utf-8", "us-ascii"), ("画面が赤い①", "cp932", "shift_jis"),
            ("화면이 똠", "cp949", "euc-kr"), ("“Screens” stand", "cp1252", "iso-8859-1"), ("螢幕", "big5", "big5"),
        ):  # fmt: skip
            head = f"From: {charset}@home.example\r\nTo: report@kw.example\r\nContent-Type: text/plain; charset={named}\r\n\r\n"
            with self.subTest(charset):
                self.assertEqual(take(head.encode() + says.encode(charset)).report.says, says)
        broken = take(
            b"From: x@home.example\r\nContent-Type: text/plain; charset=unicode_escape\r\n\r\nA\\u0041 \xff\x00\x07"
        )
        self.assertEqual(broken.report.says, "A\\u0041 \ufffd")

    def test_of_a_web_page_the_words_are_kept_and_nothing_runs(self) -> None:
        mail = letter()
        mail.set_content(
            "<style>p{}</style><p>Line&nbsp;3 <b>stands</b>.<script>alert(1)</script><br>Help", subtype="html"
        )
        report = take(mail).report
        self.assertEqual(report.says, "Strange screens\n\nLine\xa03 stands.\nHelp".replace("\xa0", " "))
        self.assertTrue(report.files.get().told["is_html"])


class Answering(Posting):
    def test_a_receipt_goes_once_with_the_code_in_the_language_of_the_site(self) -> None:
        take(letter(to="report+khh1@kw.example", subject="Buy now"))
        report = Report.objects.get()
        sent, code = self.receipt(report)
        self.assertEqual(report.receipt, receipt_of(code))
        self.assertEqual((sent.to, sent.reply_to), (["worker@home.example"], ["report@kw.example"]))
        message = message_from_bytes(sent.message().as_bytes(), policy=default)
        self.assertEqual(
            (message["Auto-Submitted"], message["In-Reply-To"]), ("auto-replied", "<1@home.example>")
        )
        self.assertIn("已收到", sent.body)
        self.assertIn("Received. Thank you.", sent.body)
        for ours in ("Buy", "line 3", "Strange"):
            self.assertNotIn(ours, sent.subject + sent.body)
        self.assertEqual(delivered(), {})
        self.assertEqual(ReceiptMail.objects.get().sealed_code, "")

    def test_the_code_lies_nowhere_but_sealed_until_it_is_sent(self) -> None:
        take(letter())
        mail = ReceiptMail.objects.get()
        code = receipts.unseal(mail.sealed_code, place=receipts._place(mail))
        self.assertNotIn(
            code, str([list(model.objects.values_list()) for model in (ReceiptMail, Report, ReceivedMail)])
        )

    def test_an_answer_is_a_word_of_the_same_report_without_the_code(self) -> None:
        report = take(letter()).report
        _sent, code = self.receipt(report)
        intake.settle(report, by=self.ada, reason="A test.")
        answer = letter(f"Now line 4 too.\n\nOn Thursday Keepwell wrote:\n> code: {code}\n> bye", id="<2@home.example>",
                        In_Reply_To=f"<report-{report.pk}@kw.example>")  # fmt: skip
        made = take(answer)
        report.refresh_from_db()
        word = report.words.get()
        self.assertEqual((made.state, made.report, report.state), ("word", report, "new"))
        self.assertTrue(word.says.startswith("Now line 4 too."))
        self.assertEqual(word.sender, "worker@home.example")
        self.assertEqual((made.content, ReceiptMail.objects.count(), Report.objects.count()), (None, 1, 1))
        kept = [list(model.objects.values_list()) for model in (Report, ReportFile, ReceivedMail, type(word))]
        self.assertNotIn(code, str(kept))

    def test_the_code_alone_leads_to_its_report_too(self) -> None:
        report = take(letter()).report
        _sent, code = self.receipt(report)
        made = take(letter(f"More about {code.lower()}: it burns.", id="<3@home.example>"))
        self.assertEqual((made.state, report.words.get().says), ("word", "More about …: it burns."))

    def test_a_code_of_what_was_told_without_a_name_is_not_tied_to_a_mail(self) -> None:
        code = new_code()
        Disclosure.objects.create(unit=self.pen1, says="x", day=NOW.date(), receipt=receipt_of(code))
        with self.assertRaisesMessage(Refused, "belongs to a report without a name"):
            take(letter(f"My code is {code}."))
        self.assertFalse(ReceivedMail.objects.exists() or Report.objects.exists() or Content.objects.exists())

    def test_one_address_gets_five_receipts_in_an_hour_and_every_mail_is_taken(self) -> None:
        for at in range(7):
            take(letter(f"Mail {at}", id=f"<{at}@home.example>"))
        self.assertEqual((Report.objects.count(), ReceiptMail.objects.count()), (7, 5))
        self.assertEqual(Report.objects.filter(receipt="").count(), 2)


class LeavingAside(Posting):
    def test_what_nobody_wrote_is_left_with_its_reason_and_never_answered(self) -> None:
        ours = {"Keepwell-Report": "RP-7QF4M2XK"}
        for number, (headers, sent_by, why) in enumerate((
            ({"Auto-Submitted": "auto-replied"}, "x@home.example", "automatic"),
            ({"Precedence": "bulk"}, "x@home.example", "list"), ({"List-Id": "<news.example>"}, "x@home.example", "list"),
            ({"X-Autoreply": "yes"}, "x@home.example", "automatic"),
            ({"Precedence": "auto_reply"}, "x@home.example", "automatic"),
            ({}, "", "automatic"), ({"Return-Path": "<>"}, None, "automatic"), (ours, "x@home.example", "loop"),
            ({"sender": "keepwell@kw.example"}, "x@home.example", "loop"), ({"sender": "report@kw.example"}, None, "loop"),
            ({"X-Loop": "kw.example"}, "x@home.example", "loop"), ({"sender": "MAILER-DAEMON@home.example"}, "", "bounce"),
            ({"sender": "noreply@shop.example"}, None, "automatic"),
        )):  # fmt: skip
            with self.subTest(why, headers=headers):
                made = take(letter(f"Robot {number}", id=f"<robot-{number}@x>", **headers), sent_by=sent_by)
                self.assertEqual((made.state, made.because), ("left", why))
                self.assertTrue(made.why.endswith("."))
        self.assertFalse(
            Report.objects.exists() or ReceiptMail.objects.exists() or Debt.objects.open().exists()
        )

    def test_no_is_no_automatic_answer(self) -> None:
        self.assertEqual(take(letter(Auto_Submitted="no")).state, "taken")

    def test_two_houses_that_answer_each_other_end_at_once(self) -> None:
        report = take(letter()).report
        sent, _code = self.receipt(report)
        back = take(sent.message().as_bytes(), sent_by="keepwell@kw.example")
        self.assertEqual((back.state, back.because, ReceiptMail.objects.count()), ("left", "loop", 1))

    def test_an_officer_makes_a_report_of_it_after_all(self) -> None:
        made = take(letter(Precedence="bulk", to="report+khh1@kw.example"))
        report = looking.make_report(made, by=self.ben, text="A list that people write to.")
        self.assertEqual((report.unit, report.channel, made.state), (self.khh1, "mail", "taken"))
        self.assertEqual(report.files.get().sha256, made.content.sha256)
        with self.assertRaises(Refused):
            looking.make_report(made, by=self.ben, text="Again.")


class BadMail(Posting):
    def test_ten_megabytes_of_text_end_after_the_tenth_thousand_and_the_whole_is_kept(self) -> None:
        text = "A line of eighty signs that says the same over and over again, to the very end.\n" * 131_072
        report = take(b"From: w@home.example\r\nSubject: Long\r\n\r\n" + text.encode()).report
        self.assertEqual(len(report.says), LONGEST_TEXT)
        file = report.files.get()
        self.assertGreater(file.told["characters"], 10_000_000)
        self.assertGreater(file.size_bytes, 10_000_000)

    def test_of_a_mail_with_200_megabytes_the_words_come_and_the_sender_is_told(self) -> None:
        report = take(large(200)).report
        file = report.files.get()
        self.assertEqual(report.says, "Film\n\nLine 3 burns.")
        self.assertEqual(file.told["not_kept"], ["film.mp4"])
        self.assertGreater(file.told["whole_bytes"], 200 << 20)
        self.assertLess(file.size_bytes, 3 << 20)
        self.assertIn("Your mail was too large", self.receipt(report)[0].body)

    def test_a_bomb_of_ten_thousand_parts_waits_for_a_look(self) -> None:
        made = take(nested(10_000), to="report+khh1@kw.example")
        self.assertEqual((made.state, made.because, made.unit), ("held", "unreadable", self.khh1))
        self.assertIn("parts within parts", made.why)
        self.assertEqual(Debt.objects.open().get().record_id, made.pk)
        self.assertEqual(take(nested(10_000)).pk, made.pk)
        flat = (
            b"From: w@home.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            + b"--b\r\n\r\nx\r\n" * 10_000
        )
        self.assertIn("more than a thousand parts", take(flat).why)
        looking.set_aside(made, by=self.ben, reason="A prank.")
        self.assertFalse(Debt.objects.open().filter(record_id=made.pk).exists())

    def test_headers_that_try_to_be_more_are_one_line(self) -> None:
        evil = b"From: w@home.example\r\nSubject: =?utf-8?q?Hi=0D=0ABcc:_all=40x.example?=\r\nMessage-ID: <a>\r\n b>\r\n\r\nx"
        made = take(evil)
        self.assertEqual(made.subject, "Hi Bcc: all@x.example")
        sent, _code = self.receipt(made.report)
        self.assertNotIn("In-Reply-To", sent.message())
        self.assertIsNone(sent.message()["Bcc"])

    def test_nothing_is_refused_for_good_and_leaves_nothing(self) -> None:
        for content in (b"", b"\r\n\r\n"):
            with self.assertRaisesMessage(Refused, "There is nothing in this mail."):
                take(content)
        self.assertFalse(ReceivedMail.objects.exists())

    def test_a_flood_waits_at_its_sender_and_others_are_taken(self) -> None:
        for at in range(arriving.MOST_OF_A_SENDER):
            take(letter(f"Mail {at}", id=f"<{at}@home.example>"))
        with self.assertRaisesMessage(arriving.Later, "this one is taken later"):
            take(letter("One more", id="<more@home.example>"))
        self.assertEqual(take(letter(sender="other@home.example", id="<o@x>")).state, "taken")
        with moments.standing_at(NOW + timedelta(minutes=61)):
            self.assertEqual(take(letter("One more", id="<more@home.example>")).state, "taken")


class Suspecting(Posting):
    def test_a_mail_within_the_mail_is_sealed_and_told_but_never_rendered(self) -> None:
        mail = letter("Is this real?", sender="a0000005@meridian.example")
        mail.add_attachment(suspicious())
        report = take(mail).report
        file = report.files.get(kind="suspect")
        self.assertEqual(file.told["links"], ["hxxps://login[.]evil[.]example/konto?u=eva"])
        self.assertEqual(file.told["files"][0][:3], ["invoice.pdf.exe", "application/pdf", 202])
        self.assertEqual(len(file.told["files"][0][3]), 64)
        self.assertIn(["From", "IT <it@meridian-example.evil>"], file.told["headers"])
        self.sign_in(self.ben)
        page = self.client.get(f"/reports/{report.pk}/")
        self.assertContains(page, "hxxps://login[.]evil[.]example/konto?u=eva")
        self.assertContains(page, "Account &lt;script&gt;alert(1)&lt;/script&gt;")
        for trap in (EVIL, "<script>alert(1)", 'href="https://login'):
            self.assertNotContains(page, trap)

    def test_files_are_handed_out_as_attachments_to_who_may_and_to_nobody_else(self) -> None:
        report = take(letter(to="report+khh1@kw.example")).report
        file = report.files.get()
        address = f"/reports/{report.pk}/files/{file.pk}/"
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(address).status_code, 404)
        self.sign_in(self.ben)
        self.assertEqual(self.client.get(address).status_code, 403)
        Content.objects.update(state="clean")
        answer = self.client.get(address)
        self.assertEqual(b"".join(answer.streaming_content), bytes(letter(to="report+khh1@kw.example")))  # type: ignore[attr-defined]
        self.assertIn("attachment", answer["Content-Disposition"])
        self.assertIn("sandbox", answer["Content-Security-Policy"])

    def test_have_pages_of_their_own_with_their_history_as_the_mail_has(self) -> None:
        """The content that they name is known by a number."""
        made = take(letter(to="report+khh1@kw.example"))
        assert made.report is not None
        file = made.report.files.get()
        for who, status in ((self.ada, 200), (self.sam, 404)):
            self.sign_in(who)
            for address in (f"/files-of-reports/{file.pk}/", f"/received-mails/{made.pk}/"):
                with self.subTest(who.name, address=address):
                    self.assertEqual(self.client.get(address).status_code, status)

    def test_sam_sees_no_mail(self) -> None:
        made = take(letter(Precedence="bulk", subject="Canary 4711"))
        for address in (
            "/received-mails/",
            f"/received-mails/{made.pk}/",
            "/report-addresses/",
            "/files-of-reports/",
        ):
            self.sign_in(self.sam)
            self.assertNotContains(self.client.get(address), "Canary 4711",
                                   status_code=self.client.get(address).status_code)  # fmt: skip
        self.sign_in(self.ada)
        self.assertContains(self.client.get("/received-mails/"), "Canary 4711")
