"""Migrations, each one step: its tables and the note that it was applied are one transaction, and one process
alone takes them, so that whatever was cut off can be run again. A database without tables is laid out in one step."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.operations import RunPython, RunSQL

from keepwell.platform.history.dialects import embedded_file

FORMER = {"sessions"}
"""Apps of earlier versions that are no more, and held nothing that is kept."""
LOCK = 0x6B656570  # "keep": the name of our lock among a server's advisory ones


class StepExecutor(MigrationExecutor):
    """Django's executor; but where deferred SQL follows, Django notes a migration after its transaction, and
    a kill in between leaves tables that nobody knows of."""

    def apply_migration(self, state: Any, migration: Migration, fake: bool = False,
                        fake_initial: bool = False) -> Any:  # fmt: skip
        if not migration.atomic:
            return super().apply_migration(state, migration, fake, fake_initial)
        with _without_constraint_checks(), transaction.atomic():
            return super().apply_migration(state, migration, fake, fake_initial)


@contextmanager
def _without_constraint_checks() -> Iterator[None]:
    """SQLite rebuilds tables only while it does not check links; that is said before a transaction begins."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    connection.disable_constraint_checking()
    try:
        yield
    finally:
        connection.enable_constraint_checking()


def missing() -> int:
    """How many migrations the database lacks."""
    executor = StepExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def bring_up_to_date() -> int:
    """Apply every migration that is missing; returns how many those were.

    A second process that asks meanwhile waits, and then finds nothing left to do.
    """
    if not missing():
        return 0
    with alone():
        return run_missing()


def run_missing() -> int:
    """Apply every migration that is missing, in the present transaction if there is one."""
    executor = StepExecutor(connection)
    if is_empty():
        return lay_out(executor)
    targets = executor.loader.graph.leaf_nodes()
    plan = executor.migration_plan(targets)
    before = executor._create_project_state(with_applied_migrations=True)  # type: ignore[attr-defined]  # as Django does
    emit_pre_migrate_signal(0, False, connection.alias, apps=before.apps, plan=plan)
    after = executor.migrate(targets, plan=plan, state=before.clone())
    after.clear_delayed_apps_cache()
    emit_post_migrate_signal(0, False, connection.alias, apps=apps, plan=plan)
    return len(plan)


def is_empty() -> bool:
    """Whether the database has no table at all."""
    return not connection.introspection.table_names()


def lay_out(executor: MigrationExecutor) -> int:
    """Make every table as it is after the last migration, and note them all as applied; returns how many those are.

    Django draws all models anew for each operation of each migration, which takes most of the time of the way there;
    where no row is to be carried along, the end of the way is enough (ADR 0061). What migrations do by hand follows.
    """
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    emit_pre_migrate_signal(
        0, False, connection.alias, apps=executor.loader.project_state([]).apps, plan=plan
    )
    state = executor.loader.project_state()
    with _without_constraint_checks(), transaction.atomic(), connection.schema_editor() as editor:
        executor.recorder.ensure_schema()
        for model in state.apps.get_models():
            if model._meta.can_migrate(connection):
                editor.create_model(model)
        for migration, _back in plan:
            for step in migration.operations:
                if isinstance(step, RunPython | RunSQL):
                    step.database_forwards(migration.app_label, editor, state, state)
            executor.recorder.record_applied(migration.app_label, migration.name)
    emit_post_migrate_signal(0, False, connection.alias, apps=apps, plan=plan)
    return len(plan)


def migrate_as(applied: list[tuple[str, str]]) -> None:
    """Make the tables as they were when just the migrations `applied` had run, on an empty database."""
    executor = StepExecutor(connection)
    known = set(applied)
    graph = executor.loader.graph
    if is_empty() and known >= set(graph.nodes):
        lay_out(executor)
        return
    nodes = [node for node in graph.nodes if node in known]
    last = [node for node in nodes if not any(child[0] == node[0] and child in known
                                              for child in graph.node_map[node].children)]  # fmt: skip
    executor.migrate(last)


def unknown(applied: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Which of the migrations `applied` this version does not know."""
    loader = StepExecutor(connection).loader
    replaced = {node for migration in loader.disk_migrations.values() for node in migration.replaces}
    known = {*loader.disk_migrations, *replaced}
    return [node for node in applied if node not in known and node[0] not in FORMER]


@contextmanager
def alone() -> Iterator[None]:
    """Wait until nobody else migrates this database, then hold that off."""
    if connection.vendor == "sqlite":
        file = embedded_file()
        if file is None:
            yield
            return
        path = Path(f"{file}.migrating")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    try:
        with connection.patient_for(inf):  # type: ignore[attr-defined]  # PostgreSQL has it
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
            cursor.execute("RESET statement_timeout")
