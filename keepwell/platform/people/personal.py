"""What is kept about people: each model that holds something of a person says how it is found for one, and what
becomes of it when they are erased. `privacy` reads it to tell a person everything, and to erase them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

Rows = TypeVar("Rows", bound=type[Model])
HOLDINGS: dict[str, Holding] = {}


class Fate(StrEnum):
    """What becomes of a row about somebody who is erased."""

    KEPT = "kept"
    """It is the group's evidence; from then on it is about a pseudonym."""
    DELETED = "deleted"
    """It was for the person alone, and goes."""


@dataclass(frozen=True)
class Holding:
    """What rows of `model` hold of people.

    `about` finds the rows about one person, and `fate` is theirs; `by` are the columns that name somebody as who
    did something: such rows stay. `says` are columns of text that may name or describe somebody; `secret` those
    that nobody is told, not even whom they are about.
    """

    model: type[Model]
    about: Callable[[Any], Q]  # of a Person, which is declared by these very words
    fate: Fate
    by: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name, as "people.person"."""
        return self.model._meta.label_lower

    def rows(self, person: Any) -> QuerySet[Any]:
        """The rows about `person`."""
        return self.model._base_manager.filter(self.about(person)).order_by("pk")

    def done_by(self, person: Any) -> QuerySet[Any]:
        """The rows that name `person` only as who did something."""
        named = [Q(**{column: person.pk}) for column in self.by]
        found = reduce(or_, named) if named else NOBODY
        return self.model._base_manager.filter(found).exclude(self.about(person)).order_by("pk")


NOBODY = Q(pk__in=[])


def personal(*ways: str, fate: Fate = Fate.KEPT, by: tuple[str, ...] = (), says: tuple[str, ...] = (),
             secret: tuple[str, ...] = (), about: Callable[[Any], Q] | None = None) -> Callable[[Rows], Rows]:  # fmt: skip
    """Declare what rows of a model hold of people: `ways` are paths to whom a row is about, as "account__person";
    where a path does not tell it, `about` does."""

    def found(person: Any) -> Q:
        named = [Q(**{way: person.pk}) for way in ways] + ([about(person)] if about else [])
        return reduce(or_, named) if named else NOBODY

    def keep(model: Rows) -> Rows:
        HOLDINGS[model._meta.label_lower] = Holding(model, found, fate, by, says, secret, ways)
        return model

    return keep
