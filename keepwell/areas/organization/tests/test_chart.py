"""The organization chart: the structure of its day, drawn and as a list."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keepwell.areas.organization.rules import chart_svg, move
from keepwell.areas.organization.rules.chart import MOST_SITES, branch, drawn, fitted
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from tests.cast import NOW, TELLER, Cast, person, unit

TODAY = date(2025, 11, 14)
TEXT = "{http://www.w3.org/2000/svg}text"
BOX = "{http://www.w3.org/2000/svg}rect"


class Drawing(Cast, TestCase):
    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))

    def texts(self, day: date = TODAY, language: str = "en") -> list[str]:
        """The words of the drawing."""
        svg = ElementTree.fromstring(chart_svg(self.group, day, language))  # noqa: S314  # our own
        return [text.text or "" for text in svg.iter(TEXT)]

    def test_shows_each_company_and_site_with_its_people(self) -> None:
        self.assertEqual(
            self.texts(),
            ["Meridian Semiconductor Holding", "3 sites · 4 people", "Meridian Assembly & Test",
             "2 sites · 2 people",
             "Kaohsiung Assembly 1", "KHH1 · TW · 2", "Kaohsiung Assembly 2", "KHH2 · TW · 0",
             "Meridian Southeast Asia", "1 site · 0 people", "Penang Assembly 1", "PEN1 · MY · 0"],
        )  # fmt: skip

    def test_shows_the_units_of_a_site(self) -> None:
        with acting(TELLER, "story.unit"):
            unit("KHH1-QA", "Quality", "unit", self.khh1)
        self.assertIn("Quality", chart_svg(self.khh1, TODAY, "en"))
        self.assertNotIn("Quality", chart_svg(self.mat, TODAY, "en"))

    def test_shows_the_structure_of_its_day(self) -> None:
        move(self.khh2, by=self.ada, to=self.mse, on=date(2025, 7, 1), reason="New line of business")

        self.assertIn("2 sites · 2 people", self.texts(date(2025, 6, 30)))
        self.assertIn("2 sites · 0 people", self.texts(date(2025, 7, 1)))

    def test_has_attributes_and_no_style(self) -> None:
        svg = chart_svg(self.group, TODAY, "en")
        self.assertNotIn("style", svg)
        self.assertIn('fill="#e6f0f9"', svg)

    def test_speaks_chinese(self) -> None:
        self.assertIn("高雄封裝一廠", self.texts(language="zh-hant"))

    def test_writes_a_hostile_name_as_text(self) -> None:
        with acting(TELLER, "story.unit"):
            unit("EVIL", "<script>alert(1)</script>", "site", self.mat)
        self.assertNotIn("<script", chart_svg(self.group, TODAY, "en"))

    def test_folds_companies_of_a_very_large_group(self) -> None:
        with acting(TELLER, "story.unit"):
            for number in range(MOST_SITES):
                unit(f"S{number}", f"Site {number}", "site", self.mat)
        svg = ElementTree.fromstring(drawn(branch(self.group, TODAY)))  # noqa: S314  # our own
        self.assertEqual(len(list(svg.iter(BOX))), 3)

    def test_cuts_long_names_wider_in_chinese(self) -> None:
        self.assertEqual(fitted("Yamagata Precision Packaging", 100), "Yamagata Preci…")
        self.assertEqual(fitted("山形精密封裝測試廠", 60), "山形精…")
        self.assertEqual(fitted("Tokyo", 100), "Tokyo")


class Page(Cast, TestCase):
    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))

    def test_opens_with_the_tree_as_a_list_too(self) -> None:
        self.sign_in(self.ada)
        answer = self.client.get(reverse("organization-chart"))
        self.assertContains(answer, "<svg xmlns")
        self.assertContains(answer, reverse("units-record", args=[self.pen1.pk]))

    def test_shows_only_what_one_may_see(self) -> None:
        self.sign_in(self.ben)
        answer = self.client.get(reverse("organization-chart"))
        self.assertContains(answer, "Kaohsiung Assembly 1")
        self.assertNotContains(answer, "Penang Assembly 1")

    def test_shows_a_past_year_as_it_stood(self) -> None:
        move(self.khh2, by=self.ada, to=self.mse, on=date(2025, 7, 1), reason="New line of business")
        self.sign_in(self.ada)
        answer = self.client.get(reverse("organization-chart"), {"year": "2024", "unit": "MSE"})
        self.assertNotContains(answer, "KHH2 ·")

    def test_costs_the_same_for_few_units_as_for_many(self) -> None:
        self.sign_in(self.ada)
        with CaptureQueriesContext(connection) as few:
            self.client.get(reverse("organization-chart"))
        with acting(TELLER, "story.units"):
            for number in range(8):
                person(f"B{number:07}", "Mei Chen", unit(f"SITE{number}", f"Site {number}", "site", self.mat))
        with CaptureQueriesContext(connection) as many:
            self.client.get(reverse("organization-chart"))
        self.assertLessEqual(len(many), len(few))

    def test_is_not_for_sam(self) -> None:
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(reverse("organization-chart")).status_code, 403)
