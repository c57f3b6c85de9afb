"""The sealed trail: numbered, signed, proved, checked, and erased from."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from keepwell.kernel import notes
from keepwell.kernel.merkle import leaf_hash, root_by_inclusion
from keepwell.kernel.refusing import Refused
from keepwell.platform.history import entries, personal, proofs, sequencer
from keepwell.platform.history.acting import acting
from keepwell.platform.history.ledger import Checkpoint, Trail
from keepwell.platform.history.models import Change
from keepwell.platform.history.tests.sealed import grow, newest, verdict, with_keys, write
from keepwell.platform.keys import ring
from tests.cast import Cast


def is_proved(told: dict[str, object]) -> bool:
    """Whether a proof file holds, as an outsider reckons it."""
    key = notes.verifier(told["keys"][-1])
    found = notes.checkpoint(notes.opened(told["checkpoint"], [key])[0])
    leaf = leaf_hash(entries.canonical(told["entry"]).encode())
    path = [bytes.fromhex(step) for step in told["path"]]
    held = [
        told[part] == {"erased": True}
        or sha256(
            bytes.fromhex(told[part]["salt"]) + entries.canonical(told[part]["value"]).encode()
        ).hexdigest()
        == told["entry"][part]
        for part in ("who", "what")
    ]
    return all(held) and root_by_inclusion(leaf, told["leaf"], told["size"], path) == found.root


class Sealing(Cast, TestCase):
    def setUp(self) -> None:
        self.enterContext(with_keys())

    def test_numbers_every_row_in_the_order_written(self) -> None:
        count = Change.objects.count()
        self.assertEqual(sequencer.seal(), count)
        leaves = list(Change.objects.order_by("id").values_list("leaf", flat=True))
        self.assertEqual(leaves, list(range(count)))
        self.assertEqual(sequencer.seal(), 0)
        self.assertEqual(Checkpoint.objects.count(), 1)

    def test_holds_after_every_step(self) -> None:
        grow(1, 300, 2, 0, 77)
        self.assertEqual(verdict(), f"{Change.objects.count()} rows")
        self.assertEqual(Checkpoint.objects.count(), 4)

    def test_waits_with_a_checkpoint_until_it_is_due(self) -> None:
        grow(1)
        write(3)
        sequencer.advance()
        self.assertEqual(Change.objects.waiting().count(), 0)
        self.assertEqual(Checkpoint.objects.count(), 1)
        Trail.objects.update(signed_at=timezone.now() - timedelta(seconds=41))
        sequencer.advance()
        self.assertEqual(Checkpoint.objects.latest("size").size, Change.objects.count())

    def test_signs_after_a_thousand_rows(self) -> None:
        grow(1)
        write(1_001)
        sequencer.advance()
        sizes = list(Checkpoint.objects.order_by("size").values_list("size", flat=True))
        self.assertEqual(sizes[1] - sizes[0], 1_000)
        trail = Trail.objects.get()
        self.assertEqual(trail.size - trail.signed, 1)

    def test_proves_each_row(self) -> None:
        grow(300)
        for leaf in (0, 1, 255, 256, 299):
            self.assertTrue(is_proved(proofs.proof(leaf)))

    def test_proves_nothing_before_its_checkpoint(self) -> None:
        grow(1)
        write(1)
        sequencer.advance()
        with self.assertRaisesMessage(Refused, "try again in a minute"):
            proofs.proof(Trail.objects.get().size - 1)
        self.assertRaises(KeyError, proofs.proof, 1_000_000)

    def test_finds_a_proof_for_another_row_wrong(self) -> None:
        grow(300)
        told = proofs.proof(7)
        for part, value in (("verb", "story.denied"), ("at", "2025-11-13T21:12:00.000001Z"), ("unit", None)):
            changed = told | {"entry": told["entry"] | {part: value}}
            self.assertEqual(is_proved(changed), changed["entry"] == told["entry"])

    def test_hashes_the_public_part_as_written_down(self) -> None:
        with acting(self.ada, "person.rename", reason="married"):
            self.eva.name = "Eva Lin"
            self.eva.save()
        sequencer.seal()
        row = Change.objects.latest("id")
        told = proofs.proof(row.leaf)
        entry = told["entry"]
        self.assertEqual(
            entries.canonical(entry),
            f'{{"at":"{row.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}","batch":null,"by":"{self.ada.pk}","kind":"change",'
            f'"record":"{self.eva.pk}","record_type":"people.person","unit":"{self.khh1.pk}",'
            f'"verb":"person.rename","version":2,"what":"{entry["what"]}","who":"{entry["who"]}"}}',
        )
        self.assertEqual(told["who"]["value"], {"name": "Ada Lin"})
        self.assertEqual(told["what"]["value"], {"after": {"name": "Eva Lin"}, "answers": {"reason": "married"},
                                                 "before": {"name": "Eva Chen"}})  # fmt: skip


class Keys(Cast, TestCase):
    def setUp(self) -> None:
        self.enterContext(with_keys())

    def test_pass_on_under_the_signatures_of_both(self) -> None:
        grow(5)
        old = notes.verifier(Trail.objects.get().keys[0])
        ring.make("signing")
        grow(5, 5)
        told, new = Trail.objects.get().keys
        self.assertEqual((told, verdict()), (str(old), f"{Change.objects.count()} rows"))
        second, third = Checkpoint.objects.order_by("size")[1:]
        text, by = notes.opened(second.note, [old, notes.verifier(new)])
        self.assertEqual([str(one) for one in by], [told, new])
        self.assertEqual([str(key) for key in notes.checkpoint(text).keys], [new])
        self.assertRaises(notes.NotSigned, notes.opened, third.note, [old])
        self.assertEqual(verdict(keys=[old]), f"{Change.objects.count()} rows")

    def test_that_are_gone_stop_the_signing(self) -> None:
        grow(5)
        with with_keys():
            write(1)
            with self.assertRaisesMessage(Refused, "bring back the key file"):
                sequencer.seal()
            self.assertIn("is not signed with our key", verdict())
        grow(1)
        self.assertEqual(verdict(), f"{Change.objects.count()} rows")


class Forgetting(Cast, TestCase):
    def setUp(self) -> None:
        self.enterContext(with_keys())

    def rows(self):
        return Change.objects.of(self.eva)

    def test_leaves_every_proof_whole(self) -> None:
        grow(300)
        leaf = self.rows().first().leaf
        before = newest()
        self.assertEqual(personal.forget(self.rows()), 1)
        told = proofs.proof(leaf)
        self.assertEqual((told["who"], told["what"]), ({"erased": True}, {"erased": True}))
        self.assertTrue(is_proved(told))
        self.assertEqual(verdict(outside=[before]), f"{Change.objects.count()} rows")
        grow(1)
        self.assertEqual(verdict(outside=[before]), f"{Change.objects.count()} rows")

    def test_reaches_rows_that_are_not_sealed_yet(self) -> None:
        personal.forget(self.rows())
        grow(1)
        row = self.rows().get()
        self.assertEqual((row.by_name, row.after, row.who_salt, row.what_salt), ("", {}, None, None))
        self.assertTrue(is_proved(proofs.proof(row.leaf)))
        self.assertEqual(verdict(), f"{Change.objects.count()} rows")

    def test_of_names_keeps_what_was_changed(self) -> None:
        grow(1)
        personal.forget_names(self.rows())
        row = self.rows().get()
        self.assertEqual((row.by_name, row.after["name"]), ("", "Eva Chen"))
        self.assertTrue(is_proved(proofs.proof(row.leaf)))

    def test_leaves_nothing_that_a_dictionary_of_names_would_open(self) -> None:
        grow(1)
        kept = {bytes(row.who) for row in self.rows()} | {bytes(row.what) for row in self.rows()}
        salts = [bytes(row.who_salt) for row in self.rows()]
        name = self.rows().get().by_name
        self.assertIn(entries.commit(entries.canonical({"name": name}), salts[0]), kept)
        personal.forget(self.rows())
        left = [
            b"",
            *(
                bytes(salt)
                for salt in Change.objects.exclude(who_salt=None).values_list("who_salt", flat=True)
            ),
        ]
        names = [
            name,
            *(f"{first} {last}" for first in ("Ada", "Ben", "Eva") for last in ("Chen", "Lin", "Tan")),
        ]
        guesses = {entries.commit(entries.canonical({"name": one}), salt) for one in names for salt in left}
        self.assertFalse(guesses & kept)

    def test_cannot_hide_a_change(self) -> None:
        grow(1)
        self.rows().update(who_salt=None, by_name="Mallory")
        self.assertIn("is not what was sealed", verdict())


class Cost(Cast, TestCase):
    def test_of_a_proof_is_a_few_tiles(self) -> None:
        self.enterContext(with_keys())
        grow(600)
        with self.assertNumQueries(6):
            proofs.proof(300)

    def test_of_sealing_does_not_grow_with_the_trail(self) -> None:
        self.enterContext(with_keys())
        queries = []
        for _step in range(3):
            grow(300)
            write(1)
            with CaptureQueriesContext(connection) as asked:
                sequencer.seal()
            queries.append(len(asked))
        self.assertEqual(len(set(queries)), 1, queries)
