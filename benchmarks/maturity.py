"""How long the yearly cycle takes at full size: ten years of 150 sites in IT and OT, 1.3 million scores.

`python -m benchmarks.maturity [SHARE]` on the embedded database, with DATABASE_URL on that server; SHARE (0..1)
takes only that part of the sites. Beside it the naive way: a query for each site and function, and an answer
saved one by one. It makes a test database of its own and leaves nothing behind. Bars are seconds of an idle
machine; the processor's seconds of this process, which a busy one leaves alone, stand beside them.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from statistics import median
from time import perf_counter, process_time
from typing import Any
from uuid import uuid4

from benchmarks.metrics import throwaway_database

SITES = 150
COMPANIES = 6
FIRST, LAST = 2016, 2025
NEW_SINCE = 2024
NOW = datetime(2025, 11, 13, 21, 12, tzinfo=UTC)
START = date(2010, 1, 1)
BARS = {
    "heat map of a year, functions": 0.3,
    "full recount of a year, every result wrong": 3.0,
    "trend of the group over ten years": 0.5,
    "opening a cycle, last year's answers carried over": 10.0,
    "one answer": 0.04,
    "106 answers with two scores in one call": 0.5,
    "answering page, all it shows": 0.2,
}
NAIVE = "naive: "


def main(share: float = 1.0) -> int:
    """Measure, print, and answer 1 if a bar is missed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keepwell.config.settings")
    import django

    django.setup()
    from keepwell.kernel import moments

    with throwaway_database() as engine, moments.standing_at(NOW):
        built = Built(max(COMPANIES, round(SITES * share)))
        results = measure(built)
        print(f"{engine}: {len(built.sites)} sites, {built.scores():,} scores")
    for name, seconds in results.items():
        bar = BARS.get(name)
        told = f"bar {bar:g} s, {'kept' if seconds <= bar else 'MISSED'}" if bar else ""
        print(f"  {name:<58} {seconds:8.3f} s   {seconds.processor:8.3f} s of the processor   {told}")
    for name in ("heat map of a year, functions", "106 answers with two scores in one call"):
        print(f"  {name}: {results[NAIVE + name] / results[name]:.0f} times as fast as the naive way")
    return int(any(results[name] > bar for name, bar in BARS.items()))


class Spent(float):
    """Seconds by the clock on the wall; `processor` are those that this process worked."""

    processor: float = 0.0


def measure(built: Built) -> dict[str, Spent]:
    """Seconds by what was done."""
    from django.db import connection
    from django.urls import reverse

    from keepwell.areas.assessment import rules

    last, ada = built.cycles[-1], built.ada
    results: dict[str, Spent] = {}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    results["heat map of a year, functions"] = timed(lambda: drawn(rules.heat_map(last, person=ada)))
    results["heat map of a year, categories"] = timed(
        lambda: drawn(rules.heat_map(last, person=ada, depth=1))
    )
    results["trend of the group over ten years"] = timed(lambda: rules.trend(last, built.group, person=ada))
    results["the sentence behind a figure of the group"] = timed(
        lambda: rules.why(last, built.group, "it", "PR", person=ada)
    )
    results |= recounting(built)
    held = built.assessment(last, 0)
    results["answering page, all it shows"] = timed(lambda: rules.sheet(held, person=ada))
    results["board of a cycle"] = timed(lambda: rules.board(last, person=ada))
    open_year = built.following()
    reverse("answering", args=[held.pk])  # a process reads the addresses of the whole house once
    results["opening a cycle, last year's answers carried over"] = timed(
        lambda: rules.open_cycle(open_year, by=ada), times=1
    )
    results |= answering(built, open_year)
    results[NAIVE + "heat map of a year, functions"] = timed(lambda: naive_map(last), times=1)
    return results


def recounting(built: Built) -> dict[str, Spent]:
    """Seconds of a year reckoned anew: the last one, and the first, which is restated on the new version too."""
    from keepwell.areas.assessment import rules
    from keepwell.areas.assessment.models import Result

    first, last = built.cycles[0], built.cycles[-1]

    def wrong(cycle: Any) -> Callable[[], None]:
        return lambda: Result.objects.filter(assessment__cycle=cycle).delete()

    def anew(cycle: Any) -> Spent:
        return timed(lambda: rules.recount_cycle(cycle), times=3, before=wrong(cycle))

    return {
        "full recount of a year, nothing wrong": timed(lambda: rules.recount_cycle(last)),
        "full recount of a year, every result wrong": anew(last),
        "the same of a year that is restated on a newer version too": anew(first),
    }


