"""Connections to the embedded database are kept from one request to the next, as long as they lead to its file; what was
erased goes from its journal all the same, and nobody puts another file in the place of one in use."""

from __future__ import annotations

import atexit
import os
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError

import psutil
import pytest
from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from django.test import SimpleTestCase, TestCase

from keepwell.config.databases import embedded
from keepwell.platform.jobs.beside import BESIDE
from keepwell.platform.keeping.putting import IN_USE
from tests.machine import rounds
from tests.running import KEEPWELL, ROOT, free_port
from tests.test_outages import FOUND

pytestmark = pytest.mark.sqlite
PATIENCE_SECONDS = 90
LOOKS, BETWEEN_SECONDS = rounds(10, 100), 0.3
FILE = "keepwell.sqlite3"
ERASING = """
import sqlite3, sys
from datetime import date
from pathlib import Path
from keepwell.config.cli import set_up; set_up()
from django.conf import settings
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.jobs.job import KINDS
from keepwell.platform.people.models import Person
from keepwell.platform.privacy.erasing import erase
from keepwell.platform.tree.models import Unit

path = settings.KEEPWELL_DATA / "keepwell.sqlite3"
def tell(): print(b"Mei-Ling" in path.with_name(f"{path.name}-wal").read_bytes(), flush=True)

other = sqlite3.connect(path, isolation_level=None)
other.execute("SELECT count(*) FROM people_person").fetchall()
day = date(2020, 1, 1)
with acting(Machine("hr"), "hr.import"):
    mei = Person(number="B77", name="Mei-Ling O'Brien", unit=Unit.objects.get(), unit_since=day, employed_from=day)
    mei.save()
tell()
if "reads" in sys.argv:
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM people_person").fetchall()
with acting(Machine("hr"), "person.erase"):
    erase(mei)
tell()
if "reads" in sys.argv:
    other.execute("COMMIT")
    KINDS["privacy.tidy"].work(None)
    tell()
"""


class Kept(TestCase):
    """A connection of the present settings to a file of the test."""

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        self.path = self.folder / FILE
        handler = ConnectionHandler({"default": {}, "beside": embedded(self.path)})
        self.connection: BaseDatabaseWrapper = handler["beside"]
        self.addCleanup(self.connection.close)
        self.ask("CREATE TABLE told (word text)")

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """What one request asks, between what Django does before and after each."""
        self.connection.close_if_unusable_or_obsolete()
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            found = cursor.fetchall()
        self.connection.close_if_unusable_or_obsolete()
        return found

    def test_serves_the_next_request_too(self) -> None:
        before = self.connection.connection
        self.ask("SELECT * FROM told")
        self.assertIsNotNone(before)
        self.assertIs(self.connection.connection, before)

    def test_ends_after_a_failure(self) -> None:
        with self.assertRaises(DatabaseError):
            self.ask("SELECT * FROM nowhere")
        before = self.connection.connection
        self.assertEqual(self.ask("SELECT * FROM told"), [])
        self.assertIsNot(self.connection.connection, before)

    def test_writes_nothing_into_a_file_whose_place_another_took(self) -> None:
        restored, aside = self.folder / "restored", self.folder / "aside"
        with closing(sqlite3.connect(restored)) as file:
            file.execute("CREATE TABLE told (word text DEFAULT 'restored')")
        for ending in ("", "-wal", "-shm"):
            Path(f"{self.path}{ending}").rename(f"{aside}{ending}")
        restored.rename(self.path)
        self.ask("INSERT INTO told DEFAULT VALUES")
        self.assertEqual(self.ask("SELECT word FROM told"), [("restored",)])
        with closing(sqlite3.connect(aside)) as file:
            self.assertEqual(file.execute("SELECT * FROM told").fetchall(), [])

    def test_knows_a_file_that_was_put_there_while_it_was_opened(self) -> None:
        self.connection.close()
        connect, aside = self.connection.Database.connect, self.folder / "aside"

        def replaced(*_given: object, **named: object) -> sqlite3.Connection:
            made: sqlite3.Connection = connect(**named)
            made.execute("SELECT * FROM told").fetchall()
            shutil.copy(self.path, aside)
            aside.replace(self.path)
            return made

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(self.connection.Database, "connect", replaced)
            self.connection.ensure_connection()
        self.ask("INSERT INTO told VALUES ('kept')")
        with closing(sqlite3.connect(self.path)) as file:
            self.assertEqual(file.execute("SELECT * FROM told").fetchall(), [("kept",)])


