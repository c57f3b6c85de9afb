"""The clocks against a second reckoning that shares no code with the first, over incidents at random."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from unittest import TestCase

from keepwell.kernel.clocks import case, rules
from keepwell.kernel.clocks.reckoning import Clock, reckon
from keepwell.kernel.clocks.sentences import why
from keepwell.kernel.tests.otherwise import Found, Second
from keepwell.kernel.tests.random_incidents import ATTRIBUTES, Dice, Given, incident, written
from tests.machine import rounds

ROUNDS = rounds(10_000, 100_000)
OWN_ROUNDS = rounds(2_000, 50_000)
SHIPPED = ("twse-material-info", "tw-csma-report")
SENTENCES_OF = 20  # of every so many incidents the sentences are put as well
NOW = datetime(2026, 6, 18, tzinfo=UTC)


def reckoned(table: list[Given], given: Given, *, with_sentences: bool) -> list[Found]:
    """What the engine finds in a case as a file holds it."""
    asked = case.read(written(given), rules.read(table), NOW)
    chosen = asked.table.values() if asked.rules is None else asked.rules
    clocks = reckon(chosen, asked.incident, asked.now, named=asked.rules is not None)
    if with_sentences and not all(why(clock) for clock in clocks):
        raise AssertionError("A clock says nothing for itself.")
    return sorted(map(_found, clocks), key=str)


def beside(dice: Dice, table: list[Given], given: Given) -> tuple[list[Given], Given]:
    """The same case where some rules come inline as the group's own, those of shipped ids as a newer text: the shipped
    table, which holds another text of them, and the case. The other rules have their ids as own ones have them."""
    own = [rule for rule in table if rule["id"] not in SHIPPED or dice.maybe()]
    needed = {"regime": "A law", "jurisdiction": "TH", "recipient": "Somebody"}
    other = {
        "stages": [
            {"stage": "stage 0", "start": {"event": "awareness"}, "deadline": {"n": 7, "unit": "minutes"}}
        ]
    }
    rows = [needed | rule | ({"replaces": True} if rule["id"] in SHIPPED else {}) for rule in own]
    bound = [
        {"id": f"binding-{name}", "binds": name, "when": [{"event": "extension"}], **other}
        for name in ATTRIBUTES
    ]
    shipped = [
        {"id": rule["id"], **other} if rule in own else rule for rule in table if rule["id"] in SHIPPED
    ]
    return [*shipped, *bound], given | ({"own_rules": rows} if rows else {})


def _found(clock: Clock) -> Found:
    return Found(
        clock.rule.id, clock.stage.name, clock.unit.code, clock.clause.counterparty if clock.clause else "",
        clock.start, clock.due, clock.internal_due, clock.state,
    )  # fmt: skip


class Reckoning(TestCase):
    def test_agrees_with_the_other_over_random_incidents_zones_and_calendars(self) -> None:
        dice, told = Dice(20260618), Counter[str]()
        for number in range(ROUNDS):
            table, given = incident(dice)
            expected = sorted(Second(table, given).clocks(), key=str)
            found = reckoned(table, given, with_sentences=number % SENTENCES_OF == 0)
            if found != expected:
                self.assertEqual(found, expected, f"round {number}: {table} {given}")
            told.update(clock.state for clock in found)
            told["our own end"] += sum(clock.internal_due is not None for clock in found)
            told["by contract"] += sum(clock.counterparty != "" for clock in found)
        # Chance reaches every state, our own ends and contracts often.
        self.assertGreater(min(told.values()), ROUNDS // 20, told)
        self.assertEqual(
            set(told), {"running", "met", "late", "missed", "waiting", "our own end", "by contract"}
        )

    def test_by_own_rules_and_newer_texts_agrees_as_well(self) -> None:
        dice, told = Dice(20260105), Counter[str]()
        for number in range(OWN_ROUNDS):
            table, given = incident(dice)
            given["calendars"]["UNKNOWN"] = {}
            expected = sorted(Second(table, given).clocks(), key=str)
            shipped, asked = beside(dice, table, given)
            found = [
                one
                for one in reckoned(shipped, asked, with_sentences=False)
                if not one.rule.startswith("binding-")
            ]
            if found != expected:
                self.assertEqual(found, expected, f"round {number}: {table} {given}")
            told.update("own" if one.rule.startswith("own-") else "of a shipped id" for one in found)
            told["newer text"] += sum(row["id"] in SHIPPED for row in asked.get("own_rules", []))
        self.assertGreater(min(told.values()), OWN_ROUNDS // 20, told)
        self.assertEqual(set(told), {"own", "of a shipped id", "newer text"})
