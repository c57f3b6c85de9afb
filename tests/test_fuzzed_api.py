"""T19: whatever fits or breaks the API's own description, every operation answers as described, never with a fault,
and no parameter of a list becomes part of a statement."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis.openapi
from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import TestCase
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from keepwell.kernel import moments
from keepwell.platform.people.tokens import issue
from keepwell.platform.registers.register import REGISTERS
from tests.cast import NOW, Cast
from tests.machine import rounds
from tests.running import on_postgresql

OPENAPI = Path(__file__).with_name("openapi.json")
FEW, CAST = ("ada", "sam"), ("ada", "ben", "cleo", "dan", "eva", "sam")
CHECKS = [not_a_server_error, response_schema_conformance, content_type_conformance, status_code_conformance]
PROBES = rounds(
    ["1' OR '1'='1", "\\\";SELECT 1) --"],
    ["'", '"', "\\", "`", ";", "1' OR '1'='1", "1 OR 1=1", "1); DROP TABLE people_person;--", "%", "_", "%25", "\\'",
     "' UNION SELECT NULL--", "x' AND (SELECT count(*) FROM people_account) > 0--", "id;SELECT pg_sleep(3)", "$$",
     "'||pg_sleep(3)||'", "1/0", "CAST('a' AS int)", "name,(SELECT 1)", "-name--", "E'\\x27'", "\u02bc OR 1=1", "\x00'"],
)  # fmt: skip


class TheApi(Cast, TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.tokens = {who: issue(getattr(cls, who), may_export=True) for who in rounds(FEW, CAST)}

    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))
        self.schema = schemathesis.openapi.from_dict(json.loads(OPENAPI.read_text(encoding="utf-8")))
        self.schema.app = get_wsgi_application()
        # A request that begins would close the connection in which the test stands.
        self.addCleanup(request_started.connect, close_old_connections)
        request_started.disconnect(close_old_connections)

    def test_answers_as_described_whatever_is_sent(self) -> None:
        statuses: Counter[str] = Counter()
        for number, found in enumerate(self.schema.get_all_operations()):
            operation = found.ok()
            for who, token in self.asking(number):
                with self.subTest(operation.label, who=who):
                    statuses += self.fuzzed(operation, token)
        self.assertGreater(statuses["200"], 30)
        self.assertGreater(sum(statuses.values()), 300)

    def asking(self, number: int) -> list[tuple[str, str]]:
        """Who asks an operation: by default the two in turn, and on the other database the other one."""
        return list(self.tokens.items())[rounds(slice((number + on_postgresql()) % 2, None, 2), slice(None))]

    def fuzzed(self, operation: Any, token: str) -> Counter[str]:
        """Ask one operation for whatever its description leads to; how often it answered with which status."""
        statuses: Counter[str] = Counter()

        @settings(
            max_examples=rounds(1, 20), deadline=None, derandomize=rounds(True, False), database=None,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate],
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def ask(case: Case) -> None:
            with transaction.atomic():
                answer = case.call(headers={"Authorization": f"Bearer {token}"})
                transaction.set_rollback(True)
            statuses[str(answer.status_code)] += 1
            case.validate_response(answer, checks=CHECKS)

        ask()
        return statuses


class AList(Cast, TestCase):
    def test_takes_no_parameter_for_a_statement(self) -> None:
        self.enterContext(moments.standing_at(NOW))
        self.sign_in(self.ada)
        number = int(on_postgresql())
        headers = {"Authorization": f"Bearer {issue(self.ada)}"}
        for slug, register in REGISTERS.items():
            plain = self.client.get(f"/api/{slug}", headers=headers).json()
            names = ["q", "sort", "after", "before", "unit", *register.filters, *rounds([], register.columns)]
            for name in dict.fromkeys(names):
                number += 1
                for probe in PROBES[rounds(slice(number % 2, None, 2), slice(None))]:
                    with self.subTest(slug, name=name, probe=probe):
                        answer = self.client.get(f"/api/{slug}", {name: probe}, headers=headers)
                        self.assertLess(answer.status_code, 500)
                        if answer.status_code == 200:
                            self.assertLessEqual(len(answer.json()["items"]), len(plain["items"]))
                        if probe == PROBES[0] or rounds(False, True):
                            page = self.client.get(f"/{slug}/", {name: probe})
                            self.assertLess(page.status_code, 500)
