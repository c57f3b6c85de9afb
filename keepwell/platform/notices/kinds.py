"""The kinds of notices, and by which way each comes unless its reader says otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Way(models.TextChoices):
    """How a notice reaches its reader beside the list in the site."""

    NOW = "now", _("Mail at once")
    DIGEST = "digest", _("In the daily digest")
    OFF = "off", _("No mail")


@dataclass(frozen=True)
class Kind:
    """A kind of notice; one that `must` be read can be put into the digest, but not switched off."""

    name: str
    title: str | Promise
    way: Way
    must: bool = False

    @property
    def ways(self) -> list[Way]:
        """The ways its reader may choose."""
        return [way for way in Way if not (self.must and way is Way.OFF)]


_TABLE = [
    Kind("todo.new", _("Something new is due from me"), Way.NOW),
    Kind("todo.passed", _("A colleague passes something on to me"), Way.NOW),
    Kind("todo.reminder", _("Something is due in 30, 7 or 1 days"), Way.DIGEST),
    Kind("todo.overdue", _("Something is overdue"), Way.NOW, must=True),
    Kind("todo.escalated", _("Something has long been overdue below me"), Way.NOW, must=True),
    Kind("access.expiring", _("A right or a token of mine ends in 7 days"), Way.DIGEST),
    Kind("access.used", _("Somebody signs in with my name from a new place"), Way.NOW, must=True),
    Kind("access.glass", _("A break-glass account was used"), Way.NOW, must=True),
    Kind("access.changed", _("How I sign in was changed"), Way.NOW, must=True),
    Kind(
        "clock.risk", _("The time to tell somebody of an incident runs out, or is over"), Way.NOW, must=True
    ),
    Kind("incident.called", _("I am on duty and called to an incident"), Way.NOW, must=True),
    Kind("report.answered", _("Security answers a report of mine"), Way.NOW),
    Kind("disclosure.unread", _("Something told without a name waits to be read"), Way.NOW, must=True),
    Kind("incident.broken", _("A restricted incident was opened in an emergency"), Way.NOW, must=True),
    Kind("mail.refused", _("A mail that I had sent is refused by the mail server"), Way.NOW, must=True),
    Kind("platform.trouble", _("Something in Keepwell itself needs an administrator"), Way.NOW, must=True),
]
KINDS: dict[str, Kind] = {kind.name: kind for kind in _TABLE}
