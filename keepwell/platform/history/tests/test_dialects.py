"""Ready rows are kept by the bulk way exactly as Django's own way keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.apps.registry import Apps
from django.db import connection, models, transaction
from django.test import TestCase

from keepwell.platform.history import dialects


class Kinds(models.TextChoices):
    SITE = "site", "Site"
    UNIT = "unit", "Unit"


class Sample(models.Model):
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
        app_label = "history"
        apps = Apps()  # of its own, so that no other test meets it


COLUMNS = ["text", "kind", "whole", "exact", "day", "at", "key", "facts", "yes"]
AT = datetime(2023, 10, 29, 2, 30, 0, 250_000, tzinfo=timezone(timedelta(hours=8)))
ODD = "tab\there \\N \\. line\r\nend “”, 資訊安全 😀 '; --"
FULL = (ODD, Kinds.SITE, -7, Decimal("1.5"), date(2024, 2, 29), AT, UUID(int=7), {"a": [1, ODD, None]}, True)
BLANK = ("", "unit", *[None] * 7)


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