def there(folder: Path) -> dict[str, str]:
    """The environment of an installation in `folder`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("KEEPWELL_", "DATABASE_", "PORT"))}
    return kept | {"KEEPWELL_DATA": str(folder), "KEEPWELL_WORKERS": "1"}


def done(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command that ran to its end there."""
    return subprocess.run(command, env=there(folder), cwd=ROOT, capture_output=True, text=True,
                          timeout=PATIENCE_SECONDS)  # fmt: skip


@cache
def founded() -> Path:
    """A data folder with a group and a backup of it, made once."""
    folder = TemporaryDirectory()
    atexit.register(folder.cleanup)
    place = Path(folder.name)
    for words in (("migrate",), FOUND, ("backup", str(place / "all.kwb"))):
        did = done(place, *KEEPWELL, *words)
        assert did.returncode == 0, did.stderr
    return place


class Installed(SimpleTestCase):
    """An installation with a group."""

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(TemporaryDirectory())) / "data"
        shutil.copytree(founded(), self.folder)

    @contextmanager
    def running(self, *words: str, port: int = 0) -> Iterator[psutil.Process]:
        """A command that goes on until it is told to end, which it then does in order."""
        command, environment = [*KEEPWELL, *words], there(self.folder) | {"PORT": str(port)}
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            self.assertEqual(process.wait(PATIENCE_SECONDS), 0, (self.folder / "log").read_text())

    def opened(self, process: psutil.Process, name: str = FILE) -> int:
        """How often a process has a file open."""
        place = str(self.folder.resolve() / name)
        return sum(one.path == place for one in process.open_files())

    def beside(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob(f"{FILE}-*"))


class Erasing(Installed):
    def erased(self, *how: str) -> list[str]:
        """Whether the journal names somebody who came, was erased while another has the database open, and later."""
        erasing = done(self.folder, sys.executable, "-c", ERASING, *how)
        self.assertEqual(erasing.returncode, 0, erasing.stderr)
        return erasing.stdout.split()

    def test_leaves_nothing_in_the_journal_that_others_keep_open(self) -> None:
        self.assertEqual(self.erased(), ["True", "False"])

    def test_leaves_it_there_while_others_read_and_no_longer_than_an_hour(self) -> None:
        self.assertEqual(self.erased("reads"), ["True", "True", "False"])


class Serving(Installed):
    def test_holds_the_place_of_its_file_and_leaves_one_file_whole(self) -> None:
        port = free_port()
        with self.running("serve", port=port) as server:
            self.answers(f"http://127.0.0.1:{port}/livez")
            self.assertEqual(self.opened(server), 0, "its processes would be forked with it")
            serving = next(one for one in server.children() if self.opened(one))
            self.assertEqual(self.opened(serving), 1, "though nobody asked for anything")
            restore = done(self.folder, *KEEPWELL, "restore", str(self.folder / "all.kwb"), "--replace")
            self.assertEqual((restore.returncode, restore.stderr.splitlines()[-1]), (2, IN_USE))
            self.assertEqual(self.opened(serving), 1)
            self.assertIn(f"{FILE}-wal", self.beside())
        self.assertEqual(self.beside(), [])

    def answers(self, url: str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                urllib.request.urlopen(url, timeout=5).close()
                return
            except (URLError, OSError):
                self.assertLess(time.monotonic(), until, (self.folder / "log").read_text())
                time.sleep(0.2)


class Working(Installed):
    def test_without_jobs_opens_nothing_anew(self) -> None:
        """One connection for its jobs and one for each kind of short work, as long as they are kept."""
        with self.running("work") as supervisor:
            until = time.monotonic() + PATIENCE_SECONDS
            while not self.has_all_open(supervisor):
                self.assertLess(time.monotonic(), until)
                time.sleep(0.2)
            looks = []
            for _ in range(LOOKS):
                looks.append(self.has_all_open(supervisor))
                time.sleep(BETWEEN_SECONDS)
            self.assertEqual(looks, [True] * LOOKS)
        self.assertEqual(self.beside(), [])

    def has_all_open(self, supervisor: psutil.Process) -> bool:
        # Of the file itself SQLite keeps some open for a while that nobody uses any more; of the journal none.
        wanted = 1 + len(BESIDE)
        return any(self.opened(child, f"{FILE}-wal") == wanted for child in supervisor.children())
