"""Who puts a backup on a server waits a moment for what a killed process began, and no longer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import TransactionTestCase

from keepwell.kernel.refusing import Refused
from keepwell.platform.keeping import putting, steps


class EnoughError(Exception):
    """Seen what was to be seen; the server takes all of it back."""


@contextmanager
def at_it_for(seconds: float) -> Iterator[None]:
    """Another session restores or migrates for `seconds`, as one does that the server has yet to end."""
    began = threading.Event()

    def hold() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [steps.LOCK])
                began.set()
                time.sleep(seconds)
        finally:
            connection.close()

    other = threading.Thread(target=hold)
    other.start()
    try:
        assert began.wait(timeout=30)
        yield
    finally:
        other.join()


@pytest.mark.postgresql
class ABackup(TransactionTestCase):
    def test_is_put_once_the_other_has_ended(self) -> None:
        with at_it_for(1), self.assertRaises(EnoughError), putting.within():
            raise EnoughError

    def test_is_refused_where_the_other_works_on(self) -> None:
        with (
            at_it_for(3), patch.object(putting, "LOCK_MILLISECONDS", 200),
            self.assertRaisesMessage(Refused, putting.IN_USE), putting.within(),
        ):  # fmt: skip
            self.fail("There is somebody else at it.")
