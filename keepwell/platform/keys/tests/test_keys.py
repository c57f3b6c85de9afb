"""Keys are made once, kept from others, rotated without loss; what is sealed opens in its own place only."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase, override_settings

from keepwell.platform.keys.ring import make, ring
from keepwell.platform.keys.sealing import Unopenable, is_stale, place_of, seal, unseal
from keepwell.platform.keys.signing import signers

HERE = place_of("people_account", 7, "seed")


class OwnKeys(SimpleTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(override_settings(KEEPWELL_KEYS=self.folder, PRODUCTION=False))


class Rings(OwnKeys):
    def test_are_made_once_and_readable_by_their_owner_alone(self) -> None:
        self.assertEqual(ring("sealing"), ring("sealing"))
        self.assertEqual((self.folder / "sealing").stat().st_mode & 0o777, 0o600)

    def test_are_never_made_silently_in_production(self) -> None:
        with (
            override_settings(PRODUCTION=True),
            self.assertRaisesMessage(ImproperlyConfigured, "keepwell keys make"),
        ):
            ring("sealing")

    def test_that_others_can_read_are_refused(self) -> None:
        make("sealing")
        (self.folder / "sealing").chmod(0o640)
        with self.assertRaisesMessage(ImproperlyConfigured, "chmod 600"):
            ring("sealing")

    def test_of_weak_keys_are_refused(self) -> None:
        for weak in ("k:", "k:AAAA", "k:" + "QUFB" * 10 + "QUE=", "nothing"):
            path = self.folder / "signing"
            path.write_text(weak)
            path.chmod(0o600)
            with self.subTest(weak), self.assertRaises(ImproperlyConfigured):
                ring("signing")

    def test_put_the_newest_key_first(self) -> None:
        first, second = make("signing"), make("signing")
        self.assertEqual([signer.id for signer in signers()], [second.id, first.id])

    def test_made_by_eight_at_once_are_one(self) -> None:
        program = (
            "import django; from django.conf import settings;"
            f"settings.configure(KEEPWELL_KEYS={str(self.folder)!r}, PRODUCTION=False);"
            "from keepwell.platform.keys.ring import ring; print(ring('sealing')[0].id)"
        )
        started = [
            subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=dict(os.environ))
            for _ in range(8)
        ]
        self.assertEqual(len({child.communicate()[0] for child in started}), 1)

    def test_that_came_between_looking_and_making_stay_as_they_are(self) -> None:
        first, seen = ring("sealing"), iter([False])
        with mock.patch.object(Path, "exists", lambda _path: next(seen, True)):
            self.assertEqual(ring("sealing"), first)
        self.assertEqual(ring("sealing"), first)

    def test_do_not_show_their_secrets(self) -> None:
        self.assertNotIn(ring("sealing")[0].line().partition(":")[2], repr(ring("sealing")))


class Sealing(OwnKeys):
    def test_opens_in_its_own_place(self) -> None:
        self.assertEqual(unseal(seal("JBSWY3DPEHPK3PXP", place=HERE), place=HERE), "JBSWY3DPEHPK3PXP")

    def test_hides_what_it_holds_and_is_new_each_time(self) -> None:
        one, other = seal("hunter2", place=HERE), seal("hunter2", place=HERE)
        self.assertNotEqual(one, other)
        self.assertNotIn("hunter2", one)

    def test_refuses_a_value_moved_to_another_row(self) -> None:
        with self.assertRaises(Unopenable):
            unseal(seal("x", place=HERE), place=place_of("people_account", 8, "seed"))

    def test_refuses_every_flipped_character(self) -> None:
        sealed = seal("JBSWY3DPEHPK3PXP", place=HERE)
        for number, letter in enumerate(sealed[:-2]):
            other = sealed[:number] + ("A" if letter != "A" else "B") + sealed[number + 1 :]
            with self.subTest(number), self.assertRaises(Unopenable):
                unseal(other, place=HERE)

    def test_survives_a_new_key_and_says_what_is_stale(self) -> None:
        sealed = seal("x", place=HERE)
        self.assertFalse(is_stale(sealed))
        make("sealing")
        self.assertTrue(is_stale(sealed))
        self.assertEqual(unseal(sealed, place=HERE), "x")
