"""ASVS 14.2.1: no address and no question mark carries a secret, but the two kinds of links that cannot do without."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from django.test import TestCase

from keepwell.kernel import moments
from keepwell.platform.registers.register import REGISTERS
from tests.cast import NOW, Cast
from tests.house import addresses, endpoints
from tests.machine import rounds

SECRET = re.compile(r"secret|token|password|code|key\b|session|credential|csrf", re.IGNORECASE)
LINKS = {"set-password", "calendar-feed"}
"""A link that sets a password once, for it comes by mail; one that calendar programs read, which know no other way."""
ROWS = {"service-token-revoke"}
"""Names a token by the number of its row."""
NO_SECRETS = {"code"}
"""Codes of units, courses and requirements."""


class Asking(HTMLParser):
    """The names of fields in forms whose values go into the address."""

    def __init__(self) -> None:
        super().__init__()
        self.is_get, self.names = False, list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "form":
            self.is_get = (told.get("method") or "get").lower() == "get" and "hx-post" not in told
        elif tag in ("input", "textarea", "select") and self.is_get:
            self.names += [told.get("name") or "", "password" * (told.get("type") == "password")]

    def handle_endtag(self, tag: str) -> None:
        self.is_get = self.is_get and tag != "form"


class Addresses(Cast, TestCase):
    def test_carry_no_secret(self) -> None:
        told = {
            place.name
            for place in addresses()
            for name in re.findall(r"<(?:\w+:)?(\w+)>", place.route)
            if SECRET.search(name) and not (place.is_api and name in NO_SECRETS)
        }
        self.assertEqual(told - ROWS, LINKS)

    def test_of_the_api_carry_no_secret(self) -> None:
        named = {
            one["name"]
            for endpoint in endpoints()
            for one in endpoint.told.get("parameters", ())
            if one["in"] != "header"
        }
        self.assertEqual({name for name in named if SECRET.search(name)} - NO_SECRETS, set())

    def test_of_forms_carry_no_secret(self) -> None:
        self.enterContext(moments.standing_at(NOW))
        self.sign_in(self.ada)
        seen, alike = 0, set(rounds(list(REGISTERS)[2:], []))
        for place in addresses():
            slug = place.route.partition("/")[0]
            if place.is_api or place.takes_arguments or "sign-out" in place.route or slug in alike:
                continue
            answer = self.client.get(place.path)
            if (
                answer.status_code == 200
                and "html" in answer.get("Content-Type", "")
                and not answer.streaming
            ):
                reader, seen = Asking(), seen + 1
                reader.feed(answer.content.decode())
                self.assertEqual([name for name in reader.names if SECRET.search(name)], [], place.path)
        self.assertGreater(seen, 20)
