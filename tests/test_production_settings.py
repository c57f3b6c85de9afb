"""What a browser is told in production: cookies that no other host and no script reads, https for a year, no referrer."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import TestCase

from django.contrib.auth.password_validation import CommonPasswordValidator, get_default_password_validators
from django.core.exceptions import ValidationError

ROOT = Path(__file__).resolve().parents[1]
COOKIES = ("SESSION", "CSRF", "LANGUAGE")
TOLD = """
import json
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
request = HttpRequest()
request.META = {"HTTP_HOST": "keepwell.example", "SERVER_NAME": "keepwell.example", "SERVER_PORT": "443",
                "wsgi.url_scheme": "https"}
request._get_scheme = lambda: "https"
answer = SecurityMiddleware(lambda request: HttpResponse("found"))(request)
named = {name: getattr(settings, name) for name in dir(settings) if "_COOKIE_" in name}
print(json.dumps({"headers": dict(answer.headers), "cookies": named}, default=str))
"""


def production(folder: str) -> dict[str, str]:
    """The surroundings of an installation at an https address, whose data lie in `folder`."""
    return {name: value for name, value in os.environ.items() if not name.startswith("KEEPWELL_")} | {
        "DJANGO_SETTINGS_MODULE": "keepwell.config.settings", "KEEPWELL_URL": "https://keepwell.example",
        "KEEPWELL_SECRET_KEY": secrets.token_urlsafe(48), "KEEPWELL_DATA": folder, "PYTHONPATH": str(ROOT),
    }  # fmt: skip


def in_production() -> dict[str, Any]:
    """The headers and the settings of cookies of an installation at an https address."""
    with TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", TOLD], env=production(folder), capture_output=True, text=True, check=True
        )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


class InProduction(TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        told = in_production()
        cls.headers, cls.cookies = told["headers"], told["cookies"]

    def of_each(self, what: str) -> list[Any]:
        """A setting of each cookie of ours."""
        return [self.cookies[f"{name}_COOKIE_{what}"] for name in COOKIES]

    def test_every_cookie_is_secure(self) -> None:
        self.assertEqual(self.of_each("SECURE"), [True, True, True])

    def test_every_cookie_stays_with_the_site(self) -> None:
        self.assertTrue(set(self.of_each("SAMESITE")) <= {"Lax", "Strict"}, self.of_each("SAMESITE"))

    def test_what_proves_who_one_is_belongs_to_this_host_alone(self) -> None:
        """A browser takes `__Host-` only from a secure cookie of the whole host, told by no other."""
        for name in ("SESSION", "CSRF"):
            self.assertTrue(self.cookies[f"{name}_COOKIE_NAME"].startswith("__Host-"), name)
            self.assertEqual(
                (self.cookies[f"{name}_COOKIE_PATH"], self.cookies[f"{name}_COOKIE_DOMAIN"]), ("/", None)
            )

    def test_no_script_reads_a_cookie(self) -> None:
        self.assertEqual(self.of_each("HTTPONLY"), [True, True, True])

    def test_https_holds_for_a_year_and_below(self) -> None:
        told = self.headers["Strict-Transport-Security"]
        self.assertGreaterEqual(int(told.partition("max-age=")[2].partition(";")[0]), 31_536_000)
        self.assertIn("includeSubDomains", told)

    def test_no_address_is_told_to_other_sites(self) -> None:
        self.assertEqual(self.headers["Referrer-Policy"], "same-origin")


class CommonPasswords(TestCase):
    def test_are_refused_by_a_list_of_thousands(self) -> None:
        """The 3,000 commonest that are long enough, which ASVS asks for, are looked for among 20,000."""
        asked = [one for one in get_default_password_validators() if isinstance(one, CommonPasswordValidator)]
        self.assertEqual(len(asked), 1)
        self.assertGreater(len(asked[0].passwords), 15_000)
        for word in ("password", "qwertyuiop", "1234567890", "iloveyou"):
            with self.subTest(word), self.assertRaises(ValidationError):
                asked[0].validate(word)
