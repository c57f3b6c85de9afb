"""Whoever has an account reports in their own name, and reads the talk about it; nobody reads another's."""

from __future__ import annotations

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keepwell.areas.incidents.models import Report
from keepwell.areas.incidents.rules import answering, intake, own
from keepwell.areas.incidents.rules.files import Load
from keepwell.areas.incidents.tests.mails import EVIL, photo, suspicious
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.todos.models import Debt
from tests.cast import NOW, Cast

SAYS = "The screens on line 3 ask for money."


class Own(Cast, TestCase):
    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))
        self.sign_in(self.eva)

    def write(self, **form: object) -> Report:
        told = {"says": SAYS, "site": "KHH1", "ongoing": "yes"} | form
        answer = self.client.post(reverse("my-report-new"), told)
        self.assertEqual(answer.status_code, 302, answer.content.decode()[:2000])
        return Report.objects.get(pk=answer["Location"].rstrip("/").rpartition("/")[2])


class OnPages(Own):
    def test_the_form_knows_the_site_and_the_report_its_reporter(self) -> None:
        self.assertContains(self.client.get(reverse("my-report-new")), '<option value="KHH1" selected>')
        report = self.write(spot="Line 3")
        self.assertEqual(
            (report.reporter, report.unit, report.channel, report.spot),
            (self.eva, self.khh1, "own", "Line 3"),
        )
        debt = Debt.objects.open().get()
        self.assertEqual((debt.role, debt.unit, debt.record_id), ("site_officer", self.khh1, report.pk))

    def test_both_talk_and_what_is_added_opens_it_again(self) -> None:
        report = self.write()
        answering.answer(report, by=self.ben, text="Leave it on.")
        intake.settle(report, by=self.ben, reason="A test page.")
        address = reverse("my-report", args=[report.pk])
        page = self.client.get(address)
        self.assertContains(page, "Leave it on.")
        self.assertNotContains(page, self.ben.name)
        self.assertNotContains(page, "A test page.")
        self.client.post(address, {"says": "Now line 4 too."})
        report.refresh_from_db()
        self.assertEqual((report.state, report.words.get(by=None).says), ("new", "Now line 4 too."))

    def test_files_are_sealed_photos_drawn_anew_and_a_suspicious_mail_told(self) -> None:
        mail = SimpleUploadedFile("evil.eml", bytes(suspicious()), "message/rfc822")
        report = self.write(file=[SimpleUploadedFile("IMG.jpg", photo(), "image/jpeg"), mail])
        self.assertEqual(
            {one.name: one.kind for one in report.files.all()}, {"IMG.jpg": "file", "evil.eml": "suspect"}
        )
        self.assertEqual(report.pictures.count(), 1)
        self.sign_in(self.ben)
        page = self.client.get(f"/reports/{report.pk}/")
        self.assertContains(page, "hxxps://login[.]evil[.]example/konto?u=eva")
        self.assertNotContains(page, EVIL)

    def test_what_may_not_stay_is_said_and_no_word_is_lost(self) -> None:
        for form, sentence in (
            ({"says": "x" * 10_001}, "10000"), ({"site": "MAT"}, "MAT"), ({"says": " "}, "required"),
            ({"file": SimpleUploadedFile("a.exe", b"MZ1")}, ".exe"),
            ({"file": SimpleUploadedFile("a.png", b"<html><script>1</script>")}, "not what its name says"),
        ):  # fmt: skip
            with self.subTest(sentence):
                told = {"says": SAYS, "site": "KHH1", "ongoing": "yes"} | form
                self.assertContains(
                    self.client.post(reverse("my-report-new"), told), sentence, status_code=422
                )
        self.assertFalse(Report.objects.exists())

    def test_nobody_reads_anothers_not_even_who_leads_all(self) -> None:
        report = self.write()
        for who in (self.sam, self.ada, self.ben):
            self.sign_in(who)
            self.assertEqual(self.client.get(reverse("my-report", args=[report.pk])).status_code, 404)
            self.assertNotContains(self.client.get(reverse("my-reports")), report.reference)
        self.client.logout()
        self.assertEqual(self.client.get(reverse("my-reports")).status_code, 302)

    def test_the_list_costs_the_same_for_one_and_for_many(self) -> None:
        own.send(own.Telling(self.khh1, SAYS), Load(), by=self.eva)
        self.client.get(reverse("my-reports"))
        before = self.count()
        for _ in range(5):
            own.send(own.Telling(self.khh1, SAYS), Load(), by=self.eva)
        self.assertEqual(self.count(), before)

    def count(self) -> int:
        """Queries of the list."""
        with CaptureQueriesContext(connection) as found:
            self.client.get(reverse("my-reports"))
        return len(found)

    def test_a_flood_is_refused_in_a_sentence(self) -> None:
        for _ in range(own.MOST_IN_HOUR):
            own.send(own.Telling(self.khh1, SAYS), Load(), by=self.eva)
        with self.assertRaisesMessage(Refused, "30 reports within the hour"):
            own.send(own.Telling(self.khh1, SAYS), Load(), by=self.eva)
        own.send(own.Telling(self.khh1, SAYS), Load(), by=self.ben)
        with moments.standing_at(NOW + timedelta(minutes=61)):
            own.send(own.Telling(self.khh1, SAYS), Load(), by=self.eva)


class ByPrograms(Own):
    def post(self, address: str, **body: object) -> tuple[int, dict[str, object]]:
        answer = self.client.post(f"/api/{address}", body, content_type="application/json")
        return answer.status_code, answer.json()

    def test_a_program_reports_in_its_persons_name(self) -> None:
        status, told = self.post("my-reports", says=SAYS)
        report = Report.objects.get()
        self.assertEqual(
            (status, told["site"], report.reporter, report.channel), (201, "KHH1", self.eva, "api")
        )
        self.post(f"my-reports/{report.pk}/words", says="Line 4 too.")
        file = SimpleUploadedFile("evil.eml", bytes(suspicious()), "message/rfc822")
        # Of two words of one moment neither is the first.
        with moments.standing_at(NOW + timedelta(minutes=1)):
            answer = self.client.post(f"/api/my-reports/{report.pk}/files", {"file": file})
        self.assertEqual((answer.status_code, answer.json()["files"]), (200, ["evil.eml"]))
        self.assertEqual(
            [one["says"] for one in answer.json()["talk"]], ["Line 4 too.", "File added: evil.eml"]
        )
        self.assertEqual(self.client.get("/api/my-reports").json()[0]["reference"], report.reference)

    def test_sam_reports_too_where_they_name_the_site_and_sees_no_others(self) -> None:
        _status, told = self.post("my-reports", says=SAYS)
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(f"/api/my-reports/{told['id']}").status_code, 404)
        self.assertEqual(self.client.get("/api/my-reports").json(), [])
        self.assertEqual(self.post("my-reports", says=SAYS)[0], 409)
        self.assertEqual(self.post("my-reports", says=SAYS, site="pen1")[0], 201)
        self.assertEqual(self.post("my-reports", says="x" * 10_001, site="PEN1")[0], 409)
