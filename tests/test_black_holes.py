"""The network to the database swallows everything in the middle of a statement: who waits is told in bounded time, who
is gone holds nothing up, and all goes on by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from keepwell.config.databases import database
from tests import clusters, machine
from tests.clusters import Cluster
from tests.holes import Wire, wire
from tests.running import Site
from tests.test_outages import MOST_ANSWERS, RECOVERY_SECONDS, Answer, Plain, Saving, ask, serving

GIVEN_UP_SECONDS = 20
"""Within which everybody who waits for an answer of the database has given up, and the database has given up on them."""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgresql,
    pytest.mark.skipif(bool(clusters.lacks()), reason=clusters.lacks() or "can be made"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with clusters.cluster() as made:
        yield made


@pytest.fixture
def hole(server: Cluster) -> Iterator[Wire]:
    with wire(server.port) as made:
        yield made


def url(wire: Wire) -> str:
    return f"postgresql://{clusters.USER}@127.0.0.1:{wire.port}/keepwell"


def connected(wire: Wire) -> psycopg.Connection[Any]:
    """A connection through `wire`, set as those of Keepwell are."""
    told = database(url(wire), folder=Path())
    return psycopg.connect(
        host=told["HOST"], port=told["PORT"], user=told["USER"], dbname=told["NAME"], **told["OPTIONS"]
    )


class TestAHoleInTheNetwork:
    def test_ends_a_statement_whose_words_arrive_nowhere(self, hole: Wire) -> None:
        with connected(hole) as connection:
            connection.execute("SELECT 1")
            hole.swallow()
            began = time.monotonic()
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
            assert time.monotonic() - began < GIVEN_UP_SECONDS

    def test_ends_a_statement_whose_answer_arrives_nowhere(self, hole: Wire) -> None:
        with connected(hole) as connection:
            threading.Timer(0.5, hole.swallow).start()
            began = time.monotonic()
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT pg_sleep(2)")
            assert time.monotonic() - began < GIVEN_UP_SECONDS

    def test_leaves_no_lock_with_whoever_is_gone(self, hole: Wire, server: Cluster) -> None:
        server.rows("CREATE TABLE IF NOT EXISTS held (id int)")
        with connected(hole) as connection:
            connection.execute("LOCK TABLE held IN ACCESS EXCLUSIVE MODE")
            hole.swallow()
            began = time.monotonic()
            server.rows("SET lock_timeout = '60s'; INSERT INTO held VALUES (1)")
            assert time.monotonic() - began < GIVEN_UP_SECONDS
            connection.close()

    def test_under_load_is_told_and_all_goes_on_when_it_closes(
        self, hole: Wire, server: Cluster, tmp_path: Path
    ) -> None:
        plain = Plain(tmp_path / "data", "", url(hole))
        plain.folder.mkdir()
        token = plain.founded()
        with serving(plain) as site:
            savers = [Saving(site, token, n * MOST_ANSWERS) for n in range(3)]
            for saver in savers:
                saver.start()
            for round_ in range(machine.rounds(1, 6)):
                self.opens_and_closes(
                    hole, site, token, savers, seconds=(GIVEN_UP_SECONDS, 7, 13)[round_ % 3]
                )
            for saver in savers:
                saver.stopping.set()
            for saver in savers:
                saver.join(60)
            self.nothing_is_lost(server, savers)

    def opens_and_closes(
        self, hole: Wire, site: Site, token: str, savers: list[Saving], *, seconds: float
    ) -> None:
        """A hole of so many seconds, looked at from outside."""
        time.sleep(1.5)
        hole.swallow()
        began, found = time.monotonic(), list[Answer]()
        reader = threading.Thread(target=lambda: found.append(ask(site, token, "GET", "/api/courses")))
        reader.start()
        time.sleep(seconds)
        hole.pass_on()
        closed = time.monotonic()
        while not all(any(a.status == 201 and a.at > closed for a in saver.answers) for saver in savers):
            assert time.monotonic() - closed < RECOVERY_SECONDS
            time.sleep(0.1)
        reader.join(GIVEN_UP_SECONDS)
        assert found, "somebody waits for ever"
        assert found[0].status == 503 or seconds < GIVEN_UP_SECONDS, found[0].status
        assert found[0].at - began < GIVEN_UP_SECONDS + RECOVERY_SECONDS
        assert ask(site, "", "GET", "/readyz").status == 200

    def nothing_is_lost(self, server: Cluster, savers: list[Saving]) -> None:
        """What was acknowledged is there, each with its change."""
        there = {code for (code,) in server.rows("SELECT code FROM awareness_course")}
        assert {code for saver in savers for code in saver.saved} - there == set()
        assert {answer.status for saver in savers for answer in saver.answers} <= {201, 503, 0}
        told = "SELECT record_id FROM history_change WHERE record_type = 'awareness.course'"
        assert server.rows(f"(SELECT id FROM awareness_course) EXCEPT ({told})") == []
        assert server.rows(f"({told}) EXCEPT (SELECT id FROM awareness_course)") == []
