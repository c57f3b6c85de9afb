"""Jobs and the schedule. All moments here are the system's, not the business clock's; whether work may be taken
is asked of the database's clock, the one that all workers share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar
from uuid import uuid4

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

LEASE = timedelta(seconds=settings.KEEPWELL_LEASE_SECONDS)
MAX_ATTEMPTS = 4
MOST_UNFINISHED = 20
"""How many jobs of one person may wait or run at once (ASVS V15.2.2)."""
TICK = timedelta(milliseconds=1)  # SQLite's clock tells no more


class JobQuerySet(models.QuerySet["Job"]):
    def waiting(self) -> JobQuerySet:
        """Jobs that may be taken now: queued and due, or running with a lease that ran out."""
        return self.filter(DUE | LEFT)

    def unfinished(self) -> JobQuerySet:
        """Jobs that wait or run."""
        return self.filter(state__in=("queued", "running"))


DUE = Q(state="queued", run_after__lte=Now() + TICK)
LEFT = Q(state="running", lease_until__lt=Now())
JobRows = models.Manager.from_queryset(JobQuerySet)


class Job(models.Model):
    """One piece of background work."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        DEAD = "dead", _("Given up")

    area: ClassVar[str] = "administration"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(_("job"), max_length=60)
    arguments = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    person_id = models.UUIDField(
        null=True, help_text="Who asked; their rights are checked again when it runs."
    )
    reach = models.JSONField(null=True, help_text="What the token was narrowed to by which it was asked for.")
    language = models.CharField(
        max_length=10, blank=True, help_text="In which it was asked for, and in which it answers who asked."
    )
    key = models.CharField(max_length=120, null=True, unique=True, help_text="Two jobs of one key are one.")  # noqa: DJ001  # null: no key
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    put_back = models.PositiveSmallIntegerField(
        default=0, help_text="How many attempts did not count, as the database was away or a disk full."
    )
    run_after = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=80, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True)
    message = models.CharField(max_length=300, blank=True)
    result = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(_("asked"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects: ClassVar[JobRows] = JobRows()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [models.Index(fields=["state", "run_after", "id"], name="job_in_turn")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_finished(self) -> bool:
        return self.state in (self.State.DONE, self.State.DEAD)

    @property
    def is_dead(self) -> bool:
        """Whether it was given up, so that somebody must look at it."""
        return self.state == self.State.DEAD

    @property
    def percent(self) -> int | None:
        """How far the work is (0..100); None while the total is unknown."""
        return min(100, 100 * self.done // self.total) if self.total else None


def longest_waiting(most: int) -> list[Job]:
    """Up to `most` jobs that may be taken now, the one that has waited longest first.

    What a dead worker left waits since its lease ran out, so that it stands behind what waited before. Two
    questions, since no index orders both kinds at once.
    """
    due = Job.objects.filter(DUE).order_by("run_after", "id")[:most]
    left = Job.objects.filter(LEFT).order_by("lease_until", "id")[:most]
    return sorted([*due, *left], key=lambda job: (job.lease_until or job.run_after, job.pk))[:most]


class Schedule(models.Model):
    """When a repeating job is due next."""

    name = models.CharField(max_length=60, unique=True)
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


def summary(job: Job) -> dict[str, Any]:
    """What a caller may know of a job."""
    return {"id": str(job.pk), "name": job.name, "state": job.state, "done": job.done, "total": job.total,
            "message": job.message, "result": job.result, "error": job.error}  # fmt: skip
