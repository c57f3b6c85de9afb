"""What every test run obeys: what a machine lacks is said loudly, and in CI it is a failure."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from _pytest.terminal import TerminalReporter
from django.utils import translation

from tests import machine

IN_CI = os.environ.get("CI", "") not in ("", "0", "false")
ON_POSTGRESQL = os.environ.get("DATABASE_URL", "").startswith("postgres")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what belongs to the other database; skip what needs a browser where there is none."""
    other = "sqlite" if ON_POSTGRESQL else "postgresql"
    foreign = [item for item in items if item.get_closest_marker(other)]
    if foreign:
        config.hook.pytest_deselected(items=foreign)
        items[:] = [item for item in items if not item.get_closest_marker(other)]
    if machine.chromium() is None:
        for item in items:
            if item.get_closest_marker("chromium"):
                item.add_marker(pytest.mark.skip(reason="needs Chromium"))


@pytest.fixture(autouse=True)
def english() -> None:
    """Every test begins in English: a page asked for in Chinese leaves the thread speaking it."""
    translation.activate("en")


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
