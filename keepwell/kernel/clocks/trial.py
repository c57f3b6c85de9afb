"""A trial of rules before they are taken: which of them would contradict others in one and the same incident."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from keepwell.kernel.clocks.events import KINDS, Event, Standing
from keepwell.kernel.clocks.known import Incident
from keepwell.kernel.clocks.order import Duty, Turn, turns
from keepwell.kernel.clocks.reckoning import Clock, reckon
from keepwell.kernel.clocks.rules import Rule
from keepwell.kernel.clocks.sentences import CHANCE, ENGLISH, Words, contradiction

FOLLOWING = {"submission", "extension", "level_change"}
"""Kinds of events that name a rule or a level, and come later."""


def contradicting(fresh: Collection[str], every: Mapping[str, Rule], at: datetime) -> list[Turn[Clock]]:
    """Each two rules of which one must be told before the other and ends later, where one is among the `fresh`, if all
    that may start them happens at `at`."""
    unit = Standing("trial", "", "UTC", frozenset(rule.binds for rule in every.values()))
    events = tuple(Event(kind, at) for kind in KINDS if kind not in FOLLOWING)
    rules = [replace(rule, countries=frozenset(), since=None, until=None) for rule in every.values()]
    clocks = reckon(rules, Incident((unit,), {}, events), at, named=True)
    # What was done does not matter here: each event may also settle a stage.
    duties = (Duty(clock, clock.rule, clock.stage, clock.ends, None) for clock in clocks if clock.ends)
    found = (turn for turn in turns(duties) if turn.contradicts)
    return [turn for turn in found if {turn.first.rule.id, turn.then.rule.id} & set(fresh)]


def told(turn: Turn[Clock], at: datetime, words: Words = ENGLISH) -> str:
    """A contradiction that a trial at `at` found, in a sentence with both moments."""
    first, then = turn.first.of, turn.then.of
    says = contradiction(
        turn, words.told(then.rule.recipient) or then.rule.id, (first.zone, then.zone), words
    )
    return words.say(CHANCE) % {"moment": words.moment(at, then.zone), "contradiction": says}
