"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from keepwell.platform.people.operations import public


@public
def livez(_request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "alive"})


@public
def readyz(_request: HttpRequest) -> JsonResponse:
    """The database answers and has every table this version needs; 503 with the reason otherwise."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return unready("The database does not answer.")
    return unready("Migrations are missing.") if missing else JsonResponse({"status": "ready"})


def unready(reason: str) -> JsonResponse:
    """503, with when to ask again."""
    return JsonResponse({"status": "unready", "reason": reason}, status=503, headers={"Retry-After": "5"})
