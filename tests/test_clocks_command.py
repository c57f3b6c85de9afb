"""`keepwell clocks` as counsel uses it: a file in, clocks or sentences out, no database anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.test import SimpleTestCase

CASE = {
    "units": [
        {"code": "MSH", "country": "TW", "attributes": ["listed_on_TWSE"]},
        {"code": "DRS1", "country": "DE", "attributes": ["gdpr_controller"]},
    ],
    "factors": {"material": True, "personal_data": True},
    "events": [{"kind": "awareness", "at": "2026-06-18T15:10:00+08:00"}],
    "calendars": {"TWSE": {"closed": ["2026-06-19"]}},
    "now": "2026-06-18T20:00:00+08:00",
}


OWN: dict[str, Any] = {
    "id": "own-policy", "regime": "Group policy 12.3", "jurisdiction": "group", "recipient": "CISO of the group",
    "when": [{"factor": "level", "is": ">=", "value": 3}],
    "stages": [{"stage": "word", "start": "awareness", "deadline": {"n": 4, "unit": "hours"}}],
}  # fmt: skip


def keepwell(*arguments: str, typed: str = "", act: str = "reckon") -> subprocess.CompletedProcess[str]:
    """The command, with a database that nobody can reach."""
    environment = {"PATH": "/usr/bin:/bin", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    return subprocess.run(
        [sys.executable, "-m", "keepwell.config.cli", "clocks", act, *arguments],
        input=typed, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


class Reckoning(SimpleTestCase):
    def test_tells_whom_by_when_and_why(self) -> None:
        done = keepwell("-", typed=json.dumps(CASE))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        found = {one["rule"]: one for one in json.loads(done.stdout)["clocks"]}
        self.assertEqual(set(found), {"twse-material-info", "gdpr-33", "group-escalation"})
        self.assertEqual(found["gdpr-33"]["due"], "2026-06-21T07:10:00Z")
        self.assertEqual(found["twse-material-info"]["due_local"], "2026-06-22T07:00:00+08:00")
        self.assertIn("TWSE is closed on Friday 19 June 2026", found["twse-material-info"]["why"])

    def test_refuses_in_one_sentence(self) -> None:
        naive: dict[str, Any] = CASE | {"events": [{"kind": "awareness", "at": "2026-06-18T15:10"}]}
        for typed, says in (
            ("{", "is not JSON"),
            (json.dumps(naive), "events, 1: 2026-06-18T15:10 has no zone"),
        ):
            with self.subTest(says=says):
                done = keepwell("-", typed=typed)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(says, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)

    def test_says_what_is_wrong_with_a_file_in_chinese_too(self) -> None:
        unseen = CASE | {"units": [{"code": "\ud800", "country": "TW"}]}
        for typed, says in (
            ("{", "- 不是 JSON（第 1 行）；請在該處更正。"),
            ("[" * 200_000, "清單層層相套過深"),
            (" " * 10_000_001, "- 超過 10 MB；一個案例至多數千行。"),
            (json.dumps(unseen), "無法保存"),
            (json.dumps(CASE | {"now": "soon"}), "now：時點請寫成"),
        ):
            with self.subTest(says):
                done = keepwell("-", "--language", "zh-hant", typed=typed)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(says, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)

    def test_answers_in_chinese(self) -> None:
        done = keepwell("-", "--language", "zh-hant", typed=json.dumps(CASE))
        found = {one["rule"]: one["why"] for one in json.loads(done.stdout)["clocks"]}
        self.assertIn("2026 年 6 月 22 日（週一）07:00（臺北）", found["twse-material-info"])

    def test_says_that_a_file_is_not_there(self) -> None:
        with TemporaryDirectory() as folder:
            done = keepwell(str(Path(folder) / "case.json"))
            chinese = keepwell(str(Path(folder) / "case.json"), "--language", "zh-hant")
            Path(folder, "case.json").write_bytes(b"\xff\xfe")
            bytes_alone = keepwell(str(Path(folder) / "case.json"), "--language", "zh-hant")
        self.assertEqual((done.returncode, chinese.returncode), (2, 2))
        self.assertIn("cannot be read: No such file or directory.", done.stderr)
        self.assertIn("無法讀取", chinese.stderr)
        self.assertIn("不是 UTF-8 文字；請以 UTF-8 儲存。", bytes_alone.stderr)


class OwnRules(SimpleTestCase):
    def test_are_reckoned_inline(self) -> None:
        case = CASE | {"own_rules": [OWN], "factors": {"level": 3, "external_clock": False}}
        done = keepwell("-", typed=json.dumps(case))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        found = [one for one in json.loads(done.stdout)["clocks"] if one["rule"] == "own-policy"]
        self.assertEqual([one["unit"] for one in found], ["DRS1", "MSH"])
        self.assertEqual({one["due"] for one in found}, {"2026-06-18T11:10:00Z"})

    def test_that_do_not_fit_are_refused_with_the_case(self) -> None:
        done = keepwell("-", typed=json.dumps(CASE | {"own_rules": [OWN | {"id": "policy"}]}))
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn('policy: the id of an own rule begins with "own-"', done.stderr)

    def test_are_told_in_sentences(self) -> None:
        with TemporaryDirectory() as folder:
            file = Path(folder) / "rules.json"
            file.write_text(
                json.dumps([OWN, OWN | {"id": "own-press", "audience": "public", "recipient": "the press"}])
            )
            done = keepwell(str(file), act="check")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], (
            "own-policy (Group policy 12.3) is a rule of your own. It binds the unit at which the incident lies. It is "
            "triggered if the group's severity, 0 (S0) to 4 (S4), is >= 3. word: CISO of the group is told within 4 hours, "
            "from when the site became aware."
        ))  # fmt: skip
        self.assertIn("the press must be told by", done.stdout)
        chinese = keepwell(
            "-", "--language", "zh-hant", typed=json.dumps([OWN]), act="check"
        ).stdout.splitlines()
        self.assertEqual(chinese[0], (
            "own-policy（Group policy 12.3）是貴集團自訂的規則。適用於事件所在單位。"
            "觸發條件：集團的嚴重程度，0（S0）至 4（S4） >= 3。"
            "word：自「廠區知悉」起算，於 4 小時內通知 CISO of the group。"
        ))  # fmt: skip
        self.assertIn("the notice under twse-material-info must be submitted", done.stdout)

    def test_of_the_example_fit(self) -> None:
        example = Path(__file__).resolve().parents[1] / "keepwell" / "library" / "own-rules-example.yaml"
        self.assertEqual(keepwell(str(example), act="check").returncode, 0)

    def test_are_refused_with_a_sentence_for_each_fault(self) -> None:
        wrong = [OWN | {"recipient": "", "when": [{"factor": "size"}]}]
        done = keepwell("-", typed=json.dumps(wrong), act="check")
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 2))
        self.assertIn("own-policy: say who is told.", done.stderr)
        for typed, says in (
            ("a: &a [1]\nb: *a", "write everything out where it belongs"),
            ("", "The file holds no rule"),
        ):
            self.assertIn(says, keepwell("-", typed=typed, act="check").stderr)
        self.assertIn("cannot be read", keepwell("/nowhere/rules.yaml", act="check").stderr)
