"""A whole installation is backed up while it is there, and comes back row by row; or not at all."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from keepwell.platform.keeping.parts import PartReader
from keepwell.platform.keeping.sealed_file import SealedReader
from keepwell.platform.keeping.tables import Table
from keepwell.platform.keys.ring import Key
from tests import machine, running
from tests.running import KEEPWELL, ROOT, Demo

FIRST_RELEASE = ROOT / "keepwell/platform/keeping/tests/first-release.kwb"
FIRST_RELEASE_KEY = base64.b64encode(bytes(range(100, 132))).decode()
FIRST_RELEASE_SIGNER = "YVJ5PTJPHFDPRWBC"
PATIENCE_SECONDS = 300
"""Bringing the first release up to date takes a minute of processor time, and more with each migration."""
Rows = dict[str, list[str]]


def content(path: Path, keys: Path) -> tuple[Rows, dict[str, bytes]]:
    """The rows of every table of a backup, in order and with JSON in one form, and its files."""
    ring = [line.split(":") for line in (keys / "sealing").read_text().split()]
    with path.open("rb") as file:
        reader = PartReader(SealedReader(file, [Key(name, base64.b64decode(key)) for name, key in ring]))
        parts = {part.name: b"".join(part.content()) for part in reader.parts()}
    tables = {told["name"]: Table.of(told) for told in json.loads(parts.pop("preface"))["tables"]}
    rows = {name: in_order(tables[name], parts.pop(f"table/{name}")) for name in tables}
    return rows, parts


def in_order(table: Table, lines: bytes) -> list[str]:
    """Rows as text in one order, whatever order a database keeps them in."""
    kinds = [column.kind for column in table.columns]
    rows = [
        [json.loads(v) if kind == "json" and v is not None else v for kind, v in zip(kinds, row, strict=True)]
        for row in map(json.loads, lines.splitlines())
    ]
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


SEALING = {"history_checkpoint", "history_tile", "history_trail"}


def kept(found: tuple[Rows, dict[str, bytes]]) -> tuple[Rows, dict[str, bytes]]:
    """What is in a backup but for what backups and restores themselves add to the trail, and its sealing, which says
    itself whether it is whole."""
    rows, files = found
    others = {name: told for name, told in rows.items() if name not in SEALING}
    return {name: [row for row in told if '"backup.' not in row] for name, told in others.items()}, files


@contextmanager
def elsewhere(demo: Demo, folder: Path, *, server: bool | None = None) -> Iterator[Demo]:
    """A bare installation that has the keys of `demo` and nothing else, on the database of the run or not."""
    server = bool(demo.database) if server is None else server
    bare = Demo(folder / "data", f"keepwell_bare_{os.getpid()}_{folder.stat().st_ino}" if server else "")
    shutil.copytree(demo.folder / "keys", bare.folder / "keys")
    if bare.database:
        running.create(bare.database)
    try:
        yield bare
    finally:
        running.put_away(bare)


def keepwell(demo: Demo, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one command of `demo` to its end."""
    return subprocess.run([*KEEPWELL, *words], env=demo.environment | environment, cwd=ROOT, text=True,
                          capture_output=True, timeout=PATIENCE_SECONDS)  # fmt: skip


