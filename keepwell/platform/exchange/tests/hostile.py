"""Files as an enemy or a bad day would send them, made when needed, and what is to be said of each."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from itertools import product

import openpyxl

SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"
HEADING = '<row r="1"><c r="A1" t="inlineStr"><is><t>unit</t></is></c></row>'


def workbook(*rows: list[object]) -> bytes:
    """A workbook as a spreadsheet program saves it."""
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def archive(members: dict[str, bytes | str]) -> bytes:
    """A zip archive of these members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return file.getvalue()


def members(content: bytes) -> dict[str, bytes | str]:
    """What an archive holds."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def sheet_of(rows: str) -> bytes:
    """A workbook whose sheet holds these rows of XML after one heading."""
    return whole_sheet(f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{HEADING}{rows}</sheetData></worksheet>')


def whole_sheet(content: str | bytes) -> bytes:
    """A workbook whose sheet is this XML."""
    return archive({**members(workbook(["unit"])), SHEET: content})


def with_member(name: str, content: bytes | str = "x") -> bytes:
    """A sound workbook with one member more."""
    return archive({**members(workbook(["unit"], ["KAO-1"])), name: content})


def twice_named() -> bytes:
    """A workbook that holds two sheets of one name, so that two readers may see different ones."""
    file = io.BytesIO(workbook(["unit"], ["KAO-1"]))
    with zipfile.ZipFile(file, "a") as packed:
        packed.writestr(SHEET, "<worksheet/>")
    return file.getvalue()


def encrypted() -> bytes:
    """A workbook whose members claim to be encrypted."""
    content = bytearray(workbook(["unit"], ["KAO-1"]))
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content[at + 8] |= 1
        at = content.find(b"PK\x01\x02", at + 4)
    return bytes(content)


def bomb_of_blanks() -> bytes:
    """A workbook of some 100 KB whose sheet unpacks to 60 MB."""
    return sheet_of(" " * 60_000_000)


def nested() -> bytes:
    """A zip in a zip, the inner one a bomb, and no workbook."""
    return archive({"inner.zip": bomb_of_blanks(), "more/inner.zip": bomb_of_blanks()})


def hidden_only() -> bytes:
    """A workbook whose only sheet is hidden."""
    content = members(workbook(["unit"]))
    book = content["xl/workbook.xml"]
    content["xl/workbook.xml"] = book.replace(b'state="visible"', b'state="hidden"')
    return archive(content)


def laughs() -> bytes:
    """A workbook whose list of sheets is a billion laughs."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    content = members(workbook(["unit"]))
    start = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY l0 "lol">{entities}]>'
    content["xl/workbook.xml"] = f'{start}<workbook xmlns="{SPREADSHEET}">&l9;</workbook>'
    return archive(content)


