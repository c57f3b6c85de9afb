"""Evidence comes in, is kept once, and goes out as it came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

import pytest
from django.core.exceptions import PermissionDenied
from django.test import override_settings

from keepwell.kernel import moments
from keepwell.kernel.refusing import Refused
from keepwell.platform.evidence import intake, rules
from keepwell.platform.evidence.intake import Incoming
from keepwell.platform.evidence.models import Content, File, Link, Piece, Version
from keepwell.platform.evidence.tests.stories import Stories, png, streamed
from keepwell.platform.history.models import Change
from keepwell.platform.jobs.models import Job

NOW = moments.now()
TODAY = moments.today("Asia/Taipei")
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"


@pytest.fixture(autouse=True)
def on_one_day() -> Iterator[None]:
    """The day is the same for every test, though midnight may come while they run."""
    with moments.standing_at(NOW):
        yield


class Adding(Stories):
    def test_from_a_records_page_keeps_files_and_links_them(self) -> None:
        course = self.course()
        self.sign_in(self.ben)
        page = self.client.get(f"/courses/{course.pk}/")
        self.assertContains(page, f"/evidence/add/?to=/courses/{course.pk}/")
        answer = self.upload(
            f"/evidence/add/?to=/courses/{course.pk}/", ("名單.txt", b"Eva"), ("photo.png", png()), title="Who was there",
            unit="KHH1", classification="internal", retention="training", reason="Attendance", links="https://lms.example/1",
        )  # fmt: skip
        self.assertRedirects(answer, f"/courses/{course.pk}/", fetch_redirect_response=False)
        piece = Piece.objects.get(title="Who was there")
        self.assertEqual(
            set(File.objects.values_list("name", "media_type")),
            {("名單.txt", "text/plain"), ("photo.png", "image/png")},
        )
        self.assertEqual((piece.owner, piece.retention, piece.received_on), (self.ben, "training", TODAY))
        self.assertEqual(Version.objects.get().links, ["https://lms.example/1"])
        page = self.client.get(f"/courses/{course.pk}/")
        for words in ("Who was there", "名單.txt", "Attendance", "https://lms.example/1"):
            self.assertContains(page, words)

    def test_writes_the_digest_to_the_trail(self) -> None:
        piece = self.piece(content=b"proof")
        change = Change.objects.get(record_type="evidence.file", record_id=self.file(piece).pk)
        self.assertEqual(change.after["sha256"], sha256(b"proof").hexdigest())
        self.assertEqual((change.by, change.verb), (self.ada.pk, "piece.attach"))

    def test_keeps_the_same_bytes_once(self) -> None:
        first, second = (
            self.piece("One", content=b"same"),
            self.piece("Two", content=b"same", name="other.txt"),
        )
        digest = sha256(b"same").hexdigest()
        self.assertEqual(self.stored(), [f"{digest[:2]}/{digest}"])
        self.assertEqual(Content.objects.count(), 1)
        self.assertEqual({self.file(piece).content_id for piece in (first, second)}, {digest})

    def test_needs_a_file_or_a_link(self) -> None:
        with self.assertRaisesMessage(Refused, "Choose a file, or give a link."):
            rules.attach(rules.Facts("Nothing", self.khh1), by=self.ada, files=[], links=[])
        self.assertFalse(Piece.objects.exists())

    def test_needs_the_right_to_edit_evidence_there(self) -> None:
        for who, at in (
            (self.ben, self.khh2),
            (self.dan, self.khh2),
            (self.cleo, self.khh1),
            (self.sam, self.khh1),
        ):
            with self.assertRaises(PermissionDenied):
                self.piece(by=who, at=at)
        self.assertFalse(Piece.objects.exists())

    def test_of_what_lies_ahead_is_refused(self) -> None:
        with self.assertRaisesMessage(Refused, "has a day that has come"):
            self.piece(received_on=TODAY + timedelta(days=1))

    def test_leaves_nothing_behind_when_a_later_file_is_refused(self) -> None:
        self.sign_in(self.ben)
        answer = self.upload("/evidence/add/", ("a.txt", b"a"), ("b.txt", b""), title="Two", unit="KHH1",
                             classification="internal", retention="general")  # fmt: skip
        self.assertContains(answer, "b.txt is empty.", status_code=422)
        self.assertContains(answer, 'value="Two"', status_code=422)
        self.assertEqual((Piece.objects.count(), self.stored()), (0, []))

    def test_tells_what_is_here_already_to_who_may_see_it(self) -> None:
        self.piece("At home", content=b"twice")
        self.piece("Far away", at=self.pen1, content=b"twice", by=self.ada)
        self.sign_in(self.ben)
        answer = self.upload("/evidence/add/", ("again.txt", b"twice"), title="Again", unit="KHH1",
                             classification="internal", retention="general")  # fmt: skip
        page = self.client.get(answer["Location"]).content.decode()
        self.assertIn("again.txt is here already, as At home", page)
        self.assertNotIn("Far away", page)

    def test_asks_for_a_scan_of_what_is_new(self) -> None:
        self.piece("One", content=b"same")
        self.piece("Two", content=b"same")
        self.assertEqual(Job.objects.filter(name="evidence.scan").count(), 1)


class AddingAVersion(Stories):
    def test_keeps_the_earlier_one(self) -> None:
        piece = self.piece(content=b"first")
        self.sign_in(self.ben)
        answer = self.upload(f"/evidence/{piece.pk}/version/", ("report.txt", b"second"), says="Corrected")
        self.assertRedirects(answer, f"/evidence/{piece.pk}/", fetch_redirect_response=False)
        self.assertEqual(
            list(piece.versions.order_by("number").values_list("number", "says")), [(1, ""), (2, "Corrected")]
        )
        page = self.client.get(f"/evidence/{piece.pk}/").content.decode()
        self.assertLess(page.index("Version 2"), page.index("Version 1"))
        self.assertEqual(len(self.stored()), 2)

    def test_of_a_file_that_is_there_is_refused(self) -> None:
        piece = self.piece(content=b"first")
        self.sign_in(self.ben)
        answer = self.upload(f"/evidence/{piece.pk}/version/", ("new.txt", b"first"))
        self.assertContains(answer, "report.txt stands in version 1 already.", status_code=422)
        self.assertEqual(piece.versions.count(), 1)

    def test_needs_the_right_to_edit(self) -> None:
        piece = self.piece(at=self.khh2)
        self.sign_in(self.dan)
        self.assertEqual(self.upload(f"/evidence/{piece.pk}/version/", ("a.txt", b"a")).status_code, 403)
        self.sign_in(self.sam)
        self.assertEqual(self.upload(f"/evidence/{piece.pk}/version/", ("a.txt", b"a")).status_code, 404)
        self.assertEqual(piece.versions.count(), 1)


class Files(Stories):
    def refused(self, name: str, content: bytes) -> str:
        """The sentence by which a file is refused; "" if it is taken."""
        try:
            self.piece(name=name, content=content)
        except Refused as refusal:
            return str(refusal)
        return ""

    def test_that_run_are_refused_by_ending_and_by_content(self) -> None:
        self.assertIn(".exe", self.refused("setup.exe", b"anything"))
        self.assertIn(".PS1".lower(), self.refused("setup.PS1", b"Get-Date"))
        for sign in (b"MZ\x90\x00", b"\x7fELF\x02\x01\x01", b"\xcf\xfa\xed\xfe"):
            self.assertIn("is a program", self.refused("notes.txt", sign + b"\0" * 200))

    def test_that_lie_about_what_they_are_are_refused(self) -> None:
        for name, content in (
            ("report.pdf", b"<html><script>alert(1)</script></html>"), ("photo.png", PDF), ("photo.jpg", png()),
            ("sheet.xlsx", b"PK\x05\x06" + b"\0" * 18), ("list.csv", b"<svg onload='alert(1)'/>"),
        ):  # fmt: skip
            self.assertIn("is not what its name says", self.refused(name, content), name)
        self.assertFalse(Piece.objects.exists())

    def test_that_are_empty_or_too_large_or_too_many_are_refused(self) -> None:
        self.assertIn("is empty", self.refused("a.txt", b""))
        with override_settings(KEEPWELL_EVIDENCE_FILE_MB=1):
            self.assertIn("larger than 1 MB", self.refused("a.txt", b"a" * ((1 << 20) + 1)))
            self.assertEqual(self.refused("a.txt", b"a" * (1 << 20)), "")
        many = [Incoming(f"{n}.txt", [b"%d" % n]) for n in range(21)]
        with self.assertRaisesMessage(Refused, "20 files at most"), intake.taken(many):
            pass

    def test_that_stand_twice_are_refused(self) -> None:
        with self.assertRaisesMessage(Refused, "b.txt stands twice"), intake.taken(
            [Incoming("a.txt", [b"same"]), Incoming("b.txt", [b"sa", b"me"])]
        ):  # fmt: skip
            pass

    @override_settings(KEEPWELL_EVIDENCE_PERSON_MB=1)
    def test_beyond_what_one_person_may_keep_are_refused(self) -> None:
        self.piece("One", content=b"a" * 700_000, by=self.ben)
        with self.assertRaisesMessage(Refused, "You keep 0 MB of 1 MB"):
            self.piece("Two", content=b"b" * 700_000, by=self.ben)
        self.piece("Three", content=b"c" * 700_000, by=self.ada)

    @override_settings(KEEPWELL_EVIDENCE_PERSON_FILES=2)
    def test_beyond_the_number_one_person_may_keep_are_refused(self) -> None:
        self.piece("One", content=b"a", by=self.ben)
        self.piece("Two", content=b"b", by=self.ben)
        with self.assertRaisesMessage(Refused, "You keep 2 files at most"):
            self.piece("Three", content=b"c", by=self.ben)
        self.piece("Four", content=b"d", by=self.ada)

    @override_settings(KEEPWELL_EVIDENCE_UNIT_MB=1)
    def test_beyond_what_one_unit_may_keep_are_refused(self) -> None:
        self.piece("One", content=b"a" * 700_000, by=self.ben)
        with self.assertRaisesMessage(Refused, "Kaohsiung Assembly 1 keeps 0 MB of 1 MB"):
            self.piece("Two", content=b"b" * 700_000, by=self.ada)
        self.piece("Three", at=self.khh2, content=b"b" * 700_000)

    def test_links_are_web_addresses(self) -> None:
        self.assertEqual(intake.linked(" https://a.example/x \n\nhttp://b.example\nhttps://a.example/x"),
                         ["https://a.example/x", "http://b.example"])  # fmt: skip
        for text in ("javascript:alert(1)", "file:///etc/passwd", "//a.example", "https://me:secret@a.example/",
                     "https://a.example/" + "x" * 600, "data:text/html,x"):  # fmt: skip
            with self.assertRaises(Refused):
                intake.linked(text)


class Taking(Stories):
    def test_gives_the_very_bytes_as_an_attachment(self) -> None:
        content = png("red")
        file = self.file(self.piece(content=content, name="廠區 照片.png"))
        self.sign_in(self.ben)
        answer = self.client.get(f"/evidence/files/{file.pk}/")
        self.assertEqual((answer.status_code, streamed(answer)), (200, content))
        self.assertEqual(answer["Content-Type"], "image/png")
        self.assertEqual(answer["X-Content-Type-Options"], "nosniff")
        self.assertEqual(answer["Content-Security-Policy"], "default-src 'none'; sandbox")
        self.assertEqual(answer["Content-Length"], str(len(content)))
        self.assertRegex(
            answer["Content-Disposition"], r"^attachment; filename\*=utf-8''%E5%BB%A0[%0-9A-F]+\.png$"
        )
        self.assertIn("no-store", answer["Cache-Control"])

    def test_gives_what_browsers_would_run_as_bytes_of_no_kind(self) -> None:
        self.sign_in(self.ada)
        for name, content in (
            ("page.html", b"<!doctype html><script>alert(1)</script>"), ("drawing.svg", b"<svg xmlns='x' onload='alert(1)'/>"),
            ("feed.xml", b"<?xml version='1.0'?><a/>"), ("noname", b"<html>"),
        ):  # fmt: skip
            file = self.file(self.piece(name, content=content, name=name))
            answer = self.client.get(f"/evidence/files/{file.pk}/")
            self.assertEqual(answer["Content-Type"], "application/octet-stream", name)
            self.assertTrue(answer["Content-Disposition"].startswith("attachment"), name)
            self.assertEqual(answer["X-Content-Type-Options"], "nosniff")

    def test_is_noted(self) -> None:
        file = self.file(self.piece())
        self.sign_in(self.ben)
        self.client.get(f"/evidence/files/{file.pk}/")
        row = Change.objects.get(kind="read", verb="evidence.download")
        self.assertEqual((row.by, row.record_id, row.answers["sha256"]), (self.ben.pk, file.pk, file.sha256))

    def test_is_refused_to_who_may_not_see_it(self) -> None:
        file = self.file(self.piece())
        for who in (self.cleo, self.dan, self.eva, self.sam):
            self.sign_in(who)
            self.assertEqual(self.client.get(f"/evidence/files/{file.pk}/").status_code, 404)
        self.assertFalse(Change.objects.filter(verb="evidence.download").exists())

    def test_of_damaged_bytes_is_refused(self) -> None:
        file = self.file(self.piece(content=b"whole"))
        place = self.data / "evidence" / file.sha256[:2] / file.sha256
        place.write_bytes(b"whale")
        self.sign_in(self.ada)
        self.assertContains(
            self.client.get(f"/evidence/files/{file.pk}/"), "is damaged in the store", status_code=403
        )
        place.unlink()
        self.assertContains(
            self.client.get(f"/evidence/files/{file.pk}/"), "is damaged in the store", status_code=403
        )


class Linking(Stories):
    def test_lets_one_piece_prove_many_records(self) -> None:
        piece, courses = self.piece(), [self.course(number=n) for n in range(3)]
        for course in courses:
            rules.link(piece, by=self.ben, record=f"courses:{course.code}", reason="Slides")
        self.sign_in(self.ben)
        page = self.client.get(f"/evidence/{piece.pk}/")
        for course in courses:
            self.assertContains(page, f"/courses/{course.pk}/")
            self.assertContains(self.client.get(f"/courses/{course.pk}/"), f"/evidence/{piece.pk}/")

    def test_twice_is_refused(self) -> None:
        course = self.course()
        piece = self.piece(to=course)
        with self.assertRaisesMessage(Refused, "linked to that record already"):
            rules.link(piece, by=self.ada, record=f"/courses/{course.pk}/")

    def test_ends_with_a_reason_and_may_begin_anew(self) -> None:
        course = self.course()
        piece = self.piece(to=course)
        found = Link.objects.get()
        self.sign_in(self.ben)
        self.assertContains(self.client.get(f"/evidence/links/{found.pk}/unlink/"), "Unlink")
        answer = self.client.post(f"/evidence/links/{found.pk}/unlink/", {"reason": "The wrong course"})
        self.assertRedirects(answer, f"/evidence/{piece.pk}/", fetch_redirect_response=False)
        found.refresh_from_db()
        self.assertEqual(found.retired_reason, "The wrong course")
        self.assertNotContains(self.client.get(f"/courses/{course.pk}/"), f"/evidence/{piece.pk}/")
        rules.link(piece, by=self.ben, record=f"courses:{course.code}")
        self.assertEqual(Link.objects.current().count(), 1)

    def test_from_the_records_page_names_a_piece_that_is_here(self) -> None:
        course, piece = self.course(), self.piece()
        self.sign_in(self.ben)
        answer = self.client.post(
            f"/evidence/link/?to=/courses/{course.pk}/", {"piece": piece.reference, "reason": "x"}
        )
        self.assertRedirects(answer, f"/courses/{course.pk}/", fetch_redirect_response=False)
        far = self.piece("Far", at=self.pen1)
        for text in (far.reference, f"/evidence/{far.pk}/", "EV-NOTHING", f"courses:{course.code}"):
            answer = self.client.post(f"/evidence/link/?to=/courses/{course.pk}/", {"piece": text})
            self.assertContains(answer, "No piece that you may see is called", status_code=422)

    def test_of_evidence_to_evidence_is_refused(self) -> None:
        first, second = self.piece("One"), self.piece("Two", content=b"2")
        with self.assertRaisesMessage(Refused, "not about evidence"):
            rules.link(first, by=self.ada, record=f"evidence:{second.reference}")
