"""Where a page stands: the unit and year of its address, the unit looked at last, never one out of sight."""

from __future__ import annotations

from datetime import date

from django.test import TestCase
from django.urls import reverse

from keepwell.kernel.moments import standing_at
from keepwell.platform.pages.place import Place
from tests.cast import NOW, Cast

ACCOUNT = reverse("account")


class Standing(Cast, TestCase):
    def place(self, query: str = "") -> Place:
        """The place of a page that every signed-in person may open."""
        with standing_at(NOW):
            answer = self.client.get(f"{ACCOUNT}{query}")
            self.assertEqual(answer.status_code, 200)
            request = answer.wsgi_request
            return Place(
                request.place.unit, request.place.number, request.place.day, request.place.is_past, 2025
            )

    def test_begins_at_the_highest_unit_one_may_see(self) -> None:
        self.sign_in(self.ben)
        self.assertEqual(self.place().unit, self.khh1)

    def test_begins_with_the_first_by_code_where_several_are_alike(self) -> None:
        self.sign_in(self.dan)
        self.assertEqual(self.place().unit, self.khh2)

    def test_is_nowhere_for_who_has_no_right(self) -> None:
        self.sign_in(self.sam)
        self.assertIsNone(self.place().unit)

    def test_follows_the_address_and_remembers_the_unit(self) -> None:
        self.sign_in(self.ada)
        self.assertEqual(self.place("?unit=PEN1").unit, self.pen1)
        self.assertEqual(self.place().unit, self.pen1)

    def test_forgets_a_unit_that_may_not_be_seen_any_more(self) -> None:
        self.sign_in(self.dan)
        session = self.client.session
        session["unit"] = "MERIDIAN"
        session.save()
        self.assertEqual(self.place().unit, self.khh2)

    def test_of_a_past_year_is_its_last_day(self) -> None:
        self.sign_in(self.ada)
        place = self.place("?year=2023")
        self.assertEqual((place.number, place.day, place.is_past), (2023, date(2023, 12, 31), True))

    def test_without_a_year_is_now_again(self) -> None:
        self.sign_in(self.ada)
        self.place("?year=2023")
        place = self.place()
        self.assertEqual((place.number, place.day, place.is_past), (2025, date(2025, 11, 14), False))

    def test_never_lies_ahead(self) -> None:
        self.sign_in(self.ada)
        self.assertFalse(self.place("?year=2031").is_past)


class Straying(Cast, TestCase):
    def test_to_a_unit_out_of_sight_is_told_like_one_that_is_not_there(self) -> None:
        self.sign_in(self.ben)
        hidden, absent = self.client.get(f"{ACCOUNT}?unit=PEN1"), self.client.get(f"{ACCOUNT}?unit=NOWHERE")
        self.assertContains(hidden, "No unit you may see is called “PEN1”.", status_code=404)
        self.assertContains(absent, "No unit you may see is called “NOWHERE”.", status_code=404)

    def test_to_a_year_that_is_none_is_told(self) -> None:
        self.sign_in(self.ada)
        for year in ("12", "two", "1066", "２０２３", "2023x"):
            self.assertContains(
                self.client.get(ACCOUNT, {"year": year}), "is no year that can be shown", status_code=404
            )

    def test_with_a_nul_byte_finds_nothing(self) -> None:
        self.sign_in(self.ada)
        self.assertEqual(self.client.get(f"{ACCOUNT}?unit=KHH1%00").status_code, 404)
