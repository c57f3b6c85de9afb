"""A group's own rules of notification: what a file may hold, each fault in a sentence, and what they ask of a case."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any
from unittest import TestCase

from keepwell.kernel import plain
from keepwell.kernel.clocks import case, trial
from keepwell.kernel.clocks.calendars import Unfit
from keepwell.kernel.clocks.own import Known, examine, read
from keepwell.kernel.clocks.written import LARGEST_BYTES, put, rows_of
from keepwell.kernel.tests.test_clocks import RULES

AT = datetime(2026, 6, 18, 7, 10, tzinfo=UTC)
THAI: dict[str, Any] = {
    "id": "own-th", "regime": "Cybersecurity Act s. 58", "jurisdiction": "TH", "countries": ["TH"], "recipient": "NCSA",
    "when": [{"factor": "level", "is": ">=", "value": 3}],
    "stages": [{"stage": "notice", "start": "awareness", "deadline": {"n": 24, "unit": "hours"}}],
}  # fmt: skip
YAML = """rules:
- id: own-no
  regime: Sikkerhetsloven
  jurisdiction: NO
  countries: [NO]
  recipient: NSM
  since: 2026-01-05
  stages:
  - stage: notice
    start: awareness
    deadline: {n: 24, unit: hours}
"""


def stage(**values: Any) -> dict[str, Any]:
    """The Thai rule with its stage otherwise."""
    return THAI | {"stages": [THAI["stages"][0] | values]}


CONDITION = {"factor": "level", "is": ">=", "value": 3}
FAULTS: tuple[tuple[Any, str], ...] = (
    (THAI | {"id": "th"}, 'th: the id of an own rule begins with "own-"'),
    (THAI | {"id": "own-" + "a" * 57}, "an id has 60 signs at most"),
    (THAI | {"id": "gdpr-33"}, 'write "replaces: true" if this text takes its place'),
    (THAI | {"replaces": True}, "own-th: it replaces a shipped rule, and none has this id"),
    (THAI | {"replaces": "yes"}, "replaces is true or false, not 'yes'"),
    (THAI | {"recipient": ""}, "own-th: say who is told."),
    (THAI | {"jurisdiction": "Thailand"}, '"Thailand" is no jurisdiction'),
    (THAI | {"countries": ["XX"]}, 'own-th, countries: "XX" is no country of ISO 3166'),
    (THAI | {"countries": "TH"}, "own-th: countries is a list."),
    (THAI | {"zone": "Bangkok"}, 'own-th: No time zone is called "Bangkok"'),
    (THAI | {"binds": "listed"}, '"listed" is nothing by which a unit is bound'),
    (THAI | {"binds": "policy_in_force"}, "is by contract; record the clause"),
    (THAI | {"deadlin": 1}, '"deadlin" is no part of a rule'),
    (THAI | {"regime": ["a"]}, "own-th: regime is a text"),
    (THAI | {"regime": "a" * 2_001}, "own-th, regime: 2,001 signs are too many; 2,000 fit."),
    (THAI | {"content": ["a"] * 41}, "own-th, content: 41 are too many; 40 fit."),
    (THAI | {"content": [1]}, "own-th, content: each is a text"),
    (THAI | {"edition": -1}, "an edition is a number from 1 on"),
    (THAI | {"since": "soon"}, "own-th, since: write the day as 2026-01-05"),
    (
        THAI | {"since": "2026-02-01", "until": "2026-01-31"},
        "it ends on 2026-01-31, before it begins",
    ),
    (THAI | {"when": [CONDITION | {"factor": "size"}]}, 'own-th, when: "size" is no factor'),
    (THAI | {"when": [CONDITION | {"is": "!="}]}, 'own-th, when: "!=" is no comparison'),
    (THAI | {"when": [CONDITION | {"value": True}]}, "own-th, when level: it is asked how much"),
    (THAI | {"when": [CONDITION | {"value": 5}]}, "own-th, when level: 5 is outside 0 to 4."),
    (THAI | {"when": [CONDITION | {"factor": "persons", "value": -1}]}, "-1 cannot be"),
    (THAI | {"when": [{"factor": "material", "is": ">="}]}, 'is compared with "=" alone'),
    (THAI | {"when": [{"factor": "material", "value": 1}]}, "compare with true or false, not 1"),
    (THAI | {"when": [{"event": "fire"}]}, 'own-th, when: "fire" is no kind of event'),
    (THAI | {"when": ["level"]}, "own-th, when: write a condition as"),
    (THAI | {"when": [CONDITION | {"valu": 1}]}, 'own-th, when: "valu" is no part of a condition'),
    (THAI | {"joined": "or"}, 'conditions are joined by "all" or "any"'),
    (THAI | {"stages": []}, "own-th: a rule has at least one stage."),
    (THAI | {"stages": ["notice"]}, "own-th: write a stage as"),
    (THAI | {"stages": THAI["stages"] * 2}, 'own-th: two stages are called "notice"'),
    (stage(start="fire"), 'own-th, notice: "fire" is no kind of event'),
    (
        stage(start={"event": "awareness", "lst": True}),
        'own-th, notice, start: "lst" is no part of a start',
    ),
    (
        stage(start={"event": "awareness", "last": "no"}),
        "own-th, notice: last is true or false, not 'no'.",
    ),
    (stage(deadline=None), "own-th, notice: give it a deadline, or an internal one"),
    (
        stage(deadline={"n": 0, "unit": "hours"}),
        "own-th, notice: a deadline has 1 to 87,600 hours, not 0.",
    ),
    (stage(deadline={"n": 87_601, "unit": "hours"}), "a deadline has 1 to 87,600 hours, not 87601."),
    (stage(deadline={"n": 2, "unit": "weeks"}), 'own-th, notice: "weeks" is no unit of a deadline'),
    (
        stage(deadline={"rule": "before_opening", "hours": 24}),
        "0 to 23 hours before the opening, not 24.",
    ),
    (stage(deadline={"rule": "before_opening", "hours": [1]}), "write the opening as 09:00"),
    (stage(deadline={"n": 2, "unit": "business_days"}), "name the calendar"),
    (stage(duty="strong"), 'own-th, notice: "strong" is no kind of duty'),
    (stage(each="hour"), 'own-th, notice: it is run again for each "change" or each "rise"'),
    (stage(by_level={"9": {"n": 1, "unit": "hours"}}), "own-th, notice, by_level: 9 is no level"),
    (stage(by_level=[1]), "own-th, notice: write by_level as"),
    (stage(done_by=["fire"]), 'own-th, notice: "fire" is no kind of event'),
    (stage(instead=[{"factor": "size", "deadline": {}}]), '"size" is no factor'),
    (stage(audience="all"), 'own-th, notice: "all" is no audience'),
    (stage(audience=["all"]), "is no audience"),
    (stage(stage="a" * 61), "the name of a stage has 60 signs at most"),
    (THAI | {"calendar": "THX"}, 'own-th: no calendar is called "THX"'),
    (THAI | {"channel": "pigeon"}, 'own-th: "pigeon" is no channel'),
    (THAI | {"supplement": "no", "channel": "mail"}, "supplement is true or false"),
    (THAI | {"before": [{"told": "them"}]}, 'own-th, before: "them" is no audience'),
    (THAI | {"before": [{"rule": "own-x"}]}, 'own-th, before: there is no rule "own-x".'),
    (stage(start={"event": "submission", "rule": "own-x"}), 'own-th, notice: it starts from "own-x"'),
    (
        stage(start={"event": "submission", "rule": "own-th", "stage": "draft"}),
        'own-th, notice: there is no stage called "draft".',
    ),
    ("own-th", "rule 1: a rule has an id."),
)
"""Rows that do not fit, each with what is told of it."""


def faults(*rows: Any, known: Known | None = None) -> list[str]:
    return [str(one) for one in examine(list(rows), RULES, known or Known()).faults]


class AFile(TestCase):
    def refused(self, text: bytes | str) -> str:
        with self.assertRaises(Unfit) as caught:
            rows_of(text)
        return str(caught.exception)

    def test_is_read_as_yaml_and_as_json_and_comes_back_the_same(self) -> None:
        (row,) = rows_of(YAML)
        self.assertEqual((row["countries"], row["since"]), (["NO"], "2026-01-05"))
        for again in (
            put([row]),
            json.dumps([row]),
            json.dumps(row),
            json.dumps({"clocks": [row]}),
            "\ufeff" + YAML,
        ):
            self.assertEqual(rows_of(again), [row])

    def test_with_an_alias_is_refused_where_it_stands(self) -> None:
        bomb = "a: &a [x, x]\nb: &b [*a, *a]\nrules: [*b, *b]\n"
        self.assertEqual(self.refused(bomb), f"Line 1: {plain.REFERS}")

    def test_is_refused_in_a_sentence_whatever_else_is_wrong(self) -> None:
        for text, says in (
            ("rules: [1", "The file is neither YAML"),
            ("a: b: c", "Line 1: The file is neither YAML"),
            ("x" * (LARGEST_BYTES + 1), "larger than 256 KB"),
            ("- id: own-a\n  id: own-b", "Line 2: “id” stands here twice; keep one of them."),
            ('[{"id": "own-a", "id": "own-b"}]', "“id” stands here twice; keep one of them."),
            ('[{"id": "\\u0000"}]', "signs that cannot be kept"),
            ('[{"id": "\\ud800"}]', "signs that cannot be kept"),
            ("[" * 5_000, "nested more than 8 deep"),
            ("- " * 40 + "a", "Line 1: The file is nested more than 8 deep"),
            ("- !!python/object/apply:os.system [ls]", "os.system” is no plain value"),
            ("? [a]\n: b", "“?” is no plain value"),
            ("- id: !!set {a}", "set” is no plain value"),
            ('[{"id": NaN}]', "“NaN” is no plain value"),
            (b"\xff\xfe\x00", "is not UTF-8 text"),
            ("", "The file holds no rule"),
            ("rules: []", "The file holds no rule"),
            ("other: [1]", "The file holds no rule"),
            ("just words", "The file holds no rule"),
        ):
            with self.subTest(says, text=text[:40]):
                told = self.refused(text)
                self.assertIn(says, told)
                self.assertNotIn("\n", told)

    def test_of_the_largest_size_is_read(self) -> None:
        self.assertEqual(len(rows_of(YAML + "#" * (LARGEST_BYTES - len(YAML)))), 1)


class AFault(TestCase):
    def told(self, rows: Iterable[Any], says: str) -> None:
        found = faults(*rows)
        self.assertTrue(any(says in one for one in found), found)

    def test_names_the_rule_the_stage_and_what_there_is(self) -> None:
        for row, says in FAULTS:
            with self.subTest(says):
                self.told([row], says)

    def test_of_two_rules_is_told_as_well(self) -> None:
        self.told([THAI, THAI], "own-th: two rules have this id")
        first = THAI | {"before": [{"rule": "own-b"}]}
        second = THAI | {"id": "own-b", "before": [{"rule": "own-th"}]}
        self.told(
            [first, second], "own-th before own-b before own-th: each must be submitted before the next"
        )
        waits = {"event": "submission", "rule": "own-th"}
        term = {"n": 1, "unit": "hours"}
        circle = [{"stage": "a", "start": waits | {"stage": "b"}, "deadline": term},
                  {"stage": "b", "start": waits | {"stage": "a"}, "deadline": term}]  # fmt: skip
        self.told([THAI | {"stages": circle}], "own-th: a before b before a: each stage waits for the next")

    def test_of_as_many_rules_as_may_come_at_once_names_them_all(self) -> None:
        rows = [THAI | {"id": f"own-{n}", "before": [{"rule": f"own-{(n + 1) % 200}"}]} for n in range(200)]
        order = " before ".join(f"own-{n % 200}" for n in range(201))
        self.assertEqual(
            faults(*rows), [f"{order}: each must be submitted before the next; take one of these out."]
        )

    def test_hides_no_other_fault(self) -> None:
        row = stage(start="fire") | {"when": [{"factor": "size"}]}
        other = THAI | {"id": "own-b", "recipient": ""}
        self.assertEqual(len(faults(row, other)), 3)

    def test_is_that_there_are_none_or_too_many(self) -> None:
        self.assertEqual(faults(), ["Give a list with at least one rule."])
        rows = [THAI | {"id": f"own-{n}"} for n in range(201)]
        self.assertEqual(faults(*rows[:200]), [])
        self.assertIn("201 rules are too many", faults(*rows)[0])


class AnOwnRule(TestCase):
    def test_may_name_a_calendar_of_the_house_and_rules_that_are_there(self) -> None:
        row = stage(deadline={"n": 2, "unit": "business_days"}) | {"calendar": "FAB-WORKS"}
        self.assertEqual(len(faults(row)), 1)
        self.assertEqual(faults(row, known=Known(calendars=["FAB-WORKS"])), [])
        start = {"event": "submission", "rule": "own-th"}
        follows = THAI | {"id": "own-later", "stages": [THAI["stages"][0] | {"start": start}]}
        self.assertEqual(len(faults(follows)), 1)
        self.assertEqual(faults(follows, known=Known(rules=read([THAI], RULES, Known()))), [])

    def test_of_the_example_is_sound(self) -> None:
        text = (files("keepwell") / "library" / "own-rules-example.yaml").read_bytes()
        self.assertEqual(sorted(read(rows_of(text), RULES, Known())), ["own-insurer-hotline", "own-th-ncsa"])

    def test_that_replaces_one_keeps_to_what_that_one_is_bound_by(self) -> None:
        newer = THAI | {"id": "insurer-notice", "replaces": True, "binds": "policy_in_force", "countries": []}
        self.assertEqual(faults(newer), [])


class ACase(TestCase):
    def clocks(self, rows: list[dict[str, Any]], **more: Any) -> list[dict[str, Any]]:
        units = [{"code": "BKK1", "country": "TH"}, {"code": "KHH1", "country": "TW"}]
        given = {"units": units, "events": [{"kind": "awareness", "at": "2026-06-18T15:10:00+07:00"}], "own_rules": rows,
                 "factors": {"level": 3, "external_clock": False}, "now": "2026-06-18T20:00:00+07:00"} | more  # fmt: skip
        found: list[dict[str, Any]] = case.answer(case.read(given, RULES, AT))["clocks"]
        return found

    def test_takes_own_rules_inline_and_binds_by_country_alone(self) -> None:
        found = [one for one in self.clocks([THAI | {"edition": 2}]) if one["rule"] == "own-th"]
        self.assertEqual([(one["unit"], one["due"]) for one in found], [("BKK1", "2026-06-19T08:10:00Z")])
        self.assertIn("So asks the group's own text of own-th, edition 2.", found[0]["why"])

    def test_is_not_asked_one_level_below(self) -> None:
        found = self.clocks([THAI], factors={"level": 2, "external_clock": False})
        self.assertNotIn("own-th", {one["rule"] for one in found})

    def test_names_a_rule_where_it_does_not_bind_and_is_told_so(self) -> None:
        units = [{"code": "KHH1", "country": "TW"}]
        (clock,) = self.clocks([THAI], units=units, rules=["own-th"])
        self.assertIn("KHH1 lies in none of the countries in which the rule binds (TH)", clock["why"])

    def test_reckons_by_the_newer_text_of_a_shipped_rule(self) -> None:
        newer = THAI | {
            "id": "gdpr-33",
            "replaces": True,
            "binds": "gdpr_controller",
            "countries": [],
            "when": [],
        }
        units = [{"code": "DRS1", "country": "DE", "attributes": ["gdpr_controller"]}]
        (clock,) = [one for one in self.clocks([newer], units=units) if one["rule"] == "gdpr-33"]
        self.assertEqual(clock["due"], "2026-06-19T08:10:00Z")

    def test_with_a_fault_in_a_rule_is_refused(self) -> None:
        with self.assertRaisesRegex(Unfit, 'own-th, notice: "weeks" is no unit'):
            self.clocks([stage(deadline={"n": 1, "unit": "weeks"})])

    def test_may_name_its_own_calendar_in_a_rule(self) -> None:
        row = stage(deadline={"n": 1, "unit": "business_days"}) | {"calendar": "FAB"}
        calendars = {"FAB": {"closed": ["2026-06-19"]}}
        (clock,) = [one for one in self.clocks([row], calendars=calendars) if one["rule"] == "own-th"]
        self.assertEqual(clock["due_local"], "2026-06-23T00:00:00+07:00")


class ATrial(TestCase):
    def contradictions(self, **values: Any) -> list[str]:
        own = read([THAI | {"recipient": "the press", "audience": "public", **values}], RULES, Known())
        return [trial.told(turn, AT) for turn in trial.contradicting(list(own), {**RULES, **own}, AT)]

    def test_tells_of_what_must_be_public_before_it_may_be(self) -> None:
        # TWSE: two hours before the opening of the next trading day; Friday 19 June 2026 is a holiday.
        told = [one for one in self.contradictions() if "twse-material-info" in one]
        self.assertEqual(len(told), 1)
        self.assertIn("the press must be told by 07:10 UTC on Friday 19 June 2026", told[0])
        self.assertIn("which is due 07:00 Taipei on Monday 22 June 2026", told[0])

    def test_is_silent_where_the_order_can_be_kept(self) -> None:
        later = [{"stage": "notice", "start": "awareness", "deadline": {"n": 14, "unit": "days"}}]
        self.assertEqual(self.contradictions(stages=later), [])
        self.assertEqual(self.contradictions(audience="authority"), [])
