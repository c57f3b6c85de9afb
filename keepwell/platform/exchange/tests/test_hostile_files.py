"""No file, however bad, does more than be refused in one clear sentence."""

from __future__ import annotations

import io
import os
import subprocess
import tempfile
import time
from pathlib import Path
from unittest import TestCase

import openpyxl
import pytest

from keepwell.platform.exchange.readers import FileRefused, Limits, open_table
from keepwell.platform.exchange.tests.hostile import HOSTILE, SHEET, members, workbook
from keepwell.platform.exchange.tests.hostile_workbooks import HARMLESS, MORE
from tests.machine import rounds

SECONDS = 10
SLOW = {"1.4 MB to 372 MB"}  # a quarter of a minute to make
ALL = {kind: told for kind, told in {**HOSTILE, **MORE}.items() if rounds(kind not in SLOW, True)}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("kind", ALL)
def test_a_hostile_file_is_refused_in_one_sentence(kind: str, tmp_path: Path) -> None:
    make, said = ALL[kind]
    path = tmp_path / "delivery"
    path.write_bytes(make())
    started = time.monotonic()
    with pytest.raises(FileRefused) as refusal:
        list(open_table(path))
    sentence = str(refusal.value)
    assert said in sentence
    assert sentence.endswith(".") and sentence.count(". ") == 0 and "\n" not in sentence
    assert time.monotonic() - started < SECONDS


@pytest.mark.parametrize("kind", HARMLESS)
def test_a_strange_file_is_read_within_bounds(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "delivery"
    path.write_bytes(HARMLESS[kind]())
    started = time.monotonic()
    read = repr(list(open_table(path)))
    assert "root:" not in read
    assert len(read) < 1_000
    assert time.monotonic() - started < SECONDS


class Bounds(TestCase):
    def opened(self, content: bytes, limits: Limits) -> list[object]:
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / "delivery"
            path.write_bytes(content)
            return list(open_table(path, limits=limits))

    def refused(self, content: bytes, limits: Limits) -> str:
        with self.assertRaises(FileRefused) as refusal:
            self.opened(content, limits)
        return str(refusal.exception)

    def test_a_file_may_be_as_large_as_the_limit(self) -> None:
        self.assertEqual(self.opened(b"unit\nA\n", Limits(size_bytes=7)), [(2, ["A"])])
        self.assertIn("larger than 0 MB", self.refused(b"unit\nAB\n", Limits(size_bytes=7)))

    def test_a_file_may_have_as_many_rows_as_the_limit(self) -> None:
        self.assertEqual(len(self.opened(b"unit\nA\nB\n", Limits(rows=2))), 2)
        self.assertIn("more than 2 rows", self.refused(b"unit\nA\nB\nC\n", Limits(rows=2)))

    def test_a_file_may_have_256_columns_and_cells_of_32767_characters(self) -> None:
        heading = ",".join(f"c{n}" for n in range(256))
        rows = self.opened(f"{heading}\n{'x' * 32_767}\n".encode(), Limits())
        self.assertEqual(len(rows), 1)

    def test_a_workbook_is_weighed_by_what_it_really_unpacks_to(self) -> None:
        unpacked = sum(map(len, members(workbook(["unit"], ["A"])).values()))
        self.assertEqual(len(self.opened(workbook(["unit"], ["A"]), Limits(unpacked_bytes=unpacked))), 1)
        said = self.refused(workbook(["unit"], ["A"]), Limits(unpacked_bytes=unpacked - 100))
        self.assertIn("unpacks to more", said)

    def test_a_workbook_that_takes_too_long_is_given_up(self) -> None:
        content = workbook(["unit"], *([n] for n in range(60_000)))
        self.assertIn("too much memory or time", self.refused(content, Limits(processor_seconds=0)))

    def test_no_reader_stays_behind(self) -> None:
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / "delivery"
            path.write_bytes(workbook(["unit"], *([n] for n in range(5_000))))
            table = iter(open_table(path))
            next(table)
            del table
        told = subprocess.run(
            ["ps", "--ppid", str(os.getpid()), "-o", "args="], capture_output=True, text=True
        )
        self.assertNotIn("workbook.py", told.stdout)

    def test_a_formula_in_another_sheet_does_no_harm(self) -> None:
        book, file = openpyxl.Workbook(), io.BytesIO()
        book.active.append(["unit"])
        book.active.append(["KAO-1"])
        book.create_sheet("Sums")["A1"] = "=COUNTA(A:A)"
        book.save(file)
        self.assertIn(SHEET, members(file.getvalue()))
        self.assertEqual(self.opened(file.getvalue(), Limits()), [(2, ["KAO-1"])])
