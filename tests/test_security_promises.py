"""What docs/operations/security.md says of browsers, ways in, classes of data, risky parts and dangerous places is what
the code does: whoever adds one of them and does not tell it there fails here."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution, packages_distributions
from tempfile import TemporaryDirectory
from unittest import TestCase

from django.apps import apps
from packaging.utils import canonicalize_name

from keepwell.platform.identity import proving
from keepwell.platform.identity.models import Factor
from keepwell.platform.people.personal import HOLDINGS
from keepwell.platform.registers.api.door import Bearer, Session
from tests.test_no_code_from_data import ROOT, named, sources
from tests.test_production_settings import in_production, production
from tests.test_security_docs import section

ABOUT_SECURITY = re.compile(r"Strict-|Content-Security-|X-|Cross-Origin-|Referrer-|Permissions-")
ROW = re.compile(r"^\| (.+?) \|", re.M)
CODE = re.compile(r"`([^`]+)`")
LOCKED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^]]*\])?==(\S+)", re.M)
HEADERS = """
import json, django; django.setup()
from django.test import Client
told = Client(SERVER_NAME="keepwell.example").get("/livez", secure=True)
print(json.dumps(dict(told.headers)))
"""
WAYS = {
    "passkey": ["'passkey'", "f'{waiting.how} and {kind}'", "f'{waiting.how} and new {factor.kind}'"],
    "password and app": ["'app and password'", "f'{waiting.how} and {kind}'"],
    "password alone": ["'password'"],
    "identity provider": ["vouched.provider.name"],
}
"""By which words of the code somebody is let in, and how the document calls that way."""
ENTRIES = {
    "by_password": "password alone", "by_code_and_password": "password and app",
    "by_second_factor": "password and app", "by_passkey": "passkey alone",
}  # fmt: skip
"""Each proof that there is, and a way in that it is part of."""
DANGERS = {
    "programs are started": {"subprocess.run", "subprocess.Popen"},
    "archives are read": {"ZipFile", "zipfile.ZipFile", "zlib.decompress", "zlib.decompressobj", "gzip.open", "gzip.decompress"},
    "XML is read": {"ElementTree.fromstring", "etree.fromstring", "fromstring", "etree.XML", "etree.parse"},
    "SQL is written by hand": {"RawSQL"},
    "a file is mapped into memory": {"mmap.mmap"},
}  # fmt: skip
DATA_OF_OTHERS = ("keepwell/platform/", "keepwell/areas/", "keepwell/config/")


def rows(text: str, heading: str) -> dict[str, str]:
    """The lines of the table whose first column is called `heading`, by what stands in that column."""
    table = text.partition(f"| {heading} |")[2].partition("\n\n")[0]
    lines = [line for line in table.split("\n")[2:] if line.startswith("| ")]
    return {found[1]: line for line in lines if (found := ROW.match(line))}


@cache
def calls() -> tuple[tuple[str, ast.Call], ...]:
    """Every call of the product, with its module."""
    return tuple(
        (place, node) for place, tree in sources() for node in ast.walk(tree) if isinstance(node, ast.Call)
    )


class Browsers(TestCase):
    """ASVS 3.1.1."""

    told = section("What a browser must have")

    def test_are_told_of_every_header_that_they_must_obey(self) -> None:
        with TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, "-c", HEADERS], capture_output=True, text=True, check=True,
                                  env=production(folder))  # fmt: skip
        sent = json.loads(done.stdout.splitlines()[-1])
        about = {name for name in sent if ABOUT_SECURITY.match(name)}
        self.assertGreater(len(about), 5)
        self.assertEqual({name for name in about if f"`{name}`" not in self.told}, set())
        promised = {name for name in CODE.findall(self.told) if ABOUT_SECURITY.match(name)}
        self.assertEqual(promised - set(sent), set())
        self.assertIn("frame-ancestors", sent["Content-Security-Policy"])

    def test_are_told_of_cookies_as_they_are(self) -> None:
        cookies = in_production()["cookies"]
        (row,) = (line for line in self.told.splitlines() if line.startswith("| cookies"))
        for name in ("SESSION", "CSRF"):
            self.assertIn(f"`{cookies[f'{name}_COOKIE_NAME'].partition('keepwell')[0]}`", row)
            self.assertIn(f"`SameSite={cookies[f'{name}_COOKIE_SAMESITE']}`", row)
            for flag, word in (("SECURE", "`Secure`"), ("HTTPONLY", "`HttpOnly`")):
                self.assertEqual((cookies[f"{name}_COOKIE_{flag}"], word in row), (True, True))

    def test_are_told_what_happens_without_each(self) -> None:
        lines = [line for line in self.told.splitlines() if line.startswith("| ")][1:]
        self.assertGreater(len(lines), 6)
        for line in lines:
            self.assertEqual([part.strip() for part in line.strip("|").split("|")].count(""), 0, line)
            self.assertEqual(line.count("|"), 4, line)

    def test_say_where_a_request_begins_and_are_asked(self) -> None:
        texts = [ast.unparse(tree) for _place, tree in sources()]
        self.assertEqual(any("Sec-Fetch-Site" in text for text in texts), "`Sec-Fetch-Site`" in self.told)


class WaysIn(TestCase):
    """ASVS 6.1.3."""

    told = rows(section("What else weighs in a decision"), "way in")

    def test_are_those_by_which_the_code_lets_somebody_in(self) -> None:
        found = set(self.words())
        self.assertEqual(found, {word for words in WAYS.values() for word in words})
        for way in WAYS:
            self.assertTrue([name for name in self.told if name.startswith(way)], way)

    def words(self) -> Iterator[str]:
        """By which words a session begins: what is given as `how`, or bound to that name before."""
        for place, tree in sources():
            if not place.startswith("keepwell/platform/identity/pages/"):
                continue
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and self.begins(node):
                    yield from (
                        ast.unparse(k.value)
                        for k in node.keywords
                        if k.arg == "how" and ast.unparse(k.value) != "how"
                    )
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith("how)"):
                    yield ast.unparse(node.value.elts[-1])  # type: ignore[attr-defined]

    @staticmethod
    def begins(node: ast.Call) -> bool:
        told = ast.unparse(node.func)
        return any(word in told for word in ("admit", "go_on", "open_session"))

    def test_name_every_proof_that_there_is(self) -> None:
        there = {name for name in vars(proving) if name.startswith("by_")}
        self.assertEqual(there, set(ENTRIES))
        self.assertEqual(set(ENTRIES.values()) - set(self.told), set())

    def test_name_every_factor_and_the_code_that_stands_for_one(self) -> None:
        known = {Factor.Kind.APP: "password and app", Factor.Kind.PASSKEY: "password and passkey"}
        self.assertEqual(set(Factor.Kind), set(known))
        self.assertEqual({*known.values(), "recovery code"} - set(self.told), set())

    def test_name_the_doors_of_programs(self) -> None:
        doors = {Bearer: "token of a program", Session: "session"}
        self.assertEqual({base for base in (Bearer, Session)}, set(doors))
        there = {name for place, name in self.classes() if "HttpBearer" in name or "APIKey" in name}
        self.assertEqual(there, {"Bearer(HttpBearer)", "Session(APIKeyCookie)"})
        self.assertIn("token of a program", self.told)

    @staticmethod
    def classes() -> Iterator[tuple[str, str]]:
        for place, tree in sources():
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    yield place, f"{node.name}({', '.join(map(ast.unparse, node.bases))})"

    def test_have_a_strength_each(self) -> None:
        for line in self.told.values():
            self.assertGreater(len(line.split("|")[2].strip()), 5, line)


class ClassesOfData(TestCase):
    """ASVS 14.1.1."""

    told = section("Classes of data")

    def test_name_every_column_that_is_secret(self) -> None:
        there = {f"{model}.{column}" for model, held in HOLDINGS.items() for column in held.secret}
        self.assertEqual(there, set(CODE.findall(self.line("Columns of the class *secret*"))))

    def test_name_every_part_that_holds_something_of_people_and_every_other_one(self) -> None:
        every = {model._meta.app_label for model in apps.get_models()}
        personal = {model.partition(".")[0] for model in HOLDINGS}
        self.assertEqual(
            personal, set(CODE.findall(self.line("Tables with columns of the class *personal*")))
        )
        self.assertEqual(
            every - personal, set(CODE.findall(self.line("Tables of the class *internal* alone")))
        )

    def line(self, begins: str) -> str:
        (found,) = (line for line in self.told.splitlines() if line.startswith(f"**{begins}"))
        return found

    def test_tell_of_each_how_it_lies_who_reads_and_how_long(self) -> None:
        told = rows(self.told, "class")
        self.assertEqual(list(told), ["secret", "restricted", "personal", "internal", "public"])
        for line in told.values():
            self.assertEqual(line.count("|"), 7, line)


class PartsFromElsewhere(TestCase):
    """ASVS 15.1.1, 15.1.4 and 15.1.5."""

    told = section("Parts from elsewhere")

    def test_are_mended_longer_than_the_lock_holds_them(self) -> None:
        locked = dict(LOCKED.findall((ROOT / "requirements.lock").read_text()))
        (version,) = re.findall(r"Django (\d+\.\d+) is mended until", self.told)
        self.assertTrue(locked["django"].startswith(f"{version}."))

    def test_that_are_risky_are_told_with_how_each_is_held(self) -> None:
        told = rows(self.told, "part")
        parts = {canonicalize_name(part) for row in told for part in re.split(r", | and ", row)}
        lock = (ROOT / "requirements.lock").read_text()
        locked = {canonicalize_name(name) for name, _version in LOCKED.findall(lock)}
        self.assertEqual(parts - locked, set(), "no such part is locked")
        self.assertGreater(len(self.native()), 8)
        self.assertEqual(self.native() - parts, set(), "native code that reads what others wrote")

    @staticmethod
    def native() -> set[str]:
        """The parts with compiled code that the product calls itself, as their makers name them."""
        known, found = packages_distributions(), set[str]()
        for _place, tree in sources():
            for node in ast.walk(tree):
                modules = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
                modules += [one.name for one in node.names] if isinstance(node, ast.Import) else []
                found |= {part for module in modules for part in known.get(module.partition(".")[0], ())}
        return {
            canonicalize_name(part) for part in found
            if any(str(file).endswith((".so", ".pyd")) for file in distribution(part).files or ())
        }  # fmt: skip

    def test_are_dangerous_only_where_it_is_told(self) -> None:
        told = rows(self.told, "what is done")
        self.assertEqual(set(told), set(DANGERS))
        for danger, names in DANGERS.items():
            there = {
                place for place, node in calls()
                if named(node.func) in names and place.startswith(DATA_OF_OTHERS)
            }  # fmt: skip
            listed = {f"keepwell/{place}" for place in CODE.findall(told[danger]) if place.endswith(".py")}
            self.assertEqual(there, listed, danger)
