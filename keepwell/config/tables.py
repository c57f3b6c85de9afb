"""Whether the database has every table that this version needs."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def missing() -> int:
    """How many migrations the database lacks."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def bring_up_to_date() -> int:
    """Apply every migration that is missing; returns how many those were."""
    lacking = missing()
    if lacking:
        call_command("migrate", interactive=False, verbosity=0)
    return lacking
