"""Who sees a certificate, who may change it, and the pages and todos that follow."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keepwell.areas.assurance.models import Certificate
from keepwell.areas.assurance.pages.ending import ending
from keepwell.areas.assurance.pages.matrix import matrix
from keepwell.areas.assurance.rules import withdraw
from keepwell.areas.assurance.tests.stories import TODAY, Certified
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.registers.forms import record_form
from keepwell.platform.registers.listing import Wish, find
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.registers.writing import change
from tests.cast import TELLER, grant
from tests.duties import todos_of


class Seeing(Certified, TestCase):
    def seen(self, who: Person, level: Level = Level.VIEW) -> set[str]:
        """Numbers of what somebody may see."""
        return set(Certificate.objects.visible_to(who, level).values_list("number", flat=True))

    def test_is_open_to_the_officer_of_a_site_in_scope(self) -> None:
        self.assertEqual(self.seen(self.ben), {"NM-27-1"})

    def test_stands_in_the_list_of_a_site_in_scope_and_of_no_other(self) -> None:
        self.tell("NM-27-3", self.pen1, unit=self.mse)
        register = REGISTERS["certificates"]
        listed = [[found.number for found in find(register, self.ada, Wish(unit=at)).rows]
                  for at in (self.khh1, self.mat, self.pen1)]  # fmt: skip
        self.assertEqual(listed, [["NM-27-1"], ["NM-27-1"], ["NM-27-3"]])

    def test_gives_the_officer_no_right_to_change_it(self) -> None:
        self.assertEqual(self.seen(self.ben, Level.EDIT), set())
        with self.assertRaisesMessage(PermissionDenied, "Meridian Assembly & Test"):
            withdraw(self.shared, by=self.ben, on=TODAY, reason="Mine")

    def test_offers_as_sites_those_where_the_person_may_write_alone(self) -> None:
        with acting(TELLER, "test.grant"):
            grant(self.ben, "secretariat", self.mat)
        form = record_form(REGISTERS["certificates"], self.ben)
        self.assertEqual([code for code, _name in form.fields["sites"].choices], ["KHH1", "KHH2"])
        self.assertEqual([code for code, _name in form.fields["unit"].choices], ["", "KHH1", "KHH2", "MAT"])

    def test_offers_a_site_beyond_that_where_the_record_names_it_already(self) -> None:
        far = self.tell("NM-27-9", self.khh1, self.pen1)
        with acting(TELLER, "test.grant"):
            grant(self.ben, "secretariat", self.mat)
            grant(self.ben, "consultant", self.pen1)
        for record, codes in ((None, ["KHH1", "KHH2"]), (far, ["KHH1", "KHH2", "PEN1"])):
            form = record_form(REGISTERS["certificates"], self.ben, record=record)
            self.assertEqual([code for code, _name in form.fields["sites"].choices], codes)

    def test_keeps_the_sites_that_its_editor_cannot_see(self) -> None:
        far = self.tell("NM-27-9", self.khh1, self.pen1, unit=self.mat)
        with acting(TELLER, "test.grant"):
            grant(self.ben, "secretariat", self.mat)
        form = record_form(REGISTERS["certificates"], self.ben, record=far)
        self.assertNotIn("PEN1", dict(form.fields["sites"].choices))
        values = {"body": "Another body", "sites": ["KHH1", "KHH2"]}
        change(REGISTERS["certificates"], far, values, version=far.version, by=self.ben)
        kept = Certificate.objects.get(pk=far.pk)
        self.assertEqual(kept.body, "Another body")
        self.assertEqual(sorted(site.code for site in kept.sites.all()), ["KHH1", "KHH2", "PEN1"])

    def test_is_closed_to_the_officer_of_another_site(self) -> None:
        self.tell("NM-27-3", self.pen1, unit=self.mse)
        self.assertEqual(self.seen(self.ben), {"NM-27-1"})
        self.assertEqual(self.seen(self.dan), {"NM-27-1", "NM-27-3"})

    def test_is_closed_to_sam_and_to_eva(self) -> None:
        self.assertEqual(self.seen(self.sam) | self.seen(self.eva), set())


class Pages(Certified, TestCase):
    def test_show_the_matrix_with_its_totals(self) -> None:
        self.sign_in(self.ada)
        answer = self.client.get(reverse("certificates-matrix"))
        self.assertContains(answer, "On 14 November 2025 2 of 3 sites hold a valid one")
        self.assertContains(answer, reverse("proof", args=["certificates.sites.iso-27001"]))
        self.assertContains(answer, "Add a certificate")

    def test_show_an_officer_the_own_site_alone(self) -> None:
        self.sign_in(self.ben)
        answer = self.client.get(reverse("certificates-matrix"))
        self.assertContains(answer, "Kaohsiung Assembly 1")
        self.assertNotContains(answer, "Kaohsiung Assembly 2")

    def test_show_what_ends(self) -> None:
        self.sign_in(self.cleo)
        answer = self.client.get(reverse("certificates-ending"))
        self.assertContains(answer, "1 certificate ends within 180 days")
        self.assertContains(answer, "Ends in 61 d")

    def test_cost_the_same_for_many_certificates(self) -> None:
        self.sign_in(self.ada)
        self.client.get(reverse("certificates-matrix"))
        for page in ("certificates-matrix", "certificates-ending"):
            few = self.queries(page)
            for number in range(5):
                self.tell(f"{page}-{number}", self.pen1, self.khh1, valid_until=date(2026, 2, number + 1))
            self.assertEqual(self.queries(page), few, page)

    def queries(self, page: str) -> int:
        """How many statements a page takes."""

        with CaptureQueriesContext(
            connection,
        ) as told:
            self.client.get(reverse(page))
        return len(told)

    def test_are_not_for_sam_or_eva(self) -> None:
        for who in (self.sam, self.eva):
            self.sign_in(who)
            for page in ("certificates-matrix", "certificates-ending"):
                self.assertEqual(self.client.get(reverse(page)).status_code, 403, (who, page))


class Matrix(Certified, TestCase):
    def looks(self, day: date = TODAY) -> dict[str, tuple[str, str]]:
        """Look and words of each site's square for ISO/IEC 27001."""
        return {
            row.site.code: (row.squares[0].look, row.squares[0].text)
            for row in matrix(self.ada, self.group, day).rows
            if row.squares
        }

    def test_tells_month_or_day_by_how_near_the_end_is(self) -> None:
        self.assertEqual(self.looks(date(2025, 10, 15))["KHH1"], ("v1", "Jan 2026"))
        self.assertEqual(self.looks(date(2025, 10, 16))["KHH1"], ("v2", "14 Jan 2026"))

    def test_tells_for_180_days_that_one_has_lapsed(self) -> None:
        self.assertEqual(self.looks(date(2026, 1, 15))["KHH1"], ("v3", "lapsed 14 Jan"))
        self.assertEqual(self.looks(date(2026, 7, 13))["KHH1"], ("v3", "lapsed 14 Jan"))
        self.assertEqual(self.looks(date(2026, 7, 14)), {})

    def test_tells_the_one_that_counts_rather_than_the_lapsed_or_planned(self) -> None:
        planned = {
            "status": "planned",
            "issued_on": None,
            "valid_until": None,
            "planned_on": date(2026, 2, 1),
        }
        self.tell("OLD", self.khh1, issued_on=date(2020, 1, 1), valid_until=date(2025, 6, 1))
        self.tell("PLAN", self.khh1, self.pen1, unit=self.group, **planned)

        self.assertEqual(self.looks()["KHH1"], ("v2", "14 Jan 2026"))
        self.assertEqual(self.looks()["PEN1"], ("v4", "audit Feb 2026"))

    def test_groups_sites_by_the_company_of_the_day(self) -> None:
        with acting(TELLER, "story.move"):
            self.khh2.parent = self.mse
            self.khh2.save(since=date(2025, 7, 1))
        sites = {
            company.code: [row.site.code for row in rows]
            for company, rows in matrix(self.ada, self.group, TODAY).groups
        }
        before = dict(matrix(self.ada, self.group, date(2025, 6, 30)).groups)
        self.assertEqual(sites, {"MAT": ["KHH1"], "MSE": ["KHH2", "PEN1"]})
        self.assertEqual(len(before[self.mat]), 2)


