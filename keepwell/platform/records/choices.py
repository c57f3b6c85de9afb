"""A choice among codes that come with Keepwell and those that a group adds, and words for it in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import models
from django.utils.functional import lazy


def _told(tell: Callable[..., str], *about: Any) -> str:
    return tell(*about)


when_shown = lazy(_told, str)
"""`when_shown(tell, *about)` is what `tell(*about)` says in the language of whoever is shown it. Made once: each call of
`lazy` makes a class anew, which costs more than the words."""


class GrowingChoice(models.CharField):
    """Text that is one of its `choices`, which are the same everywhere, or one of those that were added here.

    The added ones lie in the database: they are asked for when a form is shown or a value is looked at, never while the
    program starts.
    """

    def added(self) -> Mapping[str, Any]:
        """The codes that were added, with their labels."""
        raise NotImplementedError

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        """One of both; ValidationError else."""
        fixed = {code for code, _label in self.flatchoices}
        if value in fixed or value in self.empty_values or value not in self.added():
            super().validate(value, model_instance)
