"""The controls of forms, written in Python: a form has dozens, and Django's templates for them are half of its cost.

What they write is what Django's own templates do (`tests/test_widgets.py` holds the two against each other).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.formats import localize
from django.utils.safestring import SafeString

from keepwell.platform.pages.markup import markup, together

Widget = Mapping[str, Any]  # Any: what a widget tells its template of itself


class Controls(DjangoTemplates):
    """Draws the plain controls in Python, all else by Django's templates."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """A control as markup; `context["widget"]` says what it is."""
        draw = DRAWN.get(template_name)
        return draw(context["widget"]) if draw else super().render(template_name, context, request)


def entry(widget: Widget) -> SafeString:
    """A box to write into, to tick, or unseen."""
    value = widget["value"]
    held = "" if value is None else markup(' value="%s"', value)
    return markup('<input type="%s" name="%s"%s%s>', widget["type"], widget["name"], held, attributes(widget))


def option(widget: Widget) -> SafeString:
    """A box to tick among several, in its label where it is to have one."""
    drawn = entry(widget)
    if not widget["wrap_label"]:
        return drawn
    tied = markup(' for="%s"', widget["attrs"]["id"]) if widget["attrs"].get("id") else ""
    return markup("<label%s>%s %s</label>", tied, drawn, localize(widget["label"]))


def passage(widget: Widget) -> SafeString:
    """A box for several lines; HTML leaves the first line break of its text out."""
    says = localize(widget["value"]) if widget["value"] else ""
    return markup('<textarea name="%s"%s>\n%s</textarea>', widget["name"], attributes(widget), says)


def selection(widget: Widget) -> SafeString:
    """A list to choose from, its options in groups where they have one."""
    groups = together(_group(name, options) for name, options, _place in widget["optgroups"])
    return markup('<select name="%s"%s>%s\n</select>', widget["name"], attributes(widget), groups)


def _group(name: Any, options: list[Widget]) -> SafeString:
    drawn = together(
        markup('\n  <option value="%s"%s>%s</option>', one["value"], attributes(one), localize(one["label"]))
        for one in options
    )
    return markup('\n  <optgroup label="%s">%s\n  </optgroup>', name, drawn) if name else drawn


def attributes(widget: Widget) -> SafeString:
    """The attributes of a control: a name alone for True, nothing for False."""
    told = [(name, value) for name, value in widget["attrs"].items() if value is not False]
    return together(markup(" %s", n) if value is True else markup(' %s="%s"', n, value) for n, value in told)


ENTRIES = ("input", "text", "number", "email", "url", "password", "hidden", "date", "datetime", "time",
           "checkbox", "file")  # fmt: skip
DRAWN: dict[str, Callable[[Widget], SafeString]] = {
    **{f"django/forms/widgets/{name}.html": entry for name in ENTRIES},
    "django/forms/widgets/checkbox_option.html": option,
    "django/forms/widgets/radio_option.html": option,
    "django/forms/widgets/textarea.html": passage,
    "django/forms/widgets/select.html": selection,
}
"""What is written here, by the name of Django's template for it."""
