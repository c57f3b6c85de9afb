"""The heat map, the sentence behind each number, targets, and the years: worked by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Cycle, Result, Source, Target, View
from keepwell.areas.assessment.tests.stories import CODES, Assessed, Open, given
from keepwell.kernel import moments
from keepwell.kernel.refusing import Refused
from keepwell.platform.history.acting import acting
from tests.cast import NOW, TELLER, unit


class Answered(Open):
    """KHH1: GV 3.0, PR 2.0 in IT and 1 everywhere in OT; KHH2: 4 everywhere; PEN1: 1 everywhere. By own weights:
    KHH1 IT weighs 3, KHH2 1, PEN1 4."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        here = cls()
        for site, scope, score in ((cls.khh2, "it", "4"), (cls.pen1, "it", "1"), (cls.khh1, "ot", "1")):
            here.answer_all(here.of(site, scope), score)
        here.answer(here.of(cls.khh1), *(given(c, "3", "3") for c in CODES if c.startswith("GV")),
                    *(given(c, "2", "2") for c in CODES if c.startswith("PR")))  # fmt: skip
        with acting(TELLER, "story.weights"):
            for site, weight in ((cls.khh1, 3), (cls.khh2, 1), (cls.pen1, 4)):
                held = here.of(site)
                held.weight = Decimal(weight)
                held.save()


