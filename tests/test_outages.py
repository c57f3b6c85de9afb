"""The database goes away under load, or the disk is full: people are told, nothing is half written, and all goes on
by itself."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import clusters, disks, machine
from tests.running import KEEPWELL, ROOT, Demo, Site, free_port

FOUND = ("found", "--code", "ACME", "--name", "Acme", "--country", "TW", "--time-zone", "Asia/Taipei", "--since",
         "2019-01-01", "--administrator", "Ada Lin", "--number", "A0000001", "--sign-in", "ada")  # fmt: skip
PATIENCE_SECONDS = 90
RECOVERY_SECONDS = 10
MOST_ANSWERS = 100_000


@dataclass(frozen=True)
class Plain(Demo):
    """An installation with a group and its administrator, on a database named by its URL."""

    address: str = ""

    @property
    def url(self) -> str:
        return self.address

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("KEEPWELL_", "DATABASE_", "PORT"))}
        return kept | {"KEEPWELL_DATA": str(self.folder), "DATABASE_URL": self.address, "KEEPWELL_WORKERS": "2",
                       "DJANGO_SETTINGS_MODULE": "keepwell.config.settings"}  # fmt: skip

    def founded(self) -> str:
        """Make the tables and the group; a token of the administrator."""
        for words in (("migrate",), FOUND):
            self.patiently(*words)
        return self.patiently("token", "ada").strip()

    def patiently(self, *words: str) -> str:
        """What a command prints that must go well."""
        done = subprocess.run([*KEEPWELL, *words], env=self.environment, cwd=ROOT, capture_output=True, text=True,
                              timeout=10 * PATIENCE_SECONDS)  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def serving(plain: Plain) -> Iterator[Site]:
    """`plain` behind a server with two processes."""
    site = Site(plain, free_port())
    environment = plain.environment | {"KEEPWELL_URL": site.url, "PORT": str(site.port)}
    log = (plain.folder / "server.log").open("wb")
    server = subprocess.Popen([*KEEPWELL, "serve", "--port", str(site.port)], env=environment, cwd=ROOT,
                              stdout=log, stderr=log)  # fmt: skip
    try:
        until = time.monotonic() + 10 * PATIENCE_SECONDS
        while ask(site, "", "GET", "/readyz").status != 200:
            assert time.monotonic() < until and server.poll() is None
            time.sleep(0.2)
        yield site
    finally:
        server.terminate()
        server.wait(PATIENCE_SECONDS)
        log.close()


@dataclass
class Answer:
    """What came back: status, headers, text, and when."""

    status: int
    headers: dict[str, str]
    text: str
    at: float = field(default_factory=time.monotonic)


def ask(
    site: Site,
    token: str,
    method: str,
    path: str,
    body: Any = None,
    language: str = "en",
    kind: str = "application/json",
) -> Answer:
    """One request of its own; a body that is no bytes is sent as JSON; a connection that breaks has the status 0."""
    connection = HTTPConnection("127.0.0.1", site.port, timeout=40)
    headers = {
        "Host": f"localhost:{site.port}",
        "Accept-Language": language,
        "Content-Type": kind,
    }
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    try:
        sent = body if isinstance(body, bytes) else json.dumps(body) if body else None
        connection.request(method, path, sent, headers)
        found = connection.getresponse()
        return Answer(found.status, {k.lower(): v for k, v in found.getheaders()}, found.read().decode())
    except (OSError, HTTPException) as error:
        return Answer(0, {}, str(error))
    finally:
        connection.close()


def course(number: int) -> dict[str, Any]:
    return {"code": f"C-{number}", "name": f"Course {number}", "minutes": 5, "active_from": "2019-01-01"}


class Saving(threading.Thread):
    """Somebody who saves one course after the other."""

    def __init__(self, site: Site, token: str, first: int) -> None:
        super().__init__(daemon=True)
        self.site, self.token, self.first = site, token, first
        self.stopping, self.saved, self.answers = threading.Event(), [], []  # type: ignore[var-annotated]  # fmt: skip

    def run(self) -> None:
        number = self.first
        while not self.stopping.is_set():
            answer = ask(self.site, self.token, "POST", "/api/courses", course(number))
            self.answers.append(answer)
            if answer.status == 201:
                self.saved.append(f"C-{number}")
            number += 1
            time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.postgresql
@pytest.mark.skipif(bool(clusters.lacks()), reason=clusters.lacks() or "can be made")
class TestADatabaseThatStops:
    def test_under_load_is_told_and_comes_back_by_itself(self, tmp_path: Path) -> None:
        with clusters.cluster() as server:
            plain = Plain(tmp_path / "data", "", server.url)
            plain.folder.mkdir()
            token = plain.founded()
            with serving(plain) as site:
                savers = [Saving(site, token, n * MOST_ANSWERS) for n in range(3)]
                for saver in savers:
                    saver.start()
                for _round in range(machine.rounds(1, 10)):
                    self.stop_and_start(server, site, token, savers)
                for saver in savers:
                    saver.stopping.set()
                for saver in savers:
                    saver.join(60)
                self.nothing_is_half_written(server.url, savers)

    def stop_and_start(self, server: clusters.Cluster, site: Site, token: str, savers: list[Saving]) -> None:
        """One outage of some seconds, looked at from outside."""
        time.sleep(1.5)
        server.stop()
        time.sleep(0.5)
        page = ask(site, "", "GET", "/sign-in/", language="zh-hant")
        told = ask(site, token, "GET", "/api/courses")
        assert (page.status, told.status) == (503, 503), (page.text, told.text)
        assert (page.headers["retry-after"], told.headers["retry-after"]) == ("5", "5")
        assert "資料庫目前沒有回應" in page.text
        assert told.headers["content-type"] == "application/problem+json"
        assert ask(site, "", "GET", "/livez").status == 200
        assert ask(site, "", "GET", "/readyz").status == 503
        server.start()
        began = time.monotonic()
        while ask(site, token, "GET", "/api/courses").status != 200 or not self.saves(savers, began):
            assert time.monotonic() - began < RECOVERY_SECONDS
            time.sleep(0.1)
        assert ask(site, "", "GET", "/readyz").status == 200

    def saves(self, savers: list[Saving], since: float) -> bool:
        """Whether every saver saved something after `since`."""
        return all(any(a.status == 201 and a.at > since for a in saver.answers) for saver in savers)

    def nothing_is_half_written(self, url: str, savers: list[Saving]) -> None:
        """What was acknowledged is there, each with its change, and no change without its course."""
        statuses = {answer.status for saver in savers for answer in saver.answers}
        assert statuses <= {201, 503, 0}, statuses
        assert 503 in statuses
        with psycopg.connect(url) as connection:
            there = {code for (code,) in connection.execute("SELECT code FROM awareness_course")}
            ids = "SELECT id FROM awareness_course"
            changes = "SELECT record_id FROM history_change WHERE record_type = 'awareness.course'"
            assert connection.execute(f"({ids}) EXCEPT ({changes})".encode()).fetchall() == []
            assert connection.execute(f"({changes}) EXCEPT ({ids})".encode()).fetchall() == []
        assert {code for saver in savers for code in saver.saved} - there == set()


@pytest.mark.sqlite
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make a small disk")
class TestAFullDisk:
    @pytest.fixture
    def small(self, tmp_path: Path) -> Iterator[Path]:
        """A disk of 16 MB."""
        folder = tmp_path / "small"
        folder.mkdir()
        with disks.small(folder, 16):
            yield folder

    def test_refuses_to_save_and_goes_on_reading(self, small: Path) -> None:
        plain = Plain(small / "data", "", "")
        plain.folder.mkdir()
        token = plain.founded()
        with serving(plain) as site:
            assert ask(site, token, "POST", "/api/courses", course(1)).status == 201
            with disks.full(small):
                refused = [ask(site, token, "POST", "/api/courses", course(n)) for n in range(2, 40)][-1]
                assert refused.status == 507, refused.text
                assert "The disk is full. Reading goes on" in json.loads(refused.text)["detail"]
                found = json.loads(ask(site, token, "GET", "/api/courses").text)
                assert ask(site, "", "GET", "/sign-in/").status == 200
                assert ask(site, "", "GET", "/livez").status == 200
                ready = ask(site, "", "GET", "/readyz")
                assert (ready.status, json.loads(ready.text)["writes"]) == (200, "refused")
            assert ask(site, token, "POST", "/api/courses", course(99)).status == 201
            assert json.loads(ask(site, token, "GET", "/api/courses").text) != found
            assert "writes" not in json.loads(ask(site, "", "GET", "/readyz").text)
        assert plain.rows("PRAGMA integrity_check") == [("ok",)]
        assert plain.rows("SELECT count(*) FROM awareness_course")[0] == plain.rows(
            "SELECT count(*) FROM history_change WHERE record_type = 'awareness.course'")[0]  # fmt: skip
