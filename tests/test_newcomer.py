"""A new employee comes by SCIM, signs in by OpenID Connect and by SAML at real identity providers, and sees their own."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from unittest import SkipTest
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

from django.test import Client, TestCase, override_settings
from saml2 import BINDING_HTTP_REDIRECT
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID

from keepwell.areas.administration.registers import GroupRules
from keepwell.areas.administration.tests.test_scim import ENTERPRISE, Provisioning
from keepwell.platform.identity.models import Identity
from keepwell.platform.identity.sso import oidc
from keepwell.platform.identity.sso.providers import Provider
from keepwell.platform.identity.tests.house import CLIENT
from keepwell.platform.identity.tests.stories import FAST
from keepwell.platform.identity.tests.test_oidc import agreed
from keepwell.platform.identity.tests.test_saml import ACS, IDP, OURS, SHA256, certificate, house
from keepwell.platform.people.models import Person
from keepwell.platform.people.tokens import issue
from keepwell.platform.registers.writing import create
from keepwell.platform.search.indexing import catch_up
from tests.running import free_port

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
BY_PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
EMPLOYEE_NUMBER = "urn:oid:2.16.840.1.113730.3.1.3"
NUMBER, SUBJECT = "G1", "gail-1"


@FAST
class ANewEmployee(Provisioning, TestCase):
    """Gail Fox, of KHH1 and later of KHH2: told by the HR system, vouched for by two providers."""

    @classmethod
    def setUpClass(cls) -> None:
        if shutil.which("xmlsec1") is None:
            raise SkipTest("needs xmlsec1")
        cls.folder = Path(tempfile.mkdtemp())
        certificate(cls.folder, "honest")
        cls.metadata = str(entity_descriptor(house(cls.folder, "honest").config))
        super().setUpClass()

    @classmethod
    def tearDownClass(cls) -> None:
        super().tearDownClass()
        shutil.rmtree(cls.folder)

    def setUp(self) -> None:
        super().setUp()
        port = free_port()
        self.issuer = f"http://127.0.0.1:{port}"
        claims = {"sub": SUBJECT, "name": "Gail Fox", "employee": NUMBER, "groups": ["Readers KHH1"]}
        command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true",
                   "--user-claims", json.dumps(claims)]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.process.wait, 20)
        self.addCleanup(self.process.terminate)
        providers = {
            "meridian": Provider("meridian", "Meridian", "oidc", self.issuer, CLIENT, "x", groups_claim="groups",
                                 number_claim="employee", links_by_number=True),
            "adfs": Provider("adfs", "Meridian AD FS", "saml", IDP, metadata=self.metadata, groups_claim="memberOf",
                             number_claim=EMPLOYEE_NUMBER, links_by_number=True),
        }  # fmt: skip
        self.enterContext(
            override_settings(KEEPWELL_SSO=providers, KEEPWELL_EGRESS_ALLOW=frozenset({f"127.0.0.1:{port}"}))
        )
        oidc.forget()
        self.addCleanup(oidc.forget)
        for source, group, unit in (("hr-mat", "Staff KHH1", "KHH1"), ("hr-mat", "Staff KHH2", "KHH2"),
                                    ("meridian", "Readers KHH1", "KHH1"), ("adfs", "Readers KHH2", "KHH2")):  # fmt: skip
            told = {"source": source, "group": group, "role": "site_officer", "unit": unit}
            create(GroupRules, told, by=self.ada)
        self.browser = Client()

    def test_comes_signs_in_both_ways_moves_and_leaves(self) -> None:
        pk = self.comes()
        self.signs_in_by_oidc()
        self.assertTrue(self.is_in())
        self.sees({"KHH1"})
        self.provider_takes_the_group()
        self.moves(pk)
        self.assertFalse(self.is_in(), "who moved is signed out with the next request")
        self.signs_in_by_oidc()
        self.sees({"KHH2"})
        self.browser = Client()
        self.signs_in_by_saml()
        self.sees({"KHH2"})
        links = (
            Identity.objects.filter(person=pk)
            .order_by("provider")
            .values_list("provider", "issuer", "subject")
        )
        self.assertEqual(list(links), [("adfs", IDP, f"saml-{SUBJECT}"), ("meridian", self.issuer, SUBJECT)])
        self.leaves(pk)
        self.assertFalse(self.is_in(), "who left is signed out with the next request")
        self.signs_in_by_oidc()
        self.assertFalse(self.is_in())
        self.assertEqual(self.client.get("/api/units", headers=self.bearer).status_code, 401)

    def comes(self) -> str:
        """HR tells of her and of her site's group; her token reads what she may."""
        pk = self.made(number=NUMBER)
        for code, members in (("KHH1", [{"value": pk}]), ("KHH2", [])):
            body = {"schemas": [GROUP], "displayName": f"Staff {code}", "members": members}
            self.assertEqual(self.ask("post", "Groups", body).status_code, 201)
        self.bearer = {"Authorization": f"Bearer {issue(Person.objects.get(pk=pk))}"}
        catch_up()
        return pk

    def moves(self, pk: str) -> None:
        """HR moves her to KHH2, and from the one group into the other."""
        step = {"op": "replace", "path": f"{ENTERPRISE}:department", "value": "KHH2"}
        self.assertEqual(self.patch(pk, step).status_code, 200)
        groups = {one["displayName"]: one["id"] for one in self.ask("get", "Groups").json()["Resources"]}
        for name, step in (
            ("Staff KHH1", {"op": "remove", "path": f'members[value eq "{pk}"]'}),
            ("Staff KHH2", {"op": "add", "path": "members", "value": [{"value": pk}]}),
        ):
            body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [step]}
            answer = self.ask("patch", f"Groups/{groups[name]}", body)
            self.assertIn(answer.status_code, (200, 204), answer.content)
        catch_up()

    def leaves(self, pk: str) -> None:
        """HR tells that she left."""
        self.assertEqual(self.patch(pk, {"op": "replace", "path": "active", "value": False}).status_code, 200)

    def sees(self, codes: set[str]) -> None:
        """By list, record, search and API: these sites, and nothing of any other."""
        units = {"KHH1": self.khh1, "KHH2": self.khh2, "PEN1": self.pen1}
        listed = self.browser.get("/units/").content.decode()
        items = self.api("/api/units")["items"]
        self.assertEqual({one["code"] for one in items}, codes)
        for code, unit in units.items():
            seen = code in codes
            self.assertEqual(unit.name in listed, seen, code)
            self.assertEqual(self.browser.get(f"/units/{unit.pk}/").status_code, 200 if seen else 404, code)
            self.assertEqual(
                self.client.get(f"/api/units/{unit.pk}", headers=self.bearer).status_code,
                200 if seen else 404,
            )
            found = self.browser.get("/search/", {"q": code}).content.decode()
            self.assertEqual(f"/units/{unit.pk}/" in found, seen, code)

    def api(self, path: str) -> dict:
        """What the API answers to her token."""
        return dict(self.client.get(path, headers=self.bearer).json())

    def is_in(self) -> bool:
        return self.browser.get("/account/").status_code == 200

    def signs_in_by_oidc(self) -> None:
        """She says at the provider that it is her, and comes back."""
        self.browser.get(agreed(self.asked(), SUBJECT))

    def asked(self) -> str:
        """Where the provider asks who she is, once it is open."""
        for _time in range(300):
            answer = self.browser.get("/sign-in/with/meridian/?next=/account/")
            if answer.status_code == 302 and answer["Location"].startswith(self.issuer):
                return str(answer["Location"])
            self.assertIsNone(self.process.poll())
            time.sleep(0.1)
        raise AssertionError("The provider does not open.")

    def provider_takes_the_group(self) -> None:
        """The provider no longer says that she belongs to the readers of KHH1."""
        body = json.dumps({"sub": SUBJECT, "name": "Gail Fox", "employee": NUMBER, "groups": []}).encode()
        told = Request(
            f"{self.issuer}/users/{SUBJECT}", body, {"Content-Type": "application/json"}, method="PUT"
        )
        urlopen(told, timeout=20).close()

    def signs_in_by_saml(self) -> None:
        """The same at the other provider, whose signed assertion her browser carries."""
        idp = house(self.folder, "honest", self.browser.get("/sign-in/with/adfs/metadata/").content)
        told = parse_qs(urlsplit(self.browser.get("/sign-in/with/adfs/?next=/units/")["Location"]).query)
        question = idp.parse_authn_request(told["SAMLRequest"][0], BINDING_HTTP_REDIRECT).message.id
        answer = idp.create_authn_response(
            {"employeeNumber": [NUMBER], "memberOf": ["Readers KHH2"]}, question, ACS, OURS,
            name_id=NameID(format=NAMEID_FORMAT_PERSISTENT, text=f"saml-{SUBJECT}"),
            authn={"class_ref": BY_PASSWORD, "authn_auth": IDP, "authn_instant": int(datetime.now(UTC).timestamp())},
            sign_assertion=True, sign_alg=SHA256[0], digest_alg=SHA256[1], sign_response=False,
        )  # fmt: skip
        sent = {"SAMLResponse": base64.b64encode(str(answer).encode()).decode()}
        came = Client(enforce_csrf_checks=True).post("/sign-in/with/adfs/assertion/", sent)
        self.assertEqual(came.status_code, 302, came.content[:300])
        self.browser.get(came["Location"].removeprefix("http://localhost:8000"))
        self.assertTrue(self.is_in())
