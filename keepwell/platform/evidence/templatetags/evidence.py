"""Evidence on the page of a record, and the parts of a piece's own page."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.urls import reverse

from keepwell.platform.evidence import custody, rules, shown
from keepwell.platform.evidence.models import Piece
from keepwell.platform.history.models import Tracked
from keepwell.platform.people.permissions import may_anywhere
from keepwell.platform.people.roles import Level
from keepwell.platform.records.guards import level_to_write
from keepwell.platform.records.links import address, resolve
from keepwell.platform.records.models import may_on, sees_all

register = template.Library()


@register.inclusion_tag("evidence/_panel.html", takes_context=True)
def evidence_of(context: Context, record: Any) -> dict[str, Any]:
    """What proves `record`, as far as the reader may see it; nothing at all for who may see no evidence."""
    request = context["request"]
    person = request.person
    if not isinstance(record, Tracked) or isinstance(record, Piece) or not may_anywhere(person, rules.AREA):
        return {"is_shown": False}
    found = shown.proofs(record, person)
    may_link = _may_link(request, record)
    to = f"{address(record.type_name(), record.pk)}"
    return {
        "request": request, "is_shown": True, "proofs": found[: shown.MOST_PIECES], "to": to,
        "is_more": len(found) > shown.MOST_PIECES, "may_link": may_link,
        "may_add": may_link and may_anywhere(person, rules.AREA, Level.EDIT),
    }  # fmt: skip


def _may_link(request: Any, record: Any) -> bool:
    if request.place.is_past or record.retired_at is not None:
        return False
    model, level = type(record), level_to_write(type(record))
    if sees_all(model, request.person, level):
        return True
    return resolve(record.type_name(), record.pk, request.person, level) is not None


@register.inclusion_tag("evidence/_versions.html", takes_context=True)
def versions_of(context: Context, piece: Piece) -> dict[str, Any]:
    """The versions of a piece, the newest first."""
    request = context["request"]
    may_add = not request.place.is_past and rules.add_version.is_open_to(request.person, piece)
    return {"request": request, "piece": piece, "versions": shown.versions(piece), "may_add": may_add,
            "add_url": reverse("evidence-version", args=[piece.pk])}  # fmt: skip


@register.inclusion_tag("evidence/_custody.html", takes_context=True)
def custody_of(context: Context, piece: Piece) -> dict[str, Any]:
    """The custody log of a piece, the latest step first."""
    request = context["request"]
    steps = shown.custody(piece)
    may_write = not request.place.is_past and may_on(request.person, rules.AREA, Level.EDIT, piece)
    return {
        "request": request, "piece": piece, "steps": steps, "zone": piece.unit.time_zone,
        "may_take": may_write and custody.take_into_custody.is_open_to(request.person, piece),
        "may_hand": may_write and custody.hand_over.is_open_to(request.person, piece), "may_correct": may_write,
    }  # fmt: skip


@register.inclusion_tag("evidence/_proves.html", takes_context=True)
def proven_by(context: Context, piece: Piece) -> dict[str, Any]:
    """What a piece proves, as far as the reader may see it."""
    request = context["request"]
    found = shown.proven(piece, request.person)
    return {"request": request, "piece": piece, "proven": found[: shown.MOST_LINKS],
            "is_more": len(found) > shown.MOST_LINKS}  # fmt: skip


@register.filter
def page_of(record: Any) -> str:
    """Where a record's page is."""
    return address(record.type_name(), record.pk)
