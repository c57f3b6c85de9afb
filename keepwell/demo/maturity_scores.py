"""How mature the invented group's sites are, requirement by requirement: what is so, what each source says of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from keepwell.demo.dice import Dice

HEADINGS = ("unit", "scope", "requirement", "source", "policy", "practice", "not_applicable", "reason")
FIRST_YEAR = 2019
A_YEAR = 0.14
"""What a site gains in a year."""
OT_BEHIND, OT_A_YEAR = 0.95, 0.11
"""How far OT lay behind IT in 2023, and what it makes up for in a year."""

# Where each site stood in 2025, as the group validates it.
STANDS = {
    "KHH1": 2.4, "KHH2": 3.3, "KHH3": 2.8, "TAO1": 3.0, "TAO2": 2.3, "HSZ1": 3.3, "TNN1": 3.1, "TNN2": 3.1,
    "CLI1": 3.7, "TPE1": 2.8, "KHH9": 3.1, "PEN1": 3.9, "PEN2": 2.6, "SGP1": 3.9, "SGP2": 3.5, "PJU1": 3.2,
    "YAM1": 2.9, "TYO1": 3.0, "SUZ1": 2.7, "WUX1": 2.8, "KUN1": 2.5, "SHA1": 2.8, "GDL1": 2.7, "SJC1": 3.2,
    "PHX1": 2.6,
}  # fmt: skip
# What is behind, and what ahead of the whole, by function or category of either version of the framework.
OFFSETS = {
    "GV": 0.15, "ID": 0.05, "PR": 0.15, "DE": -0.3, "RS": -0.1, "RC": -0.3, "GV.SC": -0.35, "ID.SC": -0.35,
    "ID.AM": 0.2, "PR.AT": 0.35, "PR.AA": 0.3, "PR.AC": 0.3, "PR.DS": -0.1, "PR.PS": -0.2, "PR.IP": -0.1,
    "PR.MA": -0.2, "DE.CM": 0.1, "DE.AE": -0.15, "ID.GV": 0.2, "GV.PO": 0.3, "GV.OV": -0.15,
}  # fmt: skip
# What sites claim over what is so: about a level where proof is hard (governance, suppliers, detection, recovery).
CLAIMED = {
    "GV": 1.0, "DE": 1.0, "RC": 1.1, "GV.SC": 1.1, "ID.SC": 1.1, "ID.GV": 1.0, "ID.RM": 1.0, "ID": 0.05, "PR": 0.05,
    "RS": 0.1,
}  # fmt: skip
A_YEAR_MODESTER = 0.02
"""The share of its claims that a site gives up in a year, for consultants come every year."""
NO_SOFTWARE = {"PR.PS-06", "PR.DS-7"}
WRITES_SOFTWARE = {"HSZ1", "SJC1", "PHX1", "KHH9", "CLI1"}
SOFTWARE_REASON = "No software is written here."
REASONS = (
    "The rule is the group's, adopted in {year}; two of five departments work by it.",
    "Done and recorded since March {year}; the record of the last quarter is attached.",
    "Agreed with production; the lines follow at the next planned stop.",
    "The owner left in June and the post is open; a deputy does what is urgent.",
    "Tested in May {year}; three findings are open, none of them critical.",
    "A list exists and is brought up to date by hand twice a year.",
    "Written down for the office network; the same for the lines is a draft.",
    "Two of the three suppliers concerned have signed; the third negotiates.",
)
LINES = {
    ("PEN2", "ot", "PR.PS-02", 2025): (
        "1.6", "0.6",
        "Controllers on lines 1 to 3 are patched only when the maker visits. 41 of 68 run an unsupported system.",
    ),
}  # fmt: skip
"""Answers that somebody will look at: policy, practice and reason as the site gave them."""


@dataclass(frozen=True)
class Asked:
    """One site's assessment of one year."""

    site: str
    scope: str
    year: int

    @property
    def key(self) -> str:
        return f"{self.site} {self.scope}"


def rows(
    asked: Asked, codes: Sequence[str], sources: Sequence[str], *, answered: int | None = None
) -> Iterator[tuple[str, ...]]:
    """The scores of an assessment as rows of a file, by `sources`; of the site's own the first `answered` only."""
    for number, code in enumerate(codes):
        so = _so(asked, code)
        for source in sources:
            if source == "self" and answered is not None and number >= answered:
                continue
            yield (asked.site, asked.scope, code, source, *_said(asked, code, source, so))


def _said(asked: Asked, code: str, source: str, so: float) -> tuple[str, ...]:
    """Policy, practice, whether it does not apply, and the reason, as a source tells them."""
    if code in NO_SOFTWARE and asked.site not in WRITES_SOFTWARE:
        return "", "", "true", SOFTWARE_REASON
    line = LINES.get((asked.site, asked.scope, code, asked.year))
    if line and source == "self":
        return line[0], line[1], "false", line[2]
    dice = Dice(f"maturity {source} {asked.key} {code} {asked.year}")
    paper = 0.35 + (dice.random() - 0.5) * 0.6
    said = so + _leaning(asked, code, source, dice)
    reason = ""
    if source == "self" and dice.random() < 0.3:  # noqa: PLR2004  the share that says why
        reason = dice.pick(REASONS).format(year=asked.year)
    return _score(said + paper / 2), _score(said - paper / 2), "false", reason


def _so(asked: Asked, code: str) -> float:
    """How mature the site is in one requirement in that year; the same whoever tells it."""
    steady = Dice(f"maturity {asked.key} {code}")
    found = STANDS[asked.site] + _of(OFFSETS, code) + (steady.random() - 0.5) * 1.1
    found -= A_YEAR * (2025 - asked.year)
    if asked.scope == "ot":
        found -= OT_BEHIND - OT_A_YEAR * (asked.year - 2023)
    yearly = Dice(f"maturity {asked.key} {code} {asked.year}")
    return found + (yearly.random() - 0.5) * 0.3


def _leaning(asked: Asked, code: str, source: str, dice: Dice) -> float:
    if source == "consultant":
        return -0.1 + (dice.random() - 0.5) * 0.4
    if source == "self":
        modesty = 1.0 - A_YEAR_MODESTER * (asked.year - FIRST_YEAR)
        return _claim(code) * modesty * (0.6 + dice.random() * 0.8)
    return 0.0


def _of(table: dict[str, float], code: str) -> float:
    """What a table says of a requirement: of its function and of its category together."""
    category = code.partition("-")[0]
    return table.get(category.partition(".")[0], 0.0) + table.get(category, 0.0)


def _claim(code: str) -> float:
    category = code.partition("-")[0]
    return CLAIMED.get(category, CLAIMED.get(category.partition(".")[0], 0.0))


def _score(value: float) -> str:
    """A score on the scale from 0 to 5, in tenths."""
    return str((Decimal(round(min(max(value, 0.0), 5.0) * 10)) / 10).quantize(Decimal("0.1")))
