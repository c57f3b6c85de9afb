"""The pages that every register has: list, record, form, acts, files in and out; and the search over all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial, wraps

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

from keepwell.platform.exchange.feeds import FEEDS
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.roles import Level
from keepwell.platform.registers.many import deeds
from keepwell.platform.registers.pages import deliveries, kept, lists, many, records, search
from keepwell.platform.registers.register import REGISTERS, Register

Page = Callable[..., HttpResponseBase]


def urlpatterns() -> list[URLPattern]:
    """The addresses of every register."""
    found = [pattern for slug, register in REGISTERS.items() for pattern in _patterns(slug, register)]
    return [path("search/", search.show_search, name="search"), *found]


def _patterns(slug: str, register: type[Register]) -> list[URLPattern]:
    area = register.area()
    key = "<uuid:pk>" if register.has_uuid() else "<int:pk>"
    access = Access.LOGIN if hasattr(register.record, "own") else Access.PERMISSION
    view, take = operation(access, area), operation(access, area, sensitive=True, step_up=True)
    this = operation(Access.OBJECT, area)
    found = [
        path(f"{slug}/", view(bound(lists.show_list, register)), name=slug),
        path(
            f"{slug}/take-out.<slug:form>",
            take(bound(deliveries.take_out, register)),
            name=f"{slug}-take-out",
        ),
        path(
            f"{slug}/take-out-shown.<slug:form>",
            take(bound(deliveries.take_out_shown, register)),
            name=f"{slug}-take-out-shown",
        ),
        path(f"{slug}/views/", view(bound(kept.keep, register)), name=f"{slug}-keep"),
        path(f"{slug}/views/<uuid:pk>/", view(bound(kept.view_page, register)), name=f"{slug}-view"),
        path(f"{slug}/columns/", view(bound(kept.columns, register)), name=f"{slug}-columns"),
    ]
    found += [*_in_bulk(slug, register), *_written(slug, register)]
    found.append(path(f"{slug}/{key}/", this(bound(records.show_record, register)), name=f"{slug}-record"))
    if register.acts:
        own = operation(Access.OBJECT, area, Level.EDIT, step_up=register.needs_proof())
        found.append(path(f"{slug}/{key}/<slug:name>/", own(bound(records.do, register)), name=f"{slug}-do"))
    return found


def _in_bulk(slug: str, register: type[Register]) -> Iterator[URLPattern]:
    """Doing one thing to many records, where the register has what can be done so."""
    if found := deeds(register):
        some = operation(Access.PERMISSION, register.area(), min(deed.level for deed in found))
        yield path(f"{slug}/many/", some(bound(many.ask, register)), name=f"{slug}-many")
        yield path(f"{slug}/many/<uuid:pk>/", some(bound(many.follow, register)), name=f"{slug}-series")


def _written(slug: str, register: type[Register]) -> Iterator[URLPattern]:
    """Bringing files in, adding and amending, where people may write the register."""
    area, write, proof = register.area(), register.level_to_write(), register.needs_proof()
    key = "<uuid:pk>" if register.has_uuid() else "<int:pk>"
    edit = operation(Access.PERMISSION, area, write, step_up=proof)
    if register.form_fields or slug in FEEDS:
        follow = edit(bound(deliveries.follow, register))
        yield path(f"{slug}/bring-in/", edit(bound(deliveries.bring_in, register)), name=f"{slug}-bring-in")
        yield path(f"{slug}/bring-in/<uuid:pk>/", follow, name=f"{slug}-delivery")
    if register.form_fields:
        own = operation(Access.OBJECT, area, write, step_up=proof)
        yield path(f"{slug}/new/", edit(bound(records.add, register)), name=f"{slug}-new")
        yield path(f"{slug}/{key}/edit/", own(bound(records.amend, register)), name=f"{slug}-edit")


def bound(page: Page, register: type[Register]) -> Page:
    """`page` for one register, under its own name."""
    return wraps(page)(partial(page, register=register))
