"""Where all who write wait for one lock, entries are made before it is taken; what happens meanwhile is not undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.test import TestCase

from keepwell.platform.history.acting import acting
from keepwell.platform.search import indexing
from keepwell.platform.search.models import Entry, Unindexed
from tests.cast import TELLER, Cast

LABEL = "people.person"


@pytest.mark.sqlite
class MadeAhead(Cast, TestCase):
    def setUp(self) -> None:
        indexing.catch_up()

    def rename(self, name: str) -> None:
        with acting(TELLER, "story.rename"):
            self.eva.refresh_from_db()
            self.eva.name = name
            self.eva.save()

    def words(self) -> str:
        return str(Entry.objects.get(kind=LABEL, record_id=self.eva.pk).tokens)

    def marks(self) -> int:
        """How many marks of her own wait; those of what is named after her aside."""
        return Unindexed.objects.filter(record_id=self.eva.pk).count()

    def meanwhile(self, deed: Callable[[], Any]) -> int:
        """A batch during which, once its entries are made and before they are written, `deed` happens."""
        made = indexing._made

        def late(*asked: Any) -> list[indexing.Row]:
            rows = made(*asked)
            with mock.patch.object(indexing, "_made", made):
                deed()
            return rows

        with mock.patch.object(indexing, "_made", late):
            return indexing.follow_up()

    def test_are_written_with_what_was_marked(self) -> None:
        self.rename("Eva Martinez")
        self.assertEqual(indexing.follow_up(), 1)
        self.assertIn("martinez", self.words())
        self.assertEqual(self.marks(), 0)

    def test_leave_what_another_wrote_from_a_later_state(self) -> None:
        self.rename("Eva Martinez")

        def other() -> None:
            self.rename("Eva Santos")
            self.assertEqual(indexing.follow_up(), 2)

        self.meanwhile(other)
        self.assertIn("santos", self.words())
        self.assertNotIn("martinez", self.words())
        self.assertEqual(self.marks(), 0)

    def test_keep_the_mark_of_what_changed_meanwhile(self) -> None:
        self.rename("Eva Martinez")
        self.meanwhile(lambda: self.rename("Eva Santos"))
        self.assertEqual(self.marks(), 1)
        indexing.follow_up()
        self.assertIn("santos", self.words())

    def test_are_made_again_where_a_unit_moved_meanwhile(self) -> None:
        Entry.objects.filter(kind=LABEL, record_id=self.eva.pk).delete()
        self.rename("Eva Martinez")

        def move() -> None:
            with acting(TELLER, "story.move"):
                self.khh1.refresh_from_db()
                self.khh1.parent = self.pen1
                self.khh1.save()

        self.meanwhile(move)
        self.assertFalse(Entry.objects.filter(kind=LABEL, record_id=self.eva.pk).exists())
        indexing.catch_up()
        self.assertIn(f"u{self.pen1.pk.hex[-10:]}", self.words())
