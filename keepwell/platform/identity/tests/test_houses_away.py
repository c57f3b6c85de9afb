"""V16.5.2: an identity provider that is away or broken keeps nobody else out, and lets nobody in."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.test import Client, TestCase, override_settings

from keepwell.platform.history.models import Change
from keepwell.platform.identity.models import Identity, Stranger
from keepwell.platform.identity.sso import oidc
from keepwell.platform.identity.sso.providers import Provider
from keepwell.platform.identity.tests.stories import FAST, Signing
from keepwell.platform.identity.tests.test_oidc import Vouching
from keepwell.platform.people.models import Person
from tests.running import free_port

SENTENCE = "Meridian does not answer at the moment. Try again in a few minutes, or sign in another way."


@FAST
class AHouseThatIsAway(Vouching, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.know(self.ben)

    def move_away(self) -> None:
        """From now on nothing listens where the house was."""
        oidc.forget()
        port = free_port()
        away = Provider("meridian", "Meridian", "oidc", f"http://127.0.0.1:{port}", "keepwell", "x")
        allowed = frozenset({f"127.0.0.1:{port}"})
        self.enterContext(override_settings(KEEPWELL_SSO={"meridian": away}, KEEPWELL_EGRESS_ALLOW=allowed))

    def told(self, answer: HttpResponse) -> None:
        self.assertContains(answer, SENTENCE, status_code=503)
        self.assertEqual(answer["Retry-After"], "60")
        self.assertFalse(self.is_in())

    def leave_anyhow(self) -> Any:
        return self.client.get("/sign-in/with/meridian/")

    def test_is_told_in_one_sentence_beside_the_other_ways_in(self) -> None:
        self.move_away()
        answer = self.leave_anyhow()
        self.told(answer)
        self.assertContains(answer, 'name="password"', status_code=503)
        self.assertFalse(Change.objects.filter(verb="session.refuse").exists())

    def test_keeps_nobody_out_who_comes_another_way(self) -> None:
        self.move_away()
        self.leave_anyhow()
        self.enter()
        self.assertTrue(self.is_in())

    def test_leaves_who_is_in_in_and_lets_them_prove_it_otherwise(self) -> None:
        self.know(self.ada, "subject-2")
        self.sign_in(self.ada)
        session = self.client.session
        session["proved"] = 0
        session.save()
        self.move_away()
        self.assertEqual(self.client.get("/people/").status_code, 200)
        answer = self.client.get("/sign-in/with/meridian/?for=proof&next=/grants/new/")
        self.assertEqual(answer.status_code, 503)
        asked = self.client.get("/grants/new/")
        self.assertContains(asked, 'name="proof-password"', status_code=403)
        proof = {"proof-for": "GET", "proof-password": "four plain words together"}
        self.assertRedirects(self.client.post("/grants/new/", proof), "/grants/new/")

    def test_between_leaving_and_coming_back_writes_nothing_and_costs_no_try(self) -> None:
        before = (
            Person.objects.count(),
            Identity.objects.count(),
            Stranger.objects.count(),
            Change.objects.count(),
        )
        clients = [Client() for _one in range(14)]
        states = [self.leave(client)["state"] for client in clients]
        self.house.answer = self.break_off  # type: ignore[method-assign]  # the house breaks
        for client, state in zip(clients, states, strict=True):
            self.assertEqual(self.come_back(state, client).status_code, 503)
            self.assertFalse(self.is_in(client))
        after = (
            Person.objects.count(),
            Identity.objects.count(),
            Stranger.objects.count(),
            Change.objects.count(),
        )
        self.assertEqual(before, after)
        del self.house.answer
        self.come_back(self.leave()["state"])
        self.assertTrue(self.is_in(), "the house is back, and no try was spent on it")

    def break_off(self) -> dict[str, Any]:
        """The house ends without an answer."""
        raise ConnectionAbortedError

    def test_that_answers_that_it_is_broken_is_away(self) -> None:
        state = self.leave()["state"]
        self.house.status = 502
        self.told(self.come_back(state))
        oidc.forget()
        self.told(self.leave_anyhow())


@FAST
class ASamlHouse(Signing, TestCase):
    def test_is_asked_nothing_by_us_so_that_its_absence_is_seen_there(self) -> None:
        """The browser goes to it; whoever comes back without its word signs in another way."""
        from keepwell.platform.keeping.tests.test_vouching import HOUSE, ISSUER, certificate

        metadata = HOUSE.format(issuer=ISSUER, certificate=certificate(90))
        house = Provider("adfs", "Meridian AD FS", "saml", ISSUER, metadata=metadata)
        with override_settings(KEEPWELL_SSO={"adfs": house}):
            answer = self.client.get("/sign-in/with/adfs/")
            self.assertTrue(answer["Location"].startswith(ISSUER))
            self.enter()
            self.assertTrue(self.is_in())
