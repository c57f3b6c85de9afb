"""T2: actor × operation × object: every answer of pages and API is the one the policy gives, and what is refused
changes nothing."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, TestCase

from keepwell.areas.administration.rules.one_record import WHOLE
from keepwell.platform.acts.act import Act
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Tracked
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import may_anywhere
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import require_on, visible_to
from keepwell.platform.registers.register import REGISTERS, Register
from tests.cast import TELLER, Cast, account, grant, person, unit
from tests.house import NOBODY, digest_of, made, samples
from tests.machine import rounds, share
from tests.policy import Policy, Remembered

ACTORS = ("ada", "ben", "cleo", "dan", "eva", "finn", "sam", "nobody")
OBJECTS = ("own", "parent", "child", "sibling", "foreign", "absent")
FOUND, REFUSED, ABSENT = "found", "refused", "absent"
DONE = {FOUND: {200, 201, 302, 409, 422}, REFUSED: {403}, ABSENT: {404}}
STRANGER = {True: {401}, False: {302}}


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked of a register, and what the policy answers to whom."""

    name: str
    method: str
    address: str
    answer: Callable[[Policy, Person, type[Register], Any], str]
    body: Callable[[Any], dict[str, Any]] = lambda record: {}

    @property
    def is_api(self) -> bool:
        return self.address.startswith("/api/")

    @property
    def of_record(self) -> bool:
        return "{pk}" in self.address


@dataclass(frozen=True)
class Case:
    """One cell of the matrix."""

    actor: str
    slug: str
    object: str
    operation: Operation

    def __str__(self) -> str:
        return f"{self.actor}: {self.operation.method} {self.operation.name} of {self.slug}, {self.object}"


def listing(policy: Policy, who: Person, register: type[Register], record: Any) -> str:
    """Lists: whoever may view somewhere, and everybody where rows may be their own."""
    own = hasattr(register.record, "own")
    return FOUND if own or policy.anywhere(who, register.area(), Level.VIEW) else REFUSED


def writing(policy: Policy, who: Person, register: type[Register], record: Any) -> str:
    """Adding: whoever may write somewhere."""
    return FOUND if policy.anywhere(who, register.area(), register.level_to_write()) else REFUSED


def reading(policy: Policy, who: Person, register: type[Register], record: Any) -> str:
    """A record: absent for whom it is invisible."""
    return FOUND if record is not None and policy.sees(who, register, record) else ABSENT


def at_level(level: Level, area: str = "") -> Callable[[Policy, Person, type[Register], Any], str]:
    """Changing a record: absent, refused, or done."""

    def answer(policy: Policy, who: Person, register: type[Register], record: Any) -> str:
        seen = reading(policy, who, register, record)
        return seen if seen is ABSENT or policy.at(who, register, record) >= level else REFUSED

    return answer


def operations(slug: str, register: type[Register]) -> Iterator[Operation]:
    """Everything that can be asked of a register."""
    record, one = f"/{slug}/{{pk}}/", f"/api/{slug}/{{pk}}"
    yield Operation("list", "get", f"/{slug}/", listing)
    yield Operation("file", "get", f"/{slug}/take-out.csv", listing)
    yield Operation("list by API", "get", f"/api/{slug}", listing)
    yield Operation("record", "get", record, reading)
    yield Operation("record by API", "get", one, reading)
    if register.form_fields:
        change = at_level(register.level_to_write())
        yield Operation("bring in", "get", f"/{slug}/bring-in/", writing)
        yield Operation("bring in by API", "post", f"/api/{slug}/bring-in", writing)
        yield Operation("form of a new one", "get", f"/{slug}/new/", writing)
        yield Operation("add", "post", f"/{slug}/new/", writing, at_home)
        yield Operation("add by API", "post", f"/api/{slug}", writing, at_home)
        yield Operation("form", "get", f"{record}edit/", change)
        yield Operation("change", "post", f"{record}edit/", change)
        yield Operation("change by API", "patch", one, change, version)
    for rule in register.acts:
        yield from acting_on(rule, record, one)


def acting_on(rule: Act[..., Any], record: str, one: str) -> Iterator[Operation]:
    """The ways to do one act."""
    name, answer = rule.name.replace("_", "-"), at_level(rule.level)
    yield Operation(f"form of {name}", "get", f"{record}{name}/", answer)
    yield Operation(name, "post", f"{record}{name}/", answer)
    yield Operation(f"{name} by API", "post", f"{one}/{name}", answer)


def version(record: Any) -> dict[str, Any]:
    """A change that names only the version seen."""
    return {"version": getattr(record, "version", 1)}


def at_home(record: Any) -> dict[str, Any]:
    """A new record of which only the unit is said."""
    return {"unit": record.unit.code} if hasattr(record, "unit") else {}