def answering(built: Built, cycle: Any) -> dict[str, Spent]:
    """Seconds of one answer, of all in one call, and of all one by one."""
    from keepwell.areas.assessment import rules
    from keepwell.areas.assessment.rules import Given

    codes = [line.code for line in rules.outline(cycle.framework_version).leaves]
    one, many, naive = (built.assessment(cycle, n) for n in (0, 1, 2))
    versions = dict.fromkeys(codes, 1)

    def save(held: Any, code: str, number: int) -> None:
        score = Decimal(number % 50) / 10
        given = Given(code, score, score, reason=f"Reason {number}", version=versions[code])
        versions[code] = rules.save_answers(held, [given], by=built.ada)[0].version

    numbers = iter(range(1, 10_000))
    results = {
        "one answer": timed(lambda: save(one, codes[next(numbers) % len(codes)], next(numbers)), times=41)
    }
    given = [Given(code, Decimal("2.5"), Decimal(3), reason="All at once", version=1) for code in codes]
    name = f"{len(codes)} answers with two scores in one call"
    results[name] = timed(lambda: rules.save_answers(many, given, by=built.ada), times=1)
    versions = dict.fromkeys(codes, 1)
    results[NAIVE + name] = timed(lambda: [save(naive, code, n) for n, code in enumerate(codes)], times=1)
    return results


def drawn(shown: Any) -> int:
    """A map with every cell reckoned, as a page needs it."""
    return sum(
        (cell.shown is not None) + (cell.gap is not None) + (cell.change is not None)
        for row in shown.rows for cell in row.cells.values()
    )  # fmt: skip


def naive_map(cycle: Any) -> list[float]:
    """The same map as one would write it first: rows fetched and averaged for each site and function."""
    from keepwell.areas.assessment.models import Answer, Assessment

    found = []
    functions = list(cycle.framework_version.nodes.filter(depth=0, withdrawn=False))
    for one in Assessment.objects.filter(cycle=cycle):
        for function in functions:
            scores = []
            for answer in Answer.objects.filter(assessment=one, node__parent__parent=function, source="self"):
                scores.append(float((answer.policy + answer.practice) / 2))
            found.append(sum(scores) / len(scores) if scores else 0.0)
    return found


def timed(work: Callable[[], object], times: int = 5, before: Callable[[], None] | None = None) -> Spent:
    """The median of so many runs."""
    spent, worked = [], []
    for _ in range(times):
        if before is not None:
            before()
        begin, busy = perf_counter(), process_time()
        work()
        spent.append(perf_counter() - begin)
        worked.append(process_time() - busy)
    found = Spent(median(spent))
    found.processor = median(worked)
    return found


