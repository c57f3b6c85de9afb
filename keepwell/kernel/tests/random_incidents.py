"""Incidents at random: units in several zones, rules with triggers and stages of every kind, clauses, calendars, events.
Moments are aware datetimes; `written` puts a case as a file holds it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

Given = dict[str, Any]
ZONES = (
    "Asia/Taipei", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia",
    "America/Sao_Paulo", "Africa/Casablanca", "Asia/Kathmandu", "Atlantic/Azores", "UTC", "Pacific/Chatham",
)  # fmt: skip
RULES = ("twse-material-info", "tw-csma-report", "own-third", "own-fourth")
COUNTRIES = ("TH", "TW", "DE")
ATTRIBUTES = ("listed", "controller", "operator")
STARTS = (
    "awareness", "discovery", "site_awareness", "knowledge", "confirmation", "date_of_fact", "new_fact", "level_change",
    "home_disclosure", "report_received_by_authority", "damage_control_completed",
)  # fmt: skip
PLAIN = (
    "awareness", "discovery", "site_awareness", "knowledge", "confirmation", "date_of_fact", "new_fact",
    "home_disclosure", "damage_control_completed",
)  # fmt: skip
CALENDARS = ("A", "B", "DE", "SA", "UNKNOWN")
WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NAMED = ("before_opening", "end_of_day", "before_next_business_day")
COUNTED = {"minutes": 60, "hours": 100, "days": 60, "months": 12, "business_days": 12}
YES_OR_NO = ("personal_data", "material", "high_risk", "risk_unlikely")
MOST_DAYS = 90


class Dice(random.Random):
    """Chance, with the words in which incidents are thrown."""

    def maybe(self, share: float = 0.5) -> bool:
        """Whether it falls so: `share` of the time."""
        return self.random() < share

    def term(self, *, plain: bool = False) -> Given:
        """A term: by hours or days alone if `plain`."""
        if not plain and self.maybe(0.25):
            rule = self.choice(NAMED)
            return (
                {"rule": rule, "hours": self.randint(0, 12)} if rule == "before_opening" else {"rule": rule}
            )
        unit = self.choice(("minutes", "hours", "days") if plain else tuple(COUNTED))
        return {"n": self.randint(1, COUNTED[unit]), "unit": unit}

    def condition(self, factor: str) -> Given:
        """A condition on a factor."""
        if factor in YES_OR_NO:
            return {"factor": factor, "value": self.maybe(0.8)} | (
                {"until_known": True} if self.maybe(0.3) else {}
            )
        value = {"level": self.randint(0, 4), "national_level": self.randint(1, 4)}.get(factor)
        return {
            "factor": factor, "is": self.choice(("=", ">=", ">", "<=", "<")),
            "value": self.choice((500, 1000)) if value is None else value,
        }  # fmt: skip

    def trigger(self) -> Given:
        """What makes a rule ask; each factor once."""
        asked = self.sample(
            ("level", "national_level", "persons", *YES_OR_NO), self.choice((0, 0, 1, 1, 2, 3))
        )
        when = [self.condition(factor) for factor in asked]
        if self.maybe(0.2):
            when.append({"event": self.choice(PLAIN)})
        return {"when": when, "joined": self.choice(("all", "any"))} if when else {}


def incident(dice: Dice) -> tuple[list[Given], Given]:
    """Rules and a case, thrown."""
    began = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randrange(4 * 365 * 86_400))
    rules = [_rule(dice, name, began) for name in dice.sample(RULES, dice.randint(1, 3))]
    units = [
        {"code": f"U{n}", "zone": dice.choice(ZONES), "country": dice.choice(COUNTRIES),
         "attributes": dice.sample(ATTRIBUTES, dice.randint(0, 2))}
        for n in range(dice.choice((1, 1, 2, 3)))
    ]  # fmt: skip
    given: Given = {
        "units": units, "factors": _factors(dice), "events": _events(dice, rules, units, began),
        "calendars": {name: _calendar(dice, began.date()) for name in ("A", "B")}, "clauses": _clauses(dice, rules, units),
        "now": began + timedelta(seconds=dice.randrange(MOST_DAYS * 86_400)),
    }  # fmt: skip
    if dice.maybe(0.3):
        given["rules"] = [rule["id"] for rule in rules if dice.maybe(0.8)] or [rules[0]["id"]]
    return rules, given


def written(given: Given) -> Given:
    """A case as a file holds it: moments in ISO 8601."""
    found = given | {"now": given["now"].isoformat()}
    moments = ("at", "until")
    found["events"] = [
        {key: value.isoformat() if key in moments else value for key, value in event.items()} for event in given["events"]
    ]  # fmt: skip
    return found


def _rule(dice: Dice, name: str, began: datetime) -> Given:
    stages = [_stage(dice, name, n) for n in range(dice.choice((1, 1, 2, 3)))]
    found: Given = {"id": name, "binds": dice.choice(("always", *ATTRIBUTES)), "calendar": dice.choice(CALENDARS),
                    "stages": stages} | dice.trigger()  # fmt: skip
    if dice.maybe(0.4):
        found["zone"] = dice.choice(ZONES)
    if dice.maybe(0.2):
        found["countries"] = dice.sample(COUNTRIES, dice.randint(1, 2))
    for bound in ("since", "until"):
        if dice.maybe(0.2):
            found[bound] = str(began.date() + timedelta(days=dice.randint(-3, 10)))
    if found.get("until", "9999") < found.get("since", ""):
        found["until"] = found["since"]
    return found


def _stage(dice: Dice, rule: str, number: int) -> Given:
    """A stage: the first from an event, a later one often from the notice of one before."""
    found: Given = {"stage": f"stage {number}", "start": {"event": dice.choice(STARTS)}}
    if number and dice.maybe(0.6):
        found["start"] = {"event": "submission", "rule": rule, "stage": f"stage {dice.randrange(number)}"}
    if dice.maybe(0.2):
        found["start"]["last"] = True
    if dice.maybe(0.15):
        found["done_by"] = [dice.choice(PLAIN)]
    if dice.maybe(0.2):
        found |= {"national": dice.maybe()}
        found |= {"each": dice.choice(("change", "rise"))}
        found["start"] = {"event": "level_change" if found["each"] == "rise" or dice.maybe() else "new_fact"}
    if dice.maybe(0.25):
        levels = dice.sample(range(5), dice.randint(1, 4))
        return found | {"national": dice.maybe(), "by_level": {n: dice.term(plain=True) for n in levels}}
    if dice.maybe(0.2):
        return found | {"internal": dice.term(), "duty": "soft", "as_written": dice.maybe()}
    found["deadline"] = dice.term()
    if dice.maybe(0.2):
        found["instead"] = [dice.condition(dice.choice(YES_OR_NO)) | {"deadline": dice.term()}]
    return found


def _factors(dice: Dice) -> Given:
    found: Given = {name: dice.maybe() for name in YES_OR_NO if dice.maybe()}
    for name, value in (
        ("level", dice.randint(0, 4)), ("national_level", dice.randint(1, 4)),
        ("persons", dice.choice((0, 499, 500, 501, 999, 1000, 1001))),
    ):  # fmt: skip
        if dice.maybe():
            found[name] = value
    return found


def _events(dice: Dice, rules: list[Given], units: list[Given], began: datetime) -> list[Given]:
    """Up to ten events and an awareness of some of the units, no two at one moment, in no order."""
    kinds = [dice.choice((*PLAIN, "level_change", "level_change", "submission", "submission", "submission", "extension"))
             for _ in range(dice.randint(0, 9))]  # fmt: skip
    if dice.maybe(0.9):
        kinds.append("awareness")
    own = [unit["code"] for unit in units if dice.maybe(0.3)]
    kinds += ["awareness"] * len(own)
    seconds = dice.sample(range(30 * 86_400), len(kinds))
    found = [_event(dice, kind, began + timedelta(seconds=after), rules, units)
             for kind, after in zip(kinds, seconds, strict=True)]  # fmt: skip
    for event, code in zip(reversed(found), own, strict=False):
        event["unit"] = code
    return found


def _event(dice: Dice, kind: str, at: datetime, rules: list[Given], units: list[Given]) -> Given:
    found: Given = {"kind": kind, "at": at}
    if dice.maybe(0.3):
        found["unit"] = dice.choice(units)["code"]
    if kind == "level_change":
        scales: Mapping[str, int] = {"level": dice.randint(0, 4), "national_level": dice.randint(1, 4)}
        found |= {
            name: scales[name] for name in dice.choice((("level",), ("national_level",), tuple(scales)))
        }
    if kind in ("submission", "extension"):
        rule = dice.choice(rules)
        found["rule"] = rule["id"]
        if dice.maybe():
            names = [stage["stage"] for stage in rule["stages"]]
            found["stage"] = dice.choice([*names, *(("Auriga", "Borealis") if kind == "submission" else ())])
    if kind == "extension":
        found["until"] = at + timedelta(seconds=dice.randrange(60 * 86_400))
    return found


def _calendar(dice: Dice, first: date) -> Given:
    """Days that are closed and opened around the incident; sometimes all of them for long."""
    days = [str(first + timedelta(days=n)) for n in range(150)]
    closed = days[dice.randrange(20) :] if dice.maybe(0.08) else dice.sample(days[:40], dice.randrange(12))
    opened = [day for day in dice.sample(days, dice.randrange(8)) if day not in closed]
    found: Given = {"closed": sorted(closed), "opened": sorted(opened)}
    if dice.maybe(0.4):
        found["weekend"] = dice.sample(WEEK, dice.randint(0, 3))
    return found


def _clauses(dice: Dice, rules: list[Given], units: list[Given]) -> list[Given]:
    """Clauses of rules that leave their term to contracts."""
    found = []
    for rule in rules:
        if any(stage.get("as_written") for stage in rule["stages"]):
            for other in dice.sample(("Auriga", "Borealis"), dice.randint(0, 2)):
                one: Given = {"rule": rule["id"], "counterparty": other, "calendar": dice.choice(CALENDARS)}
                one |= {"start": dice.choice(PLAIN)} if dice.maybe() else {}
                one |= {"unit": dice.choice(units)["code"]} if dice.maybe(0.3) else {}
                found.append(one | ({"deadline": dice.term()} if dice.maybe(0.8) else {}))
    return found
