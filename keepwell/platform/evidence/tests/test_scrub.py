"""One flipped bit among many files is found, told, and forgotten once the file is well again."""

from __future__ import annotations

import os
import random
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from django.utils import timezone

from keepwell.platform.evidence import scrub
from keepwell.platform.evidence.models import Content, Finding
from keepwell.platform.evidence.tests.stories import Stories
from keepwell.platform.history.models import Change
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.jobs.models import Job
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.todos.todo import due_from
from tests.machine import rounds

DAY = date(2025, 11, 14)
NO_TIME = timedelta(0)


class Scrubbing(Stories):
    def path(self, digest: str) -> Path:
        return self.data / "evidence" / digest[:2] / digest

    def scrubbed(self) -> scrub.Scrubbed:
        return scrub.scrub(since=timezone.now(), grace=NO_TIME)

    def filled(self, count: int) -> list[str]:
        """Digests of `count` small files in the store, as many uploads would leave them."""
        rows = []
        for number in range(count):
            content = f"file {number} ".encode() * 20
            digest = sha256(content).hexdigest()
            self.path(digest).parent.mkdir(parents=True, exist_ok=True)
            self.path(digest).write_bytes(content)
            rows.append(
                Content(
                    sha256=digest, size_bytes=len(content), media_type="text/plain", kept_at=timezone.now()
                )
            )
        Content.objects.bulk_create(rows, batch_size=500)
        return [row.sha256 for row in rows]

    def flip(self, digest: str, bit: int) -> None:
        """Turn one bit over."""
        content = bytearray(self.path(digest).read_bytes())
        content[bit // 8 % len(content)] ^= 1 << bit % 8
        self.path(digest).write_bytes(content)


class OneFlippedBit(Scrubbing):
    def test_is_found_among_all_files(self) -> None:
        digests = self.filled(rounds(300, 10_000))
        dice = random.Random(7)
        self.assertEqual(self.scrubbed(), scrub.Scrubbed(checked=len(digests)))
        for _turn in range(rounds(2, 5)):
            Finding.objects.all().delete()
            unlucky = dice.choice(digests)
            self.flip(unlucky, dice.randrange(1_280))
            found = self.scrubbed()
            self.assertEqual(
                (found.checked, found.damaged, found.missing, found.foreign), (len(digests), 1, 0, 0)
            )
            self.assertEqual(Finding.objects.get().name, unlucky)
            content = b"".join(b"file %d " % n * 20 for n in (digests.index(unlucky),))
            self.path(unlucky).write_bytes(content)

    def test_is_told_on_the_page_as_a_todo_and_in_the_trail(self) -> None:
        piece = self.piece("Minutes of March")
        digest = self.file(piece).sha256
        self.flip(digest, 11)
        self.scrubbed()
        self.sign_in(self.ada)
        page = self.client.get("/administration/evidence/")
        self.assertContains(page, digest)
        self.assertContains(page, "Minutes of March")
        self.assertContains(page, "Damaged")
        self.assertIn("Mend 1 file in the store of evidence", [todo.act for todo in due_from(self.ada, DAY)])
        self.assertEqual([t for t in due_from(self.ben, DAY) if "store" in t.act], [])
        self.assertEqual(Change.objects.get(verb="evidence.damaged").answers["name"], digest)

    def test_is_forgotten_once_the_file_is_well_again(self) -> None:
        digest = self.file(self.piece()).sha256
        whole = self.path(digest).read_bytes()
        self.flip(digest, 3)
        self.scrubbed()
        self.scrubbed()
        self.assertEqual(Finding.objects.filter(mended_at=None).count(), 1)
        self.path(digest).write_bytes(whole)
        self.assertEqual(self.scrubbed().mended, 1)
        self.assertFalse(Finding.objects.filter(mended_at=None).exists())
        self.assertTrue(Change.objects.filter(verb="evidence.mended").exists())
        self.assertEqual([t for t in due_from(self.ada, DAY) if "store" in t.act], [])


class Missing(Scrubbing):
    def test_is_found(self) -> None:
        digest = self.file(self.piece()).sha256
        self.path(digest).unlink()
        self.assertEqual(self.scrubbed().missing, 1)
        self.assertEqual(list(Finding.objects.values_list("kind", "name")), [("missing", digest)])

    def test_is_not_what_was_purged(self) -> None:
        digest = self.file(self.piece()).sha256
        self.path(digest).unlink()
        self.scrubbed()
        self.file_rows_let_go(digest)
        self.scrubbed()
        self.assertFalse(Finding.objects.filter(mended_at=None).exists())

    def file_rows_let_go(self, digest: str) -> None:
        content = Content.objects.get(pk=digest)
        type(content.files.first())._base_manager.filter(content=content).update(content=None)
        content.delete()


class Foreign(Scrubbing):
    def test_is_found_whatever_it_is_called(self) -> None:
        self.piece()
        for name in ("notes.txt", f"ab/{'ab' * 32}", f"zz/{'cd' * 32}", ".hidden"):
            path = self.data / "evidence" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"who put me here")
        found = self.scrubbed()
        self.assertEqual((found.foreign, found.damaged, found.missing), (4, 0, 0))
        (self.data / "evidence" / "notes.txt").unlink()
        self.assertEqual(self.scrubbed().mended, 1)

    def test_is_not_what_an_upload_is_just_keeping(self) -> None:
        path = self.path("ef" * 32)
        path.parent.mkdir(parents=True)
        path.write_bytes(b"its row comes in a moment")
        self.assertEqual(scrub.scrub(since=timezone.now()).foreign, 0)
        os.utime(path, (1, 1))
        self.assertEqual(scrub.scrub(since=timezone.now()).foreign, 1)


class TheJob(Scrubbing):
    def test_goes_on_where_it_was_cut_off(self) -> None:
        digests = self.filled(30)
        task = enqueue("evidence.scrub")
        half = digests[:15]
        Content.objects.filter(sha256__in=half).update(checked_at=timezone.now())
        for digest in half:
            self.path(digest).unlink()
        self.assertTrue(run_one())
        self.assertEqual(Job.objects.get(pk=task.pk).result["checked"], 15)

    def test_writes_what_it_did_to_the_trail(self) -> None:
        self.filled(3)
        enqueue("evidence.scrub")
        run_one()
        row = Change.objects.get(verb="evidence.scrub")
        self.assertEqual(
            (row.kind, row.by, row.by_name, row.answers["checked"]), ("event", None, "the scrub", 3)
        )
