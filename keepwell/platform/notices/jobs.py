"""Rounds of the notices: sending, reminding, and seeing whether the house itself needs somebody."""

from __future__ import annotations

import os
import socket
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.utils import timezone

from keepwell.kernel import moments
from keepwell.platform.jobs.beside import beside
from keepwell.platform.jobs.job import Task, job
from keepwell.platform.jobs.models import Job
from keepwell.platform.notices import chat, hooks
from keepwell.platform.notices.due import escalate
from keepwell.platform.notices.due import remind as remind_all
from keepwell.platform.notices.posting import SENDING, freed_at, waits_since, wake
from keepwell.platform.notices.sending import send_waiting
from keepwell.platform.notices.trouble import expiring, look

ABROAD = "notices.abroad"
KEPT = timedelta(hours=1)
NO_LONGER = timedelta(seconds=15)
"""How long a mail waits at most for a worker that is at something else."""
AT_ONCE = 50
"""So few mails are sent beside a job at a time that a worker can end when it is told to."""


@job(SENDING, every=timedelta(minutes=10), limit=timedelta(minutes=30))
def send(task: Task) -> dict[str, Any]:
    """Send the mails that are due, of every kind, and look again when one that a killed worker held is free. Twice is
    once."""
    found = send_waiting(task.worker, held=lambda: task.progress(0))
    if freed := freed_at():
        wake(freed)
    return asdict(found)


@beside("notices.hurry", every=timedelta(seconds=5))
def send_what_waits() -> None:
    """Send mails whose turn came 15 seconds ago, where every worker is at another job: who is called at night is
    called during a long import too."""
    if waits_since(timezone.now() - NO_LONGER):
        send_waiting(f"{socket.gethostname()}:{os.getpid()}:hurry", most=AT_ONCE)


@job("notices.remind", every=timedelta(hours=6), limit=timedelta(minutes=60))
def remind(task: Task) -> dict[str, Any]:
    """Remind of what is due, escalate what is long overdue, and say what ends soon. Twice is once."""
    day = moments.today()
    reminded = remind_all(day)
    task.progress(1, 2)
    return {
        "reminded": reminded,
        "escalated": escalate(day),
        "expiring": expiring(),
        "said": chat.gather(day),
    }


@job("notices.trouble", every=timedelta(minutes=30))
def trouble(task: Task) -> dict[str, Any]:
    """Tell administrators of jobs that were given up."""
    return {"told": look()}


@job(ABROAD, every=timedelta(minutes=1), limit=timedelta(minutes=30))
def abroad(task: Task) -> dict[str, Any]:
    """Tell webhooks and chat channels. Twice is once."""
    forget_rounds()
    gathered = hooks.gather()
    return {"gathered": gathered, **asdict(hooks.deliver(task.worker)), "said": chat.say(task.worker).sent}


def forget_rounds() -> None:
    """Forget rounds of this kind that are over, which would fill the list of jobs."""
    over = Job.objects.filter(name=ABROAD, state=Job.State.DONE, finished_at__lt=timezone.now() - KEPT)
    over.delete()
