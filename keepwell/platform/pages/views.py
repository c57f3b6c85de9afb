"""Pages of the shell itself: menu, words of the menu, theme, language, handbook, components."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from keepwell.platform.pages.context import THEME_COOKIE
from keepwell.platform.pages.handbook import Chapter, chapter, chapters
from keepwell.platform.pages.menu import menu_of
from keepwell.platform.people.operations import public, signed_in

YEAR_SECONDS = 31_536_000
HANDBOOK = Path(__file__).parents[2] / "handbook"


def back(request: HttpRequest) -> str:
    """The page of ours one came from, else the start page."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return wanted if ours and wanted.startswith("/") else "/"


@public
@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Light or dark, kept in a cookie."""
    answer = redirect(back(request))
    theme = "dark" if request.POST.get("theme") == "dark" else "light"
    answer.set_cookie(THEME_COOKIE, theme, max_age=YEAR_SECONDS, samesite="Lax", httponly=True, secure=settings.PRODUCTION)
    return answer


@public
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """The language of every page, kept in a cookie."""
    answer = redirect(back(request))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR_SECONDS, samesite="Lax", httponly=True,
                          secure=settings.PRODUCTION)  # fmt: skip
    return answer


@signed_in
def show_menu(request: HttpRequest) -> HttpResponse:
    """The whole menu as a page, for small screens without script."""
    return render(request, "pages/menu.html")


@signed_in
def show_word(request: HttpRequest, slug: str) -> HttpResponse:
    """What lies under a word of the menu."""
    word = next((w for w in menu_of(request.person) if w.slug == slug), None)  # type: ignore[attr-defined]
    if word is None:
        raise Http404
    return render(request, "pages/word.html", {"word": word})


@signed_in
def show_handbook(request: HttpRequest, slug: str = "") -> HttpResponse:
    """The handbook: its table of contents, or one chapter, in the reader's language."""
    language = get_language() or "en"
    found: Chapter | None = chapter(slug, language) if slug else None
    if slug and found is None:
        raise Http404
    return render(request, "pages/handbook.html", {"chapters": chapters(language), "chapter": found})


@signed_in
def show_components(request: HttpRequest) -> HttpResponse:
    """Every component once, to be looked at; in the demo only."""
    if not settings.KEEPWELL_DEMO:
        raise Http404
    return render(request, "pages/components.html")
