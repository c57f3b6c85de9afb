"""Which tests run on which database: each drive in a browser on one of them (ADR 84)."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import pytest
from _pytest.mark.structures import get_unpacked_marks
from django.test import SimpleTestCase

from conftest import is_of_the_other
from tests.browsing import Browsing
from tests.running import ROOT


def drives() -> Iterator[type[Browsing]]:
    """Every class that drives a browser and has tests."""
    for path in sorted((ROOT / "tests").glob("test_*.py")):
        if "tests.browsing" in path.read_text(encoding="utf-8") or path.name.startswith("test_drive"):
            import_module(f"tests.{path.stem}")
    left = [Browsing]
    while left:
        one = left.pop()
        left += one.__subclasses__()
        if any(name.startswith("test_") for name in dir(one)):
            yield one


def runs_on(marks: set[str]) -> list[str]:
    """The runs that have what is marked so."""
    databases = {"SQLite": False, "PostgreSQL": True}
    return [name for name, on in databases.items() if not is_of_the_other(marks, on_postgresql=on)]


@pytest.mark.sqlite
class Drives(SimpleTestCase):
    def test_run_on_one_database_each(self) -> None:
        found = {f"{one.__module__}.{one.__name__}": runs_on({mark.name for mark in get_unpacked_marks(one)})
                 for one in drives()}  # fmt: skip
        self.assertGreater(len(found), 15)
        self.assertEqual({name: on for name, on in found.items() if len(on) != 1}, {})
        self.assertEqual(found["tests.test_drive.SigningIn"], ["SQLite"])
        for walk in ("tests.test_drive_night.InEnglish", "tests.test_drive_year.InChinese"):
            self.assertEqual(found[walk], ["PostgreSQL"])

    def test_run_on_both_unless_they_are_marked(self) -> None:
        self.assertEqual(runs_on({"chromium", "slow"}), ["SQLite", "PostgreSQL"])