class TheMap(Answered, TestCase):
    def test_lists_group_companies_and_sites_as_the_tree_is_read(self) -> None:
        shown = rules.heat_map(self.cycle, person=self.ada)
        self.assertEqual([(row.unit.code, row.depth) for row in shown.rows],
                         [("MERIDIAN", 0), ("MAT", 1), ("KHH1", 2), ("KHH2", 2), ("MSE", 1), ("PEN1", 2)])  # fmt: skip
        self.assertEqual([line.code for line in shown.columns], ["GV", "PR"])
        self.assertEqual(shown.scopes, ("it", "ot", "together"))

    def test_is_the_mean_of_sites_by_weight(self) -> None:
        shown = rules.heat_map(self.cycle, person=self.ada)
        value = {
            (row.unit.code, code): row.cell("it", code).value
            for row in shown.rows
            for code in ("GV", "PR", "")
        }
        self.assertEqual(
            (value["KHH1", "GV"], value["KHH1", "PR"], value["KHH1", ""]), (3, 2, Fraction(5, 2))
        )
        self.assertEqual(value["MAT", "GV"], Fraction(3 * 3 + 4 * 1, 4))
        self.assertEqual(value["MERIDIAN", "GV"], Fraction(3 * 3 + 4 * 1 + 1 * 4, 8))
        self.assertEqual(value["MERIDIAN", ""], Fraction(Fraction(5, 2) * 3 + 4 + 4, 8))

    def test_shows_it_and_ot_apart_and_together(self) -> None:
        row = rules.heat_map(self.cycle, person=self.ada).row(self.khh1)
        self.assertEqual((row.cell("it").value, row.cell("ot").value), (Fraction(5, 2), 1))
        self.assertEqual(row.cell("together").value, Fraction(Fraction(5, 2) * 3 + 1, 4))
        self.assertIsNone(rules.heat_map(self.cycle, person=self.ada).row(self.khh2).cell("ot"))

    def test_goes_down_to_categories(self) -> None:
        shown = rules.heat_map(self.cycle, person=self.ada, depth=1)
        self.assertEqual([line.code for line in shown.columns], ["GV.OC", "GV.RR", "PR.PS"])
        self.assertEqual(shown.row(self.khh1).cell("it", "PR.PS").value, 2)

    def test_publishes_nothing_under_the_least_coverage_and_says_so(self) -> None:
        with acting(TELLER, "story.late"):
            late = unit("KHH5", "Kaohsiung 5", "site", self.mat)
        rules.add_site(self.cycle, by=self.ada, site=late, scope="it", until=date(2025, 12, 1))
        self.answer(self.of(late), *(given(code, "5", "5") for code in CODES[:3]))
        cell = rules.heat_map(self.cycle, person=self.ada).row(late).cell("it")
        self.assertEqual((cell.value, cell.answered, cell.applicable), (None, 3, 5))
        told = rules.why(self.cycle, self.mat, "it", person=self.ada)
        self.assertEqual(told.left_out, "Kaohsiung 5 has too few answers to count.")
        self.answer(self.of(late), given(CODES[3], "5", "5"))  # 4 of 5: just enough
        self.assertIsNotNone(rules.heat_map(self.cycle, person=self.ada).row(late).cell("it").value)

    def test_compares_with_targets_on_the_printed_numbers(self) -> None:
        self.target("GV", "3.5")
        self.target("PR", "3", self.mat)
        shown = rules.heat_map(self.cycle, person=self.ada)
        cell = shown.row(self.khh1).cell("it", "GV")
        self.assertEqual(
            (cell.shown, cell.shown_target, cell.gap), (Decimal("3.0"), Decimal("3.5"), Decimal("0.5"))
        )
        self.assertEqual(shown.row(self.khh1).cell("it").target, Fraction(13, 4))
        self.assertIsNone(shown.row(self.pen1).cell("it", "PR").target)
        spread = shown.row(self.mat).cell("it", "GV").spread
        self.assertEqual((spread.lowest, spread.highest, spread.below), (3, 4, 1))

    def test_costs_the_same_however_many_sites_there_are(self) -> None:
        few = self.queries()
        with acting(TELLER, "story.sites"):
            late = [unit(f"S{n}", f"Site {n}", "site", self.mse) for n in range(5)]
        for site in late:
            rules.add_site(self.cycle, by=self.ada, site=site, scope="it", until=date(2025, 12, 1))
            self.answer_all(self.of(site))
        self.assertEqual(self.queries(), few)

    def queries(self) -> int:
        with CaptureQueriesContext(connection) as caught:
            rules.heat_map(self.cycle, person=self.ada)
        return len(caught)

    def test_shows_each_only_what_they_may_see(self) -> None:
        wanted = {self.ben: ["KHH1"], self.dan: ["KHH2", "PEN1"], self.eva: [], self.sam: [],
                  self.cleo: ["MERIDIAN", "MAT", "KHH1", "KHH2", "MSE", "PEN1"]}  # fmt: skip
        for who, codes in wanted.items():
            self.assertEqual(
                [row.unit.code for row in rules.heat_map(self.cycle, person=who).rows], codes, who
            )
            self.assertEqual({p.assessment.unit.code for p in rules.board(self.cycle, person=who)},
                             {code for code in codes if code not in ("MERIDIAN", "MAT", "MSE")})  # fmt: skip

    def test_tells_nobody_of_a_unit_above_what_they_may_see(self) -> None:
        self.assertIsNone(rules.why(self.cycle, self.group, "it", person=self.ben))
        self.assertIsNone(rules.why(self.cycle, self.khh2, "it", person=self.ben))
        self.assertEqual(
            [p.value for p in rules.trend(self.cycle, self.group, person=self.ben).points], [None]
        )
        self.assertEqual(
            [p.value for p in rules.trend(self.cycle, self.khh2, person=self.ben).points], [None]
        )

    def test_keeps_views_apart(self) -> None:
        self.answer(
            self.of(self.khh2),
            *(given(code, "2", "2") for code in CODES),
            by=self.dan,
            source=Source.CONSULTANT,
        )
        shown = rules.heat_map(self.cycle, person=self.ada, view=View.CONSULTANT)
        self.assertEqual(
            (shown.row(self.khh2).cell("it").value, shown.row(self.khh1).cell("it").value), (2, None)
        )
        self.assertEqual(rules.heat_map(self.cycle, person=self.ada).row(self.khh2).cell("it").value, 4)

    def test_counts_a_share_at_target_as_a_ratio_of_sums(self) -> None:
        self.target("GV", "3")
        cycle = Cycle.objects.get()
        rules.change_method(
            cycle,
            by=self.ada,
            method=Cycle.Counts.SHARE_AT_TARGET,
            counting=cycle.counting,
            coverage=Decimal("0.8"),
        )
        shown = rules.heat_map(cycle, person=self.ada)
        self.assertEqual(shown.row(self.mat).cell("it").value, 1)  # 3 of 3 at KHH1, 3 of 3 at KHH2
        self.assertEqual(shown.row(self.group).cell("it").value, Fraction(6, 9))


