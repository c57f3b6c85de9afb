"""What every page's shell shows."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from keepwell.kernel import moments
from keepwell.platform.pages.due import due_count
from keepwell.platform.pages.handbook import slugs
from keepwell.platform.pages.menu import chapter_of, menu_of

THEME_COOKIE = "keepwell-theme"
KEYS_COOKIE = "keepwell-keys"
THEMES = ("light", "dark")


def shell(request: HttpRequest) -> dict[str, Any]:
    """Person, theme, keys, moved clock; menu, units and what is due only when a page shows them."""
    person = getattr(request, "person", None)
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "person": person,
        "theme": theme if theme in THEMES else "light",
        "is_theme_chosen": theme in THEMES,
        "keys": "off" if request.COOKIES.get(KEYS_COOKIE) == "off" else "on",
        "moved_to": moments.now() if settings.KEEPWELL_DEMO and moments.is_moved() else None,
        "is_demo": settings.KEEPWELL_DEMO,
        "most_file_mb": settings.KEEPWELL_EVIDENCE_FILE_MB,
        "most_file_bytes": settings.KEEPWELL_EVIDENCE_FILE_MB << 20,
        **(_own(request, person) if person else {"menu": [], "due_count": 0, "chapter": ""}),
    }


def _own(request: HttpRequest, person: Any) -> dict[str, Any]:
    """What a signed-in person's shell shows, each asked for when it is shown."""
    return {
        "menu": cache(lambda: menu_of(person)),
        "due_count": cache(lambda: due_count(request, person)),
        "chapter": cache(lambda: chapter if (chapter := chapter_of(request.path)) in slugs() else ""),
    }
