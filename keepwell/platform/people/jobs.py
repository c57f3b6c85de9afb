"""What workers do for people: tell the trail of readings that wait, and keep the refusal of a job whose asker lost the
right to it, or whose token was ended."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from keepwell.platform.history.acting import Machine, Refused
from keepwell.platform.history.noting import keeping_refusals, refused
from keepwell.platform.jobs.asking import STILL, Reach
from keepwell.platform.jobs.beside import beside
from keepwell.platform.jobs.job import REFUSED
from keepwell.platform.people.handing import tell_waiting
from keepwell.platform.people.models import Person, Token


def keep(person_id: UUID | None, name: str, error: Exception) -> None:
    """Keep the refusal of a job, which had asked for it."""
    who = Person.objects.filter(pk=person_id).first() if person_id else None
    with keeping_refusals():
        refused(error, who or Machine(gettext_noop("a worker")), name, unit_id=who.unit_id if who else None)


def require_token(reach: Reach) -> None:
    """Refuse what was asked for by a token that was ended since, has expired or is gone."""
    number = reach.get("token")
    token = Token.objects.filter(pk=number).first() if number is not None else None
    if number is not None and (token is None or not token.is_good):
        raise Refused(_("The token by which this was asked for has ended."))


beside("people.readings", every=timedelta(minutes=1))(tell_waiting)
REFUSED.append(keep)
STILL.append(require_token)
