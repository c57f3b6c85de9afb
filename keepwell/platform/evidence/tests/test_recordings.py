"""Recordings lose what their device wrote beside the sound, and nothing of the sound; what is none is refused."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

from django.test import SimpleTestCase

from keepwell.platform.evidence.recordings import bare, frames, ogg
from keepwell.platform.evidence.tests import recorded
from keepwell.platform.evidence.tests.recorded import TOLD, box, mp4

KINDS: tuple[tuple[Callable[[], bytes], str, str], ...] = (
    (mp4, "audio/mp4", "m4a"), (lambda: mp4(brand=b"3gp4"), "audio/3gpp", "3gp"), (recorded.in_webm, "audio/webm", "webm"),
    (recorded.in_ogg, "audio/ogg", "ogg"), (recorded.mp3, "audio/mpeg", "mp3"), (recorded.aac, "audio/aac", "aac"),
    (recorded.amr, "audio/amr", "amr"), (recorded.wave, "audio/wav", "wav"),
)  # fmt: skip


class Bare(SimpleTestCase):
    def test_says_neither_where_nor_with_what_it_was_made(self) -> None:
        for make, media, ending in KINDS:
            content = make()
            with self.subTest(media):
                self.assertTrue(any(mark in content for mark in TOLD))
                found = bare(content)
                self.assertIsNotNone(found)
                self.assertEqual((found.media_type, found.ending), (media, ending))
                self.assertEqual([mark for mark in (*TOLD, b"Chrome", b"Sound") if mark in found.content], [])

    def test_is_the_same_when_it_is_made_bare_once_more(self) -> None:
        for make, media, _ending in KINDS:
            with self.subTest(media):
                once = bare(make())
                self.assertEqual(bare(once.content), once)

    def test_keeps_every_frame(self) -> None:
        self.assertEqual(len(bare(recorded.mp3()).content), 6 * 417)
        self.assertEqual(len(bare(recorded.aac()).content), 5 * 40)
        self.assertEqual(len(bare(recorded.amr()).content), 6 + 5 * 32)
        self.assertIn(b"\x80\x90" * 400, bare(recorded.wave()).content)
        self.assertEqual(len(bare(mp4()).content), len(mp4()))
        sound = mp4()[mp4().index(b"mdat") :][:400]
        self.assertIn(sound, bare(mp4()).content)

    def test_has_no_times_and_no_language(self) -> None:
        content = bare(mp4()).content
        for kind in (b"mvhd", b"tkhd", b"mdhd"):
            place = content.index(kind) + 4
            wide = 8 if content[place] else 4
            self.assertEqual(content[place + 4 : place + 4 + 2 * wide], bytes(2 * wide), kind)
        language = place + 4 + 2 * wide + 4 + wide
        self.assertEqual(content[language : language + 2], b"\x55\xc4")

    def test_has_sound_checksums_where_comments_are_blank(self) -> None:
        for comment in (b"LOCATION=" + recorded.PLACE, b"PICTURE=" + b"x" * 70_000):
            content = bytearray(bare(recorded.in_ogg(comment)).content)
            for page in ogg.pages_of(content):
                told = struct.unpack_from("<I", content, page.begin + 22)[0]
                content[page.begin + 22 : page.begin + 26] = bytes(4)
                self.assertEqual(ogg.checksum(content[page.begin : page.end]), told)

    def test_of_vorbis_has_comments_that_end_as_they_must(self) -> None:
        """A vendor of blanks, no comment, and the bit that ends the packet (Vorbis I, 5.2.1)."""
        comments = (
            b"\x03vorbis"
            + struct.pack("<I", 4)
            + b"Xiph"
            + struct.pack("<I", 1)
            + struct.pack("<I", 5)
            + b"A=GPS\x01"
        )
        content = recorded.page(b"\x01vorbis" + bytes(23), 0, 2, 0) + recorded.page(comments, 1, 0, 0)
        content += recorded.page(b"\x05vorbis" + bytes(40), 2, 4, 0)
        found = bare(content).content
        place = found.index(b"\x03vorbis") + 7
        vendor = struct.unpack_from("<I", found, place)[0]
        self.assertEqual(found[place + 4 : place + 4 + vendor], b" " * vendor)
        self.assertEqual(found[place + 4 + vendor : place + 4 + vendor + 5], bytes(4) + b"\x01")
        self.assertEqual(vendor, len(comments) - 16)


class Strange(SimpleTestCase):
    def test_is_whatever_is_no_recording(self) -> None:
        film = mp4().replace(b"soun", b"vide")
        track = mp4(more=box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + b"meta" + bytes(12)))))
        for content in (
            b"", b"x", b"<html><script>alert(1)</script>" * 99, b"%PDF-1.7" + bytes(999), b"PK\x03\x04" + bytes(999),
            film, track, b"RIFF\x04\x00\x00\x00WAVE", b"RIFF" + bytes(400), b"OggS" + bytes(400), b"#!AMR\n",
            b"\x1a\x45\xdf\xa3" + bytes(99), b"ID3\x03\x00\x00\x00\x00\x00\x00", b"\xff\xfb" * 4_000, bytes(1 << 20),
            recorded.in_webm().replace(b"A_OPUS", b"V_XXXX"), random.Random(7).randbytes(1 << 18),
        ):  # fmt: skip
            with self.subTest(content[:12]):
                self.assertIsNone(bare(content))

    def test_breaks_nothing_however_it_is_damaged(self) -> None:
        dice = random.Random(11)
        for make, media, _ending in KINDS:
            content = make()
            for _turn in range(120):
                broken = bytearray(
                    content[: dice.randrange(len(content))] if dice.random() < 0.5 else content
                )
                for _flip in range(dice.randrange(1, 20)):
                    if broken:
                        broken[dice.randrange(len(broken))] = dice.randrange(256)
                found = bare(bytes(broken))
                self.assertTrue(found is None or len(found.content) <= len(broken) + 64, media)

    def test_takes_no_time_whatever_it_claims(self) -> None:
        """Boxes without end, boxes within boxes, a million tiny ones, ten megabytes of almost frames."""
        deep = b""
        for _turn in range(2_000):
            deep = box(b"trak", deep)
        many = box(b"ftyp", b"isom") + box(b"moov", box(b"free", b"") * 200_000)
        almost = (b"\xff\xfb\x90\x64" + bytes(100)) * 90_000
        for content in (box(b"ftyp", b"isom") + box(b"moov", deep), many, almost, b"\xff" * (10 << 20)):
            self.assertIsNone(bare(content))

    def test_is_told_from_frames_by_three_in_a_row(self) -> None:
        self.assertTrue(frames.is_row(recorded.mp3(), frames.mp3_length))
        self.assertFalse(frames.is_row(recorded.wave(), frames.aac_length))
