"""The locks hold on any machine: exact versions and digests, no path, no host."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from unittest import TestCase

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("requirements.lock", "requirements-build.lock", "requirements-dev.lock")
LOCKS = {name: (ROOT / name).read_text() for name in NAMES}
PYTHON = "\n".join(LOCKS.values())
NPM = (ROOT / "package-lock.json").read_text()
PLACE = re.compile(
    r"https?:|file://|git\+|--index-url|--find-links|--trusted-host|(?<![\w@.-])/(?:home|root|opt|tmp|usr|work)/"
)


class Locks(TestCase):
    def test_name_no_path_and_no_host(self) -> None:
        self.assertIsNone(PLACE.search(PYTHON))
        self.assertIsNone(
            PLACE.search(re.sub(r'"funding": \{.*?\}', "", NPM, flags=re.S).replace('"url":', ""))
        )

    def test_give_every_python_package_a_digest(self) -> None:
        blocks = re.split(r"\n(?=[a-z])", PYTHON)
        bare = [block.split()[0] for block in blocks if "==" in block and "--hash=sha256:" not in block]
        self.assertEqual(bare, [])

    def test_give_every_npm_package_a_digest(self) -> None:
        packages = json.loads(NPM)["packages"]
        self.assertEqual([name for name, told in packages.items() if name and "integrity" not in told], [])

    def test_hold_every_package_that_is_declared(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        extras = project["optional-dependencies"]
        asked = zip(LOCKS, (project["dependencies"], extras["build"], extras["dev"]), strict=True)
        for lock, wanted in asked:
            names = {re.split(r"[\[<>=~ ]", line)[0].lower().replace("_", "-") for line in wanted}
            self.assertEqual(names - set(self.held(lock)), set(), lock)

    def test_hold_no_package_twice(self) -> None:
        names = [name for lock in LOCKS for name in self.held(lock)]
        self.assertEqual(len(names), len(set(names)))

    def held(self, lock: str) -> list[str]:
        """The packages of one lock."""
        return re.findall(r"^([a-z0-9_.-]+)==", LOCKS[lock], re.M)
