"""The one outbox of mail: every kind of mail of the house, how it is put in, and how it stands.

An area names its kind of mail by the rule that composes it, when it is sent; what is sent, put off or given up is
decided in one place for all (`sending`). Nothing else of the house speaks with the mail server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Count, Min, Q
from django.utils.functional import Promise

from keepwell.platform.jobs.models import Job
from keepwell.platform.notices.models import Letter
from keepwell.platform.notices.outgoing import Mail

SENDING = "notices.send"
WEEK = timedelta(days=7)
ADDRESS = re.compile(r"\S+@\S+")
Composing = Callable[[Any], EmailMultiAlternatives | None]
KINDS_OF_MAIL: dict[type[Mail], KindOfMail] = {}


@dataclass(frozen=True)
class KindOfMail:
    """Mails of `model`: `compose` says what one says now, None if nothing is left to tell; `taken` and `refused` keep
    what follows from its end, in the same transaction; who is refused learns why, and when that was."""

    model: type[Mail]
    title: str | Promise
    compose: Composing
    taken: Callable[[Any], None]
    refused: Callable[[Any, str, datetime], None]

    def rows(self) -> Any:  # a manager's rows with the words of Outgoing
        """All of this kind."""
        return self.model._default_manager.all()


def nothing(mail: Any, *_told: Any) -> None:
    """Nothing follows from it."""


def mails(model: type[Mail], title: str | Promise, *, taken: Callable[[Any], None] = nothing,
          refused: Callable[[Any, str, datetime], None] = nothing) -> Callable[[Composing], Composing]:  # fmt: skip
    """Make the function that composes a mail of `model` a kind of mail, called `title` for administrators."""

    def keep(compose: Composing) -> Composing:
        KINDS_OF_MAIL[model] = KindOfMail(model, title, compose, taken, refused)
        return compose

    return keep


def post(mail: Mail) -> None:
    """Put a mail into the outbox, in the transaction of its cause; a worker sends it at once."""
    if type(mail) not in KINDS_OF_MAIL:
        raise RuntimeError(
            f"No rule says what {mail._meta.label_lower} says; its area must import that rule."
        )
    mail.save(force_insert=True)
    transaction.on_commit(lambda: wake(mail.next_at))


def wake(at: datetime) -> None:
    """Let a worker send at that moment, if none is asked to already. Forgotten, the next round catches up."""
    if not Job.objects.filter(name=SENDING, state=Job.State.QUEUED, run_after__lte=at).exists():
        Job.objects.create(name=SENDING, run_after=at)


def claimed(worker: str, *, now: datetime | None = None) -> Iterator[tuple[KindOfMail, Mail]]:
    """Every mail that may be sent, one of each kind in turn, so that none stands behind thousands of another kind."""
    idle = 0
    for kind in cycle(KINDS_OF_MAIL.values()):
        mail = kind.rows().claim(worker, now=now)
        idle = 0 if mail else idle + 1
        if mail:
            yield kind, mail
        if idle == len(KINDS_OF_MAIL):
            return


def freed_at() -> datetime | None:
    """When the first lease on a waiting mail ends; None if none is held. If its holder died, it may go then."""
    return min((at for kind in KINDS_OF_MAIL.values() if (at := kind.rows().freed_at())), default=None)


def waits_since(before: datetime) -> bool:
    """Whether a mail whose turn came before that moment is held by nobody."""
    return any(kind.rows().waiting().filter(next_at__lt=before).exists() for kind in KINDS_OF_MAIL.values())


def is_stuck(before: datetime) -> bool:
    """Whether a mail was tried and waits since before that moment."""
    return any(kind.rows().stuck(before).exists() for kind in KINDS_OF_MAIL.values())


@dataclass(frozen=True)
class LeftOver:
    """How many mails wait that should have left, since when; and how many were given up in the last week."""

    waiting: int
    since: datetime | None
    failed: int


def left_over(before: datetime) -> LeftOver:
    """What has not left of all kinds of mail: what was made before that moment and whose turn it was, or was tried."""
    waiting, since, failed = 0, [], 0
    for kind in KINDS_OF_MAIL.values():
        late = kind.rows().held_up().filter(state=Mail.State.WAITING, made_at__lt=before).values("pk")
        waits, given_up = Q(pk__in=late), Q(state=Mail.State.FAILED, finished_at__gt=before - WEEK)
        told = kind.rows().filter(waits | given_up).aggregate(
            n=Count("pk", filter=waits), since=Min("made_at", filter=waits), failed=Count("pk", filter=given_up)
        )  # fmt: skip
        waiting, failed = waiting + told["n"], failed + told["failed"]
        since += [told["since"]] if told["n"] else []
    return LeftOver(waiting, min(since, default=None), failed)


@dataclass(frozen=True)
class Undone:
    """How mails of one kind stand that have not left: how many wait, since when, and how many were given up; what the
    mail server said last, without the addresses in it."""

    title: str
    waiting: int
    since: datetime | None
    failed: int
    answer: str


def undone() -> list[Undone]:
    """Kinds of mail beside letters of which some have not left. Whom they go to, and what about, is told where they
    belong: an administrator need not know."""
    found = []
    for kind in KINDS_OF_MAIL.values():
        rows = kind.rows().filter(state__in=(Mail.State.WAITING, Mail.State.FAILED))
        waits, failed = Q(state=Mail.State.WAITING), Q(state=Mail.State.FAILED)
        told = rows.aggregate(
            n=Count("pk", filter=waits), since=Min("made_at", filter=waits), failed=Count("pk", filter=failed)
        )
        if kind.model is not Letter and (told["n"] or told["failed"]):
            last = (
                rows.exclude(error="").order_by("-next_at", "-pk").values_list("error", flat=True).first()
                or ""
            )
            found.append(
                Undone(str(kind.title), told["n"], told["since"], told["failed"], ADDRESS.sub("…", last))
            )
    return found
