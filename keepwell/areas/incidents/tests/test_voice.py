"""Reporting by voice: a note goes with a report that has a name, without what the phone wrote beside the sound."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from keepwell.areas.incidents.models import Disclosure, Report, ReportFile, ReportWord
from keepwell.areas.incidents.pages import intake as pages
from keepwell.areas.incidents.rules import intake
from keepwell.areas.incidents.rules.languages import languages
from keepwell.areas.incidents.tests.test_intake import SAYS, Telling
from keepwell.platform.acts.act import Refused
from keepwell.platform.evidence import stores
from keepwell.platform.evidence.models import Content
from keepwell.platform.evidence.recordings import bare
from keepwell.platform.evidence.tests import recorded


class ByVoice(Telling):
    def voice(self, content: bytes | None = None, name: str = "Recording 12.m4a") -> SimpleUploadedFile:
        return SimpleUploadedFile(name, recorded.mp4() if content is None else content, "audio/mp4")

    def test_is_sealed_without_place_and_device_and_played_once_found_clean(self) -> None:
        self.code(self.send(voice=[self.voice()], says=""))
        report = Report.objects.get()
        (file,) = report.files.all()
        self.assertEqual((report.says, file.kind, file.name, file.media_type),
                         ("(Said in a voice note.)", "voice", "voice-note.m4a", "audio/mp4"))  # fmt: skip
        with stores.files().open(file.sha256) as kept:
            self.assertEqual([mark for mark in recorded.TOLD if mark in kept.read()], [])
        address, page = f"/reports/{report.pk}/files/{file.pk}/", f"/reports/{report.pk}/"
        self.sign_in(self.sam)
        self.assertEqual(
            (self.client.get(address).status_code, self.client.get(page).status_code), (404, 404)
        )
        self.sign_in(self.ada)
        self.assertNotContains(self.client.get(page), "<audio")
        self.assertEqual(self.client.get(address).status_code, 403)
        Content.objects.update(state="clean")
        self.assertContains(self.client.get(page), f'<audio controls preload="none" src="{address}"')
        self.assertContains(self.client.get(page), "without what the device wrote beside the sound")
        answer = self.client.get(address)
        self.assertEqual((answer["Content-Type"], answer["X-Content-Type-Options"]), ("audio/mp4", "nosniff"))
        self.assertIn("media-src 'self'", self.client.get(page)["Content-Security-Policy"])

    def test_is_asked_for_without_script_and_takes_what_phones_record(self) -> None:
        page = self.client.get(reverse("report"))
        self.assertContains(page, 'type="file" id="voice" name="voice" accept="audio/*"')
        for make in (
            recorded.in_webm,
            recorded.in_ogg,
            recorded.mp3,
            recorded.aac,
            recorded.amr,
            recorded.wave,
        ):
            self.code(self.send(voice=[self.voice(make(), "note")]))
        self.assertEqual(ReportFile.objects.filter(kind="voice").count(), 6)

    def test_is_added_later_by_the_code(self) -> None:
        code = self.code(self.send())
        self.client.post(
            reverse("report-answer"), {"code": code, "says": "", "voice": self.voice(), "lang": "en"}
        )
        self.assertEqual(ReportWord.objects.get().says, "(Said in a voice note.)")
        self.assertEqual(ReportFile.objects.get().kind, "voice")

    def test_goes_with_no_report_without_a_name(self) -> None:
        """A voice is known by whoever knows it: the text stays, and nothing is kept."""
        answer = self.send(voice=[self.voice()], unnamed="on")
        self.assertEqual((answer.status_code, answer.context["typed"].says), (422, SAYS))
        self.assertContains(answer, languages()["en"]["voice_unnamed"], status_code=422)
        self.assertFalse(Disclosure.objects.exists() or Report.objects.exists() or Content.objects.exists())
        code = self.code(self.send(unnamed="on"))
        told = {"code": code, "says": "More", "voice": self.voice(), "lang": "en"}
        page = self.client.post(reverse("report-answer"), told)
        self.assertEqual((page.status_code, Disclosure.objects.get().words.count()), (422, 0))
        self.assertNotContains(self.client.post(reverse("report-answer"), {"code": code}), 'name="voice"')
        with self.assertRaises(Refused):
            intake.send(intake.Told(self.pen1, "x", recording=bare(recorded.mp4())), is_unnamed=True)

    def test_that_is_too_large_or_none_or_twice_is_told_beside_it_and_no_word_is_lost(self) -> None:
        words = languages()["en"]
        for notes, sentence in (
            (
                [self.voice(b"x" * (pages.MOST_VOICE_BYTES + 1))],
                words["voice_large"] % {"name": "Recording 12.m4a"},
            ),
            (
                [self.voice(b"<script>alert(1)</script>", "<b>.m4a")],
                words["voice_strange"] % {"name": "<b>.m4a"},
            ),
            ([self.voice(), self.voice()], words["voice_one"]),
        ):
            answer = self.send(voice=notes)
            self.assertEqual((answer.status_code, answer.context["typed"].wrong), (422, {"voice": sentence}))
            self.assertEqual(answer.context["typed"].says, SAYS)
        self.assertFalse(Report.objects.exists())
