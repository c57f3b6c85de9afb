"""What leaves the house later: a row written with its cause, taken under a lease, sent, or given up and told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Min, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

LEASE = timedelta(seconds=4 * settings.KEEPWELL_LEASE_SECONDS)


class OutgoingQuerySet(models.QuerySet[Any]):
    def waiting(self, clock: datetime | None = None) -> Self:
        """What may be sent now: due, and held by nobody whose lease still runs.

        Leases go by the database's clock, which all workers share; `clock` is for who keeps one of their own.
        """
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=clock or Now())
        return self.filter(free, state=Outgoing.State.WAITING, next_at__lte=clock or timezone.now())

    def claimed(self, worker: str, *, now: datetime | None = None) -> Iterator[Any]:
        """Every row that may be sent, the longest waiting first, each taken by `worker` as it is given.

        Two workers never hold one row; a row whose worker died comes back when its lease is over. Whoever
        puts a row off puts it beyond now. `now` is for who keeps a clock of their own.
        """
        while True:
            found = self.waiting(now).order_by("next_at", "pk").first()
            if found is None:
                return
            mine = self.waiting(now).filter(pk=found.pk, attempts=found.attempts)
            lease = now + LEASE if now else Now() + LEASE
            if mine.update(worker=worker, lease_until=lease, attempts=F("attempts") + 1):
                found.refresh_from_db()
                yield found

    def freed_at(self) -> datetime | None:
        """When the first lease on a waiting row ends; None if none is held. If its holder died, it may go then."""
        held = self.filter(state=Outgoing.State.WAITING, lease_until__isnull=False)
        found: datetime | None = held.aggregate(first=Min("lease_until"))["first"]
        return found


OutgoingRows = models.Manager.from_queryset(OutgoingQuerySet)


class Outgoing(models.Model):
    """One thing to send; `attempts` is counted before each try. Moments are the system's."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        DROPPED = "dropped", _("Nothing left to tell")
        FAILED = "failed", _("Given up")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next try"), default=timezone.now)
    lease_until = models.DateTimeField(null=True, editable=False)
    worker = models.CharField(max_length=80, blank=True, editable=False)
    error = models.CharField(_("what went wrong"), max_length=300, blank=True)
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = OutgoingRows()

    class Meta:
        abstract = True

    def _mine(self) -> models.QuerySet[Any]:
        """This row as long as it is held as it was claimed."""
        return type(self)._default_manager.filter(
            pk=self.pk, worker=self.worker, attempts=self.attempts, state=self.State.WAITING
        )

    def finish(self, state: str, error: str = "", *, now: datetime | None = None) -> bool:
        """Say how it ended; whether it was still ours to say so."""
        fields = {
            "state": state,
            "error": error[:300],
            "lease_until": None,
            "finished_at": now or timezone.now(),
        }
        return bool(self._mine().update(**fields))

    def put_off(self, until: datetime, error: str) -> bool:
        """Let it wait until then."""
        return bool(self._mine().update(next_at=until, error=error[:300], lease_until=None))

    def give_back(self, until: datetime, error: str) -> bool:
        """Let it wait until then, the try not counted: nothing was tried with it."""
        fields = {"next_at": until, "error": error[:300], "lease_until": None, "attempts": F("attempts") - 1}
        return bool(self._mine().update(**fields))
