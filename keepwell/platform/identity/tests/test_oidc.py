"""T13: a house that lies in twenty-five ways lets nobody in; one that does not lets in whom we know."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from hashlib import sha256
from urllib.error import HTTPError
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import jwt
from django.test import Client, TestCase, override_settings

from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.identity.models import Identity, Stranger
from keepwell.platform.identity.sso import oidc
from keepwell.platform.identity.sso.providers import Provider
from keepwell.platform.identity.tests.house import ANOTHER, CLIENT, House, open_house
from keepwell.platform.identity.tests.stories import FAST, Signing
from keepwell.platform.people.models import Account, Budget, Grant, GroupRule, Person
from tests.cast import TELLER
from tests.running import free_port
from tests.test_canaries import tables

ISSUED = int(time.time())


class Vouching(Signing):
    """Mix into a TestCase: a house called meridian, which knows Ben as subject-1."""

    facts: dict[str, object] = {}

    def setUp(self) -> None:
        house = open_house(**self.facts)
        self.house: House = house.__enter__()
        self.addCleanup(house.__exit__, None, None, None)

    def know(self, who: Person, subject: str = "subject-1") -> None:
        """Let the house's `subject` be `who`."""
        Identity.objects.create(
            person=who, provider="meridian", issuer=self.house.issuer, subject=subject, linked_by="the tests"
        )

    def leave(self, client: Client | None = None, address: str = "/sign-in/with/meridian/") -> dict[str, str]:
        """Go to the house; what it is asked."""
        answer = (client or self.client).get(address)
        self.assertEqual(answer.status_code, 302, answer.content[-1500:])
        asked = {name: values[0] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()}
        self.house.nonce = asked["nonce"]
        return asked

    def come_back(self, state: str, client: Client | None = None, **told: str) -> object:
        """Come back from the house."""
        query = urlencode({"state": state, "code": "code-1", **told})
        return (client or self.client).get(f"/sign-in/with/meridian/back/?{query}")


