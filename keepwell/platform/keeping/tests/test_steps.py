"""Taking migrations alone, where there is nobody else and no file either."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.test import TestCase

from keepwell.platform.keeping import steps


@pytest.mark.sqlite
class InMemory(TestCase):
    def test_leaves_no_file_behind(self) -> None:
        self.assertTrue(connection.is_in_memory_db())
        before = set(Path.cwd().iterdir())
        with steps.alone():
            self.assertEqual(set(Path.cwd().iterdir()), before)

    def test_is_not_empty_any_more(self) -> None:
        self.assertFalse(steps.is_empty())
        self.assertEqual((steps.missing(), steps.bring_up_to_date()), (0, 0))
