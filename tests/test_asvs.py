"""Each requirement of OWASP ASVS 5.0 has a decision, and what is said to show it is in the tree."""

from __future__ import annotations

import ast
import csv
import re
from collections import Counter
from functools import cache
from pathlib import Path
from unittest import TestCase

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "security" / "asvs.csv"
CHAPTERS = {1: 30, 2: 13, 3: 31, 4: 16, 5: 13, 6: 47, 7: 19, 8: 13, 9: 7, 10: 36, 11: 24, 12: 12, 13: 21, 14: 13,
            15: 21, 16: 17, 17: 12}  # fmt: skip
"""How many requirements each chapter of version 5.0.0 has: 345."""
DECISIONS = ("met", "n/a", "accepted", "open")
REVIEW = re.compile(r"review \d{4}-\d{2}-\d{2}: .+")


def rows() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def names_in(place: str) -> set[str]:
    """The classes and functions of a module; none if it is not there."""
    path = ROOT / place
    if not path.is_file():
        return set()
    found = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.name for node in found if isinstance(node, ast.ClassDef | ast.FunctionDef)}


class Decisions(TestCase):
    def test_are_one_for_each_requirement(self) -> None:
        ids = [row["id"] for row in rows()]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual(Counter(int(id_[1:].split(".")[0]) for id_ in ids), Counter(CHAPTERS))
        self.assertEqual(ids, sorted(ids, key=lambda id_: [int(part) for part in id_[1:].split(".")]))

    def test_are_met_not_applicable_accepted_or_open(self) -> None:
        self.assertEqual({row["decision"] for row in rows()} - set(DECISIONS), set())

    def test_are_shown_by_a_test_that_exists_or_by_a_dated_review(self) -> None:
        for row in rows():
            place, _colons, name = row["test"].partition("::")
            with self.subTest(row["id"]):
                if row["decision"] == "met":
                    self.assertTrue(row["test"] or REVIEW.fullmatch(row["note"]))
                if row["test"]:
                    self.assertEqual(set(name.split("::")) - names_in(place), set())

    def test_say_why_where_nothing_shows_them(self) -> None:
        silent = [row["id"] for row in rows() if row["decision"] != "met" and not row["note"]]
        self.assertEqual(silent, [])