@FAST
class AHonestHouse(Vouching, TestCase):
    facts = {"second_factor": ("mfa",), "groups_claim": "groups"}

    def test_is_asked_with_pkce_state_and_nonce(self) -> None:
        self.know(self.ben)
        asked = self.leave()
        self.come_back(asked["state"])
        self.assertEqual((asked["response_type"], asked["code_challenge_method"]), ("code", "S256"))
        self.assertEqual(asked["redirect_uri"], "http://localhost:8000/sign-in/with/meridian/back/")
        self.assertEqual(asked["scope"], "openid profile email")
        verifier = self.house.asked[0]["code_verifier"]
        challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        self.assertEqual(asked["code_challenge"], challenge)
        self.assertGreaterEqual(min(len(verifier), len(asked["state"]), len(asked["nonce"])), 32)

    def test_is_not_asked_because_another_site_leads_somebody_here(self) -> None:
        answer = self.client.get("/sign-in/with/meridian/", headers={"Sec-Fetch-Site": "cross-site"})
        self.assertRedirects(answer, "/sign-in/", fetch_redirect_response=False)
        self.assertEqual(self.client.session.get("flows", {}), {})

    def test_leaves_its_tokens_nowhere(self) -> None:
        """They are read by the server and dropped: no page, session or row has them."""
        self.know(self.ben)
        answer = self.come_back(self.leave()["state"])
        page = self.client.get("/account/").content.decode()
        session = str(dict(self.client.session))
        kept = "".join(text for _table, text in tables())
        self.assertEqual(len(self.house.given), 2)
        for token in self.house.given:
            for place in (page, session, kept, answer.headers["Location"]):
                self.assertNotIn(token, place)

    def test_lets_in_whom_we_know_and_back_to_where_they_were(self) -> None:
        self.know(self.ben)
        asked = self.leave(address="/sign-in/with/meridian/?next=/units/")
        self.assertRedirects(self.come_back(asked["state"]), "/units/", fetch_redirect_response=False)
        self.assertTrue(self.is_in())

    def test_whom_nobody_knows_is_told_whom_to_ask_and_is_not_entered(self) -> None:
        people, accounts = Person.objects.count(), Account.objects.count()
        answer = self.come_back(self.leave()["state"])
        self.assertContains(answer, "Ask your administrator", status_code=403)
        self.assertFalse(self.is_in())
        self.assertEqual(
            (Person.objects.count(), Account.objects.count(), Stranger.objects.count()), (people, accounts, 1)
        )

    def test_that_says_nothing_of_groups_takes_no_right_away_and_one_that_says_none_does(self) -> None:
        with acting(TELLER, "story.rule"):
            GroupRule(
                source="meridian", group="Staff", role="employee", unit=self.khh2, standing="given"
            ).save()
        self.know(self.ben)
        held = []
        claims: list[dict[str, object]] = [
            {"groups": ["Staff"]}, {}, {"groups": None}, {"_claim_names": {"groups": "src1"}}, {"groups": []}
        ]  # fmt: skip
        for told in claims:
            self.house.claims = told
            self.client.logout()
            self.come_back(self.leave()["state"])
            self.assertTrue(self.is_in(), told)
            held.append(Grant.objects.in_force().filter(person=self.ben, role="employee").exists())
        self.assertEqual(held, [True, True, True, True, False])

    def test_links_by_no_mail_address(self) -> None:
        self.house.claims = {"email": self.ben.mail, "email_verified": True}
        self.come_back(self.leave()["state"])
        self.assertEqual(Identity.objects.count(), 0)

    def test_gives_no_right_at_the_first_sign_in(self) -> None:
        self.know(self.sam)
        self.come_back(self.leave()["state"])
        self.assertTrue(self.is_in())
        self.assertEqual(self.client.get("/units/").status_code, 403)

    def test_does_not_open_a_closed_account(self) -> None:
        self.know(self.ben)
        Account.objects.filter(person=self.ben).update(is_active=False)
        self.come_back(self.leave()["state"])
        self.assertFalse(self.is_in())

    def test_is_a_fresh_proof_only_as_far_as_it_says_so(self) -> None:
        self.know(self.ada)
        for minutes, status in ((1, 200), (11, 403)):
            self.client = Client()
            self.house.claims = {"amr": ["mfa"], "auth_time": int(time.time()) - minutes * 60}
            self.come_back(self.leave()["state"])
            self.assertEqual(self.client.get("/grants/new/").status_code, status)

    def test_proves_anew_who_is_signed_in_and_nobody_else(self) -> None:
        self.know(self.ada)
        self.house.claims = {"amr": ["mfa"], "auth_time": int(time.time()) - 3600}
        self.come_back(self.leave()["state"])
        address = "/sign-in/with/meridian/?for=proof&next=/grants/new/"
        asked = self.leave(address=address)
        self.assertEqual((asked["prompt"], asked["max_age"]), ("login", "0"))
        self.come_back(asked["state"])
        self.assertEqual(self.client.get("/grants/new/").status_code, 403)
        self.house.claims = {"auth_time": int(time.time())}
        self.assertRedirects(self.come_back(self.leave(address=address)["state"]), "/grants/new/")

    def test_is_noted_in_the_trail(self) -> None:
        self.know(self.ben)
        self.come_back(self.leave()["state"])
        self.assertEqual(Change.objects.get(verb="session.begin").answers["how"], "meridian")


@FAST
class ANumberThatIsTrusted(Vouching, TestCase):
    facts = {"number_claim": "employee", "links_by_number": True}

    def test_links_the_first_sign_in(self) -> None:
        self.house.claims = {"employee": self.ben.number}
        self.come_back(self.leave()["state"])
        self.assertEqual(Identity.objects.get().person, self.ben)
        self.assertTrue(self.is_in())

    def test_links_no_second_subject_to_the_same_person(self) -> None:
        self.know(self.ben)
        self.house.claims = {"employee": self.ben.number, "sub": "subject-2"}
        self.come_back(self.leave()["state"])
        self.assertFalse(self.is_in())

    def test_links_nobody_who_is_no_employee(self) -> None:
        self.house.claims = {"employee": self.sam.number}
        self.come_back(self.leave()["state"])
        self.assertFalse(self.is_in())

    def test_opens_an_account_for_an_employee_without_one(self) -> None:
        Account.objects.filter(person=self.eva).delete()
        self.house.claims = {"employee": self.eva.number}
        self.come_back(self.leave()["state"])
        self.assertTrue(self.is_in())
        self.assertFalse(Account.objects.get(person=self.eva).has_usable_password())


