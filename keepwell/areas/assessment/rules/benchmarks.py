"""Benchmarks laid beside one's own figures: only where framework version and scale are the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Benchmark, BenchmarkFigure, Cycle
from keepwell.areas.assessment.rules.comparing import Key
from keepwell.areas.assessment.rules.results import shown
from keepwell.kernel.refusing import Refused
from keepwell.kernel.rollup.tree import Method
from keepwell.platform.acts.act import act
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level

MOST_OFFERED = 40


@dataclass(frozen=True)
class Against:
    """A benchmark that fits a cycle, its figures by scope and requirement."""

    benchmark: Benchmark
    figures: dict[Key, BenchmarkFigure]

    def figure(self, scope: str, code: str) -> BenchmarkFigure | None:
        """Of that scope; where the benchmark does not tell scopes apart, the one of both."""
        return self.figures.get((scope, code)) or self.figures.get(("", code))

    def exact(self, scope: str, code: str) -> Fraction | None:
        """The median, else the mean."""
        found = self.figure(scope, code)
        return Fraction(found.value) if found is not None and found.value is not None else None

    def value(self, scope: str, code: str) -> Decimal | None:
        """The same as it is printed."""
        return shown(self.exact(scope, code))

    @property
    def statistic(self) -> str:
        """What the figures are, in a word."""
        medians = sum(one.median is not None for one in self.figures.values())
        if not medians:
            return gettext("mean")
        return gettext("median") if medians == len(self.figures) else gettext("median, else mean")

    @property
    def told(self) -> str:
        """Where it comes from, in a sentence for whatever shows it."""
        one = self.benchmark
        return gettext("%(name)s: %(statistic)s of %(sample)s, %(year)s. Source: %(source)s. Terms: %(terms)s.") % {
            "name": one.name, "statistic": self.statistic, "sample": f"{one.sample:,}", "year": str(one.year),
            "source": one.source.rstrip("."), "terms": one.licence.rstrip("."),
        }  # fmt: skip


def misfit(benchmark: Benchmark, cycle: Cycle) -> str:
    """Why a benchmark cannot be laid over a cycle; "" if it can."""
    told = {
        "benchmark": benchmark,
        "cycle": cycle,
        "version": benchmark.framework_version,
        "scale": benchmark.scale,
    }
    if benchmark.framework_version_id != cycle.framework_version_id:
        return gettext("%(benchmark)s speaks of %(version)s; %(cycle)s stands on another version.") % told
    if benchmark.scale_id != cycle.scale_id:
        return gettext("%(benchmark)s is on the scale “%(scale)s”; %(cycle)s is on another one.") % told
    if cycle.method == Method.SHARE_AT_TARGET:
        return gettext("%(cycle)s tells shares at target; a benchmark tells scores.") % told
    return ""


def offered(cycle: Cycle, person: Person) -> tuple[list[Benchmark], list[str]]:
    """The benchmarks that `person` may see and that fit a cycle, the newest first; and why others do not fit."""
    rows = Benchmark.objects.visible_to(person).current()
    found = list(rows.order_by("-year", "code")[:MOST_OFFERED])
    return [one for one in found if not misfit(one, cycle)], [
        why for one in found if (why := misfit(one, cycle))
    ]


def against(code: str, cycle: Cycle, among: Sequence[Benchmark]) -> Against | None:
    """The benchmark called so among those offered, with its figures; None for "". Refused if it is none of them."""
    if not code:
        return None
    benchmark = next((one for one in among if one.code == code), None)
    if benchmark is None:
        raise Refused(
            gettext("No benchmark “%(code)s” can be laid over %(cycle)s.")
            % {"code": code[:60], "cycle": cycle}
        )
    rows = BenchmarkFigure.objects.current().filter(benchmark=benchmark)
    return Against(benchmark, {(row.scope, row.code): row for row in rows})


@act(
    Level.EDIT,
    label=_("Retire"),
    offered=lambda benchmark: benchmark.retired_at is None,
    explains=_("It leaves every list and every picture; its history stays."),
)
def retire_benchmark(benchmark: Benchmark, *, by: Person, reason: str) -> None:
    """Take a benchmark that was a mistake, or whose terms ended, out of use."""
    benchmark.retire(reason)
    benchmark.save()


@act(
    Level.EDIT,
    for_many=True,
    label=_("Retire"),
    offered=lambda figure: figure.retired_at is None,
    explains=_("It leaves every list and every picture; its history stays."),
)
def retire_figure(figure: BenchmarkFigure, *, by: Person, reason: str) -> None:
    """Take a figure that was a mistake out of use."""
    figure.retire(reason)
    figure.save()
