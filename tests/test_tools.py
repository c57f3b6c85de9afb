"""The tools of the house, each on a copy of the house: what they make is whole."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import TestCase
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
PAPERS = (
    "pyproject.toml", "setup.py", "CHANGELOG.md", "README.md", "LICENSE", "NOTICE",
    "package.json", "package-lock.json", ".npmrc", "requirements.lock", "requirements-build.lock",
    "requirements-dev.lock",
)  # fmt: skip
pytestmark = pytest.mark.sqlite


class OnACopy(TestCase):
    """A house to try things on."""

    def setUp(self) -> None:
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.house = Path(folder.name)
        for name in ("keepwell", "bin", "build/axe"):
            ignored = shutil.ignore_patterns("__pycache__", "tests")
            shutil.copytree(ROOT / name, self.house / name, ignore=ignored)
        for name in PAPERS:
            if (ROOT / name).exists():
                shutil.copy2(ROOT / name, self.house / name)

    def run_in_house(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the copy."""
        return subprocess.run(command, cwd=self.house, capture_output=True, text=True)


class ANewArea(OnACopy):
    def test_passes_the_import_contracts(self) -> None:
        made = self.run_in_house(sys.executable, "bin/area", "policy")
        self.assertEqual(made.returncode, 0, made.stderr)
        kept = self.run_in_house(str(BIN / "lint-imports"), "--no-logo", "--no-cache")
        self.assertEqual(kept.returncode, 0, kept.stdout)
        self.assertIn("Contracts: 7 kept, 0 broken.", kept.stdout)

    def test_stands_in_the_settings_and_the_floors(self) -> None:
        self.run_in_house(sys.executable, "bin/area", "policy")
        self.assertIn('"keepwell.areas.policy",', (self.house / "keepwell/config/settings.py").read_text())
        self.assertIn('"(policy)",', (self.house / "pyproject.toml").read_text())

    def test_is_formatted_as_the_house_is(self) -> None:
        self.run_in_house(sys.executable, "bin/area", "policy")
        for words in (("format", "--check"), ("check",)):
            done = self.run_in_house(str(BIN / "ruff"), *words, "keepwell/areas/policy")
            self.assertEqual(done.returncode, 0, done.stdout)

    def test_is_refused_under_a_name_that_is_taken(self) -> None:
        done = self.run_in_house(sys.executable, "bin/area", "awareness")
        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1))

    def test_is_refused_under_a_name_that_is_no_word(self) -> None:
        for name in ("", "Policy", "two words", "../out"):
            self.assertEqual(self.run_in_house(sys.executable, "bin/area", name).returncode, 2)


class Translations(OnACopy):
    def setUp(self) -> None:
        super().setUp()
        self.area = self.house / "keepwell/areas/awareness"
        self.catalogue = self.area / "locale/zh_Hant/LC_MESSAGES/django.po"
        (self.area / "rules.py").write_text(
            'from django.utils.translation import gettext as _\n_("A new thing")\n'
        )

    def messages(self, word: str) -> subprocess.CompletedProcess[str]:
        return self.run_in_house(sys.executable, "bin/messages", word)

    def test_that_are_missing_are_named_with_their_file(self) -> None:
        done = self.messages("check")
        self.assertEqual(done.returncode, 1)
        place = "keepwell/areas/awareness/locale/zh_Hant/LC_MESSAGES/django.po"
        self.assertIn(f"{place}: not translated: 'A new thing'", done.stdout)

    def test_that_another_area_gives_otherwise_are_named_with_both(self) -> None:
        (self.area / "rules.py").write_text(
            'from django.utils.translation import gettext as _\n_("Incident")\n'
        )
        self.messages("extract")
        text = self.catalogue.read_text()
        self.catalogue.write_text(
            text.replace('msgid "Incident"\nmsgstr ""', 'msgid "Incident"\nmsgstr "事情"')
        )
        told = self.messages("check").stdout
        self.assertRegex(
            told, r"in two ways: 'Incident': '事情' in keepwell/areas/awareness.*'資安事件' in keepwell"
        )

    def test_are_kept_when_the_sources_are_read_again(self) -> None:
        self.messages("extract")
        text = self.catalogue.read_text()
        translated = text.replace('msgid "A new thing"\nmsgstr ""', 'msgid "A new thing"\nmsgstr "新事物"')
        self.assertNotEqual(translated, text)
        self.catalogue.write_text(translated)
        self.messages("extract")
        self.assertEqual(self.catalogue.read_text(), translated)

    def test_of_strings_that_are_gone_are_dropped(self) -> None:
        self.messages("extract")
        (self.area / "rules.py").write_text("")
        self.messages("extract")
        self.assertNotIn("A new thing", self.catalogue.read_text())

    def test_are_compiled_without_other_programs(self) -> None:
        self.messages("extract")
        self.assertEqual(self.messages("compile").returncode, 0)
        self.assertTrue(self.catalogue.with_suffix(".mo").read_bytes())


class Sizes(OnACopy):
    def test_of_a_long_function_are_named(self) -> None:
        body = "    pass\n" * 40
        (self.house / "keepwell/kernel/long.py").write_text(f"def long() -> None:\n{body}")
        done = self.run_in_house(sys.executable, "bin/sizes")
        self.assertEqual(done.returncode, 1)
        self.assertIn("keepwell/kernel/long.py:1: long has 41 lines, 40 at most", done.stdout)


class AWheel(OnACopy):
    def test_carries_what_pages_and_documents_need(self) -> None:
        built = self.run_in_house(sys.executable, "-m", "build", "--wheel", "--no-isolation")
        self.assertEqual(built.returncode, 0, built.stdout + built.stderr)
        (wheel,) = (self.house / "dist").iterdir()
        carried = set(ZipFile(wheel).namelist())
        wanted = (
            "platform/pages/static/vendor/tabler.min.css",
            "platform/pages/static/vendor/htmx.min.js",
            "platform/pages/static/vendor/vega.min.js",
            "platform/pages/static/vendor/icons.svg",
            "platform/pages/templates/pages/base.html",
            "platform/publishing/fonts/NotoSansTC_400Regular.ttf",
            "platform/publishing/fonts/NotoSansTC_700Bold.ttf",
            "config/locale/zh_Hant/LC_MESSAGES/django.mo",
            "platform/publishing/templates/publishing/document.typ",
            "library/standards.yaml",
        )
        self.assertEqual([name for name in wanted if f"keepwell/{name}" not in carried], [])
        self.assertFalse([name for name in carried if "/tests/" in name])
