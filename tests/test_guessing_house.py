"""T14: wherever a secret may be tried, ten tries in a quarter of an hour are looked at, however the name is spelled,
by whatever method, wherever the clock is set; and no such place is left out."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice, product
from pathlib import Path
from unittest import mock

from django.http import HttpResponse
from django.test import Client, TestCase

from keepwell.platform.identity.tests.stories import FAST, Signing
from keepwell.platform.people.operations import Access
from tests.house import addresses, endpoints
from tests.machine import rounds

ROOT = Path(__file__).resolve().parents[1]
IDENTITY = "keepwell/platform/identity/tests"
ENTRIES = {
    "sign-in": "tests/test_guessing_house.py::EveryEntry::test_looks_at_ten",
    "sign-in-second": f"{IDENTITY}/test_signing_in.py::UnderAttack::test_each_entry_has_ten_tries",
    "sign-in-passkey": f"{IDENTITY}/test_signing_in.py::UnderAttack::test_each_entry_has_ten_tries",
    "sso-back": f"{IDENTITY}/test_oidc.py::AHouseThatLies::test_is_looked_at_ten_times",
    "sso-assertion": f"{IDENTITY}/test_saml.py::AssertionsOf::test_are_looked_at_ten_times",
    "forgotten": f"{IDENTITY}/test_tending.py::AskingForOne::test_sends_two_while_one_is_good",
    "set-password": "tests/test_guessing_house.py::EveryEntry::test_looks_at_ten",
    "calendar-feed": "tests/test_guessing_house.py::EveryEntry::test_looks_at_ten",
    "report-answer": "keepwell/areas/incidents/tests/test_guessing.py::Guessing::test_ends_after_ten_by_one_form_from_wherever",
}
"""Where strangers may try a secret, and the story of the ten tries."""
WITHOUT = {
    "livez": "tells whether the server lives", "readyz": "tells whether it is ready",
    "measures": "a token of 20 characters or more; absent for everybody else, and never through a proxy",
    "report": "takes a report", "report-at": "takes a report", "report-too-large": "a sentence",
    "sign-in-enrol": "for who has given the password just now", "sso": "leads to the house that vouches",
    "sso-arrived": "a ticket of 32 random bytes, for the browser that asked, once", "sso-metadata": "tells a certificate",
    "theme": "a cookie", "language": "a cookie", "keys": "a sentence", "too-large": "a sentence",
}  # fmt: skip
"""What else is open to strangers, and why there is nothing to guess."""
SPELLINGS = ("ben", "BEN", " ben ", "ｂｅｎ")
CLOCKS = (0, 3_600, -3_600)


@dataclass(frozen=True)
class Entry:
    """One place where a secret may be tried: what is said of one that was looked at and is wrong (its status, or words
    of the page), and the ways of trying it, by method and form, as a stranger would."""

    name: str
    wrong: str
    ways: tuple[Callable[[Client, str], HttpResponse], ...]

    def looked_at(self, answer: HttpResponse) -> bool:
        """Whether the secret was compared with anything."""
        return str(answer.status_code) == self.wrong or self.wrong in answer.content.decode()


def passwords(client: Client, name: str) -> HttpResponse:
    answer: HttpResponse = client.post("/sign-in/", {"name": name, "password": "x"})
    return answer


def passwords_elsewhere(client: Client, name: str) -> HttpResponse:
    """The same with a next page, by an address that was written otherwise."""
    answer: HttpResponse = client.post(
        "/sign-in/?next=/units/", {"name": name, "password": "y", "next": "/units/"}
    )
    return answer


def by_json(client: Client, name: str) -> HttpResponse:
    told = {"name": name, "password": "x"}
    answer: HttpResponse = client.post("/sign-in/", told, content_type="application/json")
    return answer


def by_put(client: Client, name: str) -> HttpResponse:
    answer: HttpResponse = client.put("/sign-in/", f"name={name}&password=x", content_type="text/plain")
    return answer


def bearing(path: str, method: str) -> Callable[[Client, str], HttpResponse]:
    def ask(client: Client, name: str) -> HttpResponse:
        headers = {"Authorization": f"Bearer kw_{ascii(name)}"}
        answer: HttpResponse = getattr(client, method)(path, headers=headers)
        return answer

    return ask


def looking(path: str) -> Callable[[Client, str], HttpResponse]:
    def look(client: Client, name: str) -> HttpResponse:
        answer: HttpResponse = client.get(path.format(name.encode().hex()))
        return answer

    return look


TRIED = (
    Entry("sign-in", "Name and password do not belong together.", (passwords, passwords_elsewhere, by_json, by_put)),
    Entry("tokens of the API and of SCIM", "401", (
        bearing("/api/me", "get"), bearing("/api/units", "post"), bearing("/scim/v2/Users", "get"),
        bearing("/scim/v2/Users", "put"), bearing("/scim/v2/Bulk", "post"))),
    Entry("calendar-feed", "404", (looking("/calendar/{}.ics"),)),
    Entry("set-password", "404", (looking("/sign-in/password/{}/"),)),
)  # fmt: skip


@FAST
class EveryEntry(Signing, TestCase):
    def test_looks_at_ten(self) -> None:
        """All ways of one entry share the ten, and so do all spellings, whatever the clock says meanwhile."""
        for entry in TRIED:
            with self.subTest(entry.name):
                answers = list(self.tries(entry, rounds(40, 1_000)))
                statuses = [answer.status_code for answer in answers]
                self.assertEqual(sum(map(entry.looked_at, answers)), 10, statuses)
                self.assertIn(429, statuses)

    def tries(self, entry: Entry, count: int) -> Iterator[HttpResponse]:
        """What a stranger is answered who tries that often, in every way in turn."""
        stranger, now = Client(), time.time()
        for way, name, hours in islice(cycle(product(entry.ways, SPELLINGS, CLOCKS)), count):
            with mock.patch.object(time, "time", return_value=now + hours):
                yield way(stranger, name)

    def test_lets_ben_in_where_he_is_known_while_strangers_guess(self) -> None:
        self.enter()
        self.client.post("/sign-out/")
        for number in range(rounds(15, 1_000)):
            Client(REMOTE_ADDR=f"198.51.100.{number % 250}").post(
                "/sign-in/", {"name": "BEN", "password": "x"}
            )
        self.enter()
        self.assertTrue(self.is_in())


class EveryOpenAddress(TestCase):
    def test_is_an_entry_or_has_nothing_to_guess(self) -> None:
        found = {a.name for a in addresses() if not a.is_api and a.view.operation.access is Access.PUBLIC}
        self.assertEqual(found, set(ENTRIES) | set(WITHOUT))
        self.assertEqual([e.path for e in endpoints() if e.right == "public"], [])

    def test_names_a_story_that_is_told(self) -> None:
        for name, story in ENTRIES.items():
            with self.subTest(name):
                self.assertIn(story.partition("::")[2], stories(story.partition("::")[0]))


def stories(path: str) -> set[str]:
    """The tests of a file, as Class::test."""
    tree = ast.parse((ROOT / path).read_text())
    return {f"{one.name}::{test.name}" for one in tree.body if isinstance(one, ast.ClassDef)
            for test in one.body if isinstance(test, ast.FunctionDef)}  # fmt: skip
