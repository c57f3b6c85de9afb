"""The `keepwell` command as an operator meets it: real processes, an empty data folder."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError

import psutil
import pytest
from django.test import SimpleTestCase

KEEPWELL = [sys.executable, "-m", "keepwell.config.cli"]
PATIENCE_SECONDS = 90
pytestmark = pytest.mark.sqlite


def free_port() -> int:
    """A port nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@cache
def with_tables() -> Path:
    """A data folder after `keepwell migrate`."""
    folder = TemporaryDirectory()
    atexit.register(folder.cleanup)
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("KEEPWELL_", "DATABASE_"))
    }
    told = kept | {"KEEPWELL_DATA": folder.name}
    subprocess.run(
        [*KEEPWELL, "migrate"], env=told, check=True, capture_output=True, timeout=PATIENCE_SECONDS
    )
    return Path(folder.name)


class InAFolder(SimpleTestCase):
    """A data folder of one test."""

    def setUp(self) -> None:
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("KEEPWELL_", "DATABASE_"))
        }
        self.environment = kept | {"KEEPWELL_DATA": folder.name, "PORT": str(free_port())}

    def migrated(self) -> None:
        """Give the folder its tables, made once for all tests of this file."""
        shutil.copytree(with_tables(), self.folder, dirs_exist_ok=True)

    def keepwell(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            [*KEEPWELL, *arguments],
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )


class Usage(InAFolder):
    def test_without_a_command_is_bad_usage(self) -> None:
        done = self.keepwell()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("COMMAND", done.stderr)

    def test_of_an_unknown_format_is_told(self) -> None:
        done = self.keepwell("outcomes", "--year", "2023", "--format", "odt")
        self.assertEqual(done.returncode, 2)
        self.assertIn("odt", done.stderr)

    def test_needs_no_database_to_say_its_version(self) -> None:
        self.assertRegex(self.keepwell("--version").stdout, r"^keepwell \d+\.\d+\.\d+$")


class ItsStart(InAFolder):
    def test_loads_no_library_that_few_commands_need(self) -> None:
        """Each of them takes some hundredths of a second or more of every command, server and worker."""
        script = "from keepwell.config.cli import set_up; set_up(); import sys; print(*sys.modules)"
        done = subprocess.run([sys.executable, "-c", script], env=self.environment, capture_output=True, text=True,
                              timeout=PATIENCE_SECONDS)  # fmt: skip
        loaded = set(done.stdout.split())
        self.assertIn("keepwell.platform.publishing.writers", loaded, done.stderr)
        rare = {"apprise", "boto3", "docx", "icalendar", "markdown_it", "openpyxl", "pptx", "puremagic", "qrcode", "requests",
                "saml2", "xlsxwriter"}  # fmt: skip
        self.assertEqual(loaded & rare, set())

    def test_of_a_supervisor_loads_nothing_of_the_house(self) -> None:
        script = (
            "import sys; from keepwell.config import cli; from keepwell.platform.jobs import supervising;"
            "supervising.Supervisor.run = lambda keeper: print(*sys.modules); cli.main(['work'])"
        )
        done = subprocess.run([sys.executable, "-c", script], env=self.environment, capture_output=True, text=True,
                              timeout=PATIENCE_SECONDS)  # fmt: skip
        loaded = set(done.stdout.split())
        self.assertIn("keepwell.platform.jobs.supervising", loaded, done.stderr)
        self.assertEqual(
            loaded & {"keepwell.platform.jobs.models", "keepwell.platform.people.models", "granian"}, set()
        )


class ItsEnd(InAFolder):
    def test_leaves_the_whole_database_in_one_file(self) -> None:
        for words in (("migrate",), ("doctor",), ("outcomes", "--year", "2023", "--format", "odt")):
            with self.subTest(words[0]):
                self.keepwell(*words)
                self.assertEqual(
                    [path.name for path in self.folder.glob("keepwell.sqlite3-*")], [], "kept beside it"
                )
        self.assertTrue((self.folder / "keepwell.sqlite3").stat().st_size)


class BadSettings(InAFolder):
    def test_are_one_sentence_each(self) -> None:
        for name, value in {
            "PORT": "eighty",
            "KEEPWELL_NOW": "yesterday",
            "KEEPWELL_YEAR_END": "13-40",
            "DATABASE_URL": "mysql://localhost/keepwell",
            "KEEPWELL_REPLICAS": "postgresql://db2/keepwell",
            "KEEPWELL_SECRET_KEY_FILE": "/nowhere/at/all",
        }.items():
            with self.subTest(name):
                done = self.keepwell("migrate", **{name: value})
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_of_a_database_tell_nothing_of_its_password(self) -> None:
        for port in ("5432x", "99999", "5432,db2:0", "5432%20dbname=other"):
            with self.subTest(port):
                done = self.keepwell("migrate", DATABASE_URL=f"postgresql://me:hush-hush@db1:{port}/keepwell")
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertRegex(done.stderr, r"^DATABASE_URL must read postgresql://[^\n]*\n$")
                self.assertNotIn("hush", done.stderr)

    def test_of_production_stop_without_a_good_key(self) -> None:
        for key in ("", "short", "changeme" * 10, "a" * 60):
            with self.subTest(key):
                done = self.keepwell(
                    "migrate", KEEPWELL_URL="https://keepwell.example", KEEPWELL_SECRET_KEY=key
                )
                self.assertEqual(done.returncode, 2)
                self.assertIn("KEEPWELL_SECRET_KEY", done.stderr)


