"""What a reader can look up: every command, every setting, every area; and what is told exists."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from unittest import TestCase

from keepwell.config.cli import parser
from keepwell.platform.identity.demands import IDLE, IDLE_OF_PRIVILEGED
from keepwell.platform.identity.sessions import LONGEST
from keepwell.platform.people.throttle import TRIES, TRIES_OF_A_SOURCE, WINDOW_SECONDS

ROOT = Path(__file__).resolve().parents[1]
HANDBOOK = ROOT / "keepwell" / "library" / "handbook"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted(HANDBOOK.glob("*.md"))]
TOLD = "\n".join(page.read_text(encoding="utf-8") for page in PAGES if page.exists())
MAKE = set(re.findall(r"^([a-z][a-z-]*):.*## ", (ROOT / "Makefile").read_text(), re.M))
SETTING = re.compile(r"env\.[a-z_]+\(\s*\"([A-Z_]+)\"")


def commands() -> dict[str, argparse.ArgumentParser]:
    """Every word of the `keepwell` command."""
    words = [action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(words[0].choices)


def settings() -> set[str]:
    """Every variable that the package reads."""
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "keepwell").rglob("*.py")]
    return {name for source in sources for name in SETTING.findall(source)}


class TheDocs(TestCase):
    def test_tell_every_make_target(self) -> None:
        self.assertEqual({name for name in MAKE if f"make {name}" not in TOLD}, set())

    def test_tell_no_make_target_that_is_not_there(self) -> None:
        told = set(re.findall(r"`make ([a-z-]+)", TOLD)) | set(re.findall(r"^make ([a-z-]+)", TOLD, re.M))
        self.assertEqual(told - MAKE, set())

    def test_tell_every_command(self) -> None:
        self.assertEqual({name for name in commands() if f"keepwell {name}" not in TOLD}, set())

    def test_tell_every_option(self) -> None:
        options = {
            option
            for command in commands().values()
            for action in command._actions
            if action.help is not argparse.SUPPRESS
            for option in action.option_strings
            if option.startswith("--")
        }
        self.assertEqual({option for option in options - {"--help"} if option not in TOLD}, set())

    def test_tell_no_command_that_is_not_there(self) -> None:
        told = set(re.findall(r"^(?:\$ )?(?:\.venv/bin/)?keepwell ([a-z][a-z-]*)", TOLD, re.M))
        told |= set(re.findall(r"`(?:\.venv/bin/)?keepwell ([a-z][a-z-]*)", TOLD))
        self.assertEqual(told - set(commands()), set())

    def test_tell_how_long_sessions_last_and_how_many_tries_there_are(self) -> None:
        told = (ROOT / "docs/operations/sign-in.md").read_text(encoding="utf-8")
        numbers = {"ten": TRIES, "fifteen": WINDOW_SECONDS // 60}
        self.assertEqual(numbers, {"ten": 10, "fifteen": 15})
        self.assertIn("Ten failed tries at one entry close it for fifteen minutes", told)
        self.assertIn(f"may fail {TRIES_OF_A_SOURCE} times in all", told)
        self.assertIn(f"after {LONGEST.total_seconds() / 3600:.0f} hours however busy", told)
        self.assertIn(
            f"after {IDLE.seconds // 60} idle minutes ({IDLE_OF_PRIVILEGED.seconds // 60} for", told
        )

    def test_tell_every_setting(self) -> None:
        self.assertEqual({name for name in settings() if f"`{name}`" not in TOLD}, set())

    def test_have_a_handbook_page_for_every_area(self) -> None:
        areas = {path.parent.name for path in (ROOT / "keepwell" / "areas").glob("*/__init__.py")}
        pages = {f"{area}.{language}.md" for area in areas for language in ("en", "zh-hant")}
        self.assertEqual({page for page in pages if not (HANDBOOK / page).exists()}, set())

    def test_link_only_to_what_is_there(self) -> None:
        broken = [
            f"{page.relative_to(ROOT)}: {target}"
            for page in PAGES
            if page.exists()
            for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
            if "://" not in target and not (page.parent / target).exists()
        ]
        self.assertEqual(broken, [])
