"""Where a person is named in tables that are not about them: found by their words, in every column of text."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from keepwell.platform.people.personal import HOLDINGS
from keepwell.platform.privacy.words import Words

TEXT = (models.CharField, models.TextField, models.JSONField)
UNSEARCHED = {
    "history.change": "forgotten by its own way, so that the seals hold",
    "history.checkpoint": "signed notes of digests alone",
    "history.trail": "keys and the name of the trail",
    "search.entry": "written anew from the records",
    "people.person": "the row itself is emptied",
    "people.erasednumber": "keyed digests",
    "incidents.disclosure": "told without a name: who looks after privacy may not look through it either",
    "incidents.disclosureword": "as the disclosure it belongs to",
}
"""Tables that are not searched for words, each with why."""


def searched() -> Iterator[tuple[type[models.Model], list[Any]]]:
    """Every table that may name somebody, with its columns of text."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not model._meta.managed or model._meta.label_lower in UNSEARCHED:
            continue
        columns = columns_of_text(model)
        if columns:
            yield model, columns


def columns_of_text(model: type[models.Model]) -> list[Any]:
    """The columns of `model` in which anything can be written; keys that are text stay what they are."""
    return [
        column for column in model._meta.concrete_fields
        if isinstance(column, TEXT) and not column.choices and not column.primary_key and not column.is_relation
    ]  # fmt: skip


def naming(model: type[models.Model], columns: list[Any], words: Words) -> QuerySet[Any]:
    """Rows that may name the person: the words stand somewhere in them, be it by chance."""
    rows = model._base_manager.all()
    said = says(model)
    found: list[Q] = []
    for column in columns:
        plain = not isinstance(column, models.JSONField)
        if not plain:
            rows = rows.annotate(**{f"text_{column.name}": Cast(column.name, TextField())})
        name = column.name if plain else f"text_{column.name}"
        found += [Q(**{f"{name}__icontains": form}) for form in words.variants]
        if column.name in said:
            found += [_whole(name, word, plain=plain) for word in words.whole]
    return rows.filter(reduce(or_, found)) if found else rows.none()


def says(model: type[models.Model]) -> tuple[str, ...]:
    """The columns of `model` that were declared to name people."""
    holding = HOLDINGS.get(model._meta.label_lower)
    return holding.says if holding else ()


def _whole(name: str, word: str, *, plain: bool) -> Q:
    return Q(**{f"{name}__iexact": word}) if plain else Q(**{f"{name}__icontains": f'"{word}"'})
