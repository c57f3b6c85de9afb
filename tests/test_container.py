"""The image of `deploy/Containerfile` is built and run: it answers, works, changes nothing of itself and ends in time."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests import containers
from tests.containers import BUILD_SECONDS, PATIENCE_SECONDS, Container, Engine
from tests.running import ROOT
from tests.test_outages import FOUND
from tests.test_tools import PAPERS

NOBODY = 10001
LONGEST_STOP_SECONDS = 30
SETTINGS = "KEEPWELL_URL=https://keepwell.example.com\nKEEPWELL_BEHIND_PROXY=1\nKEEPWELL_SECRET_KEY="
SIGN_IN = """
from urllib.request import Request, urlopen
headers = {"Host": "keepwell.example.com", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
print(urlopen(Request("http://127.0.0.1:8000/sign-in/", headers=headers), timeout=30).read().decode())
"""
WHO = "print([line.split()[1:] for line in open('/proc/1/status') if line.startswith(('Uid', 'CapEff'))])"
WRITE = """
import errno
for place in ("/", "/srv/keepwell", "/etc"):
    try:
        open(f"{place}/written", "w")
    except OSError as error:
        print(errno.errorcode[error.errno])
"""
pytestmark = [
    pytest.mark.soak,
    pytest.mark.sqlite,
    pytest.mark.skipif(bool(containers.lacks()), reason=containers.lacks() or "can be run"),
]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """In a folder whose path is short: sockets lie in it."""
    folder = Path(tempfile.mkdtemp(prefix="kw"))
    made = Engine(folder)
    try:
        yield made
    finally:
        made.podman("rm", "--all", "--force", "--time", "5")
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def image(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The image, from a wheel that was built as deploy.md says."""
    house = tmp_path_factory.mktemp("house")
    shutil.copytree(
        ROOT / "keepwell", house / "keepwell", ignore=shutil.ignore_patterns("__pycache__", "tests")
    )
    shutil.copytree(ROOT / "bin", house / "bin")
    for name in PAPERS:
        shutil.copy2(ROOT / name, house / name)
    built = subprocess.run([sys.executable, "-m", "build", "--wheel"], cwd=house, capture_output=True, text=True,
                           timeout=BUILD_SECONDS)  # fmt: skip
    assert built.returncode == 0, built.stdout[-2_000:] + built.stderr[-2_000:]
    engine.built(house, "keepwell")
    return "keepwell"


@pytest.fixture(scope="module")
def founded(engine: Engine, image: str, tmp_path_factory: pytest.TempPathFactory) -> Container:
    """An installation with a group, whose folder belongs to who runs it."""
    folder = tmp_path_factory.mktemp("data")
    data, settings = folder / "data", folder / "keepwell.env"
    data.mkdir()
    shutil.chown(data, NOBODY, NOBODY)
    settings.write_text(f"{SETTINGS}{'0123456789abcdefghij' * 3}ABCDEF\n")
    made = Container(engine, image, data, settings)
    assert "migrations applied" in made.does("migrate")
    made.does(*FOUND)
    return made


@pytest.fixture(scope="module")
def served(founded: Container) -> Container:
    """The same with a server, once the image's own check finds it well."""
    founded.starts("server")
    end = time.monotonic() + PATIENCE_SECONDS
    while founded.engine.podman("healthcheck", "run", "server").returncode:
        assert time.monotonic() < end, founded.engine.podman("logs", "server").stderr[-2_000:]
        time.sleep(1)
    return founded


class TestTheImage:
    def test_says_how_it_is_run(self, engine: Engine, image: str) -> None:
        whole = engine.told_of("image", image)
        told = whole["Config"]
        assert (told["User"], told["Entrypoint"]) == (str(NOBODY), ["keepwell"])
        assert (told["StopSignal"], list(told["Volumes"])) == ("SIGTERM", ["/var/lib/keepwell"])
        assert whole["HealthCheck" if "HealthCheck" in whole else "Healthcheck"]["Test"][:2] == [
            "CMD",
            "python",
        ]

    def test_holds_the_parts_of_the_lock_and_no_other(self, served: Container) -> None:
        told = json.loads(engine_list(served))
        locked = (ROOT / "requirements.lock").read_text().lower().replace("_", "-")
        there = {f"{part['name'].lower().replace('_', '-')}=={part['version']}" for part in told}
        strangers = {part for part in there if part.split("==")[0] not in ("keepwell", "pip", "setuptools")}
        assert len(strangers) > 50
        assert {part for part in strangers if f"{part} " not in locked} == set()


class TestAServer:
    def test_shows_the_page_to_sign_in(self, served: Container) -> None:
        page = served.says("server", SIGN_IN)
        assert 'name="password"' in page

    def test_is_nobody_and_may_do_nothing_more(self, served: Container) -> None:
        assert served.says("server", WHO) == str([[str(NOBODY)] * 4, ["0" * 16]])

    def test_cannot_change_what_it_runs(self, served: Container) -> None:
        assert served.says("server", WRITE, "--user", "0").split() == ["EROFS"] * 3


class TestAWorker:
    def test_does_jobs_and_ends_when_told(self, founded: Container) -> None:
        founded.starts("worker", "work")
        end = time.monotonic() + PATIENCE_SECONDS
        while not jobs(founded, "done"):
            assert time.monotonic() < end, founded.engine.podman("logs", "worker").stderr[-2_000:]
            time.sleep(1)
        assert ends(founded, "worker") == 0
        assert (jobs(founded, "dead"), jobs(founded, "running")) == (0, 0)


class TestTheEnd:
    """Stands last: afterwards no server is there."""

    def test_of_a_server_is_clean(self, served: Container) -> None:
        assert ends(served, "server") == 0
        with closing(sqlite3.connect(served.data / "keepwell.sqlite3")) as kept:
            assert kept.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def engine_list(container: Container) -> str:
    """What pip finds in the image."""
    return container.engine.done("exec", "server", "pip", "list", "--format", "json")


def jobs(container: Container, state: str) -> int:
    with closing(sqlite3.connect(container.data / "keepwell.sqlite3", timeout=20)) as kept:
        ((count,),) = kept.execute("SELECT count(*) FROM jobs_job WHERE state = ?", [state])
        return int(count)


def ends(container: Container, name: str) -> int:
    """Tell it to end as the image says; its status, if it did so by itself in time."""
    began = time.monotonic()
    container.engine.done("stop", "--time", str(2 * LONGEST_STOP_SECONDS), name)
    assert time.monotonic() - began < LONGEST_STOP_SECONDS
    told = container.engine.told_of("container", name)["State"]
    assert told["Status"] == "exited"
    return int(told["ExitCode"])
