"""A learning system's file becomes completions: matched, counted once, or kept until it can be."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import TestCase

from keepwell.areas.awareness.models import Completion
from keepwell.areas.awareness.registers import Completions
from keepwell.areas.awareness.tests.stories import Training
from keepwell.platform.exchange.feeds import FEEDS
from keepwell.platform.exchange.models import Batch, Source, UnmatchedRow
from keepwell.platform.history.acting import Refused, acting
from keepwell.platform.people.models import Person
from keepwell.platform.registers.files import Outcome, bring_in
from keepwell.platform.registers.importing.fed import match_again
from tests.cast import TELLER, person

HEADINGS = ("person", "course", "completed_at", "minutes")
GOOD = ("A0000005", "SEC-101", "2023-05-04T08:15:00Z", "30")


class Feeding(Training):
    """The cast of training, and files in a folder of the test's own."""

    def setUp(self) -> None:
        super().setUp()
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        self.enterContext(self.settings(KEEPWELL_DATA=self.folder))

    def bring(self, *rows: Sequence[str], headings: Sequence[str] = HEADINGS, source: str = "",
              by: Person | None = None) -> Outcome:  # fmt: skip
        """What comes of a file of `rows`."""
        path = self.folder / "lms.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([headings, *rows])
        return bring_in(Completions, path, by or self.ada, source=source)

    def source(self, name: str, zone: str = "", **mapping: str) -> str:
        """A learning system of the group; `mapping` is column to heading, blanks as _."""
        with acting(TELLER, "source.create"):
            told = {heading.replace("_", " "): column for column, heading in mapping.items()}
            Source(name=name, register="completions", unit=self.group, time_zone=zone, mapping=told).save()
        return name

    def moments(self) -> list[tuple[datetime, date]]:
        """Moment and local day of every completion."""
        return list(Completion.objects.order_by("completed_at").values_list("completed_at", "completed_on"))

    def refused(self, *rows: Sequence[str], **how: str) -> list[tuple[int, str]]:
        """Line and column of what does not fit in a file of which nothing is kept."""
        outcome = self.bring(GOOD, *rows, **how)
        self.assertFalse(Completion.objects.exists())
        self.assertFalse(UnmatchedRow.objects.exists())
        return [(e.line, e.column) for e in outcome.errors]


class Matching(Feeding, TestCase):
    def test_knows_people_by_number(self) -> None:
        self.assertEqual(self.bring(GOOD).created, 1)
        self.assertEqual(Completion.objects.get().person, self.eva)

    def test_knows_people_by_mail_in_any_case(self) -> None:
        row = ("A0000005@Meridian.Example", "SEC-101", "2023-05-04T08:15:00Z")
        self.assertEqual(self.bring(row, headings=("mail", "course", "completed_at")).created, 1)

    def test_reads_the_columns_as_the_source_calls_them(self) -> None:
        name = self.source("lms-east", person="Badge", course="Module", completed_at="Passed_on")
        headings = ("Badge", "Module", "Passed on", "Remark")
        self.assertEqual(self.bring((*GOOD[:3], "well done"), headings=headings, source=name).created, 1)

    def test_reads_the_names_that_columns_go_by(self) -> None:
        headings = ("工號", "課程代碼", "完成時間", "時數(分)")
        self.assertEqual(self.bring(GOOD, headings=headings).created, 1)

    def test_refuses_by_name_a_file_without_a_column_it_needs(self) -> None:
        with self.assertRaisesMessage(Refused, "No column of the file is known as “completed_at”"):
            self.bring(GOOD[:2], headings=HEADINGS[:2])
        self.assertEqual(Batch.objects.exclude(pk=self.batch.pk).get().state, Batch.State.REFUSED)

    def test_counts_minutes_as_delivered_else_the_length_of_the_course(self) -> None:
        self.bring(GOOD[:3] + ("12",), ("A0000005", "SEC-201", "2023-05-04T08:15:00Z", ""))
        self.assertEqual(
            list(Completion.objects.order_by("course__code").values_list("minutes", flat=True)), [12, 45]
        )

    def test_refuses_a_source_nobody_knows(self) -> None:
        with self.assertRaisesMessage(Refused, "No source is called “lms-west”"):
            self.bring(GOOD, source="lms-west")


