"""What tests of a running site share: the small demo group, or an installation with fewer rows, each loaded once a run
and copied for whoever changes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import few as fewer
from tests import machine, running
from tests.running import Demo, Site


@pytest.fixture(scope="session")
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The small demo group; nobody changes it."""
    with running.loaded(running.shared_folder(request, tmp_path_factory) / "demo") as demo:
        yield demo


@pytest.fixture(scope="session")
def few(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """An installation with few rows; nobody changes it."""
    with running.loaded(running.shared_folder(request, tmp_path_factory) / "few", fewer.load) as demo:
        yield demo


@pytest.fixture(scope="session")
def many(request: pytest.FixtureRequest) -> Demo:
    """What is the demo group under `make soak`, and an installation with few rows otherwise; nobody changes it."""
    found: Demo = request.getfixturevalue(machine.rounds("few", "demo"))
    return found


@pytest.fixture(scope="module")
def own_site(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the demo group for the tests of one file."""
    folder: Path = tmp_path_factory.mktemp("site")
    with running.copied(demo, folder) as copy, running.served(copy) as site:
        yield site


@pytest.fixture(scope="class")
def site(request: pytest.FixtureRequest, own_site: Site) -> Site:
    """The same as `self.site` of the test's class."""
    if request.cls is not None:
        request.cls.site = own_site
    return own_site
