"""Addresses of records, and where a register lies in the menu."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import template
from django.template import Context
from django.urls import reverse

from keepwell.platform.acts.act import Act
from keepwell.platform.pages.menu import Word, words
from keepwell.platform.registers.register import Register

register = template.Library()


def _kept(context: Context, url: str) -> str:
    found = context["request"].place.query()
    return f"{url}?{urlencode(found)}" if found else url


@register.simple_tag(takes_context=True)
def record_url(context: Context, of: type[Register], record: Any) -> str:
    """Where a record's page is."""
    return _kept(context, reverse(f"{of.slug()}-record", kwargs={"pk": record.pk}))


@register.simple_tag(takes_context=True)
def edit_url(context: Context, of: type[Register], record: Any) -> str:
    """Where a record's form is."""
    return _kept(context, reverse(f"{of.slug()}-edit", kwargs={"pk": record.pk}))


@register.simple_tag(takes_context=True)
def do_url(context: Context, of: type[Register], record: Any, rule: Act[..., Any]) -> str:
    """Where an act on a record is done."""
    return _kept(
        context, reverse(f"{of.slug()}-do", kwargs={"pk": record.pk, "name": rule.name.replace("_", "-")})
    )


@register.simple_tag(takes_context=True)
def view_url(context: Context, of: type[Register], view: Any) -> str:
    """Where a kept view is changed."""
    return _kept(context, reverse(f"{of.slug()}-view", kwargs={"pk": view.pk}))


@register.simple_tag
def crumb_of(of: type[Register]) -> Word | None:
    """The word of the menu under which a register lies."""
    return next((w for w in words() if any(of.slug() in (i.url_name, *i.also) for i in w.items)), None)
