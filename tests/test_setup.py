"""Of which Python `bin/setup` makes the environment."""

from __future__ import annotations

import os
import runpy
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import TestCase
from unittest.mock import patch

import pytest

ROOT = Path(__file__).resolve().parents[1]
PLAIN, OPTIMIZED = "'--enable-shared' '--prefix=/home/eva/.pyenv'", "'--enable-optimizations' '--with-lto'"
pytestmark = pytest.mark.sqlite


class ThePythonOfTheEnvironment(TestCase):
    def setUp(self) -> None:
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.systems_own = Path(folder.name) / "python3"
        self.answers(0)

    def answers(self, status: int) -> None:
        """Let the system's own Python say by its status whether it will do."""
        self.systems_own.write_text(f"#!/bin/sh\nexit {status}\n")
        self.systems_own.chmod(0o755)

    def chosen(self, flags: str | None, named: str = "") -> str:
        """What is taken where `python3` was built with `flags` and the user named the Python `named`."""
        chosen = runpy.run_path(str(ROOT / "bin/setup"), run_name="setup")["chosen"]
        chosen.__globals__["SYSTEMS_OWN"] = str(self.systems_own)
        with (
            patch.dict(os.environ, {"PYTHON": named} if named else {}),
            patch.object(sysconfig, "get_config_var", return_value=flags),
        ):
            if not named:
                os.environ.pop("PYTHON", None)
            return str(chosen())

    def test_is_the_systems_own_where_ours_was_built_without_optimizations(self) -> None:
        self.assertEqual(self.chosen(PLAIN), str(self.systems_own))

    def test_is_ours_where_it_was_built_with_them(self) -> None:
        for flags in (OPTIMIZED, None):
            self.assertEqual(self.chosen(flags), sys.executable, flags)

    def test_is_ours_where_somebody_named_it(self) -> None:
        self.assertEqual(self.chosen(PLAIN, named="python3.13"), sys.executable)

    def test_is_ours_where_the_systems_own_is_too_old_or_is_not_there(self) -> None:
        self.answers(1)
        self.assertEqual(self.chosen(PLAIN), sys.executable)
        self.systems_own.unlink()
        self.assertEqual(self.chosen(PLAIN), sys.executable)
