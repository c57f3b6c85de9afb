"""Every part that a machine installs may be used, and NOTICE names what a package carries."""

from __future__ import annotations

import json
import re
from importlib.metadata import metadata
from pathlib import Path
from unittest import TestCase

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = {
    "0BSD", "Apache Software License", "Apache-2.0", "BSD License", "BSD-2-Clause", "BSD-3-Clause", "ISC",
    "ISC License", "MIT", "MIT License", "MIT-0", "OFL-1.1", "PSF-2.0", "Unlicense",
}  # fmt: skip
# Weak copyleft: used as they are, as libraries, never changed and never copied into ours.
ALLOWED_UNCHANGED = {
    "certifi": "Mozilla Public License 2.0 (MPL 2.0)",
    "fido2": "Mozilla Public License 2.0 (MPL 2.0)",
    "hypothesis": "MPL-2.0",
    "orjson": "MPL-2.0",
    "pathspec": "Mozilla Public License 2.0 (MPL 2.0)",
    "psycopg": "LGPL-3.0-only",
    "psycopg-binary": "LGPL-3.0-only",
    "psycopg-pool": "LGPL-3.0-only",
    "tqdm": "MPL-2.0",
}
# A witness of the tests alone: never imported by the package, never part of what we hand on.
ALLOWED_IN_TESTS = {
    "paramiko": "LGPL-2.1",
    "pymerkle": "GNU General Public License v3 or later (GPLv3+)",
    "sqlmap": "GNU General Public License v2 (GPLv2)",
}
# Permissive, but told in words of their own; each read in the package's own licence file.
READ_BY_HAND = {
    "aiosmtpd": "Apache-2.0",
    "antlr4-python3-runtime": "BSD-3-Clause",
    "defusedxml": "PSF-2.0",
    "email-validator": "Unlicense",
    "furl": "Unlicense",
    "ilcli": "Apache-2.0",
    "orderedmultidict": "Unlicense",
    "pillow": "MIT-CMU",
    "pypdfium2": "BSD-3-Clause",
    "qrcode": "BSD-3-Clause",
    "regex": "Apache-2.0 with a part under CNRI-Python",
    "scim2-tester": "Apache-2.0",
}
CARRIED = ("Tabler", "htmx", "Vega", "Inter", "Noto Sans TC, SC, JP, KR", "Noto Sans Thai", "Source Sans 3")
STANDARDS = (
    "ISO/IEC 27001",
    "ISO 22301",
    "ISO/IEC 15408",
    "ISO/SAE 21434",
    "IEC 62443",
    "SEMI E187",
    "GSMA",
    "NIST",
)


def locked() -> list[str]:
    """The names of all packages in the Python locks."""
    return [
        name
        for lock in ROOT.glob("requirements*.lock")
        for name in re.findall(r"^([A-Za-z0-9_.-]+)==", lock.read_text(), re.M)
    ]


def licences(name: str) -> set[str]:
    """The licences that hold together for an installed package, as its own metadata says."""
    told = metadata(name)
    classes = [line for line in told.get_all("Classifier") or [] if line.startswith("License :: ")]
    if classes and not told.get("License-Expression"):
        return {line.rpartition(" :: ")[2] for line in classes}
    expression = str(told.get("License-Expression") or told.get("License"))
    return {part.strip(" ()") for part in re.split(r" AND | OR ", expression)}


def allowed(name: str) -> set[str]:
    """The licences under which this one package may be used."""
    return ALLOWED | {ALLOWED_UNCHANGED.get(name, ""), ALLOWED_IN_TESTS.get(name, "")}


class Licences(TestCase):
    def test_of_every_python_package_are_allowed(self) -> None:
        strange = {name: found for name in locked() if (found := licences(name) - allowed(name))}
        self.assertEqual({name: found for name, found in strange.items() if name not in READ_BY_HAND}, {})

    def test_of_what_only_tests_use_bind_nobody_else(self) -> None:
        sources = (path for path in (ROOT / "keepwell").rglob("*.py") if "tests" not in path.parts)
        using = [
            path.name for path in sources for name in ALLOWED_IN_TESTS if f"import {name}" in path.read_text()
        ]
        self.assertEqual(using, [])

    def test_of_what_only_tests_use_are_on_no_server(self) -> None:
        served = "".join(
            (ROOT / name).read_text() for name in ("requirements.lock", "requirements-build.lock")
        )
        self.assertEqual([name for name in ALLOWED_IN_TESTS if f"\n{name}==" in served], [])

    def test_of_every_npm_package_are_allowed(self) -> None:
        packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
        strange = {
            name: told.get("license")
            for name, told in packages.items()
            if name and not told.get("dev") and not set(str(told.get("license")).split(" AND ")) <= ALLOWED
        }
        self.assertEqual(strange, {})

    def test_of_keepwell_is_apache_2(self) -> None:
        self.assertIn(
            "Apache License\n                           Version 2.0", (ROOT / "LICENSE").read_text()
        )

    def test_of_what_a_package_carries_are_in_the_notice(self) -> None:
        notice = (ROOT / "NOTICE").read_text()
        self.assertEqual([name for name in (*CARRIED, *STANDARDS) if name not in notice], [])
