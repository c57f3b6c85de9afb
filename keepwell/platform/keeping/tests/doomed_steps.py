"""Migrates a database by processes that kill themselves in the middle of a migration, one after the other.

`python -m keepwell.platform.keeping.tests.doomed_steps SEED EVERY own|django` dies in every EVERYth migration.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from typing import Any

import django


class Killer:
    """Kills this process before the nth statement of a migration, or before it is noted as applied."""

    def __init__(self, target: str, statement: int) -> None:
        self.target, self.left, self.present = target, statement, ""

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if self.present == self.target:
            self.left -= 1
            if self.left == 0 or sql.startswith('INSERT INTO "django_migrations"'):
                os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)


def doomed(target: str, statement: int, *, own: bool) -> None:
    """Migrate until death in `target`."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from keepwell.platform.keeping import steps

    killer, kind = Killer(target, statement), steps.StepExecutor if own else MigrationExecutor

    class Told(kind):  # type: ignore[valid-type,misc]  # one of the two
        def apply_migration(self, state: Any, migration: Any, *rest: Any, **more: Any) -> Any:
            killer.present = str(migration)
            return super().apply_migration(state, migration, *rest, **more)

    with connection.execute_wrapper(killer):
        executor = Told(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())


def in_a_child(target: str, statement: int, *, own: bool) -> int:
    """The status of a child that does `doomed`; -9 for one that was killed."""
    child = os.fork()
    if child == 0:
        try:
            doomed(target, statement, own=own)
        except BaseException as error:  # noqa: BLE001  # told by the status
            print(f"{target}: {error}", file=sys.stderr)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(seed: int, every: int, executor: str) -> int:
    """Die in migration after migration, then let the rest be done; 1 if that is not possible any more."""
    django.setup()
    from django.db import connection

    from keepwell.platform.keeping import steps

    plan = steps.StepExecutor(connection)
    names = [str(migration) for migration, _back in plan.migration_plan(plan.loader.graph.leaf_nodes())]
    connection.close()
    draw, kills = random.Random(seed), 0
    for name in names[draw.randrange(every) :: every]:
        for statement in (draw.randint(1, 6), 1_000):
            status = in_a_child(name, statement, own=executor == "own")
            if status != -signal.SIGKILL:
                return 1
            kills += 1
    steps.bring_up_to_date()
    print(kills)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
