"""What an error from outside our code means for who asked: what we need is away or too slow, or the disk is full."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import InterfaceError, OperationalError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.platform.jobs.blameless import causes, is_disk_full

CANCELLED = "57014"
RETRY_SECONDS = 5


@dataclass(frozen=True)
class Outage:
    """A status, the sentence that goes with it, and after how many seconds to ask again; None if that is no use."""

    status: int
    sentence: str | Promise
    retry_seconds: int | None = RETRY_SECONDS


class Unanswered(Exception):
    """Something outside that is needed does not answer; `outage` says so to who asked."""

    outage: Outage


AWAY = Outage(
    503, _("The database does not answer at the moment. Nothing was saved; try again in a few seconds.")
)
BUSY = Outage(503, _("Many people are saving at this moment. Nothing was saved; try again in a few seconds."))
SLOW = Outage(
    503, _("This took too long and was ended. Nothing was saved; choose less at once, or try again later.")
)
FULL = Outage(
    507,
    _("The disk is full. Reading goes on, but nothing can be saved until the operators have made room."),
    None,
)


def outage_of(error: BaseException | None) -> Outage | None:
    """The outage behind `error`; None if it is a fault of our own."""
    if is_disk_full(error):
        return FULL
    for one in causes(error):
        if isinstance(one, Unanswered):
            return one.outage
        if isinstance(one, (OperationalError, InterfaceError)):
            return _of_database(one)
    return None


def _of_database(error: Exception) -> Outage:
    code, words = getattr(error.__cause__, "sqlstate", None), str(error)
    if code == CANCELLED:
        return SLOW
    return BUSY if "is locked" in words else AWAY
