"""Sample records for the house tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from keepwell.areas.assessment.models import (
    Answer,
    Assessment,
    Benchmark,
    BenchmarkFigure,
    Cycle,
    Recommendation,
    Target,
)
from keepwell.areas.frameworks.models import Framework, Node, Scale, Version
from keepwell.platform.history.bulk import create_all
from keepwell.platform.people.models import Person
from keepwell.platform.records.models import Record
from keepwell.platform.tree.models import Unit

AHEAD = 60
"""So many requirements are there before the first sample: each target and answer takes the next one."""


def cycles(unit: Unit, person: Person) -> Cycle:
    """A draft of `unit`."""
    return Cycle(
        name="Yearly", unit=unit, year=2025, framework_version=_version(), scale=_scale(), opens_on=date(2025, 7, 1),
        answers_due_on=date(2025, 10, 31), note="As agreed",
    )  # fmt: skip


def assessments(unit: Unit, person: Person) -> Assessment:
    """An assessment of `unit`, each of a cycle of its own."""
    count = Cycle.objects.count()
    cycle = cycles(unit, person)
    cycle.name, cycle.state = f"Open {count}", Cycle.State.OPEN
    return Assessment(cycle=_saved(cycle), unit=unit, scope="it", due_on=date(2025, 10, 31))


def answers(unit: Unit, person: Person) -> Answer:
    """A score of `unit`."""
    held = _saved(assessments(unit, person))
    node = _version().nodes.filter(is_scored=True).order_by("position").first()
    return Answer(
        assessment=held, node=node, policy=Decimal("2.5"), practice=Decimal("2"), answered_by=person
    )


def maturity_targets(unit: Unit, person: Person) -> Target:
    """A proposal of `unit` for a requirement that has none yet."""
    cycle = Cycle.objects.filter(unit=unit, name="Targets").first()
    if cycle is None:
        cycle = cycles(unit, person)
        cycle.name = "Targets"
        _saved(cycle)
    taken = Target.objects.filter(cycle=cycle, unit=unit).values("node")
    node = cycle.framework_version.nodes.exclude(pk__in=taken).order_by("position").first()
    return Target(cycle=cycle, unit=unit, node=node, value=Decimal("3"))


def recommendations(unit: Unit, person: Person) -> Recommendation:
    """What is recommended to `unit` for a requirement about which nothing is said yet."""
    held = Assessment.objects.filter(unit=unit, cycle__name="Advice").first()
    if held is None:
        cycle = Cycle.objects.filter(unit=unit, name="Advice").first() or cycles(unit, person)
        cycle.name, cycle.state = "Advice", Cycle.State.OPEN
        held = _saved(Assessment(cycle=_saved(cycle), unit=unit, scope="it", due_on=date(2025, 10, 31)))
    taken = Recommendation.objects.filter(assessment=held).values("node")
    node = _version().nodes.filter(is_scored=True).exclude(pk__in=taken).order_by("position").first()
    return Recommendation(assessment=held, node=node, text="Keep a list of controllers")


def benchmarks(unit: Unit, person: Person) -> Benchmark:
    """Figures of others, for `unit` and below."""
    return Benchmark(
        code=f"survey-{Benchmark.objects.count()}", name="A survey", unit=unit, source="An institute",
        licence="For members", year=2025, sample=40, framework_version=_version(), scale=_scale(),
    )  # fmt: skip


def benchmark_figures(unit: Unit, person: Person) -> BenchmarkFigure:
    """What a survey that `unit` brought in says of a requirement of which it says nothing yet."""
    survey = Benchmark.objects.filter(unit=unit, name="Figures").first()
    if survey is None:
        survey = benchmarks(unit, person)
        survey.name = "Figures"
        _saved(survey)
    taken = BenchmarkFigure.objects.filter(benchmark=survey).values("code")
    node = survey.framework_version.nodes.exclude(code__in=taken).order_by("position").first()
    return BenchmarkFigure(benchmark=survey, code=node.code, median=Decimal("2.5"))


def _version() -> Version:
    """A version of a framework of the group, in use."""
    found = Version.objects.filter(code="sample-1").first()
    if found is not None:
        return found
    group = Unit.objects.get(kind=Unit.Kind.GROUP)
    framework = _saved(Framework(code="sample", name="A sample", unit=group))
    made = _saved(Version(framework=framework, code="sample-1", label="1", state=Version.State.IN_USE))
    create_all([
        Node(framework_version=made, code=f"S-{place}", title="Rule", position=place, is_scored=True)
        for place in range(1, AHEAD + 1)
    ])  # fmt: skip
    return made


def _scale() -> Scale:
    found = Scale.objects.filter(code="sample-five").first()
    group = Unit.objects.get(kind=Unit.Kind.GROUP)
    return found or _saved(Scale(code="sample-five", name="Up to five", highest=Decimal(5), unit=group))


def _saved(record: Record) -> Record:
    record.save()
    return record
