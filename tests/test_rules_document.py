"""V2.1.2: every rule that joins several fields stands in a document, which is never behind the records."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from unittest import TestCase

from django.apps import apps
from django.db.models import BaseConstraint, CheckConstraint, F, Q, UniqueConstraint

ROOT = Path(__file__).resolve().parents[1]
TOLD = (ROOT / "docs/reference/rules.md").read_text(encoding="utf-8")


def fields(constraint: BaseConstraint) -> set[str]:
    """The fields of a constraint, found by another way than the tool's: by how a migration would write it."""
    _path, _args, told = constraint.deconstruct()
    found = set(told.get("fields", ()))
    left = [told[name] for name in ("condition",) if isinstance(told.get(name), Q)]
    while left:
        for child in left.pop().children:
            if isinstance(child, Q):
                left.append(child)
            elif isinstance(child, tuple):
                found |= {child[0].split("__")[0]}
                found |= {child[1].name} if isinstance(child[1], F) else set()
    return found


class TheDocument(TestCase):
    def test_is_what_the_records_say(self) -> None:
        done = subprocess.run(
            [sys.executable, str(ROOT / "bin/rules"), "check"],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=120,
        )
        self.assertEqual(done.returncode, 0, done.stdout[-3_000:] + done.stderr)

    def test_holds_every_constraint_over_several_fields(self) -> None:
        missing, count = [], 0
        for model in apps.get_models():
            if not model.__module__.startswith("keepwell."):
                continue
            app = apps.get_app_config(model._meta.app_label).name.removeprefix("keepwell.")
            area = TOLD.partition(f"\n## {app}\n")[2].partition("\n## ")[0]
            chapter = area.partition(f"\n### {model.__name__}\n")[2].partition("\n### ")[0]
            rows = [
                set(re.findall(r"`(\w+)`", line.split(" | ")[1]))
                for line in chapter.splitlines()
                if "| always |" in line
            ]
            for constraint in model._meta.constraints:
                if (
                    isinstance(constraint, (CheckConstraint, UniqueConstraint))
                    and len(names := fields(constraint)) > 1
                ):
                    count += 1
                    missing += (
                        [] if any(names <= row for row in rows) else [(model.__name__, constraint.name)]
                    )
        self.assertGreater(count, 100)
        self.assertEqual(missing, [])

    def test_has_a_sentence_for_each(self) -> None:
        rows = [line for line in TOLD.splitlines() if line.startswith(("| always", "| when", "| who"))]
        self.assertEqual([line for line in rows if not re.search(r"\| [^|]*\w[^|]*[.”] \|$", line)], [])

    def test_holds_what_is_refused_before_it_is_written_and_by_whom(self) -> None:
        for words in (
            "It cannot be detected before it happened.", "A unit cannot begin before the unit it belongs to.",
            "| who writes | all | Refuse evidence that is still to come. “Evidence that was received has a day that has come.” |",
        ):  # fmt: skip
            self.assertIn(words, TOLD)
