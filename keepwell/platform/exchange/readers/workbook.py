"""A program of its own that reads one workbook and writes its first visible sheet as lines of JSON.

A workbook of 7 KB can make any reader ask for 500 GB. So it is read in a process that may take no more
memory and time than told, and that nobody misses when it is stopped. It knows nothing of Keepwell: it is
started by path, with the workbook and the limits as its arguments. First line: {"rows": …}; then
[line, [[cell, …], …]] for each part, cells as canonical text; last {"end": true}. Instead of any of these
it may say {"problem": …, "cell": …}.
"""

from __future__ import annotations

import contextlib
import json
import posixpath
import re
import resource
import stat
import sys
import zipfile
import zlib
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import python_calamine

PART_BYTES, PART_ROWS, OVERLAP = 1 << 20, 500, 1_024
LEAST_BYTES = 8 << 20
NO_LINKS = (0, stat.S_IFREG, stat.S_IFDIR)
FORMULA = re.compile(rb"<(?:[\w.-]+:)?f[\s/>]")
FAULT = re.compile(rb"<(?:[\w.-]+:)?c\s[^<>]*\bt=[\"']e[\"']")
MERGED = re.compile(rb"<(?:[\w.-]+:)?mergeCell\s[^<>]*\bref=[\"']([A-Z0-9:]{3,21})[\"']")
PLACE = re.compile(rb"\br=[\"']([A-Z]{1,3}[0-9]{1,7})[\"']")
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Problem(Exception):
    """Why the workbook is not read, as a word that the caller says in a sentence."""

    def __init__(self, word: str, cell: str = "") -> None:
        super().__init__(word)
        self.word, self.cell = word, cell


def main(path: str, limits: dict[str, int]) -> None:
    """Bind this process, then tell the sheet or the problem."""
    bind(limits)
    try:
        tell_sheet(path, limits)
    except Problem as problem:
        tell({"problem": problem.word, "cell": problem.cell})
    except MemoryError:
        tell({"problem": "large"})
    except (zipfile.BadZipFile, zlib.error, ElementTree.ParseError, python_calamine.CalamineError,
            EOFError, KeyError, NotImplementedError, RuntimeError, UnicodeError, ValueError):  # fmt: skip
        tell({"problem": "damaged"})


def bind(limits: dict[str, int]) -> None:
    """Let this process take no more memory and time than `limits` say, and write no file."""
    for kind, most in (
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_CPU, limits["processor_seconds"]),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        # Some systems know a limit and do not let it be set.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def tell(said: Any) -> None:
    """One line of JSON to the caller."""
    sys.stdout.write(json.dumps(said, separators=(",", ":")) + "\n")


def tell_sheet(path: str, limits: dict[str, int]) -> None:
    """Look at the archive, then tell the rows of its first visible sheet."""
    with zipfile.ZipFile(path) as archive:
        weigh(archive, limits)
        parts = sheet_parts(archive)
        book = python_calamine.CalamineWorkbook.from_path(path)
        number = first_visible(book)
        search(archive, parts[number], refuses_merged=bool(limits["refuses_merged"]))
    sheet = book.get_sheet_by_index(number)
    if sheet.end is None:
        tell({"rows": 0})
    elif sheet.end[1] >= 10 * limits["columns"]:
        raise Problem("wide")
    else:
        tell({"rows": sheet.end[0] + 1})
        tell_rows(sheet)
    tell({"end": True})


def tell_rows(sheet: python_calamine.CalamineSheet) -> None:
    """The rows from the sheet's first on, in parts."""
    line, part = 1, []
    for row in sheet.iter_rows():
        cells = [told(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        part.append(cells)
        if len(part) == PART_ROWS:
            tell([line, part])
            line, part = line + PART_ROWS, []
    tell([line, part])


def told(value: Any) -> str | None:
    """A cell's value as canonical text: ISO days and moments, numbers to the 15 digits that Excel shows."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(Decimal(f"{value:.15g}"), "f")
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value)


def weigh(archive: zipfile.ZipFile, limits: dict[str, int]) -> None:
    """Refuse an archive that is no workbook, is protected, or really unpacks to too much."""
    members = archive.infolist()
    names = {member.filename for member in members}
    if len(members) > limits["members"] or len(names) < len(members):
        raise Problem("damaged")
    if "xl/workbook.xml" not in names:
        raise Problem("foreign")
    if any(name.startswith("/") or "\\" in name or ".." in name.split("/") for name in names):
        raise Problem("damaged")
    if any(stat.S_IFMT(member.external_attr >> 16) not in NO_LINKS for member in members):
        raise Problem("linked")
    packed = sum(member.compress_size for member in members)
    most = min(limits["unpacked_bytes"], max(limits["ratio"] * packed, LEAST_BYTES))
    if sum(member.file_size for member in members) > most:
        raise Problem("bomb")
    for member in members:
        if member.flag_bits & 1:
            raise Problem("locked")
        with archive.open(member) as file:
            while part := file.read(PART_BYTES):
                most -= len(part)
                if most < 0:
                    raise Problem("bomb")


def sheet_parts(archive: zipfile.ZipFile) -> list[str]:
    """The members that hold the sheets, in the order of the workbook."""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314  # bounded process
    targets = {r.get("Id"): r.get("Target", "") for r in relations}
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314  # bounded process
    sheets = [e for e in book.iter() if e.tag.rpartition("}")[2] == "sheet"]
    places = (targets[sheet.get(RELATION)] for sheet in sheets)
    return [posixpath.normpath(posixpath.join("/xl", place)).lstrip("/") for place in places]


def first_visible(book: python_calamine.CalamineWorkbook) -> int:
    """The number of the first sheet of cells that people see."""
    for number, sheet in enumerate(book.sheets_metadata):
        is_table = sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
        if is_table and sheet.visible == python_calamine.SheetVisibleEnum.Visible:
            return number
    raise Problem("sheetless")


def search(archive: zipfile.ZipFile, member: str, *, refuses_merged: bool) -> None:
    """Refuse a sheet with a formula or an error in a cell, or with merged cells if asked, and name the cell."""
    window = b""
    with archive.open(member) as file:
        while part := file.read(PART_BYTES):
            window = window[-OVERLAP:] + part
            if b"\0" in part:
                raise Problem("damaged")
            if (b"<f" in window or b":f" in window) and (found := FORMULA.search(window)):
                raise Problem("formula", place(window[: found.start()]))
            if (b't="e"' in window or b"t='e'" in window) and (found := FAULT.search(window)):
                raise Problem("fault", place(found[0]))
            if refuses_merged and b"mergeCell" in window and (found := MERGED.search(window)):
                raise Problem("merged", found[1].decode())


def place(content: bytes) -> str:
    """The last cell that is named, as B3."""
    named = PLACE.findall(content[-OVERLAP:])
    return named[-1].decode() if named else "?"


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
