"""Programs look after how people sign in by the rules of the pages: at one's own units, and never above oneself."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client, TestCase

from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.identity.tests.stories import FAST, Signing
from keepwell.platform.people.models import Account, Person
from keepwell.platform.people.tokens import issue
from tests.cast import TELLER, grant
from tests.test_canaries import BY_MAIL

IDENTIFIED = {"identified": "Called back on the number in the staff list."}


@FAST
class SignInOfOthers(Signing, TestCase):
    def setUp(self) -> None:
        self.sign_in(self.ada)

    def end(self, session: str) -> Any:
        """What is told of ending sessions of Ben."""
        return self.ask(self.ben, "/end-sessions", {"session": session}).json()

    def ask(self, whose: Person, rest: str = "", body: Any = None) -> HttpResponse:
        address = f"/api/people/{whose.pk}/sign-in{rest}"
        return self.client.post(address, json.dumps(body or {}), content_type="application/json")

    def look(self, whose: Person) -> dict[str, Any]:
        told: dict[str, Any] = self.client.get(f"/api/people/{whose.pk}/sign-in").json()
        return told

    def test_is_told_how_somebody_signs_in_and_where(self) -> None:
        self.enter("ben", client=Client())
        self.enrol(self.ben)
        told = self.look(self.ben)
        self.assertEqual((told["sign_in_name"], told["is_open"], told["has_password"]), ("ben", True, True))
        self.assertEqual([one["kind"] for one in told["factors"]], ["app"])
        self.assertEqual([one["source"] for one in told["sessions"]], ["127.0.0.1"])
        self.assertFalse({"seed", "credential", "password", "key"} & set(str(told).replace("'", " ").split()))

    def test_ends_one_session_or_all(self) -> None:
        one, other = Client(), Client()
        self.enter("ben", client=one), self.enter("ben", client=other)
        first, _second = self.look(self.ben)["sessions"]
        self.assertEqual(self.end(first["name"]), {"count": 1})
        self.assertEqual(sorted((self.is_in(one), self.is_in(other))), [False, True])
        self.assertEqual(self.end("nothing"), {"count": 0})
        self.assertEqual(self.end(""), {"count": 1})
        self.assertFalse(self.is_in(one) or self.is_in(other))
        told = Change.objects.filter(verb="session.end", by=self.ada.pk, record_id=self.ben.pk)
        self.assertEqual(told.count(), 2)

    def test_takes_factors_away_closes_and_opens(self) -> None:
        self.enrol(self.ben)
        for said in ({}, {"identified": "so"}, {"identified": " " * 20}, {"identified": "x" * 301}):
            self.assertIn(self.ask(self.ben, "/reset-factors", said).status_code, (409, 422))
        self.assertTrue(self.ben.account.factors.exists())
        self.assertEqual(self.ask(self.ben, "/reset-factors", IDENTIFIED).json(), {"count": 1})
        self.assertEqual(
            Change.objects.get(verb="factor.reset").answers["identified"], IDENTIFIED["identified"]
        )
        self.assertEqual(self.ask(self.ben, "/close").status_code, 200)
        self.assertFalse(Account.objects.get(person=self.ben).is_active)
        opened = self.ask(self.ben, "/open", {"sign_in_name": "Ben.Tan"}).json()
        self.assertEqual(opened["sign_in_name"], "ben.tan")
        self.assertRegex(opened["link"], r"/sign-in/password/.+/$")

    @BY_MAIL
    def test_shows_no_link_that_went_by_mail(self) -> None:
        self.assertEqual(self.ask(self.ben, "/open", {"sign_in_name": "ben"}).json()["link"], "")

    def test_does_nothing_to_oneself_to_who_may_more_or_elsewhere(self) -> None:
        with acting(TELLER, "cast.grant"):
            grant(self.ben, "administrator", self.khh1)
        self.sign_in(self.ben)
        ways = {"/end-sessions": {}, "/reset-factors": IDENTIFIED, "/close": {}}
        for whose, status in ((self.ben, 403), (self.ada, 404), (self.dan, 404)):
            for rest, body in ways.items():
                with self.subTest(whose=str(whose), rest=rest):
                    self.assertEqual(self.ask(whose, rest, body).status_code, status)
        with acting(TELLER, "cast.grant"):
            grant(self.eva, "administrator", self.khh1)
            grant(self.eva, "auditor", self.group)
        self.assertEqual([self.ask(self.eva, *way).status_code for way in ways.items()], [403] * 3)

    def test_is_changed_by_no_token(self) -> None:
        token = {"Authorization": f"Bearer {issue(self.ada)}"}
        address = f"/api/people/{self.ben.pk}/sign-in"
        self.assertEqual(Client().get(address, headers=token).status_code, 200)
        self.assertEqual(Client().post(f"{address}/close", headers=token).status_code, 403)

    def test_of_nobody_is_shown_to_sam(self) -> None:
        self.sign_in(self.sam)
        for whose in (self.sam, self.ben, self.ada):
            self.assertIn(self.client.get(f"/api/people/{whose.pk}/sign-in").status_code, (403, 404))
            self.assertIn(self.ask(whose, "/close").status_code, (403, 404))
            self.assertTrue(Account.objects.get(person=whose).is_active)
