"""R13: never a change without its row of the trail, nor a row without its change, whichever statement fails.

Every act that a sample reaches, and every register's own record, is tried with its first statement failing, then its
second, and so on until it goes through; after each try either nothing happened, or all of it did. What no sample reaches
is swept in the stories that do it (test_sweep_stories).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import date, timedelta
from enum import Enum
from functools import cache, partial
from itertools import islice, product
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import OperationalError, connection, models, transaction
from django.db.models import F
from django.test import TestCase

from keepwell.kernel import moments
from keepwell.kernel.refusing import Refused
from keepwell.platform.acts.act import ACTS, Act
from keepwell.platform.history.acting import acting
from keepwell.platform.history.bulk import create_all, update_all
from keepwell.platform.history.models import Change, Tracked
from keepwell.platform.history.ready import Whole
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.people.roles import ROLES
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.tree.models import Unit
from tests import machine
from tests.cast import TELLER, Cast, grant
from tests.house import changed, made, samples, tracked, typed
from tests.sweep_stories import BY_SAMPLE

MOST_STATEMENTS = 400
MOST_TRIES, FEW = machine.rounds(12, 60), 2
State = dict[tuple[str, Any], tuple[Any, ...]]


class FailsAt:
    """Lets the n-th statement fail, as a full disk or a lost connection would."""

    def __init__(self, number: int) -> None:
        self.number, self.asked = number, 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.asked += 1
        if self.asked == self.number:
            raise OperationalError("the disk is full")
        return execute(sql, params, many, context)

    def at_work(self) -> AbstractContextManager[None]:
        return connection.execute_wrapper(self)


@cache
def questions() -> tuple[tuple[str, bool, Whole], ...]:
    """What is asked for every tracked row and its relations: by name, whether the rows stand by themselves, and made
    once, for it is asked after every try."""
    asked = []
    for model in apps.get_models():
        if issubclass(model, Tracked):
            asked.append((model.type_name(), True, Whole(model._base_manager.order_by("pk").values_list())))
            for field in model._meta.many_to_many:
                told = field.remote_field.through._base_manager.order_by("pk").values_list()
                asked.append((f"{model.type_name()}.{field.name}", False, Whole(told)))
    return tuple(asked)


def state() -> State:
    """Every tracked row as it is, with its relations."""
    found: State = {}
    for name, by_row, asked in questions():
        rows = asked.rows()
        found |= {(name, row[0]): tuple(row) for row in rows} if by_row else {(name, None): tuple(rows)}
    return found


def versions(found: State) -> dict[tuple[str, UUID], int]:
    """The version of every tracked row."""
    place = {
        model.type_name(): [f.attname for f in model._meta.concrete_fields].index("version")
        for model in apps.get_models()
        if issubclass(model, Tracked)
    }
    return {key: row[place[key[0]]] for key, row in found.items() if key[0] in place}


class Sweeping(Cast, TestCase):
    """Tries work with each statement failing in turn."""

    def sweep(self, work: Any) -> int:
        """How many statements `work` makes; asserts that every failure left nothing behind.

        A few statements spread over the whole fail by default, each one under `make soak`.
        """
        before, last = state(), self.last()
        for number in machine.rounds(self.some(work), range(1, MOST_STATEMENTS)):
            failing = FailsAt(number)
            try:
                with transaction.atomic():
                    with failing.at_work():
                        work()
                    self.assert_told(before, last)
                    transaction.set_rollback(failing.asked >= number)  # it went on without that statement
            except (OperationalError, ValidationError, Refused):
                # Django takes a constraint whose question fails for one that is hurt.
                self.assertGreaterEqual(failing.asked, number, "it was refused though nothing failed")
                self.assertEqual(state(), before, f"statement {number} failed and something was changed")
                self.assertEqual(self.last(), last, f"statement {number} failed and a row was kept")
            if failing.asked < number:
                return failing.asked
        raise AssertionError("It never went through.")

    def some(self, work: Any) -> list[int]:
        """A few of the statements of `work`, its last three among them, and the one after the last."""
        counting = FailsAt(0)
        with transaction.atomic(), counting.at_work():
            work()
            transaction.set_rollback(True)
        count = counting.asked
        return sorted({*range(1, count, max(1, count // FEW)), *range(max(1, count - 2), count + 2)})

    def last(self) -> int:
        return Change.objects.order_by("-id").values_list("id", flat=True).first() or 0

    def assert_told(self, before: State, last: int) -> None:
        """Each new version of a row has its row of the trail, and each such row its version."""
        was, now = versions(before), versions(state())
        moved = {
            (kind, pk, v)
            for (kind, pk), new in now.items()
            for v in range(was.get((kind, pk), 0) + 1, new + 1)
        }
        rows = Change.objects.changes().filter(id__gt=last)
        told = list(rows.values_list("record_type", "record_id", "version"))
        self.assertEqual(sorted(map(str, told)), sorted(map(str, moved)))


class EveryAct(Sweeping):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "house.grant"):
            for role in ("secretariat", "auditor", "hr_importer"):
                if role in ROLES:
                    grant(cls.ada, role, cls.group)

    def test_is_told_whole_or_not_at_all(self) -> None:
        done, left = [], []
        for verb, rule in sorted(ACTS.items()):
            with self.subTest(verb), transaction.atomic():
                (done if self.was_swept(rule) else left).append(verb)
                transaction.set_rollback(True)
        self.assertEqual(
            BY_SAMPLE - set(done), set(), f"a sample reaches these no more; left out were {left}"
        )

    def was_swept(self, rule: Act[..., Any]) -> bool:
        """Whether the act could be tried with a sample, brought by another act into its state if need be."""
        record = self.record_for(rule)
        if record is None:
            return False
        others = [other for other in ACTS.values() if other.record is rule.record and other is not rule]
        for before in (None, *machine.rounds([], others)):
            with transaction.atomic():
                if (before is None or self.done(before, record)) and (work := self.workable(rule, record)):
                    self.assertGreater(self.sweep(work), 0)
                    transaction.set_rollback(True)
                    return True
                transaction.set_rollback(True)
        return False

    def done(self, rule: Act[..., Any], record: Any) -> bool:
        """Do an act with whatever answers it takes; whether it took any."""
        work = self.workable(rule, record)
        if work:
            work()
        return bool(work)

    def workable(self, rule: Act[..., Any], record: Any) -> Callable[[], None] | None:
        """The act with answers that it takes; None if none of ours suits."""
        questions = rule.questions.values()
        for answers in islice(product(*(self.answers(question) for question in questions)), MOST_TRIES):
            told = dict(zip(rule.questions, answers, strict=True))
            work = partial(self.do, rule, record, told)
            try:
                with transaction.atomic():
                    work()
                    transaction.set_rollback(True)
            except (
                Refused,
                PermissionDenied,
                ValidationError,
                ValueError,
                TypeError,
                AttributeError,
                ObjectDoesNotExist,
            ):
                continue
            return work
        return None

    def do(self, rule: Act[..., Any], record: Any, answers: dict[str, Any]) -> None:
        rule(type(record)._base_manager.get(pk=record.pk), by=self.ada, **answers)

    def answers(self, question: inspect.Parameter) -> list[Any]:
        """What may be answered to `question`, by its kind."""
        kind = question.annotation
        if isinstance(kind, type) and issubclass(kind, models.Choices | Enum):
            return list(kind)[:3]
        today = moments.today()
        known: dict[Any, list[Any]] = {
            date: [today, today + timedelta(days=20), today - timedelta(days=20)], str: ["a reason"],
            int: [today.year, today.year - 1, 1], bool: [True, False], Unit: [self.khh2, self.mat, self.pen1],
            Person: [self.eva, self.dan],
        }  # fmt: skip
        default = [] if question.default is inspect.Parameter.empty else [question.default]
        return known.get(kind, default or [None])

    def record_for(self, rule: Act[..., Any]) -> Any:
        """A sample of the kind of record that the act is about; None if there is none."""
        known = {Unit: self.khh1, Person: self.eva, Grant: Grant.objects.filter(person=self.eva).first()}
        if rule.record in known:
            return known[rule.record]
        slug = next((slug for slug in samples() if REGISTERS[slug].record is rule.record), None)
        return made(slug, self.khh1, self.eva) if slug else None


class EveryRecord(Sweeping):
    def test_is_told_whole_or_not_at_all_when_added_and_when_changed(self) -> None:
        for slug in tracked():
            with self.subTest(slug), transaction.atomic():
                self.assertGreater(self.sweep(lambda slug=slug: made(slug, self.khh1, self.eva, 5)), 0)
                if slug in typed():
                    record = made(slug, self.khh1, self.eva, 6)
                    self.assertGreater(self.sweep(lambda r=record, s=slug: self.alter(s, r)), 0)
                transaction.set_rollback(True)

    def alter(self, slug: str, record: Any) -> None:
        fresh = type(record)._base_manager.get(pk=record.pk)
        for name, value in changed(REGISTERS[slug], fresh).items():
            kept = getattr(fresh, name)
            setattr(fresh, name, type(kept).fromisoformat(value) if isinstance(kept, date) else value)
        with acting(TELLER, "house.alter"):
            fresh.save()


class Bulk(Sweeping):
    def test_is_told_whole_or_not_at_all(self) -> None:
        def people(first: int) -> list[Person]:
            since = {"unit_since": date(2024, 1, 1), "employed_from": date(2024, 1, 1)}
            return [
                Person(
                    number=f"B{n:07}",
                    name=f"Person {n}",
                    unit=self.khh1,
                    mail=f"b{n}@meridian.example",
                    **since,
                )
                for n in range(first, first + 3)
            ]

        def enter() -> None:
            with acting(TELLER, "house.enter"):
                create_all(people(10))

        def rename() -> None:
            with acting(TELLER, "house.rename"):
                found = list(Person.objects.filter(number__startswith="B"))
                for one in found:
                    one.name += " anew"
                update_all(found)

        self.assertGreater(self.sweep(enter), 1)
        self.assertGreater(self.sweep(rename), 1)


class TheSweep(Sweeping):
    def test_finds_a_change_without_its_row(self) -> None:
        def silent() -> None:
            Person._base_manager.filter(pk=self.eva.pk).update(version=2)

        with self.assertRaises(AssertionError):
            self.sweep(silent)

    def test_finds_a_failure_that_was_swallowed(self) -> None:
        def torn() -> None:
            Person._base_manager.filter(pk=self.eva.pk).update(version=F("version") + 1)
            with suppress(OperationalError), transaction.atomic():
                told = {
                    "record_type": "people.person",
                    "record_id": self.eva.pk,
                    "at": moments.now(),
                    "verb": "torn",
                }
                Change(version=Person._base_manager.get(pk=self.eva.pk).version, **told).save()

        with self.assertRaises(AssertionError):
            self.sweep(torn)