class ADatabase(InAFolder):
    def test_without_tables_is_not_served(self) -> None:
        done = self.keepwell("serve")
        self.assertEqual(done.returncode, 2)
        self.assertIn("keepwell migrate", done.stderr)

    def test_that_does_not_answer_is_one_sentence(self) -> None:
        done = self.keepwell("migrate", DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/keepwell")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_is_migrated_once(self) -> None:
        self.assertIn("migrations applied", self.keepwell("migrate").stdout)
        self.assertEqual(self.keepwell("migrate").stdout, "Nothing to migrate.\n")

    def test_without_people_has_nobody_to_act(self) -> None:
        self.migrated()
        file = self.folder / "units.csv"
        file.write_text("code\n")
        done = self.keepwell("import", "units", str(file))
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("--as", done.stderr)

    def test_without_people_gives_nobody_a_token(self) -> None:
        self.migrated()
        done = self.keepwell("token", "ada")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn('"ada"', done.stderr)


class TheServer(InAFolder):
    def setUp(self) -> None:
        super().setUp()
        self.family: list[psutil.Process] = []
        self.migrated()
        self.server = subprocess.Popen(
            [*KEEPWELL, "serve", "--with-worker"], env=self.environment, stdout=subprocess.PIPE, text=True
        )
        self.addCleanup(self.end_everything)
        self.wait_until(self.answers)
        self.family = psutil.Process(self.server.pid).children(recursive=True)

    def end_everything(self) -> None:
        self.server.kill()
        self.server.communicate()
        for process in self.family:
            if process.is_running():
                process.kill()

    def wait_until(self, true: object) -> None:
        """Wait for something that must come true soon."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not true():  # type: ignore[operator]
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.environment['PORT']}/livez", timeout=5
            ) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def everybody_is_gone(self) -> bool:
        return not any(process.is_running() and process.status() != "zombie" for process in self.family)

    def test_says_where_it_is(self) -> None:
        self.wait_until(
            lambda: f"http://localhost:{self.environment['PORT']}" in self.server.stdout.readline()
        )

    def test_ends_cleanly_on_ctrl_c_and_takes_its_worker_along(self) -> None:
        self.server.send_signal(signal.SIGINT)
        self.assertEqual(self.server.wait(PATIENCE_SECONDS), 0)
        self.assertTrue(self.everybody_is_gone())

    def test_ends_cleanly_on_sigterm_and_takes_its_worker_along(self) -> None:
        self.server.terminate()
        self.assertEqual(self.server.wait(PATIENCE_SECONDS), 0)
        self.assertTrue(self.everybody_is_gone())

    def test_leaves_nobody_behind_when_it_is_killed(self) -> None:
        self.server.kill()
        self.wait_until(self.everybody_is_gone)

    def test_says_that_its_port_is_taken(self) -> None:
        second = self.keepwell("serve")
        self.assertEqual(second.returncode, 2)
        self.assertIn(f"Port {self.environment['PORT']} is taken", second.stderr)

    def test_is_ready_only_with_its_tables(self) -> None:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.environment['PORT']}/readyz", timeout=5
        ) as answer:
            self.assertEqual(answer.status, 200)


class AFreshInstallation(InAFolder):
    FOUND = (
        "found", "--code", "ACME", "--name", "Acme Holding", "--country", "TW", "--time-zone", "Asia/Taipei",
        "--administrator", "Ada Lin", "--number", "A0000001", "--sign-in", "Ada", "--since", "2019-01-01",
    )  # fmt: skip

    def setUp(self) -> None:
        super().setUp()
        self.migrated()

    def test_begins_with_a_group_and_an_administrator_who_brings_files_in(self) -> None:
        founded = self.keepwell(*self.FOUND)
        self.assertEqual((founded.returncode, founded.stderr), (0, ""))
        self.assertGreater(len(founded.stdout.strip()), 15)
        file = self.folder / "units.csv"
        self.assertEqual(self.keepwell("export", "units", str(file)).returncode, 0)
        brought = self.keepwell("import", "units", str(file))
        self.assertEqual((brought.returncode, brought.stderr), (0, ""))
        self.assertIn("1 unchanged", brought.stdout)

    def test_has_one_group(self) -> None:
        self.keepwell(*self.FOUND)
        again = self.keepwell(*self.FOUND)
        self.assertEqual((again.returncode, again.stdout, again.stderr.count("\n")), (2, "", 1))

    def test_says_what_does_not_fit(self) -> None:
        wrong = self.keepwell(*("Mars" if word == "Asia/Taipei" else word for word in self.FOUND))
        self.assertEqual((wrong.returncode, wrong.stdout), (2, ""))
        self.assertIn("time_zone", wrong.stderr)

    def test_gives_a_token_and_nothing_else(self) -> None:
        self.keepwell(*self.FOUND)
        self.assertRegex(self.keepwell("token", "ada", "--days", "7").stdout, r"^kw_\S+\n$")
        self.assertEqual(self.keepwell("token", "ada", "--days", "0").returncode, 2)

    def test_names_the_registers_there_are(self) -> None:
        self.keepwell(*self.FOUND)
        done = self.keepwell("export", "untis", str(self.folder / "out.csv"))
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("units", done.stderr)
