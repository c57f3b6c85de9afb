"""A packed file that cannot be read counts as naming somebody who is erased: nobody can show that it does not."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from unittest import TestCase

from keepwell.platform.privacy.files import names
from keepwell.platform.privacy.words import Words
from tests.machine import rounds

OTHERS = "".join(f"<t>Somebody Else {number}</t>" for number in range(300))
METHODS = (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


class APackedFile(TestCase):
    def setUp(self) -> None:
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "file"
        self.words = Words(("Mei Chen",), ())

    def packed(self, method: int) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", method) as packed:
            packed.writestr("xl/sharedStrings.xml", OTHERS)
        return file.getvalue()

    def named(self, content: bytes) -> bool:
        self.path.write_bytes(content)
        return names(self.path, self.words)

    def test_of_others_names_nobody(self) -> None:
        self.assertEqual([self.named(self.packed(method)) for method in METHODS], [False] * 3)

    def test_with_any_wrong_byte_is_judged(self) -> None:
        draw = Random(5)
        for method in METHODS:
            whole, damaged = self.packed(method), 0
            for _turn in range(rounds(60, 2_000)):
                bad = bytearray(whole)
                bad[draw.randrange(len(whole) - 22)] ^= draw.randrange(1, 256)
                damaged += self.named(bytes(bad))
            self.assertGreater(damaged, 10)
