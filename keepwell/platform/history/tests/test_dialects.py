"""Ready rows are kept by the bulk way exactly as Django's own way keeps them."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

from django.apps.registry import Apps
from django.db import DataError, connection, models, transaction
from django.test import TestCase

from keepwell.platform.history import dialects


class Kinds(models.TextChoices):
    SITE = "site", "Site"
    UNIT = "unit", "Unit"


class EveryKind(models.Model):
    """A row with one column of every kind."""

    text = models.TextField()
    kind = models.CharField(max_length=4, choices=Kinds)
    whole = models.IntegerField(null=True)
    exact = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    day = models.DateField(null=True)
    at = models.DateTimeField(null=True)
    key = models.UUIDField(null=True)
    facts = models.JSONField(null=True)
    yes = models.BooleanField(null=True)

    class Meta:
        abstract = True


class Sample(EveryKind):
    """It has nothing else."""

    class Meta:
        app_label = "history"
        apps = Apps()  # of its own, so that no other test meets it


class Versioned(EveryKind):
    """It has an id and a version, as what is tracked."""

    id = models.UUIDField(primary_key=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        app_label = "history"
        apps = Apps()


COLUMNS = ["text", "kind", "whole", "exact", "day", "at", "key", "facts", "yes"]
AT = datetime(2023, 10, 29, 2, 30, 0, 250_000, tzinfo=timezone(timedelta(hours=8)))
ODD = "tab\there \\N \\. line\r\nend “”, 資訊安全 😀 '; --"
FULL = (ODD, Kinds.SITE, -7, Decimal("1.5"), date(2024, 2, 29), AT, UUID(int=7), {"a": [1, ODD, None]}, True)
BLANK = ("", "unit", *[None] * 7)
MANY = 12


class Inserting(TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        with connection.schema_editor() as editor:
            editor.create_model(Sample)
        super().setUpClass()

    @classmethod
    def tearDownClass(cls) -> None:
        super().tearDownClass()
        with connection.schema_editor() as editor:
            editor.delete_model(Sample)

    def rows(self) -> list[tuple[Any, ...]]:
        return list(Sample.objects.order_by("pk").values_list(*COLUMNS))

    def test_keeps_every_kind_of_value_as_django_does(self) -> None:
        for row in (FULL, BLANK):
            Sample.objects.create(**dict(zip(COLUMNS, row, strict=True)))
        theirs = self.rows()
        Sample.objects.all().delete()
        self.assertEqual(dialects.insert(Sample, COLUMNS, [FULL, BLANK]), 2)
        self.assertEqual(self.rows(), theirs)
        self.assertEqual(theirs[0][5], AT.astimezone(UTC))

    def test_keeps_none_as_nothing_also_in_json(self) -> None:
        dialects.insert(Sample, COLUMNS, [BLANK])
        self.assertEqual(Sample.objects.filter(facts__isnull=True, at__isnull=True).count(), 1)

    def test_finds_what_it_kept_by_key_and_moment(self) -> None:
        dialects.insert(Sample, COLUMNS, [FULL])
        self.assertTrue(Sample.objects.filter(key=UUID(int=7), at=AT, day=FULL[4], facts__a__0=1).exists())

    def test_takes_rows_as_they_come_and_counts_them(self) -> None:
        rows: Iterator[tuple[Any, ...]] = (
            (f"row {n}", "unit", n, uuid4()) for n in range(dialects.AT_ONCE + 1)
        )
        self.assertEqual(
            dialects.insert(Sample, ["text", "kind", "whole", "key"], rows), dialects.AT_ONCE + 1
        )
        self.assertEqual(dialects.insert(Sample, ["text", "kind"], []), 0)
        self.assertEqual(Sample.objects.count(), dialects.AT_ONCE + 1)

    def test_is_undone_with_the_transaction(self) -> None:
        with self.assertRaises(ZeroDivisionError), transaction.atomic():
            dialects.insert(Sample, COLUMNS, [FULL])
            raise ZeroDivisionError
        self.assertEqual(Sample.objects.count(), 0)

    def test_leaves_nothing_of_rows_that_break_off(self) -> None:
        def broken() -> Iterator[tuple[Any, ...]]:
            yield FULL
            raise ZeroDivisionError

        with self.assertRaises(ZeroDivisionError), transaction.atomic():
            dialects.insert(Sample, COLUMNS, broken())
        self.assertEqual(Sample.objects.count(), 0)


class Updating(TestCase):
    """Many rows at once become what they become one by one, on PostgreSQL by one statement."""

    @classmethod
    def setUpClass(cls) -> None:
        with connection.schema_editor() as editor:
            editor.create_model(Versioned)
        super().setUpClass()

    @classmethod
    def tearDownClass(cls) -> None:
        super().tearDownClass()
        with connection.schema_editor() as editor:
            editor.delete_model(Versioned)

    def setUp(self) -> None:
        self.ids = [UUID(int=n + 1) for n in range(MANY)]
        dialects.insert(Versioned, ["id", "version", *COLUMNS], [(pk, 3, *BLANK) for pk in self.ids])

    def rows(self) -> list[tuple[Any, ...]]:
        return list(Versioned.objects.order_by("pk").values_list("version", *COLUMNS))

    def update(
        self, values: Sequence[Sequence[Any]], columns: Sequence[str] = COLUMNS, version: int = 3
    ) -> int:
        given = [(*row, pk, version) for row, pk in zip(values, self.ids, strict=True)]
        return dialects.update(Versioned, columns, given)

    def one_by_one(self, values: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """What the rows become one by one; then they are as they were."""
        with patch.object(dialects, "WORTH_COPYING", MANY + 1), transaction.atomic():
            self.assertEqual(self.update(values), MANY)
            found = self.rows()
            transaction.set_rollback(True)
        return found

    def test_makes_of_every_kind_of_value_what_one_by_one_makes(self) -> None:
        floats = (*FULL[:7], {"a": 1.5}, None)
        for values in ([FULL] * MANY, [BLANK] * MANY, [FULL, BLANK] * (MANY // 2), [FULL, floats] * (MANY // 2),
                       [("x", Kinds.UNIT, *FULL[2:])] * MANY, [("x", "site", 2**31 - 1, *FULL[3:])] * MANY):  # fmt: skip
            expected = self.one_by_one(values)
            with transaction.atomic():
                self.assertEqual(self.update(values), MANY)
                self.assertEqual(self.rows(), expected)
                self.assertEqual({row[0] for row in expected}, {4})
                transaction.set_rollback(True)

    def test_counts_only_those_that_were_still_at_their_version(self) -> None:
        dialects.update(Versioned, ["text"], [("newer", self.ids[0], 3)])
        self.assertEqual(self.update([("mine",)] * MANY, ["text"]), MANY - 1)
        self.assertEqual([row[:2] for row in self.rows()[:2]], [(4, "newer"), (4, "mine")])
        self.assertEqual(self.update([("late",)] * MANY, ["text"]), 0)

    def test_counts_a_row_once_that_is_given_twice(self) -> None:
        twice = [("a", pk, 3) for pk in self.ids] + [("b", self.ids[0], 3)]
        self.assertEqual(dialects.update(Versioned, ["text"], twice), MANY)

    def test_asks_once_for_many_on_postgresql_and_each_time_for_few(self) -> None:
        values = [(f"row {n}",) for n in range(MANY)]
        for worth, each in ((MANY, False), (MANY + 1, True)):
            with (
                patch.object(dialects, "WORTH_COPYING", worth),
                patch.object(dialects, "_update_each", wraps=dialects._update_each) as one_by_one,
            ):
                self.update(values, ["text"], version=3 if worth == MANY else 4)
            self.assertIs(one_by_one.called, each or connection.vendor != "postgresql")

    def test_cuts_nothing_off_that_is_too_long(self) -> None:
        """SQLite knows no lengths; what is written was checked for them before."""
        if connection.vendor == "postgresql":
            for worth in (MANY, MANY + 1):
                with (
                    patch.object(dialects, "WORTH_COPYING", worth),
                    self.assertRaises(DataError),
                    transaction.atomic(),
                ):
                    self.update([("sites",)] * MANY, ["kind"])
        self.assertEqual({row[2] for row in self.rows()}, {"unit"})


class InTurn(TestCase):
    """Work in the background beside an embedded database goes one at a time over all processes."""

    def test_holds_others_off_until_a_moment_after_its_transaction(self) -> None:
        with TemporaryDirectory() as folder, patch.object(dialects, "connection") as embedded:
            embedded.vendor, embedded.settings_dict = (
                "sqlite",
                {"NAME": str(Path(folder) / "keepwell.sqlite3")},
            )
            embedded.is_in_memory_db.return_value = False
            slept: list[bool] = []
            pause = patch.object(dialects.time, "sleep", lambda _seconds: slept.append(self.is_free(folder)))
            with pause, dialects.in_turn():
                self.assertFalse(self.is_free(folder))
                self.assertEqual(slept, [])
            self.assertEqual(slept, [False], "the moment for others is within the turn")
            self.assertTrue(self.is_free(folder))

    def is_free(self, folder: str) -> bool:
        """Whether another process could have its turn now."""
        with (Path(folder) / f"keepwell.sqlite3{dialects.TURN}").open("w") as other:
            try:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    def test_holds_nobody_off_on_postgresql_or_in_memory(self) -> None:
        with patch.object(dialects, "fcntl", None), dialects.in_turn(), dialects.in_turn():
            pass
