"""Severity by hand: each rule at both of its edges, in both scales, with its sentence."""

from __future__ import annotations

from importlib.resources import files
from typing import Any
from unittest import TestCase

import yaml

from keepwell.kernel.severity.classifying import classify
from keepwell.kernel.severity.scheme import Unfit, Value, read


def shipped() -> dict[str, Any]:
    """The scheme's file as it comes with Keepwell."""
    text = (files("keepwell") / "library" / "incident-scheme.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


SCHEME = read(shipped())


class Classified(TestCase):
    """Incidents told by their facts alone."""

    def level(self, **facts: Value) -> int:
        return classify(SCHEME, facts).level

    def national(self, **facts: Value) -> int | None:
        return classify(SCHEME, facts).national_level


class Severity(Classified):
    def test_is_s0_while_nothing_is_known_or_all_was_blocked(self) -> None:
        self.assertEqual((self.level(), self.level(effect=False), self.level(effect=True)), (0, 0, 1))

    def test_of_a_core_system_rises_once_the_tolerable_outage_has_passed(self) -> None:
        core = [self.level(core_system=True, outage_hours=hours, tolerable_hours=2) for hours in (0, 2, 2.25)]
        other = [
            self.level(core_system=False, outage_hours=hours, tolerable_hours=2) for hours in (0, 2, 2.25)
        ]
        self.assertEqual((core, other), ([2, 2, 3], [0, 1, 2]))

    def test_of_an_outage_whose_limit_nobody_set_stays_below(self) -> None:
        self.assertEqual(self.level(core_system=True, outage_hours=400), 2)

    def test_follows_the_plant(self) -> None:
        self.assertEqual([self.level(plant=value) for value in range(5)], [0, 2, 3, 3, 4])

    def test_of_personal_data_follows_the_number_of_persons(self) -> None:
        found = [self.level(personal_data=True, persons=n) for n in (1, 100, 101, 9_999, 10_000)]
        self.assertEqual(found, [2, 2, 3, 3, 4])
        self.assertEqual(self.level(personal_data=True, special_category=True, persons=1), 3)
        self.assertEqual(self.level(personal_data=False, persons=20_000), 0)

    def test_of_a_loss_has_three_edges(self) -> None:
        found = [
            self.level(loss_twd=n)
            for n in (2_999_999, 3_000_000, 29_999_999, 30_000_000, 299_999_999, 300_000_000)
        ]
        self.assertEqual(found, [0, 2, 2, 3, 3, 4])

    def test_of_spread_counts_sites(self) -> None:
        self.assertEqual([self.level(sites=n) for n in (1, 2, 4, 5)], [0, 2, 2, 3])
        self.assertEqual(self.level(sites=1, lateral=True), 3)

    def test_of_secrets_asks_what_and_how_far(self) -> None:
        found = {(what, far): self.level(secrets=what, leak=far) for what in range(5) for far in (1, 2)}
        self.assertEqual([found[what, 1] for what in range(5)], [0, 2, 2, 3, 3])
        self.assertEqual([found[what, 2] for what in range(5)], [0, 2, 3, 4, 4])

    def test_of_the_rest_by_one_fact_each(self) -> None:
        self.assertEqual([self.level(safety=n) for n in range(3)], [0, 3, 4])
        self.assertEqual([self.level(media=n) for n in range(3)], [0, 2, 3])
        self.assertEqual([self.level(material=m) for m in (False, True)], [0, 4])
        self.assertEqual([self.level(customer_data=m) for m in (False, True)], [0, 3])
        self.assertEqual([self.level(supply_interrupted=m) for m in (False, True)], [0, 3])
        self.assertEqual([self.level(ransom_paid=m) for m in (False, True)], [0, 3])

    def test_is_that_of_the_highest_factor(self) -> None:
        found = classify(SCHEME, {"plant": 2, "customer_data": False, "sites": 1, "core_system": True})
        self.assertEqual((found.level, [one.heading.id for one in found.deciding]), (3, ["plant"]))


class OneStandingLine(Classified):
    """Malware, one line standing, customer data not touched yet: the two scales number it differently."""

    FACTS: dict[str, Value] = {
        "effect": True, "core_system": True, "plant": 2, "customer_data": False, "sites": 1, "tolerable_hours": 2,
    }  # fmt: skip

    def test_is_s3_for_the_group_from_its_first_minute_and_s2_while_it_only_runs_slower(self) -> None:
        self.assertEqual([self.level(**{**self.FACTS, "plant": plant}) for plant in (1, 2)], [2, 3])

    def test_is_level_2_in_taiwan_while_it_is_back_in_time(self) -> None:
        found = [self.national(**self.FACTS, outage_hours=hours) for hours in (2, 2.25)]
        self.assertEqual(found, [2, 3])

    def test_wakes_the_duty_officer_of_the_group_on_either_reading(self) -> None:
        woken = [level.level for level in SCHEME.levels if level.group_minutes is not None]
        self.assertEqual(woken, [2, 3, 4])


class Taiwan(Classified):
    def test_has_no_level_for_what_disturbs_nothing(self) -> None:
        self.assertEqual(
            (self.national(), self.national(customer_data=True), self.national(outage_hours=0)),
            (None, None, None),
        )

    def test_asks_whether_it_is_back_in_time(self) -> None:
        def levels(**facts: bool) -> list[int | None]:
            return [self.national(outage_hours=h, tolerable_hours=4, **facts) for h in (4, 4.5)]

        self.assertEqual(levels(core_system=False), [1, 2])
        self.assertEqual(levels(core_system=True), [2, 3])
        self.assertEqual(levels(core_system=True, critical_infrastructure=True), [3, 4])

    def test_asks_what_leaked_and_how_far(self) -> None:
        def levels(secrets: int, **facts: bool) -> list[int | None]:
            return [self.national(secrets=secrets, leak=far, **facts) for far in (1, 2)]

        self.assertEqual([levels(what) for what in range(5)], [[None, None], [1, 2], [2, 3], [2, 3], [3, 4]])
        self.assertEqual(levels(2, critical_infrastructure=True), [3, 4])


class Reasons(Classified):
    def sentences(self, language: str = "en", **facts: Value) -> dict[str, str]:
        return {
            one.heading.id: one.sentence(language)
            for one in classify(SCHEME, facts).reasons
            if one.level is not None
        }

    def test_say_why_with_their_numbers(self) -> None:
        found = self.sentences(core_system=True, outage_hours=2.5, tolerable_hours=2, customer_data=False)
        self.assertEqual(found, {
            "system": "A core system has been down for 2.5 h, longer than the tolerable 2 h.", "customers": "Not touched.",
        })  # fmt: skip

    def test_speak_chinese(self) -> None:
        found = self.sentences("zh-hant", personal_data=True, persons=12_000)
        self.assertEqual(found, {"persons": "個人資料侵害涉及 12,000 人，達一萬人以上。"})

    def test_are_whole_in_both_languages_and_name_only_factors(self) -> None:
        facts = dict.fromkeys(SCHEME.factors, 1)
        for heading in (*SCHEME.group, *SCHEME.national):
            for says in (heading.none, *(rule.says for rule in heading.rules)):
                self.assertTrue(says.zh % facts and says.en % facts, heading.id)


class Schemes(Classified):
    def test_refuse_facts_that_cannot_be(self) -> None:
        wrong: dict[str, Any] = {
            "effect": 1,
            "persons": True,
            "outage_hours": -1,
            "plant": 7,
            "loss_twd": "much",
            "weather": 1,
        }
        for name, value in wrong.items():
            with self.subTest(name), self.assertRaisesRegex(Unfit, name):
                SCHEME.checked({name: value})
        self.assertEqual(SCHEME.checked({"effect": None, "persons": 0}), {"persons": 0})

    def test_refuse_rules_that_do_not_fit(self) -> None:
        for change, says in (
            ({"when": [{"factor": "weather"}]}, "is no factor"), ({"when": [{"factor": "effect", "is": "~"}]}, "no comparison"),
            ({"when": []}, "at least one condition"), ({"level": 5}, "from 0 to 4"),
        ):  # fmt: skip
            given = shipped()
            given["group"][0]["rules"][0] |= change
            with self.subTest(says), self.assertRaisesRegex(Unfit, says):
                read(given)
