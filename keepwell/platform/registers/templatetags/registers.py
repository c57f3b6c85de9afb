"""Addresses of records, and where a register lies in the menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import template
from django.middleware.csrf import get_token
from django.template import Context
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from keepwell.platform.acts.act import Act
from keepwell.platform.pages import frame
from keepwell.platform.pages.markup import markup, together
from keepwell.platform.pages.menu import Word, words
from keepwell.platform.pages.templatetags.kw import shown
from keepwell.platform.registers.cells import SHORT as SHORT_TEXT
from keepwell.platform.registers.cells import Cell
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


@dataclass(frozen=True)
class KeepingForms:
    """All that the forms below a list say that keep its view and its columns, but for what the list shows now."""

    language: str
    keep_url: str
    columns_url: str
    shared_with: str
    present_view: str
    can_reset: bool
    views: tuple[tuple[str, str], ...]
    columns: tuple[tuple[str, str, bool, int], ...]


@register.simple_tag(takes_context=True)
def keeping_forms(context: Context) -> SafeString:
    """The forms that keep the list as it is under a name, and choose its columns."""
    request, of, own = context["request"], context["register"], context["present_view"]
    said = KeepingForms(
        language=get_language() or "",
        keep_url=_kept(context, reverse(context["keep_name"])),
        columns_url=_kept(context, reverse(context["columns_name"])),
        shared_with=str(request.place.unit) if context["may_share"] else "",
        present_view=str(own.pk) if own else "",
        can_reset=bool(context["is_own_choice"] or own),
        views=tuple((link.view.name, view_url(context, of, link.view)) for link in context["views"] if link.view),
        columns=tuple((o.column.name, str(o.column.label), o.is_shown, o.place) for o in context["offers"]),
    )  # fmt: skip
    holes = {"csrf": get_token(request), "present": context["present_query"]}
    return frame.drawn("registers/_keep.html", said, {"forms": said}, holes, ())


TICK = '<td class="kw-tick"><input class="form-check-input" type="checkbox" name="id" value="%s" aria-label="%s"></td>'
FIRST = '<th scope="row"><a class="kw-b%s" href="%s">%s</a></th>'
ROW, NUMERIC, SHORT, LONG = (
    "<tr>%s%s%s</tr>",
    '<td class="num">%s</td>',
    '<td class="kw-nowrap">%s</td>',
    "<td>%s</td>",
)
CODE_LENGTH = 28


@register.simple_tag(takes_context=True)
def table_rows(context: Context) -> SafeString:
    """The rows of a list's table, with a box to tick where something can be done to many; in Python, for a list
    has hundreds of cells."""
    query = urlencode(context["request"].place.query())
    tick = _("Tick %(record)s") if context["deeds"] else ""
    return together(_row(record, cells, query, tick) for record, cells in context["rows"])


def _row(record: Any, cells: list[Cell], query: str, tick: str) -> SafeString:
    first, *others = cells
    box = markup(TICK, record.pk, tick % {"record": record}) if tick else ""
    is_code = len(first.first_text) <= CODE_LENGTH and " " not in first.first_text
    kind = " kw-code" if is_code else ""  # which is read in one piece
    head = markup(FIRST, kind, f"{first.url}?{query}" if query else first.url, first.first_text)
    return markup(ROW, box, head, together(map(_cell, others)))


def _cell(cell: Cell) -> SafeString:
    text = cell.text
    if text and cell.badge is None and not cell.url and cell.column.is_said_as_it_is:
        return markup(SHORT if len(text) <= SHORT_TEXT else LONG, text)
    return markup(NUMERIC if cell.column.is_numeric else SHORT if cell.is_short else LONG, shown(cell))


@register.simple_tag
def crumb_of(of: type[Register]) -> Word | None:
    """The word of the menu under which a register lies."""
    return next((w for w in words() if any(of.slug() in (i.url_name, *i.also) for i in w.items)), None)