class TheSentence(Answered, TestCase):
    def test_of_a_company_has_its_sites_and_their_weights(self) -> None:
        told = rules.why(self.cycle, self.mat, "it", "GV", person=self.ada)
        self.assertEqual(told.sentence, "3.3 is the mean of 2 by weight: Kaohsiung Assembly 1 3.0, Kaohsiung Assembly 2 "
                                        "4.0; 3.3 = (3.0 × 3 + 4.0 × 1) / 4.")  # fmt: skip
        self.assertEqual(told.weakest, "Kaohsiung Assembly 1, 3.0, pulls it down most.")

    def test_of_the_group_stays_true_when_it_is_reckoned_again(self) -> None:
        told = rules.why(self.cycle, self.group, "it", "GV", person=self.ada)
        self.assertIn("2.1 = (3.25 + 1.00) / 2", told.sentence)  # (3.3 + 1.0) / 2 would print as 2.2

    def test_of_a_site_has_requirements(self) -> None:
        told = rules.why(self.cycle, self.khh1, "it", person=self.ada)
        self.assertEqual(str(told), "2.5 is the mean of 2: GV Title of GV 3.0, PR Title of PR 2.0; 2.5 = (3.0 + 2.0) / 2. "
                                    "PR Title of PR, 2.0, pulls it down most.")  # fmt: skip

    def test_of_an_answer_has_policy_practice_and_who(self) -> None:
        self.answer(self.of(self.khh1), given("PR.PS-01", "2.5", "1", version=1), by=self.ben)
        told = rules.why(self.cycle, self.khh1, "it", "PR.PS-01", person=self.ben)
        self.assertEqual(told.sentence, "PR.PS-01 is 1.8: policy 2.5, practice 1.0. Self, Ben Tan.")

    def test_names_what_does_not_apply(self) -> None:
        self.answer(self.of(self.khh1), given("PR.PS-01", not_applicable=True, reason="No lines.", version=1))
        told = rules.why(self.cycle, self.khh1, "it", "PR.PS", person=self.ben)
        self.assertEqual(told.left_out, "PR.PS-01 does not apply.")

    def test_of_it_and_ot_together_has_both(self) -> None:
        told = rules.why(self.cycle, self.khh1, "together", person=self.ada)
        self.assertIn("IT 2.5, OT 1.0; 2.1 = (2.5 × 3 + 1.0 × 1) / 4", told.sentence)

    def test_reads_in_chinese(self) -> None:
        with override("zh-hant"):
            told = rules.why(self.cycle, self.khh1, "it", person=self.ada)
        self.assertIn("2.5 = (3.0 + 2.0) / 2", told.sentence)
        self.assertNotIn("mean", told.sentence)

    def test_of_nothing_says_that_there_is_nothing(self) -> None:
        self.assertIsNone(rules.why(self.cycle, self.khh1, "it", "XX", person=self.ada))
        self.assertIsNone(rules.why(self.cycle, self.khh2, "ot", person=self.ada))


