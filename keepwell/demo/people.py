"""People of the invented group: who joined, moved and left on which day, 2019 to 2025."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from keepwell.demo import names
from keepwell.demo.cast import CAST, FIRST_DAY
from keepwell.demo.dice import Dice, Urn
from keepwell.demo.plan import Plan, YearPlan
from keepwell.demo.structure import GROUP, JOINED_ON, JOINED_SITE, Unit, units

HEADINGS = (
    "number", "name", "name_local", "mail", "unit", "unit_since", "language", "kind", "employed_from",
    "employed_until",
)  # fmt: skip
FIRST_HIRED = date(1998, 4, 1).toordinal()


@dataclass(slots=True)
class Worker:
    """One person; days are ordinals, `until` 0 means still; `postings` are (first day, unit) in order."""

    number: str
    name: str
    name_local: str
    mail: str
    language: str
    since: int
    postings: tuple[tuple[int, int], ...]
    until: int = 0
    external: bool = False

    def posted(self, day: int) -> int:
        """The unit on `day`; the first one before the first posting."""
        unit = self.postings[0][1]
        for since, there in self.postings:
            if since <= day:
                unit = there
        return unit


@dataclass
class Workforce:
    """Everybody who ever worked here; `told[year]` names those whose row changed in that year."""

    units: list[Unit]
    workers: list[Worker] = field(default_factory=list)
    told: dict[int, list[int]] = field(default_factory=dict)

    def first_rows(self) -> Iterator[tuple[str, ...]]:
        """The first full file: everybody as of its day."""
        return self._rows(self.told[0], FIRST_DAY.toordinal())

    def year_rows(self, plan: YearPlan) -> Iterator[tuple[str, ...]]:
        """Joiners, movers and leavers of a year, as they stood on its last day."""
        return self._rows(self.told[plan.year], plan.last.toordinal())

    def _rows(self, indexes: Iterable[int], day: int) -> Iterator[tuple[str, ...]]:
        for index in indexes:
            worker = self.workers[index]
            since, unit = [posting for posting in worker.postings if posting[0] <= day][-1]
            left = iso(worker.until) if worker.until and worker.until <= day else ""
            yield (
                worker.number, worker.name, worker.name_local, worker.mail, self.units[unit].code, iso(since),
                worker.language, "external" if worker.external else "employee", iso(worker.since), left,
            )  # fmt: skip


@cache
def iso(day: int) -> str:
    """The day of an ordinal, as 2023-12-31."""
    return date.fromordinal(day).isoformat()


def workforce(plan: Plan) -> Workforce:
    """Everybody, drawn year by year as `plan` says."""
    return _Drawing(plan).run()


class _Drawing:
    """The draw of a workforce: who is hired, moved and let go, in the order of the years."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.dice = Dice(f"people {plan.size}")
        self.force = Workforce(units())
        self.index = {unit.code: number for number, unit in enumerate(self.force.units)}
        self.mails: dict[str, int] = {}
        self.active: list[int] = []
        self.before, self.after = self._urn(joined=False), self._urn(joined=True)
        self.acquired: Urn[int] = Urn(
            {n: u.people for n, u in enumerate(self.force.units) if u.site == JOINED_SITE}
        )
        self.roads = self._roads()

    def run(self) -> Workforce:
        """The whole story."""
        self._enter_cast()
        for _ in range(self.plan.start - len(self.active)):
            self._hire_before_2019()
        self.force.told[0] = [n for n, worker in enumerate(self.force.workers) if not worker.external]
        for year in self.plan.years:
            self._live(year)
        return self.force

    def _urn(self, *, joined: bool) -> Urn[int]:
        """Units by the people they need, at least as many per site as the plan says."""
        per_site: dict[str, int] = {}
        for unit in self.force.units:
            per_site[unit.site] = per_site.get(unit.site, 0) + unit.people
        return Urn({
            number: unit.people * max(1, -(-self.plan.least_people // per_site[unit.site]))
            for number, unit in enumerate(self.force.units)
            if unit.people and (joined or unit.site != JOINED_SITE)
        })  # fmt: skip

    def _roads(self) -> dict[int, list[int]]:
        """Where somebody may move from each unit: mostly within the site, else within the country."""
        staffed = [(n, u) for n, u in enumerate(self.force.units) if u.people and u.code != GROUP]
        return {
            start: [n for n, u in staffed if u.site == here.site and n != start] * 3
            + [n for n, u in staffed if u.country == here.country and u.department == here.department
               and u.site not in (here.site, JOINED_SITE)]
            for start, here in staffed
        }  # fmt: skip

    def _enter_cast(self) -> None:
        for member in CAST:
            self.mails[member.mail] = 1
            day = member.employed_from.toordinal()
            posting = (day, self.index[member.unit])
            worker = Worker(member.number, member.name, member.name_local, member.mail, member.language,
                            day, (posting,))  # fmt: skip
            worker.external = member.kind == "external"
            self.force.workers.append(worker)
            if not worker.external:
                self.active.append(len(self.force.workers) - 1)

    def _hire(self, unit: int, since: int, posted: int) -> int:
        here = self.force.units[unit]
        latin, own = names.name(here.country, self.dice)
        chinese = here.country in ("TW", "CN") and self.dice.random() < 0.97
        number = f"A{len(self.force.workers) + 1001:07d}"
        language = "zh-hant" if chinese else "en"
        mail = self._mail(latin, here)
        self.force.workers.append(Worker(number, latin, own, mail, language, since, ((posted, unit),)))
        self.active.append(len(self.force.workers) - 1)
        return self.active[-1]

    def _mail(self, latin: str, unit: Unit) -> str:
        """An address nobody else has, below a domain that never exists."""
        plain, domain = names.mail_name(latin), "norvane" if unit.country in ("MX", "US") else "meridian"
        address = f"{plain}@{domain}.example"
        count = self.mails[address] = self.mails.get(address, 0) + 1
        return address if count == 1 else f"{plain}.{count}@{domain}.example"

    def _hire_before_2019(self) -> None:
        unit = self.before.draw(self.dice)
        opened = max(self.force.units[unit].active_from.toordinal(), FIRST_HIRED)
        years = 1 - self.dice.random() * self.dice.random()
        last = date(2018, 12, 14).toordinal()
        since = opened + int((last - opened) * years)
        posted = self.dice.between(since, last) if self.dice.random() < 0.3 else since
        self._hire(unit, since, posted)

    def _live(self, year: YearPlan) -> None:
        """One year: first those leave and move who were there on its first day, then others join."""
        first, last = date(year.year, 1, 1).toordinal(), year.last.toordinal()
        joining = year.employed - (len(self.active) - year.leavers)
        told = self._leave(year, first, last) + self._move(year, first, last)
        urn = self.after if year.year > JOINED_ON.year else self.before
        for count in range(joining):
            if count < year.acquired:
                day, unit = JOINED_ON.toordinal(), self.acquired.draw(self.dice)
            else:
                day, unit = self.dice.between(first + 2, last - 10), urn.draw(self.dice)
            told.append(self._hire(unit, day, day))
        guests = [
            n
            for n, w in enumerate(self.force.workers[: len(CAST)])
            if w.external and first <= w.since <= last
        ]
        self.force.told[year.year] = sorted(told + guests)

    def _leave(self, year: YearPlan, first: int, last: int) -> list[int]:
        stars, others = self.active[: len(CAST) - 2], self.active[len(CAST) - 2 :]
        leaving = self.dice.take(others, year.leavers)
        self.active = stars + others
        for index in leaving:
            self.force.workers[index].until = self.dice.between(first + 9, last - 3)
        return leaving

    def _move(self, year: YearPlan, first: int, last: int) -> list[int]:
        moved: dict[int, None] = {}
        while len(moved) < year.movers:
            index = self.active[self.dice.between(len(CAST), len(self.active) - 1)]
            worker = self.force.workers[index]
            roads = self.roads.get(worker.postings[-1][1], [])
            if roads and index not in moved:
                day = self.dice.between(first + 31, last - 40)
                worker.postings += ((day, self.dice.pick(roads)),)
                moved[index] = None
        return list(moved)
