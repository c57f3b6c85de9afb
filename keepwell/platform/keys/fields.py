"""Columns that hold sealed text, so that whoever looks for all of them finds them at the models themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models

from keepwell.platform.keys.sealing import place_of


class SealedColumn(models.Field):
    """A column of text sealed for its table, its name, and the value of `row` in its row: the key if not said.

    To migrations it is a column of plain text, as it was.
    """

    row = "pk"

    def __init__(self, *args: Any, row: str = "pk", **more: Any) -> None:
        super().__init__(*args, **more)
        self.row = row

    def deconstruct(self) -> Any:
        """As Django's own field."""
        name, _path, arguments, more = super().deconstruct()
        return name, f"django.db.models.{self.plain}", arguments, more

    plain = ""

    def place(self, row: object) -> str:
        """Where the value of the row `row` stands."""
        return place_of(self.model._meta.db_table, row, self.attname)


class SealedText(SealedColumn, models.TextField):
    """Sealed text of any length; empty where there is none."""

    plain = "TextField"


class SealedChars(SealedColumn, models.CharField):
    """Sealed text of some length."""

    plain = "CharField"


def sealed_columns() -> Iterator[SealedColumn]:
    """Every column of every model that holds sealed text."""
    for model in apps.get_models():
        yield from (field for field in model._meta.local_fields if isinstance(field, SealedColumn))
