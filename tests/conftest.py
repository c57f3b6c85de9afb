"""What tests of a running site share: the small demo group, loaded once a run, copied for whoever changes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import running
from tests.running import Demo, Site


@pytest.fixture(scope="session")
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The small demo group; nobody changes it."""
    base = tmp_path_factory.getbasetemp()
    # Every process of a run shares the folder above its own.
    shared = base.parent if hasattr(request.config, "workerinput") else base
    with running.loaded(shared / "demo") as demo:
        yield demo


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