SPARSE = '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
TALL = '<row r="1048576"><c r="CV1048576"><v>2</v></c></row>'
WIDE = ",".join(f"c{n}" for n in range(10_000))
COLUMNS = [a + b for a, b in product("ABCDEFGHIJKLM", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")]

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "The file is empty"),
    "blank": (lambda: b"\r\n \r\n,,\r\n", "The file is empty"),
    "empty workbook": (lambda: workbook(), "The file is empty"),
    "10,000 columns": (lambda: WIDE.encode(), "more than 256 columns"),
    "300 columns in a sheet": (lambda: workbook(list(COLUMNS[:300])), "more than 256 columns"),
    "10,000 columns in a sheet": (
        lambda: workbook([f"c{n}" for n in range(10_000)]),
        "more than 256 columns",
    ),
    "two headings alike": (lambda: b"unit,name,Unit \r\nA,B,C\r\n", "Two columns are called “unit”"),
    "a heading missing": (lambda: b"unit,,name\r\nA,B,C\r\n", "Column 2 has no heading"),
    "a row too long": (lambda: b"unit\r\nA\r\nA,B\r\n", "Line 3 has more cells"),
    "a cell too long": (lambda: b"unit\r\n" + b"x" * 32_768, "Line 2, unit: A cell holds 32767"),
    "an endless cell": (lambda: b"unit\r\n" + b"x" * 200_000, "Line 2 cannot be read"),
    "an endless line": (lambda: b"unit\r\n" + b"," * 9_000_000, "Line 2 is longer than any row"),
    "endless quoted lines": (lambda: b"unit\r\n" + b'"\n",' * 2_500_000, "is longer than any row"),
    "an open quotation mark": (lambda: b'unit,name\r\n"A,B\r\nC,D\r\n', "Line 2 cannot be read"),
    "a wrong quotation mark": (lambda: b'unit,name\r\n"A"B,C\r\n', "Line 2 cannot be read"),
    "NUL": (lambda: b"unit\r\nKAO\r\nK\0O\r\n", "Line 3 holds a NUL byte"),
    "NUL in UTF-16": (lambda: "\ufeffunit\r\nK\0O\r\n".encode("utf-16-le"), "Line 2 holds a NUL byte"),
    "UTF-16 without its mark": (lambda: "unit\r\n高雄\r\n".encode("utf-16-le"), "UTF-16 without its mark"),
    "UTF-16 cut off": (lambda: "\ufeffunit\r\nA".encode("utf-16-le")[:-1], "Line 2 is not UTF-16"),
    "a lone surrogate": (lambda: b"unit\r\n\xed\xa0\x80\r\n", "Line 2 is neither UTF-8 nor"),
    "a lone surrogate in UTF-16": (lambda: b"\xff\xfeu\0\n\0\x00\xd8A\0", "Line 2 is not UTF-16"),
    "UTF-8 that is not": (lambda: b"\xef\xbb\xbfunit\r\n\xa4\xa4\xa4\xe5\r\n", "Line 2 is not UTF-8"),
    "Latin-1": (lambda: "unit,société\r\nA,Müller\r\n".encode("latin-1"), "Line 1 is neither UTF-8 nor"),
    "Latin-1 like Big5": (lambda: "unit,Änderung\r\n".encode("latin-1"), "Line 1 is neither UTF-8 nor"),
    "GB 18030": (lambda: "单位,姓名\r\n苏州,张伟\r\n".encode("gb18030"), "Line 1 is neither UTF-8 nor"),
    "mixed": (
        lambda: "單位,姓名\r\n".encode("cp950") + "高雄,陳怡君\r\n".encode(),
        "Line 1 is in another encoding",
    ),
    "web page": (lambda: b"\r\n<html><table><tr><td>unit", "“delivery” is neither CSV nor XLSX"),
    "PDF": (lambda: b"%PDF-1.7\n", "“delivery” is neither CSV nor XLSX"),
    "old or encrypted workbook": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500,
        "an old workbook, or one",
    ),
    "truncated workbook": (lambda: workbook(["unit"], ["KAO-1"])[:-400], "damaged or cut off"),
    "workbook of noise": (lambda: b"PK\x03\x04" + bytes(range(256)) * 20, "damaged or cut off"),
    "encrypted members": (encrypted, "protected by a password"),
    "empty archive": (lambda: archive({}), "no XLSX workbook"),
    "another archive": (lambda: archive({"word/document.xml": "<w/>"}), "no XLSX workbook"),
    "zip bomb": (bomb_of_blanks, "unpacks to more than is allowed"),
    "nested zip bomb": (nested, "no XLSX workbook"),
    "10,000 members": (lambda: archive({f"m{n}": "" for n in range(10_000)}), "damaged or cut off"),
    "slip member": (lambda: with_member("../../../etc/cron.d/x"), "damaged or cut off"),
    "absolute member": (lambda: with_member("/etc/cron.d/x"), "damaged or cut off"),
    "two members of one name": (twice_named, "damaged or cut off"),
    "two cells far apart": (lambda: sheet_of(SPARSE), "too much memory or time"),
    "two cells far apart within bounds": (lambda: sheet_of(TALL), "too much memory or time"),
    "billion laughs": (laughs, "damaged or cut off"),
    "broken XML": (lambda: whole_sheet("<worksheet><sheetData><row>"), "damaged or cut off"),
    "sheet in UTF-16": (
        lambda: whole_sheet('<?xml encoding="UTF-16"?><worksheet/>'.encode("utf-16")),
        "damaged or cut",
    ),
    "no sheet to see": (hidden_only, "no sheet that shows cells"),
    "formula": (lambda: workbook(["unit"], ["KAO-1"], ["=1+1"]), "Cell A3 holds a formula"),
    "formula under a prefix": (
        lambda: whole_sheet(
            f'<x:worksheet xmlns:x="{SPREADSHEET}"><x:sheetData><x:row r="1"><x:c r="B1"><x:f>1+1</x:f>'
            "<x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>"
        ),
        "Cell B1 holds a formula",
    ),
    "error cell": (
        lambda: sheet_of('<row r="2"><c r="A2" t="e"><v>#N/A</v></c></row>'),
        "Cell A2 holds an error",
    ),
}
