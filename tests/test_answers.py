"""What every answer tells a browser, whoever asks: kept by nobody, framed and read by no other site, no versions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import version

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.test import Client, SimpleTestCase, TestCase
from django.urls import reverse

from keepwell.platform.pages.middleware import FOR_STRANGERS
from tests.cast import Cast
from tests.house import addresses
from tests.running import ROOT

ELSEWHERE = {"Origin": "https://evil.example"}
POLICY = ("frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'", "default-src 'none'")
LARGEST_COOKIE = 4096
ENTRY = re.compile(
    r"<input[^>]*(?:name=\"[^\"]*password[^\"]*\"|autocomplete=\"(?:current|new)-password\")[^>]*>"
)
KEPT_BY_BROWSERS = {"calendar-feed"}
"""What says itself how long it may be kept."""
SERVED = {"css", "js", "woff2", "woff", "svg", "png", "ico", "webmanifest", "txt", "map", "gz"}
BUILT = "vendor/.stamp"
"""Tells the build that the assets are those of the lock."""
BACKSTAGE = ("/.git/config", "/static/.git/config", "/.env", "/static/", "/static/../settings.py", "/static/%2e%2e/settings.py",
             "/static/settings.py", "/keepwell/config/settings.py", "/requirements.lock")  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What an address answered: its status, its headers and its words."""

    status: int
    headers: dict[str, str]
    words: str


def answers(client: Client) -> dict[str, Told]:
    """What each address answers to a GET that comes from another site; one that nobody knows besides."""
    paths = [address.path for address in addresses() if address.name not in KEPT_BY_BROWSERS]
    found = {path: client.get(path, headers=ELSEWHERE) for path in [*paths, "/nothing-here/"]}
    return {
        path: Told(answer.status_code, dict(answer.headers), answer.getvalue().decode(errors="replace"))
        for path, answer in found.items()
    }


KEPT_UNTIL_SAVED = ["answering.js"]
"""Scripts that keep what somebody typed on the device until the server has confirmed it, and not a moment longer;
tests/test_drive_answering.py looks that nothing is left."""


class Answers(Cast, TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        ada = Client()
        ada.force_login(cls.ada.account)
        cls.found = {"a stranger": answers(Client()), "Ada": answers(ada)}
        cls.cookies = {name: cookie.value for name, cookie in ada.cookies.items()}

    def told(self, header: str, who: str) -> dict[str, str]:
        return {path: answer.headers.get(header, "") for path, answer in self.found[who].items()}

    def test_are_for_this_site_alone(self) -> None:
        for who in self.found:
            with self.subTest(who):
                self.assertEqual(set(self.told("X-Content-Type-Options", who).values()), {"nosniff"})
                self.assertEqual(set(self.told("Cross-Origin-Opener-Policy", who).values()), {"same-origin"})
                self.assertEqual(
                    set(self.told("Cross-Origin-Resource-Policy", who).values()), {"same-origin"}
                )
                self.assertEqual(set(self.told("Referrer-Policy", who).values()), {"same-origin"})
                self.assertEqual(set(self.told("Access-Control-Allow-Origin", who).values()), {""})
                for path, policy in self.told("Content-Security-Policy", who).items():
                    for rule in POLICY:
                        self.assertIn(rule, policy, path)
                    self.assertNotIn("unsafe", policy, path)

    def test_are_kept_by_no_cache(self) -> None:
        for who in self.found:
            kept = [path for path, how in self.told("Cache-Control", who).items() if "no-store" not in how]
            self.assertEqual(kept, [], who)

    def test_are_never_scripts(self) -> None:
        for who in self.found:
            self.assertEqual(
                [path for path, kind in self.told("Content-Type", who).items() if "script" in kind], []
            )

    def test_name_no_version_to_strangers(self) -> None:
        parts = [f"{name}/{version(name)}" for name in ("keepwell", "django", "granian", "django-ninja")]
        parts += [version("django"), version("granian")]
        for path, answer in self.found["a stranger"].items():
            whole = f"{answer.headers} {answer.words}".lower()
            self.assertEqual([part for part in parts if part in whole], [], path)

    def test_offer_a_way_out_on_every_page(self) -> None:
        for path, answer in self.found["Ada"].items():
            # Where nobody is known, nobody is signed in either.
            if answer.status == 200 and "<html" in answer.words and not path.startswith(FOR_STRANGERS):
                self.assertIn(f'action="{reverse("sign-out")}"', answer.words, path)

    def test_hide_passwords_and_let_managers_fill_them_in(self) -> None:
        entries = {entry for found in self.found.values() for answer in found.values()
                   for entry in ENTRY.findall(answer.words)}  # fmt: skip
        self.assertGreater(len(entries), 2)
        for entry in entries:
            self.assertRegex(entry, r'type="password"')
            self.assertRegex(entry, r'autocomplete="(current|new)-password"')
            self.assertNotIn("onpaste", entry)

    def test_read_what_is_sent_once(self) -> None:
        self.sign_in(self.ada)
        self.assertContains(self.client.get("/search/?q=%2541%2526lt%253B"), 'value="%41%26lt%3B"')

    def test_set_small_cookies(self) -> None:
        sizes = [len(name) + len(value) for name, value in self.cookies.items()]
        self.assertGreater(len(sizes), 1)
        self.assertLess(max(sizes), LARGEST_COOKIE)

    def test_take_no_method_that_nobody_needs(self) -> None:
        for method in ("TRACE", "CONNECT", "TRACK", "PROPFIND"):
            for path in (reverse("sign-in"), reverse("start"), "/livez"):
                self.assertEqual(self.client.generic(method, path).status_code, 405, f"{method} {path}")


class Files(SimpleTestCase):
    def test_that_are_served_are_of_few_kinds(self) -> None:
        names = [name for finder in get_finders() for name, _store in finder.list(None) if name != BUILT]
        self.assertEqual({name.rpartition(".")[2] for name in names} - SERVED, set())
        self.assertEqual([name for name in names if "/." in f"/{name}"], [])

    def test_carry_the_policy_too(self) -> None:
        answer = self.client.get(f"/{settings.STATIC_URL.strip('/')}/identity/identity.css")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer["X-Content-Type-Options"], "nosniff")
        self.assertIn("frame-ancestors 'none'", answer["Content-Security-Policy"])

    def test_of_ours_keep_nothing_in_the_browser_but_words_not_saved_yet(self) -> None:
        stores = re.compile(r"localStorage|sessionStorage|indexedDB|document\.cookie")
        ours = [
            path
            for path in (ROOT / "keepwell").rglob("*.js")
            if "vendor" not in path.parts and "tests" not in path.parts
        ]
        self.assertGreater(len(ours), 1)
        keeping = [path.name for path in ours if stores.search(path.read_text(encoding="utf-8"))]
        self.assertEqual(keeping, KEPT_UNTIL_SAVED)
        self.assertIn(
            '"historyCacheSize": 0', (ROOT / "keepwell/platform/pages/templates/pages/base.html").read_text()
        )

    def test_behind_the_stage_are_not_served(self) -> None:
        for path in BACKSTAGE:
            self.assertIn(self.client.get(path).status_code, (302, 404), path)
