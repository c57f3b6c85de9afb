"""kill -9 of the whole server while files are brought in and records saved: what was acknowledged is there, nothing is
there twice, and a file is in whole or not at all."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest

from keepwell.platform.registers.tests.deliveries import HEADINGS, hire
from tests import machine
from tests.forked import wait_until_alone
from tests.importing import House, Importer, killed, look, send_again, table
from tests.running import KEEPWELL, ROOT, Demo, Site, copied, free_port, wait_until_ready
from tests.test_outages import MOST_ANSWERS, Answer, Saving

pytestmark = pytest.mark.both
LONGEST_SECONDS = 2.5


class People(Importer):
    name, kind, count = "people", "people.person", 400

    def send(self, house: House, number: int) -> Answer:
        rows = [hire(number * self.count + row, number=f"S{number}-{row}") for row in range(self.count)]
        return house.form("/api/people/bring-in", {}, ("people.csv", table(HEADINGS, rows)))

    def records(self, number: int) -> str:
        return f"SELECT id, version, number AS name FROM people_person WHERE number LIKE 'S{number}-%'"


class Whole:
    """A server with a worker beside it, all of whose processes are killed together."""

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
            begun = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
        wait_until_ready(site, begun)
        return begun

    def kill(self) -> None:
        """As if the machine failed: every process at once, none of which can tidy up."""
        with suppress(psutil.NoSuchProcess):
            server = psutil.Process(self.process.pid)
            for one in (server, *server.children(recursive=True)):
                one.kill()
        self.process.wait()
        wait_until_alone(self.site.demo)

    def again(self) -> None:
        self.process = self.start(self.site)


@pytest.fixture
def house(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The demo group behind a server that may be killed, and a token of Ada's."""
    with copied(demo, tmp_path_factory.mktemp("killed")) as copy:
        token = copy.keepwell("token", "ada").stdout.decode().strip()
        server = Whole(Site(copy, free_port()))
        try:
            yield House(server, token)
        finally:
            server.kill()


@pytest.mark.slow
def test_loses_and_doubles_nothing(house: House) -> None:
    server, people, draw = house.server, People(), random.Random("people")
    assert isinstance(server, Whole)
    saver = Saving(server.site, house.ada, MOST_ANSWERS)
    saver.start()
    for number in range(machine.rounds(3, 40)):
        told = killed(house, people, number, after=draw.uniform(0.05, LONGEST_SECONDS))
        look(house, people, number, told)
        server.again()
        send_again(house, people, number)
    saver.stopping.set()
    saver.join(60)
    saved = house.demo.rows("SELECT code FROM awareness_course WHERE code LIKE 'C-1%'")
    assert saver.saved and {(code,) for code in saver.saved} <= set(saved), "what was acknowledged is lost"
    assert len(saved) == len(set(saved))
    courses, told_of = (
        "SELECT id FROM awareness_course",
        "SELECT record_id FROM history_change WHERE verb = 'course.create'",
    )
    assert (
        house.demo.rows(f"{courses} EXCEPT {told_of}") == house.demo.rows(f"{told_of} EXCEPT {courses}") == []
    )
    assert house.demo.keepwell("trail", "verify").returncode == 0
