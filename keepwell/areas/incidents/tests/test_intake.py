"""Anybody reports in a minute; whoever wants no name leaves none."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from io import BytesIO
from typing import Any
from unittest.mock import patch

from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.test import SimpleTestCase, TestCase
from django.urls import reverse
from PIL import Image

from keepwell.areas.incidents.jobs import forget, tell_readers
from keepwell.areas.incidents.models import Disclosure, Incident, Report, ReportWord
from keepwell.areas.incidents.models.intake import CODE_SIGNS, LONGEST_TEXT, SIGNS, new_code, receipt_of
from keepwell.areas.incidents.pages import intake as pages
from keepwell.areas.incidents.rules import answering, intake
from keepwell.areas.incidents.rules.crowds import Crowd
from keepwell.areas.incidents.rules.languages import chosen, languages
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.notices.models import Notice
from keepwell.platform.todos.models import Debt
from tests.cast import NOW, TELLER, Cast, account, grant, person
from tests.machine import rounds

SAYS = "The screens on line 3 show a red page asking for money."
POSTS = rounds(300, 10_000)
MARKS = {
    "REMOTE_ADDR": "203.0.113.77",
    "HTTP_USER_AGENT": "Marked-Agent/9",
    "HTTP_REFERER": "https://marked.example/x",
}
GPS, MAKE = 0x8825, 0x010F


def photo(marker: str = "MarkedCamera") -> SimpleUploadedFile:
    """A small JPEG whose device and place are written into it."""
    picture = Image.new("RGB", (40, 30), "red")
    told = Image.Exif()
    told[MAKE] = marker
    told[GPS] = {1: "N", 2: (5.0, 24.0, 0.0), 3: "E", 4: (100.0, 18.0, 0.0)}
    out = BytesIO()
    picture.save(out, "JPEG", exif=told)
    return SimpleUploadedFile("IMG_2041_penang.jpg", out.getvalue(), "image/jpeg")


class Telling(Cast, TestCase):
    """The cast at night, and a reporter whom nobody knows."""

    scene_at = NOW

    def setUp(self) -> None:
        super().setUp()
        pages.SENDING._forget()

    def send(self, **form: Any) -> Any:
        told = {"says": SAYS, "site": "PEN1", "ongoing": "yes", "lang": "en"} | form
        return self.client.post(reverse("report"), told, **MARKS)

    def code(self, answer: Any) -> str:
        self.assertEqual(answer.status_code, 200, answer.content.decode()[:3000])
        return str(answer.context["receipt"])


class WithAName(Telling):
    def test_a_report_is_kept_and_its_officers_owe_a_look_at_once(self) -> None:
        code = self.code(self.send(reach="ext. 4711", place="Line 3"))
        report = Report.objects.get()
        self.assertEqual((report.unit, report.says, report.spot, report.reach, report.ongoing),
                         (self.pen1, SAYS, "Line 3", "ext. 4711", "yes"))  # fmt: skip
        debt = Debt.objects.open().get()
        self.assertEqual((debt.role, debt.unit, debt.record_id), ("site_officer", self.pen1, report.pk))
        self.assertNotIn(code, str(list(Report.objects.values_list())))
        self.assertEqual(report.receipt, receipt_of(code.lower().replace("-", " ")))

    def test_photos_are_drawn_anew(self) -> None:
        self.code(self.send(photo=[photo()]))
        png = bytes(Report.objects.get().pictures.get().png)
        self.assertTrue(png.startswith(b"\x89PNG"))
        with Image.open(BytesIO(png)) as picture:
            self.assertEqual((picture.size, dict(picture.getexif()), picture.info), ((40, 30), {}, {}))

    def test_what_is_wrong_is_said_beside_it_and_no_word_is_lost(self) -> None:
        large = SimpleUploadedFile("big.jpg", b"x" * (pages.MOST_PHOTO_BYTES + 1), "image/jpeg")
        polyglot = SimpleUploadedFile("page.jpg", b"<html><script>alert(1)</script>", "image/jpeg")
        words = languages()["en"]
        for form, field, sentence in (
            ({"says": "  "}, "says", words["say_what"]),
            (
                {"says": "é" * (LONGEST_TEXT + 1)},
                "says",
                words["too_long"] % {"count": 10_001, "most": 10_000},
            ),
            ({"site": "NOWHERE"}, "site", words["choose_site"]),
            ({"site": "MAT"}, "site", words["choose_site"]),
            ({"place": "x" * 121}, "spot", words["too_long_place"] % {"most": 120}),
            ({"photo": [large]}, "photo", words["photo_large"] % {"name": "big.jpg"}),
            ({"photo": [polyglot]}, "photo", words["photo_strange"] % {"name": "page.jpg"}),
            ({"photo": [photo() for _ in range(4)]}, "photo", words["too_many_photos"]),
        ):
            with self.subTest(field, form=str(form)[:40]):
                answer = self.send(**form)
                self.assertEqual(
                    (answer.status_code, answer.context["typed"].wrong), (422, {field: sentence})
                )
                self.assertEqual(answer.context["typed"].says, str(form.get("says", SAYS)).strip())
        self.assertFalse(Report.objects.exists() or Disclosure.objects.exists())

    def test_no_link_leads_away_from_the_code(self) -> None:
        self.assertNotContains(self.send(), '<a href="?lang=')
        self.assertContains(self.client.get(reverse("report")), '<a href="?lang=ms"')

    def test_the_longest_text_fits(self) -> None:
        self.code(self.send(says="資" * LONGEST_TEXT))
        self.assertEqual(len(Report.objects.get().says), LONGEST_TEXT)

    def test_the_code_opens_the_talk_and_nothing_else_does(self) -> None:
        code = self.code(self.send())
        report = Report.objects.get()
        answering.answer(report, by=self.ada, text="Leave the machine on.")
        page = self.client.post(reverse("report-answer"), {"code": code.lower(), "lang": "ms"})
        self.assertContains(page, "Leave the machine on.")
        self.assertContains(page, languages()["ms"]["state_new"])
        self.assertNotContains(page, self.ada.name)
        wrong = self.client.post(reverse("report-answer"), {"code": new_code(), "lang": "en"})
        self.assertContains(wrong, languages()["en"]["wrong_code"], status_code=404)

    def test_what_is_added_opens_a_settled_report_again(self) -> None:
        code = self.code(self.send())
        intake.settle(Report.objects.get(), by=self.ada, reason="A test page of the maker.")
        self.assertFalse(Debt.objects.open().exists())
        self.client.post(reverse("report-answer"), {"code": code, "says": "Now line 4 too.", "lang": "en"})
        self.assertEqual(
            (Report.objects.get().state, ReportWord.objects.get().says), ("new", "Now line 4 too.")
        )
        self.assertEqual(Debt.objects.open().count(), 1)

    def test_two_reports_become_one_incident(self) -> None:
        self.code(self.send())
        self.code(self.send(says="Two machines stopped by themselves."))
        first, second = Report.objects.order_by("received_at", "pk")
        incident = intake.open_incident(first, by=self.ada, title="Ransom note on line 3")
        self.assertEqual(
            (incident.unit, incident.summary, incident.reported_at), (self.pen1, first.says, NOW)
        )
        intake.join(second, by=self.ada, number=incident.number.lower())
        self.assertEqual(incident.reports.count(), 2)
        self.assertFalse(Debt.objects.open().filter(what=intake.LOOK).exists())
        with self.assertRaises(Refused):
            intake.join(second, by=self.ada, number=incident.number)

    def test_an_incident_one_may_not_change_is_no_answer(self) -> None:
        self.code(self.send(site="KHH1"))
        with acting(TELLER, "story.report"):
            elsewhere = Incident(title="Elsewhere", unit=self.pen1)
            elsewhere.save()
        with self.assertRaisesMessage(Refused, "No open incident that you may change"):
            intake.join(Report.objects.get(), by=self.ben, number=elsewhere.number)

    def test_sam_sees_no_report(self) -> None:
        self.code(self.send(photo=[photo()]))
        report = Report.objects.get()
        self.sign_in(self.sam)
        shot = reverse("report-photo", args=[report.pk, report.pictures.get().pk])
        for address in (f"/reports/{report.pk}/", shot):
            self.assertEqual(self.client.get(address).status_code, 404, address)
        self.sign_in(self.ada)
        self.assertContains(self.client.get(f"/reports/{report.pk}/"), shot)
        self.assertEqual(self.client.get(shot).headers["Content-Type"], "image/png")


class WithoutAName(Telling):
    def scene(self) -> None:
        super().scene()
        with acting(TELLER, "story.people"):
            self.faye = person("M-90", "Faye", self.khh1)
            account(self.faye, "faye")
            grant(self.faye, "designated_person", self.mse)

    def told(self, **form: Any) -> tuple[str, Disclosure]:
        code = self.code(self.send(unnamed="on", reach="Marked Name", **form))
        return code, Disclosure.objects.get(receipt=receipt_of(code))

    def test_nothing_tells_who_or_when(self) -> None:
        self.sign_in(self.eva)
        before = set(self.everything())
        code, found = self.told(photo=[photo()])
        self.assertEqual(found.day, moments.today("Asia/Kuala_Lumpur"))
        new = " ".join(set(self.everything()) - before)
        for mark in ("203.0.113.77", "Marked", "IMG_2041", code, code.replace("-", ""), self.eva.number, self.eva.name,
                     str(self.eva.pk), "21:12", "05:12"):  # fmt: skip
            self.assertNotIn(mark, new)
        self.assertIn(SAYS, new)

    def everything(self) -> list[str]:
        """Every row of every table, as text, with what bytes say."""
        found = []
        for model in apps.get_models(include_auto_created=True):
            for row in model._base_manager.values():
                plain = {key: bytes(value).decode("latin-1") if isinstance(value, (bytes, memoryview)) else value
                         for key, value in row.items()}  # fmt: skip
                found.append(f"{model._meta.label} {plain}")
        return found

    def test_no_field_could_tell_it(self) -> None:
        for name in ("Disclosure", "DisclosureWord", "DisclosurePicture"):
            model = apps.get_model("incidents", name)
            kinds = {type(field) for field in model._meta.fields}
            self.assertFalse(
                kinds & {models.DateTimeField, models.TimeField, models.AutoField, models.BigAutoField}, name
            )
            self.assertIsInstance(model._meta.pk, models.UUIDField)

    def test_only_designated_people_read_it(self) -> None:
        _code, found = self.told(photo=[photo()])
        pages_ = (reverse("disclosure", args=[found.pk]),
                  reverse("disclosure-photo", args=[found.pk, found.pictures.get().pk]))  # fmt: skip
        for who, status in (
            (self.faye, 200),
            (self.ada, 404),
            (self.ben, 404),
            (self.dan, 404),
            (self.sam, 404),
        ):
            self.sign_in(who)
            for address in pages_:
                self.assertEqual(self.client.get(address).status_code, status, f"{who} {address}")
        self.sign_in(self.ada)
        self.assertEqual(self.client.get(reverse("disclosures")).status_code, 403)
        self.sign_in(self.faye)
        self.assertContains(self.client.get(reverse("disclosures")), SAYS)

    def test_a_site_elsewhere_is_not_read(self) -> None:
        _code, found = self.told(site="KHH1")
        self.sign_in(self.faye)
        self.assertNotContains(self.client.get(reverse("disclosures")), SAYS)
        self.assertEqual(self.client.get(reverse("disclosure", args=[found.pk])).status_code, 404)

    def test_whom_it_concerns_is_kept_out_whatever_they_hold(self) -> None:
        _code, found = self.told()
        with acting(TELLER, "story.people"):
            other = person("M-91", "Gil", self.khh1)
            account(other, "gil")
            grant(other, "designated_person", self.mse)
        with self.assertRaises(Refused):
            intake.keep_out(found, by=other, number=self.ada.number)
        intake.keep_out(found, by=other, number="M-90")
        self.sign_in(self.faye)
        self.assertEqual(self.client.get(reverse("disclosure", args=[found.pk])).status_code, 404)
        with self.assertRaises(Refused):
            intake.reply(found, by=self.faye, says="I was never here.")

    def test_both_talk_by_the_code(self) -> None:
        code, found = self.told()
        self.sign_in(self.faye)
        act = reverse("disclosure-act", args=[found.pk, "answer"])
        self.client.post(act, {"says": "Since when?"})
        self.client.logout()
        self.client.post(reverse("report-answer"), {"code": code, "says": "Since Monday.", "lang": "en"})
        page = self.client.post(reverse("report-answer"), {"code": code, "lang": "en"})
        self.assertContains(page, "Since when?")
        self.assertContains(page, "Since Monday.")
        self.assertNotContains(page, "Faye")
        self.assertEqual([word.number for word in found.words.all()], [1, 2])

    def test_readers_are_told_by_the_hour_once_a_day(self) -> None:
        self.told()
        self.told()
        self.assertFalse(Notice.objects.exists())
        self.assertEqual((tell_readers(None), tell_readers(None)), ({"told": 1}, {"told": 0}))  # type: ignore[arg-type]
        notice = Notice.objects.get()
        self.assertEqual((notice.person, notice.record_id, notice.facts), (self.faye, None, {}))

    def test_it_is_forgotten_two_years_after_it_was_settled(self) -> None:
        _code, found = self.told()
        intake.mark(found, by=self.faye, is_settled=True)
        for days, left in ((731, 1), (732, 0)):
            with moments.standing_at(NOW + timedelta(days=days)):
                forget(None)  # type: ignore[arg-type]
            self.assertEqual(Disclosure.objects.count(), left)


class Crowding(Telling):
    def test_a_program_is_stopped_and_others_are_not(self) -> None:
        with patch.object(pages, "SENDING", Crowd(3)):
            answers = [self.send().status_code for _ in range(5)]
            other = self.client.post(
                reverse("report"), {"says": SAYS, "site": "PEN1"}, REMOTE_ADDR="198.51.100.4"
            )
        self.assertEqual((answers, other.status_code), ([200, 200, 200, 429, 429], 200))
        self.assertEqual(Report.objects.count(), 4)

    def test_a_whole_group_behind_one_address_is_heard(self) -> None:
        """Five thousand reports in an hour."""
        self.assertEqual(pages.SENDING.most, settings.KEEPWELL_REPORTS_AN_HOUR)
        taken = [pages.SENDING.lets("203.0.113.7") for _ in range(5_001)]
        self.assertTrue(all(taken))

    def test_a_program_that_posts_without_end_is_heard_to_its_measure_and_others_still_are(self) -> None:
        with patch.object(pages, "SENDING", Crowd(POSTS * 6 // 10)):
            answers = Counter(self.send(unnamed="on").status_code for _ in range(POSTS))
            other = self.client.post(
                reverse("report"), {"says": SAYS, "site": "PEN1"}, REMOTE_ADDR="198.51.100.4"
            )
        self.assertEqual(answers, {200: POSTS * 6 // 10, 429: POSTS - POSTS * 6 // 10})
        self.assertEqual((other.status_code, Disclosure.objects.count()), (200, POSTS * 6 // 10))

    def test_an_hour_later_it_begins_anew(self) -> None:
        crowd = Crowd(1)
        self.assertEqual([crowd.lets("a"), crowd.lets("a"), crowd.lets("b")], [True, False, True])
        crowd._since -= 3_601
        self.assertTrue(crowd.lets("a"))


class Page(Telling):
    def test_needs_no_account_and_asks_for_the_site_of_the_code(self) -> None:
        page = self.client.get(reverse("report-at", args=["pen1"]), {"place": "Line 3"})
        self.assertContains(page, '<option value="PEN1" selected>')
        self.assertContains(page, 'value="Line 3"')
        self.assertNotContains(page, '<script src="http')

    def test_does_not_know_who_is_signed_in(self) -> None:
        self.sign_in(self.ada)
        self.assertFalse(self.client.get(reverse("report")).wsgi_request.user.is_authenticated)
        self.assertTrue(self.client.get("/").wsgi_request.user.is_authenticated)

    def test_costs_the_same_however_many_sites_there_are(self) -> None:
        with self.assertNumQueries(2):
            self.client.get(reverse("report"))

    def test_speaks_every_language_there_is(self) -> None:
        for tag, words in languages().items():
            page = self.client.get(reverse("report"), {"lang": tag})
            self.assertContains(page, f'<html lang="{tag}"')
            self.assertContains(page, words["title"])


class Languages(SimpleTestCase):
    def test_hold_the_same_sentences_with_the_same_gaps(self) -> None:
        words = languages()
        self.assertGreaterEqual(
            set(words), {"en", "zh-Hant", "zh-Hans", "ja", "ko", "ms", "es", "th", "vi", "de"}
        )
        for tag, told in words.items():
            self.assertEqual(set(told), set(words["en"]), tag)
            for key, sentence in told.items():
                self.assertIsInstance(sentence, str, f"{tag} {key}")
                for gap in ("%(count)s", "%(most)s", "%(name)s", "%(site)s"):
                    self.assertEqual(gap in sentence, gap in words["en"][key], f"{tag} {key}")

    def test_are_chosen_by_wish_then_by_the_browser(self) -> None:
        for asked, accepted, tag in (
            ("ms", "de", "ms"), ("", "zh-TW,zh;q=0.9", "zh-Hant"), ("", "zh-CN", "zh-Hans"), ("", "zh-HK", "zh-Hant"),
            ("", "ja-JP,en;q=0.5", "ja"), ("", "fi,ko;q=0.4", "ko"), ("xx", "fi", "en"), ("", "", "en"),
            ("../../etc/passwd", "*", "en"),
        ):  # fmt: skip
            self.assertEqual(chosen(asked, accepted), tag, (asked, accepted))


class Codes(SimpleTestCase):
    def test_hold_128_bits_and_are_read_as_people_type_them(self) -> None:
        self.assertGreaterEqual(len(SIGNS) ** CODE_SIGNS, 2**128)
        code = new_code()
        self.assertEqual(len(code.replace("-", "")), CODE_SIGNS)
        self.assertEqual(receipt_of(code), receipt_of(f" {code.lower().replace('-', ' – ')} "))
