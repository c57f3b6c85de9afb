"""Nothing is handed out before it is found clean; a scanner that is away, dies or hangs delays, and lets nothing through."""

from __future__ import annotations

import shlex
import sys
from datetime import date
from pathlib import Path
from typing import Any

from django.test import override_settings

from keepwell.config.evidence import scan_hook
from keepwell.platform.evidence import scanning
from keepwell.platform.evidence.models import Content, File
from keepwell.platform.evidence.tests.clamd import clamd
from keepwell.platform.evidence.tests.stories import EICAR, Stories, png, streamed
from keepwell.platform.history.models import Change
from keepwell.platform.jobs.job import KINDS, enqueue
from keepwell.platform.jobs.models import Job
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.todos.todo import due_from

DAY = date(2025, 11, 14)
NOWHERE = "clamd://127.0.0.1:1"
State = Content.State


class Scanning(Stories):
    scan = NOWHERE

    def scanned_by(self, place: str, **how: Any) -> None:
        """Let every waiting job run with that scanner."""
        with override_settings(KEEPWELL_SCAN=place, **how):
            while run_one():
                pass

    def state(self, file: File) -> str:
        return Content.objects.get(pk=file.sha256).state

    def statuses(self, file: File) -> set[int]:
        """How every way to the bytes answers to somebody with every right."""
        self.sign_in(self.ada)
        ways = (
            f"/evidence/files/{file.pk}/",
            f"/api/evidence/files/{file.pk}",
            f"/evidence/files/{file.pk}/preview-1.png",
        )
        answers = [self.client.get(way) for way in ways]
        for answer in answers:
            self.assertNotIn(EICAR, streamed(answer))
        return {answer.status_code for answer in answers}

    def assert_closed(self, file: File) -> None:
        """No way leads to the bytes, for nobody."""
        self.assertLessEqual(self.statuses(file), {403, 404})
        for who in (self.ben, self.dan, self.sam):
            self.sign_in(who)
            for way in (f"/evidence/files/{file.pk}/", f"/api/evidence/files/{file.pk}"):
                self.assertIn(self.client.get(way).status_code, (403, 404))
        self.assertFalse(Change.objects.filter(verb="evidence.download").exists())


class BeforeTheVerdict(Scanning):
    def test_every_download_is_refused(self) -> None:
        files = [self.file(self.piece(f"{n}", content=b"%d" % n)) for n in range(5)]
        for file in files:
            self.assert_closed(file)
        self.sign_in(self.ada)
        answer = self.client.get(f"/evidence/files/{files[0].pk}/")
        self.assertContains(answer, "waits to be scanned", status_code=403)
        piece = files[0].of_version.piece
        self.assertNotContains(self.client.get(f"/evidence/{piece.pk}/"), f"/evidence/files/{files[0].pk}/")

    @override_settings(KEEPWELL_SCAN="")
    def test_without_a_scanner_nothing_is_handed_out_and_everybody_is_told(self) -> None:
        file = self.file(self.piece())
        self.scanned_by("")
        self.assert_closed(file)
        self.sign_in(self.ada)
        self.assertContains(self.client.get("/administration/evidence/"), "No scanner is set.")
        self.assertIn("Let the scanner of files answer again", [todo.act for todo in due_from(self.ada, DAY)])

    @override_settings(KEEPWELL_SCAN="none")
    def test_only_the_word_none_lets_unscanned_files_out_and_says_so(self) -> None:
        file = self.file(self.piece())
        self.sign_in(self.ada)
        self.assertEqual(self.client.get(f"/evidence/files/{file.pk}/").status_code, 200)
        self.assertContains(self.client.get(f"/evidence/{file.of_version.piece.pk}/"), "Not scanned")
        self.assertContains(self.client.get("/administration/evidence/"), "They are handed out unscanned.")

    def test_files_that_came_unscanned_wait_once_there_is_a_scanner(self) -> None:
        with override_settings(KEEPWELL_SCAN="none"):
            file = self.file(self.piece())
            while run_one():
                pass
        self.assert_closed(file)
        enqueue("evidence.scan_waiting")
        with clamd() as daemon:
            self.scanned_by(daemon.place)
        self.assertEqual(self.state(file), State.CLEAN)


