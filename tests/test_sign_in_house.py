"""T11, T12, R27, R33: nobody is sent elsewhere, nothing is done by a GET, and the name of nobody shows."""

from __future__ import annotations

import time
from itertools import product
from math import erfc, sqrt
from urllib.parse import parse_qs, urlsplit

from django.test import Client, TestCase, override_settings

from keepwell.platform.history.models import Change
from keepwell.platform.identity.models import Session
from keepwell.platform.people.models import Account, Budget, Grant, Token
from tests.cast import Cast
from tests.house import addresses
from tests.machine import rounds

PASSWORD = "four plain words together"
EVIL = "evil.example"
SCHEMES = ("http:", "https:", "HTTPS:", "ftp:", "javascript:", "data:text/html,", "vbscript:", "file:", "ws:", "blob:",
           " https:", "\thttps:", "ht\ntps:", "\x00https:", "https\t:")  # fmt: skip
SLASHES = ("//", "///", "////", "/\\", "\\/", "\\\\", "/\t/", "/\n/", "/\r\n/", "\t//", " //", "\x0b//", "/%09/", "/%5c", "/%2f",
           "//%09/", "\u3000//", "/\u2215", "\uff0f\uff0f", "/.//", "/..//", "/;//", "//\t", "\\\t\\")  # fmt: skip
HOSTS = (EVIL, f"user@{EVIL}", f"localhost@{EVIL}", f"testserver@{EVIL}", f"{EVIL}:443", f"{EVIL}%00.testserver",
         f"{EVIL}#testserver", f"{EVIL}?testserver", f"testserver.{EVIL}", f"{EVIL}\\.testserver", f"[::1].{EVIL}")  # fmt: skip
CORPUS = sorted(
    {f"{slashes}{host}" for slashes, host in product(SLASHES, HOSTS)}
    | {f"{scheme}//{host}" for scheme, host in product(SCHEMES, HOSTS[:4])}
    | {f"{scheme}{EVIL}" for scheme in SCHEMES}
    | {
        EVIL,
        f"@{EVIL}",
        f".{EVIL}",
        f"/\\/{EVIL}",
        f"//{EVIL}/%2e%2e",
        f"https:{EVIL}",
        "http://[::1",
        "//[",
        "https://",
        "javascript:alert(1)",
    }
)


def leads_away(location: str) -> bool:
    """Whether a browser would go to another host: it strips tabs and line ends, and reads \\ as /."""
    told = location.strip("\x00\t\n\x0c\r ").replace("\\", "/")
    for letter in "\t\n\r":
        told = told.replace(letter, "")
    parts = urlsplit(told)
    return bool(parts.scheme or parts.netloc or told.startswith("//"))


@override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
class Redirecting(Cast, TestCase):
    def test_knows_what_leads_away(self) -> None:
        self.assertGreaterEqual(len(CORPUS), 200)
        for payload in (f"//{EVIL}", f"/\\{EVIL}", f"/\t/{EVIL}", f"https://{EVIL}"):
            self.assertTrue(leads_away(payload), payload)
        self.assertFalse(leads_away("/units/?unit=KHH1"))

    def test_after_signing_in_stays_here(self) -> None:
        self.ben.account.set_password(PASSWORD)
        self.ben.account.save()
        for payload in CORPUS[:: rounds(6, 1)]:
            client = Client()
            shown = client.get("/sign-in/", {"next": payload}).context["next"]
            answer = client.post("/sign-in/", {"name": "ben", "password": PASSWORD, "next": payload})
            self.assertEqual(answer.status_code, 302)
            self.assertFalse(leads_away(shown) or leads_away(answer["Location"]), payload)

    def test_of_choices_stays_here(self) -> None:
        for payload, (name, field) in product(
            CORPUS, (("theme", "dark"), ("language", "en"), ("keys", "on"))
        ):
            answer = self.client.post(f"/{name}/", {"next": payload, name: field})
            self.assertFalse(leads_away(answer["Location"]), (name, payload))

    def test_from_a_page_that_needs_signing_in_stays_here(self) -> None:
        for payload in ("/", "/units/?next=//evil.example", "/sign-in/second/", "/%2F%2Fevil.example/"):
            answer = self.client.get(payload)
            if answer.status_code == 302:
                self.assertFalse(leads_away(answer["Location"]))
                wanted = parse_qs(urlsplit(answer["Location"]).query).get("next", ["/"])[0]
                self.assertFalse(leads_away(wanted), payload)

    def test_takes_no_other_host_from_a_header(self) -> None:
        for header in ("HTTP_HOST", "HTTP_X_FORWARDED_HOST", "HTTP_X_HOST", "HTTP_FORWARDED"):
            answer = Client(**{header: EVIL}).get("/units/")
            self.assertNotIn(EVIL, answer.get("Location", ""))


