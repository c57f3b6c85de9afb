"""Clocks worked out by hand: Taiwan, its exchange, GDPR, NIS2, China, Korea, a customer, the calendar's edges."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from unittest import TestCase
from zoneinfo import ZoneInfo

import yaml

from keepwell.kernel.clocks import case, rules

ROWS = yaml.safe_load((files("keepwell") / "library" / "incident-clocks.yaml").read_text(encoding="utf-8"))[
    "clocks"
]
RULES = rules.read(ROWS)
NOW = "2026-06-19T00:00:00Z"
TAIPEI = ZoneInfo("Asia/Taipei")
LISTED = {"code": "MSH", "country": "TW", "attributes": ["listed_on_TWSE"]}
AGENCY = {"code": "KHH1", "country": "TW", "attributes": ["entity_is_specific_non_government_agency"]}
GERMAN = {"code": "DRS1", "country": "DE", "attributes": ["gdpr_controller", "nis2_essential_or_important"]}


def clocks(unit: dict[str, Any], *events: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """The clocks of a case with one unit."""
    given = {"units": [unit], "events": list(events), "now": NOW} | more
    return case.answer(case.read(given, RULES, datetime.now(UTC)))["clocks"]


def only(found: list[dict[str, Any]], rule: str, stage: str = "") -> dict[str, Any]:
    """The one clock of a rule, or of one of its stages."""
    chosen = [one for one in found if one["rule"] == rule and stage in ("", one["stage"])]
    assert len(chosen) == 1, chosen
    return chosen[0]


def event(kind: str, at: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "at": at} | more


SOURCE = Path(__file__).with_name("incident-clocks-as-researched.yaml")
KEPT = ("jurisdiction", "trigger", "recipient", "content", "action", "repeat", "followup", "extendable", "fallback",
        "rule_before", "rule", "status", "penalty", "record_retention", "note", "source")  # fmt: skip
RESTATED = {("twcert-voluntary", "verified"): "proposal"}
"""What the table says of who asked for Keepwell, and the shipped file says of the rule itself."""


def researched() -> Iterator[dict[str, Any]]:
    """The rows of the table as it was researched, each "same" in the words of the row that it points to."""
    before: dict[str, Any] = {}
    for row in yaml.safe_load(SOURCE.read_text(encoding="utf-8"))["clocks"]:
        for name, value in row.items():
            row[name] = before.get(name, value) if value in ("same", "as above") else value
        before |= row
        yield row


class Library(TestCase):
    def test_holds_every_row_of_the_table_and_one_for_orders_of_authorities(self) -> None:
        assert set(RULES) - {row["id"] for row in researched()} == {"authority-order"}
        assert len(RULES) == 47

    def test_holds_the_words_of_every_row_of_the_table(self) -> None:
        shipped = {row["id"]: row for row in ROWS}
        for row in researched():
            ours = shipped[row["id"]]
            for name in KEPT:
                with self.subTest(rule=row["id"], of=name):
                    assert ours.get(name) == row.get(name)
            with self.subTest(rule=row["id"]):
                assert ours["binds"] == row["applies_if"]
                verified = RESTATED.get((row["id"], "verified"), row["verified"])
                assert ours.get("verified_text", ours["verified"]) == verified
                if isinstance(row["clock_start"], str):
                    assert ours["starts"] == row["clock_start"]

    def test_shows_every_word_of_a_row_that_nothing_reckons_with(self) -> None:
        for row in ROWS:
            told = dict(RULES[row["id"]].words)
            assert told == {name: row[name] for name in rules.WORDS if name in row}, row["id"]

    def test_trusts_only_rows_whose_text_was_read(self) -> None:
        verified = {rule.id for rule in RULES.values() if rule.is_verified}
        assert verified == {
            "tw-csma-report", "tw-csma-level-review", "tw-csma-damage-control", "tw-csma-improvement-report",
            "twse-material-info", "twse-media-rumour",
        }  # fmt: skip


class Taiwan(TestCase):
    def test_is_told_within_an_hour_and_again_when_the_level_changes(self) -> None:
        found = clocks(
            AGENCY,
            event("awareness", "2026-06-18T02:10:00+08:00"),
            event("level_change", "2026-06-18T02:55:00+08:00", level=3),
            rules=["tw-csma-report"],
        )
        assert only(found, "tw-csma-report", "report")["due"] == "2026-06-17T19:10:00Z"
        assert only(found, "tw-csma-report", "report of the change")["due"] == "2026-06-17T19:55:00Z"

    def test_gives_less_time_for_control_at_a_higher_level(self) -> None:
        for level, hours in [(1, 72), (2, 72), (3, 36), (4, 36)]:
            with self.subTest(hours=hours):
                found = clocks(
                    AGENCY, event("awareness", "2026-06-18T00:00:00Z"),
                    event("level_change", "2026-06-18T01:00:00Z", national_level=level), rules=["tw-csma-damage-control"],
                )  # fmt: skip
                assert (
                    only(found, "tw-csma-damage-control")["due"]
                    == f"2026-06-{18 + hours // 24}T{hours % 24:02}:00:00Z"
                )

    def test_follows_the_level_down_and_up_again(self) -> None:
        found = clocks(
            AGENCY, event("awareness", "2026-06-18T00:00:00Z"),
            event("level_change", "2026-06-18T01:00:00Z", level=3),
            event("level_change", "2026-06-18T02:00:00Z", level=2),
            event("level_change", "2026-06-18T03:00:00Z", level=4),
            rules=["tw-csma-damage-control", "tw-csma-report", "group-escalation"],
        )  # fmt: skip
        assert only(found, "tw-csma-damage-control")["due"] == "2026-06-19T12:00:00Z"
        assert sum(one["stage"] == "report of the change" for one in found) == 3
        assert only(found, "group-escalation", "escalation after a rise")["due"] == "2026-06-18T03:15:00Z"

    def test_takes_the_shortest_term_while_no_level_is_known(self) -> None:
        found = clocks(AGENCY, event("awareness", "2026-06-18T00:00:00Z"), rules=["tw-csma-damage-control"])
        assert only(found, "tw-csma-damage-control")["due"] == "2026-06-19T12:00:00Z"
        assert "level is not known yet" in only(found, "tw-csma-damage-control")["why"]


class Exchange(TestCase):
    def test_is_told_two_hours_before_trading_opens_after_the_dragon_boat_holiday(self) -> None:
        found = clocks(
            LISTED, event("date_of_fact", "2026-06-18T15:10:00+08:00"), rules=["twse-material-info"]
        )
        clock = only(found, "twse-material-info")
        assert (clock["due"], clock["due_local"]) == ("2026-06-21T23:00:00Z", "2026-06-22T07:00:00+08:00")
        assert clock["why"].startswith(
            "07:00 Taipei on Monday 22 June 2026, because the fact arose at 15:10 Taipei on Thursday 18 June 2026"
        )
        assert "TWSE is closed on Friday 19 June 2026 (Dragon Boat Festival)." in clock["why"]

    def test_closes_for_a_typhoon_that_somebody_enters(self) -> None:
        found = clocks(
            LISTED, event("date_of_fact", "2026-06-17T23:59:00+08:00"), rules=["twse-material-info"],
            calendars={"TWSE": {"closed": {"2026-06-18": "typhoon", "2026-06-19": ""}}},
        )  # fmt: skip
        assert only(found, "twse-material-info")["due_local"] == "2026-06-22T07:00:00+08:00"
        assert (
            "Thursday 18 June 2026 (typhoon), Friday 19 June 2026" in only(found, "twse-material-info")["why"]
        )

    def test_counts_from_the_day_of_the_fact_whatever_its_hour(self) -> None:
        for fact, due in [
            ("2026-06-16T00:00:00+08:00", "2026-06-17T07:00:00+08:00"),
            ("2026-06-16T23:59:59+08:00", "2026-06-17T07:00:00+08:00"),
            ("2026-06-17T00:00:00+08:00", "2026-06-18T07:00:00+08:00"),
            ("2026-06-20T12:00:00+08:00", "2026-06-22T07:00:00+08:00"),
        ]:
            with self.subTest(due=due):
                found = clocks(LISTED, event("date_of_fact", fact), rules=["twse-material-info"])
                assert only(found, "twse-material-info")["due_local"] == due

    def test_asks_for_a_press_conference_in_three_steps(self) -> None:
        found = clocks(
            LISTED, event("date_of_fact", "2026-06-18T15:10:00+08:00"),
            event("press_conference", "2026-06-19T10:00:00+08:00"), factors={"loss_twd": 300_000_000},
        )  # fmt: skip
        ends = {one["stage"]: one["due_local"] for one in found if one["rule"] == "twse-press-conference"}
        assert ends == {
            "filing": "2026-06-19T00:00:00+08:00",
            "press conference": "2026-06-22T00:00:00+08:00",
            "disclosure after it": "2026-06-19T12:00:00+08:00",
        }

    def test_does_not_ask_below_its_thresholds(self) -> None:
        found = clocks(
            LISTED, event("awareness", NOW), factors={"loss_twd": 299_999_999, "loss_percent_of_capital": 20}
        )
        assert not [one for one in found if one["rule"] == "twse-press-conference"]

    def test_four_business_days_of_the_sec_leave_out_juneteenth_and_the_weekend(self) -> None:
        unit = {"code": "SJC1", "country": "US", "attributes": ["us_domestic_filer"]}
        found = clocks(
            unit, event("materiality_determination", "2026-06-17T15:00:00-04:00"), rules=["sec-8k-105"]
        )
        # Thursday 18, Monday 22, Tuesday 23, Wednesday 24 June; the 19th is a federal holiday.
        assert only(found, "sec-8k-105")["due_local"] == "2026-06-25T00:00:00-04:00"
        assert only(found, "sec-8k-105")["why"].startswith("24:00 New York on Wednesday 24 June 2026")

    def test_a_decision_on_a_saturday_has_monday_as_its_first_day(self) -> None:
        unit = {"code": "SJC1", "country": "US", "attributes": ["us_domestic_filer"]}
        found = clocks(
            unit, event("materiality_determination", "2026-08-01T12:00:00-04:00"), rules=["sec-8k-105"]
        )
        assert only(found, "sec-8k-105")["due_local"] == "2026-08-07T00:00:00-04:00"


class Europe(TestCase):
    def test_counts_72_hours_through_the_night_when_clocks_go_forward(self) -> None:
        found = clocks(GERMAN, event("awareness", "2026-03-27T10:00:00+01:00"), rules=["gdpr-33"])
        clock = only(found, "gdpr-33")
        assert (clock["due"], clock["due_local"]) == ("2026-03-30T09:00:00Z", "2026-03-30T11:00:00+02:00")

    def test_final_report_is_due_a_month_after_the_notification_at_the_same_local_hour(self) -> None:
        found = clocks(
            GERMAN, event("awareness", "2026-03-10T08:00:00+01:00"),
            event("submission", "2026-03-12T09:30:00+01:00", rule="nis2-notification"), rules=["nis2-final"],
        )  # fmt: skip
        assert only(found, "nis2-final", "final report")["due_local"] == "2026-04-12T09:30:00+02:00"

    def test_final_report_waits_until_the_notification_is_sent(self) -> None:
        found = clocks(GERMAN, event("awareness", "2026-03-10T08:00:00+01:00"), rules=["nis2-final"])
        clock = only(found, "nis2-final")
        assert (clock["state"], clock["due"]) == ("waiting", None)

    def test_a_month_after_31_january_is_the_last_of_february(self) -> None:
        sent = event("submission", "2027-01-31T09:00:00+01:00", rule="nis2-notification")
        clock = only(clocks(GERMAN, sent, rules=["nis2-final"]), "nis2-final", "final report")
        assert clock["due_local"] == "2027-02-28T09:00:00+01:00"
        assert "its last day counts" in clock["why"]

    def test_soft_duties_have_an_end_of_our_own_and_none_of_the_regime(self) -> None:
        clock = only(clocks(GERMAN, event("awareness", "2026-06-18T00:00:00Z"), rules=["gdpr-34"]), "gdpr-34")
        assert (clock["due"], clock["internal_due"]) == (None, "2026-06-21T00:00:00Z")

    def test_a_breach_is_notified_unless_a_risk_is_known_to_be_unlikely(self) -> None:
        known = event("awareness", "2026-06-18T00:00:00Z")
        asked = {one["rule"] for one in clocks(GERMAN, known, factors={"personal_data": True})}
        spared = clocks(GERMAN, known, factors={"personal_data": True, "risk_unlikely": True})
        assert "gdpr-33" in asked
        assert "gdpr-33" not in {one["rule"] for one in spared}


class Asia(TestCase):
    def test_china_asks_an_operator_within_four_hours_of_discovery(self) -> None:
        unit = {"code": "SUZ1", "country": "CN", "attributes": ["cn_network_operator"]}
        found = clocks(
            unit, event("discovery", "2026-06-18T23:30:00+08:00"), factors={"relatively_significant": True}
        )
        assert only(found, "cn-incident-operator")["due_local"] == "2026-06-19T03:30:00+08:00"

    def test_china_asked_nothing_of_what_was_known_before_its_measures(self) -> None:
        unit = {"code": "SUZ1", "country": "CN", "attributes": ["cn_network_operator"]}
        known = {"relatively_significant": True}
        before = clocks(unit, event("awareness", "2025-10-31T23:59:59+08:00"), factors=known)
        after = clocks(unit, event("awareness", "2025-11-01T00:00:00+08:00"), factors=known)
        assert "cn-incident-operator" not in {one["rule"] for one in before}
        assert "cn-incident-operator" in {one["rule"] for one in after}

    def test_korea_is_told_within_a_day_and_of_every_further_fact(self) -> None:
        unit = {"code": "PJU1", "country": "KR", "attributes": ["kr_online_service_provider"]}
        found = clocks(
            unit, event("awareness", "2026-06-18T09:00:00+09:00"),
            event("new_fact", "2026-06-20T10:00:00+09:00"), event("new_fact", "2026-06-21T11:00:00+09:00"),
            factors={"intrusion": True},
        )  # fmt: skip
        ends = sorted(one["due_local"] for one in found if one["rule"] == "kr-network-act")
        assert ends == ["2026-06-19T09:00:00+09:00", "2026-06-21T10:00:00+09:00", "2026-06-22T11:00:00+09:00"]

    def test_japan_gives_60_days_where_the_purpose_was_wrongful(self) -> None:
        unit = {"code": "YAM1", "country": "JP", "attributes": ["holds_personal_data_JP"]}
        known = event("awareness", "2026-06-01T09:00:00+09:00")
        usual = clocks(unit, known, factors={"special_category": True})
        wrongful = clocks(unit, known, factors={"wrongful_purpose": True})
        assert only(usual, "jp-appi-final")["due_local"] == "2026-07-01T09:00:00+09:00"
        assert only(wrongful, "jp-appi-final")["due_local"] == "2026-07-31T09:00:00+09:00"


class Contracts(TestCase):
    CLAUSES = (
        {"rule": "customer-contract", "counterparty": "Auriga", "deadline": {"n": 24, "unit": "hours"}},
        {
            "rule": "customer-contract", "counterparty": "Borealis", "start": "confirmation", "calendar": "TWSE",
            "deadline": {"n": 5, "unit": "business_days"},
        },
    )  # fmt: skip

    def test_run_a_clock_for_each_clause(self) -> None:
        found = clocks(
            LISTED, event("awareness", "2026-06-18T15:00:00+08:00"),
            event("confirmation", "2026-06-18T20:00:00+08:00"), factors={"customer_data": True},
            clauses=list(self.CLAUSES),
        )  # fmt: skip
        ends = {one["counterparty"]: one["due_local"] for one in found if one["rule"] == "customer-contract"}
        # Borealis: 22, 23, 24, 25, 26 June; Friday the 19th is closed.
        assert ends == {"Auriga": "2026-06-19T15:00:00+08:00", "Borealis": "2026-06-27T00:00:00+08:00"}

    def test_without_a_clause_nothing_is_dropped(self) -> None:
        clock = only(clocks(LISTED, event("awareness", "2026-06-18T00:00:00Z"), rules=["customer-contract"]),
                     "customer-contract")  # fmt: skip
        assert (clock["due"], clock["internal_due"]) == (None, "2026-06-19T00:00:00Z")
        assert "record it" in clock["why"]


class Standing(TestCase):
    KNOWN = event("awareness", "2026-06-18T00:00:00Z")

    def test_tells_running_missed_met_and_late_to_the_second(self) -> None:
        for sent, now, state in [
            (None, "2026-06-21T00:00:00Z", "running"),
            (None, "2026-06-21T00:00:01Z", "missed"),
            ("2026-06-21T00:00:00Z", "2026-06-25T00:00:00Z", "met"),
            ("2026-06-21T00:00:01Z", "2026-06-25T00:00:00Z", "late"),
        ]:
            with self.subTest(state=state):
                notices = [event("submission", sent, rule="gdpr-33")] if sent else []
                assert (
                    only(clocks(GERMAN, self.KNOWN, *notices, rules=["gdpr-33"], now=now), "gdpr-33")["state"]
                    == state
                )

    def test_awareness_corrected_backwards_moves_the_end(self) -> None:
        found = clocks(GERMAN, self.KNOWN, event("awareness", "2026-06-17T20:00:00Z"), rules=["gdpr-33"])
        assert only(found, "gdpr-33")["due"] == "2026-06-20T20:00:00Z"

    def test_a_later_day_that_was_agreed_counts(self) -> None:
        agreed = event("extension", "2026-06-19T00:00:00Z", rule="gdpr-33", until="2026-07-01T00:00:00Z")
        clock = only(clocks(GERMAN, self.KNOWN, agreed, rules=["gdpr-33"]), "gdpr-33")
        assert clock["due"] == "2026-07-01T00:00:00Z"
        assert "as the recipient agreed" in clock["why"]

    def test_a_rule_that_is_named_binds_a_unit_without_its_attribute_and_says_so(self) -> None:
        clock = only(clocks(LISTED, self.KNOWN, rules=["gdpr-33"]), "gdpr-33")
        assert clock["due"] == "2026-06-21T00:00:00Z"
        assert "does not have the attribute gdpr_controller" in clock["why"]

    def test_what_must_still_be_known_is_asked(self) -> None:
        given = {"units": [LISTED], "events": [self.KNOWN], "now": NOW}
        asked = case.answer(case.read(given, RULES, datetime.now(UTC)))["undecided"]
        assert {"rule": "twse-material-info", "unit": "MSH", "missing": ["material"]} in asked