class Clean(Scanning):
    def test_is_what_the_daemon_finds_well_over_both_kinds_of_line(self) -> None:
        for number, path in enumerate((None, self.data / "clamd.sock")):
            with clamd(path=path) as daemon, self.subTest(daemon.place.partition(":")[0]):
                content = b"quite well %d " % number * 40_000
                file = self.file(self.piece(f"{number}", content=content))
                self.scanned_by(daemon.place)
                self.assertEqual((self.state(file), daemon.heard), (State.CLEAN, [content]))
                self.sign_in(self.ben)
                self.assertEqual(streamed(self.client.get(f"/evidence/files/{file.pk}/")), content)

    def test_gets_its_preview_only_then(self) -> None:
        file = self.file(self.piece(content=png(), name="a.png"))
        self.scanned_by(NOWHERE)
        self.assertIsNone(Content.objects.get(pk=file.sha256).pictures)
        enqueue("evidence.scan_waiting")
        with clamd() as daemon:
            self.scanned_by(daemon.place)
        self.assertEqual(Content.objects.get(pk=file.sha256).pictures, 1)


class Infected(Scanning):
    def test_is_never_handed_out_whatever_becomes_of_it_later(self) -> None:
        file = self.file(self.piece(content=b"x" + EICAR, name="letter.txt"))
        with clamd() as daemon:
            self.scanned_by(daemon.place)
        self.assertEqual(self.state(file), State.INFECTED)
        self.assert_closed(file)
        with override_settings(KEEPWELL_SCAN="none"):
            self.assert_closed(file)
        self.assertFalse(scanning.scan_again(file.sha256, self.ada))
        again = self.file(self.piece("Once more", content=b"x" + EICAR, name="other.txt"))
        self.assert_closed(again)

    def test_is_told_on_pages_and_in_the_trail(self) -> None:
        file = self.file(self.piece(content=EICAR, name="letter.txt"))
        with clamd() as daemon:
            self.scanned_by(daemon.place)
        self.sign_in(self.ada)
        self.assertContains(self.client.get(f"/evidence/{file.of_version.piece.pk}/"), "Infected")
        self.assertContains(
            self.client.get(f"/evidence/files/{file.pk}/"), "Eicar-Test-Signature", status_code=403
        )
        self.assertContains(self.client.get("/administration/evidence/"), "Eicar-Test-Signature")
        row = Change.objects.get(verb="evidence.infected")
        self.assertEqual((row.answers["sha256"], row.answers["says"]), (file.sha256, "Eicar-Test-Signature"))


class AScanner(Scanning):
    def test_that_is_down_is_waited_for_and_seen_by_who_must_mend_it(self) -> None:
        file = self.file(self.piece())
        self.scanned_by(NOWHERE)
        enqueue("evidence.scan_waiting")
        self.scanned_by(NOWHERE)
        content = Content.objects.get(pk=file.sha256)
        self.assertEqual((content.state, content.tries), (State.PENDING, 0))
        self.assertEqual(set(Job.objects.values_list("state", flat=True)), {"done"})
        (todo,) = [todo for todo in due_from(self.ada, DAY) if "scanner" in todo.act]
        self.assertIn("refused", todo.context)
        self.assertEqual([t for t in due_from(self.ben, DAY) if "scanner" in t.act], [])

    def test_that_is_killed_in_the_middle_leaves_the_file_waiting(self) -> None:
        file = self.file(self.piece(content=EICAR + b"x" * 300_000))
        with clamd("dies") as daemon:
            self.scanned_by(daemon.place)
        self.assertEqual(
            Content.objects.values_list("state", "tries").get(pk=file.sha256), (State.PENDING, 1)
        )
        self.assert_closed(file)
        enqueue("evidence.scan_waiting")
        with clamd() as daemon:
            self.scanned_by(daemon.place)
        self.assertEqual(self.state(file), State.INFECTED)

    def test_that_dies_at_one_file_each_time_is_spared_it_after_five_tries(self) -> None:
        file = self.file(self.piece())
        with clamd("dies") as daemon:
            for _turn in range(6):
                enqueue("evidence.scan_waiting")
                self.scanned_by(daemon.place)
        self.assertEqual(Content.objects.values_list("state", "tries").get(pk=file.sha256), (State.ERROR, 5))
        self.assert_closed(file)
        self.assertIn("Look at 1 file that cannot be scanned", [todo.act for todo in due_from(self.ada, DAY)])

    def test_that_hangs_is_left_after_the_time_it_has(self) -> None:
        file = self.file(self.piece())
        with clamd("hangs") as daemon:
            self.scanned_by(daemon.place, KEEPWELL_SCAN_SECONDS=1)
        self.assertEqual(
            Content.objects.values_list("state", "tries").get(pk=file.sha256), (State.PENDING, 1)
        )
        self.assert_closed(file)

    def test_that_says_what_nobody_understands_clears_nothing(self) -> None:
        file = self.file(self.piece())
        with clamd("babbles") as daemon:
            self.scanned_by(daemon.place)
        self.assertEqual(self.state(file), State.PENDING)
        self.assert_closed(file)

    def test_that_finds_a_file_too_large_makes_it_an_error_that_can_be_tried_again(self) -> None:
        file = self.file(self.piece(content=b"large " * 900_000))
        with clamd() as daemon:
            self.scanned_by(daemon.place)
        self.assertEqual(self.state(file), State.ERROR)
        self.assert_closed(file)
        self.sign_in(self.ben)
        address = f"/administration/evidence/{file.sha256}/scan/"
        self.assertEqual(self.client.post(address).status_code, 403)
        self.sign_in(self.ada)
        self.assertContains(self.client.get("/administration/evidence/"), address)
        self.assertRedirects(
            self.client.post(address), "/administration/evidence/", fetch_redirect_response=False
        )
        self.assertEqual(self.state(file), State.PENDING)


