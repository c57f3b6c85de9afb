"""Three machines, of which the database's fails: a synchronous standby has all that was acknowledged, and takes over."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import clusters
from tests.clusters import Cluster
from tests.test_outages import MOST_ANSWERS, RECOVERY_SECONDS, Plain, Saving, ask, course, serving

STANDBY = "standby1"
WAITED_SECONDS = 3.0
pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgresql,
    pytest.mark.skipif(bool(clusters.lacks()), reason=clusters.lacks() or "can be made"),
]


@contextmanager
def two_servers() -> Iterator[tuple[Cluster, Cluster]]:
    """A server whose commits wait for its standby, as docs/operations/deploy.md sets both up, and that standby."""
    with clusters.cluster() as primary, clusters.standby_of(primary, f"-c cluster_name={STANDBY}") as standby:
        primary.rows(f"ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 ({STANDBY})'")
        primary.rows("SELECT pg_reload_conf()")
        until = time.monotonic() + RECOVERY_SECONDS
        while primary.rows("SELECT sync_state FROM pg_stat_replication") != [("sync",)]:
            assert time.monotonic() < until
            time.sleep(0.1)
        yield primary, standby


def both(primary: Cluster, standby: Cluster) -> str:
    """The URL of whichever of the two is writable."""
    hosts = ",".join(f"127.0.0.1:{one.port}" for one in (primary, standby))
    return f"postgresql://{clusters.USER}@{hosts}/keepwell?target_session_attrs=read-write"


class TestASynchronousStandby:
    def test_takes_over_with_all_that_was_acknowledged(self, tmp_path: Path) -> None:
        with two_servers() as (primary, standby):
            plain = Plain(tmp_path / "data", "", both(primary, standby))
            plain.folder.mkdir()
            token = plain.founded()
            with serving(plain) as site:
                savers = [Saving(site, token, n * MOST_ANSWERS) for n in range(3)]
                for saver in savers:
                    saver.start()
                self.a_save_waits_for_a_standby_that_is_away(standby, savers)
                primary.stop()
                assert ask(site, token, "GET", "/api/courses").status == 503
                standby.do("pg_ctl", "-D", str(standby.folder / "data"), "-w", "promote")
                began = time.monotonic()
                # Its own commits wait for nobody: the name of a standby stands in the file of the one that is gone.
                standby.rows("ALTER SYSTEM RESET synchronous_standby_names")
                standby.rows("SELECT pg_reload_conf()")
                while not all(
                    saver.answers[-1].status == 201 and saver.answers[-1].at > began for saver in savers
                ):
                    assert time.monotonic() - began < RECOVERY_SECONDS
                    time.sleep(0.1)
                for saver in savers:
                    saver.stopping.set()
                for saver in savers:
                    saver.join(60)
                there = {code for (code,) in standby.rows("SELECT code FROM awareness_course")}
                assert {code for saver in savers for code in saver.saved} - there == set()
                assert {answer.status for saver in savers for answer in saver.answers} <= {201, 503, 0}
                assert ask(site, token, "POST", "/api/courses", course(9 * MOST_ANSWERS)).status == 201

    def a_save_waits_for_a_standby_that_is_away(self, standby: Cluster, savers: list[Saving]) -> None:
        """Nothing is acknowledged that one disk alone has, nobody is refused, and all goes on when it is back."""
        self.until_all_save(savers, time.monotonic())
        standby.stop()
        time.sleep(0.5)
        saved = [len(saver.saved) for saver in savers]
        time.sleep(WAITED_SECONDS)
        assert [len(saver.saved) for saver in savers] == saved
        standby.start()
        self.until_all_save(savers, time.monotonic())

    def until_all_save(self, savers: list[Saving], since: float) -> None:
        while not all(any(a.status == 201 and a.at > since for a in saver.answers) for saver in savers):
            assert time.monotonic() - since < 3 * RECOVERY_SECONDS
            time.sleep(0.1)
