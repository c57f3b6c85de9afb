"""V15.2.1: parts with a known weakness are told, and when they are past their time; both edges, no network."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import TestCase

import pytest

ROOT = Path(__file__).resolve().parents[1]
DAY = date(2026, 3, 31)
LOCK = "requests==2.31.0 \\\n    --hash=sha256:00\nPy_Yaml[extra]==6.0.1 ; python_version > '3'\n"
CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
SCORES = {
    CRITICAL: "critical", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N": "high",
    "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N": "other", "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N": "other",
    "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H": "critical", "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H": "high",
    "CVSS:4.0/AV:N": "high", "": "high",
}  # fmt: skip
"""9.8, 7.5, 6.1, 0, 9.9 and 7.8 by the calculator of FIRST; what it cannot reckon counts as high."""
pytestmark = pytest.mark.sqlite


def advisory(name: str = "requests", ecosystem: str = "PyPI", *, id_: str = "PYSEC-1", days: int = 0, score: str = CRITICAL,
             events: list[dict[str, str]] | None = None, **more: Any) -> dict[str, Any]:  # fmt: skip
    """An advisory that was published so many days before DAY."""
    kind = "ECOSYSTEM" if ecosystem == "PyPI" else "SEMVER"
    published = (DAY - timedelta(days=days)).isoformat() + "T08:00:00Z"
    ranges = [{"type": kind, "events": events or [{"introduced": "0"}, {"fixed": "2.32.0"}]}]
    affected = {"package": {"ecosystem": ecosystem, "name": name}, "ranges": ranges} | more.pop(
        "affected", {}
    )
    return {"id": id_, "published": published, "modified": published, "affected": [affected],
            "severity": [{"type": "CVSS_V3", "score": score}]} | more  # fmt: skip


OTHER = [advisory("somebody-else", id_="PYSEC-0"), advisory("somebody-else", "npm", id_="GHSA-0")]
"""What a whole export always holds: advisories of parts that are not here."""


class Advisories(TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        (self.folder / "requirements.lock").write_text(LOCK)
        (self.folder / "requirements-dev.lock").write_text("packaging==24.0\n")
        npm = {"packages": {"": {"name": "ours"}, "node_modules/@a/b": {"version": "1.2.3-beta.2"},
                            "node_modules/c/node_modules/d": {"version": "4.0.0"}}}  # fmt: skip
        (self.folder / "package-lock.json").write_text(json.dumps(npm))

    def run_on(self, *told: Any, day: date = DAY, whole: bool = True) -> tuple[int, str]:
        """Exit status and everything said of one file that holds `told`."""
        path = self.folder / "advisories.json"
        path.write_text(json.dumps([*told, *(OTHER if whole else [])]))
        return self.run_with(path, day=day)

    def run_with(self, *paths: Path, day: date = DAY) -> tuple[int, str]:
        command = [
            sys.executable,
            str(ROOT / "bin/advisories"),
            "--root",
            str(self.folder),
            "--day",
            day.isoformat(),
        ]
        done = subprocess.run([*command, *map(str, paths)], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def hits(self, *told: Any) -> int:
        """How many weaknesses are told."""
        found = re.search(r"(\d+) known weaknesses", self.run_on(*told)[1])
        assert found is not None
        return int(found[1])

    def test_are_past_their_time_a_day_after_it_and_not_on_it(self) -> None:
        for score, days in ((CRITICAL, 3), ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 14),
                            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 90)):  # fmt: skip
            status, said = self.run_on(advisory(score=score, days=days))
            self.assertEqual(status, 0, said)
            self.assertIn(
                f"requests 2.31.0 (requirements.lock), PYSEC-1, known since {DAY - timedelta(days=days)}",
                said,
            )
            self.assertIn(f"mended in 2.32.0, to be replaced by {DAY}", said)
            status, said = self.run_on(advisory(score=score, days=days + 1))
            self.assertEqual((status, "1 days past its time" in said), (1, True), said)

    def test_reckon_by_the_times_that_the_document_states(self) -> None:
        told = (ROOT / "docs/operations/security.md").read_text(encoding="utf-8")
        table = told.partition("| what is found | replaced within |")[2].partition("\n\n")[0]
        self.assertEqual(re.findall(r"\| (\d+) days \|", table), ["3", "14", "90"])
        source = (ROOT / "bin/advisories").read_text(encoding="utf-8")
        self.assertIn('DAYS = {"critical": 3, "high": 14, "other": 90}', source)

    def test_are_weighed_by_cvss_then_by_word_and_else_as_high(self) -> None:
        for score, grade in SCORES.items():
            self.assertIn(f"{grade}: requests", self.run_on(advisory(score=score))[1], score)
        for word, grade in (("MODERATE", "other"), ("CRITICAL", "critical"), ("odd", "high")):
            told = advisory(score="", database_specific={"severity": word})
            self.assertIn(f"{grade}: requests", self.run_on(told)[1])

    def test_concern_the_versions_between_introduced_and_fixed(self) -> None:
        for events, is_hit in (
            ([{"introduced": "2.31.0"}, {"fixed": "2.31.1"}], True), ([{"introduced": "2.31.0.post1"}], False),
            ([{"introduced": "0"}, {"fixed": "2.31.0"}], False), ([{"introduced": "0"}, {"fixed": "2.31.0.post1"}], True),
            ([{"introduced": "0"}, {"last_affected": "2.31"}], True), ([{"introduced": "0"}, {"last_affected": "2.30.9"}], False),
            ([{"introduced": "2.9"}, {"fixed": "2.30"}], False), ([{"introduced": "2.9"}], True),
            ([{"fixed": "1.0"}, {"introduced": "0"}, {"introduced": "2.31.0rc1"}], True),
            ([{"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "2.0"}, {"fixed": "2.31.0"}], False),
            ([{"introduced": "0"}, {"limit": "2.31.0"}], False), ([{"introduced": "0"}, {"limit": "2.31.1"}], True),
            ([{"introduced": "not a version"}], True),
        ):  # fmt: skip
            self.assertEqual(self.hits(advisory(events=events)), is_hit, events)

    def test_concern_the_versions_that_are_listed(self) -> None:
        for versions, is_hit in (
            (["2.31"], True),
            (["2.31.0.0"], True),
            (["2.30.0", "2.32.0"], False),
            (["x"], False),
        ):
            affected = {"versions": versions, "ranges": []}
            self.assertEqual(self.hits(advisory(affected=affected)), is_hit, versions)
        self.assertEqual(
            self.hits(advisory(affected={"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]})), 0
        )

    def test_of_npm_are_compared_as_npm_does(self) -> None:
        for events, is_hit in (
            ([{"introduced": "0"}, {"fixed": "1.2.3"}], True), ([{"introduced": "0"}, {"fixed": "1.2.3-beta.2"}], False),
            ([{"introduced": "1.2.3-beta.10"}], False), ([{"introduced": "1.2.3-beta.1"}, {"fixed": "1.2.3-beta.10"}], True),
            ([{"introduced": "1.2.3-alpha"}, {"fixed": "1.2.3-rc.1"}], True), ([{"introduced": "1.2.3"}], False),
            ([{"introduced": "1.2.3-beta.2.1"}], False), ([{"introduced": "1.2.3-1"}], True),
        ):  # fmt: skip
            self.assertEqual(self.hits(advisory("@a/b", "npm", events=events)), is_hit, events)
        self.assertEqual(self.hits(advisory("d", "npm", events=[{"introduced": "4.0.0"}])), 1)
        self.assertEqual(self.hits(advisory("c/node_modules/d", "npm")), 0)

    def test_name_parts_as_their_ecosystem_does(self) -> None:
        every = [{"introduced": "0"}]
        self.assertEqual(self.hits(advisory("PY.yaml", events=every)), 1)
        self.assertEqual(self.hits(advisory("packaging", events=every)), 1)
        self.assertEqual(self.hits(advisory("requests", "npm", events=every)), 0)
        self.assertEqual(self.hits(advisory("requests", "crates.io", events=every)), 0)

    def test_are_told_once_whatever_they_are_called(self) -> None:
        told = [
            advisory(id_="PYSEC-1", aliases=["CVE-1"], days=2, score=""),
            advisory(id_="GHSA-1", aliases=["CVE-1"], days=5),
        ]
        status, said = self.run_on(*told)
        self.assertEqual((status, said.count("requests 2.31.0")), (1, 1))
        self.assertIn(
            "critical: requests 2.31.0 (requirements.lock), CVE-1 GHSA-1 PYSEC-1, known since 2026-03-26",
            said,
        )

    def test_that_were_withdrawn_are_not_told(self) -> None:
        self.assertEqual(self.hits(advisory(withdrawn="2026-01-01T00:00:00Z")), 0)

    def test_that_are_used_by_attackers_are_critical(self) -> None:
        low = "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"
        told, used = advisory(aliases=["CVE-7"], score=low, days=4), {"vulnerabilities": [{"cveID": "CVE-7"}]}
        self.assertEqual(self.run_on(told)[0], 0)
        status, said = self.run_on(told, used)
        self.assertEqual((status, "critical: requests" in said), (1, True))

    def test_without_a_day_are_past_their_time(self) -> None:
        told = advisory()
        del told["published"], told["modified"]
        self.assertEqual(self.run_on(told)[0], 1)

    def accept(self, *lines: str, columns: str = "weakness,part,until,by,reason") -> None:
        (self.folder / "security").mkdir(exist_ok=True)
        (self.folder / "security/accepted.csv").write_text("\n".join((columns, *lines)) + "\n")

    def test_that_are_accepted_are_not_late_until_the_day_after(self) -> None:
        told = advisory(days=4, aliases=["CVE-7"])
        self.accept(f"CVE-7,requests,{DAY},Ada,Only files of ours are asked for.")
        status, said = self.run_on(told)
        self.assertEqual(status, 0, said)
        self.assertIn(f"accepted until {DAY} by Ada: Only files of ours are asked for.\n", said)
        self.assertIn("1 known weaknesses, 0 past their time", said)
        status, said = self.run_on(told, day=DAY + timedelta(days=1))
        self.assertEqual((status, "covers nothing today" in said), (1, True), said)

    def test_that_are_accepted_are_those_of_that_part_alone(self) -> None:
        for line in (f"CVE-8,requests,{DAY},Ada,Why", f"CVE-7,packaging,{DAY},Ada,Why"):
            self.accept(line)
            self.assertEqual(self.run_on(advisory(days=4, aliases=["CVE-7"]))[0], 1, line)

    def test_are_accepted_by_a_whole_line_and_not_for_good(self) -> None:
        last = DAY + timedelta(days=180)
        self.accept(f"CVE-7,requests,{last},Ada,Why")
        self.assertEqual(self.run_on(advisory())[0], 0)
        for line, sentence in (
            ("CVE-7,requests,2026-13-01,Ada,Why", "line 2: write the last day as 2026-06-30"),
            (f"CVE-7,requests,{last + timedelta(days=1)},Ada,Why", "nothing is accepted for more than 180 days"),
            (f"CVE-7,requests,{DAY},,Why", "line 2: write by"), (f"CVE-7,requests,{DAY},Ada", "line 2: write reason"),
        ):  # fmt: skip
            self.accept(line)
            status, said = self.run_on(advisory())
            self.assertEqual((status, sentence in said, said.count("\n")), (2, True, 1), said)
        self.accept(columns="weakness,reason")
        self.assertEqual(self.run_on(advisory())[0], 2)

    def test_come_as_files_folders_and_archives(self) -> None:
        folder = self.folder / "osv"
        folder.mkdir()
        (folder / "a.json").write_text(json.dumps(advisory(days=9)))
        packed = self.folder / "npm.zip"
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(
                "b.json", json.dumps(advisory("d", "npm", id_="GHSA-2", events=[{"introduced": "0"}]))
            )
            archive.writestr("README", "no advisory")
        status, said = self.run_with(folder, packed)
        self.assertEqual((status, "2 known weaknesses, 1 past their time" in said), (1, True), said)

    def test_that_cannot_be_read_or_speak_of_another_house_are_no_all_clear(self) -> None:
        bad = self.folder / "bad.json"
        for content in (
            "",
            "{",
            "[1]",
            "{}",
            '{"id": 1}',
            "null",
            '{"id": "A", "affected": 3}',
            "[" * 100_000,
        ):
            bad.write_text(content)
            status, said = self.run_with(bad)
            self.assertEqual((status, said.count("\n")), (2, 1), (content[:20], said[-300:]))
        self.assertEqual(self.run_with(self.folder / "none.json")[0], 2)
        status, said = self.run_on(advisory(), whole=False)
        self.assertEqual((status, said), (2, "No advisory speaks of npm; give its export as well.\n"))


class TheLocksOfTheHouse(TestCase):
    def test_are_all_read(self) -> None:
        """A weakness of any locked part is found: the first and the last of each lock."""
        with TemporaryDirectory() as folder:
            path, told = Path(folder) / "all.json", list(OTHER)
            locked = [(lock.name, *re.findall(r"^([A-Za-z0-9][\w.-]*)==", lock.read_text(), re.M))
                      for lock in sorted(ROOT.glob("requirements*.lock"))]  # fmt: skip
            for _lock, first, *_between, last in locked:
                told += [
                    advisory(name, id_=f"X-{name}", events=[{"introduced": "0"}]) for name in (first, last)
                ]
            told.append(advisory("htmx.org", "npm", id_="X-htmx", events=[{"introduced": "0"}]))
            path.write_text(json.dumps(told))
            command = [sys.executable, str(ROOT / "bin/advisories"), "--day", DAY.isoformat(), str(path)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, len(locked)), (0, 3), done.stderr)
        self.assertIn(f"{2 * len(locked) + 1} known weaknesses, 0 past their time.", done.stdout)
