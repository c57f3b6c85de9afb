"""Roll-ups against examples worked by hand: both edges of every rule."""

from __future__ import annotations

from fractions import Fraction
from unittest import TestCase

from keepwell.kernel.rollup.explaining import Explanation, LeftOut, Part, Why, explain, pool, pooled
from keepwell.kernel.rollup.means import weighted_mean
from keepwell.kernel.rollup.rolling import roll_up
from keepwell.kernel.rollup.spread import Spread, spread
from keepwell.kernel.rollup.tree import BadTree, Method, Node, Rolled, Score, check, is_covered
from keepwell.kernel.rounding import half_up


def leaf(key: str, weight: str = "1") -> Node:
    return Node(key, weight=Fraction(weight))


def scored(value: str, target: str | None = None) -> Score:
    return Score(Fraction(value), target=None if target is None else Fraction(target))


NOT_APPLICABLE = Score(applies=False)
TREE = Node("", (Node("GV", (leaf("GV.1"), leaf("GV.2"), leaf("GV.3"))), Node("PR", (leaf("PR.1"),))))
ANSWERS = {
    "GV.1": scored("3.0", "3"), "GV.2": scored("2.9", "3"), "GV.3": scored("4.3", "3"), "PR.1": scored("1.0", "2"),
}  # fmt: skip


class Methods(TestCase):
    def setUp(self) -> None:
        self.rolled = roll_up(TREE, ANSWERS)
        self.root = self.rolled[""]

    def test_mean_of_means_lets_each_branch_count_once(self) -> None:
        self.assertEqual(self.rolled["GV"].mean, Fraction("3.4"))  # (3.0 + 2.9 + 4.3) / 3
        self.assertEqual(self.root.mean, Fraction("2.2"))  # (3.4 + 1.0) / 2

    def test_flat_mean_lets_each_leaf_count_once(self) -> None:
        self.assertEqual(self.root.flat, Fraction("2.8"))  # 11.2 / 4

    def test_cutback_takes_no_more_than_the_target(self) -> None:
        self.assertEqual(self.rolled["GV"].cutback, Fraction(89, 30))  # (3.0 + 2.9 + 3.0) / 3
        self.assertEqual(self.root.cutback, (Fraction(89, 30) + 1) / 2)

    def test_minimum_is_the_lowest_leaf(self) -> None:
        self.assertEqual((self.rolled["GV"].minimum, self.root.minimum), (Fraction("2.9"), Fraction(1)))

    def test_a_score_that_equals_its_target_has_reached_it_and_a_tenth_below_has_not(self) -> None:
        self.assertEqual((self.rolled["GV"].met, self.rolled["GV"].share), (Fraction(2), Fraction(2, 3)))
        self.assertEqual(self.root.share, Fraction(1, 2))

    def test_target_is_rolled_up_like_the_mean(self) -> None:
        self.assertEqual((self.rolled["GV"].target, self.root.target), (Fraction(3), Fraction("2.5")))

    def test_weights_move_every_mean(self) -> None:
        tree = Node("", (leaf("A", "3"), leaf("B", "1")))
        root = roll_up(tree, {"A": scored("2", "2"), "B": scored("4", "5")})[""]
        self.assertEqual(
            (root.mean, root.flat, root.share), (Fraction("2.5"), Fraction("2.5"), Fraction(3, 4))
        )


class Gaps(TestCase):
    def test_not_applicable_leaves_both_sides(self) -> None:
        root = roll_up(TREE, ANSWERS | {"GV.3": NOT_APPLICABLE})[""]
        self.assertEqual((root.mean, root.answered, root.applicable), ((Fraction("2.95") + 1) / 2, 3, 3))

    def test_a_missing_answer_leaves_the_mean_and_lowers_coverage(self) -> None:
        root = roll_up(TREE, {k: v for k, v in ANSWERS.items() if k != "GV.3"})[""]
        self.assertEqual((root.mean, root.coverage), ((Fraction("2.95") + 1) / 2, Fraction(3, 4)))

    def test_all_not_applicable_is_no_value_and_no_coverage(self) -> None:
        rolled = roll_up(TREE, dict.fromkeys(ANSWERS, NOT_APPLICABLE))
        self.assertEqual({one.value(method) for one in rolled.values() for method in Method}, {None})
        self.assertEqual(
            (rolled[""].coverage, rolled[""].published(Method.MINIMUM, Fraction(0))), (None, None)
        )

    def test_a_branch_without_answers_does_not_drag_the_mean(self) -> None:
        root = roll_up(TREE, {"PR.1": scored("1.0")})[""]
        self.assertEqual((root.mean, root.share, root.target), (Fraction(1), None, None))

    def test_nothing_at_all_is_nothing(self) -> None:
        self.assertEqual(roll_up(TREE, {})[""], Rolled(applicable=4))

    def test_a_weight_of_nought_takes_a_node_out(self) -> None:
        tree = Node("", (leaf("A"), Node("B", (leaf("B.1"),), Fraction(0))))
        root = roll_up(tree, {"A": scored("3"), "B.1": scored("1")})[""]
        self.assertEqual((root.mean, root.minimum, root.applicable), (Fraction(3), Fraction(3), 1))


