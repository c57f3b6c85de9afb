"""The backup that nobody has to think of."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from keepwell.kernel.refusing import Refused
from keepwell.platform.jobs.job import Task, job
from keepwell.platform.keeping.backup import back_up
from keepwell.platform.keeping.models import Backup
from keepwell.platform.keeping.resealing import reseal

ENDING = ".kwb"
KEPT_ROWS = timedelta(days=400)
UNTOUCHED = timedelta(hours=1)


@job("keeping.back_up", every=timedelta(hours=settings.KEEPWELL_BACKUP_HOURS), limit=timedelta(hours=6))
def back_up_regularly(task: Task) -> dict[str, Any]:
    """Write a backup into KEEPWELL_BACKUP_FOLDER and take away what is older than those to be kept.

    Without a folder nothing is done, and doctor says so.
    """
    if not settings.KEEPWELL_BACKUP_FOLDER:
        return {"kept": 0}
    folder = Path(settings.KEEPWELL_BACKUP_FOLDER)
    if not folder.is_dir():
        raise Refused(f"There is no folder {folder}; make it, or set KEEPWELL_BACKUP_FOLDER to another one.")
    _remove_torn(folder)
    made = back_up(
        folder / f"keepwell-{datetime.now(UTC):%Y%m%dT%H%M%SZ}{ENDING}", task.progress, scheduled=True
    )
    Backup.objects.filter(begun_at__lt=made.begun_at - KEPT_ROWS).delete()
    return {"file": made.path, "removed": _remove_old(folder), "damaged": len(made.damaged)}


@job("keys.reseal", every=timedelta(days=1), limit=timedelta(hours=2))
def reseal_regularly(task: Task) -> dict[str, Any]:
    """Seal anew what older keys sealed; most days there is nothing."""
    done = reseal(task.progress)
    return {"values": done.values, "unopenable": len(done.unopenable)}


def _remove_torn(folder: Path) -> None:
    """Take away what backups left that were killed: drafts to which nobody has written for an hour."""
    for path in folder.glob(f"keepwell-*Z{ENDING}.part"):
        if time.time() - path.stat().st_mtime > UNTOUCHED.total_seconds():
            path.unlink()


def _remove_old(folder: Path) -> int:
    """Take away all but the newest backups that the schedule wrote, whose names are in the order of time; but never the
    newest in which no file was damaged: that file may lie whole nowhere else."""
    sound = (
        Backup.objects.sound()
        .filter(is_scheduled=True)
        .order_by("-begun_at")
        .values_list("path", flat=True)
        .first()
    )
    old = sorted(folder.glob(f"keepwell-*Z{ENDING}"))[: -settings.KEEPWELL_BACKUP_KEEP]
    old = [path for path in old if str(path.resolve())[:400] != sound]
    for path in old:
        path.unlink()
    return len(old)
