"""SAML against a real identity provider (pysaml2), honest and not."""

from __future__ import annotations

import base64
import re
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import SkipTest
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.http import HttpResponse
from django.test import Client, TestCase, override_settings
from saml2 import BINDING_HTTP_REDIRECT
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NAMEID_FORMAT_TRANSIENT, NameID
from saml2.server import Server
from saml2.xmldsig import DIGEST_SHA1, DIGEST_SHA256, SIG_RSA_SHA1, SIG_RSA_SHA256

from keepwell.platform.identity.models import Arrival, Identity, Stranger
from keepwell.platform.identity.sso.providers import Provider
from keepwell.platform.identity.tests.stories import FAST, Signing, code_of
from keepwell.platform.people.models import Budget

IDP = "https://idp.meridian.example/saml"
ACS = "http://localhost:8000/sign-in/with/adfs/assertion/"
OURS = "http://localhost:8000/sign-in/with/adfs/metadata/"
SHA256, SHA1 = (SIG_RSA_SHA256, DIGEST_SHA256), (SIG_RSA_SHA1, DIGEST_SHA1)
BY_PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
BY_TWO = "http://schemas.microsoft.com/claims/multipleauthn"


def certificate(folder: Path, name: str) -> None:
    """A key and a certificate of its own, as files."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(named).issuer_name(named).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2)).sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = serialization.NoEncryption()
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    )
    (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))


def house(folder: Path, name: str, metadata: bytes = b"") -> Server:
    """A pysaml2 identity provider that signs with the key `name`."""
    (folder / "ours.xml").write_bytes(metadata)
    config = IdPConfig().load({
        "entityid": IDP, "xmlsec_binary": shutil.which("xmlsec1"), "allow_unknown_attributes": True,
        "key_file": str(folder / f"{name}.key"), "cert_file": str(folder / f"{name}.pem"),
        "service": {"idp": {
            "endpoints": {"single_sign_on_service": [(f"{IDP}/sso", BINDING_HTTP_REDIRECT)]},
            "policy": {"default": {"lifetime": {"minutes": 5}, "name_form": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"}},
            "want_authn_requests_signed": False,
        }},
        "metadata": {"local": [str(folder / "ours.xml")]} if metadata else {},
    })  # fmt: skip
    return Server(config=config)


@FAST
class AssertionsOf(Signing, TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        if shutil.which("xmlsec1") is None:
            raise SkipTest("needs xmlsec1")
        cls.folder = Path(tempfile.mkdtemp())
        for name in ("honest", "another"):
            certificate(cls.folder, name)
        cls.metadata = str(entity_descriptor(house(cls.folder, "honest").config))
        super().setUpClass()

    @classmethod
    def tearDownClass(cls) -> None:
        super().tearDownClass()
        shutil.rmtree(cls.folder)

    def setUp(self) -> None:
        provider = Provider(
            "adfs",
            "Meridian AD FS",
            "saml",
            IDP,
            metadata=self.metadata,
            groups_claim="memberOf",
            second_factor=(BY_TWO,),
        )
        settings = override_settings(KEEPWELL_SSO={"adfs": provider})
        settings.enable()
        self.addCleanup(settings.disable)
        Identity.objects.create(
            person=self.ben, provider="adfs", issuer=IDP, subject="ben-1", linked_by="the tests"
        )
        ours = self.client.get("/sign-in/with/adfs/metadata/").content
        self.idp = {name: house(self.folder, name, ours) for name in ("honest", "another")}

    def ask(self, client: Client | None = None, address: str = "/sign-in/with/adfs/?next=/units/") -> str:
        """Go to the house; the id of the question."""
        answer = (client or self.client).get(address)
        self.assertTrue(answer["Location"].startswith(f"{IDP}/sso?"), answer.content)
        told = parse_qs(urlsplit(answer["Location"]).query)["SAMLRequest"][0]
        return str(self.idp["honest"].parse_authn_request(told, BINDING_HTTP_REDIRECT).message.id)

    def answer(self, question: str, *, by: str = "honest", subject: str = "ben-1", signs: bool = True,
               audience: str = OURS, to: str = ACS, kind: str = NAMEID_FORMAT_PERSISTENT,
               ways: tuple[str, str] = SHA256, proved_by: str = BY_PASSWORD) -> str:  # fmt: skip
        """What the house has the browser send."""
        told = self.idp[by].create_authn_response(
            {"givenName": ["Ben"], "memberOf": ["security"]}, question, to, audience, name_id=NameID(format=kind, text=subject),
            authn={"class_ref": proved_by, "authn_auth": IDP, "authn_instant": int(datetime.now(UTC).timestamp())},
            sign_assertion=signs,
            sign_alg=ways[0], digest_alg=ways[1], sign_response=False,
        )  # fmt: skip
        return base64.b64encode(str(told).encode()).decode()

    def send(self, answer: str, client: Client | None = None) -> HttpResponse:
        """The browser sends what the house gave it, without our cookies, and follows us back."""
        came = Client(enforce_csrf_checks=True).post(
            "/sign-in/with/adfs/assertion/", {"SAMLResponse": answer}
        )
        if came.status_code != 302:
            return came
        return (client or self.client).get(came["Location"].removeprefix("http://localhost:8000"))

    def test_let_in_whom_we_know(self) -> None:
        came = self.send(self.answer(self.ask()))
        self.assertRedirects(came, "/units/", fetch_redirect_response=False)
        self.assertTrue(self.is_in())
        self.assertEqual(Arrival.objects.count(), 0)

    def test_of_somebody_unknown_enter_nobody(self) -> None:
        self.assertContains(
            self.send(self.answer(self.ask(), subject="new-1")), "Ask your administrator", status_code=403
        )
        self.assertEqual(Stranger.objects.get().subject, "new-1")

    def test_prove_anew_who_is_signed_in(self) -> None:
        self.send(self.answer(self.ask()))
        self.send(self.answer(self.ask(address="/sign-in/with/adfs/?for=proof&next=/account/factors/new/")))
        self.assertEqual(self.client.get("/account/factors/new/").status_code, 200)

    def test_prove_a_second_factor_by_the_class_that_the_settings_name_alone(self) -> None:
        """V6.8.4: Ada's roles demand a second factor, Ben's do not."""
        Identity.objects.create(
            person=self.ada, provider="adfs", issuer=IDP, subject="ada-1", linked_by="the tests"
        )
        for proved_by, leads, is_in in ((BY_PASSWORD, "/sign-in/enrol/", False), (BY_TWO, "/units/", True)):
            self.client = Client()
            came = self.send(self.answer(self.ask(), subject="ada-1", proved_by=proved_by))
            self.assertRedirects(came, leads, fetch_redirect_response=False)
            self.assertEqual(self.is_in(), is_in)
        self.client = Client()
        self.send(self.changed(self.ask(), BY_PASSWORD.encode(), BY_TWO.encode()))
        self.assertFalse(self.is_in(), "who changes the class breaks the signature")

    def test_of_a_class_that_shows_one_factor_are_made_up_by_ones_own(self) -> None:
        Identity.objects.create(
            person=self.ada, provider="adfs", issuer=IDP, subject="ada-1", linked_by="the tests"
        )
        seed = self.enrol(self.ada)
        self.assertRedirects(self.send(self.answer(self.ask(), subject="ada-1")), "/sign-in/second/")
        self.client.post("/sign-in/second/", {"code": code_of(seed)})
        self.assertTrue(self.is_in())

    def test_that_prove_nothing_let_nobody_in(self) -> None:
        lies: dict[str, Callable[[str], str]] = {
            "not signed": lambda asked: self.answer(asked, signs=False),
            "signed as one did twenty years ago": lambda asked: self.answer(asked, ways=SHA1),
            "signed by another key": lambda asked: self.answer(asked, by="another"),
            "for another audience": lambda asked: self.answer(asked, audience="https://evil.example/metadata"),
            "for another address": lambda asked: self.answer(asked, to="https://evil.example/acs"),
            "in answer to nothing": lambda _asked: self.answer("id-made-up"),
            "of nobody": lambda asked: self.answer(asked, subject=" "),
            "of somebody for today only": lambda asked: self.answer(asked, kind=NAMEID_FORMAT_TRANSIENT),
            "changed after signing": lambda asked: self.changed(asked, b"ben-1", b"ada-1"),
            "another subject before the signed one": lambda asked: self.wrapped(asked),
            "no longer good": lambda asked: self.changed(asked, rb'NotOnOrAfter="\d{4}', b'NotOnOrAfter="2001'),
            "with the signature cut out": lambda asked: self.changed(asked, rb"<ns\d:Signature .*?</ns\d:Signature>", b""),
            "with entities": lambda asked: self.changed(asked, rb"^", b'<!DOCTYPE a [<!ENTITY b "c">]>'),
            "a thousand laughs": lambda _asked: encoded(LAUGHS),
            "with a file in it": lambda _asked: encoded(b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
            "hidden in UTF-16": lambda _asked: encoded(LAUGHS.decode().encode("utf-16")),
            "no XML": lambda _asked: encoded(b"hello"),
            "no base64": lambda _asked: "%%%",
            "nothing": lambda _asked: "",
            "a megabyte": lambda asked: self.answer(asked) + "A" * 1_000_000,
        }  # fmt: skip
        for lie, told in lies.items():
            with self.subTest(lie=lie):
                Budget.objects.all().delete()
                self.assertEqual(self.send(told(self.ask())).status_code, 403)
                self.assertFalse(self.is_in())

    def test_are_used_once(self) -> None:
        asked = self.ask()
        told = self.answer(asked)
        self.send(told)
        self.client.post("/sign-out/")
        self.assertEqual(self.send(told).status_code, 403)
        self.assertFalse(self.is_in())

    def test_do_not_sign_in_a_browser_that_did_not_ask(self) -> None:
        thief, victim = Client(), Client()
        told = self.answer(self.ask(thief))
        self.assertEqual(self.send(told, victim).status_code, 403)
        self.assertFalse(self.is_in(victim))

    def test_are_meant_for_the_address_of_the_settings_whatever_host_is_asked(self) -> None:
        told = self.answer(self.ask(), to="http://evil.example/sign-in/with/adfs/assertion/")
        stranger = Client(HTTP_HOST="testserver", HTTP_X_FORWARDED_HOST="evil.example")
        self.assertEqual(
            stranger.post("/sign-in/with/adfs/assertion/", {"SAMLResponse": told}).status_code, 403
        )

    def test_are_looked_at_ten_times(self) -> None:
        forged = encoded(b"<Response/>")
        answers = [self.send(told).status_code for told in (forged, "no base64", "") * 5]
        self.assertEqual(answers, [403] * 10 + [429] * 5)
        self.assertEqual(self.send(self.answer(self.ask())).status_code, 429)
        self.assertFalse(self.is_in())

    def changed(self, asked: str, what: bytes, by: bytes) -> str:
        """The honest answer with something in it changed."""
        plain = base64.b64decode(self.answer(asked))
        found = re.sub(what, by, plain, flags=re.S)
        self.assertNotEqual(found, plain)
        return encoded(found)

    def wrapped(self, asked: str) -> str:
        """The honest answer with an assertion of ours put before the signed one."""
        plain = base64.b64decode(self.answer(asked))
        signed = re.search(rb"<(ns\d):Assertion .*?</\1:Assertion>", plain, re.S)
        assert signed is not None
        forged = re.sub(rb"<ns\d:Signature .*?</ns\d:Signature>", b"", signed[0], flags=re.S)
        forged = forged.replace(b"ben-1", b"ada-1").replace(b'ID="id-', b'ID="id-0')
        return encoded(plain.replace(signed[0], forged + signed[0]))


LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %s "%s">' % (bytes([98 + n]), b"&%s;" % bytes([97 + n]) * 10) for n in range(9))
    + b"]><a>&j;</a>"
)


def encoded(plain: bytes) -> str:
    """As a form carries it."""
    return base64.b64encode(plain).decode()
