"""The figures of the demo group counted again from its files alone, the plain way."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

TAIPEI = ZoneInfo("Asia/Taipei")


class Recount:
    """Reads the files in their order, as whoever brings them in would."""

    def __init__(self, files) -> None:
        self.digests: dict[str, str] = {}
        self.zones: dict[str, ZoneInfo] = {}
        self.units: dict[str, dict[str, str]] = {}
        self.people: dict[str, dict[str, str]] = {}
        self.mails: dict[str, str] = {}
        self.postings: dict[str, list[list]] = defaultdict(list)
        self.courses: dict[str, int] = {}
        self.certificates: list[dict[str, str]] = []
        self.moves: list[dict[str, str]] = []
        self.grants: list[dict[str, str]] = []
        self.seen: set[tuple[str, str, datetime]] = set()
        self.times, self.minutes, self.unmatched = Counter(), Counter(), Counter()
        self.trained: dict[int, set[str]] = defaultdict(set)
        self.utc_years_differ = self.source_years_differ = 0
        for delivery in files:
            text = "".join(delivery.lines())
            self.digests[delivery.file_name] = sha256(text.encode()).hexdigest()
            rows = csv.DictReader(text.splitlines())
            getattr(self, f"take_{delivery.register}")(rows, delivery)

    def take_units(self, rows, delivery) -> None:
        for row in rows:
            assert row["kind"] == "group" or row["parent"] in self.units, row
            assert row["code"] not in self.units
            self.units[row["code"]] = row
            self.zones[row["code"]] = ZoneInfo(row["time_zone"])

    def take_moves(self, rows, delivery) -> None:
        self.moves.extend(rows)

    def take_grants(self, rows, delivery) -> None:
        for row in rows:
            assert row["person"] in self.people and row["unit"] in self.units, row
            self.grants.append(row)

    def take_courses(self, rows, delivery) -> None:
        self.courses = {row["code"]: int(row["minutes"]) for row in rows}

    def take_standards(self, rows, delivery) -> None:
        self.standards = {row["code"]: row for row in rows}

    def take_certificates(self, rows, delivery) -> None:
        self.certificates = list(rows)

    def take_people(self, rows, delivery) -> None:
        for row in rows:
            number, since = row["number"], date.fromisoformat(row["unit_since"])
            until = date.fromisoformat(row["employed_until"]) if row["employed_until"] else None
            assert row["unit"] in self.units, row
            assert date.fromisoformat(self.units[row["unit"]]["active_from"]) <= since, row
            assert date.fromisoformat(row["employed_from"]) <= since <= (until or date.max), row
            assert max(since, until or since) <= delivery.at.astimezone(TAIPEI).date(), row
            assert self.mails.setdefault(row["mail"], number) == number, row
            self.people[number] = row
            own = self.postings[number]
            if own and own[-1][0] == since:
                own.pop()
            elif own:
                own[-1][1] = since - timedelta(days=1)
            own.append([since, until, row["unit"]])

    def posted(self, number: str, day: date) -> str | None:
        for since, until, unit in self.postings.get(number, ()):
            if since <= day and (until is None or day <= until):
                return unit
        return None

    def take_completions(self, rows, delivery) -> None:
        told = int(delivery.file_name[12:16])
        for row in rows:
            local = datetime.strptime(row["Completed At"], "%Y-%m-%d %H:%M").replace(tzinfo=TAIPEI)
            assert local <= delivery.at, row
            number = row["Employee No."] or self.mails.get(row["E-mail"], "")
            unit = self.posted(number, local.date())
            day = local.astimezone(self.zones[unit]).date() if unit else None
            if unit is None or self.posted(number, day) != unit or row["Course Code"] not in self.courses:
                self.unmatched[told] += 1
                continue
            assert self.people[number]["kind"] == "employee"
            assert day.year == told, row
            key = (number, row["Course Code"], local)
            assert key not in self.seen, row
            self.seen.add(key)
            self.times[told] += 1
            self.minutes[told] += int(row["Minutes"] or self.courses[row["Course Code"]])
            self.trained[told].add(number)
            self.utc_years_differ += local.astimezone(UTC).year != day.year
            self.source_years_differ += local.year != day.year

    def employed(self, day: date) -> set[str]:
        return {n for n, row in self.people.items() if row["kind"] == "employee" and self.posted(n, day)}

    def certified(self, day: date) -> dict[str, int]:
        sites = {code: set() for code in self.standards}
        for row in self.certificates:
            if row["status"] == "planned" or not row["issued_on"] <= day.isoformat() <= row["valid_until"]:
                continue
            if not row["withdrawn_on"] or day.isoformat() < row["withdrawn_on"]:
                sites[row["standard"]] |= set(row["sites"].split("|"))
        return {code: len(found) for code, found in sites.items()}

    def figures(self, year: int, day: date) -> dict[str, object]:
        employed = self.employed(day)
        return {
            "as_of": day, "employed": len(employed), "person_times": self.times[year],
            "hours": int(self.minutes[year] / 60 + 0.5), "people": len(self.trained[year]),
            "covered": len(self.trained[year] & employed), "unmatched": self.unmatched[year],
            "certificates": self.certified(day),
        }  # fmt: skip
