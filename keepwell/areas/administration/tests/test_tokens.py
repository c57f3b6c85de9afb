"""Everybody who is signed in makes tokens for their own programs, sees each once, and ends them."""

from __future__ import annotations

import re
from datetime import timedelta

from django.http import HttpResponse
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from keepwell.platform.history.acting import Refused
from keepwell.platform.people.models import Token
from keepwell.platform.people.tokens import issue, person_of, revoke
from tests.cast import Cast

TOKENS = reverse("tokens")


def secrets_on(page: HttpResponse) -> list[str]:
    """The secrets that stand on a page."""
    return re.findall(r"kw_[A-Za-z0-9_-]{43}", page.content.decode())


class Issuing(Cast, TestCase):
    def test_shows_the_token_on_the_answer_and_never_again(self) -> None:
        self.sign_in(self.eva)
        answer = self.client.post(TOKENS, {"label": "Badge reader", "days": "30"})
        (secret,) = secrets_on(answer)
        self.assertEqual(person_of(secret), self.eva)
        again = self.client.get(TOKENS)
        self.assertEqual(secrets_on(again), [])
        self.assertContains(again, "Badge reader")

    def test_leaves_no_trace_of_the_secret_outside_the_answer(self) -> None:
        self.sign_in(self.eva)
        with self.assertNoLogs("keepwell", level="DEBUG"):
            answer = self.client.post(TOKENS, {"label": "Badge reader", "days": "30"})
        (secret,) = secrets_on(answer)
        self.assertNotIn(secret, str(dict(self.client.session)))
        self.assertNotIn(secret, str(Token.objects.values()))
        self.assertIn("no-store", answer["Cache-Control"])

    def test_asks_for_a_label(self) -> None:
        self.sign_in(self.eva)
        answer = self.client.post(TOKENS, {"label": " ", "days": "30"})
        self.assertEqual((answer.status_code, Token.objects.count()), (422, 0))

    def test_lasts_one_day_at_least(self) -> None:
        self.assertEqual(self.days_refused(0), True)
        self.assertEqual(self.days_refused(1), False)

    def test_lasts_365_days_at_most(self) -> None:
        self.assertEqual(self.days_refused(365), False)
        self.assertEqual(self.days_refused(366), True)

    def days_refused(self, days: int) -> bool:
        """Whether the form and the rule both refuse a token of so many days."""
        self.sign_in(self.eva)
        by_form = self.client.post(TOKENS, {"label": "Badge reader", "days": str(days)}).status_code == 422
        try:
            issue(self.eva, days=days)
        except Refused:
            return by_form
        self.assertFalse(by_form)
        return False

    def test_gives_who_has_no_right_a_token_without_any(self) -> None:
        issue(self.eva, label="Badge reader")
        self.sign_in(self.sam)
        self.assertNotContains(self.client.get(TOKENS), "Badge reader")
        (secret,) = secrets_on(self.client.post(TOKENS, {"label": "Nothing", "days": "1"}))
        answer = self.client.get("/api/units", headers={"Authorization": f"Bearer {secret}"})
        self.assertEqual(answer.status_code, 403)

    def test_asks_a_stranger_to_sign_in(self) -> None:
        self.assertRedirects(self.client.get(TOKENS), f"{reverse('sign-in')}?next={TOKENS}")


class Revoking(Cast, TestCase):
    def setUp(self) -> None:
        self.secret = issue(self.eva, label="Badge reader")
        self.token = Token.objects.get()

    def test_ends_the_token_at_once(self) -> None:
        self.sign_in(self.eva)
        self.client.post(reverse("token-revoke", args=[self.token.pk]))
        self.assertIsNone(person_of(self.secret))
        self.assertContains(self.client.get(TOKENS), "Revoked")

    def test_twice_keeps_the_first_moment(self) -> None:
        revoke(self.token)
        first = self.token.revoked_at
        revoke(self.token)
        self.assertEqual(Token.objects.get().revoked_at, first)

    def test_is_for_its_owner_alone(self) -> None:
        self.sign_in(self.ada)
        self.assertEqual(self.client.post(reverse("token-revoke", args=[self.token.pk])).status_code, 404)
        self.sign_in(self.sam)
        self.assertEqual(self.client.post(reverse("token-revoke", args=[self.token.pk])).status_code, 404)
        self.assertEqual(person_of(self.secret), self.eva)

    def test_does_nothing_when_only_looked_at(self) -> None:
        self.sign_in(self.eva)
        self.assertEqual(self.client.get(reverse("token-revoke", args=[self.token.pk])).status_code, 405)


class Expiring(Cast, TestCase):
    def standing(self, left: timedelta) -> tuple[bool, bool]:
        """Whether a token with so much time left opens the API, and counts as good on the page."""
        secret = issue(self.eva, days=1)
        Token.objects.update(expires_at=timezone.now() + left)
        return person_of(secret) is not None, Token.objects.get().is_good

    def test_comes_after_the_last_moment(self) -> None:
        self.assertEqual(self.standing(timedelta(seconds=5)), (True, True))

    def test_has_come_when_the_moment_is_past(self) -> None:
        self.assertEqual(self.standing(timedelta(seconds=-1)), (False, False))
