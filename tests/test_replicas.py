"""Lists are read from a copy that follows the database, what decides from the database itself: tried with a real
server, a real standby that is stopped, held up and promoted, and the statements that each of them logged."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests import clusters, running
from tests.clusters import BINARIES, Cluster
from tests.running import KEEPWELL, ROOT, Demo, Site
from tests.test_outages import Plain, ask, course

LOGGED = "-c log_statement=all -c log_line_prefix=%a:"
BOUND_SECONDS = 6
PATIENCE_SECONDS = 60
OF_PEOPLE = re.compile(r'FROM "people_person".*ORDER BY')
OF_RESULTS = re.compile(r'FROM "assessment_result"')
RIGHTS = re.compile(r"people_grant|people_account|people_token|identity_session")


@dataclass(frozen=True)
class Copied(Plain):
    """The demo group on a server of its own, with replicas."""

    replicas: str = ""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "KEEPWELL_REPLICAS": self.replicas, "KEEPWELL_REPLICA_LAG_SECONDS": str(BOUND_SECONDS),
            "KEEPWELL_WORKERS": "1", "KEEPWELL_NOW": running.NOW, "KEEPWELL_METRICS_FROM": "127.0.0.1",
        }  # fmt: skip

    def doctor(self) -> dict[str, dict[str, str]]:
        """What an examination finds of the replicas, by its grade and sentence."""
        done = subprocess.run([*KEEPWELL, "doctor", "--json"], env=self.environment, cwd=ROOT, capture_output=True,
                              text=True, timeout=PATIENCE_SECONDS)  # fmt: skip
        found = json.loads(done.stdout)
        return {one["name"]: one for one in found["findings"] if one["name"].startswith("replica")}


@dataclass(frozen=True)
class Pair:
    """A site, its database, the standby, and tokens of Ada and Ben."""

    site: Site
    plain: Copied
    primary: Cluster
    standby: Cluster
    ada: str
    ben: str

    def people(self, token: str, words: str = "") -> list[str]:
        """The number of the first person who is listed, of those whom `words` are about; one, since reading on and
        on would be reading too much."""
        answer = ask(self.site, token, "GET", f"/api/people?q={words}&size=1")
        assert answer.status == 200, answer.text
        return [one["number"] for one in json.loads(answer.text)["items"]]

    def answered_by(self, token: str) -> str:
        """Which server gave the list of people: "standby" or "primary"."""
        before = len(self.primary.log), len(self.standby.log)
        self.people(token)
        here, there = self.primary.log[before[0] :], self.standby.log[before[1] :]
        assert bool(OF_PEOPLE.search(here)) != bool(OF_PEOPLE.search(there))
        return "standby" if OF_PEOPLE.search(there) else "primary"

    def until(self, is_so: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until something is so."""
        end = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < end
            time.sleep(0.3)

    def on_the_standby(self, token: str) -> None:
        """Wait until the standby has everything and is asked."""
        self.until(lambda: self.answered_by(token) == "standby")

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """Inside, the standby takes nothing new over."""
        self.standby.rows("SELECT pg_wal_replay_pause()")
        self.until(lambda: self.standby.rows("SELECT pg_get_wal_replay_pause_state()")[0][0] == "paused")
        try:
            yield
        finally:
            self.standby.rows("SELECT pg_wal_replay_resume()")


