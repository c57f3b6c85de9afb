"""Moments as people type them: a time of today, a day with a time, or with an offset."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from keepwell.kernel import moments
from keepwell.platform.history.acting import Refused

TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def moment_typed(text: str, zone: str) -> datetime:
    """The moment that `text` says in `zone`; empty: now. A time alone is the last such time. Refused if it is none, or
    lies ahead."""
    plain, now = text.strip(), moments.now()
    if not plain:
        return now
    if match := TIME.fullmatch(plain):
        here = now.astimezone(ZoneInfo(zone))
        today = here.replace(hour=int(match[1]), minute=int(match[2]), second=0, microsecond=0)
        return today if today <= here else today - timedelta(days=1)
    try:
        found = datetime.fromisoformat(plain)
    except ValueError as wrong:
        raise Refused(
            gettext("“%(text)s” is no moment; write it as 03:22 or 2025-11-14 03:22.") % {"text": plain[:40]}
        ) from wrong
    found = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
    if found > now:
        raise Refused(gettext("That moment lies ahead; record it when it has come."))
    return found