def restored(demo: Demo, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The same for a restore that must go well."""
    done = keepwell(demo, "restore", *words, **environment)
    assert done.returncode == 0, done.stderr
    return done


def backed_up(demo: Demo, path: Path) -> Path:
    """A backup of `demo` at `path`; beside it, the checkpoint of then that an auditor has."""
    assert keepwell(demo, "trail", "seal").returncode == 0
    path.with_suffix(".seen").write_text(keepwell(demo, "trail", "checkpoint").stdout)
    done = keepwell(demo, "backup", str(path))
    assert done.returncode == 0, done.stderr
    assert path.stat().st_mode & 0o077 == 0
    return path


@pytest.fixture(scope="module")
def taken(many: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of `many`."""
    return backed_up(many, tmp_path_factory.mktemp("backup") / "many.kwb")


@pytest.fixture(scope="module")
def figures(many: Demo) -> Any:
    """Every figure of a year of `many`, which nobody changes."""
    return outcomes(many)


class TestBackup:
    @pytest.mark.sqlite
    def test_comes_back_on_a_bare_machine_row_by_row(self, demo: Demo, tmp_path: Path) -> None:
        self.comes_back(demo, backed_up(demo, tmp_path / "demo.kwb"), tmp_path)

    @pytest.mark.postgresql
    def test_comes_back_on_a_bare_server_row_by_row(self, many: Demo, taken: Path, tmp_path: Path) -> None:
        """Row by row, the demo group goes farther below."""
        self.comes_back(many, taken, tmp_path)

    def comes_back(self, demo: Demo, taken: Path, folder: Path) -> None:
        """All that is in `taken` is there, and nothing else, wherever only the keys of `demo` were."""
        with elsewhere(demo, folder) as bare:
            report, again = folder / "report.json", folder / "again.kwb"
            restored(bare, str(taken), "--report", str(report))
            assert keepwell(bare, "backup", str(again)).returncode == 0
            seen = str(taken.with_suffix(".seen"))
            assert keepwell(bare, "trail", "verify", "--seen", seen).returncode == 0
            before, after = content(taken, demo.folder / "keys"), content(again, demo.folder / "keys")
            assert kept(before) == kept(after)
            filled = {table for table, rows in before[0].items() if rows}
            assert {"tree_unit", "history_change", "people_person"} <= filled
            told = json.loads(report.read_text())
            assert told["trail_rows"] > 0 and told["trail_root"]
            assert (told["rows"], told["files"]) == (sum(map(len, before[0].values())), len(before[1]))
            assert outcomes(bare) == outcomes(demo)
            goes_on_counting(bare)

    def test_when_opened_holds_no_secret_in_clear(self, many: Demo, tmp_path: Path) -> None:
        """T15: whoever has the key of backups has the records, and still no way in."""
        with running.copied(many, tmp_path) as copy:
            secrets = planted(copy)
            path = tmp_path / "opened.kwb"
            assert keepwell(copy, "backup", str(path)).returncode == 0
            secrets |= kept_in_files(copy)
            rows, files = content(path, copy.folder / "keys")
            told = "\n".join(row for table in rows.values() for row in table)
            told += "".join(one.decode("latin-1") for one in files.values())
        assert len(secrets) > 15
        assert [name for name, secret in secrets.items() if secret in told] == []
        assert "canary of the test" in told, "the control: what is no secret stands there"

    @pytest.mark.postgresql
    def test_moves_to_the_embedded_database_and_back(self, demo: Demo, tmp_path: Path) -> None:
        taken, figures = backed_up(demo, tmp_path / "demo.kwb"), outcomes(demo)
        before = kept(content(taken, demo.folder / "keys"))
        for folder in (tmp_path / "small", tmp_path / "large"):
            folder.mkdir()
        with elsewhere(demo, tmp_path / "small", server=False) as small:
            restored(small, str(taken))
            moved = tmp_path / "moved.kwb"
            assert keepwell(small, "backup", str(moved)).returncode == 0
            assert kept(content(moved, demo.folder / "keys")) == before
            assert outcomes(small) == figures
            goes_on_counting(small)
            with elsewhere(demo, tmp_path / "large", server=True) as large:
                restored(large, str(moved))
                assert keepwell(large, "backup", str(tmp_path / "back.kwb")).returncode == 0
                assert kept(content(tmp_path / "back.kwb", demo.folder / "keys")) == before
                goes_on_counting(large)

    def test_can_be_tried_without_touching_anything(self, many: Demo, taken: Path, tmp_path: Path) -> None:
        report = tmp_path / "drill.md"
        done = restored(many, str(taken), "--check", "--report", str(report))
        assert done.stdout.startswith("Could be restored: ")
        assert "| rows and files |" in report.read_text()
        assert not (many.folder / "files.restoring").exists()

    def test_goes_on_past_a_damaged_file_and_tells_of_it(self, many: Demo, tmp_path: Path) -> None:
        path = tmp_path / "damaged.kwb"
        (tmp_path / "bare").mkdir()
        with running.copied(many, tmp_path) as copy:
            bad = next(one for one in (copy.folder / "files").glob("*/*") if one.stat().st_size)
            bad.write_bytes(b"is not what its name says")
            name = str(bad.relative_to(copy.folder))
            done = keepwell(copy, "backup", str(path))
            assert (done.returncode, done.stdout.count(name)) == (3, 1), done.stdout + done.stderr
            assert name in keepwell(copy, "doctor").stdout
            with elsewhere(copy, tmp_path / "bare") as bare:
                done = keepwell(bare, "restore", str(path))
                assert (done.returncode, done.stdout.count(name)) == (3, 1), done.stdout + done.stderr
                others = {one.name for one in (copy.folder / "files").glob("*/*")} - {bad.name}
                assert {one.name for one in (bare.folder / "files").glob("*/*")} == others
                assert outcomes(bare) == outcomes(copy)

    def test_overwrites_nothing(self, many: Demo, taken: Path) -> None:
        done = keepwell(many, "backup", str(taken))
        assert (done.returncode, "overwrites nothing" in done.stderr) == (2, True)


class TestRestore:
    def refused(self, demo: Demo, path: Path, sentence: str, *words: str, **environment: str) -> None:
        done = keepwell(demo, "restore", str(path), *words, **environment)
        assert done.returncode == 2
        said = done.stderr.strip().splitlines()[-1]
        assert sentence in said
        assert "Traceback" not in done.stderr

    def test_refuses_damage_and_leaves_an_empty_database(
        self, many: Demo, taken: Path, tmp_path: Path
    ) -> None:
        draw, whole = Random(3), taken.read_bytes()
        with elsewhere(many, tmp_path) as bare:
            for number in range(machine.rounds(2, 40)):
                bad = bytearray(whole)
                bad[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
                broken = bytes(bad) if number % 2 else whole[: draw.randrange(100, len(whole))]
                (tmp_path / "bad.kwb").write_bytes(broken)
                self.refused(bare, tmp_path / "bad.kwb", "")
                assert is_bare(bare)
            restored(bare, str(taken))

    def test_refuses_where_something_was_entered(self, many: Demo, taken: Path) -> None:
        self.refused(many, taken, "--replace")

    def test_that_fails_leaves_the_old_database(
        self, many: Demo, taken: Path, figures: Any, tmp_path: Path
    ) -> None:
        with running.copied(many, tmp_path) as copy:
            (tmp_path / "bad.kwb").write_bytes(taken.read_bytes()[:-1])
            self.refused(copy, tmp_path / "bad.kwb", "damaged or was cut off", "--replace")
            assert outcomes(copy) == figures
            restored(copy, str(taken), "--replace")
            assert outcomes(copy) == figures

    def test_tells_who_saw_more_what_was_lost(self, many: Demo, tmp_path: Path) -> None:
        """An older backup, and an auditor who holds a checkpoint made since."""
        seen, older, export = tmp_path / "seen.txt", tmp_path / "older.kwb", tmp_path / "trail.jsonl.gz"
        with running.copied(many, tmp_path) as copy:
            assert keepwell(copy, "trail", "seal").returncode == 0
            assert keepwell(copy, "backup", str(older)).returncode == 0
            goes_on_counting(copy)
            assert keepwell(copy, "trail", "seal").returncode == 0
            seen.write_text(keepwell(copy, "trail", "checkpoint").stdout)
            restored(copy, str(older), "--replace")
            goes_on_counting(copy)
            assert keepwell(copy, "trail", "export", str(export), "--as", "ada").returncode == 0
            for words in ((), (str(export),)):
                done = keepwell(copy, "trail", "verify", *words, "--seen", str(seen))
                assert done.returncode == 3, done.stdout + done.stderr
                assert done.stdout.count("tells of a restore: ") == 1
            told = keepwell(copy, "trail", "restored", "from the standby in Tainan")
            assert (told.returncode, "tells it; checkpoints of more than" in told.stdout) == (0, True)
            assert keepwell(copy, "trail", "verify", "--seen", str(seen)).returncode == 3

    def test_refuses_another_key(self, many: Demo, taken: Path, tmp_path: Path) -> None:
        with elsewhere(many, tmp_path) as bare:
            shutil.rmtree(bare.folder / "keys")
            self.refused(bare, taken, "which is not here; bring back the keys folder")
            self.refused(bare, FIRST_RELEASE, "which is not here")
            self.refused(bare, FIRST_RELEASE, "was signed by the key", KEEPWELL_BACKUP_KEY=FIRST_RELEASE_KEY)
            self.refused(bare, FIRST_RELEASE, "is no key", KEEPWELL_BACKUP_KEY="c2hvcnQ=")
            assert is_bare(bare)

    def test_refuses_a_file_of_a_newer_version(self, many: Demo, tmp_path: Path) -> None:
        with running.copied(many, tmp_path) as copy:
            later = "INSERT INTO django_migrations (app, name, applied) VALUES ('people', '9999_later', '2030-01-01')"
            write(copy, later)
            assert keepwell(copy, "backup", str(tmp_path / "later.kwb")).returncode == 0
            self.refused(many, tmp_path / "later.kwb", "Install the newer version first", "--check")

    def test_of_the_first_release_runs_the_migrations_since(self, many: Demo, tmp_path: Path) -> None:
        with elsewhere(many, tmp_path) as bare:
            restored(
                bare,
                str(FIRST_RELEASE),
                "--trust",
                FIRST_RELEASE_SIGNER,
                KEEPWELL_BACKUP_KEY=FIRST_RELEASE_KEY,
            )
            assert keepwell(bare, "migrate").stdout == "Nothing to migrate.\n"
            assert bare.rows("SELECT code, name_zh FROM tree_unit ORDER BY code") == [
                ("ACME", ""), ("C1", ""), ("S1", "高雄廠")]  # fmt: skip
            assert bare.rows("SELECT number, name, name_local FROM people_person ORDER BY number") == [
                ("A0000001", "Ada Lin", ""), ("A0000002", "Ben Tan", "陳本"), ("A0000003", 'Eva "E" Chen', "")]  # fmt: skip
            assert bare.rows("SELECT count(*) FROM awareness_completion") == [(2,)]
            assert len(list((bare.folder / "files").glob("*/*"))) == 5

    @pytest.mark.slow
    def test_that_is_killed_leaves_an_empty_or_a_whole_database(
        self, many: Demo, taken: Path, figures: Any, tmp_path: Path
    ) -> None:
        draw, seconds = Random(9), seconds_of_a_restore(many, taken, tmp_path)
        with elsewhere(many, tmp_path) as bare:
            for _kill in range(machine.rounds(3, 40)):
                started = subprocess.Popen([*KEEPWELL, "restore", str(taken)], env=bare.environment, cwd=ROOT,
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
                time.sleep(seconds * draw.uniform(0.4, 1.0))
                started.send_signal(signal.SIGKILL)
                started.wait()
                assert is_bare(bare) or outcomes(bare) == figures
            restored(bare, str(taken), "--replace")
            assert outcomes(bare) == figures
            assert not (bare.folder / "files.restoring").exists()


def seconds_of_a_restore(many: Demo, taken: Path, folder: Path) -> float:
    """How long one takes that nobody disturbs."""
    (folder / "undisturbed").mkdir()
    with elsewhere(many, folder / "undisturbed") as bare:
        began = time.monotonic()
        restored(bare, str(taken))
        return time.monotonic() - began


PLANT = """
import django; django.setup()
import json
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.identity import recovery, totp
from keepwell.platform.notices import feeds, hooks
from keepwell.platform.notices.abroad import Webhook
from keepwell.platform.people.models import Account
from keepwell.platform.people.tokens import issue
account = Account.objects.get(sign_in_name="ada")
unit, seed = account.person.unit, totp.fresh_seed()
with acting(Machine("the test"), "test.plant"):
    hook = Webhook(name="canary", unit=unit, url="https://hooks.example/in", registers=["people"], reader=account.person,
                   purpose="canary of the test")
    hook.save()
totp.enrol(account, seed, step=0)
told = {"token": issue(account.person), "webhook": hooks.new_secret(hook), "calendar": feeds.make(account.person),
        "seed": seed} | {f"code {n}": code for n, code in enumerate(recovery.renew(account))}
print(json.dumps(told))
"""


def planted(demo: Demo) -> dict[str, str]:
    """Secrets of every kind that the house gives out once, by what they are."""
    done = subprocess.run([sys.executable, "-c", PLANT], env=demo.environment, cwd=ROOT, text=True,
                          capture_output=True, timeout=PATIENCE_SECONDS)  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def kept_in_files(demo: Demo) -> dict[str, str]:
    """The password of the demo people, the secret key and the keys of the installation, as they may be written."""
    found = {"password": running.PASSWORD, "secret key": (demo.folder / "secret-key").read_text().strip()}
    for name in ("sealing", "signing"):
        for number, line in enumerate((demo.folder / "keys" / name).read_text().split()):
            secret = line.partition(":")[2]
            found |= {f"{name} {number}": secret, f"{name} {number} in hex": base64.b64decode(secret).hex()}
    return found


def is_bare(demo: Demo) -> bool:
    """Whether nothing is entered; a server may need a moment to end what a killed process began."""
    if not demo.database:
        return not (demo.folder / "keepwell.sqlite3").exists() or not tables(demo)
    return not tables(demo)


def tables(demo: Demo) -> list[tuple[Any, ...]]:
    """The names of the tables of `demo`."""
    if demo.database:
        return demo.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return demo.rows("SELECT name FROM sqlite_master WHERE type = 'table'")


def outcomes(demo: Demo) -> Any:
    """Every figure of a year with its digest."""
    done = keepwell(demo, "outcomes", "--year", "2023", "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def goes_on_counting(demo: Demo) -> None:
    """A new row gets a key that no row has; a new token shows it."""
    done = keepwell(demo, "token", "ada")
    assert done.returncode == 0, done.stderr


def write(demo: Demo, statement: str) -> None:
    """Do one statement in the database of `demo`."""
    if demo.database:
        with psycopg.connect(demo.url) as connection:
            connection.execute(statement.encode())
        return
    with sqlite3.connect(demo.folder / "keepwell.sqlite3") as file:
        file.execute(statement)
