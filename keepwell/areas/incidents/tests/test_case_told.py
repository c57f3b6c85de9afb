"""What `keepwell clocks reckon` says of a case that does not fit, in English and in Traditional Chinese."""

from __future__ import annotations

import ast
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.test import SimpleTestCase
from django.utils.translation import gettext, override

from keepwell.areas.incidents.models import case_words, clock_rules, words
from keepwell.areas.incidents.models.sentences import words as words_here
from keepwell.kernel import clocks
from keepwell.kernel.clocks import case, case_faults, told
from keepwell.kernel.clocks.calendars import NoBusinessDay, Unfit
from keepwell.kernel.clocks.factors import DERIVED, FACTORS, RANGES
from keepwell.kernel.clocks.rules import DUTIES

LISTED = {"code": "MSH", "country": "TW", "attributes": ["listed_on_TWSE"]}
AT = "2026-06-18T15:10:00+08:00"


def with_event(**event: Any) -> dict[str, Any]:
    """A case of one unit in which this happened."""
    return {"units": [LISTED], "events": [{"kind": "awareness", "at": AT, **event}]}


def with_calendar(**calendar: Any) -> dict[str, Any]:
    """A case of one unit with a calendar of its own."""
    return {"units": [LISTED], "calendars": {"FAB": calendar}}


def with_clause(**clause: Any) -> dict[str, Any]:
    """A case of one unit with a clause of a contract."""
    return {"units": [LISTED], "clauses": [{"rule": "customer-contract", **clause}]}


def with_facts(**factors: Any) -> dict[str, Any]:
    """A case of one unit with what is known."""
    return {"units": [LISTED], "factors": factors}


WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
BY_DAYS = {"n": 2, "unit": "business_days"}
UNFIT: dict[str, tuple[Any, str, str]] = {
    "NO_CASE": ([], 'it begins with {"units": …', "檔案中沒有案例"),
    "STRAY_IN_CASE": ({"unit": []}, '"unit" is no part of a case; there are', "案例中沒有「unit」這一項"),
    "NO_ENTRY": ({"units": []}, "units: give a list with at least one entry.", "units：請給一份至少有一筆的清單。"),
    "NO_LIST": ({"units": [LISTED], "events": {}}, "events: give a list.", "events：請給一份清單。"),
    "TOO_MANY": ({"units": [LISTED] * 1_001}, "units: 1,001 are too many; 1,000", "units：1,001 筆過多"),
    "NO_TABLE": ({"units": ["MSH"]}, "units, 1: write each as {…}.", "units, 1：請將每一筆寫成 {…}。"),
    "NO_CODE": ({"units": [{"code": 5}]}, "units, 1: a unit has a code", "units, 1：單位須有代碼"),
    "SAME_CODE": ({"units": [LISTED] * 2}, 'units: "MSH" stands there twice', "units：「MSH」出現兩次"),
    "BAD_ATTRIBUTES": ({"units": [LISTED | {"attributes": "x"}]}, "attributes are a list", "attributes 須為清單"),
    "NO_IDS": ({"units": [LISTED], "rules": "gdpr-33"}, "rules: give a list of ids", "rules：請給代號清單"),
    "NO_SUCH_ID": ({"units": [LISTED], "rules": ["x"]}, 'rules: no rule has the id "x"', "rules：沒有代號為「x」的規則"),
    "BAD_FACTORS": ({"units": [LISTED], "factors": [1]}, "factors: write them as", "factors：請寫成"),
    "SAY_WHETHER": (with_facts(external_clock="yes"), (
        "factors, external_clock (the incident asks to tell somebody outside the group): say true or false, not 'yes'."
    ), "factors，external_clock（事件須通知集團以外之人）：請寫 true 或 false，而非 'yes'。"),
    "SAY_HOW_MUCH": (with_facts(level="three"), (
        "factors, level (the group's severity, 0 (S0) to 4 (S4)): give a number, not 'three'."
    ), "factors，level（集團的嚴重程度，0（S0）至 4（S4））：請給數字，而非 'three'。"),
    "NEVER": (with_facts(persons=-1), "factors, persons: -1 cannot be", "factors, persons：不可能有 -1"),
    "NO_UNIT": (with_event(unit="ZZZ"), 'events, 1: no unit of the case has the code "ZZZ"', "沒有代碼為「ZZZ」的單位"),
    "NO_UNTIL": (with_event(kind="extension", rule="gdpr-33"), "say until when", "請以 until 說明"),
    "NO_CHANGE": (with_event(kind="level_change"), "say to which level", "說明變更為哪一級"),
    "NO_LEVEL": (with_event(level=7), "events, 1: 7 is no level; there are 0 to 4.", "events, 1：7 不是等級"),
    "NO_MOMENT": (with_event(at="yesterday"), "not 'yesterday'", "而非 'yesterday'"),
    "NO_ZONE": (with_event(at="2026-06-18T15:10"), "has no zone; write it as 2026-06-18T15:10+08:00", "沒有時區"),
    "FAR_MOMENT": (with_event(at="2101-01-01T00:00Z"), "outside the years 1990 to 2100", "不在 1990 年至 2100 年之間"),
    "SET_BY_REGIME": (with_clause(rule="gdpr-33"), "a contract cannot change it", "契約不得變更"),
    "NAME_CALENDAR": (with_clause(deadline=BY_DAYS), "clauses, 1: the clause counts", "clauses, 1：此條款以營業日計算"),
    "BAD_CALENDARS": ({"units": [LISTED], "calendars": ["FAB"]}, "calendars: write them as", "calendars：請寫成"),
    "BAD_CALENDAR": ({"units": [LISTED], "calendars": {"FAB": 1}}, "calendars, FAB: write it", "calendars, FAB：請寫成"),
    "STRAY_IN_CALENDAR": (with_calendar(open=[]), '"open" is no part of a calendar', "營業日曆中沒有「open」這一項"),
    "NO_DAYS": (with_calendar(closed=5), "closed and opened are lists of days", "須為日期清單"),
    "NO_WEEKEND": (with_calendar(weekend="Sunday"), "weekend lists days", "weekend 列出星期幾"),
    "NO_DAY": (with_calendar(closed=["19 June"]), "not '19 June'", "而非 '19 June'"),
    "NO_BASE": (with_calendar(based_on="XX"), 'No calendar is kept under "XX"', "沒有名為「XX」的營業日曆"),
    "NO_OPEN_DAY": (with_calendar(weekend=WEEK), "leave one out of its weekend", "請自 weekend 移除一天"),
}  # fmt: skip
"""By the name of a sentence, a case of which it is told, and what stands in it in both languages."""
OF_RULES = (
    (with_event(kind="noticed"), 'events, 1: "noticed" is no kind of event', "events, 1：沒有「noticed」這種事件"),
    (with_clause(start=["noticed"]), "is no kind of event", "這種事件"),
    (with_facts(colour=True), 'factors: "colour" is no factor', "factors：沒有「colour」這項因素"),
    (with_facts(level=5), "factors, level: 5 is outside 0 to 4.", "factors, level：5 不在 0 至 4 之間。"),
    (with_clause(deadline={"n": 0, "unit": "hours"}), "a deadline has 1 to 87,600 hours", "小時"),
    ({"units": [{"code": "A", "country": "XX"}]}, 'units, 1: "XX" is no country', "units, 1："),
    ({"units": [LISTED | {"zone": "Mars"}]}, 'units, 1: No time zone is called "Mars"', "units, 1："),
    ({"units": [LISTED], "own_rules": [{"id": "own-x"}]}, "own-x: name the regime", "own-x："),
)  # fmt: skip
"""What is told with the sentences that rules have too."""
OF_THE_COMMAND = {"TOO_FAR", "MANY_RULES", "MANY_LINES", "UNREADABLE", "NO_UTF8", "NO_JSON", "NESTED"}
"""What is said of the file itself; tests/test_clocks_command.py runs the command."""
PARTS = {"FACTOR", "NO_BUSINESS_DAY"}
"""A place, and what the reckoning answers by an end of our own; both are told below."""


