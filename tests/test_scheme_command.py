"""`keepwell scheme` as a CISO uses it: a file in, what differs out, no database anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import SimpleTestCase

from keepwell.areas.incidents.models.library import scheme_to_edit


class Checking(SimpleTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(TemporaryDirectory()))

    def file(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)

    def keepwell(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command, with a database that nobody can reach."""
        environment = {"PATH": "/usr/bin:/bin", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
        return subprocess.run(
            [sys.executable, "-m", "keepwell.config.cli", "scheme", *arguments],
            env=environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def test_tells_what_differs_from_the_shipped_one(self) -> None:
        same = self.keepwell(self.file("same.yaml", scheme_to_edit()))
        self.assertEqual((same.returncode, same.stdout, same.stderr), (0, "Nothing differs.\n", ""))
        quicker = self.file("quicker.yaml", scheme_to_edit().replace("contain_hours: 12", "contain_hours: 8"))
        done = self.keepwell(quicker)
        self.assertEqual(done.stdout, "Level S4: hours to contain it: 12 -> 8\n1 difference.\n")
        self.assertEqual(json.loads(self.keepwell(quicker, "--json").stdout),
                         [{"what": "Level S4: hours to contain it", "before": "12", "after": "8"}])  # fmt: skip
        against = self.keepwell(self.file("back.yaml", scheme_to_edit()), "--against", quicker)
        self.assertIn("8 -> 12", against.stdout)

    def test_tells_every_fault_and_ends_with_two(self) -> None:
        wrong = (
            scheme_to_edit()
            .replace("contain_hours: 12", "contain_hours: 0")
            .replace("{factor: lateral}", "{factor: x}")
        )
        done = self.keepwell(self.file("wrong.yaml", wrong))
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 2))
        self.assertIn("level 4: “contain_hours” is a whole number from 1 to 8760.", done.stderr)
        self.assertIn("heading spread, rule 1, condition 1: “x” is no factor of the scheme", done.stderr)

    def test_says_that_a_file_is_not_there(self) -> None:
        self.assertEqual(self.keepwell(str(self.folder / "none.yaml")).returncode, 2)
