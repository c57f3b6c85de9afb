"""What an open room asks again and again: has anything changed since? Told from one row, before anybody is looked up.

The mark that a screen holds is signed, so only who was let into the room can ask with it; it ends after five minutes,
when the room is drawn anew by the usual way, rights and all. To ask with it tells that nothing changed, or leads on to
that way (ADR 52).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse

from keepwell.areas.incidents.models import Incident, Pulse
from keepwell.kernel import moments

SIGNER = signing.Signer(salt="keepwell.incidents.room")
ADDRESS = re.compile(r"/incidents/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/room/newest/")
DRAWN_ANEW = timedelta(minutes=5)
"""How often a screen on which nothing happens is drawn anew, so that what is left and late is told as it is."""


def mark(incident: Incident) -> str:
    """What stands for everything the room shows now: another one whenever anything of it changed."""
    pulse: Pulse | None = getattr(incident, "pulse", None)
    return _mark(incident.pk, incident.version, pulse.beat if pulse else 0)


def _mark(pk: UUID, version: int, beat: int) -> str:
    spell = int(moments.now().timestamp() // DRAWN_ANEW.total_seconds())
    return SIGNER.sign(f"{pk}.{version}.{beat}.{spell}")


def stands(pk: str, asked: str) -> bool:
    """Whether `asked` is the mark of the incident called `pk` at this moment."""
    if not asked.startswith(f"{pk}."):
        return False
    try:
        SIGNER.unsign(asked)
    except signing.BadSignature:
        return False
    row = Pulse.objects.filter(pk=UUID(pk)).values_list("incident__version", "beat").first()
    return row is not None and asked == _mark(UUID(pk), *row)


class NothingNew:
    """Middleware that answers an open room on whose incident nothing changed (204) before all that a page costs."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = ADDRESS.fullmatch(request.path) if request.method == "GET" else None
        if found and stands(found[1], request.GET.get("beat", "")):
            return HttpResponse(status=204)
        return self.answer(request)
