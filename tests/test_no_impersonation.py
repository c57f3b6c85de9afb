"""Nobody acts as another: there is no act, page, endpoint, header, word of an address or session key for it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.contrib.auth import SESSION_KEY
from django.test import TestCase

from keepwell.platform.acts.act import ACTS
from keepwell.platform.people import tokens
from keepwell.platform.registers.register import REGISTERS
from tests.cast import Cast
from tests.house import addresses, endpoints

KEEPWELL = Path(__file__).resolve().parents[1] / "keepwell"
WORDS = re.compile(
    r"imperson|masquerad|hijack|act[-_ ]?as\b|on[-_ ]?behalf|sudo|switch[-_ ]?user|login[-_ ]?as|log[-_ ]?in[-_ ]?as"
    r"|sign[-_ ]?in[-_ ]?as|become[-_ ]|run[-_ ]?as|view[-_ ]?as\b|as[-_ ]user|assume[-_ ]"
)
KNOWING = {
    "people/requests.py": "the account that is signed in",
    "registers/api/door.py": "the token, or the account that is signed in",
    "administration/api/scim/door.py": "the token of the directory",
}
SIGNING_IN = {"identity/admission.py": "who has proved who they are"}
HEADERS = ("X-Act-As", "X-Impersonate", "X-Impersonate-User", "X-On-Behalf-Of", "X-User", "X-Forwarded-User", "X-Remote-User",
           "Remote-User", "X-Sudo", "Sudo", "X-Person", "X-Account", "X-Keepwell-Person", "X-Original-User")  # fmt: skip
NAMES = (
    "as",
    "act_as",
    "as_user",
    "user",
    "person",
    "account",
    "sudo",
    "impersonate",
    "on_behalf_of",
    "by",
    "number",
)


def calls(names: set[str]) -> Iterator[str]:
    """The files of ours that call one of `names` with a request, without tests."""
    for path in sorted(KEEPWELL.rglob("*.py")):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Name) and first.id == "request":
                    yield "/".join(path.relative_to(KEEPWELL).parts[1:])


def sets_a_person() -> Iterator[str]:
    """The files of ours that write `request.person` or `request.user` themselves."""
    for path in sorted(KEEPWELL.rglob("*.py")):
        found = () if "tests" in path.parts else ast.walk(ast.parse(path.read_text()))
        for node in found:
            targets = node.targets if isinstance(node, ast.Assign) else []
            if any(isinstance(t, ast.Attribute) and t.attr in ("person", "user") and isinstance(t.value, ast.Name)
                   and t.value.id == "request" for t in targets):  # fmt: skip
                yield "/".join(path.relative_to(KEEPWELL).parts[1:])


class WhoAsks(TestCase):
    def test_is_told_in_three_places_and_each_takes_it_from_a_proof(self) -> None:
        self.assertEqual(set(calls({"know"})), set(KNOWING))
        self.assertEqual(set(sets_a_person()), {"people/requests.py"})

    def test_begins_a_session_in_one_place(self) -> None:
        self.assertEqual(set(calls({"login", "force_login"})), set(SIGNING_IN))

    def test_is_never_chosen_by_an_act_a_page_or_an_endpoint(self) -> None:
        acts = [f"{verb} {rule.label}" for verb, rule in ACTS.items()]
        pages = [f"{a.route} {a.name}" for a in addresses()]
        api = [f"{e.path} {e.told['operationId']} {e.told.get('summary', '')} "
               + " ".join(p["name"] for p in e.told.get("parameters", ())) for e in endpoints()]  # fmt: skip
        self.assertGreater(min(len(acts), len(pages), len(api), len(REGISTERS)), 30)
        told = [*acts, *pages, *api, *REGISTERS]
        self.assertEqual([one for one in told if WORDS.search(one.lower())], [])
        self.assertTrue(
            WORDS.search("people/<uuid:pk>/act-as/"), "the control: such an address would be found"
        )


class AnAdministrator(Cast, TestCase):
    """Ada may do everything there is, and stays Ada."""

    def setUp(self) -> None:
        self.sign_in(self.ada)

    def who(self, path: str = "/api/me", **more: object) -> str:
        told = self.client.get(path, **more).json()  # type: ignore[arg-type]  # as the client takes them
        return str(told["number"])

    def bens(self) -> tuple[str, ...]:
        """All that Ben is called by."""
        return self.ben.number, "ben", str(self.ben.pk), str(self.ben.account.pk), self.ben.mail

    def test_is_nobody_else_by_a_header(self) -> None:
        for called in self.bens():
            self.assertEqual(self.who(headers=dict.fromkeys(HEADERS, called)), self.ada.number)

    def test_is_nobody_else_by_a_word_of_the_address_or_a_cookie(self) -> None:
        for called in self.bens():
            for name in NAMES:
                self.client.cookies[name] = called
            page = self.client.get("/due/", dict.fromkeys(NAMES, called))
            self.assertEqual(
                (self.who(), page.status_code, page.wsgi_request.person), (self.ada.number, 200, self.ada)
            )

    def test_is_nobody_else_by_a_key_of_the_session(self) -> None:
        for called in self.bens():
            session = self.client.session
            session.update({name: called for name in (*NAMES, *(f"_{name}" for name in NAMES))})
            session.save()
            self.assertEqual(self.who(), self.ada.number)

    def test_cannot_exchange_the_account_of_a_session_but_by_its_hash(self) -> None:
        """Whoever could write a session would still lack what only the account's own password gives."""
        session = self.client.session
        session[SESSION_KEY] = str(self.ben.account.pk)
        session.save()
        self.assertEqual(self.client.get("/api/me").status_code, 401)

    def test_is_nobody_else_by_a_token(self) -> None:
        self.client.logout()
        bearer = {"Authorization": f"Bearer {tokens.issue(self.ada)}"}
        for called in self.bens():
            self.assertEqual(self.who(headers=dict.fromkeys(HEADERS, called) | bearer), self.ada.number)

    def test_is_told_by_their_own_name_and_sam_too(self) -> None:
        self.client.logout()
        self.sign_in(self.sam)
        self.assertEqual(self.who(headers=dict.fromkeys(HEADERS, self.ada.number)), self.sam.number)