class Built:
    """An invented group with ten years of answers, written in bulk."""

    def __init__(self, count: int) -> None:
        from django.db import transaction

        from keepwell.areas.assessment import rules
        from keepwell.areas.frameworks.rules import library
        from keepwell.platform.history.acting import Machine, acting

        with transaction.atomic(), acting(Machine("the benchmark"), "bench.enter"):
            self.group = unit("BENCH", "group", None)
            companies = [unit(f"C{n}", "company", self.group) for n in range(COMPANIES)]
            self.sites = [
                unit(f"S{n:03}", "site", companies[n % COMPANIES], has_ot=True) for n in range(count)
            ]
            library.load()
            self.ada = administrator(self.group)
            self.cycles: list[Any] = []
            for year in range(FIRST, LAST + 1):
                self.cycles.append(self._year(year, self.cycles[-1] if self.cycles else None))
            for cycle in self.cycles:  # a year on the old version is restated on the new one with this
                rules.recount_cycle(cycle)

    def scores(self) -> int:
        """How many scores there are: two dimensions an answer."""
        from keepwell.areas.assessment.models import Answer

        return 2 * Answer.objects.count()

    def assessment(self, cycle: Any, number: int) -> Any:
        """One of a cycle's assessments, with all that rules read of it."""
        from keepwell.areas.assessment.models import Assessment

        rows = Assessment.objects.select_related(
            "unit", "cycle__unit", "cycle__framework_version", "cycle__scale", "cycle__previous__framework_version"
        )  # fmt: skip
        return rows.filter(cycle=cycle).order_by("unit__code", "scope")[number]

    def following(self) -> Any:
        """The draft of the year after the last one, for every site."""
        from keepwell.areas.assessment import rules

        return rules.roll_forward(
            self.cycles[-1],
            by=self.ada,
            name="Next",
            year=LAST,
            opens=date(LAST, 11, 1),
            due=date(LAST, 12, 31),
        )

    def _year(self, year: int, previous: Any) -> Any:
        """A cycle of `year`, validated, with two sources for every site and requirement."""
        from keepwell.areas.assessment.models import Cycle
        from keepwell.areas.frameworks.models import Scale, Version

        version = Version.objects.get(code="nist-csf-2.0" if year >= NEW_SINCE else "nist-csf-1.1")
        cycle = Cycle(
            name=f"CSF {year}", year=year, unit=self.group, framework_version=version, state="validation",
            scale=Scale.objects.get(code="cmmi-0-5"), previous=previous, opens_on=date(year, 1, 1),
            answers_due_on=date(year, 6, 30), weights="own",
        )  # fmt: skip
        cycle.save()
        self._answers(cycle, self._assessments(cycle))
        return cycle

    def _assessments(self, cycle: Any) -> list[Any]:
        from keepwell.areas.assessment.models import Assessment
        from keepwell.platform.history.bulk import create_all

        before = {(a.unit_id, a.scope): a for a in Assessment.objects.filter(cycle=cycle.previous_id)}
        made = [
            Assessment(cycle=cycle, unit=site, scope=scope, due_on=cycle.answers_due_on, state="validated",
                       weight=Decimal(100 + 7 * number), previous=before.get((site.pk, scope)))
            for number, site in enumerate(self.sites) for scope in ("it", "ot")
        ]  # fmt: skip
        create_all(made)
        return made

    def _answers(self, cycle: Any, held: list[Any]) -> None:
        from keepwell.areas.assessment import rules
        from keepwell.areas.assessment.models import Answer
        from keepwell.platform.history import dialects

        leaves = [line.pk for line in rules.outline(cycle.framework_version).leaves]
        draw = random.Random(cycle.year)
        columns = [field.attname for field in Answer._meta.concrete_fields]

        def rows() -> Iterator[list[Any]]:
            for one in held:
                for node in leaves:
                    policy, practice = Decimal(draw.randrange(51)) / 10, Decimal(draw.randrange(51)) / 10
                    for source in ("self", "validated"):
                        values = {
                            "id": uuid4(), "version": 1, "retired_at": None, "retired_reason": "",
                            "assessment_id": one.pk, "node_id": node, "source": source, "policy": policy,
                            "practice": practice, "not_applicable": False, "reason": "As seen on site.",
                            "standing": "new", "is_estimated": False, "answered_by_id": self.ada.pk,
                            "answered_at": NOW, "previous_id": None,
                        }  # fmt: skip
                        yield [values[name] for name in columns]

        dialects.insert(Answer, columns, rows())


def unit(code: str, kind: str, parent: Any, **facts: Any) -> Any:
    """A unit that has been there for long."""
    from keepwell.platform.tree.models import Unit

    made = Unit(code=code, name=f"Unit {code}", kind=kind, parent=parent, country="TW", time_zone="Asia/Taipei",
                active_from=START, **facts)  # fmt: skip
    made.save()
    return made


def administrator(group: Any) -> Any:
    """Somebody who decides everywhere."""
    from keepwell.platform.people.models import Grant, Person

    who = Person(number="ADA", name="Ada", unit=group, unit_since=START, employed_from=START)
    who.save()
    Grant(person=who, role="group_ciso", unit=group, since=START).save()
    return who


if __name__ == "__main__":
    raise SystemExit(main(*map(float, sys.argv[1:2])))
