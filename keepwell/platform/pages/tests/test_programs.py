"""Programs over plain http are refused in production, and a broken page is found in the log by what people quote."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.test import Client, SimpleTestCase, override_settings
from django.urls import path

from keepwell.platform.people.operations import public


@public
def broken(_request: HttpRequest) -> HttpResponse:
    """A page with a fault."""
    raise RuntimeError("a fault nobody foresaw, with the secret 0f9c")


urlpatterns = [path("broken/", broken, name="broken")]
handler500 = "keepwell.platform.pages.errors.broken"


@override_settings(SECURE_SSL_REDIRECT=True)
class OverPlainHttp(SimpleTestCase):
    def test_programs_are_refused_and_people_led_on(self) -> None:
        for address in ("/api/people", "/api/docs", "/scim/v2/Users"):
            answer = self.client.get(address, headers={"Authorization": "Bearer kw_x"})
            self.assertEqual((answer.status_code, answer["Content-Type"]), (403, "application/problem+json"))
        self.assertEqual(self.client.get("/people/").status_code, 301)


@override_settings(ROOT_URLCONF=__name__)
class ABrokenPage(SimpleTestCase):
    def test_quotes_a_reference_that_the_log_has(self) -> None:
        client = Client(raise_request_exception=False)
        with self.assertLogs("keepwell.pages", "ERROR") as logs:
            page = client.get("/broken/").content.decode()
        (told,) = logs.records
        self.assertEqual((told.getMessage(), told.path), ("page broken", "/broken/"))
        self.assertIn(told.reference, page)
        self.assertNotIn("0f9c", page)
        self.assertTrue(re.fullmatch(r"[0-9a-f]{8}", told.reference))
