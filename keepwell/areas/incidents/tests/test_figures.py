"""What is counted of incidents: both edges of the year, times by hand, and no more of restricted ones than a count."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from zipfile import ZipFile

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, IncidentEvent
from keepwell.areas.incidents.rules.figures import figures
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.metrics.proof import proof
from keepwell.platform.metrics.reading import read
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.tree.models import Unit
from tests.cast import NOW, TELLER, grant

CANARY = "Vermilion"
YEAR = Scope.of_year(2024, today=NOW.date())
NEW_YEAR = datetime(2023, 12, 31, 16, tzinfo=UTC)
"""When 2024 began in Taipei, where the group's seat is."""
NEXT_YEAR = datetime(2024, 12, 31, 16, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


class Counted(Reported):
    """Nothing happened yet in 2024; the incident of the story was reported in 2025."""

    def value(self, metric: str, unit: Unit) -> object:
        return read(f"incidents.{metric}", YEAR)[unit.pk].value

    def past(self, at: Unit, reported: datetime, **facts: object) -> Incident:
        return self.report("Long over", at, reported_at=reported, **facts)


class Material(Counted, TestCase):
    def decide(self, incident: Incident, at: datetime, *, is_material: bool = True) -> None:
        with moments.standing_at(at):
            rules.classify(incident, by=self.ada, facts={"plant": 3})
            rules.decide_materiality(
                incident, by=self.ada, is_material=is_material, basis="Loss of NT$ 400 m"
            )

    def test_counts_by_the_year_of_the_decision_at_the_seat_of_the_group(self) -> None:
        self.assertEqual(self.value("material", self.group), 0)
        edges = ((NEW_YEAR - SECOND, 0), (NEW_YEAR, 1), (NEXT_YEAR - SECOND, 2), (NEXT_YEAR, 2))
        for at, count in edges:
            self.decide(self.past(self.khh1, NEW_YEAR - 9 * HOUR), at)
            self.assertEqual(self.value("material", self.khh1), count, at)
        self.assertEqual((self.value("material", self.mat), self.value("material", self.pen1)), (2, 0))

    def test_counts_the_decision_that_stands(self) -> None:
        incident = self.past(self.khh1, NEW_YEAR)
        self.decide(incident, NEW_YEAR + HOUR)
        self.decide(incident, NEW_YEAR + 2 * HOUR, is_material=False)
        self.assertEqual(self.value("material", self.group), 0)
        opened = proof("incidents.material", self.group, YEAR, self.ada)
        self.assertEqual(
            [row.number for row in opened.rows], [incident.number], "zero opens what was decided on"
        )

    def test_opens_who_decided_when_and_on_what(self) -> None:
        incident = self.past(self.khh1, NEW_YEAR)
        self.decide(incident, NEW_YEAR + HOUR)
        self.sign_in(self.ada)
        page = self.client.get(reverse("incident-figures"), {"year": 2024})
        for said in (incident.number, "Ada Lin", "1 Jan 2024, 01:00", "Loss of NT$ 400 m"):
            self.assertContains(page, said)
        self.assertContains(
            self.client.get(reverse("incidents-record", args=[incident.pk])), "Loss of NT$ 400 m"
        )

    def test_stands_among_the_outcomes_of_the_year(self) -> None:
        self.sign_in(self.cleo)
        outcomes = self.client.get("/api/outcomes/2024").json()
        (found,) = [one for one in outcomes["figures"] if one["id"] == "incidents.material"]
        self.assertEqual((found["value"], found["records"]), (0, 0))


class Times(Counted, TestCase):
    """Three incidents at KHH1 and one in Penang, with every time reckoned by hand."""

    def scene(self) -> None:
        super().scene()
        start = NEW_YEAR + timedelta(days=10)
        # hours from the report to: happened, detected, taken up, contained, recovered
        for at, (happened, detected, taken, contained, recovered) in (
            (self.khh1, (-6, -2, 0.5, 4, 10)), (self.khh1, (-3, -1, 0.25, 1, 7)), (self.khh1, (-1, -1, 2, 20, 50)),
            (self.pen1, (-40, -10, 1, 10, None)),
        ):  # fmt: skip
            told = {"happened_at": happened, "detected_at": detected, "acknowledged_at": taken, "contained_at": contained,
                    "recovered_at": recovered}  # fmt: skip
            self.past(
                at, start, **{name: start + hours * HOUR for name, hours in told.items() if hours is not None}
            )

    def test_are_medians_in_hours(self) -> None:
        for metric, khh1, pen1, group in (
            ("time_to_detect", 2.0, 30.0, 3.0),  # 4, 2, 0; 30: between 2 and 4
            ("time_to_acknowledge", 0.5, 1.0, 0.8),  # 0.5, 0.25, 2; 1: between 0.5 and 1, 45 minutes
            ("time_to_contain", 6.0, 20.0, 13.0),  # 6, 2, 21; 20: between 6 and 20
            ("time_to_recover", 12.0, None, 12.0),  # 12, 8, 51; Penang does not work again yet
        ):
            with self.subTest(metric):
                found = [self.value(metric, unit) for unit in (self.khh1, self.pen1, self.group)]
                self.assertEqual(found, [khh1, pen1, group])

    def test_run_from_the_report_where_nobody_said_when_it_was_detected(self) -> None:
        self.past(self.khh2, NEW_YEAR, contained_at=NEW_YEAR + 3 * HOUR)
        self.assertEqual(
            (self.value("time_to_contain", self.khh2), self.value("time_to_detect", self.khh2)), (3.0, None)
        )

    def test_run_from_when_its_unit_became_aware_where_that_was_a_moment_of_its_own(self) -> None:
        made = self.past(self.khh2, NEW_YEAR, happened_at=NEW_YEAR - 8 * HOUR, detected_at=NEW_YEAR,
                         contained_at=NEW_YEAR + 6 * HOUR, recovered_at=NEW_YEAR + 9 * HOUR)  # fmt: skip
        metrics = ("time_to_detect", "time_to_contain", "time_to_recover")
        with acting(TELLER, "story.touch"):
            made.save(links={"affected_units": [self.pen1]})
        self.aware(made, self.pen1, -7)
        self.assertEqual([self.value(one, self.khh2) for one in metrics], [8.0, 6.0, 9.0], "another knew")
        self.aware(made, self.khh2, 3)
        self.aware(made, self.khh2, 1)
        # Happened at -8, known at 1 (the first of two), contained at 6, recovered at 9.
        self.assertEqual([self.value(one, self.khh2) for one in metrics], [9.0, 5.0, 8.0])
        # At MAT: 4, 2, 0 and 9; 6, 2, 21 and 5; 12, 8, 51 and 8.
        self.assertEqual([self.value(one, self.mat) for one in metrics], [3.0, 5.5, 10.0])
        self.assertIsNone(self.value("time_to_acknowledge", self.khh2))

    def test_belong_to_the_year_in_which_its_unit_became_aware(self) -> None:
        for hours, counts in ((-1, None), (0, 1)):
            made = self.past(self.khh2, NEW_YEAR, happened_at=NEW_YEAR - 8 * HOUR,
                             detected_at=NEW_YEAR - 2 * HOUR)  # fmt: skip
            self.aware(made, self.khh2, hours)
            reading = read("incidents.time_to_detect", YEAR)[self.khh2.pk]
            self.assertEqual(reading.denominator, counts, hours)

    def aware(self, incident: Incident, unit: Unit, hours: int) -> None:
        """Record that `unit` became aware so many hours after the year began."""
        with acting(TELLER, "story.aware"):
            IncidentEvent(
                incident=incident, kind="awareness", at=NEW_YEAR + hours * HOUR, aware_unit=unit
            ).save()

    def test_belong_to_the_year_in_which_they_ended(self) -> None:
        for at, counts in (
            (NEW_YEAR - SECOND, None), (NEW_YEAR, 1), (NEXT_YEAR - SECOND, 2), (NEXT_YEAR, 2),
        ):  # fmt: skip
            self.past(self.khh2, at - HOUR, acknowledged_at=at)
            reading = read("incidents.time_to_acknowledge", YEAR)[self.khh2.pk]
            self.assertEqual(reading.denominator, counts, at)

    def test_leave_out_moments_in_the_wrong_order_mistakes_and_restricted_ones(self) -> None:
        self.past(self.khh2, NEW_YEAR + HOUR, acknowledged_at=NEW_YEAR)
        rules.withdraw(
            self.past(self.khh2, NEW_YEAR, acknowledged_at=NEW_YEAR + HOUR), by=self.ada, reason="Twice."
        )
        rules.restrict(
            self.past(self.khh2, NEW_YEAR, acknowledged_at=NEW_YEAR + HOUR), by=self.ada, reason="Names."
        )
        self.assertIsNone(self.value("time_to_acknowledge", self.khh2))
        self.assertEqual(self.value("time_to_acknowledge", self.group), 0.8, "nor at the group")


class Figures(Counted, TestCase):
    """Two incidents of 2024 at KHH1 and one in Penang; a further one at KHH1 is for named people alone."""

    def scene(self) -> None:
        super().scene()
        with moments.standing_at(NEW_YEAR + HOUR):
            rules.classify(
                self.past(self.khh1, NEW_YEAR, kind="phishing"), by=self.ben, facts={"effect": True}
            )
            rules.classify(self.past(self.khh1, NEW_YEAR, kind="ransomware"), by=self.ben, facts={"plant": 3})
            self.past(self.pen1, NEW_YEAR, kind="phishing")
            self.hidden = self.report(
                f"{CANARY} of the plant head", self.khh1, kind="data-leak", reported_at=NEW_YEAR
            )
            rules.classify(self.hidden, by=self.ben, facts={"plant": 4})
            rules.decide_materiality(self.hidden, by=self.ada, is_material=True, basis=CANARY)
            rules.restrict(self.hidden, by=self.ben, reason="It concerns somebody at the site.")

    def test_tell_level_type_and_unit(self) -> None:
        found = figures(self.group, 2024)
        self.assertEqual([(one.id, one.count) for one in found.levels],
                         [("0", 0), ("1", 1), ("2", 0), ("3", 1), ("4", 0), ("", 1)])  # fmt: skip
        self.assertEqual([(one.id, one.count) for one in found.kinds], [("phishing", 2), ("ransomware", 1)])
        reported = {
            row.unit.code: dict((m.name, r.value) for m, r in row.told)["incidents.reported"]
            for row in found.below
        }
        self.assertEqual(reported, {"MAT": 2, "MSE": 1})

    def test_tell_of_a_restricted_incident_that_it_is_there_and_nothing_else(self) -> None:
        self.assertEqual(figures(self.group, 2024).restricted, 1)
        for metric, group, site in (("reported", 4, 2), ("major", 1, 1), ("material", 1, 0)):
            self.assertEqual(
                (self.value(metric, self.group), self.value(metric, self.khh1)), (group, site), metric
            )
        self.assertEqual(figures(self.khh1, 2024).restricted, 0, "nor where it lies")
        opened = proof("incidents.material", self.group, YEAR, self.ada)
        self.assertEqual((opened.total, opened.hidden, list(opened.rows)), (1, 1, []))

    def test_move_when_an_incident_is_restricted(self) -> None:
        self.assertEqual(self.value("reported", self.pen1), 1)
        rules.restrict(Incident.objects.get(unit=self.pen1), by=self.ada, reason="Names.")
        self.assertEqual((self.value("reported", self.pen1), self.value("reported", self.group)), (0, 4))

    def test_stand_on_a_page_for_the_board_without_a_name(self) -> None:
        self.sign_in(self.cleo)
        for place, said in (("MERIDIAN", "1 incident is for named people alone"), ("KHH1", "S3 Major")):
            page = self.client.get(reverse("incident-figures"), {"unit": place, "year": 2024})
            self.assertContains(page, said)
            for hidden in (CANARY, self.hidden.number, "Leak", "data-leak"):
                self.assertNotContains(page, hidden)
        self.assertNotContains(page, "Decided on materiality")

    def test_go_out_as_files_and_to_programs(self) -> None:
        self.sign_in(self.cleo)
        asked = {"unit": "MERIDIAN", "year": 2024}
        text = self.client.get(reverse("incident-figures-take-out", args=["csv"]), asked).content.decode(
            "utf-8-sig"
        )
        rows = [tuple(row.values()) for row in csv.DictReader(io.StringIO(text))]
        self.assertIn(("2024", "2024-12-31", "MERIDIAN", "type", "phishing", "incidents.reported", "2"), rows)
        self.assertIn(("2024", "2024-12-31", "MERIDIAN", "restricted", "", "incidents.reported", "1"), rows)
        book = self.client.get(reverse("incident-figures-take-out", args=["xlsx"]), asked).content
        self.assertIn("xl/worksheets/sheet1.xml", ZipFile(io.BytesIO(book)).namelist())
        told = self.client.get("/api/incidents/figures", asked).json()
        self.assertEqual((told["figures"]["incidents.reported"], told["restricted"]), (4, 1))
        self.assertEqual([one["unit"] for one in told["units"]], ["MAT", "MSE"])
        self.assertNotIn(CANARY, text + str(told))
        for wrong, sentence in ({"year": 1}, "Write a year"), ({"unit": "NORTH"}, "No unit is called"):
            answer = self.client.get("/api/incidents/figures", wrong)
            self.assertEqual((answer.status_code, sentence in answer.content.decode()), (400, True))

    def test_are_told_where_one_may_view_figures(self) -> None:
        self.sign_in(self.ben)
        self.assertEqual(self.client.get(reverse("incident-figures"), {"unit": "KHH1"}).status_code, 200)
        for who, place in ((self.ben, "MERIDIAN"), (self.ben, "MAT"), (self.eva, "KHH1"), (self.sam, "")):
            self.sign_in(who)
            asked = {"unit": place} if place else {}
            for address in (reverse("incident-figures"), reverse("incident-figures-take-out", args=["csv"]),
                            "/api/incidents/figures"):  # fmt: skip
                refused = (400, 403) if address.startswith("/api") else (403, 404)
                self.assertIn(self.client.get(address, asked).status_code, refused, (who.name, address))

    def test_cost_the_same_for_one_incident_and_for_many(self) -> None:
        with acting(TELLER, "story.grant"):
            grant(self.cleo, "auditor", self.group)
        self.sign_in(self.cleo)
        few = self.asked()
        for _n in range(20):
            self.past(self.khh2, NEW_YEAR, kind="spam")
        self.assertEqual(self.asked(), few)

    def asked(self) -> int:
        """How many statements the page asks once its figures are counted."""
        address, asked = reverse("incident-figures"), {"unit": "MERIDIAN", "year": 2024}
        self.client.get(address, asked)
        with CaptureQueriesContext(connection) as found:
            self.client.get(address, asked)
        return len(found)
