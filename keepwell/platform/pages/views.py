"""Pages of the shell itself: menu, words of the menu, unit, theme, language, handbook, components."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from keepwell.platform.pages.context import KEYS_COOKIE, THEME_COOKIE, THEMES
from keepwell.platform.pages.gallery import examples
from keepwell.platform.pages.handbook import Chapter, chapter, chapters
from keepwell.platform.pages.menu import menu_of
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.pages.switching import choices, found, ours
from keepwell.platform.people.operations import public, signed_in

YEAR_SECONDS = 31_536_000


def kept(request: HttpRequest, cookie: str, value: str, allowed: tuple[str, ...]) -> HttpResponse:
    """Back to where one came from, with `value` kept in a cookie if it is `allowed`."""
    answer = redirect(ours(request, request.POST.get("next", "")))
    if value in allowed:
        answer.set_cookie(
            cookie, value, max_age=YEAR_SECONDS, samesite="Lax", httponly=True, secure=settings.PRODUCTION
        )
    return answer


@public
@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Light or dark, kept in a cookie."""
    return kept(request, THEME_COOKIE, request.POST.get("theme", ""), THEMES)


@public
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """The language of every page, kept in a cookie."""
    return kept(
        request,
        settings.LANGUAGE_COOKIE_NAME,
        request.POST.get("language", ""),
        tuple(dict(settings.LANGUAGES)),
    )


@public
@require_POST
def choose_keys(request: HttpRequest) -> HttpResponse:
    """Whether single keys do something, kept in a cookie."""
    return kept(request, KEYS_COOKIE, request.POST.get("keys", ""), ("on", "off"))


@signed_in
def show_menu(request: HttpRequest) -> HttpResponse:
    """The whole menu as a page, for small screens without script."""
    return render(request, "pages/menu.html")


@signed_in
def show_word(request: PlacedRequest, slug: str) -> HttpResponse:
    """What lies under a word of the menu, each with its figure."""
    person, place = request.person, request.place
    word = next((w for w in menu_of(person) if w.slug == slug), None)
    if word is None:
        raise Http404
    listed = [(item, item.figure(person, place) if item.figure else "") for item in word.items]
    return render(request, "pages/word.html", {"word": word, "listed": listed})


@signed_in
def choose_unit(request: PlacedRequest) -> HttpResponse:
    """Units to go to, found by code or name; the page one came from is shown there."""
    person = request.person
    address, words = ours(request, request.GET.get("next", "")), request.GET.get("q", "")[:60].strip()
    listed = found(person, address, words) if words else choices(person, address)
    present = request.place.unit.code if request.place.unit else ""
    context = {"units": listed, "words": words, "next": address, "present": present}
    return render(request, "pages/_units.html" if request.htmx else "pages/units.html", context)


@signed_in
def show_handbook(request: HttpRequest, slug: str = "") -> HttpResponse:
    """The handbook: its table of contents, or one chapter, in the reader's language."""
    language = get_language() or "en"
    opened: Chapter | None = chapter(slug, language) if slug else None
    if slug and opened is None:
        raise Http404
    return render(request, "pages/handbook.html", {"chapters": chapters(language), "opened": opened})


@signed_in
def show_components(request: HttpRequest) -> HttpResponse:
    """Every component once, to be looked at; in the demo only."""
    if not settings.KEEPWELL_DEMO:
        raise Http404
    return render(request, "pages/components.html", examples())
