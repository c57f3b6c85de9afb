"""Controls written in Python say what Django's templates say, and escape what they do."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates
from django.test import SimpleTestCase
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from keepwell.platform.pages.widgets import DRAWN, Controls

HOSTILE = """<script>"x" & 'y'</script>"""
CHOICES = [
    ("", "any"),
    (1, gettext_lazy("Menu")),
    (1200, 1200),
    (HOSTILE, HOSTILE),
    ("One & all", [("a", mark_safe("<b>A</b>")), ("b", "B")]),
]
WIDGETS: list[forms.Widget] = [
    *(kind() for kind in (forms.TextInput, forms.NumberInput, forms.EmailInput, forms.URLInput, forms.HiddenInput,
                          forms.CheckboxInput, forms.FileInput, forms.Textarea, forms.TimeInput, forms.DateTimeInput)),
    forms.PasswordInput(render_value=True), forms.DateInput(attrs={"type": "date", "max": 12345}),
    forms.TextInput(attrs={"required": True, "disabled": False, "data-x": HOSTILE, "maxlength": 1000}),
    *(kind(choices=CHOICES) for kind in (forms.Select, forms.SelectMultiple, forms.RadioSelect, forms.CheckboxSelectMultiple)),
]  # fmt: skip
VALUES: list[Any] = [
    None,
    "",
    HOSTILE,
    "two\nlines",
    1200,
    0,
    True,
    date(2025, 11, 14),
    ["a", "b"],
    mark_safe("<i>"),
]


class Control(SimpleTestCase):
    def test_says_what_the_template_of_django_says(self) -> None:
        ours, theirs = Controls(), DjangoTemplates()
        for widget in WIDGETS:
            for value in VALUES:
                with self.subTest(type(widget).__name__, value=value):
                    attributes = {"id": "id_it", "class": HOSTILE}
                    drawn = widget.render("it's", value, attributes, renderer=ours)
                    wanted = widget.render("it's", value, attributes, renderer=theirs)
                    # Between options Django leaves an empty line.
                    self.assertEqual(drawn.replace("\n\n", "\n"), wanted.replace("\n\n", "\n"))

    def test_is_in_its_label_where_it_is_to_have_one(self) -> None:
        for one in (forms.RadioSelect, forms.CheckboxSelectMultiple):
            for tag in one(choices=CHOICES).subwidgets("it", ["a"], {"id": "id_it"}):
                for wraps in (True, False):
                    said, name = {"widget": {**tag, "wrap_label": wraps}}, tag["template_name"]
                    self.assertHTMLEqual(Controls().render(name, said), DjangoTemplates().render(name, said))

    def test_is_written_here_for_every_plain_kind(self) -> None:
        drawn = {widget.template_name for widget in WIDGETS if not isinstance(widget, forms.RadioSelect)}
        self.assertLessEqual(drawn, set(DRAWN))

    def test_is_what_forms_of_ours_are_drawn_with(self) -> None:
        self.assertIsInstance(forms.renderers.get_default_renderer(), Controls)
