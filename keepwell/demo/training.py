"""Completed courses of the invented group, as its learning system exports them year by year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from heapq import merge
from typing import NamedTuple

from keepwell.demo.courses import COURSES, PROTECTION, first_urn, further_urn, work
from keepwell.demo.dice import Dice, Urn
from keepwell.demo.people import Worker, Workforce, iso
from keepwell.demo.plan import Plan, YearPlan

HEADINGS = ("Employee No.", "E-mail", "Course Code", "Completed At", "Minutes")
MAPPING = {
    "Employee No.": "person", "E-mail": "mail", "Course Code": "course", "Completed At": "completed_at",
    "Minutes": "minutes",
}  # fmt: skip
SOURCE, SOURCE_ZONE = "lms", "Asia/Taipei"
LATE_SITE = "PJU1"
DAY = 1440

# Sites where somebody completes a course in the last hour of the year, and in its first.
# None in America: there the year of the site and that of the source's clock would differ.
LAST_HOUR = ("KHH1", "KHH1", "KHH1", "TAO1", "PEN1", "PJU1", "SGP1", "SUZ1")
FIRST_HOUR = ("TNN1", "TNN1")

Row = tuple[str, ...]


class Completion(NamedTuple):
    """Worker and course by place in their lists, the moment in minutes of Taipei, minutes as told or 0."""

    worker: int
    course: int
    at: int
    delivered: int


class TrainingYear:
    """The completions of one year, drawn so that every number of its plan comes out."""

    def __init__(self, force: Workforce, plan: Plan, year: YearPlan) -> None:
        self.force, self.plan, self.year = force, plan, year
        self.dice = self._fresh_dice()
        self.late: list[Completion] | None = None
        self.first, self.last = date(year.year, 1, 1).toordinal(), year.last.toordinal()
        self.firsts: Urn[int] = Urn(first_urn(year.year))
        self.furthers: dict[str, Urn[int]] = {
            kind: Urn(further_urn(year.year, kind)) for kind in ("office", "line", "design")
        }

    def rows(self) -> Iterator[Row]:
        """The export of the year, by moment; some rows match nobody."""
        done, late = self._completions()
        strays = sorted(self._unmatched())
        told = ((one.at, self._row(one)) for place, one in enumerate(done) if place not in late)
        return (row for _, row in merge(told, strays))

    def late_rows(self) -> Iterator[Row]:
        """Completions that one site handed in after the export."""
        if self.late is None:
            self._completions()
        return (self._row(one) for one in self.late or ())

    def _fresh_dice(self) -> Dice:
        """The draw from its beginning, so that each reading gives the same."""
        return Dice(f"training {self.plan.size} {self.year.year}")

    def _completions(self) -> tuple[list[Completion], frozenset[int]]:
        """All counted completions by moment, and the places of those that come late."""
        self.dice = self._fresh_dice()
        trained = self._trained()
        moments = self._hours_at_the_edge(trained)
        keys: set[int] = set()
        for worker in trained:
            self._add(keys, worker, self.firsts.draw(self.dice), moments.get(worker))
        for _ in range(self.year.person_times - len(trained)):
            worker = self.dice.pick(trained)
            kind = work(self.force.units[self.force.workers[worker].posted(self.last)])
            self._add(keys, worker, self.furthers[kind].draw(self.dice), None)
        return self._with_minutes(sorted(keys))

    def _trained(self) -> list[int]:
        """Who trained: the keenest of those there on the last day, and of those who left before it."""
        present: list[tuple[float, int]] = []
        gone: list[tuple[float, int]] = []
        for place, worker in enumerate(self.force.workers):
            if worker.external or worker.since > self.last or (worker.until and worker.until < self.first):
                continue
            left = worker.until and worker.until <= self.last
            zeal = self.force.units[worker.posted(self.last)].zeal / 60
            keen = self.dice.random() - (9 if place < 6 else zeal)
            (gone if left else present).append((keen, place))
        chosen = sorted(present)[: self.year.covered] + sorted(gone)[: self.year.gone]
        return [place for _, place in chosen]

    def _hours_at_the_edge(self, trained: list[int]) -> dict[int, int]:
        """Moments in the first and last hour of the year, for people who were there before and after it."""
        wanted = [(site, self.first * DAY) for site in FIRST_HOUR]
        if self.last == date(self.year.year, 12, 31).toordinal():
            wanted += [(site, self.last * DAY + 23 * 60) for site in LAST_HOUR]
        found: dict[int, int] = {}
        for site, hour in wanted:
            for place in trained:
                worker = self.force.workers[place]
                unit = self.force.units[worker.posted(hour // DAY)]
                if place > 6 and place not in found and unit.site == site and self._stays(worker):
                    found[place] = hour + self.dice.between(5, 54) + unit.minutes_behind
                    break
        return found

    def _stays(self, worker: Worker) -> bool:
        return worker.since < self.first - 10 and not (worker.until and worker.until <= self.last + 5)

    def _add(self, keys: set[int], place: int, course: int, at: int | None) -> None:
        """One completion as a number that sorts by moment, then person, then course; none twice."""
        at = at or self._moment(self.force.workers[place])
        key = (at * 1_000_000 + place) * 16 + course
        while key in keys:
            key += 16_000_000
        keys.add(key)

    def _moment(self, worker: Worker) -> int:
        """A working hour at the unit, a day or more away from joining, moving, leaving and year's end."""
        dice = self.dice
        low = max(self.first + 1, worker.since + 1)
        high = min(self.last - 2, worker.until - 1) if worker.until else self.last - 2
        season = dice.random()
        part = dice.random()
        part = 0.15 + part * 0.3 if season < 0.45 else 0.6 + part * 0.3 if season < 0.85 else part
        day = low + int(part * (high - low + 1))
        if day % 7 == 0 and day < high:
            day += 1
        for since, _ in worker.postings:
            if day - 1 <= since <= day + 1 and since != worker.since:
                day = since + 2
        behind = self.force.units[worker.posted(day)].minutes_behind
        return day * DAY + 480 + int(dice.random() * 600) + behind

    def _with_minutes(self, keys: list[int]) -> tuple[list[Completion], frozenset[int]]:
        """Completions with minutes that add up: most as the course is long, some a little more or less."""
        courses: list[int] = []
        places: list[int] = []
        lengths: list[int] = []
        open_places: list[int] = []
        late: list[int] = []
        for line, key in enumerate(keys):
            place, course = key // 16 % 1_000_000, key % 16
            courses.append(course)
            places.append(place)
            kind, length = self.dice.random(), COURSES[course].minutes
            if kind < 0.1:
                lengths.append(-length)
            elif kind < 0.4:
                open_places.append(line)
                lengths.append(length + self.dice.between(-4, 4))
            else:
                lengths.append(length)
                if len(late) < self.year.late and self._is_late(places[-1], course, key):
                    late.append(line)
        self._settle(lengths, open_places)
        done = [
            Completion(place, course, key // 16_000_000, max(length, 0))
            for key, place, course, length in zip(keys, places, courses, lengths, strict=True)
        ]
        self.late = [done[place] for place in late]
        return done, frozenset(late)

    def _is_late(self, place: int, course: int, key: int) -> bool:
        worker = self.force.workers[place]
        unit = self.force.units[worker.posted(key // 16_000_000 // DAY)]
        return COURSES[course].code == PROTECTION and unit.site == LATE_SITE

    def _settle(self, lengths: list[int], open_places: list[int]) -> None:
        """Lengthen or shorten `open_places` minute by minute until the year's minutes are met."""
        lacking = self.year.minutes - sum(map(abs, lengths))
        step = 1 if lacking > 0 else -1
        for _ in range(8):
            for line in open_places:
                if not lacking:
                    return
                lengths[line] += step
                lacking -= step
        if lacking:
            raise RuntimeError(f"The courses of {self.year.year} are {lacking} minutes away from their plan.")

    def _row(self, done: Completion) -> Row:
        worker = self.force.workers[done.worker]
        blank = (done.worker * 31 + done.at) % 50
        return (
            "" if blank == 0 else worker.number,
            "" if blank in (1, 2) else worker.mail,
            COURSES[done.course].code,
            moment(done.at),
            str(done.delivered) if done.delivered else "",
        )

    def _unmatched(self) -> Iterator[tuple[int, Row]]:
        """Rows about somebody unknown, somebody who had left, or a course nobody knows."""
        dice = Dice(f"unmatched {self.plan.size} {self.year.year}")
        unknown, after_leaving, no_course = self.plan.unmatched
        for count in range(unknown):
            at = self._any_moment(dice)
            number, mail = f"A09{self.year.year % 100:02d}{count:03d}", f"trainee{count}@agency.example"
            yield at, (number, mail, PROTECTION, moment(at), "30")
        gone = [w for w in self.force.workers if w.until and self.first <= w.until <= self.last - 50]
        for worker in dice.take(gone, after_leaving):
            at = (worker.until + dice.between(5, 40)) * DAY + dice.between(480, 1000)
            yield at, (worker.number, worker.mail, "PHI-01", moment(at), "15")
        for count in range(no_course):
            at, worker = self._any_moment(dice), self.force.workers[count]
            yield at, (worker.number, worker.mail, "TMP-99", moment(at), "20")

    def _any_moment(self, dice: Dice) -> int:
        return dice.between(self.first + 10, self.last - 10) * DAY + dice.between(480, 1000)


def moment(at: int) -> str:
    """A moment in minutes, as 2023-03-05 14:07 on the clock of Taipei."""
    day, minute = divmod(at, DAY)
    return f"{iso(day)} {minute // 60:02d}:{minute % 60:02d}"


def years(force: Workforce, plan: Plan) -> Iterable[TrainingYear]:
    """The training of every year."""
    return [TrainingYear(force, plan, year) for year in plan.years]
