"""Guessing receipt codes ends after ten by a form and thirty from a place; who knows a code leaves nothing behind."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django.db import models
from django.test import TestCase
from django.urls import reverse

from keepwell.areas.incidents.jobs import forget
from keepwell.areas.incidents.models import CodeTries, Disclosure
from keepwell.areas.incidents.models.intake import new_code
from keepwell.areas.incidents.rules import guessing, intake
from keepwell.kernel import moments
from tests.cast import NOW, Cast

FORM = re.compile(r'name="form" value="([^"]+)"')
PLACE, ELSEWHERE = "203.0.113.77", "198.51.100.4"


class Guessing(Cast, TestCase):
    scene_at = NOW

    def form(self) -> str:
        found = FORM.search(self.client.get(reverse("report-answer")).content.decode())
        assert found is not None
        return found[1].replace("&#x27;", "'")

    def guess(self, form: str = "", code: str = "", place: str = PLACE, **more: Any) -> Any:
        told = {"code": code or new_code(), "form": form, "lang": "en"} | more
        return self.client.post(reverse("report-answer"), told, REMOTE_ADDR=place)

    def statuses(self, count: int, form: str = "", place: str = PLACE) -> list[int]:
        return [self.guess(form, place=place).status_code for _ in range(count)]

    def test_ends_after_ten_by_one_form_from_wherever(self) -> None:
        form = self.form()
        self.assertEqual(self.statuses(6, form), [404] * 6)
        self.assertEqual(self.statuses(6, form, ELSEWHERE), [404] * 4 + [429] * 2)

    def test_earns_nothing_by_a_wrong_code(self) -> None:
        form = self.form()
        again = FORM.search(self.guess(form).content.decode())
        assert again is not None
        self.assertEqual(again[1], form)

    def test_ends_after_thirty_from_one_place_by_whatever_forms(self) -> None:
        tries = [status for _ in range(4) for status in self.statuses(10, self.form())]
        self.assertEqual(tries, [404] * 30 + [429] * 10)
        self.assertEqual(self.statuses(1, self.form(), ELSEWHERE), [404])

    def test_shares_ten_where_no_form_or_a_forged_one_is_sent(self) -> None:
        forged = ["", "a", f"{'x' * 22}:1tZ:forged", "", "b"] * 3
        self.assertEqual([self.guess(one).status_code for one in forged], [404] * 10 + [429] * 5)

    def test_looks_at_no_code_once_it_has_ended(self) -> None:
        """No oracle: a right code and a wrong one are answered alike."""
        code = intake.send(intake.Told(self.pen1, "Words."), is_unnamed=True)
        form = self.form()
        self.statuses(10, form)
        right, wrong = self.guess(form, code), self.guess(form)
        self.assertEqual((right.status_code, wrong.status_code), (429, 429))
        self.assertEqual(len(right.content), len(wrong.content))

    def test_does_not_count_who_knows_the_code_and_keeps_nothing_of_them(self) -> None:
        code = intake.send(intake.Told(self.pen1, "Words."), is_unnamed=True)
        form = self.form()
        self.assertEqual([self.guess(form, code).status_code for _ in range(40)], [200] * 40)
        self.assertFalse(CodeTries.objects.exists())
        self.assertEqual(self.guess("", code, says="More words.").status_code, 200)
        self.assertEqual(Disclosure.objects.get().words.count(), 1)

    def test_begins_anew_an_hour_later(self) -> None:
        form, later = self.form(), time.time() + guessing.SECONDS
        self.statuses(10, form)
        with patch("time.time", return_value=later):
            self.assertEqual(self.statuses(1, self.form()), [404])

    def test_keeps_no_address_and_no_moment(self) -> None:
        self.statuses(3, self.form())
        kinds = {type(field) for field in CodeTries._meta.fields}
        self.assertEqual(kinds, {models.CharField, models.PositiveIntegerField, models.DateField})
        kept = " ".join(str(row) for row in CodeTries.objects.values())
        self.assertNotIn(PLACE, kept)
        self.assertEqual({row.count for row in CodeTries.objects.all()}, {3})

    def test_is_forgotten_the_next_day(self) -> None:
        self.statuses(1, self.form())
        for days, left in ((0, 2), (1, 0)):
            with moments.standing_at(NOW + timedelta(days=days)):
                forget(None)  # type: ignore[arg-type]
            self.assertEqual(CodeTries.objects.count(), left)
