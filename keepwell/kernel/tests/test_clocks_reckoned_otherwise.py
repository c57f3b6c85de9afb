"""The clocks against a second reckoning that shares no code with the first: it searches where the first adds."""

from __future__ import annotations

import calendar as months_of
import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from unittest import TestCase
from zoneinfo import ZoneInfo

from keepwell.kernel.clocks import case, rules
from tests.machine import rounds

ROUNDS = rounds(10_000, 100_000)
UTMOST = 60
ZONES = (
    "Asia/Taipei", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia",
    "America/Sao_Paulo", "Africa/Casablanca", "Asia/Kathmandu", "Atlantic/Azores", "UTC", "Pacific/Chatham",
)  # fmt: skip
UNITS = ("minutes", "hours", "days", "months", "business_days", "before_opening", "end_of_day",
         "before_next_business_day")  # fmt: skip


def shown(day: date, hour: time, zone: ZoneInfo) -> datetime:
    """The first moment at which clocks in `zone` show `hour` on `day`; where they skip it, as if they had not."""
    naive = datetime.combine(day, hour)
    around = [naive.replace(tzinfo=UTC) + timedelta(hours=shift) for shift in (-30, 30)]
    offsets = [at.astimezone(zone).utcoffset() or timedelta() for at in around]
    moments = sorted(naive.replace(tzinfo=UTC) - offset for offset in {*offsets, *_between(*around, zone)})
    for moment in moments:
        if moment.astimezone(zone).replace(tzinfo=None) == naive:
            return moment
    return naive.replace(tzinfo=UTC) - _before(naive, zone)


def _between(first: datetime, last: datetime, zone: ZoneInfo) -> set[timedelta]:
    """Every offset that holds between two moments, looked at each hour."""
    steps = int((last - first) / timedelta(hours=1))
    return {
        (first + n * timedelta(hours=1)).astimezone(zone).utcoffset() or timedelta() for n in range(steps)
    }


def _before(naive: datetime, zone: ZoneInfo) -> timedelta:
    """The offset in force just before the gap in which `naive` falls."""
    moment = naive.replace(tzinfo=UTC) - timedelta(hours=30)
    while moment.astimezone(zone).replace(tzinfo=None) < naive:
        offset = moment.astimezone(zone).utcoffset() or timedelta()
        moment += timedelta(minutes=5)
    return offset


def works(day: date, closed: set[date]) -> bool:
    return day.isoweekday() <= 5 and day not in closed


def expected(start: datetime, zone: ZoneInfo, closed: set[date], unit: str, n: int) -> datetime:
    """The end of a term of `n` `unit`s, searched for day by day."""
    local = start.astimezone(zone)
    day = local.date()
    if unit in ("minutes", "hours"):
        return datetime.fromtimestamp(start.timestamp() + n * (60 if unit == "minutes" else 3600), UTC)
    if unit == "days":
        return shown(date.fromordinal(day.toordinal() + n), local.time(), zone)
    if unit == "months":
        year, month = day.year, day.month
        for _ in range(n):
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        last = max(d for d in months_of.Calendar().itermonthdates(year, month) if d.month == month)
        return shown(min(date(year, month, 1) + timedelta(days=day.day - 1), last), local.time(), zone)
    if unit == "end_of_day":
        return shown(day + timedelta(days=1), time(), zone)
    counted, wanted = 0, n if unit == "business_days" else 1
    while counted < wanted:
        day += timedelta(days=1)
        counted += works(day, closed)
    if unit == "business_days":
        return shown(day + timedelta(days=1), time(), zone)
    if unit == "before_next_business_day":
        return shown(day, time(), zone)
    return shown(day, time(9), zone) - timedelta(hours=n)


def deadline(unit: str, n: int) -> dict[str, Any]:
    if unit == "before_opening":
        return {"rule": unit, "hours": n}
    return {"rule": unit} if unit in ("end_of_day", "before_next_business_day") else {"n": n, "unit": unit}


class Reckoning(TestCase):
    def test_agrees_with_the_other_over_random_incidents_zones_and_calendars(self) -> None:
        dice = random.Random(20260618)
        for number in range(ROUNDS):
            self._one(dice, number)

    def _one(self, dice: random.Random, number: int) -> None:
        name, unit = dice.choice(ZONES), dice.choice(UNITS)
        n = dice.randint(1, UTMOST if unit in ("hours", "days", "minutes") else 12)
        start = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randrange(4 * 365 * 86_400))
        first = start.astimezone(ZoneInfo(name)).date()
        closed = {first + timedelta(days=dice.randrange(25)) for _ in range(dice.randrange(6))}
        table = rules.read([
            {"id": "r", "zone": name, "calendar": "C", "stages": [
                {"start": "awareness", "deadline": deadline(unit, n)},
                {"stage": "then", "start": {"event": "submission", "rule": "r"}, "deadline": deadline(unit, n)},
            ]}
        ])  # fmt: skip
        sent = start + timedelta(seconds=dice.randrange(90 * 86_400))
        given = {
            "units": [{"code": "U", "zone": name}], "calendars": {"C": {"closed": sorted(map(str, closed))}},
            "events": [
                {"kind": "submission", "rule": "r", "at": sent.isoformat()},
                {"kind": "awareness", "at": start.isoformat()},
            ],
        }  # fmt: skip
        found = {c["stage"]: c for c in case.answer(case.read(given, table, start), table)["clocks"]}
        due = expected(start, ZoneInfo(name), closed, unit, n)
        self.assertEqual(
            datetime.fromisoformat(found["notice"]["due"]),
            due,
            f"round {number}: {n} {unit} from {start} {name}",
        )
        self.assertEqual(found["notice"]["state"], "met" if sent <= due else "late")
        self.assertEqual(
            datetime.fromisoformat(found["then"]["due"]), expected(sent, ZoneInfo(name), closed, unit, n)
        )