def unsigned(house: House) -> str:
    """The honest token with the algorithm `none`."""
    return jwt.encode(
        jwt.decode(house.answer()["id_token"], options={"verify_signature": False}), None, "none"
    )


def confused(house: House) -> str:
    """The honest token, signed with the public key as if it were a shared secret."""
    told = jwt.decode(house.answer()["id_token"], options={"verify_signature": False})
    parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=")
             for one in ({"alg": "HS256", "kid": "one", "typ": "JWT"}, told)]  # fmt: skip
    import hmac

    secret = json.dumps(house.keys()["keys"][0]).encode()
    mark = base64.urlsafe_b64encode(hmac.new(secret, b".".join(parts), "sha256").digest()).rstrip(b"=")
    return b".".join([*parts, mark]).decode()


LIES: dict[str, dict[str, object]] = {
    "no nonce": {"without": ("nonce",)},
    "the nonce of another sign-in": {"claims": {"nonce": "another"}},
    "a nonce that is no text": {"claims": {"nonce": ["a"]}},
    "another issuer": {"claims": {"iss": "https://evil.example"}},
    "an issuer with a slash more": {"claims": {"iss": "SLASH"}},
    "no issuer": {"without": ("iss",)},
    "another audience": {"claims": {"aud": "another"}},
    "one audience more": {"claims": {"aud": [CLIENT, "another"]}},
    "no audience": {"without": ("aud",)},
    "another authorized party": {"claims": {"azp": "another"}},
    "expired": {"claims": {"exp": ISSUED - 3600, "iat": ISSUED - 7200}},
    "no end": {"without": ("exp",)},
    "issued tomorrow": {"claims": {"iat": ISSUED + 86_400, "exp": ISSUED + 90_000}},
    "no moment of issue": {"without": ("iat",)},
    "no subject": {"without": ("sub",)},
    "an empty subject": {"claims": {"sub": ""}},
    "a blank subject": {"claims": {"sub": "  "}},
    "a subject that is no text": {"claims": {"sub": 1}},
    "the subject of another house": {"claims": {"sub": "subject-9"}},
    "signed by another key": {"signed_by": ANOTHER},
    "a key that is not published": {"header": {"kid": "two"}},
    "a token made to open an API": {"header": {"kid": "one", "typ": "at+jwt"}},
    "a token that says somebody signed out": {"header": {"kid": "one", "typ": "logout+jwt"}},
    "another key without a name": {"header": {}, "signed_by": ANOTHER},
    "a shared secret": {"algorithm": "HS256", "signed_by": "a secret between two houses, long enough"},
    "an algorithm that was not agreed": {"algorithm": "RS512"},
    "a broken signature": {"spoil": "x"},
    "not before tomorrow": {"claims": {"nbf": ISSUED + 86_400}},
}