class Coverage(TestCase):
    def published(self, threshold: str) -> Fraction | None:
        root = roll_up(TREE, {k: v for k, v in ANSWERS.items() if k != "PR.1"})[""]
        return root.published(Method.MEAN_OF_MEANS, Fraction(threshold))

    def test_exactly_at_the_threshold_is_published(self) -> None:
        self.assertEqual(self.published("0.75"), Fraction("3.4"))

    def test_just_under_the_threshold_is_not(self) -> None:
        self.assertIsNone(self.published("0.7501"))


class Weights(TestCase):
    def test_that_sum_to_nought_are_refused(self) -> None:
        for tree in (
            Node("", (leaf("A", "0"), leaf("B", "0"))),
            Node("", (leaf("A"), Node("B", (leaf("B.1", "0"),)))),
        ):
            self.assertRaises(BadTree, check, tree)

    def test_below_nought_are_refused(self) -> None:
        self.assertRaises(BadTree, check, Node("", (leaf("A", "-1"), leaf("B", "2"))))

    def test_of_one_node_twice_are_refused(self) -> None:
        self.assertRaises(BadTree, check, Node("", (leaf("A"), leaf("A"))))

    def test_that_are_sound_pass(self) -> None:
        check(TREE)


class Rounding(TestCase):
    def test_of_a_fraction_takes_halves_away_from_zero(self) -> None:
        self.assertEqual(str(half_up(Fraction(59, 20), 1)), "3.0")  # 2.95
        self.assertEqual(str(half_up(Fraction(-59, 20), 1)), "-3.0")
        self.assertEqual(str(half_up(Fraction(29499, 10000), 1)), "2.9")

    def test_is_from_the_exact_value_and_not_from_a_float(self) -> None:
        self.assertEqual(str(half_up(Fraction(1, 3), 4)), "0.3333")
        self.assertEqual(str(half_up(Fraction(2, 3), 0)), "1")
        self.assertEqual(str(half_up(Fraction(10**30 + 5, 10), 0)), str(10**29 + 1))


class Spreads(TestCase):
    def test_interpolate_between_neighbours(self) -> None:
        found = spread([(Fraction(n), None) for n in (4, 1, 3, 2)])
        self.assertEqual(
            found, Spread(4, Fraction(1), Fraction("1.75"), Fraction("2.5"), Fraction("3.25"), Fraction(4), 0)
        )

    def test_of_one_value_are_that_value(self) -> None:
        self.assertEqual(
            spread([(Fraction(2), Fraction(3))]),
            Spread(1, Fraction(2), Fraction(2), Fraction(2), Fraction(2), Fraction(2), 1),
        )

    def test_count_what_misses_its_target_and_not_what_meets_it(self) -> None:
        found = spread([(Fraction(3), Fraction(3)), (Fraction("2.9"), Fraction(3)), (Fraction(1), None)])
        assert found is not None
        self.assertEqual(found.below, 1)

    def test_of_nothing_are_nothing(self) -> None:
        self.assertIsNone(spread([]))


class Means(TestCase):
    def test_by_weight_are_exact_whatever_the_denominators(self) -> None:
        values, weights = [Fraction(1, 3), Fraction(5, 2)], [Fraction(3, 4), Fraction(1, 2)]
        self.assertEqual(weighted_mean(values, weights), Fraction(6, 5))  # (1/4 + 5/4) / (5/4)
        self.assertEqual(weighted_mean(values, [Fraction(1), Fraction(1)]), Fraction(17, 12))

    def test_of_one_value_are_that_value_unless_it_weighs_nothing(self) -> None:
        self.assertEqual(weighted_mean([Fraction(7, 3)], [Fraction(12)]), Fraction(7, 3))
        self.assertIsNone(weighted_mean([Fraction(7, 3)], [Fraction(0)]))

    def test_of_nothing_or_of_what_weighs_nothing_are_nothing(self) -> None:
        self.assertIsNone(weighted_mean([], []))
        self.assertIsNone(weighted_mean([Fraction(1), Fraction(2)], [Fraction(0), Fraction(0)]))

    def test_of_a_pool_by_minimum_leave_out_what_weighs_nothing(self) -> None:
        values, weights = [Fraction(1), Fraction(2)], [Fraction(0), Fraction(3)]
        self.assertEqual(pooled(Method.MINIMUM, values, weights), Fraction(2))
        self.assertEqual(pooled(Method.MEAN_OF_MEANS, values, weights), Fraction(2))

    def test_count_from_the_threshold_on(self) -> None:
        found = [is_covered(answered, 5, Fraction("0.8")) for answered in (3, 4, 5)]
        self.assertEqual(found, [False, True, True])
        self.assertFalse(is_covered(0, 0, Fraction(0)))


