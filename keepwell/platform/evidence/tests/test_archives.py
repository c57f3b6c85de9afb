"""V5.2.5: an archive with a link among its members is not taken, nor one that cannot be looked through."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable

from keepwell.platform.evidence import archives
from keepwell.platform.evidence.models import Piece
from keepwell.platform.evidence.tests.stories import Stories

LINK, UNIX = stat.S_IFLNK | 0o777, 3
CONTENT_TYPES = {"[Content_Types].xml": b"<Types/>", "_rels/.rels": b"<Relationships/>"}


def packed(*members: tuple[str, bytes, int, int]) -> bytes:
    """A ZIP archive of members: name, content, kind and rights, the system that made it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, mode, system in members:
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = system, mode << 16
            archive.writestr(info, content)
    return out.getvalue()


def document(part: str, *more: tuple[str, bytes, int, int]) -> bytes:
    """An office document with `more` beside its parts."""
    parts = [(name, content, stat.S_IFREG | 0o644, UNIX) for name, content in CONTENT_TYPES.items()]
    return packed(*parts, (part, b"<x/>", 0, UNIX), *more)


def taped(kind: bytes = tarfile.SYMTYPE) -> bytes:
    """A tape archive with a link among its members."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        link = tarfile.TarInfo("report.txt")
        link.type, link.linkname = kind, "/etc/passwd"
        archive.addfile(link)
    return out.getvalue()


def flagged(content: bytes) -> bytes:
    """A ZIP archive whose directory says that its members are sealed by a password."""
    at = content.index(b"PK\x01\x02")
    return content[: at + 8] + b"\x01\x00" + content[at + 10 :]


LINKED: tuple[str, bytes, int, int] = ("a/report.txt", b"/etc/passwd", LINK, UNIX)
HONEST: tuple[str, bytes, int, int] = ("report.txt", b"All is well.", stat.S_IFREG | 0o644, UNIX)
HOLDS, CANNOT, DAMAGED = "holds a link to another file", "pack it as ZIP", "is damaged, or holds more files"
HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "a link alone": ("a.zip", lambda: packed(LINKED), HOLDS),
    "a link among files": ("a.zip", lambda: packed(HONEST, LINKED), HOLDS),
    "a link upwards": ("a.zip", lambda: packed(HONEST, ("x", b"../../../../etc/passwd", LINK, UNIX)), HOLDS),
    "a link, then a file below it": (
        "a.zip", lambda: packed(("d", b"/etc", LINK, UNIX), ("d/passwd", b"x", 0, UNIX)), HOLDS),
    "a link as of DOS": ("a.zip", lambda: packed(HONEST, ("x", b"/etc/passwd", LINK, 0)), HOLDS),
    "a link as of a Mac": ("a.zip", lambda: packed(HONEST, ("x", b"/etc/passwd", LINK, 19)), HOLDS),
    "a device": ("a.zip", lambda: packed(("null", b"", stat.S_IFCHR | 0o666, UNIX)), HOLDS),
    "a pipe": ("a.zip", lambda: packed(("pipe", b"", stat.S_IFIFO | 0o666, UNIX)), HOLDS),
    "a socket": ("a.zip", lambda: packed(("socket", b"", stat.S_IFSOCK | 0o666, UNIX)), HOLDS),
    "a link sealed by a password": ("a.zip", lambda: flagged(packed(LINKED)), HOLDS),
    "a letter with a link": ("a.docx", lambda: document("word/document.xml", LINKED), HOLDS),
    "a workbook with a link": ("a.xlsx", lambda: document("xl/workbook.xml", LINKED), HOLDS),
    "slides with a link": ("a.pptx", lambda: document("ppt/presentation.xml", LINKED), HOLDS),
    "a letter that is a link": ("a.docx", lambda: document("word/document.xml", ("word/x.xml", b"/", LINK, UNIX)), HOLDS),
    "a link under a name without an ending": ("evidence", lambda: packed(LINKED), HOLDS),
    "a link behind a comment": ("a.zip", lambda: commented(packed(LINKED)), HOLDS),
    "a directory cut off": ("a.zip", lambda: packed(LINKED)[:-30], DAMAGED),
    "a directory that lies": ("a.zip", lambda: packed(LINKED)[:-10] + b"\xff\xff\xff\x7f" + packed(LINKED)[-6:], DAMAGED),
    "more members than are looked through": ("a.zip", lambda: packed(*(
        (f"{n:090}", b"", 0, UNIX) for n in range(32_000))), DAMAGED),
    "a tape archive": ("a.tar", taped, CANNOT),
    "a tape archive with a hard link": ("a.tar", lambda: taped(tarfile.LNKTYPE), CANNOT),
    "a tape archive, gzip": ("a.tar.gz", lambda: gzip.compress(taped()), CANNOT),
    "a tape archive, bzip2": ("a.tbz2", lambda: bz2.compress(taped()), CANNOT),
    "a tape archive, xz": ("a.txz", lambda: lzma.compress(taped()), CANNOT),
    "a tape archive called otherwise": ("a.log.gz", lambda: gzip.compress(taped()), CANNOT),
    "7-Zip": ("a.7z", lambda: b"7z\xbc\xaf\x27\x1c\x00\x04" + b"\0" * 60, CANNOT),
    "RAR 4": ("a.rar", lambda: b"Rar!\x1a\x07\x00" + b"\0" * 60, CANNOT),
    "RAR 5": ("a.rar", lambda: b"Rar!\x1a\x07\x01\x00" + b"\0" * 60, CANNOT),
}  # fmt: skip
HARMLESS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "files and folders": ("a.zip", lambda: packed(("d/", b"", stat.S_IFDIR | 0o755, UNIX), HONEST)),
    "no kinds at all": ("a.zip", lambda: packed(("report.txt", b"x", 0, 0))),
    "nothing": ("a.zip", lambda: packed()),
    "a letter": ("a.docx", lambda: document("word/document.xml")),
    "a log, gzip": ("a.log.gz", lambda: gzip.compress(b"one line\n" * 500)),
    "a log, xz": ("a.log.xz", lambda: lzma.compress(b"one line\n" * 500)),
}  # fmt: skip


def commented(content: bytes) -> bytes:
    """The archive with a comment at its end that looks like another end."""
    comment = b"PK\x05\x07" + b"\0" * 18
    return content[:-2] + len(comment).to_bytes(2, "little") + comment


class Archives(Stories):
    def setUp(self) -> None:
        super().setUp()
        self.sign_in(self.ada)

    def test_that_may_write_through_a_link_are_refused_in_one_sentence(self) -> None:
        for kind, (name, make, said) in HOSTILE.items():
            with self.subTest(kind):
                began = time.monotonic()
                answer = self.upload("/api/evidence/attach", (name, make()), title="A", unit="KHH1")
                self.assertEqual(answer.status_code, 409, (kind, answer.content))
                self.assertIn(said, answer.json()["detail"])
                self.assertTrue(answer.json()["detail"].startswith(name))
                self.assertLess(time.monotonic() - began, 20)
        self.assertEqual((Piece.objects.count(), self.stored()), (0, []))

    def test_are_refused_by_the_page_too(self) -> None:
        told = {"title": "A", "unit": "KHH1", "classification": "internal", "retention": "general"}
        answer = self.upload("/evidence/add/", ("a.zip", packed(LINKED)), **told)
        self.assertContains(answer, HOLDS, status_code=422)

    def test_of_plain_files_are_taken(self) -> None:
        for kind, (name, make) in HARMLESS.items():
            with self.subTest(kind):
                answer = self.upload("/api/evidence/attach", (name, make()), title="A", unit="KHH1")
                self.assertEqual(answer.status_code, 201, answer.content)

    def test_that_unpack_to_gigabytes_cost_the_first_block(self) -> None:
        bombs = [
            gzip.compress(b"\0" * 50_000_000),
            bz2.compress(b"\0" * 5_000_000),
            lzma.compress(b"\0" * 50_000_000),
        ]
        tracemalloc.start()
        for bomb in bombs:
            archives.complaint("a.gz", io.BytesIO(bomb), "application/gzip")
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        self.assertLess(most, 16 << 20)
