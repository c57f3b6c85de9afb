"""What happened to the invented group: seven years of incidents as its old list holds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from keepwell.demo.dice import Dice, Item, Urn
from keepwell.demo.structure import JOINED_ON, JOINED_SITE, SITES
from keepwell.demo.telling import REVIEWS, Cost, Entry, Moments, Review, cost, log

HEADINGS = (
    "number", "unit", "title", "kind", "level", "national_level", "summary", "happened_at", "detected_at", "reported_at",
    "acknowledged_at", "contained_at", "recovered_at", "closed_at", "is_material", "material_basis", "review", "log", "cost",
    "currency", "cost_for",
)  # fmt: skip
YEARS = range(2019, 2026)
A_YEAR = {2019: 88, 2020: 104, 2021: 121, 2022: 137, 2023: 142, 2024: 158, 2025: 147}
"""So many in each year, of 2025 up to its end of October."""
LAST_DAY = date(2025, 10, 31)
ALL_CLOSED = "2025-11-12T17:00"
SATURDAY, MAJOR = 5, 3
COUNTRIES = {one[0]: one[4] for one in SITES}
DUTY_SINCE = 2022
"""From this year on a duty officer takes incidents up within half an hour."""
# type: how often of a hundred, and the titles
KINDS = {
    "phishing": (31, ("Mail asks for passwords as if from the help desk", "False invoice from a known supplier",
                      "Page that looks like the sign-in of the mail system")),
    "infected-system": (17, ("Coin miner on an engineering station", "Worm on a USB stick at the test floor",
                             "Trojan on a laptop that came back from travel")),
    "unprivileged-account-compromise": (11, ("Mail account sends by itself", "Sign-ins from two continents within an hour")),
    "data-leak": (9, ("Drawing sent to the wrong customer", "Shared folder open to everybody in the company",
                      "Lost laptop with test plans")),
    "outage": (8, ("Label server down after an update", "Line controller lost its recipes", 
                   "Two hours without the network core")),
    "brute-force": (6, ("Password guessing at the remote access",)),
    "social-engineering": (5, ("Caller asks for a shipping list", "Stranger follows staff into the clean-room corridor")),
    "system-compromise": (4, ("Web shell on a supplier portal", "Tool of an attacker on a jump host")),
    "ransomware": (3, ("Files of the packing office encrypted", "Ransom note on a test cell controller")),
    "ddos": (3, ("Flood against the web site",)),
    "masquerade": (3, ("False profile of a director asks for a transfer",)),
}  # fmt: skip
LEVELS = ((0, 345), (1, 415), (2, 190), (3, 47), (4, 3))
GRAVE = {"ransomware": 2, "system-compromise": 1, "infected-system": 0}
"""So much graver than others these are, half of the time, up to S3."""
DAYS_TO_CLOSE = {0: (1, 6), 1: (3, 20), 2: (8, 45), 3: (20, 80), 4: (40, 120)}
HOURS_TO_CONTAIN = {0: (1, 6), 1: (1, 18), 2: (2, 30), 3: (4, 48), 4: (6, 72)}
MATERIAL_BASIS = "Loss and effect on output below the threshold of the finance committee"


@dataclass(frozen=True)
class Past:
    """One incident that is over, `number` in its year by the order of reports."""

    number: str
    site: str
    title: str
    kind: str
    level: int
    at: Moments
    log: tuple[Entry, ...]
    cost: Cost | None
    review: Review

    def row(self, until: datetime) -> tuple[str, ...]:
        """The same as a row of the old list, which was closed at `until`."""
        decided, cost, at = (
            self.level >= MAJOR,
            self.cost,
            self.at._replace(closed=min(self.at.closed, until)),
        )
        told = "\n".join(f"{_written(one.at)} {one.kind}: {one.says}" for one in self.log)
        return (
            self.number, self.site, self.title, self.kind, str(self.level), str(self.level) if self.level > 1 else "", "",
            *map(_written, at), "false" if decided else "", MATERIAL_BASIS if decided else "", self.review.happened,
            told, str(cost.amount) if cost else "", cost.currency if cost else "", cost.purpose if cost else "",
        )  # fmt: skip


def all_past() -> Iterator[Past]:
    """All incidents of all years that are over, in the order of their reports."""
    for year in YEARS:
        told = sorted(_moments(year))
        for number, moment in enumerate(told, start=1):
            yield _past(year, number, moment)


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")


def _moments(year: int) -> Iterator[datetime]:
    """When incidents were reported, by the clocks of their sites: any day, more by day than by night, more on working days."""
    dice = Dice(f"incidents {year}")
    first = date(year, 1, 1)
    days = ((LAST_DAY if year == LAST_DAY.year else date(year, 12, 31)) - first).days
    for _one in range(A_YEAR[year]):
        day = first + timedelta(days=dice.between(0, days))
        if day.weekday() >= SATURDAY and dice.between(1, 3) > 1:
            day = max(first, day - timedelta(days=2))
        hour = dice.between(8, 19) if dice.between(1, 4) > 1 else dice.between(0, 23)
        yield datetime.fromisoformat(f"{day}T{hour:02}:{dice.between(0, 59):02}")


def _past(year: int, number: int, reported: datetime) -> Past:
    dice = Dice(f"incident {year} {number}")
    site = _site(dice, reported.date())
    kind = _of(dice, {name: weight for name, (weight, _titles) in KINDS.items()})
    drawn = _of(dice, dict(LEVELS))
    level = max(drawn, min(3, drawn + (GRAVE.get(kind, 0) if dice.between(1, 2) > 1 else 0)))
    at, title, review = _went(dice, year, level, reported), dice.pick(KINDS[kind][1]), dice.pick(REVIEWS)
    return Past(
        f"IN-{year}-{number:04}", site, title, kind, level, at, tuple(log(kind, level, at, dice)),
        cost(COUNTRIES[site], level, dice), review,
    )  # fmt: skip


def _went(dice: Dice, year: int, level: int, reported: datetime) -> Moments:
    detected = reported - timedelta(minutes=dice.between(5, 240))
    happened = detected - timedelta(hours=dice.between(0, 30) if level < MAJOR else dice.between(4, 400))
    taken = reported + timedelta(minutes=dice.between(3, 25 if year >= DUTY_SINCE else 90))
    contained = taken + timedelta(hours=dice.between(*HOURS_TO_CONTAIN[level]))
    recovered = contained + timedelta(hours=dice.between(1, 40))
    closed = recovered + timedelta(days=dice.between(*DAYS_TO_CLOSE[level]))
    return Moments(happened, detected, reported, taken, contained, recovered,
                   min(closed, datetime.fromisoformat(ALL_CLOSED)))  # fmt: skip


def _site(dice: Dice, day: date) -> str:
    """A site that was there on `day`, large ones more often."""
    weights = {one[0]: int(one[8]) // 100 + 3 for one in SITES if one[0] != JOINED_SITE or day >= JOINED_ON}
    return _of(dice, weights)


def _of(dice: Dice, weights: dict[Item, int]) -> Item:
    return Urn(weights).draw(dice)
