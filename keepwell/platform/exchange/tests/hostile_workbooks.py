"""More files of an enemy: workbooks that lie about their parts, and files that are two things at once."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Callable

from keepwell.platform.exchange.tests.hostile import (
    SHEET,
    SPREADSHEET,
    archive,
    members,
    sheet_of,
    whole_sheet,
    with_member,
    workbook,
)

STRINGS = "xl/sharedStrings.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
XXE = '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def with_part(name: str, content: str | bytes) -> bytes:
    """A sound workbook with one of its parts replaced."""
    return archive({**members(workbook(["unit"], ["KAO-1"])), name: content})


def external_entity(part: str) -> bytes:
    """A workbook with an entity in `part` that names a file of the machine."""
    before = members(workbook(["unit"], ["KAO-1"])).get(part, b"<sst/>")
    text = before.decode() if isinstance(before, bytes) else before
    body = text.partition("?>")[2] or text
    return with_part(part, XXE + body.replace("KAO-1", "&x;").replace("</sheets>", "&x;</sheets>"))


def entity_in_the_sheet() -> bytes:
    """A cell that would hold a file of the machine."""
    cell = '<row r="2"><c r="A2" t="inlineStr"><is><t>&x;</t></is></c></row>'
    body = f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{cell}</sheetData></worksheet>'
    return whole_sheet(f'<?xml version="1.0"?>{XXE}{body}')


def linked_outside() -> bytes:
    """A workbook whose sheet lies on another machine."""
    relation = f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="http://127.0.0.1:9/x" TargetMode="External"/>'
    return with_part(RELATIONS, f'<Relationships xmlns="{PACKAGE}">{relation}</Relationships>')


def linked_to(target: str) -> bytes:
    """A workbook whose sheet is said to be `target`."""
    relation = f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="{target}"/>'
    return with_part(RELATIONS, f'<Relationships xmlns="{PACKAGE}">{relation}</Relationships>')


def symbolic_link(linked: str = SHEET, kind: int = stat.S_IFLNK, system: int = 3) -> bytes:
    """A workbook of which one member is a link to a file of the machine, or something else that is no file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in {**members(workbook(["unit"], ["KAO-1"])), "docProps/more.xml": "<a/>"}.items():
            info = zipfile.ZipInfo(name)
            if name == linked:
                info.create_system, info.external_attr = system, (kind | 0o777) << 16
                content = "/etc/passwd"
            packed.writestr(info, content)
    return file.getvalue()


def wrong_sum() -> bytes:
    """A workbook whose sheet is not what its checksum says."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as packed:
        for name, content in members(workbook(["unit"], ["KAO-1"])).items():
            packed.writestr(name, content)
    return file.getvalue().replace(b"KAO-1", b"KAO-2")


def lying_size() -> bytes:
    """A bomb whose directory claims that its sheet is small."""
    content = bytearray(sheet_of(" " * 60_000_000))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as packed:
        size = packed.getinfo(SHEET).file_size
    return bytes(content).replace(size.to_bytes(4, "little"), (2_000).to_bytes(4, "little"))


def endless_deflate() -> bytes:
    """A workbook whose sheet's stream is cut in the middle."""
    whole = sheet_of('<row r="2"><c r="A2"><v>1</v></c></row>' * 2_000)
    squeezed = zlib.compress(b"x" * 50)[2:10]
    at = whole.index(SHEET.encode()) + len(SHEET)
    return whole[:at] + squeezed + whole[at + len(squeezed) :]


def shared(rows: int, said: str) -> bytes:
    """A workbook whose list of texts claims to be longer than any memory, and whose cells name the last."""
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>4000000000</v></c></row>' for n in range(2, rows))
    book = members(sheet_of(cells))
    book[STRINGS] = (
        f'<sst xmlns="{SPREADSHEET}" count="{said}" uniqueCount="{said}"><si><t>unit</t></si></sst>'
    )
    return archive(book)


