"""A proxy between Keepwell and its database takes every word and hands on no answer: TCP sees nothing wrong, so whoever
waits must give up by themselves. They are told in bounded time, and all goes on once answers come again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from keepwell.config.databases import SILENT_MILLISECONDS, database
from keepwell.config.postgresql.base import LOOK_SECONDS, DatabaseWrapper
from tests import clusters
from tests.clusters import Cluster
from tests.holes import Wire, wire
from tests.running import Site
from tests.test_black_holes import url
from tests.test_outages import MOST_ANSWERS, RECOVERY_SECONDS, Answer, Plain, Saving, ask, serving
from tests.test_outages_at_work import OWN, ROWS, House, worked

SHORT_SECONDS = 2
STATEMENT_SECONDS = 3
GIVEN_UP_SECONDS = STATEMENT_SECONDS + SILENT_MILLISECONDS / 1_000
CONNECT_SECONDS = 3
BUSY_SECONDS = 5
"""What a machine that is busy may add."""
DRIPS = "SELECT pg_sleep(0.4), repeat(md5(random()::text), 1000) FROM generate_series(1, 10)"
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
def proxy(server: Cluster) -> Iterator[Wire]:
    with wire(server.port) as made:
        yield made


@pytest.fixture
def connection(unblocked: None, proxy: Wire) -> Iterator[DatabaseWrapper]:
    """A connection of Keepwell's through the proxy, but less patient."""
    told = database(url(proxy), folder=Path()) | {"PATIENCE_SECONDS": SHORT_SECONDS}
    made = ConnectionHandler({"default": told})["default"]
    made.inc_thread_sharing()
    made.ensure_connection()
    yield made
    made.close()


def asked(connection: DatabaseWrapper, statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def given_up(connection: DatabaseWrapper, statement: str) -> float:
    """After how many seconds somebody who asks is told that nothing comes."""
    began = time.monotonic()
    with pytest.raises(OperationalError, match="nothing was heard of the database"):
        asked(connection, statement)
    return time.monotonic() - began


@pytest.fixture
def unblocked(django_db_blocker: Any) -> Iterator[None]:
    """The databases of these tests are none of Django's."""
    with django_db_blocker.unblock():
        yield


@pytest.mark.usefixtures("unblocked")
class TestAConnection:
    def test_is_given_up_when_its_answer_does_not_come(
        self, connection: DatabaseWrapper, proxy: Wire
    ) -> None:
        assert asked(connection, "SELECT 1") == [(1,)]
        proxy.mute()
        assert SHORT_SECONDS <= given_up(connection, "SELECT 1") < SHORT_SECONDS + BUSY_SECONDS
        proxy.pass_on()
        connection.close_if_unusable_or_obsolete()
        assert asked(connection, "SELECT 2") == [(2,)]

    def test_is_given_up_in_the_middle_of_an_answer(self, connection: DatabaseWrapper, proxy: Wire) -> None:
        threading.Timer(1, proxy.mute).start()
        assert SHORT_SECONDS < given_up(connection, DRIPS) < 1 + SHORT_SECONDS + BUSY_SECONDS

    def test_is_kept_while_something_comes(self, connection: DatabaseWrapper) -> None:
        began = time.monotonic()
        assert len(asked(connection, DRIPS)) == 10
        assert time.monotonic() - began > 1.5 * SHORT_SECONDS

    def test_is_kept_where_the_server_may_take_its_time_too(self, connection: DatabaseWrapper) -> None:
        with connection.patient_for(inf):
            asked(connection, f"SELECT pg_sleep({2 * SHORT_SECONDS})")
        assert given_up(connection, f"SELECT pg_sleep({3 * SHORT_SECONDS})") < 3 * SHORT_SECONDS

    def test_that_was_kept_must_answer_at_once(self, connection: DatabaseWrapper, proxy: Wire) -> None:
        assert connection.is_usable()
        connection.connection.patience_seconds, connection.connection.heard_at = 10 * LOOK_SECONDS, -inf
        proxy.mute()
        began = time.monotonic()
        assert not connection.is_usable()
        assert LOOK_SECONDS <= time.monotonic() - began < LOOK_SECONDS + BUSY_SECONDS

    def test_that_just_answered_is_not_asked(self, connection: DatabaseWrapper, proxy: Wire) -> None:
        asked(connection, "SELECT 1")
        proxy.mute()
        began = time.monotonic()
        assert connection.is_usable()
        assert time.monotonic() - began < LOOK_SECONDS / 2

    def test_that_just_answered_and_was_ended_is_known_without_asking(
        self, connection: DatabaseWrapper, server: Cluster
    ) -> None:
        ((own,),) = asked(connection, "SELECT pg_backend_pid()")
        server.rows(f"SELECT pg_terminate_backend({own}, 5000)")
        assert not connection.is_usable()
        connection.close_if_unusable_or_obsolete()
        assert asked(connection, "SELECT 2") == [(2,)]

    def test_is_not_made_where_nothing_answers(self, connection: DatabaseWrapper, proxy: Wire) -> None:
        connection.close()
        proxy.mute()
        began = time.monotonic()
        with pytest.raises(OperationalError, match="timeout"):
            asked(connection, "SELECT 1")
        assert time.monotonic() - began < CONNECT_SECONDS + BUSY_SECONDS

    def test_hears_of_a_statement_that_the_server_ended_from_the_server(
        self, proxy: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("KEEPWELL_STATEMENT_SECONDS", "1")
        made = ConnectionHandler({"default": database(url(proxy), folder=Path())})["default"]
        with pytest.raises(OperationalError, match="statement timeout"):
            asked(made, "SELECT pg_sleep(5)")
        made.close()


@dataclass(frozen=True)
class Hurried(Plain):
    """An installation whose statements end after `STATEMENT_SECONDS`."""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"KEEPWELL_STATEMENT_SECONDS": str(STATEMENT_SECONDS)}


@dataclass(frozen=True)
class HurriedHouse(House):
    """The same with a worker."""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"KEEPWELL_STATEMENT_SECONDS": str(STATEMENT_SECONDS)}


