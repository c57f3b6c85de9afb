"""Photos of the report page: shown drawn anew, sealed as evidence, of who gave no way to be reached without a trace; and
files that are two things at once are handed out as one harmless thing."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zipfile import ZipFile, ZipInfo, is_zipfile

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse
from PIL import Image

from keepwell.areas.incidents.models import Disclosure, Report, ReportFile
from keepwell.areas.incidents.pages import intake as pages
from keepwell.areas.incidents.rules import intake
from keepwell.platform.evidence import stores
from keepwell.platform.evidence.models import Content, CustodyEntry, File, Piece
from keepwell.platform.history.acting import acting
from keepwell.platform.jobs.worker import run_one
from tests.cast import NOW, TELLER, Cast, grant

MAKE, GPS = 0x010F, 0x8825
EVIL = b"<html><script>alert(document.domain)</script></html>"


def jpeg(marker: str = "MarkedCamera") -> bytes:
    """A small photo with its device and place written into it."""
    told = Image.Exif()
    told[MAKE] = marker
    told[GPS] = {1: "N", 2: (5.0, 24.0, 0.0), 3: "E", 4: (100.0, 18.0, 0.0)}
    out = BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "JPEG", exif=told)
    return out.getvalue()


def jpeg_and_zip() -> bytes:
    """A sound JPEG and a sound ZIP with a page in it, in the same bytes."""
    out = BytesIO(jpeg())
    with ZipFile(out, "a") as archive:
        archive.writestr(ZipInfo("index.html"), EVIL)
    return out.getvalue()


def pdf_and_html() -> bytes:
    """A PDF that a browser which guesses would take for a page."""
    return b"%PDF-1.4\n" + EVIL + b"\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n" \
        b"trailer<</Root 1 0 R>>\n%%EOF\n"  # fmt: skip


def file(content: bytes, name: str = "IMG_2041.jpg", kind: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


class Photos(Cast, TestCase):
    scene_at = NOW

    def setUp(self) -> None:
        super().setUp()
        pages.SENDING._forget()

    def send(self, *photos: bytes, **form: Any) -> Any:
        told = {
            "says": "Red screens.",
            "site": "KHH1",
            "lang": "en",
            "photo": [file(one) for one in photos],
        } | form
        return self.client.post(reverse("report"), told)

    def bytes_of(self, kept: ReportFile) -> bytes:
        with stores.files().open(kept.sha256) as content:
            return bytes(content.read())

    def scanned(self) -> None:
        while run_one():
            pass
        Content.objects.update(state="clean")


class Sealed(Photos):
    def test_as_they_came_where_one_can_be_reached(self) -> None:
        self.assertEqual(self.send(jpeg(), reach="ext. 4711").status_code, 200)
        kept = ReportFile.objects.get()
        self.assertEqual(
            (kept.name, kept.media_type, self.bytes_of(kept)), ("IMG_2041.jpg", "image/jpeg", jpeg())
        )
        self.assertNotIn(b"MarkedCamera", bytes(Report.objects.get().pictures.get().png))

    def test_as_drawn_anew_where_one_cannot(self) -> None:
        self.send(jpeg(), jpeg("Other"))
        names = {kept.name: self.bytes_of(kept) for kept in ReportFile.objects.all()}
        self.assertEqual(set(names), {"photo-1.png"}, "the same points are kept once")
        self.assertEqual(names["photo-1.png"], bytes(Report.objects.get().pictures.first().png))  # type: ignore[union-attr]
        self.assertNotIn(b"Marked", names["photo-1.png"])

    def test_later_ones_too(self) -> None:
        code = self.send(reach="ext. 4711").context["receipt"]
        self.client.post(
            reverse("report-answer"),
            {"code": code, "says": "A photo.", "photo": [file(jpeg())], "lang": "en"},
        )
        self.assertEqual(self.bytes_of(ReportFile.objects.get()), jpeg())

    def test_never_of_who_reports_without_a_name(self) -> None:
        self.send(jpeg(), unnamed="on", reach="ext. 4711")
        self.assertEqual(Disclosure.objects.get().pictures.count(), 1)
        self.assertFalse(ReportFile.objects.exists() or Content.objects.exists() or Piece.objects.exists())


class InCustody(Photos):
    def test_from_when_an_incident_is_made_of_them(self) -> None:
        self.send(jpeg())
        report = Report.objects.get()
        incident = intake.open_incident(report, by=self.ben, title="Red screens")
        piece = Piece.objects.get()
        proof = File.objects.get(of_version__piece=piece)
        kept = ReportFile.objects.get()
        self.assertEqual(
            (proof.sha256, proof.content, piece.unit, piece.owner),
            (kept.sha256, kept.content, self.khh1, self.ben),
        )
        log = CustodyEntry.objects.get(piece=piece)
        self.assertEqual((log.deed, log.holder, log.wholeness), ("taken", self.ben, "same"))
        self.assertIn(kept.sha256, str(log.digests))
        self.assertTrue(piece.is_in_custody)
        self.sign_in(self.ben)
        self.assertContains(self.client.get(reverse("incident-room", args=[incident.pk])), piece.reference)

    def test_also_of_one_that_is_joined_to_an_incident(self) -> None:
        self.send()
        incident = intake.open_incident(Report.objects.get(), by=self.ben, title="Red screens")
        self.assertFalse(Piece.objects.exists())
        self.send(jpeg(), says="Mine too.")
        intake.join(Report.objects.get(says="Mine too."), by=self.ben, number=incident.number)
        self.assertEqual(CustodyEntry.objects.get().holder, self.ben)

    def test_not_of_what_lies_sealed_with_the_report_as_it_came(self) -> None:
        self.send(jpeg(), reach="ext. 4711")
        intake.open_incident(Report.objects.get(), by=self.ben, title="Red screens")
        self.assertFalse(Piece.objects.exists())

    def test_stays_with_the_report_where_one_may_add_no_evidence(self) -> None:
        with acting(TELLER, "story.grant"):
            grant(self.eva, "site_officer", self.pen1)
        self.send(jpeg(), site="PEN1")
        intake.open_incident(Report.objects.get(), by=self.eva, title="Red screens")
        self.assertEqual(Piece.objects.count(), 1)


class TwoThingsAtOnce(Photos):
    """A polyglot is kept and served as what it is not dangerous as."""

    def test_a_photo_that_is_an_archive_too_is_drawn_anew_without_it(self) -> None:
        self.assertTrue(is_zipfile(BytesIO(jpeg_and_zip())))
        self.send(jpeg_and_zip())
        png, kept = bytes(Report.objects.get().pictures.get().png), ReportFile.objects.get()
        for content in (png, self.bytes_of(kept)):
            self.assertTrue(content.startswith(b"\x89PNG"))
            self.assertFalse(is_zipfile(BytesIO(content)))
            self.assertNotIn(b"alert", content)

    def test_its_original_is_handed_out_as_a_file_that_no_browser_opens(self) -> None:
        self.send(jpeg_and_zip(), reach="ext. 4711")
        self.handed_out(ReportFile.objects.get(), jpeg_and_zip())

    def test_a_document_that_is_a_page_too_is_handed_out_the_same_way(self) -> None:
        self.sign_in(self.eva)
        form = {
            "says": "Strange.",
            "site": "KHH1",
            "ongoing": "no",
            "file": file(pdf_and_html(), "a.pdf", "text/html"),
        }
        self.assertEqual(self.client.post(reverse("my-report-new"), form).status_code, 302)
        self.handed_out(ReportFile.objects.get(), pdf_and_html())

    def handed_out(self, kept: ReportFile, content: bytes) -> None:
        address = reverse("report-file", args=[kept.report_id, kept.pk])
        self.sign_in(self.ben)
        self.assertNotEqual(self.client.get(address).status_code, 200, "not before it was scanned")
        self.scanned()
        answer = self.client.get(address)
        self.assertEqual((answer.status_code, b"".join(answer.streaming_content)), (200, content))
        self.assertTrue(answer["Content-Disposition"].startswith("attachment"))
        self.assertEqual(answer["X-Content-Type-Options"], "nosniff")
        self.assertIn("sandbox", answer["Content-Security-Policy"])
        self.assertNotIn("html", answer["Content-Type"])
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(address).status_code, 404)

    def test_a_page_under_the_name_of_a_photo_is_no_photo(self) -> None:
        answer = self.send(EVIL)
        self.assertEqual((answer.status_code, Report.objects.count()), (422, 0))
        self.assertIn("is no photo that can be read", answer.context["typed"].wrong["photo"])
