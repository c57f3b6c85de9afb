"""ASVS 15.3.5: a value of another type than a field's own is refused by name, or taken as that type; never a fault."""

from __future__ import annotations

import json
from typing import Any

from django.test import TestCase

from keepwell.kernel import moments
from keepwell.platform.registers.register import REGISTERS
from tests.cast import NOW, Cast
from tests.house import digest_of, made, typed
from tests.machine import rounds

STRANGE: tuple[Any, ...] = (
    0, -1, 10**30, 1e308, True, "", "x", " ", "null", [], [[]], ["x", 1], {}, {"a": {"b": []}}, "2025-02-30", "NaN",
    "9" * 400, None,
)  # fmt: skip


class EveryField(Cast, TestCase):
    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))
        self.sign_in(self.ada)

    def test_refuses_what_is_of_another_type(self) -> None:
        for number, slug in enumerate(typed()):
            record = made(slug, self.khh1, self.eva, number)
            for value in rounds(STRANGE[number % 3 :: 3], STRANGE):
                with self.subTest(slug, value=value):
                    before = digest_of(record)
                    body = dict.fromkeys(REGISTERS[slug].form_fields, value) | {"version": 1}
                    answer = self.client.patch(
                        f"/api/{slug}/{record.pk}", json.dumps(body), content_type="application/json"
                    )
                    self.assertEqual(answer.status_code, 422, answer.content[:300])
                    self.assertTrue(answer.json()["errors"])
                    self.assertEqual(digest_of(record), before)

    def test_refuses_a_version_of_another_type(self) -> None:
        for slug in typed():
            record = made(slug, self.khh1, self.eva, 31)
            for value in ("one", 1.5, [], {}, -1, 10**30):
                with self.subTest(slug, value=value):
                    answer = self.client.patch(f"/api/{slug}/{record.pk}", json.dumps({"version": value}),
                                               content_type="application/json")  # fmt: skip
                    self.assertIn(answer.status_code, (400, 409, 422), answer.content[:300])
