"""A group's own scheme: read whole or not at all, every fault with its place, and compared rule by rule."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from unittest import TestCase

import yaml

from keepwell.kernel import plain
from keepwell.kernel.severity import faults
from keepwell.kernel.severity.classifying import classify
from keepwell.kernel.severity.differing import differences, fitting, level_by
from keepwell.kernel.severity.faults import Faulty
from keepwell.kernel.severity.own import needed, read_kept, read_own
from keepwell.kernel.severity.scheme import Scheme
from keepwell.kernel.severity.text import DEEPEST, LARGEST_BYTES
from keepwell.kernel.tests.test_severity import SCHEME, shipped

RECIPES = {"name": "recipes", "kind": "bool", "title": "Recipes", "title_zh": "配方", "asks": "Are recipes touched?",
           "asks_zh": "是否涉及配方？"}  # fmt: skip
RULE = {"level": 4, "when": [{"factor": "recipes"}], "says": "Recipes are touched.", "says_zh": "涉及配方。"}
Change = Callable[[dict[str, Any]], object]


def own() -> dict[str, Any]:
    """The shipped scheme as a group's own file: without the scale of the nation."""
    found = shipped()
    del found["national"]
    return found | {"version": "ours"}


class Plainly(yaml.SafeDumper):
    """Writes the same thing twice where it stands twice, as people do."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def text_of(given: dict[str, Any]) -> str:
    return yaml.dump(given, Dumper=Plainly, allow_unicode=True, sort_keys=False)


def read(change: Change) -> Scheme:
    given = own()
    change(given)
    return read_own(json.dumps(given).encode(), SCHEME)


def with_recipes(given: dict[str, Any]) -> None:
    """An own factor, and an own rule in the heading of secrets."""
    given["factors"].append(RECIPES)
    heading = next(one for one in given["group"] if one["id"] == "secrets")
    heading["factors"].append("recipes")
    heading["rules"].insert(0, RULE)


class Reading(TestCase):
    def test_of_the_shipped_text_gives_the_shipped_scheme(self) -> None:
        found = read_own(text_of(own()).encode(), SCHEME)
        self.assertEqual(
            (found.levels, found.group, dict(found.factors)), (SCHEME.levels, SCHEME.group, SCHEME.factors)
        )
        self.assertEqual((found.national, dict(found.reports)), (SCHEME.national, SCHEME.reports))
        self.assertEqual(differences(SCHEME, found), [])

    def test_takes_own_factors_and_rules_which_then_decide(self) -> None:
        found = read(with_recipes)
        self.assertEqual(classify(found, {"recipes": True}).level, 4)
        self.assertEqual(classify(found, {"recipes": False}).level, 0)
        (reason,) = classify(found, {"recipes": True}).deciding
        self.assertEqual(
            (reason.sentence("en"), reason.sentence("zh-hant")), ("Recipes are touched.", "涉及配方。")
        )

    def test_leaves_out_what_neither_clocks_nor_nation_need(self) -> None:
        def drop(given: dict[str, Any]) -> None:
            given["factors"] = [one for one in given["factors"] if one["name"] != "media"]
            given["group"] = [one for one in given["group"] if one["id"] != "media"]

        self.assertNotIn("media", needed(SCHEME))
        self.assertNotIn("media", read(drop).factors)

    def test_wakes_nobody_where_no_report_is_named(self) -> None:
        self.assertEqual(dict(read(lambda given: given.pop("reports")).reports), {})

    def test_of_what_an_earlier_version_took_in_adds_what_is_needed_since(self) -> None:
        given = own()
        given["factors"] = [one for one in given["factors"] if one["name"] != "external_access"]
        content = json.dumps(given).encode()
        with self.assertRaises(Faulty):
            read_own(content, SCHEME)
        self.assertIn("external_access", read_kept(content, SCHEME).factors)


class Told(TestCase):
    """Words for what a file that is no scheme is told."""

    def told(self, content: bytes) -> list[str]:
        with self.assertRaises(Faulty) as caught:
            read_own(content, SCHEME)
        return [str(one) for one in caught.exception.faults]

    def says(self, change: Change, *expected: str) -> None:
        given = own()
        change(given)
        found = self.told(text_of(given).encode())
        self.assertEqual(
            [one.partition(", ")[2] if one.startswith("line ") else one for one in found], list(expected)
        )

    def rule(self, **values: Any) -> Change:
        """The only rule of customer data, with other values."""

        def change(given: dict[str, Any]) -> None:
            heading = next(one for one in given["group"] if one["id"] == "customers")
            heading["rules"][0] |= values

        return change

    def factor(self, name: str, **values: Any) -> Change:
        def change(given: dict[str, Any]) -> None:
            next(one for one in given["factors"] if one["name"] == name).update(values)

        return change

    def when(self, **condition: Any) -> Change:
        return self.rule(when=[condition])


class Faults(Told):
    def test_of_a_file_that_is_none(self) -> None:
        for content, sentence in (
            (b"\xff\xfe", plain.NO_TEXT), (b"- one", faults.NO_SCHEME), (b"", faults.NO_SCHEME), (b"7", faults.NO_SCHEME),
        ):  # fmt: skip
            with self.subTest(content=content):
                self.assertEqual(self.told(content), [sentence])
        self.assertIn("is neither YAML nor JSON", self.told(b"a: [1")[0])
        self.assertIn("is neither YAML nor JSON", self.told(b"a: \x00")[0])
        self.assertTrue(self.told(b"a: 1\nb: [1")[0].startswith("line 3: The file is neither"))

    def test_of_a_file_that_is_too_large_by_one_byte(self) -> None:
        text = text_of(own()).encode()
        padded = text + b"#" * (LARGEST_BYTES - len(text))
        self.assertEqual(dict(read_own(padded, SCHEME).factors), SCHEME.factors)
        self.assertEqual(self.told(padded + b"#"), [plain.TOO_LARGE % {"most": 200}])

    def test_of_references_before_anything_is_built_of_them(self) -> None:
        bomb = "a: &a [x, x]\n" + "".join(
            f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        )
        self.assertEqual(self.told(bomb.encode()), [f"line 1: {plain.REFERS}"])

    def test_of_a_nesting_too_deep_by_one(self) -> None:
        self.assertEqual(self.told(b"[" * DEEPEST + b"]" * DEEPEST), [faults.NO_SCHEME])
        deeper = b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1)
        self.assertEqual(self.told(deeper), [plain.TOO_DEEP % {"most": DEEPEST}])
        self.assertEqual(self.told(b'{"a":' * 100_000)[0][:8], "The file")

    def test_of_a_name_that_stands_twice(self) -> None:
        expected = plain.TWICE_HERE % {"name": "levels"}
        self.assertEqual(self.told(b"levels: 1\nlevels: 2"), [f"line 2: {expected}"])
        self.assertEqual(self.told(b'{"levels": 1, "levels": 2}'), [expected])

    def test_of_values_that_are_more_than_values(self) -> None:
        self.assertIn("is no plain value", self.told(b"version: !!python/name:os.system x")[0])
        self.assertIn("is no plain value", self.told(b"version: " + b"9" * 5_000)[0])
        self.assertIn("is no plain value", self.told(b'{"version": NaN}')[0])

    def test_of_the_whole(self) -> None:
        self.says(lambda given: given.update(national=[]), faults.NATIONAL)
        self.says(lambda given: given.update(colour="red"),
                  "“colour” is not known here; there are version, levels, factors, group, reports.")  # fmt: skip
        self.says(lambda given: given.update(group="none"), "Write “group” as a list of 1 to 40.")
        self.says(lambda given: given.update(group=["x"]),
                  "Each of “group” is written with names and values, as - {name: value}.")  # fmt: skip

    def test_of_levels(self) -> None:
        self.says(lambda given: given["levels"].pop(), "Write “levels” as a list of 5 to 5.")
        self.says(lambda given: given["levels"].reverse(), faults.LEVELS_WRONG)
        for minutes, fits in (
            (0, False),
            (1, True),
            (10_080, True),
            (10_081, False),
            (True, False),
            ("15", False),
        ):
            with self.subTest(minutes=minutes):
                if fits:
                    given = own()
                    given["levels"][1]["acknowledge_minutes"] = minutes
                    self.assertEqual(
                        read_own(json.dumps(given).encode(), SCHEME).levels[1].acknowledge_minutes, minutes
                    )
                else:
                    self.says(lambda given, n=minutes: given["levels"][1].update(acknowledge_minutes=n),
                              "level 1: “acknowledge_minutes” is a whole number from 1 to 10080.")  # fmt: skip
        self.says(
            lambda given: given["levels"][4].update(name=""),
            "level 4: “name” is text of 1 to 40 characters; a number, true and false stand in quotation marks.",
        )

    def test_of_factors(self) -> None:
        self.says(lambda given: given["factors"].append(RECIPES | {"name": "Recipes"}),
                  "factor Recipes: " + faults.BAD_NAME % {"name": "Recipes"})  # fmt: skip
        self.says(lambda given: given["factors"].append(RECIPES | {"name": "media"}),
                  "factor media: “media” is there twice; choose another one.",
                  *[f"heading media, rule {n}, condition 1: “media” is yes or no: compare it by = with true or false."
                    for n in (1, 2)])  # fmt: skip
        self.says(lambda given: given["factors"].append(RECIPES | {"name": "reason"}),
                  "factor reason: " + faults.RESERVED % {"name": "reason"})  # fmt: skip
        self.says(lambda given: given["factors"].append(RECIPES | {"name": "claim_likely"}),
                  "factor claim_likely: " + faults.RESERVED % {"name": "claim_likely"})  # fmt: skip
        self.says(lambda given: given["factors"].append(RECIPES | {"kind": "text"}),
                  "factor recipes: “text” is no kind of factor; there are bool, number, choice.")  # fmt: skip
        self.says(
            lambda given: given["factors"].append(RECIPES | {"choices": []}),
            "factor recipes: " + faults.NO_CHOICES,
        )
        self.says(lambda given: given["factors"].append({k: v for k, v in RECIPES.items() if k != "title_zh"}),
                  "factor recipes: “title_zh” is missing.")  # fmt: skip

    def test_of_factors_that_clocks_or_nation_need(self) -> None:
        def gone(given: dict[str, Any]) -> None:
            given["factors"] = [one for one in given["factors"] if one["name"] != "intrusion"]

        self.says(gone, faults.NEEDED % {"name": "intrusion"})
        self.says(self.factor("intrusion", kind="number"), faults.NEEDED_SO % {"name": "intrusion"})
        fewer = [{"value": n, "title": "x", "title_zh": "x"} for n in (1, 3)]
        with self.assertRaises(Faulty) as caught:
            read(self.factor("leak", choices=fewer))
        self.assertIn(faults.NEEDED_SO % {"name": "leak"}, str(caught.exception))
        self.assertEqual(
            read(self.factor("intrusion", title="Break-in")).factors["intrusion"].title.en, "Break-in"
        )

    def test_of_choices(self) -> None:
        choice = RECIPES | {"kind": "choice"}
        for values in ((1, 1), (2, 1)):
            rows = [{"value": n, "title": "x", "title_zh": "x"} for n in values]
            self.says(lambda given, rows=rows: given["factors"].append(choice | {"choices": rows}),
                      "factor recipes: " + faults.BAD_CHOICES % {"most": 20})  # fmt: skip


class FaultsOfRules(Told):
    def test_of_headings(self) -> None:
        def twice(given: dict[str, Any]) -> None:
            given["group"].append(given["group"][3])

        def blank(given: dict[str, Any]) -> None:
            given["group"][3]["none"] = "Not %(customer_data)s."

        self.says(twice, "“customers” is there twice; choose another one.")
        self.says(blank, "heading customers: " + faults.NO_BLANKS % {"name": "%(customer_data)s"})
        self.says(lambda given: given["group"][3].update(factors=["customer"]),
                  "heading customers: " + faults.NO_FACTOR % {"name": "customer"})  # fmt: skip

    def test_of_rules(self) -> None:
        at = "heading customers, rule 1"
        self.says(self.rule(level=5), f"{at}: “level” is a whole number from 0 to 4.")
        self.says(self.rule(level=-1), f"{at}: “level” is a whole number from 0 to 4.")
        self.says(self.rule(when=[]), f"{at}: Write “when” as a list of 1 to 8.")
        self.says(self.rule(says_zh=""), f"{at}: " + faults.BAD_TEXT % {"name": "says_zh", "most": 400})
        self.says(
            self.rule(says="A bell \x07."),
            f"{at}: “says” holds a character that cannot be shown; take it out.",
        )
        self.says(self.rule(says="%(sites)s sites."), f"{at}: " + faults.UNASKED % {"name": "sites"})
        for wrong in ("100 % of it.", "%(customer_data)d", "%s", "50%"):
            with self.subTest(wrong):
                self.says(self.rule(says=wrong), f"{at}: {faults.BAD_PERCENT}")
        self.assertEqual(
            read(self.rule(says="100%% of %(customer_data)s")).group[3].rules[0].says.en,
            "100%% of %(customer_data)s",
        )

    def test_of_the_order_of_rules(self) -> None:
        def turned(given: dict[str, Any]) -> None:
            given["group"][9]["rules"].reverse()

        def again(given: dict[str, Any]) -> None:
            given["group"][3]["rules"].append(given["group"][3]["rules"][0] | {"level": 1})

        self.says(turned, f"heading media, rule 2: {faults.LOWER_FIRST}")
        self.says(again, f"heading customers, rule 2: {faults.NEVER}")

    def test_of_conditions(self) -> None:
        at = "heading customers, rule 1, condition 1"
        known = "=, >=, >, <=, <"
        self.says(self.when(factor="customer"), f"{at}: " + faults.NO_FACTOR % {"name": "customer"})
        self.says(self.when(factor="plant", value=2, **{"is": "about"}),
                  f"{at}: " + faults.BAD_COMPARISON % {"name": "about", "known": known})  # fmt: skip
        self.says(
            self.when(factor="customer_data", value=1), f"{at}: " + faults.OF_BOOL % {"name": "customer_data"}
        )
        self.says(self.when(factor="sites"), f"{at}: " + faults.OF_NUMBER % {"name": "sites"})
        self.says(self.when(factor="sites", value=-1), f"{at}: " + faults.OF_NUMBER % {"name": "sites"})
        self.says(
            self.when(factor="sites", value=float("inf")), f"{at}: " + faults.OF_NUMBER % {"name": "sites"}
        )
        self.says(self.when(factor="sites", value=[1]), f"{at}: " + faults.OF_NUMBER % {"name": "sites"})
        self.says(self.when(factor="sites", than="plant"), f"{at}: " + faults.OF_NUMBER % {"name": "sites"})
        self.says(self.when(factor="plant", value=5),
                  f"{at}: " + faults.OF_CHOICE % {"name": "plant", "known": "0, 1, 2, 3, 4"})  # fmt: skip
        self.says(self.when(factor="plant"),
                  f"{at}: " + faults.OF_CHOICE % {"name": "plant", "known": "0, 1, 2, 3, 4"})  # fmt: skip
        self.says(self.when(factor="sites", value=1, than="persons"), f"{at}: {faults.BOTH}")

    def test_of_reports(self) -> None:
        self.says(
            lambda given: given["reports"][0].update(ongoing=True),
            "reports, True: " + faults.BAD_ONGOING % {"name": "True"},
        )
        self.says(
            lambda given: given["reports"].append(given["reports"][0]),
            "reports, yes: “yes” is there twice; choose another one.",
        )
        self.says(lambda given: given["reports"][0].update(look_minutes=0),
                  "reports, yes: “look_minutes” is a whole number from 1 to 10080.")  # fmt: skip

    def test_are_told_all_at_once_with_their_lines(self) -> None:
        text = text_of(own())
        wrong = text.replace("name: Event\n", "name: 7\n").replace("- factor: lateral", "- factor: sideways")
        found = self.told(wrong.encode())
        lines = wrong.splitlines()
        self.assertEqual(len(found), 2)
        at_level, at_rule = (int(one.split()[1].rstrip(",:")) for one in found)
        self.assertIn("level: 0", lines[at_level - 1])
        self.assertIn("sideways", lines[at_rule - 1])


class Differing(TestCase):
    def test_tells_levels_factors_and_rules_apart(self) -> None:
        def change(given: dict[str, Any]) -> None:
            with_recipes(given)
            given["levels"][2]["acknowledge_minutes"] = 20
            heading = next(one for one in given["group"] if one["id"] == "media")
            heading["rules"][0]["level"] = 4

        found = differences(SCHEME, read(change))
        told = [(one.part, one.name, one.what) for one in found]
        self.assertEqual(
            told,
            [("level", "2", "acknowledge_minutes"), ("factor", "recipes", ""), ("heading", "secrets", "factors"),
             ("rule", "secrets", ""), ("rule", "media", "level")],
        )  # fmt: skip
        self.assertEqual((found[0].before, found[0].after), (30, 20))
        self.assertEqual((found[4].before.level, found[4].after.level), (3, 4))
        self.assertEqual([(one.before is None) for one in found], [False, True, False, True, False])

    def test_the_other_way_round_is_the_reverse(self) -> None:
        mine = read(with_recipes)
        there, back = differences(SCHEME, mine), differences(mine, SCHEME)
        self.assertEqual({(one.part, one.before, one.after) for one in there},
                         {(one.part, one.after, one.before) for one in back})  # fmt: skip

    def test_reckons_facts_of_another_scheme_as_far_as_they_fit(self) -> None:
        mine = read(with_recipes)
        self.assertEqual(level_by(mine, {"recipes": True, "plant": 1}), 4)
        self.assertEqual(level_by(SCHEME, {"recipes": True, "plant": 1}), 2)
        self.assertEqual(fitting(SCHEME, {"recipes": True, "plant": 9, "media": 2}), {"media": 2})
