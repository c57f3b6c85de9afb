"""Rows of the database as records: as Django makes them, in a third of the time.

Django makes a record of a row by setting each of its attributes, and tells two signals of it; of a list's rows and those
that belong to them that is more time than the database takes. Where nothing listens and nothing but values is set, the
values are put in at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from inspect import getattr_static
from typing import Any

from django.db import models
from django.db.models.base import ModelState
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init

KEEPS_VALUES = (DeferredAttribute, ForeignKeyDeferredAttribute)
"""What stands in a model for a column whose value is kept as it is set."""


def is_made_at_once(model: type[models.Model]) -> bool:
    """Whether a record of `model` is its values and nothing else, and nobody wants to know that one is made."""
    return is_plain(model) and not pre_init.receivers and not post_init.receivers


@cache
def is_plain(model: type[models.Model]) -> bool:
    """Whether `model` takes values as they are."""
    own: Any = model  # looked at as a class, not asked through one
    return (
        own.__init__ is models.Model.__init__
        and own.__setattr__ is object.__setattr__
        and all(type(getattr_static(own, f.attname)) in KEEPS_VALUES for f in own._meta.concrete_fields)
    )


def record_of(model: type[models.Model], db: str | None, names: Iterable[str], values: Iterable[Any]) -> Any:
    """The record of a plain `model` whose attributes have these values; those that are not named are deferred."""
    record = model.__new__(model)
    state = ModelState()
    state.db, state.adding = db, False
    record.__dict__.update(zip(names, values, strict=True), _state=state)
    return record
