"""What leaves the house later: a row written with its cause, taken under a lease, sent, or given up and told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Min, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.platform.history.labels import Standing, labelled

LEASE = timedelta(seconds=4 * settings.KEEPWELL_LEASE_SECONDS)
PATIENCE = timedelta(minutes=2)
"""How long something may wait for its first try before people are told that it waits."""


class OutgoingQuerySet(models.QuerySet[Any]):
    def waiting(self, clock: datetime | None = None) -> Self:
        """What may be sent now: due, and held by nobody whose lease still runs.

        Leases go by the database's clock, which all workers share; `clock` is for who keeps one of their own.
        """
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=clock or Now())
        return self.filter(free, state=Outgoing.State.WAITING, next_at__lte=clock or timezone.now())

    def claim(self, worker: str, *, now: datetime | None = None) -> Any | None:
        """The row whose turn it is, taken by `worker`; None if nothing may be sent.

        Two workers never hold one row; a row whose worker died comes back when its lease is over. Whoever
        puts a row off puts it beyond now. `now` is for who keeps a clock of their own.
        """
        while found := self.waiting(now).order_by(*self.model.turn).first():
            mine = self.waiting(now).filter(pk=found.pk, attempts=found.attempts)
            lease = now + LEASE if now else Now() + LEASE
            if mine.update(worker=worker, lease_until=lease, attempts=F("attempts") + 1):
                found.refresh_from_db()
                return found
        return None

    def claimed(self, worker: str, *, now: datetime | None = None) -> Iterator[Any]:
        """Every row that may be sent, one after the other, each taken by `worker` as it is given."""
        while found := self.claim(worker, now=now):
            yield found

    def stuck(self, before: datetime) -> Self:
        """What was tried and has waited since before that moment."""
        return self.filter(state=Outgoing.State.WAITING, attempts__gt=0, made_at__lt=before)

    def held_up(self) -> Self:
        """What has not left as it should: given up, tried in vain, or waiting for longer than is usual."""
        slow = Q(error__gt="") | Q(next_at__lt=timezone.now() - PATIENCE)
        return self.filter(Q(state=Outgoing.State.FAILED) | Q(slow, state=Outgoing.State.WAITING))

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
    turn: ClassVar[tuple[str, ...]] = ("next_at", "pk")
    """In which order rows of this kind are sent."""
    emptied: ClassVar[tuple[str, ...]] = ()
    """Columns that hold a secret until it is sent, and nothing from then on."""

    class Meta:
        abstract = True

    def _mine(self) -> models.QuerySet[Any]:
        """This row as long as it is held as it was claimed."""
        return type(self)._default_manager.filter(
            pk=self.pk, worker=self.worker, attempts=self.attempts, state=self.State.WAITING
        )

    def finish(self, state: str, error: str = "", *, now: datetime | None = None) -> bool:
        """Say how it ended; whether it was still ours to say so."""
        return self._over(state=state, error=error[:300], finished_at=now or timezone.now())

    def drop(self, now: datetime) -> bool:
        """End it unsent, this try not counted: nothing was tried with it."""
        return self._over(state=self.State.DROPPED, finished_at=now, attempts=F("attempts") - 1)

    def _over(self, **fields: Any) -> bool:  # Any: values of columns
        emptied = dict.fromkeys(self.emptied, "")
        return bool(self._mine().update(lease_until=None, **fields, **emptied))

    def put_off(self, until: datetime, error: str) -> bool:
        """Let it wait until then."""
        return bool(self._mine().update(next_at=until, error=error[:300], lease_until=None))

    def give_back(self, until: datetime, error: str) -> bool:
        """Let it wait until then, the try not counted: nothing was tried with it."""
        fields = {"next_at": until, "error": error[:300], "lease_until": None, "attempts": F("attempts") - 1}
        return bool(self._mine().update(**fields))

    def again(self, now: datetime) -> bool:
        """Let what was given up be tried once more; whether it was given up."""
        failed = type(self)._default_manager.filter(pk=self.pk, state=self.State.FAILED)
        fields = {
            "state": self.State.WAITING,
            "next_at": now,
            "made_at": now,
            "finished_at": None,
            "error": "",
        }
        return bool(failed.update(**fields))


TINTS = {
    "waiting": ("clock", "warn"),
    "sent": ("check", "good"),
    "dropped": ("minus", "mute"),
    "failed": ("x", "bad"),
}


class Mail(Outgoing):
    """One mail to one address."""

    class Meta:
        abstract = True

    @property
    def message_id(self) -> str:
        """The same in every try, so that whoever gets it twice keeps it once."""
        return f"<{self.pk}@{urlsplit(settings.KEEPWELL_URL).hostname}>"

    @property
    def what(self) -> str:
        """Which of several mails of its kind it is; "" where there is one alone."""
        return ""

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """How it stands, as a badge: taken by the mail server, waiting, given up, or not needed any more."""
        word = (
            gettext("Taken by the mail server") if self.state == self.State.SENT else self.get_state_display()
        )
        return Standing(str(word), *TINTS[self.state])
