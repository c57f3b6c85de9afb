"""Django's `migrate`, but a database without tables is laid out at once, as `keepwell migrate` does it."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS

from keepwell.platform.keeping import steps


class Command(migrate.Command):
    """Asked for everything, on the one database there is."""

    def handle(self, *words: Any, **options: Any) -> None:
        """Lay an empty database out; go step by step in all other cases."""
        asked_for_all = options["database"] == DEFAULT_DB_ALIAS and not (
            options["app_label"] or options["plan"] or options["check_unapplied"] or options["fake"]
        )
        if asked_for_all and steps.is_empty():
            steps.bring_up_to_date()
            return
        super().handle(*words, **options)
