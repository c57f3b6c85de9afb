"""Readings: kept while the records stand still, counted anew by themselves when they do not."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import F
from django.test import TestCase

from keepwell.kernel import moments
from keepwell.kernel.digests import digest
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.jobs.job import Task
from keepwell.platform.metrics import jobs
from keepwell.platform.metrics.metric import METRICS, Count, Metric, Share, metric
from keepwell.platform.metrics.models import Reading
from keepwell.platform.metrics.reading import read, read_all, read_at, records_of, trend
from keepwell.platform.metrics.scope import Scope, running_year
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit
from tests.cast import NOW, TELLER, Cast

THERE, SITES, SPEAKERS = "test.there", "test.sites", "test.speakers"


def declare() -> list[Metric]:
    """Three metrics over the cast: people there, sites with OT, and the share that reads Chinese."""

    @metric(THERE, title="People there", definition="Rows of people.", unit="people", reads=[Person])
    def there(scope: Scope) -> Count:
        return Count(of=Person.objects.filter(employed_from__lte=scope.day), at="unit", key=("number",))

    @metric(SITES, title="Sites with OT", definition="Sites that have OT.", unit="sites", reads=[Unit])
    def sites(scope: Scope) -> Count:
        active = Unit.objects.sites().active(scope.day)
        return Count(of=active.filter(has_ot=True), at="pk", key=("code",), looked_at=active)

    @metric(SPEAKERS, title="Readers", definition="Who reads Chinese.", unit="share", reads=[Person])
    def speakers(scope: Scope) -> Share:
        return Share(
            of=Person.objects.all(),
            having=Person.objects.filter(language="zh-hant"),
            at="unit",
            key=("number",),
        )

    return [METRICS[name] for name in (THERE, SITES, SPEAKERS)]


class Declared(Cast):
    """The cast and three metrics of its own."""

    def setUp(self) -> None:
        before = dict(METRICS)
        self.metrics = declare()
        self.addCleanup(lambda: (METRICS.clear(), METRICS.update(before)))
        self.enterContext(moments.standing_at(NOW))
        self.scope = Scope.of_year(2023)

    def change(self, record: Any, **facts: Any) -> None:
        for name, value in facts.items():
            setattr(record, name, value)
        with acting(TELLER, "story.change"):
            record.save()


class AReading(Declared, TestCase):
    def test_counts_every_unit_and_all_below(self) -> None:
        found = read(THERE, self.scope)
        self.assertEqual({u.code: found[u.pk].value for u in Unit.objects.all()},
                         {"MERIDIAN": 6, "MAT": 2, "MSE": 0, "KHH1": 2, "KHH2": 0, "PEN1": 0})  # fmt: skip
        self.assertEqual(found[self.khh1.pk].digest, digest(["A0000002", "A0000005"]))

    def test_is_kept_while_nothing_changes(self) -> None:
        before = read_all(self.scope, self.metrics)
        with self.assertNumQueries(2):
            after = read_all(self.scope, self.metrics)
        self.assertEqual(before[THERE][self.mat.pk].counted_at, after[THERE][self.mat.pk].counted_at)

    def test_costs_a_page_two_queries_when_warm(self) -> None:
        read_all(self.scope, self.metrics)
        with self.assertNumQueries(2):
            self.assertEqual(set(read_at(self.khh1, self.scope, self.metrics)), {THERE, SITES, SPEAKERS})

    def test_is_counted_anew_after_a_change(self) -> None:
        self.assertEqual(read_at(self.khh1, self.scope, self.metrics)[SPEAKERS].value, 0)
        self.change(self.eva, language="zh-hant")
        self.assertEqual(read_at(self.khh1, self.scope, self.metrics)[SPEAKERS].value, 0.5)
        self.assertEqual(read(SPEAKERS, self.scope)[self.group.pk].numerator, 1)

    def test_is_counted_anew_when_a_change_commits_late(self) -> None:
        """On PostgreSQL a change may become visible below the newest one."""
        newest = Change.objects.filter(record_type="people.person").order_by("-id").first()
        Change.objects.filter(pk=newest.pk).update(id=F("id") + 50)
        stamp = read(THERE, self.scope)[self.mat.pk].stamp
        newest.id += 10
        newest.save(force_insert=True)
        self.assertNotEqual(read(THERE, self.scope)[self.mat.pk].stamp, stamp)

    def test_is_counted_anew_when_the_structure_moves(self) -> None:
        read(THERE, self.scope)
        self.khh1.parent = self.mse
        with acting(TELLER, "unit.move"):
            self.khh1.save(since=date(2023, 12, 31))
        found = read(THERE, self.scope)
        self.assertEqual([found[u.pk].value for u in (self.mat, self.mse)], [0, 2])

    def test_writes_no_second_row_for_the_same_day(self) -> None:
        read(THERE, self.scope)
        self.change(self.eva, language="zh-hant")
        read(THERE, self.scope)
        self.assertEqual(Reading.objects.filter(metric=THERE).count(), Unit.objects.count())

    def test_of_zero_opens_what_was_looked_at(self) -> None:
        found = read_at(self.mse, self.scope, self.metrics)[SITES]
        self.assertEqual((found.value, found.records), (0, 1))
        self.assertEqual(list(records_of(SITES, self.mse, self.scope)), [self.pen1])

    def test_above_zero_opens_what_was_counted(self) -> None:
        found = read_at(self.group, self.scope, self.metrics)[SITES]
        self.assertEqual((found.value, found.records, found.digest), (1, 1, digest(["KHH1"])))
        self.assertEqual(list(records_of(SITES, self.group, self.scope)), [self.khh1])

    def test_before_the_group_began_has_no_data(self) -> None:
        early = Scope.of_year(2017)
        self.assertIsNone(read(THERE, early)[self.group.pk].value)

    def test_of_years_is_a_trend(self) -> None:
        self.change(self.khh1, has_ot=False)
        found = trend(SITES, self.group, [2017, 2022, 2023])
        self.assertEqual(
            {year: reading.value for year, reading in found.items()}, {2017: None, 2022: 0, 2023: 0}
        )

    def test_of_many_years_costs_two_queries_when_warm(self) -> None:
        trend(SITES, self.group, range(2018, 2026))
        with self.assertNumQueries(2):
            trend(SITES, self.group, range(2018, 2026))


class NightlyCount(Declared, TestCase):
    def test_counts_the_running_year_and_the_one_before(self) -> None:
        done = jobs.count_all(SilentTask())
        self.assertEqual(done["years"], [2025, 2024])
        readings = Reading.objects.filter(year__gte=2024)
        self.assertEqual(
            set(readings.values_list("day", flat=True)), {date(2025, 11, 14), date(2024, 12, 31)}
        )

    def test_twice_is_once(self) -> None:
        first = jobs.count_all(SilentTask())
        kept = Reading.objects.count()
        self.assertEqual(kept, first["readings"])
        second = jobs.count_all(SilentTask())
        self.assertEqual(Reading.objects.count(), kept)
        self.assertEqual(second["readings"], Reading.objects.filter(year__gte=2024).count())

    def test_leaves_nothing_to_count_for_a_trend(self) -> None:
        jobs.count_all(SilentTask())
        with self.assertNumQueries(2):
            trend(THERE, self.group, range(2019, 2026))

    def test_heals_a_reading_that_nobody_saw_go_stale(self) -> None:
        read(THERE, Scope.of_year(2025))
        Reading.objects.update(numerator=99)
        jobs.count_all(SilentTask(), year=running_year())
        self.assertEqual(read(THERE, Scope.of_year(2025))[self.group.pk].value, 6)


class SilentTask(Task):
    """A task that nobody watches."""

    def __init__(self) -> None:
        super().__init__(id=None, person_id=None, attempt=1, worker="")

    def progress(self, done: int, total: int | None = None, message: str = "") -> None:
        """Nobody listens."""
