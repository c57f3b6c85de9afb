"""What every test run obeys: what a machine lacks is said loudly, and in CI it is a failure."""

from __future__ import annotations

import gc
import os
import sys
from collections import Counter
from collections.abc import Generator
from unittest import TestCase

import pytest
from _pytest.terminal import TerminalReporter
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation
from psycopg.conninfo import make_conninfo

from keepwell.config.stack import in_one_piece
from tests import machine

IN_CI = os.environ.get("CI", "") not in ("", "0", "false")
MOST_WORKERS = 8
ON_POSTGRESQL = os.environ.get("DATABASE_URL", "").startswith("postgres")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> object:
    """Run everything in one piece of the stack: a test lies so deep that its calls would meet the ends of many.

    What a process of a test has compiled is kept for the next one, whatever the surroundings wish.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    others = config.pluginmanager.subset_hook_caller("pytest_cmdline_main", [sys.modules[__name__]])
    return in_one_piece(others)(config=config)


def pytest_xdist_auto_num_workers() -> int:
    """A worker for each core and one more, for tests also wait: for browsers, servers, mail and days that pass; and no
    more than a server has room for databases."""
    return min((os.cpu_count() or 1) + 1, MOST_WORKERS)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what belongs to other runs; skip what needs a browser where there is none; begin with what
    takes long, so that no worker ends with it alone."""
    foreign = [item for item in items if is_foreign(item)]
    if foreign:
        config.hook.pytest_deselected(items=foreign)
        items[:] = [item for item in items if not is_foreign(item)]
    if machine.chromium() is None:
        for item in items:
            if item.get_closest_marker("chromium"):
                item.add_marker(pytest.mark.skip(reason="needs Chromium"))
    items[:] = in_turn(items)


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over what stays for the whole run, and come as seldom as in a server."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def in_turn(items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests in the order in which they begin: what takes long first. One class with the demo group lets it be loaded,
    which all others that have it must wait for; what takes long without it comes before those."""
    loading = next((scope_of(item) for item in items if has_demo(item)), "")

    def turn(item: pytest.Item) -> int:
        if has_demo(item):
            return 0 if scope_of(item) == loading else 2
        return 1 if item.get_closest_marker("slow") else 3

    return sorted(items, key=turn)


def has_demo(item: pytest.Item) -> bool:
    """Whether a test has the demo group, or a site with it."""
    return not {"demo", "own_site"}.isdisjoint(getattr(item, "fixturenames", ()))


def scope_of(item: pytest.Item) -> str:
    """The class, or the file, whose tests one worker runs."""
    return item.nodeid.rpartition("::")[0]


def is_foreign(item: pytest.Item) -> bool:
    """Whether a test is none of this run: it is of the other database, touches none, or belongs to `make soak`."""
    if item.get_closest_marker("soak") and machine.rounds(True, False):
        return True
    if is_of_the_other({mark.name for mark in item.iter_markers()}, on_postgresql=ON_POSTGRESQL):
        return True
    case = getattr(item, "cls", None)
    touches_none = (
        isinstance(case, type) and issubclass(case, TestCase) and not issubclass(case, TransactionTestCase)
    )
    has_its_own = item.get_closest_marker("usefixtures") or item.get_closest_marker("both")
    return ON_POSTGRESQL and touches_none and not has_its_own


def is_of_the_other(marks: set[str], *, on_postgresql: bool) -> bool:
    """Whether what is marked so runs on the other database alone; a mark for PostgreSQL holds before one for SQLite."""
    return not on_postgresql if "postgresql" in marks else on_postgresql and "sqlite" in marks


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:  # noqa: PT004  # pytest-django's own name
    """The database of the tests, whose tables this run alone looks after."""
    if place := postgresql_of_tests():
        machine.keep_from_tending(place)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """Once all of a class is rolled back, sweep up what it left in the tables of PostgreSQL."""
    yield
    if getattr(nextitem, "cls", None) is not getattr(item, "cls", None) and (place := postgresql_of_tests()):
        machine.sweep_up(place)


def postgresql_of_tests() -> str:
    """Where the PostgreSQL database that pytest-django made is; empty on SQLite, and before it is made."""
    told = connection.settings_dict
    if connection.vendor != "postgresql" or not str(told["NAME"]).startswith("test_"):
        return ""
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return make_conninfo(**{name: str(told[key]) for name, key in names.items() if told[key]})


@pytest.fixture(autouse=True)
def english() -> None:
    """Every test begins in English: a page asked for in Chinese leaves the thread speaking it."""
    translation.activate("en")


@pytest.fixture(autouse=True)
def own_statements() -> None:
    """Every test makes its statements itself: one before it may have changed the rules that they were made from."""
    if statements := sys.modules.get("keepwell.platform.registers.statements"):
        statements.forget()


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Count what did not run, by reason."""
    reasons = Counter(reason_of(report) for report in terminalreporter.stats.get("skipped", []))
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"NOT RUN: {count} tests, {reason}", red=True, bold=True)


def reason_of(report: pytest.TestReport) -> str:
    """Why a test was skipped, in the words of who skipped it."""
    told = report.longrepr
    return str(told[2] if isinstance(told, tuple) else told).removeprefix("Skipped: ")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test is a failed run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if IN_CI and session.exitstatus == 0 and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