class Recounting(Answered, TestCase):
    def test_finds_nothing_to_mend(self) -> None:
        self.assertEqual(rules.recount_cycle(self.cycle), 0)

    def test_mends_what_is_wrong_missing_or_too_much(self) -> None:
        before = sorted(Result.objects.values_list("assessment", "view", "code", "mean", "score"), key=str)
        one, two = Result.objects.order_by("pk")[:2]
        Result.objects.filter(pk=one.pk).update(mean="9")
        Result.objects.filter(pk=two.pk).delete()
        Result.objects.create(assessment=self.of(self.khh1), view="audit", code="PR")
        self.assertEqual(rules.recount_cycle(self.cycle), 3)
        after = sorted(Result.objects.values_list("assessment", "view", "code", "mean", "score"), key=str)
        self.assertEqual(after, before)


class Targets(Answered, TestCase):
    def aim(self, code: str, at: object = None, scope: str = "it") -> Fraction | None:
        found = rules.heat_map(self.cycle, person=self.ada, depth=1).row(at or self.khh1).cell(scope, code)
        return found.target

    def test_of_the_nearest_unit_hold(self) -> None:
        self.target("GV", "3")
        self.target("GV", "4", self.khh1)
        self.assertEqual((self.aim("GV.OC"), self.aim("GV.OC", self.khh2)), (4, 3))

    def test_of_the_nearest_requirement_hold(self) -> None:
        self.target("GV", "3")
        self.target("GV.RR", "4")
        self.assertEqual((self.aim("GV.OC"), self.aim("GV.RR")), (3, 4))

    def test_for_the_criticality_of_the_site_hold_before_those_for_all(self) -> None:
        self.target("GV", "3")
        self.target("GV", "4", criticality=self.khh1.criticality)
        self.target("GV", "5", criticality=4)
        self.assertEqual(self.aim("GV.OC"), 4)

    def test_for_one_scope_hold_there(self) -> None:
        self.target("PR", "3")
        self.target("PR", "2", scope="ot")
        self.assertEqual((self.aim("PR.PS"), self.aim("PR.PS", scope="ot")), (3, 2))

    def test_hold_only_while_they_are_approved(self) -> None:
        made = self.target("GV", "3")
        rules.take_back(made, by=self.ada, reason="Agreed otherwise.")
        self.assertIsNone(self.aim("GV.OC"))
        with self.assertRaises(PermissionDenied):
            rules.approve(made, by=self.ben)

    def test_are_approved_together_by_one_act(self) -> None:
        with acting(TELLER, "story.targets"):
            for code in ("GV", "PR"):
                Target(
                    cycle=self.cycle, unit=self.group, node=self.new.nodes.get(code=code), value=Decimal(3)
                ).save()
        self.assertEqual(rules.approve_targets(Cycle.objects.get(), by=self.ada), 2)
        self.assertEqual(self.aim("PR.PS"), 3)

    def test_lie_on_the_scale_and_in_the_framework_of_the_cycle(self) -> None:
        for code, value in (("GV", "5.1"), ("GV", "2.05")):
            with self.assertRaisesMessage(Exception, "A target lies on the scale"):
                self.target(code, value)


