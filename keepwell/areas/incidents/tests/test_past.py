"""Incidents that were over before Keepwell: taken over with their history, all or nothing."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Clock, Incident, IncidentCost, IncidentType
from keepwell.areas.incidents.rules import past
from keepwell.areas.incidents.rules.past import HEADINGS
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.platform.acts.act import Refused
from keepwell.platform.exchange.rows import Unfit
from keepwell.platform.history.acting import acting
from tests.cast import TELLER

ROW = {
    "number": "IN-2021-0007", "unit": "KHH1", "title": "Ransom note on a packing PC", "kind": "ransomware", "level": "2",
    "summary": "One PC.", "happened_at": "2021-06-18T01:00", "detected_at": "2021-06-18T03:00",
    "reported_at": "2021-06-18T03:10", "acknowledged_at": "2021-06-18T03:25", "contained_at": "2021-06-18T06:10",
    "recovered_at": "2021-06-19T12:00", "closed_at": "2021-07-02T09:00+08:00", "is_material": "false",
    "material_basis": "No loss", "review": "Macros are off since.",
}  # fmt: skip


def written(*rows: dict[str, str]) -> str:
    """A file with these rows, each the sample but for what it says."""
    text = StringIO()
    told = csv.DictWriter(text, HEADINGS)
    told.writeheader()
    told.writerows([ROW | row for row in rows])
    return text.getvalue()


class Past(Reported):
    def bring(self, *rows: dict[str, str]) -> int:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "past.csv"
            path.write_text(written(*rows), encoding="utf-8")
            return rules.bring_in_past(rules.read_past(path), by=self.ada)


class TakingOver(Past, TestCase):
    def test_keeps_the_moments_by_the_clocks_of_the_site(self) -> None:
        self.assertEqual(self.bring({}), 1)
        made = Incident.objects.get(number="IN-2021-0007")
        self.assertEqual(
            (made.reported_at, made.contained_at, made.closed_at),
            (datetime(2021, 6, 17, 19, 10, tzinfo=UTC), datetime(2021, 6, 17, 22, 10, tzinfo=UTC),
             datetime(2021, 7, 2, 1, 0, tzinfo=UTC)),
        )  # fmt: skip
        self.assertEqual((made.state, made.level, made.is_material, made.material_at, made.material_by),
                         ("closed", 2, False, made.closed_at, self.ada))  # fmt: skip
        self.assertEqual(made.classifications.get().level, 2)
        self.assertEqual([e.verb for e in made.timeline.order_by("at")], ["contain", "recover", "close"])
        self.assertEqual(made.pulse.entries, 3)
        review = made.reviews.get()
        self.assertEqual((review.happened, review.causes, review.person, review.recorded_at),
                         ("Macros are off since.", "", self.ada, made.closed_at))  # fmt: skip

    def test_knows_the_types_of_the_group_where_they_hold(self) -> None:
        with acting(TELLER, "story.type"):
            for code, unit in (("line-stop", self.group), ("night-shift", self.pen1)):
                IncidentType(code=code, title=code, stands_for="ransomware", unit=unit).save()
        self.assertEqual(self.bring({"kind": "Line-Stop"}), 1)
        made = Incident.objects.get(number="IN-2021-0007")
        self.assertEqual((made.kind, made.own_kind.code), ("ransomware", "line-stop"))
        with self.assertRaises(Unfit) as refused:
            self.bring({"number": "IN-2021-0008", "kind": "night-shift"})
        self.assertIn("a type that holds at the unit", str(refused.exception))

    def test_lets_nothing_be_owed_and_no_clock_run(self) -> None:
        self.bring({"level": "4", "is_material": "true"})
        self.assertEqual(Clock.objects.filter(incident__number="IN-2021-0007").count(), 0)

    def test_takes_each_number_once(self) -> None:
        self.bring({})
        self.assertEqual(self.bring({"title": "Another title"}, {"number": "IN-2021-0008"}), 1)
        self.assertEqual(Incident.objects.get(number="IN-2021-0007").title, ROW["title"])

    def test_costs_the_same_for_three_as_for_thirty(self) -> None:
        told = []
        for count, year in ((3, 2019), (30, 2020)):
            with CaptureQueriesContext(connection) as caught:
                self.bring(*({"number": f"IN-{year}-{n:04}"} for n in range(count)))
            told.append(len(caught))
        self.assertLessEqual(told[1], told[0] + 1)

    def test_numbers_go_on_after_those_that_came(self) -> None:
        self.bring({"number": "IN-2025-0411"})
        self.assertEqual(self.report("Next", self.khh1).number, "IN-2025-0412")


LOG = """2021-06-18T02:20 The guard sees a red page
on the screen of cell 4.
2021-06-18 03:20 action: Network cable pulled.
2021-06-17T20:05Z communication: Plant manager called."""


class TellingItsCourse(Past, TestCase):
    def test_puts_the_lines_of_its_log_among_its_steps(self) -> None:
        self.bring({"log": LOG})
        made = Incident.objects.get(number="IN-2021-0007")
        told = [(f"{e.at:%d %H:%M}", e.kind, e.says) for e in made.timeline.order_by("number") if not e.verb]
        self.assertEqual(told, [
            ("17 18:20", "observed", "The guard sees a red page\non the screen of cell 4."),
            ("17 19:20", "action", "Network cable pulled."), ("17 20:05", "communication", "Plant manager called."),
        ])  # fmt: skip
        self.assertEqual(
            [e.number for e in made.timeline.order_by("at")], list(range(1, made.pulse.entries + 1))
        )

    def test_keeps_what_it_cost(self) -> None:
        self.bring({"cost": "184000.5", "currency": "twd", "cost_for": "Line 3 stood"}, {"number": "B"})
        cost = IncidentCost.objects.get()
        self.assertEqual((cost.incident.number, str(cost.amount), cost.currency, cost.what, cost.person),
                         ("IN-2021-0007", "184000.50", "TWD", "Line 3 stood", self.ada))  # fmt: skip

    def test_refuses_a_log_without_moments_one_that_lies_ahead_and_a_cost_without_currency(self) -> None:
        for column, cell in (
            ("log", "The guard sees it"),
            ("cost", "-1"),
            ("cost", "0.001"),
            ("log", "2021-06-18 "),
        ):
            with self.subTest(cell), self.assertRaisesMessage(Unfit, column):
                self.bring({column: cell})
        with self.assertRaises(Unfit) as caught:
            self.bring({"log": "2031-01-01T08:00 Nothing yet"}, {"number": "B", "cost": "5", "currency": "NT$"},
                       {"number": "C", "currency": "TWD"})  # fmt: skip
        self.assertEqual([(e.line, e.column) for e in caught.exception.errors],
                         [(2, "log"), (3, "currency"), (4, "cost")])  # fmt: skip


class Refusing(Past, TestCase):
    def test_tells_every_row_that_does_not_fit_and_writes_nothing(self) -> None:
        with self.assertRaises(Unfit) as caught:
            self.bring(
                {},
                {"number": "A", "unit": "NOWHERE"},
                {"number": "B", "level": "5"},
                {"number": "C", "national_level": "0"},
                {"number": "IN-2021-0007"},
                {"number": "D", "contained_at": "2021-06-18T02:00"},
                {"number": "E", "closed_at": "2031-01-01"},
                {"number": "F", "material_basis": ""},
                {"number": "G", "title": "x" * 161},
            )
        self.assertEqual([(e.line, e.column) for e in caught.exception.errors], [
            (3, "unit"), (4, "level"), (5, "national_level"), (6, "number"), (7, "contained_at"), (8, "closed_at"),
            (9, "material_basis"), (10, "title"),
        ])  # fmt: skip
        self.assertFalse(Incident.objects.filter(number="IN-2021-0007").exists())

    def test_tells_cells_that_cannot_be_read(self) -> None:
        with self.assertRaises(Unfit) as caught:
            self.bring({"reported_at": "yesterday"}, {"kind": "flu"}, {"closed_at": ""}, {"number": ""})
        self.assertEqual([(e.line, e.column) for e in caught.exception.errors], [
            (2, "reported_at"), (3, "kind"), (5, "number"),
        ])  # fmt: skip
        with self.assertRaisesMessage(Unfit, "closed_at"):
            self.bring({"closed_at": ""})

    def test_names_a_column_that_is_missing(self) -> None:
        with TemporaryDirectory() as folder, self.assertRaisesMessage(Refused, "no column “number”"):
            path = Path(folder) / "past.csv"
            path.write_text("unit,title\nKHH1,x\n")
            rules.read_past(path)

    def test_reads_no_further_than_is_allowed_also_where_nothing_can_be_read(self) -> None:
        with (
            mock.patch.object(past, "MOST_ROWS", 2),
            self.assertRaisesMessage(Refused, "2 rows at once at most"),
        ):
            self.bring(*({"reported_at": "yesterday"} for _row in range(3)))

    def test_is_for_who_decides_at_each_site(self) -> None:
        for who in (self.ben, self.cleo, self.dan, self.eva, self.sam):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                rules.bring_in_past([], by=who)


class Pages(Past, TestCase):
    def test_take_a_file_and_tell_what_does_not_fit(self) -> None:
        self.sign_in(self.ada)
        page = reverse("incidents-past")
        self.assertContains(self.client.get(page), "reported_at")
        wrong = self.client.post(
            page, {"file": SimpleUploadedFile("p.csv", written({"level": "7"}).encode())}
        )
        self.assertContains(wrong, "a level from 0 to 4", status_code=422)
        noise = self.client.post(page, {"file": SimpleUploadedFile("p.csv", b"\x00\xff\x00")})
        self.assertEqual(noise.status_code, 422)
        done = self.client.post(
            page, {"file": SimpleUploadedFile("p.csv", written({}).encode())}, follow=True
        )
        self.assertContains(done, "1 incident came.")

    def test_and_programs_too(self) -> None:
        self.sign_in(self.ada)
        wrong = self.client.post(
            "/api/incidents/past", {"file": SimpleUploadedFile("p.csv", written({"level": "7"}).encode())}
        )
        self.assertEqual((wrong.status_code, wrong.json()["errors"][0][:2]), (422, [2, "level"]))
        done = self.client.post(
            "/api/incidents/past", {"file": SimpleUploadedFile("p.csv", written({}).encode())}
        )
        self.assertEqual(done.json(), {"created": 1})

    def test_are_not_for_ben_or_sam(self) -> None:
        for who in (self.ben, self.sam):
            self.sign_in(who)
            self.assertEqual(self.client.get(reverse("incidents-past")).status_code, 403)
            sent = {"file": SimpleUploadedFile("p.csv", written({}).encode())}
            self.assertEqual(self.client.post("/api/incidents/past", sent).status_code, 403)
