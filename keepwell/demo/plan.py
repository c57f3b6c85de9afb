"""What must come out of the invented group, year by year; the generators keep to it exactly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from keepwell.demo.certificates import counts

TODAY = date(2025, 11, 14)


@dataclass(frozen=True)
class YearPlan:
    """One year: `employed` on its last day; who left in it; who trained, how often and how long.

    `covered` of those employed on the last day trained, and `gone` of those who had left by then.
    `late` rows of half an hour at Paju Assembly come in a file of their own.
    """

    year: int
    employed: int
    leavers: int
    movers: int
    covered: int
    gone: int
    person_times: int
    minutes: int
    late: int = 0
    acquired: int = 0

    @property
    def last(self) -> date:
        """The day the year is told of: its last, or today."""
        return min(date(self.year, 12, 31), TODAY)


@dataclass(frozen=True)
class Plan:
    """The whole story at one size; `unmatched` rows a year name nobody, somebody gone, or no course."""

    size: str
    start: int
    years: tuple[YearPlan, ...]
    unmatched: tuple[int, int, int]
    least_people: int


# 2022 ends on half an hour and rounds up; 2023 ends 29 minutes past and rounds down.
FULL = Plan("full", 76_000, (
    YearPlan(2019, 78_400, 3_800, 2_600, 34_496, 1_204, 41_027, 18_520 * 60),
    YearPlan(2020, 80_310, 3_905, 2_700, 46_741, 1_702, 56_214, 25_640 * 60 + 12),
    YearPlan(2021, 84_620, 4_080, 2_900, 60_503, 2_240, 74_385, 34_730 * 60 + 7, acquired=3_100),
    YearPlan(2022, 88_070, 4_310, 3_100, 73_979, 2_836, 98_410, 47_904 * 60 + 30),
    YearPlan(2023, 89_930, 4_420, 3_200, 82_016, 3_318, 110_123, 53_862 * 60 + 29, late=32),
    YearPlan(2024, 91_260, 4_530, 3_200, 88_887, 3_702, 118_204, 57_020 * 60 + 18),
    YearPlan(2025, 92_140, 3_960, 2_800, 89_192, 3_215, 104_016, 48_310 * 60 + 41),
), (14, 8, 3), 0)  # fmt: skip
SMALL = Plan("small", 496, (
    YearPlan(2019, 512, 25, 17, 225, 8, 330, 154 * 60),
    YearPlan(2020, 524, 26, 18, 305, 11, 450, 213 * 60 + 12),
    YearPlan(2021, 552, 26, 19, 395, 14, 600, 287 * 60 + 7, acquired=20),
    YearPlan(2022, 575, 28, 20, 483, 18, 780, 398 * 60 + 30),
    YearPlan(2023, 587, 29, 20, 535, 22, 900, 473 * 60 + 29, late=4),
    YearPlan(2024, 595, 29, 21, 580, 24, 960, 488 * 60 + 18),
    YearPlan(2025, 600, 26, 18, 581, 21, 850, 426 * 60 + 41),
), (4, 2, 1), 900)  # fmt: skip


def plan(*, small: bool) -> Plan:
    """The plan at full size or at the size of tests."""
    return SMALL if small else FULL


def hours(minutes: int) -> int:
    """Whole hours, halves up."""
    return (minutes + 30) // 60


def expected(small: bool) -> dict[int, dict[str, object]]:
    """Figures of each year that a recount from the files must find."""
    told = plan(small=small)
    return {
        year.year: {
            "as_of": year.last,
            "employed": year.employed,
            "person_times": year.person_times,
            "hours": hours(year.minutes),
            "people": year.covered + year.gone,
            "covered": year.covered,
            "unmatched": sum(told.unmatched),
            "certificates": counts(year.last),
        }
        for year in told.years
    }
