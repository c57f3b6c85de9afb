"""Every gap becomes a recommendation, then an action; the same gap at many sites one initiative; and the year after
can be reckoned before it comes."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import SimpleTestCase, TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Answer, Recommendation
from keepwell.areas.assessment.models.recommendations import priority_of
from keepwell.areas.assessment.rules.planning.advice import advice_for, library
from keepwell.areas.assessment.rules.planning.deciding import Of, owners_of
from keepwell.areas.assessment.rules.reading import reports
from keepwell.areas.assessment.tests.stories import CODES, Open, given
from keepwell.areas.improvement import rules as improvement
from keepwell.areas.improvement.models import Action, Initiative
from keepwell.kernel.refusing import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.publishing.blocks import Table
from keepwell.platform.todos.todo import due_from

TODAY, SPRING = date(2025, 11, 14), date(2026, 3, 31)


class Ranking(SimpleTestCase):
    def test_is_gap_by_weight_by_effort(self) -> None:
        self.assertEqual(priority_of(Decimal("1.5"), Decimal(4), 2), Decimal("3.00"))
        self.assertEqual(priority_of(Decimal("0.25"), Decimal(1), 2), Decimal("0.13"))
        self.assertEqual(priority_of(Decimal(-1), Decimal(4), 1), Decimal(0))
        self.assertEqual(priority_of(None, Decimal(4), 1), Decimal(0))


class Advising(SimpleTestCase):
    def test_goes_from_level_to_level_in_both_languages(self) -> None:
        known = library("nist-csf-2.0")
        self.assertEqual(len(known), 22)
        for steps in known.values():
            self.assertEqual(len(steps), 3)
            self.assertTrue(all(one.text and one.text_zh and 1 <= one.effort <= 5 for one in steps))

    def test_looks_at_the_level_and_at_the_nearest_requirement(self) -> None:
        first, second, third = library("nist-csf-2.0")["PR.PS"]
        above = ["PR.PS-02", "PR.PS", "PR", ""]
        for score, step in (
            ("0.4", first),
            ("1.9", first),
            ("2", second),
            ("2.9", second),
            ("3", third),
            ("4.5", third),
        ):
            self.assertEqual(advice_for("nist-csf-2.0", above, Decimal(score)), step)
        self.assertIsNone(advice_for("nist-csf-1.1", above, Decimal(1)))


class Planned(Open):
    """KHH1 (IT) and KHH2 lie at 2 in everything, their target is 3; KHH1 at 4 in GV.RR-01; PEN1 has no answers."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        told = cls()
        told.target("GV", "3")
        told.target("PR", "3")
        told.answer_all(told.of(cls.khh2), "2")
        told.answer_all(told.of(cls.khh1), "2", [code for code in CODES if code != "GV.RR-01"])
        told.answer_all(told.of(cls.khh1), "4", ["GV.RR-01"])

    def anew(self, code: str, score: str) -> None:
        """Another score of KHH1."""
        known = Answer.objects.get(assessment=self.of(self.khh1), node__code=code, source="self")
        self.answer(self.of(self.khh1), given(code, score, score, version=known.version))

    def recommended(self) -> int:
        return rules.recommend(self.cycle, by=self.ada)

    def one(self, code: str = "PR.PS-02", site: object = None) -> Recommendation:
        return Recommendation.objects.with_place().get(node__code=code, assessment__unit=site or self.khh1)


class Recommending(Planned, TestCase):
    def test_speaks_of_every_gap_and_of_nothing_else(self) -> None:
        self.assertEqual(self.recommended(), 9)
        self.assertFalse(
            Recommendation.objects.filter(node__code="GV.RR-01", assessment__unit=self.khh1).exists()
        )
        found = self.one()
        self.assertEqual((found.score, found.target, found.gap), (Decimal(2), Decimal(3), Decimal(1)))
        self.assertEqual(found.priority, priority_of(Decimal(1), found.weight, found.effort))
        self.assertEqual(self.recommended(), 0)

    def test_follows_the_scores_until_it_is_decided(self) -> None:
        self.recommended()
        self.anew("PR.PS-02", "3")
        self.anew("PR.PS-01", "2.5")
        self.assertEqual(self.recommended(), 0)
        self.assertIsNotNone(self.one().retired_at)
        self.assertEqual(self.one("PR.PS-01").gap, Decimal("0.5"))

    def test_is_for_who_may_decide_about_the_cycle_or_edit_at_the_site(self) -> None:
        for other in (self.ben, self.dan, self.sam):
            with self.assertRaises(PermissionDenied):
                rules.recommend(self.cycle, by=other)
        self.assertEqual(rules.recommend_here(self.of(self.khh1), by=self.ben), 4)
        with self.assertRaises(PermissionDenied):
            rules.recommend_here(self.of(self.khh2), by=self.ben)


