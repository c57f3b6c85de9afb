"""Reading the store through: every file is compared with its digest, so that rot is found while a copy still helps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from keepwell.platform.evidence import stores
from keepwell.platform.evidence.models import Content, Finding
from keepwell.platform.evidence.stores.base import digest_of
from keepwell.platform.history.acting import Machine
from keepwell.platform.history.noting import note

SCRUBBER = Machine(gettext_noop("the scrub"))
BATCH = 500
# Bytes are kept a moment before the row that names them; what is younger may still get one.
GRACE = timedelta(hours=1)
Kind = Finding.Kind


@dataclass
class Scrubbed:
    """What one run found: files read, and how many are damaged, missing, foreign, and well again."""

    checked: int = 0
    damaged: int = 0
    missing: int = 0
    foreign: int = 0
    mended: int = 0


def scrub(
    *,
    since: datetime,
    progress: Callable[[int, int | None], None] = lambda done, total: None,
    grace: timedelta = GRACE,
) -> Scrubbed:
    """Read everything not read since `since`; findings are kept, noted in the trail, and end when they are mended."""
    found = Scrubbed()
    total = Content.objects.filter(_unread(since)).count()
    last = ""
    while batch := list(Content.objects.filter(_unread(since), sha256__gt=last).order_by("sha256")[:BATCH]):
        last = batch[-1].sha256
        for content in batch:
            _record(content.sha256, look(content.sha256), found)
        Content.objects.filter(sha256__in=[one.sha256 for one in batch]).update(checked_at=timezone.now())
        found.checked += len(batch)
        progress(found.checked, total)
    _look_for_foreigners(found, grace)
    _forget_what_is_gone(found)
    note(SCRUBBER, "evidence.scrub", kind="event", checked=found.checked, damaged=found.damaged,
         missing=found.missing, foreign=found.foreign, mended=found.mended)  # fmt: skip
    return found


def _unread(since: datetime) -> Q:
    return Q(checked_at=None) | Q(checked_at__lt=since)


def look(digest: str) -> Kind | None:
    """What is wrong with the bytes of `digest`; None if nothing is."""
    try:
        with stores.files().open(digest) as file:
            return None if digest_of(file) == digest else Kind.DAMAGED
    except stores.Gone:
        with transaction.atomic():
            # Whoever forgets purged bytes holds the row until it is gone too.
            is_wanted = Content.objects.select_for_update().filter(sha256=digest).exists()
        return Kind.MISSING if is_wanted else None


def _record(name: str, kind: Kind | None, found: Scrubbed) -> None:
    """Keep what is wrong with `name` now, and end what no longer is."""
    if kind is not None:
        _find(kind, name, found)
    for finding in Finding.objects.filter(name=name, mended_at=None).exclude(kind=kind or ""):
        _mend(finding, found)


def _find(kind: Kind, name: str, found: Scrubbed) -> None:
    setattr(found, kind.value, getattr(found, kind.value) + 1)
    with transaction.atomic():
        finding, is_new = Finding.objects.get_or_create(
            kind=kind, name=name[:200], mended_at=None, defaults={"found_at": timezone.now()}
        )
        if is_new:
            note(SCRUBBER, f"evidence.{kind.value}", kind="event", name=finding.name)


def _mend(finding: Finding, found: Scrubbed) -> None:
    found.mended += 1
    with transaction.atomic():
        finding.mended_at = timezone.now()
        finding.save(update_fields=["mended_at"])
        note(SCRUBBER, "evidence.mended", kind="event", name=finding.name, was=finding.kind)


def _look_for_foreigners(found: Scrubbed, grace: timedelta) -> None:
    """Find what lies in the store and belongs to nothing."""
    strange: set[str] = set()
    listed = stores.files().listed()
    while batch := list(islice(_settled(listed, grace), BATCH)):
        known = set(Content.objects.filter(sha256__in=batch).values_list("sha256", flat=True))
        strange |= {name[:200] for name in batch if name not in known}
    for name in sorted(strange):
        _find(Kind.FOREIGN, name, found)
    for finding in Finding.objects.filter(kind=Kind.FOREIGN, mended_at=None):
        if finding.name not in strange:
            _mend(finding, found)


def _settled(listed: Iterator[tuple[str, datetime]], grace: timedelta) -> Iterator[str]:
    """Names of what has lain there for longer than `grace`."""
    until = timezone.now() - grace
    return (name for name, since in listed if since <= until)


def _forget_what_is_gone(found: Scrubbed) -> None:
    """End findings about bytes that nobody wants any more."""
    wanted = Content.objects.values("sha256")
    gone = Finding.objects.filter(mended_at=None).exclude(kind=Kind.FOREIGN).exclude(name__in=wanted)
    for finding in list(gone):
        _mend(finding, found)
