"""T20: no page costs more than it may, no list gives more than 200 rows, and nobody learns who can sign in."""

from __future__ import annotations

import math
import re
import statistics
import time
from typing import Any
from unittest import mock

from django.contrib.auth import hashers
from django.db import connection
from django.http import HttpResponse
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.platform.people.models import Budget
from keepwell.platform.registers.register import REGISTERS
from tests.cast import Cast
from tests.house import addresses, endpoints, made, samples
from tests.machine import rounds

MOST_ON_A_PAGE, MOST_ON_A_LIST = 30, 15
LARGEST = 200
LIKELY = 0.01
TOKEN = re.compile(r'name="(?:csrfmiddlewaretoken|state)" value="[^"]+"|data-passkey="[^"]+"')
WRONG = "never the right password"


class Budgets(Cast, TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.records = {slug: made(slug, cls.khh1, cls.eva) for slug in samples()}

    def setUp(self) -> None:
        self.sign_in(self.ada)

    def queries(self, path: str) -> int:
        """What a page costs that was asked for before."""
        self.client.get(path)
        with CaptureQueriesContext(connection) as caught:
            answer = self.client.get(path)
            b"".join(answer.streaming_content) if answer.streaming else answer.content
        return len(caught)

    def test_hold_on_every_page(self) -> None:
        asked = [a.path for a in addresses() if not a.is_api and not a.takes_arguments]
        self.assertEqual(self.over(asked, MOST_ON_A_PAGE), {})

    def test_hold_on_every_record(self) -> None:
        for slug, record in self.records.items():
            own = [f"/{slug}/{record.pk}/", f"/{slug}/{record.pk}/edit/", f"/api/{slug}/{record.pk}"]
            acts = [f"/{slug}/{record.pk}/{rule.name.replace('_', '-')}/" for rule in REGISTERS[slug].acts]
            self.assertEqual(self.over([*own, *acts], MOST_ON_A_PAGE), {})

    def test_hold_on_every_list(self) -> None:
        self.assertEqual(
            self.over([path for slug in REGISTERS for path in (f"/{slug}/", f"/api/{slug}")], MOST_ON_A_LIST),
            {},
        )

    def test_hold_on_every_way_to_sort(self) -> None:
        sorts = [f"/{slug}/?sort={name}" for slug, register in REGISTERS.items()
                 for name in (register.sort, *register.columns[: rounds(2, 20)]) if name]  # fmt: skip
        self.assertEqual(self.over(sorts, MOST_ON_A_LIST), {})

    def over(self, paths: list[str], most: int) -> dict[str, int]:
        """The pages that cost more than `most`."""
        return {path: count for path in paths if (count := self.queries(path)) > most}

    def test_keep_pages_of_lists_small(self) -> None:
        sized = {
            endpoint.path: parameter["schema"].get("maximum", LARGEST)
            for endpoint in endpoints()
            for parameter in endpoint.told.get("parameters", [])
            if endpoint.method == "get" and parameter.get("name") == "size"
        }
        for path, largest in sized.items():
            self.assertLessEqual(largest, LARGEST)
            with self.subTest(path):
                for size, status in (
                    (largest, 200),
                    (largest + 1, 400),
                    (10**9, 400),
                    (0, 400),
                    (-1, 400),
                    ("all", 400),
                ):
                    asked = {"size": size} | ({"q": "x"} if path == "/api/search" else {})
                    self.assertEqual(self.client.get(path, asked).status_code, status)
                    if path.removeprefix("/api/") in REGISTERS:
                        page = f"{path.removeprefix('/api')}/"
                        self.assertEqual(self.client.get(page, asked).status_code, status)

    def test_are_asked_of_every_register(self) -> None:
        self.assertEqual(set(self.records), set(REGISTERS))


class SigningIn(Cast, TestCase):
    """Whether a name is known shows in nothing: not in the answer, not in the work done, not in the time."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.ada.account.set_password("the right one, which is long")
        cls.ada.account.save()
        cls.sam.account.is_active = False
        cls.sam.account.set_password(WRONG)
        cls.sam.account.save()

    def tried(self, name: str) -> HttpResponse:
        Budget.objects.all().delete()
        return Client().post("/sign-in/", {"name": name, "password": WRONG})

    def test_says_the_same_to_known_unknown_and_closed_names(self) -> None:
        said = {name: self.tried(name) for name in ("ada", "ad4", "sam")}
        bodies = {
            TOKEN.sub("", answer.content.decode()).replace(f'value="{name}"', "")
            for name, answer in said.items()
        }
        self.assertEqual({answer.status_code for answer in said.values()}, {422})
        self.assertEqual(len(bodies), 1)
        self.assertEqual(len({tuple(sorted(answer.headers)) for answer in said.values()}), 1)

    def test_hashes_once_whoever_it_is(self) -> None:
        for name in ("ada", "ad4", "sam"):
            with counted("encode") as made_, counted("verify") as compared:
                self.tried(name)
            self.assertEqual(made_.call_count + compared.call_count, 1, name)

    def test_asks_the_database_alike(self) -> None:
        counts = set()
        for name in ("ada", "ad4", "sam"):
            with CaptureQueriesContext(connection) as caught:
                self.tried(name)
            counts.add(len(caught))
        self.assertEqual(len(counts), 1)

    def test_takes_as_long(self) -> None:
        """By the rank-sum test: that the times come from one urn is not unlikely."""
        known, unknown = [], []
        for _turn in range(rounds(8, 200)):
            known.append(self.seconds("ada"))
            unknown.append(self.seconds("ad4"))
        self.assertGreater(likelihood(known, unknown), rounds(1, 0) * 1e-4 + rounds(0, 1) * LIKELY)

    def seconds(self, name: str) -> float:
        began = time.perf_counter()
        self.tried(name)
        return time.perf_counter() - began


def counted(name: str) -> Any:
    """The hasher's method `name`, done as always and counted."""
    hasher = hashers.Argon2PasswordHasher
    return mock.patch.object(hasher, name, autospec=True, side_effect=getattr(hasher, name))


def likelihood(left: list[float], right: list[float]) -> float:
    """How likely ranks as uneven as these are by chance (two-sided Mann-Whitney, normal approximation)."""
    wins = sum((a > b) + 0.5 * (a == b) for a in left for b in right)
    pairs, all_ = len(left) * len(right), len(left) + len(right)
    return 2 * (1 - statistics.NormalDist().cdf(abs(wins - pairs / 2) / math.sqrt(pairs * (all_ + 1) / 12)))


class TheLikelihood(TestCase):
    def test_is_high_for_the_same_and_low_for_others(self) -> None:
        self.assertGreater(likelihood([1, 3, 5, 7] * 5, [2, 4, 6, 8] * 5), 0.1)
        self.assertLess(likelihood(list(range(20)), list(range(15, 35))), LIKELY)
