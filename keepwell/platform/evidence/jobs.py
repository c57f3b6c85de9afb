"""Background work of evidence: scanning, previews, forgetting purged bytes, and reading the store through."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from keepwell.kernel import moments
from keepwell.platform.evidence import (
    custody,
    drawing,
    renewal,
    rules,
    scanning,
    scrub,
    serving,
)
from keepwell.platform.evidence.custody import record
from keepwell.platform.evidence.models import Content, CustodyEntry, Piece
from keepwell.platform.exchange.files import keep
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.jobs.job import Task, job
from keepwell.platform.jobs.models import Job
from keepwell.platform.people.models import Person

AT_ONCE = 500
A_DAY = timedelta(days=1)
REMINDER = Machine(gettext_noop("the reminder of evidence"))


@job(rules.SCAN, limit=timedelta(minutes=30))
def scan_one(_task: Task, *, sha256: str) -> dict[str, Any]:
    """Scan what has just come, and make its preview; where no scanner answers, the schedule tries again."""
    content = Content.objects.filter(sha256=sha256).first()
    if content is None:
        return {"state": "gone"}
    by = scanning.scanner()
    if by is not None and content.state == Content.State.PENDING:
        try:
            scanning.scan(sha256, by)
        except scanning.Away as reason:
            return {"state": "away", "says": str(reason)}
        content.refresh_from_db()
    return {"state": content.state, "pictures": _pictured(content)}


def _pictured(content: Content) -> int:
    """Make the previews of what may be handed out and has none yet; returns how many were made."""
    if content.pictures is not None or not serving.is_open(content):
        return 0
    return drawing.draw(content)


@job("evidence.scan_waiting", every=timedelta(minutes=5), limit=timedelta(hours=2))
def scan_waiting(task: Task) -> dict[str, Any]:
    """Scan what still waits, the oldest first; ends at once while no scanner answers, and says so."""
    by = scanning.scanner()
    if by is None:
        return {"scanned": 0}
    waiting = Content.objects.filter(state=Content.State.PENDING).order_by("tries", "kept_at", "pk")
    done = 0
    for sha256 in list(waiting.values_list("pk", flat=True)[:AT_ONCE]):
        try:
            scanning.scan(sha256, by)
        except scanning.Away as reason:
            Content.objects.filter(state=Content.State.PENDING).update(
                says=str(reason)[: scanning.LONGEST_SAYING]
            )
            return {"scanned": done, "away": str(reason)}
        except Content.DoesNotExist:
            continue
        done += 1
        _pictured(Content.objects.get(pk=sha256))
        task.progress(done)
    return {"scanned": done}


@job(rules.FORGET)
def forget(_task: Task, *, sha256: str) -> dict[str, Any]:
    """Delete the bytes of a purged file, if no other file has them."""
    return {"forgotten": rules.forget(sha256)}


@job(custody.READ, limit=timedelta(minutes=30))
def read_in_custody(_task: Task, *, entry: str) -> dict[str, Any]:
    """Read the files of a hand-over that are too large to be read while somebody waits, and compare them. Twice is once."""
    found = CustodyEntry.objects.select_related("piece").get(pk=entry)
    return {"wholeness": custody.read_later(found)}


@job(record.JOB)
def write_custody_record(task: Task, *, piece: str, language: str, form: str) -> dict[str, Any]:
    """Make a custody record, as its asker may see the piece now. Raises PermissionDenied for who may see it no longer."""
    person = Person.objects.get(pk=str(task.person_id))
    found = Piece.objects.visible_to(person).select_related("unit", "owner").filter(pk=piece).first()
    if found is None:
        raise PermissionDenied(gettext("You may see this piece of evidence no longer."))
    kept = keep(record.write(found, person, language, form))
    return {"sha256": kept.sha256, "size_bytes": kept.size_bytes}


@job("evidence.follow", every=timedelta(hours=12))
def follow(task: Task) -> dict[str, Any]:
    """Let owners know what ends, and administrators what is past its time of retention."""
    # The day begins in the east while it is still the one before here.
    day, changed = moments.today() + A_DAY, 0
    for rows in (Piece.objects.ending(day), Piece.objects.past_retention(day)):
        for piece in rows.select_related("unit", "owner").order_by("pk").iterator(AT_ONCE):
            with transaction.atomic(), acting(REMINDER, "evidence.follow"):
                changed += renewal.follow([piece])
            task.progress(changed)
    return {"changed": changed}


@job("evidence.scrub", every=timedelta(days=1), limit=timedelta(hours=20))
def read_through(task: Task) -> dict[str, Any]:
    """Read every file of the store and compare it with its digest; one that was cut off goes on where it was."""
    asked_at = Job.objects.values_list("created_at", flat=True).get(pk=task.id)
    for sha256 in Content.objects.unused().filter(kept_at__lt=asked_at - A_DAY).values_list("pk", flat=True):
        rules.forget(sha256)
    return asdict(scrub.scrub(since=asked_at, progress=task.progress))
