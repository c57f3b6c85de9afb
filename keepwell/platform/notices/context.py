"""The bell in the top bar, and the band that tells administrators that mail does not leave."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest

from keepwell.platform.notices.models import Notice
from keepwell.platform.notices.sending import STUCK

MOST = 100


def bell(request: HttpRequest) -> dict[str, Any]:
    """How much is unread (100 means as much or more), and whether mail is stuck: one query, when a page shows it."""
    person = getattr(request, "person", None)
    if person is None:
        return {}

    @cache
    def unread() -> list[str]:
        rows = Notice.objects.filter(person=person, read_at__isnull=True)
        return list(rows.order_by("-told_at").values_list("key", flat=True)[:MOST])

    return {"unread_count": lambda: len(unread()), "mail_is_stuck": lambda: STUCK in unread()}
