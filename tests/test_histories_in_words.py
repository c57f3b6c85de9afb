"""Histories are told in the reader's language: no name of a program in English, no raw value of a program."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.db import models
from django.test import SimpleTestCase, TestCase
from django.utils.translation import gettext, override

from keepwell.areas.incidents.models.sentences import lapsed
from keepwell.platform.history.acting import Machine
from keepwell.platform.history.models import Change
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.registers.words import history
from tests.cast import Cast
from tests.house import made, tracked

ROOT = Path(__file__).resolve().parents[1] / "keepwell"
NAMED = re.compile(r"Machine\(\s*(gettext_noop\()?\s*\"([^\"]+)\"")
RAW = re.compile(r"\{['\"]|\{&#x27;|\[['\"{]|\[&#x27;|\bNone\b|\bTrue\b|\bFalse\b")
PROGRAMS = {"reporting.publish"}
"""Names that no page shows: of what is no record."""
POSTMAN = Machine("the postman of notices")


def machines() -> dict[str, str]:
    """Every machine that is named in the sources, and where."""
    paths = (path for path in ROOT.rglob("*.py") if "tests" not in path.parts)
    return {name: path.name for path in paths for _marked, name in NAMED.findall(path.read_text())}


class EveryMachine(SimpleTestCase):
    def test_has_a_name_in_chinese(self) -> None:
        found = machines()
        self.assertGreater(len(found), 15)
        with override("zh-hant"):
            english = {name: path for name, path in found.items() if gettext(name) == name}
        self.assertEqual(set(english), PROGRAMS, english)


class EveryHistory(Cast, TestCase):
    def test_tells_no_raw_value_and_no_english_machine(self) -> None:
        """Of each record with a column of JSON: lists, mappings and what lies deeper."""
        told = 0
        for slug in tracked():
            columns = [
                c for c in REGISTERS[slug].record._meta.concrete_fields if isinstance(c, models.JSONField)
            ]
            if not columns:
                continue
            record = made(slug, self.khh1, self.eva)
            values: dict[str, Any] = {c.name: self.value(c) for c in columns}
            self.write(record, values)
            with override("zh-hant"):
                for one in history(record, self.ada):
                    told += 1
                    for sentence in (one.by, *one.sentences):
                        self.assertIsNone(RAW.search(sentence), f"{slug}: {sentence}")
                        self.assertNotIn("postman", sentence, slug)
        self.assertGreater(told, 20)

    def value(self, column: Any) -> Any:
        """A value with all that such a column may hold."""
        inner = {"days": [1, 2], "is_open": True, "who": None, "by": {"deep": "er"}}
        return [inner, "2025-11-13"] if column.default is list else {"kept": inner, "names": ["a", "b"]}

    def write(self, record: Any, values: dict[str, Any]) -> None:
        """A change of the record in its history, whatever rules its columns keep."""
        before = {name: getattr(record, name) for name in values}
        Change(
            at=Change.objects.latest("id").at, by=None, by_name=POSTMAN.name, verb="story.written",
            record_type=record.type_name(), record_id=record.pk, version=record.version + 1, unit_id=record.placed_unit_id,
            before=before, after=values,
        ).save(force_insert=True)  # fmt: skip


class WhatNoLongerBinds(SimpleTestCase):
    def test_names_the_classification_where_there_is_one(self) -> None:
        self.assertIn("classification 2 ", lapsed({"cause": "facts", "revision": 2}))
        for kept in ({"cause": "facts", "revision": 0}, {"cause": "facts"}, {}):
            self.assertEqual(lapsed(kept), "What is known of the incident no longer asks for it.")
