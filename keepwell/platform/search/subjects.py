"""Subjects: the kinds of record that are searched, by which of their text, and what else they are named after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import QuerySet

from keepwell.platform.history.models import Tracked
from keepwell.platform.records.models import unit_path

SUBJECTS: dict[str, Subject] = {}
NAMING = (models.CharField, models.TextField, models.ForeignKey)


@dataclass(frozen=True)
class Subject:
    """Records of `model`, searched by their name and by the text at `paths`; `fetch` brings what both read.

    A model of which there are many to one other record may say `found_alone`: then it is found by its own words, its
    `searched_texts`, and not by its name, so that the other may be renamed without writing all of them anew.
    """

    model: type[Any]
    paths: tuple[str, ...]
    fetch: Callable[[QuerySet[Any]], QuerySet[Any]]

    @property
    def kind(self) -> str:
        """Its name, as "people.person"."""
        return self.model._meta.label_lower

    @cached_property
    def code(self) -> str:
        """Three letters and digits that begin the words of this kind; others may share them."""
        return coded(self.kind, 3)

    @cached_property
    def naming(self) -> frozenset[str]:
        """The columns by which an entry may change: text, links, retirement, and the units it is seen at."""
        fields = [f for f in self.model._meta.concrete_fields if isinstance(f, NAMING)]
        names = {name for f in fields for name in (f.name, f.attname)}
        besides = {"retired_at", *getattr(self.model, "set_aside_by", ())}
        return frozenset(names | besides | {f.name for f in self.model._meta.many_to_many})

    @property
    def is_found_alone(self) -> bool:
        """Whether its entries hold no words of others."""
        return bool(getattr(self.model, "found_alone", False))

    def is_set_aside(self, record: Any) -> bool:
        """Whether `record` is found only by who asks for what is retired too: or other words stand in its place."""
        return record.is_set_aside if hasattr(record, "is_set_aside") else (
            getattr(record, "retired_at", None) is not None
        )  # fmt: skip

    def place_of(self, record: Any) -> UUID | None:
        """The unit `record` lies in."""
        *steps, last = unit_path(self.model).split("__")
        for step in steps:
            record = getattr(record, step)
        return record.pk if last == "pk" else getattr(record, f"{last}_id")

    def links(self) -> Iterator[tuple[str, type[models.Model]]]:
        """The relations through which an entry takes words or its place, with what they lead to."""
        named = () if self.is_found_alone else (*self.paths, *getattr(self.model, "key_fields", ()))
        paths = (*named, unit_path(self.model))
        for name in dict.fromkeys(path.partition("__")[0] for path in paths if "__" in path):
            yield name, self.model._meta.get_field(name).related_model


def declare(model: type[models.Model], paths: list[str],
            fetch: Callable[[QuerySet[Any]], QuerySet[Any]]) -> None:  # fmt: skip
    """Let records of `model` be searched; those that are not tracked are indexed by who writes them."""
    if model._meta.proxy:
        return  # the same rows under another name are found as what they are
    subject = Subject(model, tuple(paths), fetch)
    SUBJECTS[subject.kind] = subject
    named_after.cache_clear()
    placed_by.cache_clear()


@cache
def named_after(model: type[models.Model]) -> tuple[tuple[Subject, str], ...]:
    """The subjects whose entries hold words of `model`, each with its relation to it."""
    return tuple(
        (subject, name)
        for subject in SUBJECTS.values() if not subject.is_found_alone
        for name, to in subject.links() if to is model
    )  # fmt: skip


@cache
def placed_by(model: type[models.Model]) -> tuple[tuple[Subject, str, frozenset[str]], ...]:
    """The subjects whose entries take their place alone from `model`: the relation, and the columns that say it."""
    found = []
    for subject in SUBJECTS.values():
        link, _parted, column = unit_path(subject.model).partition("__")
        if subject.is_found_alone and column and (link, model) in subject.links():
            field = model._meta.get_field(column.partition("__")[0])
            found.append((subject, link, frozenset({field.name, getattr(field, "attname", field.name)})))
    return tuple(found)


@cache
def names_of(model: type[Tracked]) -> frozenset[str]:
    """The columns of `model` that others may be named after."""
    fields = [f for f in model._meta.concrete_fields if isinstance(f, NAMING)]
    return frozenset(name for f in fields for name in (f.name, f.attname))


@cache
def coded(text: str, length: int) -> str:
    """A short code of `text`."""
    return sha256(text.encode()).hexdigest()[:length]
