"""What is read of honest files: the same table whatever the format and the encoding."""

from __future__ import annotations

import tempfile
from datetime import date, datetime, time
from pathlib import Path
from unittest import TestCase

from keepwell.platform.exchange.readers import open_table
from keepwell.platform.exchange.readers.table import SourceTable
from keepwell.platform.exchange.tests.hostile import sheet_of, workbook

TABLE = "單位,姓名\r\n高雄封測一廠,陳怡君\r\n新竹晶圓廠,林志豪\r\n"
ROWS = [(2, ["高雄封測一廠", "陳怡君"]), (3, ["新竹晶圓廠", "林志豪"])]


class Reading(TestCase):
    def setUp(self) -> None:
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.path = Path(place.name) / "delivery"

    def table(self, content: bytes) -> SourceTable:
        self.path.write_bytes(content)
        return open_table(self.path)

    def rows(self, content: bytes) -> list[tuple[int, list[str | None]]]:
        return list(self.table(content))


class Encodings(Reading):
    def test_utf_8_is_read_with_and_without_its_mark(self) -> None:
        self.assertEqual(self.rows(TABLE.encode()), ROWS)
        self.assertEqual(self.table(TABLE.encode("utf-8-sig")).headings, ["單位", "姓名"])

    def test_utf_16_is_read_by_its_mark(self) -> None:
        self.assertEqual(self.rows(f"\ufeff{TABLE}".encode("utf-16-le")), ROWS)
        self.assertEqual(self.rows(f"\ufeff{TABLE}".encode("utf-16-be")), ROWS)

    def test_big5_is_recognized(self) -> None:
        self.assertEqual(self.rows(TABLE.encode("cp950")), ROWS)

    def test_a_letter_cut_between_two_parts_stays_whole(self) -> None:
        filler = "x" * 30_000
        content = "unit\n" + "".join(f"{filler}é\n" for _ in range(120))
        self.assertEqual({cells[0] for _line, cells in self.rows(content.encode())}, {f"{filler}é"})


class Delimited(Reading):
    def test_the_delimiter_is_the_one_that_parts_the_heading(self) -> None:
        for mark in ",;\t":
            with self.subTest(mark=mark):
                content = f'"a, b; c"{mark}d\nA{mark}B\n'.encode()
                self.assertEqual(self.table(content).headings, ["a, b; c", "d"])

    def test_every_cell_is_text_and_an_empty_one_is_none(self) -> None:
        self.assertEqual(self.rows(b"a,b,c\n007,,=1+1\n"), [(2, ["007", None, "=1+1"])])

    def test_a_row_has_the_line_it_begins_at(self) -> None:
        self.assertEqual(self.rows(b'a,b\n"x\ny",1\n\nz,2\n'), [(2, ["x\ny", "1"]), (5, ["z", "2"])])

    def test_a_short_row_is_filled_and_blank_cells_beyond_are_dropped(self) -> None:
        self.assertEqual(self.rows(b"a,b\nA\nB,C,,\n"), [(2, ["A", None]), (3, ["B", "C"])])

    def test_headings_alone_are_a_table_without_rows(self) -> None:
        table = self.table(b"a,b\r\n")
        self.assertEqual((table.headings, table.total, list(table)), (["a", "b"], 0, []))

    def test_headings_lose_blanks_and_marks_that_do_not_show(self) -> None:
        self.assertEqual(
            self.table("\u200b Employee\n no. ,b\nA,B".replace("\n no", " no").encode()).headings[0],
            "Employee no.",
        )

    def test_the_number_of_rows_is_told_before_they_are_read(self) -> None:
        self.assertEqual(self.table(b"a\nA\nB\nC").total, 3)
        self.assertEqual(self.table(b"a\rA\rB\r").total, 2)


class Workbooks(Reading):
    def test_values_become_canonical_text(self) -> None:
        values = [
            date(2023, 2, 28),
            datetime(2023, 2, 28, 8, 15),
            time(8, 15),
            True,
            30.0,
            0.1 + 0.2,
            1e-7,
            "007",
        ]
        rows = self.rows(workbook([f"c{n}" for n in range(8)], values))
        told = ["2023-02-28", "2023-02-28T08:15:00", "08:15:00", "true", "30", "0.3", "0.0000001", "007"]
        self.assertEqual(rows, [(2, told)])

    def test_a_row_has_its_line_in_the_sheet(self) -> None:
        self.assertEqual(self.rows(workbook([], ["a"], [None], ["A"])), [(4, ["A"])])

    def test_text_escaped_in_the_sheet_is_read_as_it_was(self) -> None:
        cell = '<row r="2"><c r="A2" t="inlineStr"><is><t>a_x000D_b &lt;f&gt;</t></is></c></row>'
        self.assertEqual(self.rows(sheet_of(cell)), [(2, ["a\rb <f>"])])

    def test_parts_join_without_loss(self) -> None:
        rows = self.rows(workbook(["a"], *([n] for n in range(1_501))))
        self.assertEqual(rows, [(n + 2, [str(n)]) for n in range(1_501)])

    def test_headings_alone_are_a_table_without_rows(self) -> None:
        self.assertEqual(self.rows(workbook(["a", "b"])), [])
