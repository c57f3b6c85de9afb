"""What people write as YAML or JSON: plain values with their lines, nothing guessed, and a sentence for all else."""

from __future__ import annotations

import json
from typing import Any
from unittest import TestCase

import yaml

from keepwell.kernel import plain

MOST, DEEPEST = 1_000, 4


def read(content: bytes | str) -> Any:
    return plain.read(content, most_bytes=MOST, deepest=DEEPEST)


class Values(TestCase):
    def test_are_what_they_look_like_and_nothing_is_guessed(self) -> None:
        text = """
        nothing: [~, null, Null, '~', ]
        whether: [true, FALSE, yes, NO, on, 'true']
        numbers: [0, -7, +3, 2.50, 1.0e3, '7', 007, 0x1F, 1_000, 10:30, .5, 1e3]
        days: [2026-01-05, "2026-01-05"]
        """
        found = read(text)
        self.assertEqual(found["nothing"], [None, None, None, "~"])
        self.assertEqual(found["whether"], [True, False, "yes", "NO", "on", "true"])
        self.assertEqual(
            found["numbers"], [0, -7, 3, 2.5, 1000.0, "7", "007", "0x1F", "1_000", "10:30", ".5", "1e3"]
        )
        self.assertEqual(found["days"], ["2026-01-05", "2026-01-05"])
        self.assertEqual(read("a:"), {"a": None})
        self.assertIsNone(read(""))

    def test_are_the_same_from_yaml_and_from_json(self) -> None:
        given = {
            "a": [1, 2.5, True, None, "NO", "2026-01-05", "1", "true"],
            "b": {"c": "two\nlines", "語": "值"},
        }
        for text in (
            json.dumps(given),
            yaml.safe_dump(given),
            yaml.safe_dump(given, default_flow_style=True),
        ):
            self.assertEqual(read(text), given, text)
            self.assertEqual(read("\ufeff" + text), given)
            self.assertEqual(read(text.encode()), given)

    def test_know_the_line_in_which_they_begin(self) -> None:
        found = read("a: 1\nb:\n- {c: 1}\n- d: 2\n")
        self.assertEqual((found.line, found["b"][0].line, found["b"][1].line), (1, 3, 4))
        self.assertIsNone(read('{"a": 1}').line)


class Refusals(TestCase):
    def says(self, content: bytes | str, says: str, line: int | None = None, **facts: str | int) -> None:
        with self.assertRaises(plain.Unreadable, msg=content[:60]) as refused:
            read(content)
        found = refused.exception
        self.assertEqual((found.says, found.line), (says, line))
        self.assertEqual({name: found.facts[name] for name in facts}, facts)
        self.assertNotIn("\n", str(found))

    def test_come_at_the_edge_of_the_size(self) -> None:
        self.assertIsNone(read("#" * MOST))
        self.says("#" * (MOST + 1), plain.TOO_LARGE, most=1)
        self.says("語" * 334, plain.TOO_LARGE, most=1)  # three bytes each

    def test_come_at_the_edge_of_the_depth(self) -> None:
        for text in ("[[[[]]]]", "- - - - a", '{"a": [[[1]]]}'):
            self.assertIsNotNone(read(text))
        self.says("[[[[[]]]]]", plain.TOO_DEEP, most=4)
        self.says("- - - - - a", plain.TOO_DEEP, 1, most=4)
        self.says('{"a": [[[[1]]]]}', plain.TOO_DEEP, most=4)
        self.says("[" * MOST, plain.TOO_DEEP, most=4)

    def test_name_what_refers_or_stands_twice(self) -> None:
        self.says("a: 1\nb: &x 2", plain.REFERS, 2)
        self.says("a: *x", plain.REFERS, 1)
        self.says("a: 1\na: 2", plain.TWICE_HERE, 2, name="a")
        self.says('{"a": 1, "a": 2}', plain.TWICE_HERE, name="a")

    def test_name_what_is_more_than_a_value(self) -> None:
        tag = "tag:yaml.org,2002"
        self.says("a: !!python/name:os.system x", plain.NOT_PLAIN, 1, name=f"{tag}:python/name:os.system")
        self.says("- 1\n- !!set {a}", plain.NOT_PLAIN, 2, name=f"{tag}:set")
        self.says("a: !own 1", plain.NOT_PLAIN, 1, name="!own")
        self.says("? [a]\n: b", plain.NOT_PLAIN, 1, name="?")
        self.says('{"a": NaN}', plain.NOT_PLAIN, name="NaN")
        with self.assertRaises(plain.Unreadable) as refused:
            plain.read("a: " + "9" * 5_000, most_bytes=10_000, deepest=DEEPEST)
        self.assertEqual(refused.exception.says, plain.NOT_PLAIN)

    def test_say_what_is_neither_text_nor_either_form(self) -> None:
        self.says(b"\xff\xfe\x00", plain.NO_TEXT)
        self.says("a: 1\nb: c: d", plain.NO_YAML, 2)
        self.says("a: b: c", plain.NO_YAML, 1)
        self.says("a: 1\n--- \nb: 2", plain.NO_YAML, 2)
        self.says("a: \x00", plain.NO_YAML)
