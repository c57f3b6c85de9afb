"""Words of a choice are put into the language of whoever is shown them, at the cost of no class each."""

from __future__ import annotations

from django.test import SimpleTestCase
from django.utils.translation import get_language, override

from keepwell.platform.records.choices import when_shown


class Words(SimpleTestCase):
    def test_are_told_when_they_are_shown(self) -> None:
        told = when_shown(lambda word: f"{word} in {get_language()}", "level")
        for language in ("en", "zh-hant"):
            with override(language):
                self.assertEqual(str(told), f"level in {language}")

    def test_share_one_class(self) -> None:
        self.assertIs(type(when_shown(str, 1)), type(when_shown(str, 2)))
