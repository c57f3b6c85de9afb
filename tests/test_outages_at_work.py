"""The database goes away while a worker has a long job in hand: nothing is lost or doubled, the worker comes back by
itself, and the job ends once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from keepwell.platform.registers.tests.deliveries import HEADINGS, hire
from tests import clusters, machine
from tests.clusters import Cluster
from tests.holes import wire
from tests.importing import table
from tests.running import KEEPWELL, ROOT
from tests.test_outages import Plain

OWN = "keepwell.platform.registers.tests.doomed"
ROWS = 3_000
MANY = 1_500
OUTAGES = 5
"""More than a job has attempts: what the database does is not counted among them."""
LEASE_SECONDS = 1
PATIENCE_SECONDS = 120
pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgresql,
    pytest.mark.skipif(bool(clusters.lacks()), reason=clusters.lacks() or "can be made"),
]
SERIES = """
import django; django.setup()
import sys
from keepwell.platform.people.models import Person
from keepwell.platform.registers import many
from keepwell.platform.registers.register import REGISTERS
people, ada = REGISTERS["people"], Person.objects.get(number="A0000001")
rows = people.rows(ada).filter(number__startswith=sys.argv[1])
told = {"field": "name", "value": "Renamed", "reason": "A test"}
print(many.begin(people, many.deed_named(people, "change"), rows, ada, answers=told, key=sys.argv[1]).job_id)
"""
BACKUP = """
import django; django.setup()
from keepwell.platform.jobs.job import enqueue
print(enqueue("keeping.back_up").pk)
"""


@dataclass(frozen=True)
class House(Plain):
    """A group whose worker's jobs are looked at by the server's own door."""

    server: Cluster | None = None

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "KEEPWELL_LEASE_SECONDS": str(LEASE_SECONDS), "KEEPWELL_BACKUP_FOLDER": str(self.backups),
        }  # fmt: skip

    @property
    def backups(self) -> Path:
        return self.folder.parent / "backups"

    def python(self, *words: str) -> str:
        """What a program of its own prints."""
        done = subprocess.run([sys.executable, *words], env=self.environment, cwd=ROOT, capture_output=True, text=True,
                              timeout=PATIENCE_SECONDS)  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def look(self, prefix: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.python("-m", OWN, "look", prefix))
        return found

    def asked(self, job: str) -> tuple[str, int, str]:
        """State, attempts and error of a job."""
        assert self.server is not None
        ((state, attempts, error),) = self.server.rows(
            f"SELECT state, attempts, error FROM jobs_job WHERE id = '{job}'"
        )
        return state, attempts, error

    def deliver(self, prefix: str, count: int) -> str:
        """The job that brings so many people in."""
        path = self.folder / "delivered.csv"
        path.write_bytes(table(HEADINGS, [hire(n, number=f"{prefix}{n}") for n in range(count)]))
        return self.python("-m", OWN, "deliver", "people", str(path))

    def until(self, job: str, states: set[str]) -> None:
        """Wait until the job is in one of `states`; one that is put back need not wait its time."""
        end = time.monotonic() + PATIENCE_SECONDS
        while (found := self.asked(job))[0] not in states:
            assert time.monotonic() < end, f"The job is {found} for too long."
            assert found[0] != "dead", found
            assert self.server is not None
            self.server.rows(f"UPDATE jobs_job SET run_after = now() WHERE id = '{job}' AND state = 'queued'")
            time.sleep(0.05)


@contextmanager
def worked(house: House) -> Iterator[subprocess.Popen[bytes]]:
    """A worker as operators start it, which must live until the end."""
    with (house.folder / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            [*KEEPWELL, "work"], env=house.environment, cwd=ROOT, stdout=log, stderr=log
        )
        try:
            yield worker
            assert worker.poll() is None, "the worker ended"
        finally:
            worker.terminate()
            worker.wait(PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with clusters.cluster() as server:
        folder = tmp_path_factory.mktemp("outages") / "data"
        made = House(folder, "", server.url, server)
        folder.mkdir()
        made.backups.mkdir()
        made.patiently("migrate")
        made.python("-m", OWN, "found")
        yield made


def stopped(server: Cluster) -> None:
    """One outage as if the power failed."""
    server.stop()
    time.sleep(0.5)
    server.start()


def outlast(house: House, job: str, outage: Callable[[], None], draw: Random) -> None:
    """Have outages at moments in which the job is in hand; then let it end."""
    with worked(house):
        for _number in range(OUTAGES):
            house.until(job, {"running", "done"})
            time.sleep(draw.uniform(0, 1))
            outage()
        house.until(job, {"done"})
    assert house.asked(job)[2] == ""


class TestAnOutage:
    def test_of_an_import_brings_everybody_in_once(self, house: House) -> None:
        assert house.server is not None
        for seed in range(machine.rounds(1, 10)):
            before = house.look(f"O{seed}-")
            job = house.deliver(f"O{seed}-", ROWS)
            outlast(house, job, lambda: stopped(house.server), Random(seed))
            assert house.look(f"O{seed}-") == before | {
                "people": ROWS, "changes": ROWS, "postings": ROWS, "delivered by": 1,
                "applied": before["applied"] + 1, "reading": 0, "staged": 0,
            }  # fmt: skip

    def test_of_a_bulk_act_does_it_once_to_each(self, house: House) -> None:
        job = house.deliver("B-", MANY)
        with worked(house):
            house.until(job, {"done"})
        series = house.python("-c", SERIES, "B-")
        outlast(house, series, lambda: stopped(house.server), Random("many"))
        rows = house.server.rows("SELECT DISTINCT name, version FROM people_person WHERE number LIKE 'B-%'")
        assert rows == [("Renamed", 2)]
        assert house.look("B-")["changes"] == 2 * MANY

    def test_of_a_backup_leaves_whole_ones_alone(self, house: House) -> None:
        job = house.python("-c", BACKUP)
        outlast(house, job, lambda: stopped(house.server), Random("backup"))
        assert list(house.backups.glob("*.part")) == []
        made = sorted(house.backups.glob("*.kwb"))
        assert made
        for one in made:
            assert "Could be restored" in house.patiently("restore", "--check", str(one))

    def test_by_a_hole_in_the_network_ends_too(self, house: House) -> None:
        assert house.server is not None
        with wire(house.server.port) as hole:
            cut_off = House(
                house.folder, "", house.url.replace(str(house.server.port), str(hole.port)), house.server
            )
            job = house.deliver("H-", ROWS)
            with worked(cut_off):
                cut_off.until(job, {"running"})
                time.sleep(0.7)
                hole.swallow()
                time.sleep(15)
                hole.pass_on()
                began = time.monotonic()
                cut_off.until(job, {"done"})
                assert time.monotonic() - began < 60
            assert house.look("H-")["people"] == house.look("H-")["changes"] == ROWS
