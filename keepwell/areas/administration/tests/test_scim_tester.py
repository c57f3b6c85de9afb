"""The independent tester of SCIM servers finds nothing wrong with ours, over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
from django.core.servers.basehttp import WSGIServer
from django.test import LiveServerTestCase
from django.test.testcases import LiveServerThread, QuietWSGIRequestHandler
from scim2_client.client import BaseSyncSCIMClient
from scim2_tester import Status, check_server

from keepwell.platform.history.acting import acting
from keepwell.platform.people.tokens import issue
from tests.cast import TELLER, Cast, grant, person


class OverHttp(BaseSyncSCIMClient):
    """The tester's client, over a connection of httpx."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__()
        self.http = http

    def _stays_under_base_url(self, endpoint: str) -> bool:
        built = self.http.build_request("GET", endpoint).url
        return str(built).startswith(str(self.http.base_url))

    def _parse_json(self, response: httpx.Response) -> Any:
        return response.json()

    def request(self, method: str, url: str, **more: Any) -> httpx.Response:
        return self.http.request(method, url, **more)


class AtOnce(QuietWSGIRequestHandler):
    """Sends each part of an answer at once: the second waited for a word from the client, which keeps it for 40 ms."""

    disable_nagle_algorithm = True


class ServedAtOnce(LiveServerThread):
    def _create_server(self, connections_override: Any = None) -> WSGIServer:
        return self.server_class((self.host, self.port), AtOnce, allow_reuse_address=False,
                                 connections_override=connections_override)  # fmt: skip


class TheTester(Cast, LiveServerTestCase):
    maxDiff = None
    server_thread_class = ServedAtOnce

    def setUp(self) -> None:
        super().setUpTestData()
        with acting(TELLER, "cast.enter"):
            hr = person("hr-scim", "HR provisioning", self.group, kind="machine", mail="")
            grant(hr, "hr_importer", self.group, since=date(2018, 1, 1))
        self.secret = issue(hr)

    def test_finds_every_check_passed_or_not_for_us(self) -> None:
        with httpx.Client(
            base_url=f"{self.live_server_url}/scim/v2",
            headers={"Authorization": f"Bearer {self.secret}"},
            timeout=30,
        ) as http:
            results = check_server(OverHttp(http))
        wrong = [
            f"{r.title} {r.resource_type}: {r.reason}" for r in results
            if r.status not in (Status.SUCCESS, Status.SKIPPED, Status.COMPLIANT, Status.ACCEPTABLE)
        ]  # fmt: skip
        self.assertEqual(wrong, [])
        self.assertGreater(len([r for r in results if r.status == Status.SUCCESS]), 30)
