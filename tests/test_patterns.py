"""No pattern of the source lets a short text cost long (ASVS 1.3.12), none takes what somebody is called for a
pattern (1.2.9), and no secret is compared letter by letter (11.2.4)."""

from __future__ import annotations

import ast
import re
import sys
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from django.apps import apps
from django.core.validators import RegexValidator
from django.test import SimpleTestCase, TestCase

from keepwell.platform.history.acting import acting
from keepwell.platform.privacy.words import Words
from tests.cast import TELLER, Cast

PACKAGE = Path(__file__).resolve().parents[1] / "keepwell"
DIRECT = {
    "re.match",
    "re.fullmatch",
    "re.search",
    "re.sub",
    "re.split",
    "re.findall",
    "re.finditer",
    "re.compile",
}
LETTERS = "a0A-._ \\/|'\"<=:t\t\n字"
SHORT, LONG = 25, 3_000
MOST_SECONDS = 0.25
SECRETS = re.compile(r"(?:^|[._])(?:secret|token|password|nonce|otp|hmac|signature|credential)$")


def sources() -> Iterator[tuple[str, ast.AST]]:
    """Every module of the package but tests and migrations."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if not {"tests", "migrations"} & set(path.parts):
            yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def patterns() -> Iterator[re.Pattern[str] | re.Pattern[bytes]]:
    """Every pattern: of modules, of validators of columns, and those written where they are used."""
    for name, module in list(sys.modules.items()):
        if name.startswith("keepwell."):
            yield from (value for value in vars(module).values() if isinstance(value, re.Pattern))
    for model in apps.get_models():
        for field in model._meta.concrete_fields if model.__module__.startswith("keepwell.") else ():
            yield from (one.regex for one in field.validators if isinstance(one, RegexValidator))
    for _place, tree in sources():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) in DIRECT
                and isinstance(node.args[0], ast.Constant)
            ):
                yield re.compile(node.args[0].value)


def hostile(pattern: re.Pattern[str] | re.Pattern[bytes], size: int) -> Iterator[str | bytes]:
    """Texts made to let a pattern try every way: what it likes again and again, and an end that it does not."""
    written = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    liked = dict.fromkeys(
        [*(letter for letter in written if letter not in "()[]{}^$?*+")][:12] + list(LETTERS)
    )
    pairs = product(liked, repeat=2) if size <= SHORT else ((letter, letter) for letter in liked)
    for one, other in pairs:
        text = (one + other) * (size // 2) + "\x00"
        yield text if isinstance(pattern.pattern, str) else text.encode("utf-8")


def dear(pattern: re.Pattern[str] | re.Pattern[bytes]) -> str:
    """The beginning of a text that costs `pattern` long; empty if none was found."""
    for size in (SHORT, LONG):
        for text in hostile(pattern, size):
            begun = time.process_time()
            pattern.search(text)  # type: ignore[arg-type]  # text and pattern are of one kind
            if time.process_time() - begun > MOST_SECONDS:
                return repr(text[:12])
    return ""


class Patterns(SimpleTestCase):
    def test_cost_little_whatever_the_text(self) -> None:
        found = {pattern.pattern: pattern for pattern in patterns()}
        self.assertGreater(len(found), 50)
        self.assertEqual({str(key): text for key, one in found.items() if (text := dear(one))}, {})

    def test_that_cost_long_are_found_out(self) -> None:
        self.assertTrue(dear(re.compile(r"^(a+)+$")))
        self.assertTrue(dear(re.compile(r"^(?:\w+\s?)*$")))


class Comparisons(SimpleTestCase):
    def test_of_secrets_take_the_same_time(self) -> None:
        told = {
            ast.unparse(node) for _place, tree in sources() for node in ast.walk(tree)
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq)
            and not any(isinstance(one, ast.Constant) for one in (node.left, *node.comparators))
            and any(SECRETS.search(ast.unparse(one)) for one in (node.left, *node.comparators))
        }  # fmt: skip
        self.assertEqual(told - {"token == term.text"}, set(), "the search calls words tokens")


class ANameFullOfSigns(Cast, TestCase):
    def test_is_looked_for_as_it_is(self) -> None:
        for name in ("A.* (b)[c]{2}|d^$ \\d+?", "(((((((((((", "[a-z]+ .*?", "a|b|c|d|e|f", "\\E\\Q.*"):
            with self.subTest(name), acting(TELLER, "person.rename"):
                self.eva.name = name
                self.eva.save()
                words = Words.of(self.eva)
                self.assertTrue(words.stand_in(f"by {name} of KHH1"))
                self.assertFalse(words.stand_in("by Abbbbc of KHH1, a lowercase word"))
