"""V6.8.4: how strong a provider's proof is, as far as it says so, is looked at where a role demands more."""

from __future__ import annotations

from django.test import Client, TestCase

from keepwell.platform.history.models import Change
from keepwell.platform.identity.tests.stories import FAST, code_of
from keepwell.platform.identity.tests.test_oidc import Vouching


@FAST
class TheStrengthOfAProof(Vouching, TestCase):
    """V6.8.4: Ada's roles demand a second factor, Ben's do not."""

    facts = {"second_factor": ("mfa", "urn:meridian:two")}

    def setUp(self) -> None:
        super().setUp()
        self.know(self.ada)
        self.know(self.ben, "subject-2")

    def goes_to(self, **claims: object) -> str:
        """Where somebody of whom the house says this is led; they are out again afterwards."""
        self.client, self.house.claims = Client(), claims
        return str(self.come_back(self.leave()["state"])["Location"])

    def test_is_enough_where_the_house_shows_a_second_factor(self) -> None:
        for shown in ({"amr": ["pwd", "mfa"]}, {"acr": "urn:meridian:two"}, {"acr": "1", "amr": ["mfa"]}):
            self.assertEqual(self.goes_to(**shown), "/")
            self.assertTrue(self.is_in(), shown)

    def test_is_too_little_where_it_shows_none_or_nothing(self) -> None:
        for shown in (
            {}, {"amr": ["pwd"]}, {"acr": "1"}, {"amr": "mfa"}, {"amr": [["mfa"]]}, {"acr": ["mfa"]},
            {"acr": "MFA"}, {"amr": ["mfa2", "", None]}, {"acr": True}, {"amr": {"mfa": 1}},
        ):  # fmt: skip
            self.assertEqual(self.goes_to(**shown), "/sign-in/enrol/", shown)
            self.assertFalse(self.is_in(), shown)

    def test_that_is_too_little_is_made_up_by_ones_own_second_factor(self) -> None:
        seed = self.enrol(self.ada)
        self.assertEqual(self.goes_to(amr=["pwd"]), "/sign-in/second/")
        self.assertFalse(self.is_in())
        self.client.post("/sign-in/second/", {"code": code_of(seed)})
        self.assertTrue(self.is_in())
        self.assertEqual(Change.objects.get(verb="session.begin").answers["how"], "meridian and app")

    def test_is_not_asked_of_who_holds_no_role_that_demands_it(self) -> None:
        self.assertEqual(self.goes_to(sub="subject-2"), "/")
        self.assertTrue(self.is_in())


@FAST
class AHouseWhoseValuesNobodyNamed(Vouching, TestCase):
    def test_shows_no_second_factor_whatever_it_says(self) -> None:
        self.know(self.ada)
        self.house.claims = {"amr": ["mfa", "otp"], "acr": "mfa"}
        self.come_back(self.leave()["state"])
        self.assertFalse(self.is_in())
