"""Who sees and writes a chain of custody: by rights, on pages, for programs, and on paper for counsel."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pypdf
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.translation import override

from keepwell.config import cli
from keepwell.platform.evidence import custody, rules, shown
from keepwell.platform.evidence.custody import record
from keepwell.platform.evidence.models import CustodyEntry, Piece
from keepwell.platform.evidence.rules import Facts
from keepwell.platform.evidence.tests.handing import LAB, ONE, OTHER, Custody, Manner
from keepwell.platform.people.models import Person
from keepwell.platform.publishing.writers import WRITERS


class WhoMay(Custody):
    def test_write_is_who_works_on_evidence_there(self) -> None:
        for who in (self.cleo, self.dan, self.eva, self.sam):
            with self.subTest(who.name):
                with self.assertRaises(PermissionDenied):
                    self.hand_over(self.disk, by=who)
                with self.assertRaises(PermissionDenied):
                    custody.correct(self.disk.custody.get(), by=who, reason="x")
                with self.assertRaises(PermissionDenied):
                    custody.attach_object(Facts("Disk", self.khh1), custody.Holder(who),
                                          custody.Circumstances("a", "b", Manner.SEIZED), by=who)  # fmt: skip

    def test_see_it_is_who_sees_the_piece(self) -> None:
        row = self.disk.custody.get()
        for who, seen in ((self.ada, 1), (self.ben, 1), (self.dan, 0), (self.eva, 0), (self.sam, 0)):
            self.assertEqual(CustodyEntry.objects.visible_to(who).count(), seen, who.name)
        self.sign_in(self.sam)
        for address in (reverse("custody-entries-record", args=[row.pk]), f"/api/evidence/{self.disk.pk}/custody",
                        f"/api/evidence/{self.disk.pk}/custody-record", f"/api/custody-entries/{row.pk}",
                        reverse("evidence-custody-take-out", args=[self.disk.pk, "pdf"])):  # fmt: skip
            self.assertEqual(self.client.get(address).status_code, 404, address)
        self.assertEqual(self.client.get(reverse("evidence-object")).status_code, 403)


class OnPages(Custody):
    def test_an_object_is_taken_by_its_form_for_a_record(self) -> None:
        course = self.course()
        self.sign_in(self.ben)
        address = reverse("evidence-object") + f"?to=/courses/{course.pk}/"
        self.assertContains(self.client.get(address), "Take an object into custody")
        sent = {"title": "Laptop", "unit": "KHH1", "serial": "LT-9", "whereabouts": "Safe", "purpose": "To be imaged",
                "manner": "seized", "classification": "confidential", "retention": "incident",
                "holder": self.ben.number}  # fmt: skip
        self.assertContains(
            self.client.post(address, sent | {"sha256": "1"}), "is no SHA-256", status_code=422
        )
        self.assertContains(
            self.client.post(address, sent | {"holder": "A9999999"}),
            "Nobody whom you may see",
            status_code=422,
        )
        page = self.client.post(address, sent, follow=True)
        self.assertContains(page, "LT-9")
        self.assertContains(page, "Ben Tan")
        piece = Piece.objects.get(title="Laptop")
        self.assertEqual(piece.proves.get().record_id, course.pk)
        self.assertContains(self.client.get(f"/courses/{course.pk}/"), "An object outside, LT-9")

    def test_acts_and_the_log_are_on_the_page_of_the_piece(self) -> None:
        self.sign_in(self.ben)
        page = self.client.get(reverse("evidence-record", args=[self.disk.pk]))
        for words in (
            "Chain of custody",
            "S4Z2-0815",
            "Ben Tan",
            "Line 3, station ENG-3",
            "seal 0071",
            "Hand over",
            "Correct",
        ):
            self.assertContains(page, words)
        address = reverse("evidence-do", args=[self.disk.pk, "hand-over"])
        self.assertContains(self.client.get(address), "Who has it from then on")
        sent = {
            "whereabouts": "Lab",
            "purpose": "Imaging",
            "manner": "courier",
            "holder": self.eva.number,
            "sha256_after": OTHER,
        }
        self.assertEqual(self.client.post(address, sent).status_code, 302)
        self.assertContains(
            self.client.get(reverse("evidence-record", args=[self.disk.pk])), "SHA-256 differs"
        )


class ForPrograms(Custody):
    def send(self, path: str, **told: Any) -> tuple[int, Any]:
        answer = self.client.post(f"/api{path}", json.dumps(told), content_type="application/json")
        return answer.status_code, answer.json()

    def test_the_same_acts_write_it_and_the_log_is_told(self) -> None:
        self.sign_in(self.ben)
        status, made = self.send(
            "/evidence/take-object",
            title="Badge",
            unit="KHH1",
            whereabouts="Safe",
            purpose="Compare",
            serial="B1",
        )
        self.assertEqual(status, 201, made)
        path = f"/evidence/{made['id']}"
        self.assertEqual(self.send(f"{path}/hand-over", whereabouts="Lab", purpose="Compare", **LAB)[0], 200)
        rows = self.client.get(f"/api{path}/custody").json()
        self.assertEqual([(row["number"], row["held_by"], row["released_by"]) for row in rows],
                         [(2, "Mei Ong, Forensics Penang Sdn Bhd", "Ben Tan"), (1, "Ben Tan", "")])  # fmt: skip
        self.assertEqual(
            self.send(
                f"/custody-entries/{rows[0]['id']}/correct", reason="In the cellar.", whereabouts="Cellar"
            )[0],
            200,
        )
        rows = self.client.get(f"/api{path}/custody").json()
        self.assertEqual(
            [(row["number"], row["corrected_by"], row["whereabouts"]) for row in rows],
            [(3, None, "Cellar"), (2, 3, "Lab"), (1, None, "Safe")],
        )
        self.assertEqual(
            self.send("/evidence/take-object", title="Badge", unit="KHH1", whereabouts="Safe")[0], 422
        )
        self.assertEqual(
            self.send("/evidence/take-object", title=7, unit="KHH1", whereabouts="Safe", purpose="x")[0], 422
        )
        text = self.client.get(f"/api{path}/custody-record").content.decode()
        self.assertIn("Forensics Penang Sdn Bhd", text)

    def test_it_goes_out_as_a_register(self) -> None:
        self.sign_in(self.ben)
        file = b"".join(
            self.client.get(reverse("custody-entries-take-out", args=["csv"])).streaming_content
        ).decode()
        self.assertIn(ONE, file)
        self.assertIn("Safe of the site", file)


class OnPaper(Custody):
    def setUp(self) -> None:
        super().setUp()
        wrong = self.hand_over(self.disk, at="05:00", sha256_after=ONE)
        custody.correct(
            wrong,
            by=self.ben,
            reason="Signed by her colleague.",
            outside="Wei Goh",
            organization="Forensics Penang Sdn Bhd",
        )
        self.hand_over(self.disk, holder=self.ada, at="05:10", sha256_after=OTHER)

    def text(self, who: Person, language: str = "en") -> str:
        chain = record.Chain(self.fresh(self.disk), who)
        return WRITERS["md"].write(record.document(chain, language)).decode()

    def test_tells_what_counsel_asks_for(self) -> None:
        text = self.text(self.ben)
        for words in (
            f"Chain of custody {self.disk.reference}", "Disk of ENG-3", "S4Z2-0815", "Ada Lin", "Line 3, station ENG-3", "0071",
            record.grouped(ONE), record.grouped(OTHER), "SHA-256 differs", "Signed by her colleague.", "Mei Ong",
            "Asia/Taipei (2025-11-13 21:00 UTC)", "Released by: name", "Taken where it stood",
        ):  # fmt: skip
            self.assertIn(words, text)

    def test_speaks_chinese(self) -> None:
        text = self.text(self.ben, "zh-hant")
        for words in ("證物保管鏈", "移交", "序號"):
            self.assertIn(words, text)
        with override("en"):
            self.assertNotIn("Chain of custody", text)

    def test_names_no_case_that_the_reader_may_not_see(self) -> None:
        course = self.course()
        rules.link(self.fresh(self.disk), by=self.ada, record=f"/courses/{course.pk}/")
        self.assertIn(str(course), self.text(self.ada))
        self.granted(self.eva, "auditor", self.khh1)
        seen = [one.record for one in shown.proven(self.disk, self.eva)]
        self.assertEqual(str(course) in self.text(self.eva), course in seen)

    def test_is_made_by_a_worker_for_who_may_still_see_it(self) -> None:
        self.sign_in(self.ben)
        answer = self.client.get(reverse("evidence-custody-take-out", args=[self.disk.pk, "pdf"]))
        self.assertEqual(answer.status_code, 302)
        self.work()
        taken = self.client.get(answer.url, {"take": "1"})
        self.assertEqual(taken["Content-Type"], "application/pdf")
        paper = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(taken.content)).pages)
        self.assertIn(self.disk.reference, paper)
        self.assertIn("aaaaaaaaaaaaaaaa", paper)
        self.sign_in(self.ada)
        self.assertEqual(self.client.get(answer.url).status_code, 404)

    def test_is_written_by_command_too(self) -> None:
        with TemporaryDirectory() as folder:
            out = Path(folder) / "record.md"
            asked = ["evidence", "custody", self.disk.reference, "--as", "ben", "--out", str(out)]
            self.assertEqual(cli.main(asked), 0)
            self.assertIn("Wei Goh", out.read_text(encoding="utf-8"))
        with redirect_stderr(io.StringIO()) as told:
            self.assertEqual(cli.main(["evidence", "custody", self.disk.reference, "--as", "sam"]), 2)
        self.assertIn("No evidence that Sam Stone may see", told.getvalue())