class UnmatchedRows(Feeding, TestCase):
    def reasons(self) -> list[tuple[int, str]]:
        """Line and reason of every row that met nothing."""
        return list(UnmatchedRow.objects.order_by("line").values_list("line", "reason"))

    def test_are_kept_with_their_reason_and_counted_nowhere(self) -> None:
        outcome = self.bring(
            GOOD,
            ("A0000099", "SEC-101", "2023-05-04T08:15:00Z", ""),
            ("A0000005", "SEC-999", "2023-05-04T08:15:00Z", ""),
            ("A0000005", "SEC-101", "2017-12-31T00:00:00Z", ""),
        )
        self.assertEqual((outcome.created, outcome.unmatched, Completion.objects.count()), (1, 3, 1))
        self.assertEqual(
            self.reasons(), [(3, "No such person."), (4, "No such course."), (5, "Not employed on that day.")]
        )

    def test_begin_the_day_after_the_last_day(self) -> None:
        self.change(self.eva, employed_until=date(2023, 5, 4))
        self.bring(
            GOOD,
            ("A0000005", "SEC-101", "2023-05-04T15:59:59Z", ""),
            ("A0000005", "SEC-101", "2023-05-04T16:00:00Z", ""),
        )
        self.assertEqual(self.reasons(), [(4, "Not employed on that day.")])

    def test_are_matched_when_the_person_is_known(self) -> None:
        outcome = self.bring(("A0000099", "SEC-101", "2023-05-04T08:15:00Z", ""))
        assert outcome.batch is not None
        with acting(TELLER, "person.create"):
            person("A0000099", "Noor Aziz", self.pen1)
        self.assertEqual(match_again(FEEDS["completions"], outcome.batch, self.ada), 1)
        self.assertEqual(match_again(FEEDS["completions"], outcome.batch, self.ada), 0)
        self.assertEqual(Completion.objects.get().batch, outcome.batch)

    def test_that_were_delivered_again_meanwhile_are_counted_once(self) -> None:
        row = ("A0000099", "SEC-101", "2023-05-04T08:15:00Z", "")
        outcome = self.bring(row)
        assert outcome.batch is not None
        with acting(TELLER, "person.create"):
            person("A0000099", "Noor Aziz", self.pen1)
        self.bring(row, GOOD)
        self.assertEqual(match_again(FEEDS["completions"], outcome.batch, self.ada), 1)
        self.assertEqual(Completion.objects.count(), 2)


class Malformed(Feeding, TestCase):
    def test_rows_refuse_the_whole_file(self) -> None:
        self.assertEqual(self.refused(
            ("A0000005", "SEC-101", "2023-02-29T08:15:00Z", "30"), ("A0000005", "SEC-201", "2023-05-04", "half an hour"),
            ("A0000005", "SEC-201", "2023-05-04", "10001"), ("", "SEC-201", "2023-05-04", ""),
        ), [(3, "completed_at"), (4, "minutes"), (5, "minutes"), (6, "person")])  # fmt: skip

    def test_is_a_row_twice_in_one_file(self) -> None:
        self.assertEqual(self.refused(GOOD), [(3, "person")])

    def test_is_the_same_moment_told_in_two_zones(self) -> None:
        self.assertEqual(self.refused((*GOOD[:2], "2023-05-04T16:15:00+08:00", "30")), [(3, "person")])

    def test_is_a_row_of_somebody_where_the_importer_has_no_right(self) -> None:
        outcome = self.bring(GOOD, ("A0000001", *GOOD[1:]), by=self.ben)
        self.assertEqual([(e.line, e.column) for e in outcome.errors], [(3, "person")])
        self.assertFalse(Completion.objects.exists())


