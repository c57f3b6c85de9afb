"""Previews are ours: bounded, without what the original carries beside its picture, and none where nothing can be drawn."""

from __future__ import annotations

import io
import struct
import time
import zlib

import typst
from PIL import Image
from PIL.ExifTags import Base

from keepwell.platform.evidence import drawing, kinds
from keepwell.platform.evidence.models import Content
from keepwell.platform.evidence.tests.stories import Stories, png, streamed
from keepwell.platform.history.models import Change
from keepwell.platform.jobs.worker import run_one

CANARY = b"TAIPEI-GPS-25.0330"


def pdf(pages: int) -> bytes:
    """A document of some pages."""
    source = "#set page(width: 10cm, height: 14cm)\n" + "#pagebreak()\n".join(
        f"Page {n}\n" for n in range(pages)
    )
    return typst.compile(source.encode(), format="pdf")


def photo() -> bytes:
    """A photo that says where it was taken, held sideways."""
    exif = Image.Exif()
    exif[Base.ImageDescription] = CANARY.decode()
    exif[Base.Orientation] = 6
    out = io.BytesIO()
    Image.new("RGB", (60, 30), "navy").save(out, "JPEG", exif=exif, comment=CANARY)
    return out.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack("!I", len(content)) + kind + content + struct.pack("!I", zlib.crc32(kind + content))


def bomb(side: int) -> bytes:
    """A small PNG that claims `side` × `side` points."""
    head = chunk(b"IHDR", struct.pack("!IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000)) + chunk(b"IEND", b"")
    )


class Drawing(Stories):
    def drawn(self, name: str, content: bytes) -> tuple[int, list[Image.Image], str]:
        """How many pictures were made, the pictures as served, and the file's id."""
        file = self.file(self.piece(name, name=name, content=content))
        while run_one():
            pass
        count = Content.objects.get(pk=file.sha256).pictures or 0
        self.sign_in(self.ada)
        answers = [self.client.get(f"/evidence/files/{file.pk}/preview-{n}.png") for n in range(1, count + 1)]
        return count, [Image.open(io.BytesIO(streamed(answer))) for answer in answers], str(file.pk)

    def test_of_a_picture_is_smaller_turned_and_bare(self) -> None:
        content = photo()
        self.assertIn(CANARY, content)
        count, (picture,), pk = self.drawn("photo.jpg", content)
        self.assertEqual((count, picture.format, picture.size), (1, "PNG", (30, 60)))
        served = streamed(self.client.get(f"/evidence/files/{pk}/preview-1.png"))
        self.assertNotIn(CANARY, served)
        self.assertEqual((picture.info, dict(picture.getexif())), ({}, {}))

    def test_of_a_document_shows_its_first_three_pages(self) -> None:
        for pages, shown in ((1, 1), (5, 3)):
            count, pictures, _pk = self.drawn(f"{pages}.pdf", pdf(pages))
            self.assertEqual((count, len(pictures)), (shown, shown))
            self.assertEqual({max(picture.size) for picture in pictures}, {1_200})

    def test_of_large_pictures_is_bounded(self) -> None:
        _count, (picture,), _pk = self.drawn("large.png", png(size=(4_000, 1_000)))
        self.assertEqual(picture.size, (1_200, 300))

    def test_is_none_where_nothing_can_be_drawn(self) -> None:
        for name, content in (
            ("huge.png", bomb(60_000)), ("cut.png", png()[:60]), ("cut.pdf", pdf(1)[:400]), ("empty.pdf", b"%PDF-1.7\n"),
            ("notes.txt", b"words"), ("large.gif", b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + b"\0" * 20),
        ):  # fmt: skip
            with self.subTest(name):
                began = time.monotonic()
                count, pictures, pk = self.drawn(name, content)
                self.assertEqual((count, pictures), (0, []))
                self.assertLess(time.monotonic() - began, 30)
                self.assertEqual(self.client.get(f"/evidence/files/{pk}/preview-1.png").status_code, 404)

    def test_is_served_sealed_and_noted(self) -> None:
        _count, _pictures, pk = self.drawn("a.png", png())
        answer = self.client.get(f"/evidence/files/{pk}/preview-1.png")
        self.assertEqual(answer["Content-Security-Policy"], "default-src 'none'; sandbox")
        self.assertEqual((answer["Content-Type"], answer["X-Content-Type-Options"]), ("image/png", "nosniff"))
        self.assertTrue(Change.objects.filter(kind="read", verb="evidence.preview", record_id=pk).exists())
        for who in (self.dan, self.cleo, self.sam):
            self.sign_in(who)
            self.assertEqual(self.client.get(f"/evidence/files/{pk}/preview-1.png").status_code, 404)

    def test_takes_no_picture_that_was_cut_off(self) -> None:
        whole = struct.pack("!I", len(png())) + png()
        self.assertEqual(drawing.pictures_in(whole * 2), [png(), png()])
        self.assertEqual(drawing.pictures_in(whole + whole[:-1]), [png()])
        self.assertEqual(drawing.pictures_in(whole + b"\xff\xff\xff\xff junk"), [png()])
        self.assertEqual(drawing.pictures_in(struct.pack("!I", 4) + b"junk"), [])


class Kinds(Stories):
    def test_of_files_are_told_by_their_bytes(self) -> None:
        import openpyxl
        from docx import Document
        from pptx import Presentation

        book, text, show = io.BytesIO(), io.BytesIO(), io.BytesIO()
        openpyxl.Workbook().save(book)
        Document().save(text)
        Presentation().save(show)
        for content, found in (
            (book.getvalue(), kinds.XLSX), (text.getvalue(), kinds.DOCX), (show.getvalue(), kinds.PPTX),
            (pdf(1), kinds.PDF), (png(), "image/png"), (photo(), "image/jpeg"), (b"PK\x05\x06" + b"\0" * 18, kinds.ZIP),
            (b"plain words", kinds.TEXT), ("資安".encode("big5"), kinds.TEXT), (b"<!DOCTYPE html><p>", kinds.HTML),
            (b"  <svg xmlns='x'/>", kinds.SVG), (b"\xef\xbb\xbf<?xml version='1.0'?><a/>", kinds.XML),
            (b"MZ\x90\x00\x03", kinds.PROGRAMS[0]), (b"\x00\x01\x02\x03", kinds.BINARY),
        ):  # fmt: skip
            self.assertEqual(kinds.media_type(io.BytesIO(content)), found, content[:30])

    def test_of_archives_with_a_monstrous_directory_stay_plain(self) -> None:
        import zipfile

        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for number in range(20_000):
                archive.writestr(f"word/{number:050}", b"")
            archive.writestr("word/document.xml", b"")
            archive.writestr("[Content_Types].xml", b"")
        self.assertEqual(kinds.media_type(out), kinds.ZIP)
