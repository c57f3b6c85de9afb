"""Every reader, fed with sound files that were broken at random: a table, or one sentence, and soon."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest import TestCase

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepwell.platform.exchange import cells
from keepwell.platform.exchange.readers import FileRefused, open_table
from keepwell.platform.exchange.tests.hostile import workbook
from tests.machine import rounds

ROWS = [["number", "name", "unit"], ["B0000001", "林小明", "KHH1"], ["B0000002", 'A "quoted", name', "KHH2"]]
PLAIN = "\r\n".join(",".join(f'"{cell}"' if '"' in cell else cell for cell in row) for row in ROWS).replace(
    '"quoted"', '""quoted""'
)
DELIMITED = {
    "UTF-8": PLAIN.encode(), "UTF-8 with its mark": b"\xef\xbb\xbf" + PLAIN.encode(),
    "UTF-16": PLAIN.encode("utf-16"), "Big5": PLAIN.encode("cp950"), "semicolons": PLAIN.replace(",", ";").encode(),
}  # fmt: skip
NASTY = (
    b"\0",
    b"\xff",
    b'"',
    b"\r",
    b"\n",
    b",",
    b"\xed\xa0\x80",
    b"\xe2\x80\xae",
    b"PK\3\4",
    b"<!DOCTYPE",
    b"&x;",
    b"=1+1",
)
SECONDS = 10

Change = Callable[[bytes], bytes]


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """One way to break a file: bytes taken out, put in, turned, repeated, or the end cut off."""
    kind, place = draw(st.sampled_from(["cut", "drop", "put", "turn", "repeat"])), draw(st.floats(0, 1))
    length, what = draw(st.integers(1, 40)), draw(st.sampled_from(NASTY) | st.binary(min_size=1, max_size=8))

    def change(content: bytes) -> bytes:
        at = int(place * len(content))
        if kind == "cut":
            return content[:at]
        if kind == "drop":
            return content[:at] + content[at + length :]
        if kind == "put":
            return content[:at] + what + content[at:]
        if kind == "repeat":
            return content[:at] + content[at : at + length] * length + content[at:]
        return (
            content[:at] + bytes(byte ^ 0x5A for byte in content[at : at + length]) + content[at + length :]
        )

    return change


BROKEN = st.lists(changes(), min_size=1, max_size=4)


class Readers(TestCase):
    def read(self, content: bytes) -> None:
        """Read to the end; what is refused is refused in one sentence."""
        with tempfile.TemporaryDirectory() as place:
            path, began = Path(place) / "delivery", time.monotonic()
            path.write_bytes(content)
            try:
                table = open_table(path)
                for _line, row in table:
                    self.assertEqual(len(row), len(table.headings))
            except FileRefused as refusal:
                said = str(refusal)
                self.assertTrue(said.endswith("."), said)
                self.assertNotIn("\n", said)
                self.assertNotIn("Traceback", said)
            self.assertLess(time.monotonic() - began, SECONDS)

    @settings(max_examples=rounds(60, 5_000), deadline=None, suppress_health_check=list(HealthCheck))
    @given(kind=st.sampled_from(sorted(DELIMITED)), how=BROKEN)
    def test_survive_broken_text(self, kind: str, how: list[Change]) -> None:
        content = DELIMITED[kind]
        for change in how:
            content = change(content)
        self.read(content)

    @settings(max_examples=rounds(6, 1_000), deadline=None, suppress_health_check=list(HealthCheck))
    @given(how=BROKEN)
    def test_survive_broken_workbooks(self, how: list[Change]) -> None:
        content = workbook(*map(list, ROWS))
        for change in how:
            content = change(content)
        self.read(content)


CELLS: dict[str, Callable[[str], object]] = {
    name: found for name in ("text", "items", "mapping", "day", "moment", "integer", "decimal", "boolean")
    if callable(found := getattr(cells, name, None))
}  # fmt: skip
AWKWARD = st.sampled_from(
    ["NaN", "Infinity", "-0", "1e400", "9" * 5_000, "٣", "½", "\u202e1", "1_000", "0x10", "[" * 100_000, "{" * 100_000,
     '{"a":' * 50_000, "2023-02-29", "9999-99-99", "0000-01-01", "2023-01-01T25:00", "\ud800", "\0", "", "|" * 10_000]
)  # fmt: skip


class Cells(TestCase):
    @settings(max_examples=rounds(200, 20_000), deadline=None)
    @given(kind=st.sampled_from(sorted(CELLS)), told=AWKWARD | st.text(max_size=40))
    def test_become_a_value_or_say_what_is_expected(self, kind: str, told: str) -> None:
        try:
            CELLS[kind](told)
        except cells.CellError as error:
            self.assertTrue(error.expected)