@FAST
class AHouseThatLies(Vouching, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.know(self.ben)

    def test_lets_nobody_in(self) -> None:
        for lie, how in LIES.items():
            self.house.be_honest()
            for name, value in how.items():
                setattr(self.house, name, value)
            if self.house.claims.get("iss") == "SLASH":
                self.house.claims["iss"] = f"{self.house.issuer}/"
            self.refused(lie, state=self.leave()["state"])
        self.house.be_honest()
        self.come_back(self.leave()["state"])
        self.assertTrue(self.is_in(), "the same house lets in when it is honest")

    def test_lets_nobody_in_with_a_token_that_is_not_signed_or_signed_with_what_is_public(self) -> None:
        for forge in (unsigned, confused):
            self.house.be_honest()
            state = self.leave()["state"]
            self.house.token = forge(self.house)
            self.refused(forge.__name__, state=state)

    def test_lets_nobody_in_with_what_another_browser_asked(self) -> None:
        victim, thief = Client(), Client()
        state = self.leave(thief)["state"]
        self.come_back(state, victim)
        self.assertFalse(self.is_in(victim))
        for wrong in ("", "made-up"):
            self.refused("state", state=wrong)

    def test_lets_nobody_in_twice_with_one_answer(self) -> None:
        state = self.leave()["state"]
        self.come_back(state)
        self.client.post("/sign-out/")
        self.refused("replayed", state=state)

    def test_lets_nobody_in_without_a_code_or_from_another_issuer(self) -> None:
        for told in ({"code": "", "error": "access_denied"}, {"iss": "https://evil.example"}, {"code": ""}):
            self.refused(str(told), state=self.leave()["state"], **told)

    def test_lets_nobody_in_through_an_address_that_the_settings_do_not_name(self) -> None:
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            self.house.be_honest()
            oidc.forget()
            self.house.says = {name: "https://evil.example/x"}
            answer = self.client.get("/sign-in/with/meridian/")
            if answer.status_code == 302:
                self.assertTrue(answer["Location"].startswith(self.house.issuer))
                state = dict(parse_qsl(urlsplit(answer["Location"]).query))["state"]
                self.refused(name, state=state)

    def test_lets_nobody_in_when_it_calls_itself_otherwise(self) -> None:
        oidc.forget()
        self.house.says = {"issuer": "https://evil.example"}
        self.assertEqual(self.client.get("/sign-in/with/meridian/").status_code, 403)

    def test_lets_nobody_in_by_a_header(self) -> None:
        for header in ("REMOTE_USER", "HTTP_REMOTE_USER", "HTTP_X_FORWARDED_USER", "HTTP_X_REMOTE_USER"):
            self.assertFalse(self.is_in(Client(**{header: "ben"})))

    def test_is_looked_at_ten_times(self) -> None:
        answers = [self.come_back("made-up").status_code for _time in range(14)]
        self.assertEqual(answers, [403] * 10 + [429] * 4)

    def refused(self, lie: str, state: str, **told: str) -> None:
        """See that nobody got in, and that it was noted."""
        with self.subTest(lie=lie):
            Budget.objects.all().delete()
            self.assertEqual(self.come_back(state, **told).status_code, 403)
            self.assertFalse(self.is_in())


class Stay(HTTPRedirectHandler):
    """Does not follow: the test reads where it would go."""

    def redirect_request(self, *_told: object) -> None:
        return None


def agreed(address: str, subject: str) -> str:
    """Where the house at `address` sends back whoever says there that they are `subject`."""
    try:
        answer = build_opener(Stay).open(address, f"sub={subject}".encode(), timeout=20)
    except HTTPError as moved:  # what urllib calls a redirect that is not followed
        return moved.headers["Location"].replace("http://localhost:8000", "")
    raise AssertionError(f"{address} sends nobody back: {answer.status}")


@FAST
class ARealHouse(Signing, TestCase):
    """oidc-provider-mock, as a process of its own."""

    def test_lets_in_whom_we_know(self) -> None:
        port = free_port()
        issuer = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true",
                   "--user-claims", json.dumps({"sub": "eva-1", "name": "Eva Chen", "employee": self.eva.number})]  # fmt: skip
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait, 20)
        self.addCleanup(server.terminate)
        provider = Provider(
            "meridian", "Meridian", "oidc", issuer, CLIENT, "x", number_claim="employee", links_by_number=True
        )
        with override_settings(
            KEEPWELL_SSO={"meridian": provider}, KEEPWELL_EGRESS_ALLOW=frozenset({f"127.0.0.1:{port}"})
        ):
            oidc.forget()
            self.client.get(agreed(self.asked(server), "eva-1"))
        self.assertTrue(self.is_in())
        self.assertEqual(Identity.objects.get().subject, "eva-1")
        self.assertNotContains(self.client.get("/people/"), self.ben.number)

    def asked(self, server: subprocess.Popen[bytes]) -> str:
        """Where the house asks who it is, once it is open."""
        for _time in range(200):
            answer = self.client.get("/sign-in/with/meridian/?next=/account/")
            if answer.status_code == 302:
                return str(answer["Location"])
            self.assertIsNone(server.poll())
            time.sleep(0.1)
        raise AssertionError("The house does not open.")
