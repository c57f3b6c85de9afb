"""Recordings in which the tests tell their stories: a beep that a browser recorded, and what devices write beside it."""

from __future__ import annotations

import struct
from pathlib import Path

from keepwell.platform.evidence.recordings import ogg, webm

HERE = Path(__file__).parent / "sounds"
PLACE = b"+25.0330+121.5654/"
MARK = b"MarkedPhone 9"
TOLD = (PLACE, MARK)


def mp4(*, brand: bytes = b"isom", more: bytes = b"") -> bytes:
    """A beep of Chromium's in MPEG-4 with a place and a phone in `udta` and in a box of its own, and with its times."""
    data = bytearray((HERE / "beep.mp4").read_bytes())
    data[8:12] = brand
    at = data.index(b"moov") - 4
    end = at + struct.unpack_from("!I", data, at)[0]
    told = (
        box(b"udta", box(b"\xa9xyz", struct.pack("!HH", len(PLACE), 0x15C7) + PLACE) + box(b"manu", MARK))
        + more
    )
    data[end:end] = told
    data[at : at + 4] = struct.pack("!I", end - at + len(told))
    made = data.index(b"mvhd") + 8
    data[made : made + 8] = struct.pack("!II", 3_846_000_000, 3_846_000_001)
    return bytes(data) + box(b"uuid", bytes(16) + b"<x:xmpmeta>" + MARK)


def box(kind: bytes, content: bytes) -> bytes:
    """A box of MPEG-4."""
    return struct.pack("!I", 8 + len(content)) + kind + content


def in_webm() -> bytes:
    """The same in WebM, with tags and a file attached to it."""
    tags = element(
        0x1254C367, element(0x7373, element(0x67C8, element(0x45A3, b"LOCATION") + element(0x4487, PLACE)))
    )
    return (HERE / "beep.webm").read_bytes() + tags + element(0x1941A469, MARK * 40)


def element(name: int, content: bytes) -> bytes:
    """An element of EBML."""
    return name.to_bytes((name.bit_length() + 7) // 8) + bytes([0x01]) + len(content).to_bytes(7) + content


def in_ogg(comment: bytes = b"LOCATION=" + PLACE, vendor: bytes = MARK) -> bytes:
    """The same in Ogg, its packets taken out of WebM; the comments say where it was recorded, and by what."""
    data = bytearray((HERE / "beep.webm").read_bytes())
    segment = list(webm.elements(data, 0, len(data), 0))[1]
    head, packets = b"", []
    for one in webm.elements(data, segment.inside, segment.end, webm.SEGMENT):
        for inner in (
            webm.elements(data, one.inside, one.end, one.id) if one.id in (webm.TRACKS, webm.CLUSTER) else ()
        ):
            if inner.id == 0xA3:
                packets.append(bytes(data[inner.inside + 4 : inner.end]))
            if inner.id == webm.TRACK:
                told = {part.id: part for part in webm.elements(data, inner.inside, inner.end, webm.TRACK)}
                head = bytes(data[told[0x63A2].inside : told[0x63A2].end])
    tags = b"OpusTags" + _told(vendor) + struct.pack("<I", 1) + _told(comment)
    last = len(packets) - 1
    pages = [page(head, 0, 2, 0), page(tags, 1, 0, 0)]
    pages += [page(one, at + 2, 4 if at == last else 0, 2_880 * (at + 1)) for at, one in enumerate(packets)]
    return b"".join(pages)


def _told(text: bytes) -> bytes:
    return struct.pack("<I", len(text)) + text


def page(packet: bytes, number: int, flag: int, granule: int) -> bytes:
    """A packet as a page of Ogg, or as two where it is too long for one."""
    lacing = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
    if len(lacing) > 255:
        return _page(packet[: 255 * 255], bytes([255] * 255), number, flag, 2**64 - 1) + page(
            packet[255 * 255 :], number + 1, 1, granule)  # fmt: skip
    return _page(packet, lacing, number, flag, granule)


def _page(packet: bytes, lacing: bytes, number: int, flag: int, granule: int) -> bytes:
    head = b"OggS\x00" + bytes([flag]) + struct.pack("<QII", granule, 77, number)
    made = head + bytes(4) + bytes([len(lacing)]) + lacing + packet
    return head + struct.pack("<I", ogg.checksum(made)) + made[26:]


def mp3() -> bytes:
    """Frames of silence as MP3, a first one that tells what wrote it, and tags before and behind."""
    frame = b"\xff\xfb\x90\x64" + bytes(413)
    first = frame[:36] + b"Info" + MARK + frame[36 + 4 + len(MARK) :]
    tag = b"TXXX" + struct.pack("!I", len(PLACE)) + bytes(2) + PLACE
    size = bytes([0, 0, len(tag) >> 7, len(tag) & 127])
    return b"ID3\x03\x00\x00" + size + tag + first + frame * 6 + b"TAG" + MARK + bytes(112)


def aac() -> bytes:
    """Frames of AAC in ADTS, a tag before them."""
    size = 40
    frame = bytes(
        [0xFF, 0xF1, 0x4C, 0x80 | size >> 11, size >> 3 & 255, (size & 7) << 5 | 0x1F, 0xFC]
    ) + bytes(size - 7)
    return b"ID3\x04\x00\x00\x00\x00\x00" + bytes([len(MARK)]) + MARK + frame * 5


def amr() -> bytes:
    """Frames of AMR, and something behind them."""
    return b"#!AMR\n" + (bytes([7 << 3 | 4]) + bytes(31)) * 5 + b"\xff" + MARK


def wave() -> bytes:
    """Waves with the lists that recorders write: who, by what, when."""
    form = struct.pack("<HHIIHH", 1, 1, 8_000, 8_000, 1, 8)
    parts = [
        (b"bext", MARK + bytes(600)),
        (b"fmt ", form),
        (b"LIST", b"INFOICMT" + PLACE),
        (b"data", b"\x80\x90" * 400),
    ]
    content = b"".join(name + struct.pack("<I", len(one)) + one + bytes(len(one) & 1) for name, one in parts)
    return b"RIFF" + struct.pack("<I", 4 + len(content)) + b"WAVE" + content