class Deciding(Planned, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.recommended()

    def test_makes_an_action_of_the_site_that_its_officer_owes(self) -> None:
        rules.accept(self.one(), by=self.ben, until=SPRING, cost=Decimal(90000), currency="twd")
        action = Action.objects.get(code="KHH1-IT-2025-PR.PS-02")
        self.assertEqual((action.owner, action.uplift, action.currency), (self.ben, Decimal(1), "TWD"))
        self.assertEqual((action.origin_kind, action.origin_id), (Recommendation.type_name(), self.one().pk))
        self.assertIn("KHH1-IT-2025-PR.PS-02", " ".join(todo.act for todo in due_from(self.ben, TODAY)))
        with self.assertRaisesMessage(Refused, "present state"):
            rules.accept(self.one(), by=self.ben, until=SPRING)

    def test_is_refused_where_one_has_no_right(self) -> None:
        for other in (self.ben, self.dan, self.sam):
            with self.assertRaises(PermissionDenied):
                rules.accept(self.one(site=self.khh2), by=other, until=SPRING)

    def test_writes_nothing_where_one_thing_is_wrong(self) -> None:
        for answers in ({"until": date(2025, 11, 13)}, {"until": SPRING, "cost": Decimal(5)}):
            with self.assertRaises(Refused):
                rules.accept(self.one(), by=self.ben, **answers)
        self.assertEqual((Action.objects.count(), self.one().state), (0, "proposed"))

    def test_against_it_keeps_the_reason(self) -> None:
        rules.decline(self.one(), by=self.ben, reason="The line closes in March.")
        self.assertEqual((self.one().state, self.one().reason), ("declined", "The line closes in March."))
        self.assertEqual(self.recommended(), 0)

    def test_takes_the_foremost_in_one_act(self) -> None:
        least = self.one().priority
        expected = Recommendation.objects.proposed().filter(priority__gte=least).count()
        self.assertEqual(
            rules.accept_foremost(self.cycle, by=self.ada, priority=least, until=SPRING), expected
        )
        self.assertEqual(Action.objects.count(), expected)

    def test_makes_one_initiative_of_the_same_gap_at_many_sites(self) -> None:
        rules.accept(self.one(), by=self.ben, until=SPRING)
        made = rules.make_initiative(
            self.cycle, by=self.ada, requirement="PR.PS-02", scope=Of.IT, until=SPRING
        )
        self.assertEqual(made.code, "GI-2025-PR.PS-02-IT")
        sites = made.actions.order_by("unit__code").values_list("unit__code", "owner__number")
        self.assertEqual(list(sites), [("KHH1", self.ben.number), ("KHH2", self.ada.number)])
        with self.assertRaisesMessage(Refused, "Fewer than two sites"):
            rules.make_initiative(self.cycle, by=self.ada, requirement="PR.PS-02", scope=Of.IT, until=SPRING)
        self.assertEqual(Initiative.objects.count(), 1)

    def test_finds_the_owners_in_the_same_queries_for_one_site_and_for_many(self) -> None:
        held = list(Recommendation.objects.with_place().filter(assessment__cycle=self.cycle))
        one = [r for r in held if r.assessment.unit_id == self.khh1.pk]
        self.assertGreater(len({r.assessment.unit_id for r in held}), 1)
        counts = []
        for asked in (one, held):
            with CaptureQueriesContext(connection) as caught:
                owners = owners_of(asked, self.ada, is_given=False)
            counts.append(len(caught))
        self.assertEqual(counts[0], counts[1])
        self.assertEqual({owners[self.khh1.pk], owners[self.khh2.pk]}, {self.ben, self.ada})
        with self.assertRaises(Refused):
            owners_of(held, self.ben, is_given=True)


class Simulating(Planned, TestCase):
    """KHH1: GV.OC (2, 2) and GV.RR (4), so GV is 3; PR.PS (2, 2); the whole is 2.5. One level more in PR.PS-02 lifts PR
    to 2.5 and the whole to 2.75."""

    def setUp(self) -> None:
        super().setUp()
        self.recommended()

    def then(
        self, code: str = "", site: object = None, **wishes: bool
    ) -> tuple[Fraction | None, Fraction | None]:
        found = rules.simulate(self.cycle, person=self.ada, **wishes)
        cell = found.shown.row(site or self.khh1).cell("it", code)
        return cell.last, cell.value

    def planned(self, levels: str) -> Action:
        held = self.one()
        action = rules.accept(held, by=self.ben, until=SPRING)
        action.uplift = Decimal(levels)
        with acting(self.ben, "story.uplift"):
            action.save()
        return action

    def test_adds_what_is_expected_and_rolls_it_up(self) -> None:
        self.planned("1")
        self.assertEqual(self.then("PR"), (Fraction(2), Fraction(5, 2)))
        self.assertEqual(self.then(), (Fraction(5, 2), Fraction(11, 4)))
        self.assertEqual(self.then(site=self.khh2), (Fraction(2), Fraction(2)))

    def test_goes_no_higher_than_the_scale_or_the_target(self) -> None:
        self.planned("4")
        self.assertEqual(self.then("PR")[1], Fraction(7, 2))
        self.assertEqual(self.then("PR", at_target=True)[1], Fraction(5, 2))

    def test_leaves_out_what_was_dropped(self) -> None:
        action = self.planned("1")
        improvement.drop(Action.objects.get(pk=action.pk), by=self.ada, reason="The line closes.")
        self.assertEqual(self.then("PR"), (Fraction(2), Fraction(2)))

    def test_says_what_a_number_is_made_of(self) -> None:
        self.planned("1")
        told = rules.simulate(self.cycle, person=self.ada).why(self.khh1, "it", "PR")
        self.assertEqual(told.value, Fraction(5, 2))
        self.assertEqual([(part[0], part[2]) for part in told.parts], [("PR.PS", Decimal("2.5"))])

    def test_equals_the_scores_once_they_are_given(self) -> None:
        self.planned("1")
        expected = {code: self.then(code)[1] for code in ("", "GV", "PR")}
        self.anew("PR.PS-02", "3")
        self.assertEqual({code: self.mean(self.of(self.khh1), code) for code in expected}, expected)


class TheConsultantsList(Planned, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.recommended()

    def bring(
        self, *rows: tuple[str, ...], headings: tuple[str, ...] = rules.LIST_HEADINGS[:4], by: object = None
    ) -> int:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "list.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([headings, *rows])
            return rules.bring_in_list(self.cycle, rules.read_list(path), by=by or self.ada)

    def test_takes_the_place_of_what_is_proposed(self) -> None:
        headings = (*rules.LIST_HEADINGS[:4], "effort", "uplift")
        self.bring(("KHH1", "IT", "PR.PS-02", "Isolate lines 1 to 3.", "2", "0.5"), headings=headings)
        found = self.one()
        self.assertEqual(
            (found.text, found.effort, found.uplift), ("Isolate lines 1 to 3.", 2, Decimal("0.5"))
        )
        self.assertEqual(found.origin, Recommendation.Origin.CONSULTANT)

    def test_names_every_row_that_does_not_fit_and_writes_nothing(self) -> None:
        rules.decline(self.one("PR.PS-01"), by=self.ben, reason="No")
        with self.assertRaises(rules.Unfit) as unfit:
            self.bring(
                ("KHH1", "it", "PR.PS-02", "Good"), ("NONE", "it", "PR.PS-02", "No site"),
                ("KHH1", "it", "PR.PS-99", "No requirement"), ("KHH1", "it", "PR.PS-02", "Twice"),
                ("KHH1", "it", "PR.PS-01", "Decided"),
            )  # fmt: skip
        self.assertEqual([(e.line, e.column) for e in unfit.exception.errors],
                         [(3, "unit"), (4, "requirement"), (5, "requirement"), (6, "requirement")])  # fmt: skip
        self.assertNotEqual(self.one().text, "Good")

    def test_names_every_cell_that_cannot_be_read(self) -> None:
        headings = (*rules.LIST_HEADINGS[:4], "effort", "uplift")
        with self.assertRaises(rules.Unfit) as unfit:
            self.bring(("KHH1", "moon", "PR.PS-02", "", "7", "much"), headings=headings)
        self.assertEqual(
            {e.column for e in unfit.exception.errors}, {"scope", "recommendation", "effort", "uplift"}
        )
        with self.assertRaisesMessage(Refused, "no column “recommendation”"):
            self.bring(headings=("unit", "scope", "requirement"))

    def test_tells_of_foreign_sites_what_it_tells_of_none(self) -> None:
        told = []
        for site in ("KHH2", "NONE"):
            with self.assertRaises(rules.Unfit) as unfit:
                self.bring((site, "it", "PR.PS-02", "Mine"), by=self.ben)
            told.append(unfit.exception.errors[0].expected)
        self.assertEqual(told[0], told[1])
        for other in (self.dan, self.sam):
            with self.assertRaises(PermissionDenied):
                self.bring(("KHH2", "it", "PR.PS-02", "Mine"), by=other)

    def test_comes_by_page_and_by_program(self) -> None:
        self.sign_in(self.ada)
        rows = io.StringIO()
        csv.writer(rows).writerows([rules.LIST_HEADINGS[:4], ("KHH1", "it", "PR.PS-02", "By page")])
        page = f"/cycles/{self.cycle.pk}/recommendations/bring-in/"
        self.assertContains(self.client.get(page), "recommendation_zh")
        answer = self.client.post(page, {"file": SimpleUploadedFile("list.csv", rows.getvalue().encode())})
        self.assertEqual((answer.status_code, self.one().text), (302, "By page"))
        wrong = SimpleUploadedFile("list.csv", rows.getvalue().replace("KHH1", "NONE").encode())
        self.assertContains(self.client.post(page, {"file": wrong}), "NONE it", status_code=422)
        api = f"/api/cycles/{self.cycle.pk}/recommendations"
        sent = SimpleUploadedFile("list.csv", rows.getvalue().replace("By page", "By program").encode())
        self.assertEqual(self.client.post(api, {"file": sent}).json(), {"changed": 1})
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(page).status_code, 404)


class ThePlan(Planned, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.recommended()
        rules.accept(self.one(), by=self.ben, until=SPRING, cost=Decimal(50000), currency="TWD")

    def test_tells_gaps_by_requirement_with_their_sites_and_cost(self) -> None:
        lines = rules.outline(self.cycle.framework_version)
        plan = rules.plan_of(self.cycle, lines, person=self.ada, day=TODAY)
        group = next(one for one in plan.groups if one.line.code == "PR.PS-02")
        self.assertEqual((group.shared_by, group.proposed, group.planned, group.late), (2, 1, 1, 0))
        self.assertEqual(group.cost_per_level, [("TWD", Decimal(50000))])
        later = rules.plan_of(self.cycle, lines, person=self.ada, day=date(2026, 4, 1))
        self.assertEqual((plan.gaps, later.late), (9, 1))

    def test_is_read_on_its_page_as_far_as_one_may_see(self) -> None:
        self.sign_in(self.ada)
        page = self.client.get("/maturity/plan/")
        self.assertContains(page, "PR.PS-02")
        self.assertContains(page, "1 proposed")
        self.sign_in(self.ben)
        page = self.client.get("/maturity/plan/")
        self.assertContains(page, "2.5 → 2.8")
        self.assertNotContains(page, "Kaohsiung Assembly 2")
        self.assertNotContains(page, "Meridian Semiconductor")
        self.sign_in(self.dan)
        page = self.client.get("/maturity/plan/")
        self.assertNotContains(page, "Kaohsiung Assembly 1")
        self.sign_in(self.sam)
        self.assertEqual(self.client.get("/maturity/plan/").status_code, 403)

    def test_stands_in_the_report_of_a_site_with_who_does_what_and_of_a_company_without(self) -> None:
        tables = self.told(self.khh1, self.ben, TODAY)
        code, _what, owner, due, state = tables["Actions"][0]
        self.assertEqual((code, owner, due, state), ("PR.PS-02", str(self.ben), SPRING, "Planned"))
        self.assertEqual(tables["Gaps by priority"][0][1], "IT")
        self.assertEqual(len(tables["Gaps by priority"][0]), 7)  # one site needs no count of sites
        self.assertEqual(self.told(self.khh1, self.ben, date(2026, 4, 1))["Actions"][0][4], "Overdue")
        company = self.told(self.mat, self.ada, TODAY)
        self.assertNotIn("Actions", company)
        shared = next(row for row in company["Gaps by priority"] if row[0].startswith("PR.PS-02"))
        self.assertEqual((shared[2], shared[5:]), (2, (1, 1, 0)))

    def test_says_in_the_report_what_it_costs_and_what_it_would_come_to(self) -> None:
        words = str(reports.document(reports.Report(self.cycle, self.khh1, self.ben, TODAY), "en"))
        self.assertIn("What is planned and done costs TWD 50,000.", words)
        self.assertIn("Simulated: once the plan is carried out, 2.5 becomes 2.8.", words)

    def told(self, at: object, who: object, day: date) -> dict[str, tuple[tuple[object, ...], ...]]:
        document = reports.document(reports.Report(self.cycle, at, who, day), "en")
        return {block.caption: block.rows for block in document.blocks if isinstance(block, Table)}

    def test_is_read_by_programs(self) -> None:
        self.sign_in(self.ben)
        told = self.client.get(f"/api/cycles/{self.cycle.pk}/plan").json()
        self.assertEqual({one["unit"] for one in told["simulated"]}, {"KHH1"})
        self.assertEqual({one["sites"] for one in told["groups"]}, {1})
        whole = next(one for one in told["simulated"] if (one["scope"], one["code"]) == ("it", ""))
        self.assertEqual((whole["now"], whole["then"], whole["exact"]), ("2.5", "2.8", "11/4"))
        why = self.client.get(f"/api/cycles/{self.cycle.pk}/plan/why?unit=KHH1&scope=it&code=PR").json()
        self.assertEqual(why["value"], "2.5")
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(f"/api/cycles/{self.cycle.pk}/plan").status_code, 404)