def as_ods() -> bytes:
    """An OpenDocument sheet under the name of a workbook."""
    return archive({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<office/>"})


def deep(levels: int) -> bytes:
    """A sheet nested deeper than any reader's stack."""
    return whole_sheet(f'<worksheet xmlns="{SPREADSHEET}">{"<a>" * levels}{"</a>" * levels}</worksheet>')


def deep_list_of_sheets(levels: int) -> bytes:
    """A list of sheets nested deeper than any reader's stack."""
    return with_part(
        "xl/workbook.xml", f'<workbook xmlns="{SPREADSHEET}">{"<a>" * levels}{"</a>" * levels}</workbook>'
    )


def quadratic() -> bytes:
    """One long entity, named often: what refuses nested ones may let this through."""
    start = f'<!DOCTYPE w [<!ENTITY a "{"x" * 50_000}">]>'
    return with_part("xl/workbook.xml", f'{start}<workbook xmlns="{SPREADSHEET}">{"&a;" * 20_000}</workbook>')


def ten_times() -> bytes:
    """A workbook of 1.4 MB whose sheet is of 372 MB."""
    row = b'<row r="2"><c r="A2" t="inlineStr"><is><t>KAO-1</t></is></c></row>'
    return whole_sheet(
        b"<worksheet><sheetData>" + row * (372_000_000 // len(row)) + b"</sheetData></worksheet>"
    )


def two_ends() -> bytes:
    """Two archives in one file: readers that look from the front and from the back see different ones."""
    return workbook(["unit"], ["KAO-1"]) + workbook(["unit"], ["KAO-2"])[:-22] + b"PK\5\6" + b"\0" * 18


MORE: dict[str, tuple[Callable[[], bytes], str]] = {
    "external entity in the sheet": (entity_in_the_sheet, "damaged or cut off"),
    "external entity in the list of sheets": (
        lambda: external_entity("xl/workbook.xml"),
        "damaged or cut off",
    ),
    "external entity in the relations": (
        lambda: with_part(RELATIONS, f"{XXE}<Relationships>&x;</Relationships>"),
        "damaged or cut off",
    ),
    "one entity named often": (quadratic, "damaged or cut off"),
    "a sheet on another machine": (linked_outside, "damaged or cut off"),
    "a sheet that is its own relation": (lambda: linked_to("_rels/workbook.xml.rels"), "The file is empty"),
    "a sheet that is the workbook": (lambda: linked_to("workbook.xml"), "The file is empty"),
    "a sheet above the archive": (lambda: linked_to("../../../../etc/passwd"), "damaged or cut off"),
    "a sheet that is not there": (lambda: linked_to("worksheets/none.xml"), "damaged or cut off"),
    "symbolic link": (symbolic_link, "holds a link in place of a part"),
    "symbolic link beside the sheet": (lambda: symbolic_link("docProps/more.xml"), "holds a link"),
    "symbolic link as of another system": (lambda: symbolic_link(system=0), "holds a link"),
    "a device among the members": (lambda: symbolic_link("docProps/more.xml", stat.S_IFCHR), "holds a link"),
    "a pipe among the members": (lambda: symbolic_link("docProps/more.xml", stat.S_IFIFO), "holds a link"),
    "backslash member": (lambda: with_member("..\\..\\x"), "damaged or cut off"),
    "wrong checksum": (wrong_sum, "damaged or cut off"),
    "a directory that lies about sizes": (lying_size, "damaged or cut off"),
    "a stream cut in the middle": (endless_deflate, "damaged or cut off"),
    "a text that is not there": (lambda: shared(10, "4294967295"), "too much memory or time"),
    "100,000 texts that are not there": (lambda: shared(100_000, "4294967295"), "too much memory or time"),
    "OpenDocument": (as_ods, "no XLSX workbook"),
    "100,000 levels of a sheet": (lambda: deep(100_000), "The file is empty"),
    "100,000 levels of a list of sheets": (lambda: deep_list_of_sheets(100_000), "no sheet that shows cells"),
    "1.4 MB to 372 MB": (ten_times, "unpacks to more than is allowed"),
    "two archives in one": (two_ends, "no XLSX workbook"),
    "a PDF that is a workbook": (lambda: b"%PDF-1.7\n" + workbook(["unit"]), "neither CSV nor XLSX"),
    "a picture that is a workbook": (
        lambda: b"\xff\xd8\xff\xe0" + workbook(["unit"]),
        "neither CSV nor XLSX",
    ),
    "a page that is a workbook": (lambda: b"<html>" + workbook(["unit"]), "neither CSV nor XLSX"),
    "text that is a workbook": (lambda: b"unit\nA\n" + workbook(["unit"]), "Line 3 is neither UTF-8 nor"),
    "gzip": (lambda: b"\x1f\x8b\x08" + b"\0" * 100, "neither CSV nor XLSX"),
    "10^6 columns": (lambda: b",".join(b"c%d" % n for n in range(1_000_000)), "more than 256 columns"),
    "a heading of NULs": (lambda: b"\0" * 5_000, "Line 1 holds a NUL byte"),
    "UTF-32": (lambda: "\ufeffunit\nA\n".encode("utf-32-le"), "Line 1 holds a NUL byte"),
    "UTF-7": (lambda: b"+/v8-unit\n+AGE-\n\xff", "Line 3 is neither UTF-8 nor"),
    "Big5 after UTF-8": (
        lambda: "unit,name\nA,高雄\n".encode() + "B,臺北\n".encode("cp950"),
        "Line 3 is in another encoding",
    ),
    "UTF-16 after UTF-8": (
        lambda: b"\xef\xbb\xbfunit\nA\n" + "B\n".encode("utf-16"),
        "Line 3 is not UTF-8 as the file says",
    ),
    "bomb of shared formulas": (
        lambda: sheet_of('<row r="2"><c r="A2"><f t="shared" ref="A2:XFD1048576" si="0">1</f></c></row>'),
        "Cell A2 holds a formula",
    ),
}

HARMLESS: dict[str, Callable[[], bytes]] = {
    "external entity in the texts": lambda: external_entity(STRINGS),
    "a member's name of 4,096 characters": lambda: with_part("xl/" + "n" * 4_096, "x") + b"x",
    "10^6 empty columns": lambda: b"unit" + b"," * 1_000_000,
    "JSON of 100,000 levels": lambda: b"[" * 100_000,
}
"""What may be read: within bounds, and without telling anything of the machine."""
