"""Evidence by API and by the command line does what the pages do, by the same rules."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from hashlib import sha256
from typing import Any

from keepwell.config.cli import parser
from keepwell.config.commands import evidence as command
from keepwell.platform.evidence.models import Link, Piece
from keepwell.platform.evidence.tests.stories import Stories, streamed
from keepwell.platform.history.models import Change


class ByApi(Stories):
    def setUp(self) -> None:
        super().setUp()
        self.sign_in(self.ben)

    def attached(self, *files: tuple[str, bytes], **fields: Any) -> Any:
        return self.upload("/api/evidence/attach", *files, **{"title": "Log", "unit": "KHH1"} | fields)

    def test_files_go_in_and_come_out(self) -> None:
        course = self.course()
        answer = self.attached(("a.txt", b"one"), ("b.txt", b"two"), to=f"courses:{course.code}", reason="Seen",
                               links="https://a.example", effective_until="2030-01-01")  # fmt: skip
        self.assertEqual(answer.status_code, 201, answer.content)
        told = answer.json()
        digests = [file["sha256"] for file in told["version"]["files"]]
        self.assertEqual(digests, [sha256(content).hexdigest() for content in (b"one", b"two")])
        piece = Piece.objects.get(pk=told["id"])
        self.assertEqual(
            (piece.owner, str(piece.effective_until), piece.retention), (self.ben, "2030-01-01", "general")
        )
        taken = self.client.get(f"/api/evidence/files/{told['version']['files'][1]['id']}")
        self.assertEqual((streamed(taken), taken["X-Content-Type-Options"]), (b"two", "nosniff"))
        self.assertTrue(taken["Content-Disposition"].startswith("attachment"))
        self.assertEqual(Change.objects.filter(verb="evidence.download", by=self.ben.pk).count(), 1)
        (record,) = self.client.get(f"/api/evidence/{piece.pk}/records").json()
        self.assertEqual((record["id"], record["reason"]), (str(course.pk), "Seen"))
        (proof,) = self.client.get("/api/evidence/of", {"record": f"courses:{course.code}"}).json()
        self.assertEqual(proof["reference"], piece.reference)

    def test_versions_are_added_and_listed(self) -> None:
        piece = self.piece(content=b"v1")
        added = self.upload(f"/api/evidence/{piece.pk}/versions", ("a.txt", b"v2"), says="Better")
        self.assertEqual((added.status_code, added.json()["number"]), (201, 2))
        listed = self.client.get(f"/api/evidence/{piece.pk}/versions").json()
        self.assertEqual(
            [(v["number"], v["says"], v["by"]) for v in listed],
            [(2, "Better", "A0000002"), (1, "", "A0000001")],
        )

    def test_links_end_with_a_reason(self) -> None:
        self.piece(to=self.course())
        found = Link.objects.get()
        address = f"/api/evidence/links/{found.pk}/unlink"
        self.assertEqual(self.client.post(address, {}, content_type="application/json").status_code, 422)
        done = self.client.post(address, {"reason": "Wrong"}, content_type="application/json")
        self.assertEqual(done.status_code, 200, done.content)
        self.assertFalse(Link.objects.current().exists())

    def test_what_is_here_already_is_told(self) -> None:
        first = self.attached(("a.txt", b"same")).json()
        self.assertEqual(
            self.attached(("b.txt", b"same")).json()["same"],
            [{"name": "b.txt", "reference": first["reference"]}],
        )

    def test_bad_input_is_told_in_a_sentence(self) -> None:
        for status, answer in (
            (422, self.attached(("a.txt", b"x"), title="")), (422, self.attached(("a.txt", b"x"), unit="PEN1")),
            (422, self.attached(("a.txt", b"x"), effective_until="soon")), (409, self.attached()),
            (409, self.attached(("a.txt", b""))), (409, self.attached(("a.exe", b"x"))),
            (422, self.attached(("a.txt", b"x"), links="javascript:alert(1)")),
            (422, self.attached(("a.txt", b"x"), to="courses:NOTHING")), (422, self.attached(("a.txt", b"x"), retention="x")),
            (415, self.client.post("/api/evidence/attach", "{}", content_type="application/json")),
            (400, self.client.get("/api/evidence/of")), (404, self.client.get("/api/evidence/of?record=courses:NOTHING")),
        ):  # fmt: skip
            self.assertEqual(answer.status_code, status, answer.content)
            self.assertIn("detail", json.loads(answer.content))
        self.assertFalse(Piece.objects.exists())

    def test_nothing_is_given_to_who_may_not_see_it(self) -> None:
        piece = self.piece(at=self.pen1, to=self.pen1)
        file, link = self.file(piece), Link.objects.get()
        ways = (
            f"/api/evidence/{piece.pk}/versions",
            f"/api/evidence/files/{file.pk}",
            f"/api/evidence/{piece.pk}/records",
        )
        for who in (self.ben, self.eva, self.sam):
            self.sign_in(who)
            for way in ways:
                self.assertEqual(self.client.get(way).status_code, 404, way)
            self.assertEqual(self.upload(ways[0], ("a.txt", b"a")).status_code, 404)
            done = self.client.post(
                f"/api/evidence/links/{link.pk}/unlink", {"reason": "x"}, content_type="application/json"
            )
            self.assertEqual(done.status_code, 404)
        self.sign_in(self.sam)
        self.assertEqual(self.attached(("a.txt", b"x")).status_code, 403)


class ByCommand(Stories):
    def run_(self, *words: str) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        answers = parser().parse_args(["evidence", *words])
        with redirect_stdout(out), redirect_stderr(err):
            try:
                status = command.evidence(answers)
            except SystemExit as end:
                status = int(end.code or 0)
        return status, out.getvalue(), err.getvalue()

    def test_adds_files_to_a_record(self) -> None:
        course, path = self.course(), self.data / "list.txt"
        path.write_bytes(b"Eva, Ben")
        status, out, _err = self.run_("add", str(path), "--to", f"courses:{course.code}", "--title", "Who was there",
                                      "--until", "2030-01-01", "--link", "https://lms.example/7", "--as", "ben")  # fmt: skip
        self.assertEqual(status, 0)
        piece = Piece.objects.get(reference=out.strip())
        self.assertEqual((piece.title, piece.unit, piece.owner), ("Who was there", course.unit, self.ben))
        self.assertEqual(self.file(piece).name, "list.txt")
        self.assertEqual(Link.objects.get().record_id, course.pk)

    def test_says_what_is_missing(self) -> None:
        path = self.data / "a.txt"
        path.write_bytes(b"a")
        for words, sentence in (
            (("add", str(path), "--title", "A", "--as", "ben"), "--unit CODE"),
            (("add", "/no/such/file", "--title", "A", "--unit", "KHH1"), "cannot be read"),
            (("add", str(path), "--title", "A", "--to", "courses:NOTHING"), "No record that"),
            (("add", str(path), "--title", "A", "--unit", "NOWHERE"), "No unit"),
        ):  # fmt: skip
            status, out, err = self.run_(*words)
            self.assertEqual((status, out), (2, ""), words)
            self.assertIn(sentence, err)
        self.assertFalse(Piece.objects.exists())

    def test_reads_the_store_through(self) -> None:
        digest = self.file(self.piece()).sha256
        self.assertEqual(self.run_("scrub")[0], 0)
        (self.data / "evidence" / digest[:2] / digest).write_bytes(b"rotten")
        status, out, err = self.run_("scrub")
        self.assertEqual((status, err.splitlines()[-1]), (1, f"damaged: {digest}"))
        self.assertIn("1 files read: 1 damaged", out)