class WithYears(Assessed):
    """CSF 2023 on version 1.1: ID.GV-1 2.0, ID.GV-2 3.0, PR.IP-1 4.0 everywhere; CSF 2024 and 2025 on 2.0 with 3 and
    3.5."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        here, sites = cls(), (cls.khh1, cls.khh2, cls.pen1)
        with acting(TELLER, "story.years"):
            cls.first = cls.drafted("CSF 2023", 2023, framework_version=cls.old)
            cls.second = cls.drafted("CSF 2024", 2024, previous=cls.first)
        with moments.standing_at(NOW):
            here.opened(cls.first)
            for site in sites:
                here.answer(here.of(site, cycle=cls.first), given("ID.GV-1", "2", "2"), given("ID.GV-2", "3", "3"),
                            given("PR.IP-1", "4", "4"))  # fmt: skip
            here.opened(cls.second)
            for site in sites:
                held = here.of(site, cycle=cls.second)
                versions = dict(held.answers.values_list("node__code", "version"))
                here.answer(held, *(given(code, "3", "3", version=versions.get(code, 0)) for code in CODES))


class Years(WithYears, TestCase):
    def test_keep_what_was_answered_and_show_the_break(self) -> None:
        found = rules.trend(self.second, self.group, person=self.ada, scope="it", code="PR")
        self.assertEqual([(p.year, p.version, p.shown) for p in found.points],
                         [(2023, "csf-1.1", Decimal("4.0")), (2024, "csf-2.0", Decimal("3.0"))])  # fmt: skip
        self.assertEqual(found.breaks, (2024,))

    def test_are_restated_through_the_crosswalk_and_marked(self) -> None:
        # GV.OC-01 = (2.0 + 3.0) / 2, GV.RR-01 = 3.0: GV = (2.5 + 3.0) / 2; PR.PS-01 = 4.0; the rest has no ancestor.
        whole = rules.trend(self.second, self.group, person=self.ada, scope="it")
        govern = rules.trend(self.second, self.group, person=self.ada, scope="it", code="GV")
        (one,) = whole.restated
        self.assertEqual((one.year, one.value, one.is_estimated), (2023, (Fraction(11, 4) + 4) / 2, True))
        self.assertEqual([p.value for p in govern.restated], [Fraction(11, 4)])
        self.assertEqual([p.value for p in govern.points], [None, 3])

    def test_compare_last_year_on_the_present_version(self) -> None:
        cell = rules.heat_map(self.second, person=self.ada).row(self.khh1).cell("it", "GV")
        self.assertEqual(
            (cell.last, cell.is_last_estimated, cell.change), (Fraction(11, 4), True, Decimal("0.2"))
        )

    def test_are_restated_when_the_next_cycle_opens_on_another_version(self) -> None:
        Result.objects.filter(on_version="csf-2.0").delete()
        with acting(TELLER, "story.next"):
            self.cycle.previous = self.first
            self.cycle.save()
        self.opened()
        self.assertTrue(Result.objects.filter(assessment__cycle=self.first, on_version="csf-2.0").exists())

    def test_cost_the_same_for_two_as_for_three(self) -> None:
        few = self.queries(self.second)
        self.opened()
        self.assertEqual(self.queries(self.cycle), few)

    def queries(self, cycle: Cycle) -> int:
        cycle = Cycle.objects.select_related("framework_version").get(pk=cycle.pk)
        with CaptureQueriesContext(connection) as caught:
            rules.trend(cycle, self.group, person=self.ada)
        return len(caught)


class OwnWeights(Assessed, TestCase):
    def setUp(self) -> None:
        super().setUp()
        with acting(TELLER, "story.weights"):
            self.cycle.weights = Cycle.Weights.OWN
            self.cycle.save()
        self.opened()

    def test_are_typed_by_who_decides(self) -> None:
        rules.weigh(self.of(self.khh1), by=self.ada, weight=Decimal("12.5"))
        self.assertEqual(self.of(self.khh1).weight, Decimal("12.5"))
        with self.assertRaises(PermissionDenied):
            rules.weigh(self.of(self.khh1), by=self.ben, weight=Decimal(1))

    def test_that_sum_to_nought_are_refused(self) -> None:
        rules.weigh(self.of(self.khh1), by=self.ada, weight=Decimal(0))
        rules.weigh(self.of(self.khh2), by=self.ada, weight=Decimal(0))
        with self.assertRaisesMessage(Refused, "The weights of IT in “CSF 2025” sum to 0"):
            rules.weigh(self.of(self.pen1), by=self.ada, weight=Decimal(0))

    def test_below_nought_are_refused(self) -> None:
        with self.assertRaisesMessage(Refused, "A weight is 0 or more."):
            rules.weigh(self.of(self.khh1), by=self.ada, weight=Decimal(-1))
