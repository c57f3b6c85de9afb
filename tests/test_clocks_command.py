"""`keepwell clocks reckon` as counsel uses it: a file in, JSON out, no database anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.test import SimpleTestCase

CASE = {
    "units": [
        {"code": "MSH", "country": "TW", "attributes": ["listed_on_TWSE"]},
        {"code": "DRS1", "country": "DE", "attributes": ["gdpr_controller"]},
    ],
    "factors": {"material": True, "personal_data": True},
    "events": [{"kind": "awareness", "at": "2026-06-18T15:10:00+08:00"}],
    "calendars": {"TWSE": {"closed": ["2026-06-19"]}},
    "now": "2026-06-18T20:00:00+08:00",
}


def keepwell(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """The command, with a database that nobody can reach."""
    environment = {"PATH": "/usr/bin:/bin", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    return subprocess.run(
        [sys.executable, "-m", "keepwell.config.cli", "clocks", "reckon", *arguments],
        input=typed, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


class Reckoning(SimpleTestCase):
    def test_tells_whom_by_when_and_why(self) -> None:
        done = keepwell("-", typed=json.dumps(CASE))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        found = {one["rule"]: one for one in json.loads(done.stdout)["clocks"]}
        self.assertEqual(set(found), {"twse-material-info", "gdpr-33", "group-escalation"})
        self.assertEqual(found["gdpr-33"]["due"], "2026-06-21T07:10:00Z")
        self.assertEqual(found["twse-material-info"]["due_local"], "2026-06-22T07:00:00+08:00")
        self.assertIn("TWSE is closed on Friday 19 June 2026", found["twse-material-info"]["why"])

    def test_refuses_in_one_sentence(self) -> None:
        naive: dict[str, Any] = CASE | {"events": [{"kind": "awareness", "at": "2026-06-18T15:10"}]}
        for typed, says in (
            ("{", "is not JSON"),
            (json.dumps(naive), "events, 1: 2026-06-18T15:10 has no zone"),
        ):
            with self.subTest(says=says):
                done = keepwell("-", typed=typed)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(says, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)

    def test_says_that_a_file_is_not_there(self) -> None:
        with TemporaryDirectory() as folder:
            done = keepwell(str(Path(folder) / "case.json"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("cannot be read", done.stderr)