@pytest.mark.slow
class Matrix(Cast, TestCase):
    maxDiff = None

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "house.enter"):
            cls.line = unit("KHH1-LINE", "Line", "unit", cls.khh1)
            places = {
                "own": cls.khh1,
                "parent": cls.mat,
                "child": cls.line,
                "sibling": cls.khh2,
                "foreign": cls.pen1,
            }
            workers = {name: person(f"W{n}", "Wen", at) for n, (name, at) in enumerate(places.items())}
        cls.records = {
            (slug, name): made(slug, at, workers[name], n)
            for slug in samples() for n, (name, at) in enumerate(places.items())
        }  # fmt: skip
        with acting(TELLER, "house.give_one"):
            cls.finn = account(person("X0000009", "Finn Moor", cls.pen1), "finn").person
            for (slug, name), record in cls.records.items():
                if name == "own" and isinstance(record, Tracked) and REGISTERS[slug].area() not in WHOLE:
                    grant(
                        cls.finn,
                        "site_officer",
                        cls.khh1,
                        only_register=record.type_name(),
                        only_id=record.pk,
                    )
        # Each grant ended the sessions of who holds it.
        cls.finn.account.refresh_from_db()

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.policy = Remembered()

    def setUp(self) -> None:
        self.clients: dict[str, Client] = {}
        for actor in ACTORS:
            self.clients[actor] = Client(raise_request_exception=False)
            if actor != "nobody":
                self.clients[actor].force_login(getattr(self, actor).account)

    def cases(self) -> list[Case]:
        """The whole matrix; by default half of its operations, and on the other database the other half."""
        asked = [(slug, operation) for slug in samples() for operation in operations(slug, REGISTERS[slug])]
        return [Case(actor, slug, name, operation)
                for slug, operation in share(asked)
                for actor in ACTORS for name in (OBJECTS if operation.of_record else ("own",))]  # fmt: skip

    def few(self, each: int) -> list[Case]:
        """Cases of each operation of each register, `each` for every answer that the policy gives."""
        kept: dict[tuple[str, str, str], list[Case]] = defaultdict(list)
        for case in self.cases():
            kept[case.slug, case.operation.name, self.wanted(case)].append(case)
        return [case for number, cases in enumerate(kept.values()) for case in turned(cases, number)[:each]]

    def record(self, case: Case) -> Any:
        return self.records.get((case.slug, case.object))

    def wanted(self, case: Case) -> str:
        """What the policy answers."""
        if case.actor == "nobody":
            return "stranger"
        return case.operation.answer(
            self.policy, getattr(self, case.actor), REGISTERS[case.slug], self.record(case)
        )

    def asked(self, case: Case) -> HttpResponse:
        """The product's answer; what it does is taken back."""
        operation, record = case.operation, self.record(case)
        absent = NOBODY if REGISTERS[case.slug].has_uuid() else 999_999_999
        address = operation.address.format(pk=record.pk if record is not None else absent)
        body = operation.body(record)
        send = getattr(self.clients[case.actor], operation.method)
        if operation.is_api and operation.method != "get" and not address.endswith("bring-in"):
            return send(address, json.dumps(body), content_type="application/json")
        return send(address, body)

    def mismatch(self, case: Case) -> str:
        """What is wrong with the product's answer; empty if nothing is."""
        wanted, record = self.wanted(case), self.record(case)
        unsafe = case.operation.method != "get" and record is not None
        before = digest_of(record) if unsafe else ""
        with transaction.atomic():
            answer = self.asked(case)
            if answer.streaming:
                list(answer)
            unchanged = not unsafe or digest_of(record) == before
            transaction.set_rollback(True)
        allowed = DONE.get(wanted) or STRANGER[case.operation.is_api]
        if answer.status_code not in allowed:
            return f"{case}: {answer.status_code}, the policy says {wanted}"
        return "" if wanted == FOUND or unchanged else f"{case}: refused, yet the row changed"

    def test_answers_as_the_policy_does(self) -> None:
        cases = self.few(rounds(1, 1_000_000))
        self.assertEqual([wrong for wrong in map(self.mismatch, cases) if wrong], [])

    def test_lists_show_exactly_what_the_policy_lets_see(self) -> None:
        for slug, actor in share((slug, actor) for slug in REGISTERS for actor in ACTORS[:-1]):
            records = [record for (of, _name), record in self.records.items() if of == slug]
            with self.subTest(slug, actor=actor):
                who = getattr(self, actor)
                wanted = {
                    str(record.pk) for record in records if self.policy.sees(who, REGISTERS[slug], record)
                }
                items = self.clients[actor].get(f"/api/{slug}?size=200").json().get("items", [])
                found = {str(row["id"]) for row in items}
                self.assertEqual(found & {str(record.pk) for record in records}, wanted)

    def test_finds_out_when_everything_is_visible(self) -> None:
        self.assert_found_out(visible_to, lambda rows, *_, **__: rows)

    def test_finds_out_when_everybody_has_a_right_somewhere(self) -> None:
        self.assert_found_out(may_anywhere, lambda *_, **__: True)

    def test_finds_out_when_everybody_may_do_everything(self) -> None:
        self.assert_found_out(require_on, lambda *_, **__: None)

    def assert_found_out(self, rule: Any, broken: Any) -> None:
        """With `rule` broken wherever it is used, some case is answered wrongly."""
        cases = [
            case for case in self.few(1) if self.wanted(case) in (REFUSED, ABSENT) and case.object != "absent"
        ]
        homes = [m for name, m in sorted(sys.modules.items())
                 if name.startswith("keepwell.") and getattr(m, rule.__name__, None) is rule]  # fmt: skip
        patches = [mock.patch.object(home, rule.__name__, broken) for home in homes]
        for patch in patches:
            patch.start()
            self.addCleanup(patch.stop)
        self.assertTrue(any(self.mismatch(case) for case in cases))


def turned(cases: list[Case], by: int) -> list[Case]:
    """`cases`, beginning elsewhere, so that few of each meet every actor."""
    start = by * 7 % len(cases)
    return cases[start:] + cases[:start]
