"""Whoever changes the trail in the database is found, whatever they put right beside it."""

from __future__ import annotations

import random
import runpy
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.test import TestCase

from keepwell.kernel import notes
from keepwell.platform.history import entries, export, sequencer
from keepwell.platform.history.ledger import Checkpoint, Tile, Trail
from keepwell.platform.history.models import Change
from keepwell.platform.history.tests.sealed import flipped, grow, newest, verdict, with_keys, write
from keepwell.platform.keys import ring
from tests import machine

ROWS = 300
VERIFIER = Path(__file__).resolve().parents[3] / "library" / "verify_trail.py"


def seal_anew() -> None:
    """Throw away numbers, hashes and checkpoints, and seal all rows again."""
    Tile.objects.all().delete()
    Checkpoint.objects.all().delete()
    Trail.objects.all().delete()
    Change.objects.update(leaf=None)
    sequencer.seal()


def lay_anew() -> None:
    """Reckon the hashes anew from the rows, as who has no key must leave it."""
    kept = Trail.objects.get(), list(Checkpoint.objects.all())
    seal_anew()
    size = Trail.objects.get().size
    Checkpoint.objects.all().delete()
    Checkpoint.objects.bulk_create(kept[1])
    Trail.objects.update(size=size, signed=kept[0].signed, keys=kept[0].keys)


def some(dice: random.Random) -> Change:
    return Change.objects.get(leaf=dice.randrange(Change.objects.sealed().count()))


def edit_public(dice: random.Random) -> None:
    row = some(dice)
    name, value = dice.choice((
        ("verb", f"{row.verb}x"), ("at", row.at + timedelta(microseconds=1)), ("by", UUID(int=dice.getrandbits(128))),
        ("unit_id", UUID(int=dice.getrandbits(128))), ("version", (row.version or 0) + 1), ("kind", "read"),
        ("record_id", UUID(int=dice.getrandbits(128))), ("record_type", "people.grant"),
        ("batch_id", UUID(int=dice.getrandbits(128))),
    ))  # fmt: skip
    Change.objects.filter(pk=row.pk).update(**{name: value})


def edit_personal(dice: random.Random) -> None:
    row = some(dice)
    name, value = dice.choice((
        ("by_name", f"{row.by_name}x"), ("by_name", ""), ("answers", row.answers | {"reason": "x"}),
        ("after", {"name": "x"}), ("before", {"name": "x"}),
    ))  # fmt: skip
    Change.objects.filter(pk=row.pk).update(**{name: value})


def edit_and_commit_anew(dice: random.Random) -> None:
    row = some(dice)
    told = entries.fresh(entries.canonical({"name": "Mallory"}))
    Change.objects.filter(pk=row.pk).update(by_name="Mallory", who=told.commitment, who_salt=told.salt)


def edit_and_lay_anew(dice: random.Random) -> None:
    edit_public(dice)
    lay_anew()


def turn_a_bit(dice: random.Random) -> None:
    name = dice.choice(("who", "what", "who_salt", "what_salt"))
    row = some(dice)
    Change.objects.filter(pk=row.pk).update(**{name: flipped(bytes(getattr(row, name)), dice)})


def turn_a_bit_of_the_hashes(dice: random.Random) -> None:
    tile = Tile.objects.get(level=0, number=dice.randrange(2))
    Tile.objects.filter(pk=tile.pk).update(hashes=flipped(bytes(tile.hashes), dice))


def change_a_checkpoint(dice: random.Random) -> None:
    one = dice.choice(list(Checkpoint.objects.all()))
    place = dice.randrange(len(one.note) - 6)
    letter = dice.choice([c for c in "aQ7+" if c != one.note[place]])
    Checkpoint.objects.filter(pk=one.pk).update(note=one.note[:place] + letter + one.note[place + 1 :])


def delete(dice: random.Random) -> None:
    some(dice).delete()


def delete_and_close_the_gap(dice: random.Random) -> None:
    some(dice).delete()
    lay_anew()


def insert(dice: random.Random) -> None:
    write(1)
    Change.objects.waiting().update(leaf=ROWS, who=b"1" * 32, what=b"2" * 32)
    Trail.objects.update(size=dice.choice((ROWS, ROWS + 1)))


def insert_and_make_room(dice: random.Random) -> None:
    write(1)
    made = Change.objects.latest("id")
    Change.objects.filter(pk=made.pk).update(id=-1 - dice.randrange(9))
    lay_anew()


def reorder(dice: random.Random) -> None:
    one, other = dice.sample(range(ROWS), 2)
    Change.objects.filter(leaf=one).update(leaf=-1)
    Change.objects.filter(leaf=other).update(leaf=one)
    Change.objects.filter(leaf=-1).update(leaf=other)


def truncate(dice: random.Random) -> None:
    Change.objects.filter(leaf__gte=ROWS - dice.randrange(1, 100)).delete()
    if dice.random() < 0.5:
        seal_anew()


def fork(dice: random.Random) -> None:
    """With the installation's own key, as only its host could."""
    first = dice.randrange(ROWS)
    Change.objects.filter(leaf__gte=first).update(at=F("at") + timedelta(days=1))
    Change.objects.update(who=None, what=None)
    seal_anew()


def edit_and_seal_anew(dice: random.Random) -> None:
    edit_public(dice)
    seal_anew()


def sign_with_another_key(dice: random.Random) -> None:
    with with_keys():
        edit_and_seal_anew(dice)


