"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

import shutil

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse

from keepwell.platform.keeping import steps
from keepwell.platform.keeping.looks.machine import is_full
from keepwell.platform.people.operations import public


@public
def livez(_request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "alive"})


@public
def readyz(_request: HttpRequest) -> JsonResponse:
    """The database answers and has every table this version needs; 503 with the reason otherwise.

    A full disk is told, but reading goes on, so that the machine stays ready.
    """
    try:
        missing = steps.missing()
    except DatabaseError:
        return unready("The database does not answer.")
    if missing:
        return unready("Migrations are missing.")
    space = shutil.disk_usage(settings.KEEPWELL_DATA)
    told = {"writes": "refused", "reason": "The disk is full."} if is_full(space.total, space.free) else {}
    return JsonResponse({"status": "ready", **told})


def unready(reason: str) -> JsonResponse:
    """503, with when to ask again."""
    return JsonResponse({"status": "unready", "reason": reason}, status=503, headers={"Retry-After": "5"})
