"""T7: the store of files, and names that lead nowhere."""

from __future__ import annotations

import os
import tempfile
import unicodedata
from hashlib import sha256
from pathlib import Path
from unittest.mock import patch

import pytest
from django.test import SimpleTestCase, override_settings
from django.utils.http import content_disposition_header
from hypothesis import given
from hypothesis import strategies as st

from keepwell.platform.exchange import files

NAMES = {
    "people.csv": "people.csv",
    "人員 2023.xlsx": "人員 2023.xlsx",
    "../../etc/passwd": "passwd",
    "..\\..\\windows\\win.ini": "win.ini",
    "/etc/passwd": "passwd",
    "C:\\boot.ini": "boot.ini",
    "C:boot.ini": "C_boot.ini",
    "..%2f..%2fetc%2fpasswd": "passwd",
    "%252e%252e%252fpasswd": "passwd",
    "%2e%2e": "file",
    "a\u2044b\u2215c\uff0fd\uff3ce.csv": "e.csv",
    "people.csv\0.exe": "people.csv.exe",
    "people.csv\r\nSet-Cookie: a=b": "people.csvSet-Cookie_ a=b",
    'a"; filename="b.csv': "a__ filename=_b.csv",
    "\u202efdp.exe": "fdp.exe",
    "a\u200b\u2066b.csv": "ab.csv",
    "...": "file",
    "": "file",
    ".htaccess": "htaccess",
    "name. ": "name",
    "CON": "file-CON",
    "con.csv": "file-con.csv",
    "LPT1.tar.gz": "file-LPT1.tar.gz",
    "com¹": "file-com¹",
    "console.csv": "console.csv",
    "x" * 4_096 + ".xlsx": "x" * 115 + ".xlsx",
}


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_becomes_harmless(name: str) -> None:
    assert files.safe_name(name) == NAMES[name]


class AnyName(SimpleTestCase):
    @given(name=st.text(max_size=200))
    def test_is_one_part_of_a_path_on_every_system(self, name: str) -> None:
        safe = files.safe_name(name)
        self.assertTrue(0 < len(safe) <= files.LONGEST_NAME + len("file-"))
        self.assertFalse(
            set(safe) & set('/\\:*?"<>|%;\0\r\n') or safe.startswith(".") or safe.endswith((".", " "))
        )
        self.assertFalse([c for c in safe if unicodedata.category(c)[0] in "CZ" and c != " "])
        self.assertEqual(files.safe_name(safe), safe)

    @given(name=st.text(max_size=50))
    def test_makes_a_header_of_one_line(self, name: str) -> None:
        header = content_disposition_header(True, files.safe_name(name))
        self.assertTrue(
            header.startswith("attachment; filename") and header.isascii() and header.isprintable()
        )


class Store(SimpleTestCase):
    def setUp(self) -> None:
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        changed = override_settings(KEEPWELL_DATA=place.name)
        changed.enable()
        self.addCleanup(changed.disable)

    def test_keeps_a_file_once_under_its_digest(self) -> None:
        kept = files.keep(b"a,b\n1,2\n")
        self.assertEqual((kept.sha256, kept.size_bytes), (sha256(b"a,b\n1,2\n").hexdigest(), 8))
        self.assertEqual(files.keep(b"a,b\n1,2\n"), kept)
        self.assertEqual(files.fetch(kept.sha256), b"a,b\n1,2\n")
        self.assertEqual(len([p for p in files.folder().rglob("*") if p.is_file()]), 1)

    def test_says_when_a_file_is_no_longer_what_it_was(self) -> None:
        kept = files.keep(b"a,b\n1,2\n")
        files.path_of(kept.sha256).write_bytes(b"a,b\n1,3\n")
        with self.assertRaisesMessage(ValueError, "is damaged"):
            files.fetch(kept.sha256)

    def test_leaves_nothing_half_written_when_the_disk_fails(self) -> None:
        with (
            patch.object(os, "fsync", side_effect=OSError(28, "No space left on device")),
            self.assertRaises(OSError),
        ):
            files.keep(b"a,b\n")
        self.assertEqual([p for p in files.folder().rglob("*") if p.is_file()], [])

    def test_finds_nothing_by_what_is_no_digest(self) -> None:
        for digest in ("../../etc/passwd", "", "A" * 64, f"{'a' * 64}\n", "a" * 63):
            with self.assertRaises(ValueError):
                files.path_of(digest)

    def test_lies_in_the_data_folder_alone(self) -> None:
        self.assertTrue(files.path_of("a" * 64).resolve().is_relative_to(Path(files.folder()).resolve()))