class EveryAddress(Cast, TestCase):
    def test_does_nothing_when_it_is_only_looked_at(self) -> None:
        self.sign_in(self.ada)
        self.client.get("/")

        def stands() -> tuple[object, ...]:
            accounts = Account.objects.order_by("pk").values_list("pk", "password", "is_active", "epoch")
            changes = Change.objects.exclude(kind__in=("read", "refusal")).count()
            return (
                changes,
                Grant.objects.count(),
                Token.objects.count(),
                Session.objects.count(),
                list(accounts),
            )

        before = stands()
        looked = [a for a in addresses() if a.name not in ("livez", "readyz")]
        for address in looked:
            with self.subTest(address=address.route):
                self.client.get(address.path)
                self.assertEqual(stands(), before)
        self.assertGreater(len(looked), 60)

    def test_that_begins_an_act_takes_no_get(self) -> None:
        self.sign_in(self.ada)
        for name in (
            "sign-out",
            "session-end",
            "factor-remove",
            "recovery-renew",
            "tend-do",
            "stranger-link",
            "sign-in-passkey",
        ):
            (found,) = [a for a in addresses() if a.name == name]
            with self.subTest(address=found.route):
                self.assertIn(self.client.get(found.path).status_code, (404, 405, 403))


class AFreshInstallation(TestCase):
    def test_knows_nobody_who_could_sign_in(self) -> None:
        self.assertEqual((Account.objects.count(), Token.objects.count(), Grant.objects.count()), (0, 0, 0))


class Names(Cast, TestCase):
    """R33: how long an answer takes does not tell whether somebody signs in by that name."""

    def test_of_nobody_take_as_long_as_those_of_somebody(self) -> None:
        self.ada.account.set_password(PASSWORD)
        self.ada.account.save()
        taken: dict[str, list[float]] = {"ada": [], "nobody": []}
        for number, name in product(range(rounds(12, 200)), taken):
            Budget.objects.all().delete()
            began = time.perf_counter()
            Client().post("/sign-in/", {"name": name, "password": f"wrong {number}"})
            taken[name].append(time.perf_counter() - began)
        # A dozen can only show a gross difference, as a hash that is left out; two hundred show a fine one.
        self.assertGreater(likelihood(taken["ada"], taken["nobody"]), rounds(0.0005, 0.01))

    def test_that_take_longer_are_noticed(self) -> None:
        few = rounds(12, 200)
        self.assertLess(
            likelihood([1.0 + n / 999 for n in range(few)], [0.5 + n / 999 for n in range(few)]), 0.0005
        )


def likelihood(left: list[float], right: list[float]) -> float:
    """Mann and Whitney's p: how likely two samples differ so much by chance (two-sided, by the normal law)."""
    above = sum((a > b) + (a == b) / 2 for a in left for b in right)
    n, m = len(left), len(right)
    return erfc(abs(above - n * m / 2) / sqrt(n * m * (n + m + 1) / 12) / sqrt(2))
