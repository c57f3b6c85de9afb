"""What a file is, told by its bytes; and whether its name says the same."""

from __future__ import annotations

import struct
import zipfile
from pathlib import PurePath
from typing import IO

from django.utils.translation import gettext as _

HEAD_BYTES = 8_192
TAIL_BYTES = 66_000
LARGEST_DIRECTORY = 1 << 20
BINARY, TEXT, ZIP = "application/octet-stream", "text/plain", "application/zip"
HTML, SVG, XML = "text/html", "image/svg+xml", "application/xml"
OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX, XLSX, PPTX = (f"{OFFICE}{part}" for part in (
    "wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation"))  # fmt: skip
PROGRAMS = (
    "application/vnd.microsoft.portable-executable",
    "application/x-executable",
    "application/x-mach-binary",
)
# First members of archives that are documents.
MEMBERS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX, "ppt/presentation.xml": PPTX,
           "xl/workbook.bin": "application/vnd.ms-excel.sheet.binary.macroenabled.12"}  # fmt: skip
PROGRAM_SIGNS = {b"MZ": PROGRAMS[0], b"\x7fELF": PROGRAMS[1], b"\xcf\xfa\xed\xfe": PROGRAMS[2],
                 b"\xce\xfa\xed\xfe": PROGRAMS[2], b"\xca\xfe\xba\xbe": PROGRAMS[2]}  # fmt: skip
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAIL_OR_OFFICE = "application/x-ole-storage"
EXPECTED = {
    "pdf": ("application/pdf",), "png": ("image/png",), "jpg": ("image/jpeg",), "jpeg": ("image/jpeg",),
    "gif": ("image/gif",), "webp": ("image/webp",), "bmp": ("image/bmp",), "tif": ("image/tiff",), "tiff": ("image/tiff",),
    "docx": (DOCX, MAIL_OR_OFFICE), "xlsx": (XLSX, MAIL_OR_OFFICE), "pptx": (PPTX, MAIL_OR_OFFICE),
    "zip": (ZIP, DOCX, XLSX, PPTX), "svg": (SVG,),
    "txt": (TEXT, XML, HTML), "csv": (TEXT,), "md": (TEXT, HTML), "json": (TEXT,), "log": (TEXT, XML),
}  # fmt: skip
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff")
SOUNDS = ("audio/mp4", "audio/x-m4a", "audio/m4a", "audio/3gpp", "audio/ogg", "audio/webm", "audio/mpeg", "audio/mp3",
          "audio/wav", "audio/wave", "audio/x-wav", "audio/aac", "audio/amr")  # fmt: skip
PDF = "application/pdf"


def media_type(file: IO[bytes]) -> str:
    """The media type of `file` by its content; application/octet-stream for what is not known."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    for sign, program in PROGRAM_SIGNS.items():
        if head.startswith(sign):
            return program
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive(file)
    if head.startswith(OLE):
        return MAIL_OR_OFFICE
    if head.startswith(b"%PDF-"):
        return PDF
    if is_text(head):
        return _markup(head) or _magic(head, least=0.8) or TEXT
    return _magic(head, least=0.3) or BINARY


def _archive(file: IO[bytes]) -> str:
    """Which document a zip archive is, if one; its directory is read only if it is of a sane size."""
    try:
        if not has_sane_directory(file):
            return ZIP
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            found = next((kind for member, kind in MEMBERS.items() if member in names), "")
            if found and "[Content_Types].xml" in names:
                return found
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                said = archive.read("mimetype").decode("ascii", "replace").strip()
                return said if said.startswith("application/vnd.oasis.opendocument.") else ZIP
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, KeyError):
        return ZIP
    return ZIP


def has_sane_directory(file: IO[bytes], most_bytes: int = LARGEST_DIRECTORY) -> bool:
    """Whether the end of the archive says that its directory is small: a huge one would fill the memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - TAIL_BYTES))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) < place + 20:
        return False
    return bool(struct.unpack_from("<I", tail, place + 12)[0] <= most_bytes)


def _markup(head: bytes) -> str:
    """HTML, SVG or XML; "" for anything else."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not start.startswith(b"<"):
        return ""
    if b"<svg" in start:
        return SVG
    if any(tag in start for tag in (b"<html", b"<!doctype html", b"<script", b"<body", b"<iframe", b"<head")):
        return HTML
    return XML if start.startswith(b"<?xml") else ""


def _magic(head: bytes, *, least: float) -> str:
    """What the library of signs says with a confidence (0..1) of `least` or more; "" if it does not know."""
    import puremagic  # with all its signs, which few processes need

    if not head:
        return ""
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return ""
    return next((one.mime_type for one in found if one.mime_type and one.confidence >= least), "")


def is_text(head: bytes) -> bool:
    """Whether `head` reads as text in some encoding: it holds no byte that only programs write."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)


def ending(name: str) -> str:
    """The ending of `name` in small letters, without its point."""
    return PurePath(name).suffix.lstrip(".").lower()


def contradiction(name: str, found: str) -> str:
    """What is wrong if `name` promises something else than its content `found`; "" if nothing is."""
    expected = EXPECTED.get(ending(name))
    if expected is None or found in expected:
        return ""
    return _("%(name)s is not what its name says: its content is %(type)s. Name it as what it is.") % {
        "name": name, "type": found}  # fmt: skip


def has_picture(media: str) -> bool:
    """Whether a preview can be made of files of this type."""
    return media == PDF or media in PICTURES
