"""The clocks against a second reckoning that shares no code with the first, over incidents at random."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from unittest import TestCase

from keepwell.kernel.clocks import case, rules
from keepwell.kernel.clocks.reckoning import Clock, reckon
from keepwell.kernel.clocks.sentences import why
from keepwell.kernel.tests.otherwise import Found, Second
from keepwell.kernel.tests.random_incidents import Dice, Given, incident, written
from tests.machine import rounds

ROUNDS = rounds(10_000, 100_000)
SENTENCES_OF = 20  # of every so many incidents the sentences are put as well
NOW = datetime(2026, 6, 18, tzinfo=UTC)


def reckoned(table: list[Given], given: Given, *, with_sentences: bool) -> list[Found]:
    """What the engine finds in a case as a file holds it."""
    known = rules.read(table)
    asked = case.read(written(given), known, NOW)
    chosen = known.values() if asked.rules is None else asked.rules
    clocks = reckon(chosen, asked.incident, asked.now, named=asked.rules is not None)
    if with_sentences and not all(why(clock) for clock in clocks):
        raise AssertionError("A clock says nothing for itself.")
    return sorted(map(_found, clocks), key=str)


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
