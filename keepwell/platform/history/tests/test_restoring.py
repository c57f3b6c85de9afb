"""Who holds a checkpoint that is newer than a backup that was restored is told what was lost, and is told it once; a
trail that was rolled back or rewritten in silence is still found."""

from __future__ import annotations

import runpy
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path

from django.db import transaction
from django.test import TestCase

from keepwell.kernel import notes
from keepwell.platform.history import checking, export, sequencer
from keepwell.platform.history.ledger import Checkpoint, Trail
from keepwell.platform.history.models import Change
from keepwell.platform.history.noting import note
from keepwell.platform.history.restoring import OPERATOR, RESTORE, tell_restore
from keepwell.platform.history.tests.sealed import grow, newest, verdict, with_keys, write
from keepwell.platform.history.tests.test_tampering import seal_anew
from keepwell.platform.keys.ring import make

VERIFIER = Path(__file__).resolve().parents[3] / "library" / "verify_trail.py"


@contextmanager
def thrown_away() -> Iterator[None]:
    """Whatever is written inside is as if a backup made before were restored by hand."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def audited(*seen: str) -> tuple[int, str]:
    """What the one-file verifier says of the trail as it is handed out, to who holds the checkpoints `seen`."""
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(StringIO()) as said:
        path = Path(folder) / "trail.jsonl"
        path.write_bytes(b"".join(export.lines(export.span())))
        words = [str(path), "--key", Trail.objects.get().keys[0]]
        for number, one in enumerate(seen):
            (Path(folder) / f"{number}.txt").write_text(one)
            words += ["--seen", str(Path(folder) / f"{number}.txt")]
        status = runpy.run_path(str(VERIFIER))["main"](words)
    return status, said.getvalue()


class Rolled(TestCase):
    """A trail of 60 rows in a backup; 40 more were sealed and told outside before it was restored."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.enterClassContext(with_keys())
        grow(30, 30)
        cls.before = newest()
        with thrown_away():
            grow(25, 15)
            cls.after = [one.note for one in Checkpoint.objects.filter(size__gt=60)]

    def assert_found(self, *seen: str) -> None:
        """Both verifiers call the trail another one than was seen."""
        words = verdict(outside=seen)
        self.assertRegex(words, "not what was sealed|is missing|forked|other restores|not signed")
        status, said = audited(*seen)
        self.assertEqual(status, 1, said)


class Restoring(Rolled):
    """What the operator told."""

    def test_tells_what_was_lost(self) -> None:
        self.assertEqual(tell_restore(made_at="2025-11-13T21:12:00Z"), 60)
        grow(50)
        found = checking.check([self.before, *self.after])
        self.assertEqual((found.restores, found.vouched), ((60,), 60))
        self.assertEqual([(one.told_by, one.rows) for one in found.losses], [(60, 25), (60, 40)])
        status, said = audited(self.before, *self.after)
        self.assertEqual(status, 3, said)
        self.assertIn(
            "Row 60 tells of a restore: 40 rows under a checkpoint, behind the first 60, were lost.", said
        )
        self.assertIn("vouches for the first 60 rows", said)

    def test_is_no_loss_to_who_saw_nothing_later(self) -> None:
        tell_restore()
        self.assertEqual(verdict(outside=[self.before]), "61 rows")
        status, said = audited(self.before)
        self.assertEqual(status, 0, said)
        self.assertIn("Row 60 tells of a restore.", said)

    def test_tells_a_checkpoint_that_is_longer_than_what_there_is_now(self) -> None:
        tell_restore()
        self.assertEqual([one.rows for one in checking.check(self.after[-1:]).losses], [40])
        self.assertEqual(audited(self.after[-1])[0], 3)

    def test_numbers_its_row_before_those_that_waited(self) -> None:
        write(3)
        self.assertEqual(tell_restore(), 60)
        sequencer.seal()
        self.assertEqual(verdict(outside=[self.before]), "64 rows")

    def test_of_the_same_backup_again_is_a_line_of_its_own(self) -> None:
        with thrown_away():
            tell_restore()
            grow(20)
            first = newest()
        tell_restore()
        grow(30)
        self.assertEqual([one.rows for one in checking.check([first]).losses], [21])
        status, said = audited(first, *self.after)
        self.assertEqual(status, 3, said)

    def test_of_a_backup_of_the_line_before_shares_no_more_than_both_lines_do(self) -> None:
        with thrown_away():
            tell_restore()
            grow(20)
            first = newest()
        grow(25)
        tell_restore()
        self.assertEqual([(one.told_by, one.shared) for one in checking.check([first]).losses], [(85, 60)])

    def test_after_a_restore_keeps_both(self) -> None:
        tell_restore()
        grow(10)
        kept = newest()
        with thrown_away():
            grow(10)
            lost = newest()
        self.assertEqual(tell_restore(), 71)
        found = checking.check([kept, lost, *self.after])
        self.assertEqual((found.restores, found.vouched), ((60, 71), 71))
        self.assertEqual([(one.told_by, one.rows) for one in found.losses], [(71, 10), (60, 25), (60, 40)])
        self.assertEqual(audited(kept, lost, *self.after)[0], 3)


class Renewing(Rolled):
    """Apart, for a key that was made stays."""

    def test_goes_on_under_a_new_key(self) -> None:
        tell_restore()
        make("signing")
        grow(10)
        self.assertEqual(notes.told(newest()).restores[0].size, 60)
        self.assertEqual(audited(self.before, *self.after)[0], 3)


class Forging(Rolled):
    """What is no restore that the operator told."""

    def test_a_rollback_in_silence_is_found(self) -> None:
        self.assert_found(*self.after)
        grow(50)
        self.assert_found(*self.after)

    def test_a_row_of_a_restore_that_nobody_signed_is_found(self) -> None:
        note(OPERATOR, RESTORE, kind="event", made_at="2025-11-13")
        sequencer.seal()
        grow(50)
        self.assert_found(*self.after)

    def test_a_row_that_was_rewritten_before_a_restore_is_found(self) -> None:
        Change.objects.filter(leaf=7).update(verb="story.denied", who=None, what=None)
        seal_anew()
        tell_restore()
        self.assert_found(self.before, *self.after)
        self.assertEqual(checking.check(self.after).vouched, 0, "nothing is promised of the rows before")

    def test_a_restore_that_is_taken_back_is_found(self) -> None:
        with thrown_away():
            tell_restore()
            told = newest()
        grow(1)
        self.assert_found(told)

    def test_a_checkpoint_of_a_stranger_carries_no_restore_on(self) -> None:
        told = notes.told(newest())
        restores = (notes.Restored(60, b"1" * 32),)
        forged = notes.Checkpoint(told.origin, told.size, told.root, (), restores)
        signature = newest().rpartition("\n\n")[2]
        Checkpoint.objects.filter(size=60).update(note=f"{forged.text()}\n{signature}")
        grow(50)
        self.assertEqual(notes.told(newest()).restores, ())
        self.assert_found(*self.after)

    def test_a_signed_restore_without_its_row_is_found(self) -> None:
        tell_restore()
        row = Change.objects.filter(leaf=60)
        row.update(verb="story.told", who=None, what=None)
        grow(5)
        self.assert_found(*self.after)
