"""Components: drawings, words for values, figures with proof, chips."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from unittest import TestCase

from django import forms
from django.template import Context, Template
from django.test import RequestFactory, SimpleTestCase
from django.utils import timezone
from django.utils.translation import override

from keepwell.platform.pages.gallery import filters
from keepwell.platform.pages.place import Place
from keepwell.platform.pages.templatetags import kw_words
from keepwell.platform.pages.templatetags.kw_drawings import bar, sparkline
from keepwell.platform.pages.zones import city, read_in


def drawn(text: str, **context: object) -> str:
    """A template's outcome, with our tags loaded, on a list page of the first of two filters."""
    request = RequestFactory().get("/certificates/?unit=KHH1&company=MAT&after=abc")
    request.place = Place(None, 2025, date(2025, 11, 14), False, 2025)  # type: ignore[attr-defined]
    return Template("{% load kw %}" + text).render(Context({"request": request, **context}))


class Sparkline(TestCase):
    def test_breaks_where_there_is_no_data(self) -> None:
        spark = sparkline([1, 2, None, 4, 5])["spark"]
        self.assertEqual(len(spark.lines), 2)
        self.assertEqual(spark.words, "1, 2, no data, 4, 5")

    def test_shows_a_lone_value_as_a_point(self) -> None:
        self.assertEqual(len(sparkline([1, None, 3, 4])["spark"].lone), 1)

    def test_ends_with_no_point_where_this_year_has_no_data(self) -> None:
        self.assertIsNone(sparkline([1, 2, None])["spark"].last)

    def test_runs_from_the_lowest_to_the_highest_with_the_target_among_them(self) -> None:
        spark = sparkline([Decimal(0), Decimal(10)], Decimal(20))["spark"]
        self.assertEqual((spark.lines, spark.target), (["4.0,18.0 88.0,11.0"], "4.0"))

    def test_of_nothing_draws_nothing(self) -> None:
        spark = sparkline([None, None])["spark"]
        self.assertEqual((spark.lines, spark.lone, spark.last), ([], [], None))

    def test_writes_points_alike_in_every_language(self) -> None:
        with override("zh-hant"):
            self.assertEqual(sparkline([0.5, 1.5])["spark"].lines, ["4.0,18.0 88.0,4.0"])


class Bar(TestCase):
    def test_fills_its_share(self) -> None:
        self.assertEqual(bar(8, 11)["length"], "46.5")

    def test_of_nothing_is_empty_and_of_too_much_is_full(self) -> None:
        self.assertEqual((bar(3, 0)["length"], bar(9, 3)["length"]), ("0.0", "64.0"))


class Words(TestCase):
    def test_leave_the_year_out_in_the_present_one(self) -> None:
        self.assertEqual(kw_words.short_day(date(2025, 11, 18), date(2025, 1, 1)), "18 Nov")
        self.assertEqual(kw_words.short_day(date(2026, 1, 12), date(2025, 1, 1)), "12 Jan 2026")

    def test_name_the_city_whose_time_it_is(self) -> None:
        at = datetime(2025, 11, 13, 21, 12, tzinfo=UTC)
        with read_in(lambda: "Asia/Taipei"):
            self.assertEqual(kw_words.place_time(at), "05:12 Taipei")
            self.assertEqual(kw_words.moment(at), "14 Nov 2025, 05:12")
        self.assertEqual(kw_words.place_time(at, "Asia/Kuala_Lumpur"), "05:12 Kuala Lumpur")
        self.assertEqual(kw_words.clock(at), "21:12")

    def test_name_a_city_nobody_translated(self) -> None:
        self.assertEqual(city("America/Argentina/Buenos_Aires"), "Buenos Aires")

    def test_say_sizes_for_people(self) -> None:
        self.assertEqual([kw_words.size(n) for n in (820, 14_336, 3_355_443)], ["820 B", "14 KB", "3.2 MB"])

    def test_say_how_long_work_still_takes(self) -> None:
        job = Work(done=50, total=100, created_at=timezone.now() - timedelta(seconds=20))
        self.assertIn(kw_words.time_left(job), ("About 20 seconds left.", "About 19 seconds left."))

    def test_say_nothing_of_work_nobody_can_measure(self) -> None:
        self.assertEqual(kw_words.time_left(Work(done=0, total=None, created_at=timezone.now())), "")


@dataclass(frozen=True)
class Work:
    """A job."""

    done: int
    total: int | None
    created_at: datetime


class Figure(SimpleTestCase):
    def test_without_data_says_so_and_opens_nothing(self) -> None:
        told = drawn("{% figure None 'hours' url='/proof/' %}")
        self.assertIn("no data", told)
        self.assertNotIn("<a", told)

    def test_of_zero_is_a_number_that_opens_its_records(self) -> None:
        self.assertInHTML(
            '<a class="kw-fig kw-left" href="/proof/">0</a>', drawn("{% figure 0 'count' url='/proof/' %}")
        )

    def test_tells_its_proof_and_what_is_hidden(self) -> None:
        told = drawn("{% figure 5 'count' records='5 records' digest='e1a6c1085cedff' hidden=1200 %}")
        for part in ("5 records", "e1a6 c108 5ced", "1,200 not shown to you"):
            self.assertIn(part, told)


class Chips(SimpleTestCase):
    def test_name_the_value_and_lead_to_the_list_without_it(self) -> None:
        told = drawn("{% chips filters '' 'Number' %}", filters=filters())
        self.assertIn("Company: Meridian Assembly &amp; Test", told)
        self.assertIn('href="/certificates/?unit=KHH1"', told)

    def test_wait_behind_one_until_they_are_typed(self) -> None:
        told = drawn("{% chips filters '' 'Number' %}", filters=filters())
        self.assertInHTML('<label class="form-label" for="f-valid_until_lte">Valid until</label>', told)

    def test_keep_the_other_filters_and_begin_at_the_first_page(self) -> None:
        told = drawn("{% chips filters '' 'Number' %}", filters=filters())
        self.assertIn('<input type="hidden" name="company" value="MAT">', told)
        self.assertNotIn('name="after"', told)


class Field(SimpleTestCase):
    def test_ties_help_and_mistakes_to_the_control(self) -> None:
        class Asked(forms.Form):
            day = forms.DateField(help_text="As 2023-02-28.")

        told = drawn("{% field form.day %}", form=Asked({"day": "30 Feb"}))
        self.assertIn('aria-describedby="id_day-help id_day-error"', told)
        self.assertIn('aria-invalid="true"', told)
        self.assertIn('id="id_day-error"', told)

    def test_of_many_choices_can_be_scrolled(self) -> None:
        class Asked(forms.Form):
            sites = forms.MultipleChoiceField(
                choices=[(str(n), str(n)) for n in range(13)], widget=forms.CheckboxSelectMultiple
            )

        self.assertIn("data-many", drawn("{% field form.sites %}", form=Asked()))


class Decimals(SimpleTestCase):
    def test_are_told_as_they_are_without_noughts_behind(self) -> None:
        told = [kw_words.decimal(Decimal(text)) for text in ("2.50", "0.95", "1015.0000", "1E+3", "0.123456")]
        self.assertEqual(told, ["2.5", "0.95", "1,015", "1,000", "0.1235"])
