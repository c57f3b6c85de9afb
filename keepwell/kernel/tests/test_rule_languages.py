"""The texts of own rules in further languages: by file, checked on the way in, and read by whoever reads the language."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from unittest import TestCase

from keepwell.kernel.clocks import case, told
from keepwell.kernel.clocks.calendars import Unfit
from keepwell.kernel.clocks.languages import LANGUAGES, own_words, within
from keepwell.kernel.clocks.own import Known, examine, read
from keepwell.kernel.clocks.rules import Rule
from keepwell.kernel.clocks.sentences import Words
from keepwell.kernel.clocks.written import put, rows_of
from keepwell.kernel.tests.test_clocks import RULES

CHINESE = {
    "regime": "集團政策 12.3", "recipient": "集團資安長", "content": ["發生何事", "洽詢對象"], "stages": {"word": "口頭通報"},
    "penalty": "無",
}  # fmt: skip
POLICY: dict[str, Any] = {
    "id": "own-policy", "regime": "Group policy 12.3", "jurisdiction": "group", "recipient": "CISO of the group",
    "content": ["what happened", "whom to ask"], "penalty": "none", "note": "Read it whole.",
    "stages": [{"stage": "word", "start": "awareness", "deadline": {"n": 4, "unit": "hours"}}],
    "languages": {"zh-hant": CHINESE, "ja": {"content": ["何が起きたか", "連絡先"]}},
}  # fmt: skip
YAML = """rules:
- id: own-a
  regime: Policy
  jurisdiction: group
  recipient: CISO
  stages:
  - {stage: word, start: awareness, deadline: {n: 4, unit: hours}}
  languages:
    zh-hant: {recipient: 資安長}
    ja:
      penalty: 罰則
- id: own-b
  regime: Policy
  jurisdiction: group
  recipient: CISO
  stages:
  - stage: word
    start: dawn
    deadline: {n: 4, unit: hours}
