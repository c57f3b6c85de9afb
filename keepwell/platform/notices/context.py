"""The bell in the top bar, and the band that tells administrators that mail does not leave."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from keepwell.platform.history.ready import Ready
from keepwell.platform.notices.models import Notice
from keepwell.platform.notices.sending import STUCK

MOST = 100
UNREAD = Ready(
    lambda person: (
        Notice.objects.filter(person=person, read_at__isnull=True)
        .order_by("-told_at")
        .values_list("key")[:MOST]
    ),
    UUID,
)


def bell(request: HttpRequest) -> dict[str, Any]:
    """How much is unread (100 means as much or more), and whether mail is stuck: one query, when a page shows it."""
    person = getattr(request, "person", None)
    if person is None:
        return {}

    @cache
    def unread() -> list[str]:
        return [key for (key,) in UNREAD.rows(person.pk)]

    return {"unread_count": lambda: len(unread()), "mail_is_stuck": lambda: STUCK in unread()}
