"""The years as they are drawn: the break between two versions, what is restated, and the names of targets."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from django.test import TestCase
from django.urls import reverse

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.rules.reading import charts
from keepwell.areas.assessment.rules.reading.years import years_chart
from keepwell.areas.assessment.tests.test_comparing import WithYears


class OverTheYears(WithYears, TestCase):
    def test_break_where_the_version_changed_and_stand_hollow_before(self) -> None:
        chart = years_chart(self.second, self.group, person=self.ada)
        rows = {row[0]: row[1] for row in chart.table.rows}
        # 2023 on 1.1: ID 2.5, PR 4.0; restated on 2.0: GV 2.75, PR 4.0.
        self.assertEqual(rows, {"2023, CSF 1.1": Decimal("3.3"), "2023, CSF 2.0, estimated": Decimal("3.4"),
                                "2024, CSF 2.0": Decimal("3.0")})  # fmt: skip
        marks = [(layer["mark"]["type"], layer["data"]["values"]) for layer in chart.spec["layer"]]
        (rule,) = [values for kind, values in marks if kind == "rule"]
        self.assertEqual(rule, [{"year": 2023.5, "words": "CSF 1.1 | CSF 2.0"}])
        (hollow,) = [layer for layer in chart.spec["layer"] if layer["mark"].get("fill") == "$paper"]
        self.assertEqual([(row["year"], row["value"]) for row in hollow["data"]["values"]], [(2023, 3.4)])

    def test_name_a_target_on_the_side_where_no_point_is(self) -> None:
        # The first year's points are 3.3 as answered and 3.4 as restated.
        for target, side in (("3.1", charts.BELOW), ("3.5", charts.ABOVE), ("2.8", charts.ABOVE)):
            with self.subTest(target):
                found = rules.trend(self.second, self.group, person=self.ada, scope="it")
                points = tuple(replace(point, target=Fraction(target)) for point in found.points)
                line = charts.Years("IT", replace(found, points=points))
                spec = charts.over_years("years", "", [line], self.second, height=260).spec
                named = {
                    layer["mark"]["dy"]: [row["words"] for row in layer["data"]["values"]]
                    for layer in spec["layer"]
                    if layer["mark"]["type"] == "text" and layer["mark"].get("color") == "$p2"
                }
                self.assertEqual(named, {side: [f"target {target}"]})

    def test_open_by_function_and_not_to_who_sees_one_site_above_it(self) -> None:
        self.sign_in(self.ada)
        self.assertContains(self.client.get(reverse("maturity-years"), {"code": "PR"}), "CSF 1.1 | CSF 2.0")
        self.assertEqual(years_chart(self.second, self.group, person=self.ben).table.rows, ())
