"""R28: the bill of materials names all that the locks and a built package hold, and is the same each time."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import TestCase

ROOT = Path(__file__).resolve().parents[1]
PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==([^ \\\n]+)", re.M)


def written(folder: str, name: str) -> bytes:
    """The bill as the command writes it."""
    path = Path(folder) / name
    subprocess.run([sys.executable, str(ROOT / "bin" / "sbom"), str(path)], check=True, cwd=folder)
    return path.read_bytes()


class TheBill(TestCase):
    content: bytes
    bill: dict[str, Any]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        with TemporaryDirectory() as folder:
            cls.content, cls.again = written(folder, "one.json"), written(folder, "two.json")
        cls.bill = json.loads(cls.content)
        cls.by_ref = {one["bom-ref"]: one for one in cls.bill["components"]}

    def test_is_cyclonedx(self) -> None:
        told = self.bill["bomFormat"], self.bill["specVersion"], self.bill["version"]
        self.assertEqual(told, ("CycloneDX", "1.6", 1))
        self.assertRegex(self.bill["serialNumber"], r"^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.assertEqual(len(self.by_ref), len(self.bill["components"]), "each part has a name of its own")

    def test_is_the_same_each_time(self) -> None:
        self.assertEqual(self.content, self.again)

    def test_names_every_python_package_with_the_hashes_of_the_lock(self) -> None:
        for lock in ROOT.glob("requirements*.lock"):
            for part in re.split(r"\n(?=[A-Za-z0-9])", lock.read_text()):
                if (found := PINNED.search(part)) is None:
                    continue
                one = self.by_ref[f"pkg:pypi/{found[1].lower()}@{found[2]}"]
                hashes = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", part))
                self.assertEqual({h["content"] for h in one["hashes"]}, hashes, found[1])
                self.assertEqual(one["scope"], "excluded" if "dev" in lock.name else "required")

    def test_names_every_npm_package_with_the_digest_of_the_lock(self) -> None:
        packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
        for path, told in packages.items():
            if path:
                name = path.rpartition("node_modules/")[2].replace("@", "%40", 1)
                one = self.by_ref[f"pkg:npm/{name}@{told['version']}"]
                digest = base64.b64decode(told["integrity"].partition("-")[2]).hex()
                self.assertEqual(one["hashes"], [{"alg": "SHA-512", "content": digest}])

    def test_names_nothing_else(self) -> None:
        pinned = sum(len(PINNED.findall(lock.read_text())) for lock in ROOT.glob("requirements*.lock"))
        packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
        npm = {
            (path.rpartition("node_modules/")[2], told["version"]) for path, told in packages.items() if path
        }
        libraries = [one for one in self.bill["components"] if one["type"] == "library"]
        self.assertEqual(len(libraries), pinned + len(npm))

    def test_names_every_file_of_others_as_it_is_carried(self) -> None:
        files = {one["name"]: one for one in self.bill["components"] if one["type"] == "file"}
        kinds = (".js", ".css", ".svg", ".woff2", ".ttf")
        folders = ("keepwell/platform/pages/static/vendor", "keepwell/platform/publishing/fonts")
        there = {path.relative_to(ROOT).as_posix(): path for folder in folders
                 for path in (ROOT / folder).rglob("*") if path.suffix in kinds}  # fmt: skip
        self.assertEqual(set(files), set(there))
        self.assertGreater(len(there), 10)
        for name, path in there.items():
            digest = sha256(path.read_bytes()).hexdigest()
            self.assertEqual(files[name]["hashes"], [{"alg": "SHA-256", "content": digest}], name)
            self.assertIn(files[name]["properties"][0]["value"], self.by_ref, name)

    def test_tells_the_licence_of_everything(self) -> None:
        self.assertEqual([ref for ref, one in self.by_ref.items() if not one["licenses"]], [])

    def test_makes_what_is_needed_depend_on_nothing_that_is_not_there(self) -> None:
        needed = set(self.bill["dependencies"][0]["dependsOn"])
        self.assertEqual(needed, {ref for ref, one in self.by_ref.items() if one["scope"] == "required"})

    def test_holds_no_address(self) -> None:
        self.assertNotIn(b"://", self.content)
