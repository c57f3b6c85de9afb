"""The maturity of the invented group, year by year: cycles opened, scores brought in, validated, published, frozen."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Assessment, Cycle, Target
from keepwell.areas.frameworks.models import Scale, Version
from keepwell.demo.maturity_scores import HEADINGS, Asked, rows
from keepwell.demo.structure import GROUP, SITES
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Tracked
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit

OLD, NEW, SCALE = "nist-csf-1.1", "nist-csf-2.0", "cmmi-0-5"
FROZEN_YEARS = range(2019, 2024)
OT_FROM = {2023: ("KHH1", "KHH3", "PEN1", "TNN1"), 2024: ("KHH2", "PJU1", "SUZ1", "TAO1"),
           2025: ("CLI1", "PEN2", "SGP1", "YAM1")}  # fmt: skip
CONSULTED = ("KHH2", "PEN1", "KHH1", "TNN1", "PEN2", "SGP1", "SUZ1", "PJU1", "GDL1")
TARGETS = {"it": Decimal("3.0"), "ot": Decimal("2.5")}
FUNCTIONS = {OLD: ("ID", "PR", "DE", "RS", "RC"), NEW: ("GV", "ID", "PR", "DE", "RS", "RC")}
# 2025 stands in validation: these are done; the others wait for the group, but for two who still answer.
VALIDATED = ("CLI1", "HSZ1", "KHH2", "KHH9", "PEN1", "PJU1", "SGP1", "SGP2", "SJC1", "TPE1", "TYO1")
ANSWERING = {("PEN2", "ot"): 83, ("KHH1", "ot"): 97}
Progress = Callable[[int, int | None, str], None]


@dataclass(frozen=True)
class Year:
    """What is assessed in one year."""

    number: int

    @property
    def version(self) -> str:
        return NEW if self.number >= 2024 else OLD  # noqa: PLR2004  the year after CSF 2.0 came

    @property
    def it_sites(self) -> list[str]:
        return [code for code, *_rest, since, _people, _zeal in SITES if since <= f"{self.number}-07-01"]

    @property
    def ot_sites(self) -> list[str]:
        return sorted(code for year, codes in OT_FROM.items() if year <= self.number for code in codes)

    @property
    def asked(self) -> Iterator[Asked]:
        for scope, codes in (("it", self.it_sites), ("ot", self.ot_sites)):
            for code in codes:
                yield Asked(code, scope, self.number)


def load(ada: Person, progress: Progress, *, small: bool = False) -> None:
    """Make the cycles of every year; the small group has the last three, at fewer sites."""
    before: Cycle | None = None
    for number in range(2023 if small else 2019, 2026):
        progress(0, None, f"maturity {number}")
        before = _year(Year(number), ada, before)


def _year(year: Year, ada: Person, before: Cycle | None) -> Cycle:
    with moments.standing_at(datetime(year.number, 7, 1, 2, tzinfo=UTC)):
        cycle = _opened(year, ada, before)
    if year.number == 2025:  # noqa: PLR2004  the year in which the demo stands
        _under_way(year, cycle, ada)
        return cycle
    with moments.standing_at(datetime(year.number, 11, 20, 3, tzinfo=UTC)):
        sources = ("self", "validated")
        _bring_in(
            cycle, ada, (row for one in year.asked for row in rows(one, _codes(cycle), _with(sources, one)))
        )
    with moments.standing_at(datetime(year.number, 12, 15, 3, tzinfo=UTC)):
        rules.begin_validation(_fresh(cycle), by=ada)
        rules.publish(_fresh(cycle), by=ada)
    if year.number in FROZEN_YEARS:
        with moments.standing_at(datetime(year.number + 1, 2, 10, 3, tzinfo=UTC)):
            rules.freeze(_fresh(cycle), by=ada)
    return _fresh(cycle)


def _opened(year: Year, ada: Person, before: Cycle | None) -> Cycle:
    """The cycle of a year, with its targets, opened."""
    version, group = Version.objects.get(code=year.version), Unit.objects.get(code=GROUP)
    with acting(ada, "cycle.create"):
        cycle = Cycle(
            name=f"CSF {year.number}", year=year.number, unit=group, framework_version=version,
            scale=Scale.objects.get(code=SCALE), previous=before, weights=Cycle.Weights.HEADCOUNT,
            opens_on=date(year.number, 7, 1), answers_due_on=date(year.number, 10, 31),
            validation_due_on=date(year.number, 11, 30),
        )  # fmt: skip
        cycle.save(links={"it_sites": _units(year.it_sites), "ot_sites": _units(year.ot_sites)})
        nodes = {node.code: node for node in version.nodes.filter(code__in=FUNCTIONS[year.version])}
        for scope in ("it", "ot") if year.ot_sites else ("it",):
            for code in FUNCTIONS[year.version]:
                Target(cycle=cycle, unit=group, node=nodes[code], scope=scope, value=TARGETS[scope]).save()
    rules.approve_targets(cycle, by=ada)
    rules.open_cycle(_fresh(cycle), by=ada)
    return _fresh(cycle)


def _under_way(year: Year, cycle: Cycle, ada: Person) -> None:
    """The present cycle: most sites have handed in, some are validated, two still answer."""
    codes = _codes(cycle)
    with moments.standing_at(datetime(2025, 10, 29, 6, tzinfo=UTC)):
        own = (
            row for one in year.asked
            for row in rows(one, codes, _with(("self",), one), answered=ANSWERING.get((one.site, one.scope)))
        )  # fmt: skip
        _bring_in(cycle, ada, own)
        for one in _assessments(cycle):
            if (one.unit.code, one.scope) not in ANSWERING:
                rules.submit(one, by=ada)
    with moments.standing_at(datetime(2025, 11, 3, 6, tzinfo=UTC)):
        rules.begin_validation(_fresh(cycle), by=ada)
        done = [one for one in year.asked if one.site in VALIDATED]
        _bring_in(cycle, ada, (row for one in done for row in rows(one, codes, ("validated",))))


def _with(sources: tuple[str, ...], one: Asked) -> tuple[str, ...]:
    """The sources that speak of a site, the consultant's among them where one was called in."""
    return (*sources, "consultant") if one.site in CONSULTED else sources


def _bring_in(cycle: Cycle, by: Person, told: Iterator[tuple[str, ...]]) -> None:
    """Bring scores in as a file, as the secretariat does."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{cycle.name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([HEADINGS, *told])
        rules.bring_in_scores(cycle, rules.read_scores(path), by=by)


def _codes(cycle: Cycle) -> list[str]:
    return [line.code for line in rules.outline(cycle.framework_version).leaves]


def _units(codes: list[str]) -> list[Tracked]:
    return list(Unit.objects.filter(code__in=codes).order_by("code"))


def _assessments(cycle: Cycle) -> list[Assessment]:
    rows_ = Assessment.objects.counted().filter(cycle=cycle)
    return list(rows_.with_cycle().order_by("pk"))


def _fresh(cycle: Cycle) -> Cycle:
    """The cycle as it is now."""
    return Cycle.objects.select_related("unit", "framework_version", "scale", "previous").get(pk=cycle.pk)