"""


def policy(**languages: Any) -> Rule:
    """The rule, with these texts in place of its own ones."""
    row = POLICY | ({"languages": languages} if languages else {})
    return read([row], RULES, Known())["own-policy"]


def faults(languages: Any) -> list[str]:
    """What is told of the rule with these texts."""
    return [str(one) for one in examine([POLICY | {"languages": languages}], RULES, Known()).faults]


class ATextOfARule(TestCase):
    def test_is_read_in_each_language_that_has_one(self) -> None:
        here = within(policy(), "zh-hant")
        self.assertEqual((here.regime, here.recipient), ("集團政策 12.3", "集團資安長"))
        self.assertEqual((here.content, here.stages[0].name), (("發生何事", "洽詢對象"), "口頭通報"))
        self.assertEqual(here.words, (("penalty", "無"),))
        self.assertEqual(within(policy(), "ja").content, ("何が起きたか", "連絡先"))

    def test_stays_as_it_is_where_a_language_has_none(self) -> None:
        self.assertEqual(within(policy(), "zh-hant").note, "Read it whole.")
        for language in ("en", "de", ""):
            there = within(policy(), language)
            self.assertEqual(
                (there.regime, there.content), ("Group policy 12.3", ("what happened", "whom to ask"))
            )
        plain = RULES["gdpr-33"]
        self.assertIs(within(plain, "zh-hant"), plain)

    def test_is_its_first_words_to_whoever_compares_and_keeps_it(self) -> None:
        stage = policy().stages[0]
        self.assertEqual((stage.name, json.dumps(stage.name), {stage.name: 1}["word"]), ("word", '"word"', 1))
        self.assertEqual(own_words(stage.name, "zh-hant"), "口頭通報")
        self.assertEqual(own_words("word", "zh-hant"), "")
        self.assertEqual(hash(policy()), hash(policy()))

    def test_changes_nothing_that_is_reckoned(self) -> None:
        given = {"units": [{"code": "KHH1", "country": "TW"}], "rules": ["own-policy"], "own_rules": [POLICY],
                 "events": [{"kind": "awareness", "at": "2026-06-18T15:10:00+08:00"}]}  # fmt: skip
        plain = given | {"own_rules": [{key: value for key, value in POLICY.items() if key != "languages"}]}
        at = datetime(2026, 6, 18, 8, tzinfo=UTC)
        found, before = (case.answer(case.read(one, RULES, at))["clocks"] for one in (given, plain))
        self.assertEqual(found, before)
        self.assertEqual(found[0]["due"], "2026-06-18T11:10:00Z")

    def test_comes_back_as_it_went(self) -> None:
        rows = rows_of(put([POLICY]))
        self.assertEqual(rows, [POLICY])
        self.assertEqual(rows_of(put(rows)), [POLICY])
        self.assertEqual(rows_of(json.dumps([POLICY])), [POLICY])

    def test_is_told_where_a_file_is_checked(self) -> None:
        self.assertIn("word: CISO of the group is told within 4 hours", told.asks(policy(), replaces=False))
        chinese = told.asks(policy(), replaces=False, words=Words(language="zh-hant"))
        self.assertIn("own-policy (集團政策 12.3) is a rule of your own.", chinese)
        self.assertIn("口頭通報: 集團資安長 is told within 4 hours", chinese)
        self.assertTrue(chinese.endswith("Its texts are there in further languages: zh-hant, ja."))


class AFault(TestCase):
    def test_names_the_language_the_part_and_what_to_do(self) -> None:
        for given, says in (
            ("zh-hant", "own-policy, languages: write the texts by language, as {zh-hant: {recipient: …}}."),
            ({}, "own-policy, languages: write the texts by language"),
            ({"zh-hant": "資安長"}, "own-policy, languages, zh-hant: write the texts by language"),
            ({"sv": CHINESE}, f'languages: "sv" is no language in which somebody reads; there are {", ".join(LANGUAGES)}.'),
            ({"zh-TW": CHINESE}, '"zh-TW" is no language'),
            ({"zh-hant": {"when": "高"}}, 'own-policy, languages, zh-hant: "when" is no text of a rule; there are regime,'),
            ({"zh-hant": {"source": "法規"}}, "languages, zh-hant, source: the rule itself says nothing there"),
            ({"zh-hant": {"fallback": "其他"}}, "languages, zh-hant, fallback: the rule itself says nothing there"),
            ({"zh-hant": {"regime": " "}}, "languages, zh-hant, regime: write a text of 1 to 2,000 signs."),
            ({"zh-hant": {"regime": "法" * 2_001}}, "regime: write a text of 1 to 2,000 signs."),
            ({"zh-hant": {"recipient": ["資安長"]}}, "recipient: write a text of 1 to 2,000 signs."),
            ({"zh-hant": {"content": ["發生何事"]}}, "content: list as many contents as the rule itself (2), in the same"),
            ({"zh-hant": {"content": "發生何事"}}, "content: list as many contents as the rule itself (2)"),
            ({"zh-hant": {"content": ["何" * 301, "誰"]}}, "content: write a text of 1 to 300 signs."),
            ({"zh-hant": {"stages": ["口頭"]}}, "stages: write them by the names of the stages, as {notice: …}."),
            ({"zh-hant": {"stages": {"report": "報告"}}}, 'languages, zh-hant, stages: there is no stage called "report".'),
            ({"zh-hant": {"stages": {"word": "口" * 61}}}, "stages, word: write a text of 1 to 60 signs."),
        ):  # fmt: skip
            with self.subTest(says):
                (fault,) = faults(given)
                self.assertIn(says, fault)

    def test_is_none_at_the_longest(self) -> None:
        longest = {"regime": "法" * 2_000, "content": ["何" * 300, "誰"], "stages": {"word": "口" * 60}}
        self.assertEqual(faults({"zh-hant": longest}), [])

    def test_names_the_line_in_which_its_part_begins(self) -> None:
        found = [str(one) for one in examine(rows_of(YAML), RULES, Known()).faults]
        self.assertEqual(len(found), 2)
        self.assertTrue(
            found[0].startswith("Line 11: own-a, languages, ja, penalty: the rule itself says nothing there")
        )
        self.assertTrue(found[1].startswith('Line 17: own-b, word: "dawn" is no kind of event'), found[1])
        with self.assertRaisesRegex(Unfit, "Line 11: own-a, languages, ja, penalty"):
            read(rows_of(YAML), RULES, Known())
