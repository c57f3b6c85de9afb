"""T8: whatever text goes into a file comes out of it again, and no spreadsheet runs any of it."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from unittest import TestCase

import openpyxl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keepwell.kernel.refusing import Refused
from keepwell.platform.exchange import writers
from keepwell.platform.exchange.readers import open_table
from tests.machine import rounds

ROUNDS = rounds(60, 2_000)
RUNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
INJECTION = '<r></r></is></c><c r="C1" t="str"><f>HYPERLINK("http://x.example")</f><v>x</v></c><c><is><r></r>'
# NUL and lone surrogates are no text that a database keeps; U+FFFE and U+FFFF are no characters of XML.
LETTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\0\ufffe\uffff")
DANGER = st.sampled_from(
    [
        *RUNS,
        "'",
        '"',
        ";",
        ",",
        "\n",
        " ",
        "\u00a0",
        "\u3000",
        "\ufeff",
        "\u200b",
        "_x000D_",
        "<r>",
        "</r>",
        "\x1f",
        "1",
        "a",
    ]
)
CELLS = st.one_of(st.text(LETTERS, max_size=20), st.lists(DANGER, max_size=8).map("".join))
ROWS = st.lists(st.lists(CELLS, min_size=3, max_size=3).filter(any), min_size=1, max_size=5)
HEADINGS = ["id", "name", "note"]


def read_back(content: bytes) -> list[list[str]]:
    """The rows of a file, an empty cell as empty text."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "export"
        path.write_bytes(content)
        table = open_table(path)
        assert table.headings == HEADINGS
        return [[cell or "" for cell in cells] for _line, cells in table]


def csv_of(rows: Iterable[Sequence[str]]) -> bytes:
    return b"".join(writers.write_csv(HEADINGS, rows))


def xlsx_of(rows: Iterable[Sequence[str]]) -> bytes:
    file = io.BytesIO()
    writers.write_xlsx(HEADINGS, rows, file)
    return file.getvalue()


class AnyText(TestCase):
    @settings(max_examples=ROUNDS * 5, deadline=None)
    @given(rows=ROWS)
    @example(rows=[["'", "''=1", ";'-1"], ["\r", "\n'\n", "\t"], ["-1.5", "+886 2", "=1+1"]])
    def test_comes_back_from_csv(self, rows: list[list[str]]) -> None:
        self.assertEqual(read_back(csv_of(rows)), rows)

    @settings(max_examples=ROUNDS * 5, deadline=None)
    @given(rows=ROWS)
    def test_never_begins_a_cell_of_csv_like_a_formula_whatever_parts_the_cells(
        self, rows: list[list[str]]
    ) -> None:
        # The first column of every file of ours is a key, never a number.
        text = csv_of([f"KAO-{n}", *row] for n, row in enumerate(rows)).decode("utf-8-sig")
        for delimiter in ",;\t":
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
                for cell in row:
                    shown = cell.strip().strip('"').lstrip()
                    self.assertTrue(writers.NUMBER.fullmatch(shown) or not shown.startswith(RUNS), repr(cell))

    @settings(max_examples=ROUNDS, deadline=None)
    @given(rows=ROWS)
    @example(rows=[["_x0041_", "_x005F_", "a\r\nb"], ["<r>\x1f</r>", INJECTION, " \u2028 "]])
    def test_comes_back_from_a_workbook(self, rows: list[list[str]]) -> None:
        self.assertEqual(read_back(xlsx_of(rows)), rows)

    @settings(max_examples=ROUNDS, deadline=None)
    @given(rows=ROWS)
    @example(rows=[["=1+1", "{=1+1}", "http://x.example"], [INJECTION, "12", "<r>=1</r>"]])
    def test_is_never_a_formula_a_link_or_a_number_of_a_workbook(self, rows: list[list[str]]) -> None:
        sheet = openpyxl.load_workbook(io.BytesIO(xlsx_of(rows))).active
        found = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        self.assertEqual({cell.data_type for cell in found}, {"s"})
        self.assertFalse([cell for cell in found if cell.hyperlink])
        self.assertLessEqual(sheet.max_column, 3)


class Numbers(TestCase):
    def test_stay_numbers_in_csv(self) -> None:
        self.assertEqual([writers.guarded(c) for c in ("-1", "+1.5", "007")], ["-1", "+1.5", "007"])
        self.assertEqual(writers.guarded("-1+2"), "'-1+2")


class Headings(TestCase):
    def test_are_guarded_too(self) -> None:
        content = b"".join(writers.write_csv(["=1+1", "b"], [["A", "B"]]))
        self.assertTrue(content.startswith(b"\xef\xbb\xbf'=1+1,b\r\n"))


class TooMuch(TestCase):
    def test_for_a_workbook_is_refused_instead_of_cut(self) -> None:
        with self.assertRaises(Refused) as refusal:
            xlsx_of([["a", "b", "x" * 32_768]])
        self.assertIn("Row 1 has a text too long for a workbook", str(refusal.exception))
        self.assertEqual(read_back(xlsx_of([["a", "b", "x" * 32_767]]))[0][2], "x" * 32_767)