def fault_of(given: Any) -> Any:
    """What is told of a case that does not fit."""
    try:
        case.read(given, clock_rules(), datetime(2026, 6, 19, tzinfo=UTC))
    except Unfit as wrong:
        return wrong.fault
    raise AssertionError(f"{given} fits.")


class AFault(SimpleTestCase):
    def told(self, given: Any, english: str, chinese: str) -> None:
        fault = fault_of(given)
        self.assertIn(english, str(fault))
        with override("zh-hant"):
            said = fault.within(gettext)
        self.assertIn(chinese, said)
        self.assertNotIn("\n", said)
        self.assertNotIn("%(", said)
        self.assertTrue(said.endswith("。"), said)

    def test_of_each_kind_is_told_in_both_languages(self) -> None:
        for name, (given, english, chinese) in UNFIT.items():
            with self.subTest(name):
                fault = fault_of(given)
                self.assertEqual(fault.facts.get("fault", fault).says, getattr(case_faults, name))
                self.told(given, english, chinese)

    def test_that_rules_have_too_is_told_in_both_languages(self) -> None:
        for given, english, chinese in OF_RULES:
            with self.subTest(english):
                self.told(given, english, chinese)

    def test_of_every_sentence_has_a_case(self) -> None:
        names = {name for name, says in vars(case_faults).items() if name.isupper() and isinstance(says, str)}
        self.assertEqual(names, UNFIT.keys() | OF_THE_COMMAND | PARTS)

    def test_repeats_what_was_written_in_one_short_line(self) -> None:
        self.assertIn(f'units: "{"a" * 60}…"', str(fault_of({"units": [LISTED | {"code": "a" * 999}] * 2})))
        self.assertIn('"a b"', str(fault_of({"a\nb": 1})))

    def test_of_a_calendar_without_a_day_names_it(self) -> None:
        says = "The calendar FAB has no business day within 60 days after 2026-06-18; correct its closures."
        fault = NoBusinessDay("FAB", date(2026, 6, 18)).fault
        self.assertEqual(str(fault), says)
        with override("zh-hant"):
            self.assertIn("營業日曆 FAB 在 2026-06-18 之後 60 天內沒有營業日", fault.within(gettext))


class TheWords(SimpleTestCase):
    def test_of_the_kernel_are_all_marked_and_translated(self) -> None:
        named = {says for name, says in vars(case_faults).items() if name.isupper() and isinstance(says, str)}
        self.assertEqual((set(case_words.SENTENCES), set(case_faults.SENTENCES)), (named, named))
        self.assertEqual(set(case_words.ASKED), set(told.SENTENCES))
        self.assertEqual(set(case_words.FACTS), {FACTORS[name][1] for name in {*RANGES, *DERIVED}})
        self.assertEqual(words.DUTIES, DUTIES)
        every = (*case_words.SENTENCES, *case_words.ASKED, *case_words.FACTS, *words.DUTIES)
        with override("zh-hant"):
            self.assertEqual([says for says in every if gettext(says) == says], [])

    def test_of_a_fault_always_come_from_a_list(self) -> None:
        """No part of the clocks tells a fault that is written on the spot, for nobody would translate it."""
        for path in sorted(Path(str(clocks.__file__)).parent.glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Unfit", "Fault"):
                    with self.subTest(path.name, says=ast.unparse(node)):
                        self.assertNotIsInstance(node.args[0], (ast.Constant, ast.JoinedStr, ast.BinOp))

    def test_of_an_answer_are_chinese_where_it_is_asked_for(self) -> None:
        given = {
            "units": [LISTED],
            "rules": ["twse-material-info"],
            "events": [{"kind": "awareness", "at": AT}],
        }
        read = case.read(given, clock_rules(), datetime(2026, 6, 19, tzinfo=UTC))
        with override("zh-hant"):
            (clock,) = case.answer(read, words_here())["clocks"]
        self.assertIn("2026 年 6 月 22 日（週一）07:00（臺北）", clock["why"])
        self.assertIn("2026 年 6 月 19 日（週五） (端午節)", clock["why"])
        self.assertNotIn("Dragon", clock["why"])
