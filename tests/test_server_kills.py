"""kill -9 of the whole server while files are brought in and records saved: what was acknowledged is there, nothing is
there twice, and a file is in whole or not at all."""

from __future__ import annotations

import csv
import io
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest

from keepwell.platform.registers.tests.deliveries import HEADINGS, hire
from tests import machine
from tests.running import KEEPWELL, ROOT, Demo, Site, copied, free_port, wait_until_ready
from tests.test_outages import MOST_ANSWERS, Answer, Saving, ask

pytestmark = pytest.mark.both
ROWS = 400
LONGEST_SECONDS = 2.5
BORDER = "the-border-of-the-test"


@dataclass(frozen=True)
class Importer:
    """A register that takes files: its rows in round `number`, and the SQL that counts them."""

    slug: str
    headings: tuple[str, ...]
    kind: str
    table: str
    column: str

    def rows(self, number: int) -> list[list[str]]:
        """The rows of one file; no two rounds have one in common."""
        named = [f"S{number}-{row}" for row in range(ROWS)]
        if self.slug == "people":
            return [hire(number * ROWS + row, number=name) for row, name in enumerate(named)]
        return [[name, f"Course {name}", "5", "2019-01-01"] for name in named]

    def counts(self, demo: Demo, number: int) -> tuple[int, int, int]:
        """How many of the rows of that round are there, how many records those are, how many changes tell of them."""
        which = f"FROM {self.table} WHERE {self.column} LIKE 'S{number}-%'"
        ((there, records),) = demo.rows(f"SELECT count(*), count(DISTINCT {self.column}) {which}")
        told = f"SELECT count(*) FROM history_change WHERE record_type = '{self.kind}' AND record_id IN (SELECT id {which})"
        return there, records, demo.rows(told)[0][0]


IMPORTERS = (
    Importer("people", HEADINGS, "people.person", "people_person", "number"),
    Importer(
        "courses", ("code", "name", "minutes", "active_from"), "awareness.course", "awareness_course", "code"
    ),
)


class Server:
    """A server with a worker beside it, in a group of processes that is killed together."""

    def __init__(self, site: Site) -> None:
        self.site, self.process = site, self.start(site)

    @staticmethod
    def start(site: Site) -> subprocess.Popen[bytes]:
        command = [*KEEPWELL, "serve", "--port", str(site.port), "--with-worker"]
        environment = site.demo.environment | {
            "KEEPWELL_URL": site.url,
            "PORT": str(site.port),
            "KEEPWELL_LEASE_SECONDS": "1",
        }
        with (site.demo.folder / "server.log").open("ab") as log:
            begun = subprocess.Popen(
                command, env=environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        wait_until_ready(site, begun)
        return begun

    def kill(self) -> None:
        """As if the machine failed: every process at once, none of which can tidy up."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def again(self) -> None:
        self.process = self.start(self.site)


@pytest.fixture
def house(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """The demo group behind a server that may be killed, and a token of Ada's."""
    with copied(demo, tmp_path_factory.mktemp("killed")) as copy:
        token = copy.keepwell("token", "ada").stdout.decode().strip()
        server = Server(Site(copy, free_port()))
        try:
            yield server, token
        finally:
            server.kill()


def brought(site: Site, token: str, importer: Importer, number: int) -> Answer:
    """The answer to one file of `importer`; status 0 if the server went away."""
    out = io.StringIO()
    csv.writer(out).writerows([importer.headings, *importer.rows(number)])
    head = f'--{BORDER}\r\nContent-Disposition: form-data; name="file"; filename="file.csv"\r\n\r\n'
    body = f"{head}{out.getvalue()}\r\n--{BORDER}--\r\n".encode()
    return ask(site, token, "POST", f"/api/{importer.slug}/bring-in", body,
               kind=f"multipart/form-data; boundary={BORDER}")  # fmt: skip


@contextmanager
def bringing(site: Site, token: str, importer: Importer, number: int) -> Iterator[list[Answer]]:
    """Somebody brings a file in while something happens to the server; what they were answered."""
    answers: list[Answer] = []
    hand = threading.Thread(target=lambda: answers.append(brought(site, token, importer, number)))
    hand.start()
    yield answers
    hand.join(60)


@pytest.mark.slow
@pytest.mark.parametrize("importer", IMPORTERS, ids=lambda importer: importer.slug)
def test_loses_and_doubles_nothing(house: tuple[Server, str], importer: Importer) -> None:
    server, token = house
    site, draw = server.site, random.Random(importer.slug)
    saver = Saving(site, token, MOST_ANSWERS)
    saver.start()
    for number in range(machine.rounds(3, 40)):
        with bringing(site, token, importer, number) as answers:
            time.sleep(draw.uniform(0.05, LONGEST_SECONDS))
            server.kill()
        there = importer.counts(site.demo, number)
        assert there in ((0, 0, 0), (ROWS, ROWS, ROWS)), "half a file is in"
        assert not answers or answers[0].status != 200 or there[0] == ROWS, "what was acknowledged is lost"
        server.again()
        assert brought(site, token, importer, number).status == 200
        assert importer.counts(site.demo, number) == (ROWS, ROWS, ROWS)
    saver.stopping.set()
    saver.join(60)
    saved = site.demo.rows("SELECT code FROM awareness_course WHERE code LIKE 'C-1%'")
    assert saver.saved and {(code,) for code in saver.saved} <= set(saved), "what was acknowledged is lost"
    assert len(saved) == len(set(saved))
    courses, told = (
        "SELECT id FROM awareness_course",
        "SELECT record_id FROM history_change WHERE verb = 'course.create'",
    )
    assert site.demo.rows(f"{courses} EXCEPT {told}") == site.demo.rows(f"{told} EXCEPT {courses}") == []
    assert site.demo.keepwell("trail", "verify").returncode == 0