@pytest.fixture(scope="module")
def pair(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """The demo group on a server of its own with a standby, behind a site."""
    folder = tmp_path_factory.mktemp("replicas") / "data"
    running.copy_folder(demo, folder)
    with clusters.cluster(LOGGED) as primary:
        copy_into(demo, primary)
        with clusters.standby_of(primary, LOGGED) as standby:
            plain = Copied(folder, "", primary.url, standby.url)
            tokens = [plain.patiently("token", name).strip() for name in ("ada", "ben")]
            with serving(plain) as site:
                yield Pair(site, plain, primary, standby, *tokens)


def copy_into(demo: Demo, server: Cluster) -> None:
    """Bring the demo group's rows to `server`."""
    told = subprocess.run([str(BINARIES[0] / "pg_dump"), "--no-owner", "--no-privileges", demo.url],
                          capture_output=True, check=True, timeout=PATIENCE_SECONDS)  # fmt: skip
    subprocess.run([str(BINARIES[0] / "psql"), "-q", "-v", "ON_ERROR_STOP=1", server.url], input=told.stdout,
                   capture_output=True, check=True, timeout=PATIENCE_SECONDS)  # fmt: skip


@contextmanager
def serving(plain: Copied) -> Iterator[Site]:
    """`plain` behind a server."""
    site = Site(plain, running.free_port())
    environment = plain.environment | {"KEEPWELL_URL": site.url, "PORT": str(site.port)}
    with (plain.folder / "server.log").open("wb") as log:
        server = subprocess.Popen([*KEEPWELL, "serve", "--port", str(site.port)], env=environment, cwd=ROOT,
                                  stdout=log, stderr=log)  # fmt: skip
        try:
            running.wait_until_ready(site, server)
            yield site
        finally:
            server.terminate()
            server.wait(PATIENCE_SECONDS)


@pytest.mark.slow
@pytest.mark.postgresql
@pytest.mark.skipif(bool(clusters.lacks()), reason=clusters.lacks() or "can be made")
class TestAReplica:
    def test_is_asked_for_lists_and_never_for_rights(self, pair: Pair) -> None:
        pair.on_the_standby(pair.ben)
        before = len(pair.primary.log)
        pair.people(pair.ben)
        here = pair.primary.log[before:]
        assert RIGHTS.search(here)
        assert not RIGHTS.search(pair.standby.log)

    def test_is_asked_for_the_figures_of_maturity(self, pair: Pair) -> None:
        cycle = pair.primary.rows(
            "SELECT id FROM assessment_cycle WHERE state <> 'draft' ORDER BY year DESC LIMIT 1"
        )[0][0]
        pair.on_the_standby(pair.ada)
        before = len(pair.primary.log), len(pair.standby.log)
        answer = ask(pair.site, pair.ada, "GET", f"/api/cycles/{cycle}/heat-map")
        assert answer.status == 200, answer.text
        assert json.loads(answer.text)["rows"]
        assert not OF_RESULTS.search(pair.primary.log[before[0] :])
        assert OF_RESULTS.search(pair.standby.log[before[1] :])

    def test_shows_nothing_more_by_a_grant_that_was_ended(self, pair: Pair) -> None:
        far = given_far_away(pair)
        pair.until(lambda: pair.people(pair.ben, far) == [far])
        pair.on_the_standby(pair.ben)
        with pair.held_up():
            pair.primary.rows(f"UPDATE people_grant SET until = since WHERE {FAR}")
            assert pair.standby.rows(f"SELECT 1 FROM people_grant WHERE {FAR} AND until IS NULL")
            assert pair.answered_by(pair.ben) == "standby"
            assert pair.people(pair.ben, far) == []
            assert pair.people(pair.ben)
        pair.on_the_standby(pair.ben)
        assert pair.people(pair.ben, far) == []

    def test_shows_a_person_what_they_wrote_before(self, pair: Pair) -> None:
        pair.on_the_standby(pair.ada)
        pair.on_the_standby(pair.ben)
        with pair.held_up():
            made = ask(pair.site, pair.ada, "POST", "/api/courses", course(1))
            assert made.status == 201, made.text
            assert '"C-1"' in ask(pair.site, pair.ada, "GET", "/api/courses?size=200").text
            assert pair.answered_by(pair.ada) == "primary"
            assert pair.answered_by(pair.ben) == "standby"
        pair.on_the_standby(pair.ada)
        assert '"C-1"' in ask(pair.site, pair.ada, "GET", "/api/courses?size=200").text

    def test_that_is_too_far_behind_is_left_aside_until_it_has_caught_up(self, pair: Pair) -> None:
        pair.on_the_standby(pair.ben)
        with pair.held_up():
            pair.primary.rows("UPDATE people_person SET version = version WHERE number = 'A0000001'")
            began = time.monotonic()
            pair.until(lambda: pair.answered_by(pair.ben) == "primary", 2 * BOUND_SECONDS)
            assert time.monotonic() - began > BOUND_SECONDS - 2
            assert pair.plain.doctor()["replica1"]["grade"] == "warning"
            assert "bytes behind" in pair.plain.doctor()["replica1"]["found"]
            assert measures(pair)["keepwell_replica_behind_bytes"] > 0
            assert measures(pair)["keepwell_replica_up"] == 0
        pair.on_the_standby(pair.ben)
        assert pair.plain.doctor()["replica1"]["grade"] == "good"
        assert measures(pair)["keepwell_replica_up"] == 1

    def test_that_is_stopped_keeps_nobody_waiting_and_is_asked_again(self, pair: Pair) -> None:
        pair.on_the_standby(pair.ben)
        pair.standby.stop()
        began = time.monotonic()
        assert pair.people(pair.ben) and pair.people(pair.ben)
        assert time.monotonic() - began < 5
        assert "does not answer" in pair.plain.doctor()["replica1"]["found"]
        assert measures(pair) == {"keepwell_replica_up": 0}
        pair.standby.start()
        pair.on_the_standby(pair.ben)

    def test_that_was_promoted_is_asked_no_more(self, pair: Pair) -> None:
        pair.on_the_standby(pair.ben)
        pair.standby.do("pg_ctl", "-D", str(pair.standby.folder / "data"), "-w", "promote")
        pair.until(lambda: pair.answered_by(pair.ben) == "primary", 5)
        found = pair.plain.doctor()["replica1"]
        assert found["grade"] == "bad"
        assert "follows no other server" in found["found"]


FAR = "role = 'site_officer' AND unit_id <> (SELECT id FROM tree_unit WHERE code = 'KHH1')"


def given_far_away(pair: Pair) -> str:
    """Let Ben have at another site what he has at his own; returns the number of somebody there."""
    unit, number = pair.primary.rows(
        "SELECT u.id, p.number FROM tree_unit u JOIN people_person p ON p.unit_id = u.id"
        " WHERE u.kind = 'site' AND u.code <> 'KHH1' ORDER BY p.number LIMIT 1"
    )[0]
    new = f"jsonb_build_object('id', gen_random_uuid(), 'unit_id', '{unit}')"
    pair.primary.rows(
        f"INSERT INTO people_grant SELECT (jsonb_populate_record(g, {new})).* FROM people_grant g"  # noqa: S608
        " WHERE person_id = (SELECT person_id FROM people_account WHERE sign_in_name = 'ben') LIMIT 1"
    )
    return str(number)


def measures(pair: Pair) -> dict[str, float]:
    """What /metrics tells of the replica."""
    told = ask(pair.site, "", "GET", "/metrics").text
    lines = re.findall(r'^(keepwell_replica_\w+)\{replica="replica1"\} (\S+)$', told, re.M)
    return {name: float(value) for name, value in lines}
