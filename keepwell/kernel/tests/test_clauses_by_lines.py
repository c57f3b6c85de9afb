"""Clauses with a trigger of their own: written a condition a line, and reckoned by it instead of by the rule's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest import TestCase

from keepwell.kernel.clocks.clauses import Clause
from keepwell.kernel.clocks.events import Event, Standing
from keepwell.kernel.clocks.factors import Condition, Trigger, Value
from keepwell.kernel.clocks.known import Incident
from keepwell.kernel.clocks.lines import BadLine, read_lines, written
from keepwell.kernel.clocks.reckoning import reckon, undecided
from keepwell.kernel.clocks.rules import read
from keepwell.kernel.clocks.spans import Span

AT = datetime(2025, 11, 13, 18, 31, tzinfo=UTC)
UNIT = Standing("MAT", "TW", "Asia/Taipei", frozenset())
RULES = read([{
    "id": "customer-contract", "regime": "Contract", "jurisdiction": "contract", "binds": "contract_clause_exists",
    "when": [{"factor": "customer_data", "value": True}, {"factor": "supply_interrupted", "value": True}], "joined": "any",
    "stages": [{"stage": "notice", "start": "awareness", "duty": "contractual", "internal": {"n": 24, "unit": "hours"},
                "as_written": True}],
}])  # fmt: skip


class Lines(TestCase):
    def test_hold_a_factor_a_comparison_and_a_value(self) -> None:
        found = read_lines("customer_data = yes\n\n  level≥2\nloss_twd > 3,000,000\nrisk_unlikely = 否")
        self.assertEqual(found, (
            Condition("customer_data", "=", True), Condition("level", ">=", 2), Condition("loss_twd", ">", 3_000_000),
            Condition("risk_unlikely", "=", False),
        ))  # fmt: skip

    def test_read_back_what_they_write(self) -> None:
        text = "customer_data = yes\nlevel >= 2\nloss_percent_of_capital < 0.5\nmaterial = no"
        self.assertEqual(written(read_lines(text)), text)

    def test_name_the_first_that_is_none(self) -> None:
        for line in ("customer_data", "weather = fine", "customer_data >= yes", "level >= 9", "level = yes", "level >= x",
                     "external_clock = yes", "level >= -1", "level >= 2 3", "level >= ²", "level >= nan"):  # fmt: skip
            with self.subTest(line), self.assertRaises(BadLine) as caught:
                read_lines(f"customer_data = yes\n{line}")
            self.assertEqual(caught.exception.number, 2)


class Clauses(TestCase):
    """Two customers: one by the words of the rule, one as soon as the level is 2."""

    def running(self, applies: bool | None = None, **facts: Value) -> list[str]:
        clocks = reckon(RULES.values(), self.incident(applies, **facts), AT, named=False)
        return sorted(one.clause.counterparty for one in clocks if one.clause)

    def incident(self, applies: bool | None = None, **facts: Value) -> Incident:
        by_level = Trigger((Condition("level", ">=", 2),))
        hours = Span.parse({"n": 4, "unit": "hours"}, "")
        return Incident((UNIT,), facts, (Event("awareness", AT),), (
            Clause("customer-contract", "A", "awareness", hours, "MAT", applies=applies),
            Clause("customer-contract", "B", "awareness", hours, "MAT", trigger=by_level),
        ))  # fmt: skip

    def test_run_each_by_its_own_trigger(self) -> None:
        self.assertEqual(self.running(customer_data=True), ["A"])
        self.assertEqual(self.running(level=2, customer_data=False, supply_interrupted=False), ["B"])
        self.assertEqual(self.running(level=2, customer_data=True), ["A", "B"])
        self.assertEqual(self.running(level=1, customer_data=False, supply_interrupted=False), [])

    def test_run_by_what_somebody_answered_before_any_trigger(self) -> None:
        self.assertEqual(self.running(True, customer_data=False, supply_interrupted=False), ["A"])
        self.assertEqual(self.running(False, customer_data=True), [])

    def test_say_which_facts_would_tell_of_either(self) -> None:
        (_rule, _unit, missing), = undecided(RULES.values(), self.incident(customer_data=False))  # fmt: skip
        self.assertEqual(missing, ["supply_interrupted", "level"])

    def test_of_which_none_is_there_leave_the_rule_as_it_was(self) -> None:
        bare = Incident((UNIT,), {"customer_data": True}, (Event("awareness", AT),))
        self.assertEqual(reckon(RULES.values(), bare, AT + timedelta(hours=1), named=False), [])
