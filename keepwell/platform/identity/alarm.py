"""The break-glass account: whoever uses it is heard everywhere."""

from __future__ import annotations

import logging

from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from keepwell.platform.history.noting import note
from keepwell.platform.identity.tending import AREA
from keepwell.platform.notices.telling import Message, tell
from keepwell.platform.people.models import Account, Person
from keepwell.platform.people.permissions import grants_giving
from keepwell.platform.people.roles import Level
from keepwell.platform.people.throttle import source_of
from keepwell.platform.tree.models import Unit

USED = "break_glass.use"
WAS_USED = gettext_noop("The break-glass account of %(name)s was used. Find out by whom, and why.")
log = logging.getLogger("keepwell.sign_in")


def ring(account: Account, request: HttpRequest) -> None:
    """Tell the log, the trail and whoever administers the group that the break-glass account was used."""
    source = source_of(request)
    log.critical("break-glass account used", extra={"account": account.pk, "source": source})
    with transaction.atomic():
        note(account.person, USED, kind="event", source=source)
        tell(administrators(), Message(
            "access.glass", f"glass:{account.pk}:{timezone.now().isoformat()}", WAS_USED,
            facts={"name": str(account.person)}, url=reverse("tend"),
        ))  # fmt: skip


def administrators() -> list[Person]:
    """Whoever administers the whole group and can sign in."""
    group = Unit.objects.filter(kind=Unit.Kind.GROUP).first()
    if group is None:
        return []
    grants = grants_giving(AREA, Level.ADMINISTER, group)
    rows = Person.objects.filter(pk__in=grants.values("person")).select_related("unit")
    return list(rows.order_by("pk"))
