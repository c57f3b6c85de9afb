"""What goes on in the background: worker, jobs, backups, the sealed trail."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from keepwell.platform.history import copies
from keepwell.platform.history.ledger import Copy, Trail
from keepwell.platform.history.models import Change
from keepwell.platform.jobs.models import Job, Schedule
from keepwell.platform.keeping.finding import Finding, bad, good, looks_at, warning
from keepwell.platform.keeping.models import Backup

LATE = timedelta(minutes=5)
CHECKPOINT_LATE = timedelta(minutes=5)
COPY_LATE = timedelta(hours=1)


@looks_at("worker", gettext_noop("Worker"))
def worker() -> Iterator[Finding]:
    """A worker takes what is due."""
    late = Schedule.objects.filter(due_at__lt=timezone.now() - LATE).order_by("due_at").first()
    waiting = Job.objects.filter(state=Job.State.QUEUED, run_after__lt=timezone.now() - LATE).count()
    mend = _("Start `keepwell work`, on this machine or another one.")
    if late or not Schedule.objects.exists():
        since = timezone.localtime(late.due_at).strftime("%Y-%m-%d %H:%M") if late else ""
        found = (
            _("No worker has been here since %(since)s.") % {"since": since}
            if late
            else _("No worker was here yet.")
        )
        yield bad("worker", found, _("Files are not read, mail is not sent, the trail is not sealed."), mend)
    elif waiting:
        yield warning("worker", ngettext("%(n)d job has waited for more than five minutes.",
                                         "%(n)d jobs have waited for more than five minutes.", waiting) % {"n": waiting},
                      _("Somebody waits for their file."), mend)  # fmt: skip
    else:
        yield good("worker", _("A worker takes what is due."))


@looks_at("jobs", gettext_noop("Jobs"))
def jobs() -> Iterator[Finding]:
    """No job was given up."""
    dead = Job.objects.filter(state=Job.State.DEAD).count()
    if dead:
        yield warning("jobs", ngettext("%(n)d job was given up.", "%(n)d jobs were given up.", dead) % {"n": dead},
                      _("What they were to do is not done."),
                      _("Look at them under Administration, Jobs; mend the cause, then try again."))  # fmt: skip
    else:
        yield good("jobs", _("No job was given up."))


@looks_at("backups", gettext_noop("Backups"))
def backups() -> Iterator[Finding]:
    """A backup was made lately, and lies on another disk."""
    newest = Backup.objects.order_by("-begun_at").first()
    last = last_backup() if newest and newest.error else newest
    why = _("What was entered since the last backup is lost with this machine.")
    mend = _("Set KEEPWELL_BACKUP_FOLDER to a folder on another machine, and let a worker run.")
    grade = bad if settings.PRODUCTION else warning
    if last is None:
        yield grade("backups", _("No backup was ever made here."), why, mend)
    elif is_late(last):
        yield grade("backups", _("The last backup is of %(moment)s UTC.") % {"moment": f"{last.begun_at:%Y-%m-%d %H:%M}"},
                    why, mend)  # fmt: skip
    else:
        yield good(
            "backups",
            _("The last backup is of %(moment)s UTC.") % {"moment": f"{last.begun_at:%Y-%m-%d %H:%M}"},
        )
    if newest and newest.error:
        yield warning("backups", _("The backup of %(moment)s UTC failed: %(error)s") % {
            "moment": f"{newest.begun_at:%Y-%m-%d %H:%M}", "error": newest.reason}, why,
            _("Mend what it names; a worker tries again."))  # fmt: skip
    if last and last.damaged:
        first, number = last.damaged[0], len(last.damaged)
        yield bad("backups", ngettext("%(n)d damaged file lies in the last backup: %(name)s.",
                                      "%(n)d damaged files lie in the last backup, the first is %(name)s.",
                                      number) % {"n": number, "name": first},
                  _("What it held is lost once no backup is left that has it whole."),
                  _("Restore an older backup on another machine, and copy the file from there."))  # fmt: skip
    if settings.KEEPWELL_BACKUP_FOLDER and is_beside(Path(settings.KEEPWELL_BACKUP_FOLDER)):
        yield warning("backups", _("Backups lie on the same disk as the data."),
                      _("One broken disk takes both."), _("Mount a folder of another machine, and name that."))  # fmt: skip


def last_backup() -> Backup | None:
    """The newest backup that was written to its end."""
    return Backup.objects.whole().order_by("-begun_at").first()


def is_late(last: Backup) -> bool:
    """Whether a backup should have come after `last`."""
    return last.begun_at < late_before()


def late_before() -> datetime:
    """The moment before which the last backup may not have begun; an hour of grace is given."""
    return timezone.now() - timedelta(hours=settings.KEEPWELL_BACKUP_HOURS + 1)


def is_beside(folder: Path) -> bool:
    """Whether `folder` lies on the disk of the data folder."""
    try:
        return os.stat(folder).st_dev == os.stat(settings.KEEPWELL_DATA).st_dev
    except OSError:
        return False


@looks_at("trail", gettext_noop("Sealed trail"))
def trail() -> Iterator[Finding]:
    """Rows of the trail are under a checkpoint soon, and checkpoints leave the machine."""
    found, waiting = Trail.objects.first(), Change.objects.filter(leaf__isnull=True)
    oldest = waiting.order_by("id").values_list("at", flat=True).first()
    covered = found.covered_at if found else None
    late = oldest is not None and (covered is None or covered < timezone.now() - CHECKPOINT_LATE)
    if late:
        yield bad("trail", _("Rows of the trail wait to be sealed."),
                  _("Until then they could be changed without being found out."),
                  _("Let a worker run; if one does, look at its log."))  # fmt: skip
    else:
        yield good("trail", _("The trail is sealed."))
    yield from _outside()
    for copy in Copy.objects.filter(failures__gt=0).order_by("way"):
        yield warning("trail", _("Checkpoints do not get out by %(way)s: %(error)s") % {"way": copy, "error": copy.error},
                      _("Only what left the machine proves that nothing was written anew."),
                      _("Mend that way; what was missed is sent then."))  # fmt: skip


def _outside() -> Iterator[Finding]:
    """Checkpoints leave this machine on some way, and none waits for long on any that is switched on."""
    why = _("Who owns the database and the keys could write the trail anew.")
    on, last = copies.ways(), Copy.objects.aggregate(last=Max("sent_at"))["last"]
    if not on or last is None:
        told = (
            _("No checkpoint of the trail has left this machine since %(moment)s UTC.")
            % {"moment": f"{last:%Y-%m-%d %H:%M}"}
            if last
            else _("No checkpoint of the trail has left this machine.")
        )
        mend = _(
            "Switch on a way out for checkpoints: syslog, mail to auditors, or a file on write-once storage."
        )
        yield (warning if settings.PRODUCTION else _good_told)("trail", told, why, mend)
    for way in on:
        waits = copies.waits_since(way)
        if waits is not None and waits < timezone.now() - copies.usual(way) - COPY_LATE:
            told = _("The checkpoint of %(moment)s UTC has not left by %(way)s.")
            told %= {"moment": f"{waits:%Y-%m-%d %H:%M}", "way": Copy.Way(way).label}
            mend = _("Let a worker run; if one does, mend that way: what was missed is sent then.")
            yield warning("trail", told, why, mend)


def _good_told(name: str, found: str, _matters: str, _mend: str) -> Finding:
    return good(name, found)