class SameFile(Feeding, TestCase):
    def test_is_recognized_and_changes_nothing(self) -> None:
        first, again = self.bring(GOOD), self.bring(GOOD)
        self.assertEqual(
            (again.earlier, again.batch, again.created, again.unchanged), (first.batch, None, 0, 1)
        )
        self.assertEqual(Completion.objects.count(), 1)

    def test_with_one_more_row_adds_that_row(self) -> None:
        self.bring(GOOD)
        outcome = self.bring(GOOD, ("A0000002", *GOOD[1:]))
        self.assertEqual((outcome.created, outcome.unchanged, Completion.objects.count()), (1, 1, 2))

    def test_person_and_course_at_another_moment_count_again(self) -> None:
        self.bring(GOOD)
        self.assertEqual(self.bring((*GOOD[:2], "2023-05-04T08:15:01Z", "30")).created, 1)

    def test_under_other_minutes_changes_nothing(self) -> None:
        self.bring(GOOD)
        self.assertEqual(self.bring((*GOOD[:3], "99")).created, 0)
        self.assertEqual(Completion.objects.get().minutes, 30)


class Clock(Feeding, TestCase):
    YEARS_END = ("A0000005", "SEC-101", "2023-12-31T23:30:00", "30")

    def test_is_the_units_where_the_source_names_none(self) -> None:
        self.bring(self.YEARS_END)
        self.assertEqual(self.moments(), [(datetime(2023, 12, 31, 15, 30, tzinfo=UTC), date(2023, 12, 31))])

    def test_is_the_sources_where_it_names_one(self) -> None:
        self.bring(self.YEARS_END, source=self.source("lms-berlin", "Europe/Berlin"))
        self.assertEqual(self.moments(), [(datetime(2023, 12, 31, 22, 30, tzinfo=UTC), date(2023, 12, 31))])

    def test_of_the_unit_tells_the_day_of_a_moment_with_zone(self) -> None:
        self.bring(
            (*self.YEARS_END[:2], "2023-12-31T15:30:00Z", "30"),
            (*self.YEARS_END[:2], "2023-12-31T16:30:00Z", "30"),
        )
        self.assertEqual([day for _at, day in self.moments()], [date(2023, 12, 31), date(2024, 1, 1)])

    def test_of_the_source_tells_the_day_of_a_moment_with_zone(self) -> None:
        row = (*self.YEARS_END[:2], "2023-12-31T16:30:00Z", "30")
        self.bring(row, source=self.source("lms-berlin", "Europe/Berlin"))
        self.assertEqual([day for _at, day in self.moments()], [date(2023, 12, 31)])

    def test_that_repeats_an_hour_means_the_first(self) -> None:
        self.bring(
            ("A0000005", "SEC-101", "2023-10-29T02:30:00", "30"),
            source=self.source("lms-berlin", "Europe/Berlin"),
        )
        self.assertEqual(self.moments(), [(datetime(2023, 10, 29, 0, 30, tzinfo=UTC), date(2023, 10, 29))])

    def test_that_repeats_an_hour_keeps_two_moments_apart_by_their_zone(self) -> None:
        name = self.source("lms-berlin", "Europe/Berlin")
        told = ("2023-10-29T02:30:00+02:00", "2023-10-29T02:30:00+01:00")
        self.assertEqual(
            self.bring(*(("A0000005", "SEC-101", at, "30") for at in told), source=name).created, 2
        )

    def test_that_repeats_an_hour_knows_its_file_again(self) -> None:
        name = self.source("lms-berlin", "Europe/Berlin")
        row = ("A0000005", "SEC-101", "2023-10-29T02:30:00", "30")
        self.bring(row, source=name)
        self.assertEqual(self.bring(row, ("A0000002", *row[1:]), source=name).created, 1)

    def test_that_skips_an_hour_refuses_a_moment_in_it(self) -> None:
        name = self.source("lms-berlin", "Europe/Berlin")
        self.assertEqual(
            self.refused(("A0000005", "SEC-101", "2023-03-26T02:30:00", "30"), source=name),
            [(3, "completed_at")],
        )