class TestASilentProxy:
    def test_under_load_is_told_and_all_goes_on_when_it_speaks(
        self, proxy: Wire, server: Cluster, tmp_path: Path
    ) -> None:
        plain = Hurried(tmp_path / "data", "", url(proxy))
        plain.folder.mkdir()
        token = plain.founded()
        with serving(plain) as site:
            savers = [Saving(site, token, n * MOST_ANSWERS) for n in range(3)]
            for saver in savers:
                saver.start()
            time.sleep(1.5)
            proxy.mute()
            self.everybody_is_told(site, token, savers)
            proxy.pass_on()
            self.all_goes_on(site, savers)
        there = {code for (code,) in server.rows("SELECT code FROM awareness_course")}
        assert {code for saver in savers for code in saver.saved} - there == set()
        assert {answer.status for saver in savers for answer in saver.answers} <= {201, 503}

    def everybody_is_told(self, site: Site, token: str, savers: list[Saving]) -> None:
        """Who is in the middle of something, and who only begins, have a 503 in bounded time."""
        began, bound = time.monotonic(), GIVEN_UP_SECONDS + CONNECT_SECONDS + BUSY_SECONDS
        found = ask(site, token, "GET", "/api/courses")
        assert found.status == 503, found.text
        assert int(found.headers["retry-after"]) > 0
        assert found.at - began < bound
        while not all(self.refused_since(saver, began) for saver in savers):
            assert time.monotonic() - began < bound, "somebody waits for longer"
            time.sleep(0.1)

    @staticmethod
    def refused_since(saver: Saving, moment: float) -> list[Answer]:
        return [one for one in saver.answers if one.at > moment and one.status == 503]

    @staticmethod
    def all_goes_on(site: Site, savers: list[Saving]) -> None:
        began = time.monotonic()
        while not all(any(a.status == 201 and a.at > began for a in saver.answers) for saver in savers):
            assert time.monotonic() - began < GIVEN_UP_SECONDS + RECOVERY_SECONDS
            time.sleep(0.1)
        for saver in savers:
            saver.stopping.set()
        for saver in savers:
            saver.join(60)
        assert ask(site, "", "GET", "/readyz").status == 200

    def test_lets_a_worker_put_its_job_back_and_end_it_once(
        self, proxy: Wire, server: Cluster, tmp_path: Path
    ) -> None:
        house = HurriedHouse(tmp_path / "work" / "data", "", url(proxy), server)
        house.folder.mkdir(parents=True)
        house.backups.mkdir()
        server.rows("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        house.patiently("migrate")
        house.python("-m", OWN, "found")
        job = house.deliver("P-", ROWS)
        with worked(house):
            house.until(job, {"running"})
            time.sleep(0.7)
            proxy.mute()
            time.sleep(GIVEN_UP_SECONDS + CONNECT_SECONDS)
            proxy.pass_on()
            began = time.monotonic()
            house.until(job, {"done"})
            assert time.monotonic() - began < 60
        assert house.look("P-")["people"] == house.look("P-")["changes"] == ROWS
        assert house.asked(job)[1] == 1, "an attempt was counted"
