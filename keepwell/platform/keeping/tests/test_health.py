"""The examination names what is wrong, why it matters and how to mend it; nothing wrong is named where nothing is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from django.conf import settings
from django.db import connection
from django.test import TestCase, override_settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from keepwell.platform.history import sequencer
from keepwell.platform.jobs.models import Job, Schedule
from keepwell.platform.keeping.finding import Finding, Grade
from keepwell.platform.keeping.health import examine, is_well
from keepwell.platform.keeping.looks import database, machine, site
from keepwell.platform.keeping.models import Backup
from keepwell.platform.keys import ring
from keepwell.platform.people.models import Person
from keepwell.platform.todos.todo import due_from
from tests.cast import Cast

ENGLISH = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")
HOUR = timedelta(hours=1)
PLAIN = re.compile(r"`[^`]*`|\[Errno[^：。]*")
"""What is typed as it stands, and what the operating system says."""
SECRET = "a-key-that-must-never-be-shown-0123456789"


def graded(name: str) -> dict[Grade, list[Finding]]:
    """What is found about `name`, by grade."""
    found: dict[Grade, list[Finding]] = {grade: [] for grade in Grade}
    for one in examine():
        for finding in one.findings if one.name == name else []:
            found[finding.grade].append(finding)
    return found


class Examining(Cast, TestCase):
    def setUp(self) -> None:
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        keys = self.folder / "keys"
        self.enterContext(override_settings(KEEPWELL_KEYS=keys, KEEPWELL_DATA=self.folder))
        ring.make("sealing")
        ring.make("signing")

    def is_bad(self, name: str, words: str) -> None:
        found = [one for one in graded(name)[Grade.BAD] if words in one.found]
        self.assertEqual(len(found), 1, [one.found for told in graded(name).values() for one in told])
        self.assertTrue(found[0].matters and found[0].mend)

    def test_of_a_sound_installation_finds_nothing_wrong(self) -> None:
        Schedule.objects.create(name="x", due_at=timezone.now() + HOUR)
        Backup.objects.create(path="a")
        sequencer.seal()
        examined = list(examine())
        self.assertEqual([f.found for one in examined for f in one.findings if f.is_bad], [])
        self.assertTrue(is_well(examined))

    def test_names_keys_that_others_can_read(self) -> None:
        (self.folder / "keys" / "sealing").chmod(0o644)
        self.is_bad("keys", "Others can read the key file")

    def test_names_keys_that_are_weak(self) -> None:
        (self.folder / "keys" / "signing").write_text("a:" + "A" * 43 + "=\n")
        self.is_bad("keys", "no key of 32 random bytes")

    def test_names_a_worker_that_is_away(self) -> None:
        self.is_bad("worker", "No worker was here yet")
        Schedule.objects.create(name="x", due_at=timezone.now() - HOUR)
        self.is_bad("worker", "No worker has been here since")

    def test_names_jobs_that_were_given_up(self) -> None:
        Job.objects.create(name="x", state=Job.State.DEAD)
        self.assertEqual([f.found for f in graded("jobs")[Grade.WARNING]], ["1 job was given up."])

    def test_names_a_backup_that_is_late(self) -> None:
        self.assertEqual(len(graded("backups")[Grade.WARNING]), 1)
        Backup.objects.create(path="old", begun_at=timezone.now() - 26 * HOUR)
        Backup.objects.create(path="failed", error="The disk is full.")
        self.assertIn("last backup is of", graded("backups")[Grade.WARNING][0].found)
        Backup.objects.create(path="fresh")
        self.assertEqual(graded("backups")[Grade.WARNING], [])

    def test_names_rows_of_the_trail_that_wait_for_long(self) -> None:
        self.is_bad("trail", "wait to be sealed")

    def test_names_a_full_disk(self) -> None:
        for total, free, full in (
            (2**40, 2**30, False),
            (2**40, 2**27, True),
            (2**22, 2**20, False),
            (2**22, 2**16, True),
        ):
            self.assertEqual(machine.is_full(total, free), full, (total, free))

    def test_names_a_python_without_optimizations(self) -> None:
        for flags, prefix, optimized in (
            (
                "'--enable-shared' '--prefix=/home/eva/.pyenv/versions/3.13.1'",
                "/home/eva/.pyenv/versions/3.13.1",
                False,
            ),
            ("'--enable-optimizations' '--with-lto'", "/usr/local", True),
            ("'--enable-shared' '--prefix=/usr'", "/usr", True),
            (None, "C:\\Python313", True),
        ):
            self.assertEqual(machine.is_optimized(flags, prefix), optimized, flags)
        with patch.object(machine, "is_optimized", return_value=False):
            self.assertEqual(len(graded("python")[Grade.WARNING]), 1)

    @pytest.mark.postgresql
    def test_says_whether_the_database_looks_after_its_tables(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SHOW autovacuum")
            is_on = cursor.fetchone()[0] == "on"
        told = [f for f in database.database() if "autovacuum" in f.mend]
        self.assertEqual([f.grade for f in told], [] if is_on else [Grade.WARNING])

    def test_names_a_clock_that_differs_from_the_database(self) -> None:
        if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
            self.assertEqual([f.grade for f in database.clock()], [Grade.GOOD])
            return
        self.assertEqual([f.grade for f in database.clock()], [Grade.GOOD])
        with patch(
            "keepwell.platform.keeping.looks.database.time.time",
            return_value=timezone.now().timestamp() - 300,
        ):
            self.is_bad("clock", "+300.")

    @override_settings(PRODUCTION=True, KEEPWELL_DEMO=True, KEEPWELL_URL="https://keepwell.example")
    def test_names_demo_flags_in_production(self) -> None:
        self.is_bad("demo", "KEEPWELL_DEMO is set in production")
        self.assertIn("no proxy is named", graded("address")[Grade.WARNING][0].found)

    @override_settings(KEEPWELL_URL="http://keepwell.example", HOST="keepwell.example")
    def test_names_an_address_without_tls(self) -> None:
        self.assertEqual([f.grade for f in site.address()], [Grade.BAD])

    def test_tells_no_secret(self) -> None:
        with override_settings(SECRET_KEY=SECRET, KEEPWELL_METRICS_TOKEN=SECRET, KEEPWELL_BACKUP_KEY=SECRET):
            told = "".join(f"{f.told()}" for one in examine() for f in one.findings)
        self.assertNotIn(SECRET, told)
        for name in ("sealing", "signing"):
            self.assertNotIn((self.folder / "keys" / name).read_text().split(":")[1].strip(), told)

    def test_speaks_the_language_of_the_reader(self) -> None:
        with override("zh-hant"):
            self.assertIn("工作", "".join(one.title for one in examine()))

    def broken_keys(self) -> Iterator[None]:
        """Every way in which a key, or the file of stolen passwords, can be wrong."""
        path = self.folder / "keys" / "signing"
        for content, mode in (("a:" + "A" * 43 + "=\n", 0o600), ("\n", 0o600), ("a:b\n", 0o644)):
            path.chmod(0o600)
            path.write_text(content)
            path.chmod(mode)
            yield
        path.unlink()
        stolen = self.folder / "stolen"
        with override_settings(PRODUCTION=True, KEEPWELL_STOLEN_PASSWORDS=stolen, KEEPWELL_BACKUP_KEY="x"):
            yield
            stolen.write_text("no digest\n")
            yield

    def test_says_why_a_key_is_wrong_in_that_language_too(self) -> None:
        told = set()
        for _way in self.broken_keys():
            with override("zh-hant"):
                told |= {f.found for one in examine() for f in one.findings if f.is_bad}
        for words in ("其他使用者可讀取金鑰檔案", "是空的", "不是 32 個隨機位元組", "找不到金鑰檔案", "無法讀取",
                      "SHA-1 摘要清單", "KEEPWELL_BACKUP_KEY 不是金鑰"):  # fmt: skip
            self.assertTrue([one for one in told if words in one], words)
        self.assertEqual([one for one in told if ENGLISH.search(PLAIN.sub("", one))], [])


class HealthPage(Cast, TestCase):
    def test_shows_what_is_wrong_and_how_to_mend_it(self) -> None:
        self.sign_in(self.ada)
        page = self.client.get(reverse("health"))
        self.assertContains(page, "No worker was here yet.")
        self.assertContains(page, "Start `keepwell work`")
        self.assertContains(page, "No backup was made here yet.")

    def test_shows_the_last_backups(self) -> None:
        Backup.objects.create(path="/backup/a.kwb", rows=1_234_567, size_bytes=5_000_000)
        Backup.objects.create(
            path="/backup/b.kwb", error="/backup cannot be written: No space left on device."
        )
        self.sign_in(self.ada)
        page = self.client.get(reverse("health"))
        self.assertContains(page, "1,234,567")
        self.assertContains(page, "No space left on device.")

    def test_says_why_a_backup_failed_in_the_language_of_its_reader(self) -> None:
        words = "%(file)s cannot be written: its disk can only be read."
        Backup.objects.create(path="/backup/c.kwb", error=words, facts={"file": "/backup/c.kwb"})
        self.sign_in(self.ada)
        here = reverse("health")
        self.assertContains(
            self.client.get(here), "/backup/c.kwb cannot be written: its disk can only be read."
        )
        self.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hant"
        self.assertContains(self.client.get(here), "無法寫入 /backup/c.kwb：所在磁碟為唯讀。")

    def test_is_closed_to_who_administers_nothing(self) -> None:
        for who in (self.sam, self.cleo, self.eva):
            self.sign_in(who)
            self.assertEqual(self.client.get(reverse("health")).status_code, 403)
            self.assertEqual(self.client.get("/api/health").status_code, 403)

    def test_is_there_for_programs(self) -> None:
        self.sign_in(self.ada)
        told = self.client.get("/api/health").json()
        self.assertFalse(told["well"])
        self.assertIn("worker", {one["name"] for one in told["findings"] if one["grade"] == "bad"})

    def asked(self, who: Person, day: date) -> list[str]:
        return [todo.url for todo in due_from(who, day) if todo.url == reverse("health")]

    @override_settings(KEEPWELL_BACKUP_FOLDER="/backup")
    def test_is_owed_a_look_when_no_backup_is_made(self) -> None:
        day = timezone.localdate()
        self.assertEqual(self.asked(self.ada, day), [reverse("health")])
        self.assertEqual(self.asked(self.sam, day), [])
        Backup.objects.create(path="/backup/a.kwb")
        self.assertEqual(self.asked(self.ada, day), [])
