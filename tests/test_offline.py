"""R28: with the network cut, everything starts, every page answers, every job and command does its work, and nothing
even tries to reach the outside but the one client that is there for it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from ast import literal_eval
from collections.abc import Iterator
from typing import Any

import pytest

from tests import offline
from tests.running import ROOT, Demo, copy_folder

PATIENCE_SECONDS = 600
HERE = ("127.0.0.1", "::1", "localhost", "None", "/")


@pytest.fixture(scope="module")
def day(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What came of a day without network."""
    folder = tmp_path_factory.mktemp("offline") / "data"
    copy_folder(demo, folder)
    done = subprocess.run([*offline.alone(), sys.executable, "-m", "tests.offline", str(folder)], cwd=ROOT,
                          capture_output=True, text=True, timeout=PATIENCE_SECONDS)  # fmt: skip
    assert done.returncode == 0, done.stderr
    yield json.loads(done.stdout)
    shutil.rmtree(folder)


def outside(heard: list[str]) -> list[tuple[str, str, bool]]:
    """What was heard of places that are not this machine."""
    told = [literal_eval(line) for line in heard]
    return [one for one in told if not one[1].strip("('\"b").startswith(HERE)]


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.skipif(bool(offline.lacks()), reason=offline.lacks() or "can be made")
class TestADayWithoutNetwork:
    def test_answers_every_page(self, day: dict[str, Any]) -> None:
        assert len(day["pages"]) > 50
        # 409: a row of the trail that waits for its checkpoint says so.
        assert {path: status for path, status in day["pages"].items() if status not in (200, 409)} == {}

    def test_does_every_job(self, day: dict[str, Any]) -> None:
        assert len(day["jobs"]) > 10
        assert {name: told for name, told in day["jobs"].items() if told != "done"} == {}

    def test_runs_every_command(self, day: dict[str, Any]) -> None:
        # The doctor answers 1 where something is to be mended, as that no worker is there any more.
        well = {name: (0, 1) if name == "doctor" else (0,) for name in day["commands"]}
        assert {name: told for name, told in day["commands"].items() if told[0] not in well[name]} == {}
        assert day["commands"]["doctor"][1] == ""

    def test_tries_to_reach_nothing_outside(self, day: dict[str, Any]) -> None:
        assert day["unrouted"] == 0
        assert outside(day["heard"]) == []

    def test_would_have_been_noticed_trying(self, day: dict[str, Any]) -> None:
        """The control: what the one client asks for is counted, and told to be the client's."""
        said, unrouted, heard = day["control"]
        assert said == "unreachable"
        assert unrouted > 0
        assert [house for _event, _where, house in outside(heard)] != []
        assert all(house for _event, _where, house in outside(heard))