class Explaining(TestCase):
    def test_names_the_parts_and_what_was_left_out(self) -> None:
        answers = {"GV.1": scored("2.0"), "GV.2": NOT_APPLICABLE}
        found = explain(TREE.children[0], roll_up(TREE, answers), Method.MEAN_OF_MEANS)
        self.assertEqual(found.parts, (Part("GV.1", Fraction(2)),))
        self.assertEqual(found.left_out, (LeftOut("GV.2", Why.NOT_APPLICABLE), LeftOut("GV.3", Why.MISSING)))
        self.assertEqual((found.value, found.arithmetic()), (Fraction(2), "2.0"))

    def test_tells_a_mean_as_a_sum(self) -> None:
        found = explain(TREE.children[0], roll_up(TREE, ANSWERS), Method.MEAN_OF_MEANS)
        self.assertEqual(found.arithmetic(), "(3.0 + 2.9 + 4.3) / 3")
        self.assertEqual(found.lowest, Part("GV.2", Fraction("2.9")))

    def test_tells_weights_in_figures(self) -> None:
        found = pool(
            "MERIDIAN",
            Method.MEAN_OF_MEANS,
            [Part("A", Fraction("3.1"), Fraction(12000)), Part("B", Fraction("2.4"), Fraction(3500))],
        )
        self.assertEqual(found.arithmetic(), "(3.1 × 12,000 + 2.4 × 3,500) / 15,500")
        self.assertEqual((found.value, str(half_up(found.value or 0, 1))), (Fraction(456, 155), "2.9"))

    def test_rounds_the_parts_no_further_than_the_line_stays_true(self) -> None:
        found = pool(
            "",
            Method.MEAN_OF_MEANS,
            [Part("A", Fraction("2.04")), Part("B", Fraction("2.04")), Part("C", Fraction("2.07"))],
        )
        self.assertEqual(str(half_up(found.value or 0, 1)), "2.1")
        self.assertEqual(found.arithmetic(), "(2.04 + 2.04 + 2.07) / 3")

    def test_keeps_fractions_where_no_rounding_is_true(self) -> None:
        parts = [Part("A", Fraction(17, 6)), Part("B", Fraction(17, 6)), Part("C", Fraction(191, 60))]
        found = pool("", Method.MEAN_OF_MEANS, parts)  # 2.95; four places of each part give 2.9499...
        self.assertEqual(str(half_up(found.value or 0, 1)), "3.0")
        self.assertEqual(found.arithmetic(), "(17/6 + 17/6 + 191/60) / 3")

    def test_of_a_minimum_names_it(self) -> None:
        found = explain(TREE, roll_up(TREE, ANSWERS), Method.MINIMUM)
        self.assertEqual(found.arithmetic(), "min(2.9, 1.0)")

    def test_of_a_share_is_a_ratio_of_sums(self) -> None:
        found = explain(TREE, roll_up(TREE, ANSWERS), Method.SHARE_AT_TARGET)
        self.assertEqual(
            found.parts, (Part("GV", Fraction(2, 3), Fraction(3)), Part("PR", Fraction(0), Fraction(1)))
        )
        self.assertEqual(found.value, Fraction(1, 2))

    def test_of_units_does_not_depend_on_their_grouping(self) -> None:
        sites = [
            Part(name, Fraction(value), Fraction(weight))
            for name, value, weight in (("A", "3.1", 5), ("B", "2", 7), ("C", "4", 1))
        ]
        together = pool("", Method.MEAN_OF_MEANS, sites).value
        pair = pool("AB", Method.MEAN_OF_MEANS, sites[:2])
        grouped = pool(
            "", Method.MEAN_OF_MEANS, [Part("AB", pair.value or Fraction(0), Fraction(12)), sites[2]]
        )
        self.assertEqual(grouped.value, together)

    def test_of_units_that_weigh_nothing_is_nothing(self) -> None:
        found = pool("", Method.MEAN_OF_MEANS, [Part("A", Fraction(3), Fraction(0))])
        self.assertEqual(found, Explanation("", Method.MEAN_OF_MEANS, None, (), (LeftOut("A", Why.WEIGHT),)))
        self.assertEqual(found.arithmetic(), "")

    def test_of_a_leaf_is_a_mistake(self) -> None:
        self.assertRaises(ValueError, explain, leaf("A"), {}, Method.MINIMUM)
