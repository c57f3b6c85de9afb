"""The figures of training, worked out by hand."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from django.db import connection
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext

from keepwell.areas.awareness.tests.stories import Training
from keepwell.kernel.digests import digest
from keepwell.platform.history.acting import acting
from keepwell.platform.metrics.metric import all_metrics
from keepwell.platform.metrics.reading import count, read, records_of
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER, unit

TIMES, PEOPLE, HOURS, COVERAGE = (
    "training.person_times",
    "training.people",
    "training.hours",
    "training.coverage",
)


class PersonTimes(Training, TestCase):
    def test_are_completions_at_the_unit_and_all_below(self) -> None:
        self.completes(self.eva, "2023-05-04T08:15:00")
        self.completes(self.eva, "2023-05-05T08:15:00", self.phishing)
        self.completes(self.ben, "2023-05-04T08:15:00")
        self.completes(self.ada, "2023-05-04T08:15:00")
        found = self.values(TIMES, self.khh1, self.khh2, self.mat, self.mse, self.group)
        self.assertEqual(found, [3, 0, 3, 0, 4])

    def test_belong_to_the_year_of_the_local_day(self) -> None:
        self.completes(self.eva, "2022-12-31T15:59:59")  # 31 December, 23:59 in Taipei
        self.completes(self.eva, "2022-12-31T16:00:00")  # 1 January 2023, midnight
        self.completes(self.eva, "2023-12-31T15:30:00")  # 31 December 2023, 23:30
        self.completes(self.eva, "2023-12-31T16:30:00")  # 1 January 2024, 00:30
        found = [self.reading(TIMES, self.khh1, year).value for year in (2022, 2023, 2024)]
        self.assertEqual(found, [1, 2, 1])

    def test_follow_the_fiscal_year(self) -> None:
        self.completes(self.eva, "2022-06-30T01:00:00")
        self.completes(self.eva, "2022-07-01T01:00:00")
        self.completes(self.eva, "2023-06-30T01:00:00")
        self.completes(self.eva, "2023-07-01T01:00:00")
        with override_settings(KEEPWELL_YEAR_END=(6, 30)):
            self.assertEqual(self.reading(TIMES, self.khh1, 2023).value, 2)
        self.assertEqual(self.reading(TIMES, self.khh1, 2023).value, 2)
        self.assertEqual(self.reading(TIMES, self.khh1, 2023).day, date(2023, 12, 31))

    def test_of_a_running_year_stand_as_of_today(self) -> None:
        self.completes(self.eva, "2025-11-13T20:00:00")  # 14 November in Kaohsiung, today
        self.completes(self.eva, "2025-11-14T20:00:00")
        reading = self.reading(TIMES, self.group, 2025)
        self.assertEqual((reading.day, reading.value), (date(2025, 11, 14), 1))

    def test_count_at_the_unit_of_the_completion_day(self) -> None:
        self.completes(self.eva, "2023-06-30T01:00:00")
        self.move(self.eva, self.pen1, date(2023, 7, 1))
        self.completes(self.eva, "2023-07-01T01:00:00")
        self.completes(self.eva, "2023-07-02T01:00:00")
        self.assertEqual(self.values(TIMES, self.khh1, self.pen1, self.group), [1, 2, 3])

    def test_end_with_the_last_day_employed(self) -> None:
        self.change(self.eva, employed_until=date(2023, 6, 30))
        self.completes(self.eva, "2023-06-30T01:00:00")
        self.completes(self.eva, "2023-07-01T01:00:00")
        reading = self.reading(TIMES, self.khh1)
        self.assertEqual((reading.value, reading.records, reading.excluded), (1, 1, 1))
        self.assertEqual(self.reading(TIMES, self.group).excluded, 1)
        self.assertEqual(self.reading(TIMES, self.khh2).excluded, 0)

    def test_follow_a_unit_to_its_company_of_the_as_of_day(self) -> None:
        self.move(self.eva, self.khh2, date(2019, 1, 1))
        self.completes(self.eva, "2022-02-10T01:00:00")
        self.completes(self.eva, "2023-02-10T01:00:00")
        self.change(self.khh2, parent=self.mse, since=date(2023, 7, 1))
        self.assertEqual(self.values(TIMES, self.mat, self.mse, self.group, year=2022), [1, 0, 1])
        self.assertEqual(self.values(TIMES, self.mat, self.mse, self.group, year=2023), [0, 1, 1])


class People(Training, TestCase):
    def test_count_once_however_often_they_train(self) -> None:
        self.completes(self.eva, "2023-05-04T08:15:00")
        self.completes(self.eva, "2023-05-05T08:15:00", self.phishing)
        self.completes(self.ben, "2023-05-04T08:15:00")
        self.assertEqual(self.values(PEOPLE, self.khh1, self.mat, self.group), [2, 2, 2])

    def test_who_moved_count_where_they_are_on_the_as_of_day(self) -> None:
        self.completes(self.eva, "2023-02-10T01:00:00")
        self.move(self.eva, self.pen1, date(2023, 12, 31))
        self.assertEqual(self.values(PEOPLE, self.khh1, self.pen1, self.mse, self.group), [0, 1, 1, 1])

    def test_who_move_the_day_after_count_where_they_were(self) -> None:
        self.completes(self.eva, "2023-02-10T01:00:00")
        self.move(self.eva, self.pen1, date(2024, 1, 1))
        self.assertEqual(self.values(PEOPLE, self.khh1, self.pen1, self.group), [1, 0, 1])

    def test_who_left_count_where_they_were_on_their_last_day(self) -> None:
        self.completes(self.eva, "2023-02-10T01:00:00")
        self.move(self.eva, self.khh2, date(2023, 5, 1))
        self.change(self.eva, employed_until=date(2023, 6, 30))
        self.assertEqual(self.values(PEOPLE, self.khh1, self.khh2, self.group), [0, 1, 1])

    def test_who_came_back_count_where_they_came_to(self) -> None:
        self.completes(self.eva, "2023-02-10T01:00:00")
        self.change(self.eva, employed_until=date(2023, 3, 31))
        back = date(2023, 11, 1)
        self.change(self.eva, employed_from=back, unit_since=back, employed_until=None, unit=self.khh2)
        self.assertEqual(self.values(PEOPLE, self.khh1, self.khh2, self.group), [0, 1, 1])
        self.assertEqual(self.values(TIMES, self.khh1, self.khh2), [1, 0])

    def test_whose_only_completion_lies_outside_employment_are_excluded(self) -> None:
        self.change(self.eva, employed_until=date(2023, 6, 30))
        self.completes(self.eva, "2023-07-01T01:00:00")
        self.completes(self.eva, "2023-07-02T01:00:00")
        reading = self.reading(PEOPLE, self.khh1)
        self.assertEqual((reading.value, reading.excluded), (0, 1))

    def test_with_one_completion_inside_employment_are_no_exclusion(self) -> None:
        self.change(self.eva, employed_until=date(2023, 6, 30))
        self.completes(self.eva, "2023-06-30T01:00:00")
        self.completes(self.eva, "2023-07-01T01:00:00")
        reading = self.reading(PEOPLE, self.khh1)
        self.assertEqual((reading.value, reading.excluded), (1, 0))


class Hours(Training, TestCase):
    def test_are_rounded_half_up_once(self) -> None:
        self.completes(self.eva, "2023-05-04T08:15:00", minutes=89)
        self.assertEqual(self.values(HOURS, self.khh1), [1])
        self.completes(self.eva, "2023-05-05T08:15:00", minutes=1)
        self.assertEqual(self.values(HOURS, self.khh1), [2])

    def test_of_a_company_come_from_its_minutes(self) -> None:
        self.completes(self.eva, "2023-05-04T08:15:00", minutes=30)
        self.move(self.ben, self.khh2, date(2020, 1, 1))
        self.completes(self.ben, "2023-05-04T08:15:00", minutes=30)
        self.assertEqual(self.values(HOURS, self.khh1, self.khh2, self.mat), [1, 1, 1])
        self.assertEqual(self.reading(HOURS, self.mat).numerator, 60)


class Coverage(Training, TestCase):
    def test_is_a_ratio_of_sums(self) -> None:
        self.completes(self.eva, "2023-05-04T08:15:00")
        self.assertEqual(self.values(COVERAGE, self.khh1), [0.5])
        reading = self.reading(COVERAGE, self.group)
        self.assertEqual((reading.numerator, reading.denominator, reading.records), (1, 4, 1))
        self.assertEqual(str(reading.percent), "25.0")

    def test_leaves_out_external_people(self) -> None:
        self.completes(self.dan, "2023-05-04T08:15:00")
        self.assertEqual(self.values(COVERAGE, self.group), [0.0])

    def test_leaves_out_who_has_left(self) -> None:
        self.completes(self.eva, "2023-05-04T08:15:00")
        self.change(self.eva, employed_until=date(2023, 12, 30))
        self.assertEqual(self.values(COVERAGE, self.khh1), [0.0])

    def test_holds_who_leaves_on_the_as_of_day(self) -> None:
        self.completes(self.eva, "2023-05-04T08:15:00")
        self.change(self.eva, employed_until=date(2023, 12, 31))
        self.assertEqual(self.values(COVERAGE, self.khh1), [0.5])

    def test_has_no_data_where_nobody_is_employed(self) -> None:
        self.completes(self.eva, "2023-05-04T08:15:00")
        self.assertEqual(self.values(COVERAGE, self.khh2), [None])

    def test_of_nobody_opens_all_who_were_looked_at(self) -> None:
        self.completes(self.ada, "2023-05-04T08:15:00")
        reading = self.reading(COVERAGE, self.khh1)
        self.assertEqual((reading.value, reading.records), (0, 2))
        opened = records_of(COVERAGE, self.khh1, Scope.of_year(2023))
        self.assertEqual(set(opened), {self.ben, self.eva})


class NoData(Training, TestCase):
    def test_is_a_year_without_any_completion(self) -> None:
        self.completes(self.eva, "2023-05-04T08:15:00")
        for metric in (TIMES, PEOPLE, HOURS, COVERAGE):
            self.assertEqual(self.values(metric, self.group, year=2022), [None])

    def test_is_not_zero(self) -> None:
        self.completes(self.eva, "2023-05-04T08:15:00")
        reading = self.reading(TIMES, self.khh2)
        self.assertEqual((reading.value, reading.records, reading.digest), (0, 0, sha256(b"").hexdigest()))

    def test_is_a_unit_that_did_not_exist_yet(self) -> None:
        self.completes(self.eva, "2023-05-04T08:15:00")
        with acting(TELLER, "unit.create"):
            later = unit("KHH3", "Kaohsiung Assembly 3", "site", self.mat, active_from=date(2024, 1, 1))
        self.completes(self.eva, "2024-05-04T08:15:00")
        self.assertEqual(self.values(TIMES, later, year=2023), [None])
        self.assertEqual(self.values(TIMES, later, year=2024), [0])


class Digests(Training, TestCase):
    def test_are_taken_over_the_keys_of_what_was_counted(self) -> None:
        self.completes(self.eva, "2023-05-04T08:15:00", minutes=45)
        self.completes(self.ben, "2023-12-31T15:30:00", self.phishing, minutes=20)
        found = {name: self.reading(name, self.group).digest for name in (TIMES, PEOPLE, HOURS)}
        bens, evas = "A0000002|SEC-201|2023-12-31T15:30:00Z", "A0000005|SEC-101|2023-05-04T08:15:00Z"
        self.assertEqual(found[TIMES], sha256(f"{bens}\n{evas}\n".encode()).hexdigest())
        self.assertEqual(found[PEOPLE], sha256(b"A0000002\nA0000005\n").hexdigest())
        self.assertEqual(found[HOURS], digest([f"{evas}|45", f"{bens}|20"]))

    def test_are_the_same_on_every_database(self) -> None:
        self.completes(self.eva, "2023-05-04T08:15:00.250000")
        self.completes(self.eva, "2023-05-04T08:15:01")
        keys = [f"A0000005|SEC-101|2023-05-04T08:15:0{second}Z" for second in (0, 1)]
        self.assertEqual(self.reading(TIMES, self.khh1).digest, digest(keys))

    def test_of_coverage_hold_both_sides(self) -> None:
        self.completes(self.eva, "2023-05-04T08:15:00")
        self.assertEqual(self.reading(COVERAGE, self.khh1).digest, digest(["A0000002|0", "A0000005|1"]))


class EveryFigure(Training, TestCase):
    def setUp(self) -> None:
        super().setUp()
        for n, who in enumerate((self.ada, self.ben, self.eva, self.cleo)):
            self.completes(who, f"2023-02-1{n}T01:00:00")
            self.completes(who, f"2023-08-1{n}T01:00:00", self.phishing, minutes=45)
        self.move(self.eva, self.pen1, date(2023, 7, 1))
        self.change(self.cleo, employed_until=date(2023, 6, 30))
        self.change(self.khh1, parent=self.mse, since=date(2023, 9, 1))
        self.scope = Scope.of_year(2023)

    def test_opens_exactly_the_records_it_counts(self) -> None:
        for metric in all_metrics():
            readings = read(metric.name, self.scope)
            for at in Unit.objects.all():
                opened = records_of(metric.name, at, self.scope).count()
                self.assertEqual(opened, readings[at.pk].records, f"{metric.name} {at.code}")

    def test_is_the_sum_of_the_units(self) -> None:
        for metric in (TIMES, PEOPLE, HOURS):
            readings = read(metric, self.scope)
            parts = [self.mat, self.mse]
            own = records_of(metric, self.group, self.scope).count() - sum(
                readings[u.pk].records for u in parts
            )
            self.assertEqual(
                own, {TIMES: 3, PEOPLE: 2, HOURS: 3}[metric]
            )  # Ada's and Cleo's, at the group itself
            self.assertEqual(readings[self.khh1.pk].numerator + readings[self.pen1.pk].numerator,
                             readings[self.mse.pk].numerator)  # fmt: skip

    def test_costs_the_same_for_few_rows_as_for_many(self) -> None:
        with CaptureQueriesContext(connection) as few:
            count(all_metrics(), self.scope)
        for day in range(1, 29):
            self.completes(self.eva, f"2023-03-{day:02}T01:00:00")
            self.completes(self.ben, f"2023-03-{day:02}T01:00:00")
        with self.assertNumQueries(len(few)):
            count(all_metrics(), self.scope)
