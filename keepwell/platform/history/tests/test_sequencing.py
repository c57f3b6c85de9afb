"""No row is lost to commits that become visible out of order, and two who number never fork; on PostgreSQL, where
both can happen. A sequencer that reads by 'id greater than the last seen' runs beside ours, and loses rows."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

from keepwell.platform.history import checking, sequencer
from keepwell.platform.history.ledger import Checkpoint, Trail
from keepwell.platform.history.models import Change
from keepwell.platform.history.tests.sealed import verdict, with_keys, write
from tests import machine

WRITERS = 16
LONGEST_PAUSE = 0.02


def together(*works: Callable[[], None]) -> list[BaseException]:
    """Do all at once, each on a connection of its own; what went wrong."""
    wrong: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


class Naive:
    """What one would write first: remembers the last id it saw, and looks only behind it."""

    def __init__(self) -> None:
        self.last, self.seen = 0, 0

    def look(self) -> None:
        ids = list(Change.objects.filter(id__gt=self.last).order_by("id").values_list("id", flat=True))
        self.seen += len(ids)
        self.last = max([self.last, *ids])


@pytest.mark.postgresql
class Sequencing(TransactionTestCase):
    def setUp(self) -> None:
        self.enterContext(with_keys())
        self.over = threading.Event()

    def writer(self, seed: int, rows: int) -> None:
        """Short transactions, each committed after a random pause."""
        dice, left = random.Random(seed), rows
        while left:
            count = min(left, dice.randint(1, 20))
            with transaction.atomic():
                write(count)
                time.sleep(dice.random() * LONGEST_PAUSE)
            left -= count

    def test_loses_no_row_of_16_writers_where_a_naive_one_does(self) -> None:
        each, naive = machine.rounds(2_000, 100_000) // WRITERS, Naive()

        def seal() -> None:
            while not self.over.is_set():
                sequencer.advance()

        def look() -> None:
            while not self.over.is_set():
                naive.look()

        def all_write() -> None:
            told = [lambda seed=seed: self.writer(seed, each) for seed in range(WRITERS)]
            self.assertEqual(together(*told), [])
            self.over.set()

        self.assertEqual(together(seal, seal, look, all_write), [])
        naive.look()
        sequencer.seal()
        written = Change.objects.count()
        self.assertEqual(written, each * WRITERS)
        self.assertEqual((Change.objects.waiting().count(), Trail.objects.get().size), (0, written))
        self.assertEqual(verdict(), f"{written} rows")
        self.assertLess(naive.seen, written, "the naive sequencer lost nothing: this test shows nothing")

    def test_never_forks_however_many_seal(self) -> None:
        write(2_500)
        self.assertEqual(together(*[lambda: sequencer.seal() and None] * 6), [])
        self.assertEqual(checking.check().rows, 2_500)
        sizes = list(Checkpoint.objects.order_by("size").values_list("size", flat=True))
        self.assertEqual(sizes, [1_000, 2_000, 2_500])

    def test_passes_over_rows_that_somebody_holds_and_takes_them_next(self) -> None:
        write(3)
        first = Change.objects.earliest("id").pk
        held, go = threading.Event(), threading.Event()

        def hold() -> None:
            with transaction.atomic():
                Change.objects.select_for_update().get(pk=first)
                held.set()
                go.wait(20)

        def seal() -> None:
            held.wait(20)
            sequencer.seal()
            go.set()

        self.assertEqual(together(hold, seal), [])
        self.assertEqual(list(Change.objects.waiting().values_list("pk", flat=True)), [first])
        sequencer.seal()
        self.assertEqual(verdict(), "3 rows")


class DyingWhileSealing(TransactionTestCase):
    def test_leaves_nothing_half_done(self) -> None:
        """Whichever statement of a pass fails, the next pass seals everything, once."""
        self.enterContext(with_keys())
        number = 0
        while True:
            number += 1
            write(2)
            if not self.fails_at(number):
                break
            self.assertEqual(verdict(), f"{Trail.objects.values_list('size', flat=True).first() or 0} rows")
        sequencer.seal()
        self.assertEqual(verdict(), f"{Change.objects.count()} rows")
        self.assertGreater(number, 5)

    def fails_at(self, number: int) -> bool:
        """Seal with the `number`-th statement failing; whether there were so many."""
        asked = 0

        def breaking(execute, sql, params, many, context):
            nonlocal asked
            asked += 1
            if asked == number:
                raise RuntimeError("the machine died here")
            return execute(sql, params, many, context)

        with connection.execute_wrapper(breaking):
            try:
                sequencer.seal()
            except RuntimeError:
                return True
        return False
