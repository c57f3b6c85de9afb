"""Acts that are swept where a story does them: the first time, with each statement failing in turn, then for good."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from keepwell.kernel.refusing import Refused
from keepwell.platform.acts.act import Act
from tests.test_sweep import Sweeping


class InAStory:
    """What was swept while a story was told: the verbs of `wanted` (of all acts, if none are named)."""

    def __init__(self, *wanted: str) -> None:
        self.wanted, self.swept, self.is_at_it = wanted, set[str](), False

    def concerns(self, rule: Act[..., Any]) -> bool:
        """Whether this call of `rule` is to be swept: the first of its kind that no other act makes."""
        named = not self.wanted or rule.verb in self.wanted
        return named and rule.verb not in self.swept and not self.is_at_it and connection.in_atomic_block

    def sweep(self, rule: Act[..., Any], once: Any, record: Any, /, *given: Any, **told: Any) -> None:
        """Let each statement of the call fail; a call that is refused is no sample, and another one comes."""

        def work() -> None:
            once(rule, type(record)._base_manager.get(pk=record.pk), *given, **told)

        try:
            with transaction.atomic():
                work()
                transaction.set_rollback(True)
        except (Refused, PermissionDenied):
            return
        with transaction.atomic():
            count = Sweeping().sweep(work)
            transaction.set_rollback(True)
        assert count > 0, f"{rule.verb} asks the database for nothing"
        self.swept.add(rule.verb)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Inside, acts are swept."""
        once = Act.__call__

        def call(rule: Act[..., Any], record: Any, /, *given: Any, **told: Any) -> Any:
            if self.concerns(rule):
                self.is_at_it = True
                try:
                    self.sweep(rule, once, record, *given, **told)
                finally:
                    self.is_at_it = False
            return once(rule, record, *given, **told)

        with mock.patch.object(Act, "__call__", call):
            yield
