"""The pages that keep a list as somebody looks at it: its views, and its columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.platform.history.acting import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.permissions import may
from keepwell.platform.people.roles import Level
from keepwell.platform.registers import keeping
from keepwell.platform.registers.columns import Column, column
from keepwell.platform.registers.keeping import Kept, kept_for, pairs_of, plain_query
from keepwell.platform.registers.listing import BadWish, Wish
from keepwell.platform.registers.models import KeptView
from keepwell.platform.registers.register import Register

ALL = "all"


@dataclass(frozen=True)
class Link:
    """A view above the list: its name, where it is, whether it is what one sees, and whether it is one's own."""

    view: KeptView | None
    url: str
    is_present: bool
    is_own: bool


@dataclass(frozen=True)
class Offer:
    """A column in the form of columns: whether it is shown, and at which place."""

    column: Column
    is_shown: bool
    place: int


def opened(request: PlacedRequest, register: type[Register], kept: Kept) -> str:
    """Where the view is that this address means: named in it, or the one a bare address begins with; else ""."""
    named = request.GET.get("view", "")
    if named and named != ALL:
        view = next((view for view in kept.views if str(view.pk) == named), None)
        if view is None:
            raise Http404
        return address(request, register, view)
    is_bare = not set(request.GET) - {"unit", "year"}
    return address(request, register, kept.first) if is_bare and kept.first else ""


def plain(request: PlacedRequest) -> QueryDict:
    """What the list is asked for: the address without the word that names a view."""
    found = request.GET.copy()
    found.pop("view", None)
    return found


def address(request: PlacedRequest, register: type[Register], view: KeptView) -> str:
    """The list as a view has it, at the present place: an address that means the same to everybody."""
    query = urlencode([*request.place.query().items(), *pairs_of(view.query)])
    return f"{reverse(register.slug())}?{query}"


def chosen(register: type[Register], wish: Wish, kept: Kept) -> list[Column]:
    """The columns to be shown: those of the address, else those the reader chose, else the register's."""
    return [column(register.record, name) for name in wish.columns or kept.columns or register.columns]


def context(request: PlacedRequest, register: type[Register], wish: Wish, kept: Kept,
            columns: list[Column]) -> dict[str, Any]:  # fmt: skip
    """What the list's templates show of views and columns."""
    names = [c.name for c in columns]
    present = plain_query([*((n, v) for n, v in wish.given if n != "columns"), ("columns", ",".join(names))])
    links = [Link(view, f"?{urlencode({**request.place.query(), 'view': view.pk})}", view.query == present,
                  view.owner_id == request.person.pk) for view in kept.views]  # fmt: skip
    is_whole = not wish.is_narrowed and not any(link.is_present for link in links)
    whole = Link(None, f"?{urlencode({**request.place.query(), 'view': ALL})}", is_whole, False)
    others = [c for c in register.offered() if c.name not in names]
    return {
        "views": [whole, *links] if links else [], "present_query": present,
        "present_view": next((link.view for link in links if link.is_present and link.is_own), None),
        "offers": [Offer(c, c.name in names, n) for n, c in enumerate([*columns, *others], start=1)],
        "keep_name": f"{register.slug()}-keep", "columns_name": f"{register.slug()}-columns",
        "is_own_choice": bool(kept.columns),
    }  # fmt: skip


@require_POST
def keep(request: PlacedRequest, register: type[Register]) -> HttpResponse:
    """Keep the list as it is under a name."""
    unit = request.place.unit if request.POST.get("share") == "yes" else None
    try:
        view = keeping.keep_view(
            register, request.person, request.POST.get("name", ""), request.POST.get("query", ""),
            unit=unit, place=request.place,
        )  # fmt: skip
    except (Refused, PermissionDenied, BadWish) as refusal:
        return _bad(request, register, refusal)
    if request.POST.get("first") == "yes":
        keeping.begin_with(register, request.person, view)
    messages.success(request, _("The view “%(name)s” is kept.") % {"name": view.name})
    return redirect(address(request, register, view))


@require_POST
def columns(request: PlacedRequest, register: type[Register]) -> HttpResponse:
    """Show the columns that were ticked, by their places; on one's own view they are kept with it."""
    query = [(n, v) for n, v in pairs_of(request.POST.get("query", "")) if n != "columns"]
    try:
        names = [] if request.POST.get("do") == "reset" else _ticked(request, register)
        view = keeping.view_of(register, request.person, request.POST.get("view", ""))
        if view is not None and view.owner_id == request.person.pk:
            shown = ",".join(names or register.columns)
            view.query = keeping.checked_query(
                register, plain_query([*query, ("columns", shown)]), request.place
            )
            view.save(update_fields=["query"])
            return redirect(address(request, register, view))
        keeping.choose_columns(register, request.person, names)
    except (Refused, BadWish) as refusal:
        return _bad(request, register, refusal)
    kept = urlencode([*request.place.query().items(), *query, *([] if query else [("view", ALL)])])
    return redirect(f"{reverse(register.slug())}?{kept}")


def _ticked(request: PlacedRequest, register: type[Register]) -> list[str]:
    offered = register.offered_names()
    ticked = [name for name in request.POST.getlist("show") if name in offered]
    if not ticked:
        raise Refused(_("A list shows one column at least."))
    return sorted(
        ticked, key=lambda name: (_place(request.POST.get(f"place-{name}", "")), offered.index(name))
    )


def _place(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 999


def view_page(request: PlacedRequest, register: type[Register], pk: UUID) -> HttpResponse:
    """One view: its name, with whom it is shared, whether the list begins with it; and its end."""
    kept = kept_for(register, request.person)
    view = next((view for view in kept.views if view.pk == pk), None)
    if view is None:
        raise Http404
    if request.method == "POST":
        try:
            return _changed(request, register, view)
        except (Refused, PermissionDenied) as refusal:
            return _view_page(request, register, view, kept, str(refusal))
    return _view_page(request, register, view, kept, "")


def _changed(request: PlacedRequest, register: type[Register], view: KeptView) -> HttpResponse:
    if request.POST.get("do") == "remove":
        keeping.remove_view(view, request.person)
        messages.success(request, _("The view “%(name)s” was removed.") % {"name": view.name})
        return redirect(f"{reverse(register.slug())}?view={ALL}")
    if view.owner_id == request.person.pk:
        share = request.POST.get("share", "")
        unit = request.place.unit if share == "here" else view.unit if share == "as it is" else None
        keeping.change_view(register, view, request.person, name=request.POST.get("name", ""), unit=unit)
    is_first = request.POST.get("first") == "yes"
    if is_first or kept_for(register, request.person).first == view:
        keeping.begin_with(register, request.person, view if is_first else None)
    messages.success(request, _("The view “%(name)s” is kept.") % {"name": view.name})
    return redirect(address(request, register, view))


def _view_page(request: PlacedRequest, register: type[Register], view: KeptView, kept: Kept,
               refusal: str) -> HttpResponse:  # fmt: skip
    unit = request.place.unit
    told: dict[str, Any] = {
        "register": register, "view": view, "refusal": refusal, "is_first": kept.first == view,
        "is_own": view.owner_id == request.person.pk, "list_url": address(request, register, view),
        "may_share": unit is not None and may(request.person, register.area(), Level.EDIT, unit),
    }  # fmt: skip
    return render(request, "registers/view.html", told, status=422 if refusal else 200)


def _bad(request: PlacedRequest, register: type[Register], refusal: Exception) -> HttpResponse:
    status = 403 if isinstance(refusal, PermissionDenied) else 422
    return render(
        request, "registers/bad_wish.html", {"register": register, "mistake": refusal}, status=status
    )
