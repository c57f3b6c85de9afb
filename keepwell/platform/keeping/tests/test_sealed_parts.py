"""A backup file that was changed, cut off or lengthened anywhere is refused; nothing else ever comes of it."""

from __future__ import annotations

import secrets
from contextlib import suppress
from io import BytesIO
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import SimpleTestCase

from keepwell.kernel.refusing import Refused
from keepwell.platform.keeping.parts import PartReader, PartWriter
from keepwell.platform.keeping.sealed_file import CHUNK, SealedReader, SealedWriter
from keepwell.platform.keys.ring import Key
from keepwell.platform.keys.signing import Signer
from tests import machine

KEY = Key("aaaaaaaa", bytes(range(32)))
SIGNER = Signer("bbbbbbbb", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def written(*contents: bytes, key: Key = KEY) -> bytes:
    """A backup with a part for each of `contents`."""
    file = BytesIO()
    writer = PartWriter(SealedWriter(file, key, {"version": "1.2.3", "made_at": "2025-11-13T21:12:00+00:00"}))
    manifest = {}
    for number, content in enumerate(contents):
        with writer.part(f"part {number}", packed=number % 2 == 0) as part:
            part.write(content)
            manifest[f"part {number}"] = part.end()
    writer.sign(manifest, SIGNER)
    return file.getvalue()


def read(file: bytes, *keys: Key) -> list[bytes]:
    """The contents of every part of `file`."""
    reader = PartReader(SealedReader(BytesIO(file), keys or (KEY,)))
    found = [b"".join(part.content()) for part in reader.parts()]
    assert reader.seal is not None
    return found


class Reading(SimpleTestCase):
    def test_gives_back_what_was_written(self) -> None:
        large = secrets.token_bytes(CHUNK - 40)
        for contents in ([], [b""], [b"a" * 3 * CHUNK, large], [large, b"", b"x" * CHUNK]):
            self.assertEqual(read(written(*contents)), contents)

    def test_tells_nothing_without_the_key(self) -> None:
        file = written(b"a secret that many would like to read")
        self.assertNotIn(b"secret", file)
        with self.assertRaisesMessage(Refused, "aaaaaaaa, which is not here"):
            read(file, Key("cccccccc", bytes(32)))

    def test_refuses_another_key_of_the_same_name(self) -> None:
        with self.assertRaisesMessage(Refused, "damaged"):
            read(written(b"content"), Key("aaaaaaaa", bytes(range(1, 33))))

    def test_refuses_what_is_no_backup(self) -> None:
        for content in (b"", b"PK\x03\x04", b"keepwell", b"number,name\n" * 50):
            with self.assertRaisesMessage(Refused, "is no backup"):
                read(content)

    def test_refuses_a_later_form(self) -> None:
        with self.assertRaisesMessage(Refused, "newer version"):
            read(written(b"content").replace(b"keepwell-backup 1", b"keepwell-backup 2"))


class Damage(SimpleTestCase):
    def setUp(self) -> None:
        self.file = written(b"rows " * 20, b"a file")

    def refused(self, file: bytes) -> bool:
        """Whether `file` is refused in a sentence; any other error is an error."""
        with suppress(Refused):
            read(file)
            return False
        return True

    def test_of_any_one_bit_is_found(self) -> None:
        missed = []
        for bit in range(len(self.file) * 8):
            changed = bytearray(self.file)
            changed[bit // 8] ^= 1 << bit % 8
            if not self.refused(bytes(changed)):
                missed.append(bit)
        self.assertEqual(missed, [])

    def test_by_cutting_off_anywhere_is_found(self) -> None:
        self.assertEqual([n for n in range(len(self.file)) if not self.refused(self.file[:n])], [])

    def test_by_adding_anything_is_found(self) -> None:
        for more in (b"\0", b"\n", self.file[-40:], self.file):
            self.assertTrue(self.refused(self.file + more))

    def test_in_a_large_file_is_found(self) -> None:
        draw, file = Random(1), written(secrets.token_bytes(5 * CHUNK))
        for _round in range(machine.rounds(60, 2_000)):
            changed, place = bytearray(file), draw.randrange(len(file) * 8)
            changed[place // 8] ^= 1 << place % 8
            self.assertTrue(self.refused(bytes(changed)), place)
            self.assertTrue(self.refused(file[: draw.randrange(len(file))]))

    def test_by_moving_pieces_is_found(self) -> None:
        file = written(secrets.token_bytes(3 * CHUNK))
        size = CHUNK + 16
        head = file.index(b"\n", file.index(b"\n", file.index(b"\n") + 1) + 1) + 1
        first, second = file[head : head + size], file[head + size : head + 2 * size]
        self.assertTrue(self.refused(file.replace(first + second, second + first)))
        self.assertTrue(self.refused(file.replace(first + second, second)))
        self.assertTrue(self.refused(file.replace(second, first)))

    def test_is_not_seen_where_there_is_none(self) -> None:
        self.assertFalse(self.refused(self.file))
