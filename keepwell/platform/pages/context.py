"""What every page's shell shows."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest

from keepwell.kernel import moments
from keepwell.platform.pages.menu import menu_of
from keepwell.platform.people.permissions import units_seen
from keepwell.platform.tree.models import Unit

THEME_COOKIE = "keepwell-theme"
SWITCHED = (Unit.Kind.GROUP, Unit.Kind.COMPANY, Unit.Kind.SITE)
GROUP_ZONE = "Asia/Taipei"


def shell(request: HttpRequest) -> dict[str, Any]:
    """Person, menu, units to switch to (both fetched only when a page shows them), theme, moved clock."""
    person = getattr(request, "person", None)
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "person": person,
        "theme": theme if theme in ("light", "dark") else "light",
        "menu": (lambda: menu_of(person)) if person else [],
        "switch": (lambda: switchable(request)) if person else [],
        "moved_to": moments.now().astimezone(ZoneInfo(GROUP_ZONE)) if settings.KEEPWELL_DEMO and moments.is_moved() else None,
        "is_demo": settings.KEEPWELL_DEMO,
    }


def switchable(request: HttpRequest) -> list[tuple[int, Unit]]:
    """Group, companies and sites one may see, in the order of the tree, with their depth (0 to 2)."""
    units = list(units_seen(request.person).filter(kind__in=SWITCHED, retired_at__isnull=True).order_by("code"))  # type: ignore[attr-defined]
    below: dict[Any, list[Unit]] = {}
    seen = {unit.pk for unit in units}
    for unit in units:
        below.setdefault(unit.parent_id if unit.parent_id in seen else None, []).append(unit)
    found: list[tuple[int, Unit]] = []

    def walk(parent: Any, depth: int) -> None:
        for unit in below.get(parent, ()):
            found.append((depth, unit))
            walk(unit.pk, depth + 1)

    walk(None, 0)
    return found