class EndingSoon(Certified, TestCase):
    def spans(self, day: date) -> list[int]:
        """How many end within 30, 31 to 90 and 91 to 180 days, and how many lapsed."""
        found = ending(self.ada, self.group, day)
        return [len(part.lines) for part in (*found.parts, found.lapsed)]

    def test_has_both_edges_of_each_span(self) -> None:
        self.assertEqual(self.spans(date(2025, 7, 17)), [0, 0, 0, 0])
        self.assertEqual(self.spans(date(2025, 7, 18)), [0, 0, 1, 0])
        self.assertEqual(self.spans(date(2025, 10, 16)), [0, 1, 0, 0])
        self.assertEqual(self.spans(date(2025, 12, 15)), [1, 0, 0, 0])
        self.assertEqual(self.spans(date(2026, 1, 14)), [1, 0, 0, 0])
        self.assertEqual(self.spans(date(2026, 1, 15)), [0, 0, 0, 1])

    def test_forgets_the_lapsed_once_every_site_has_another(self) -> None:
        self.tell("NEW-1", self.khh1, issued_on=date(2026, 1, 10), valid_until=date(2029, 1, 9))
        self.assertEqual(self.spans(date(2026, 1, 15))[-1], 1)
        self.tell("NEW-2", self.khh2, issued_on=date(2026, 1, 10), valid_until=date(2029, 1, 9))
        self.assertEqual(self.spans(date(2026, 1, 15))[-1], 0)

    def test_is_owed_by_those_who_may_edit_it(self) -> None:
        with acting(TELLER, "story.grant"):
            grant(self.eva, "secretariat", self.mat)
        todos = {
            who.name: [todo.due_on for todo in todos_of(who, TODAY, "assurance.ending")]
            for who in (self.eva, self.ben, self.sam)
        }
        self.assertEqual(todos, {"Eva Chen": [date(2026, 1, 14)], "Ben Tan": [], "Sam Stone": []})