MUTATIONS: list[Callable[[random.Random], None]] = [
    edit_public, edit_personal, edit_and_commit_anew, edit_and_lay_anew, turn_a_bit, turn_a_bit_of_the_hashes,
    change_a_checkpoint, delete, delete_and_close_the_gap, insert, insert_and_make_room, reorder, truncate, fork,
    sign_with_another_key,
]  # fmt: skip
BESIDE_AN_EXPORT = (turn_a_bit_of_the_hashes, insert)
"""What leaves every row and checkpoint that is handed out as it was sealed."""
OF_AN_EXPORT = [one for one in MUTATIONS if one not in BESIDE_AN_EXPORT]


class Auditor:
    """Somebody with the one-file verifier, the public key, and the checkpoint `seen` that left the machine earlier."""

    def __init__(self, seen: str, key: str) -> None:
        self.folder, self.key = TemporaryDirectory(), key
        self.seen = Path(self.folder.name) / "seen.txt"
        self.seen.write_text(seen)
        self.main = runpy.run_path(str(VERIFIER))["main"]

    def check(self) -> tuple[int, str]:
        """The status of the verifier over what the trail hands out now, and what it says."""
        path, said = Path(self.folder.name) / "trail.jsonl", StringIO()
        with path.open("wb") as file:
            file.writelines(export.lines(export.span()))
        with redirect_stdout(said):
            status = self.main([str(path), "--key", self.key, "--seen", str(self.seen)])
        return status, said.getvalue()


class Tampering(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.enterClassContext(with_keys())
        grow(100, 100, 77, 23)
        cls.seen = [one.note for one in Checkpoint.objects.all()]

    def test_is_found_every_time(self) -> None:
        dice, missed = random.Random(20251113), []
        self.assertEqual(verdict(outside=self.seen), f"{ROWS} rows")
        for number in range(machine.rounds(60, 1_000)):
            mutate = MUTATIONS[number % len(MUTATIONS)]
            with transaction.atomic():
                mutate(dice)
                if verdict(outside=self.seen).endswith(" rows"):
                    missed.append((number, mutate.__name__))
                transaction.set_rollback(True)
        self.assertEqual(missed, [])
        self.assertEqual(verdict(outside=self.seen), f"{ROWS} rows")

    def test_is_found_every_time_by_the_one_file_verifier_in_what_is_handed_out(self) -> None:
        dice, missed = random.Random(20251114), []
        auditor = Auditor(newest(), Trail.objects.get().keys[0])
        self.addCleanup(auditor.folder.cleanup)
        self.assertEqual(auditor.check()[0], 0)
        for number in range(machine.rounds(40, 1_000)):
            mutate = OF_AN_EXPORT[number % len(OF_AN_EXPORT)]
            with transaction.atomic():
                status, said = self.judged(auditor, mutate, dice)
                if status != 1:
                    missed.append((number, mutate.__name__, said))
                transaction.set_rollback(True)
        self.assertEqual(missed, [])
        for mutate in BESIDE_AN_EXPORT:
            with self.subTest(mutate.__name__), transaction.atomic():
                self.assertEqual(self.judged(auditor, mutate, dice)[0], 0)
                transaction.set_rollback(True)

    def judged(
        self, auditor: Auditor, mutate: Callable[[random.Random], None], dice: random.Random
    ) -> tuple[int, str]:
        """What the verifier says of the trail as it stands after `mutate`, handed out by whoever did it."""
        if mutate is not sign_with_another_key:
            mutate(dice)
            return auditor.check()
        with with_keys():
            edit_and_seal_anew(dice)
            return auditor.check()

    def test_names_the_first_row(self) -> None:
        Change.objects.filter(leaf__in=(41, 77)).update(verb="story.denied")
        self.assertEqual(verdict(), "Row 41 is not what was sealed.")

    def test_names_the_first_row_that_is_gone(self) -> None:
        Change.objects.filter(leaf=77).delete()
        self.assertEqual(verdict(), "Row 77 is missing.")

    def test_of_the_whole_database_is_found_from_one_checkpoint_outside(self) -> None:
        outside = newest()
        key = notes.verifier(Trail.objects.get().keys[0])
        with with_keys():
            ring.make("signing")
            Change.objects.filter(leaf=41).update(by_name="Mallory")
            Change.objects.update(who=None, what=None)
            seal_anew()
            self.assertEqual(verdict(), f"{ROWS} rows", "within itself the rewritten trail is whole")
            self.assertIn("is not signed with", verdict(outside=[outside]))
            self.assertIn("is not what was sealed", verdict(outside=[outside], keys=[key]))
            self.assertIn("is not signed with", verdict(keys=[key]))

    def test_of_the_whole_database_with_our_own_key_is_found_from_outside(self) -> None:
        outside = newest()
        Change.objects.filter(leaf=41).update(by_name="Mallory")
        Change.objects.update(who=None, what=None)
        seal_anew()
        self.assertEqual(verdict(), f"{ROWS} rows")
        self.assertEqual(verdict(outside=[outside]), "One of the rows 0 to 299 is not what was sealed.")

    def test_leaves_no_second_row_of_a_number(self) -> None:
        write(1)
        with self.assertRaises(Exception) as refused, transaction.atomic():
            Change.objects.waiting().update(leaf=7)
        self.assertIn(type(refused.exception).__name__, "IntegrityError")
        self.assertTrue(connection.is_usable())
