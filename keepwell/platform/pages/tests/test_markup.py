"""Markup that is filled in Python says what Django's own way would say."""

from __future__ import annotations

from unittest import TestCase

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from keepwell.platform.pages.markup import markup, together, written

VALUES = ("", "plain", "林雅達 資安", 7, None, 1.5, "<script>alert(1)</script>", 'a"b', "it's", "R&D", "&lt;", "100 %", "{}",
          "%s", format_html("<b>{}</b>", "<i>"), gettext_lazy("Yes"))  # fmt: skip


class Markup(TestCase):
    def test_escapes_as_django_does(self) -> None:
        for value in VALUES:
            with self.subTest(repr(value)):
                self.assertEqual(written(value), conditional_escape(value))
                self.assertEqual(markup('<td title="%s">%s</td>', value, value),
                                 format_html('<td title="{}">{}</td>', value, value))  # fmt: skip
        self.assertEqual(together(VALUES), format_html_join("", "{}", ((one,) for one in VALUES)))

    def test_is_not_escaped_again(self) -> None:
        made = markup("<b>%s</b>", "<")
        self.assertIsInstance(made, SafeString)
        self.assertEqual(markup("%s", made), "<b>&lt;</b>")

    def test_takes_no_more_and_no_fewer_values_than_it_has_places(self) -> None:
        for values in ((), ("a", "b")):
            with self.assertRaises(TypeError):
                markup("<b>%s</b>", *values)
