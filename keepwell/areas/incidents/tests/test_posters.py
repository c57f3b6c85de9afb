"""The way to the report page: a poster for the wall of each site, and a host that answers with nothing else."""

from __future__ import annotations

import re
from io import BytesIO
from unittest.mock import patch

import pypdfium2
import qrcode
from django.test import TestCase, override_settings
from django.urls import reverse

from keepwell.areas.incidents.models import Report, ReportAddress
from keepwell.areas.incidents.rules import posters
from keepwell.areas.incidents.rules.languages import languages
from keepwell.platform.history.acting import acting
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.publishing.fonts import FOLDER, thicker
from keepwell.platform.publishing.pdf import has_signs
from tests.cast import TELLER, Cast

OWN_HOST = override_settings(
    KEEPWELL_URL="https://kw.example", KEEPWELL_REPORTS_URL="https://report.kw.example",
    KEEPWELL_REPORTS_MAIL="report@kw.example", ALLOWED_HOSTS=["kw.example", "report.kw.example", "testserver"],
)  # fmt: skip


@OWN_HOST
class Posters(Cast, TestCase):
    def test_one_page_says_what_where_and_how_in_the_sites_language_and_english(self) -> None:
        content = posters.write(self.pen1)
        document = pypdfium2.PdfDocument(BytesIO(content))
        text = " ".join(document[0].get_textpage().get_text_range().split())
        self.assertEqual(len(document), 1)
        for words in ("Laporkan insiden", "Report an incident", "Penang Assembly 1", "report.kw.example/report/at/pen1",
                      "report+pen1@kw.example"):  # fmt: skip
            self.assertIn(words, text)

    def test_speaks_the_language_of_a_country_in_the_shapes_of_its_own_script(self) -> None:
        for country, tag, title, face in (
            ("CN", "zh-Hans", "报告安全事件", b"NotoSansSC"), ("JP", "ja", "インシデントを報告する", b"NotoSansJP"),
            ("KR", "ko", "사고 신고", b"NotoSansKR"), ("TH", "th", "แจ้งเหตุการณ์", b"NotoSansThai"),
            ("VN", "vi", "Báo cáo sự cố", b"NotoSansTC"), ("DE", "de", "Vorfall melden", b"NotoSansTC"),
        ):  # fmt: skip
            with self.subTest(country):
                self.pen1.country = country
                self.assertEqual(posters.tags_of(self.pen1), [tag, "en"])
                content = posters.write(self.pen1)
                document = pypdfium2.PdfDocument(BytesIO(content))
                text = document[0].get_textpage().get_text_range()
                self.assertEqual(
                    (len(document), title in text, "Report an incident" in text), (1, True, True)
                )
                self.assertTrue(face in content, country)

    def test_draws_headings_thicker_where_a_typeface_has_no_bold_weight(self) -> None:
        self.assertEqual({tag for tag in languages() if thicker(tag)}, {"ja", "ko", "zh-Hans"})
        bold = {path.name for path in FOLDER.glob("*Bold.ttf")}
        self.assertEqual(
            bold, {"NotoSansTC_700Bold.ttf", "NotoSansThai_700Bold.ttf", "SourceSans3_700Bold.ttf"}
        )

    def test_prints_every_sign_of_every_language_that_has_a_file(self) -> None:
        self.assertEqual([tag for tag in languages() if not posters.is_printed(tag)], [])

    def test_speaks_english_alone_where_the_typefaces_lack_a_language(self) -> None:
        self.pen1.country = "FR"
        self.assertEqual(posters.tags_of(self.pen1), ["en"])
        self.assertFalse(has_signs("ሰላም"))
        with (
            patch.dict(posters.OF_COUNTRIES, {"FR": "ja"}),
            patch.object(posters, "is_printed", return_value=False),
        ):
            self.assertEqual(posters.tags_of(self.pen1), ["en"])

    def test_the_longest_words_still_fit_one_page(self) -> None:
        self.khh1.name_zh, self.khh1.name = "高雄封裝測試一廠" * 12, "Kaohsiung Assembly and Final Test " * 3
        with override_settings(KEEPWELL_REPORTS_URL=f"https://{'report.' * 12}example.com"):
            self.assertEqual(len(pypdfium2.PdfDocument(BytesIO(posters.write(self.khh1)))), 1)

    def test_the_code_holds_the_address_and_mends_a_quarter(self) -> None:
        address = "https://report.kw.example/report/at/pen1/"
        drawn = posters.code_of(address)
        code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_Q, border=2)
        code.add_data(address)
        rows = enumerate(code.get_matrix())
        dark = {(x, y) for y, row in rows for x, is_dark in enumerate(row) if is_dark}
        corners = re.findall(r"M(\d+),(\d+)H", drawn)
        self.assertEqual({(int(x), int(y)) for x, y in corners}, dark)

    def test_an_address_of_the_site_goes_before_the_groups(self) -> None:
        with acting(TELLER, "story.address"):
            ReportAddress(address="shift@penang.example", unit=self.pen1).save()
        self.assertEqual((posters.mail_of(self.pen1), posters.mail_of(self.khh1)),
                         ("shift@penang.example", "report+khh1@kw.example"))  # fmt: skip

    def test_is_made_for_who_works_there_and_for_nobody_else(self) -> None:
        self.sign_in(self.ben)
        page = self.client.get(reverse("report-posters"))
        self.assertContains(page, "https://report.kw.example/report/at/khh1/")
        self.assertNotContains(page, "pen1")
        self.assertEqual(
            self.client.post(reverse("report-poster-make", args=[self.pen1.pk])).status_code, 404
        )
        made = self.client.post(reverse("report-poster-make", args=[self.khh1.pk]))
        while run_one():
            pass
        taken = self.client.get(made["Location"] + "?take=1")
        self.assertTrue(taken.content.startswith(b"%PDF"))
        self.assertIn("report-poster-khh1.pdf", taken["Content-Disposition"])
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(reverse("report-posters")).status_code, 403)
        for address in (made["Location"], reverse("report-poster-make", args=[self.khh1.pk])):
            self.assertIn(self.client.post(address).status_code, (403, 404, 405))


@OWN_HOST
class AHostOfItsOwn(Cast, TestCase):
    def there(self, path: str, **more: object) -> object:
        return self.client.get(path, headers={"host": "report.kw.example"}, **more)

    def test_answers_with_the_report_page_and_nothing_else(self) -> None:
        self.sign_in(self.ada)
        self.assertContains(self.there("/report/at/pen1/"), 'value="PEN1" selected')
        self.assertEqual(self.there("/")["Location"], "/report/")
        for path in (
            "/incidents/",
            "/api/me",
            "/sign-in/",
            "/reports/",
            "/livez",
            "/report",
            "/scim/v2/Users",
        ):
            answer = self.there(path)
            self.assertEqual(
                (answer.status_code, answer.content),
                (404, b"Incidents are reported here at /report/.\n"),
                path,
            )
        for host in ("REPORT.kw.example", "report.kw.example:443"):
            self.assertEqual(self.client.get("/incidents/", headers={"host": host}).status_code, 404)
        self.assertEqual(self.client.get("/incidents/", headers={"host": "kw.example"}).status_code, 200)

    def test_takes_reports(self) -> None:
        told = {"says": "Line 3 asks for money.", "site": "PEN1", "ongoing": "yes", "lang": "en"}
        sent = self.client.post("/report/", told, headers={"host": "report.kw.example"})
        self.assertEqual((sent.status_code, Report.objects.get().unit), (200, self.pen1))