class ACommand(Scanning):
    def command(self, program: str) -> str:
        """A scanner that is a program of one's own."""
        path = Path(self.data) / "scanner.py"
        path.write_text(program)
        return f"command:{shlex.join([sys.executable, str(path)])}"

    def test_tells_by_its_exit_status(self) -> None:
        finds = f"import sys; sys.exit(print('FOUND it') or 1 if {EICAR!r} in open(sys.argv[1], 'rb').read() else 0)"
        clean, infected = self.file(self.piece()), self.file(self.piece("Bad", content=EICAR))
        self.scanned_by(self.command(finds))
        self.assertEqual((self.state(clean), self.state(infected)), (State.CLEAN, State.INFECTED))
        self.assertEqual(Content.objects.get(pk=infected.sha256).says, "FOUND it")

    def test_that_fails_is_killed_or_takes_too_long_clears_nothing(self) -> None:
        for number, program in enumerate((
            "import sys; sys.exit(2)", "import os; os.kill(os.getpid(), 9)", "import time; time.sleep(30)",
        )):  # fmt: skip
            with self.subTest(program):
                file = self.file(self.piece(f"{number}", content=b"%d" % number))
                self.scanned_by(self.command(program), KEEPWELL_SCAN_SECONDS=1)
                self.assertEqual(
                    Content.objects.values_list("state", "tries").get(pk=file.sha256), (State.PENDING, 1)
                )
                self.assert_closed(file)

    def test_that_is_not_there_is_waited_for(self) -> None:
        file = self.file(self.piece())
        self.scanned_by("command:/no/such/scanner --quiet")
        self.assertEqual(
            Content.objects.values_list("state", "tries").get(pk=file.sha256), (State.PENDING, 0)
        )


class TheSetting(Stories):
    def test_is_refused_if_no_scanner_can_be_meant(self) -> None:
        for place in (
            "clamav",
            "http://scanner",
            "clamd:",
            "unix:",
            "command:",
            "clamd://host:99999999",
            "command:'",
        ):
            with self.assertRaises(SystemExit, msg=place):
                scan_hook(place)

    def test_names_a_way(self) -> None:
        for place in (
            "",
            "none",
            "clamd://scanner:3310",
            "clamd://scanner",
            "unix:/run/clamd.ctl",
            "command:/usr/bin/clamscan -",
        ):
            self.assertEqual(scan_hook(place), place)

    def test_has_its_work_on_the_schedule(self) -> None:
        self.assertIsNotNone(KINDS["evidence.scan_waiting"].every)
        self.assertIsNotNone(KINDS["evidence.scrub"].every)
