"""Ogg recordings (RFC 3533) of Opus (RFC 7845) or Vorbis: the comments are blank, nothing else is touched.

The packet of comments keeps its length; the pages on which it lies get their checksum anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keepwell.platform.evidence.recordings.reading import Recording, Strange, number

HEAD_BYTES, WHOLE = 27, 255
POLYNOMIAL = 0x04C11DB7
OPUS, VORBIS = b"OpusHead", b"\x01vorbis"
LEAST_COMMENTS = 16


@dataclass(frozen=True)
class Page:
    """A page: where it begins and ends, where its body begins, and the lengths of its segments."""

    begin: int
    body: int
    end: int
    lacing: bytes


def is_one(head: bytes) -> bool:
    """Whether the file says that it is one."""
    return head.startswith(b"OggS")


def bare(content: bytes) -> Recording:
    """The recording alone. Raises Strange for what is none, or holds more than one stream."""
    data = bytearray(content)
    pages = list(pages_of(data))
    if len({bytes(data[one.begin + 14 : one.begin + 18]) for one in pages}) != 1:
        raise Strange
    first = bytes(data[pages[0].body : pages[0].end])
    is_opus = first.startswith(OPUS)
    if not (is_opus or first.startswith(VORBIS)):
        raise Strange
    _blank(data, pages, is_opus=is_opus)
    return Recording("audio/ogg", "ogg", bytes(data[: pages[-1].end]))


def pages_of(data: bytearray) -> Iterator[Page]:
    """The pages, one after the other; what stands after the last is none."""
    begin = 0
    while data[begin : begin + 4] == b"OggS":
        count = number(data, begin + 26, "!B")
        body = begin + HEAD_BYTES + count
        lacing = bytes(data[begin + HEAD_BYTES : body])
        end = body + sum(lacing)
        if end > len(data):
            raise Strange
        yield Page(begin, body, end, lacing)
        begin = end


def _blank(data: bytearray, pages: list[Page], *, is_opus: bool) -> None:
    """Let the second packet, which holds the comments, say nothing."""
    pieces = list(_second(pages))
    told = b"".join(bytes(data[begin:end]) for _page, begin, end in pieces)
    if len(told) < LEAST_COMMENTS or not told.startswith(b"OpusTags" if is_opus else b"\x03vorbis"):
        raise Strange
    blank = _silent(len(told), is_opus=is_opus)
    for _page, begin, end in pieces:
        data[begin:end], blank = blank[: end - begin], blank[end - begin :]
    for page in dict.fromkeys(page for page, _begin, _end in pieces):
        data[page.begin + 22 : page.begin + 26] = bytes(4)
        data[page.begin + 22 : page.begin + 26] = checksum(data[page.begin : page.end]).to_bytes(4, "little")


def _silent(size: int, *, is_opus: bool) -> bytes:
    """A packet of comments of that length without a word."""
    if is_opus:
        return b"OpusTags" + bytes(size - 8)
    vendor = size - len(b"\x03vorbis") - 4 - 4 - 1
    return b"\x03vorbis" + vendor.to_bytes(4, "little") + b" " * vendor + bytes(4) + b"\x01"


def _second(pages: list[Page]) -> Iterator[tuple[Page, int, int]]:
    """The pieces of the second packet: each with its page, where it begins and ends. The first packet is a page."""
    for page in pages[1:]:
        begin = at = page.body
        for length in page.lacing:
            at += length
            if length < WHOLE:
                yield page, begin, at
                return
        yield page, begin, at
    raise Strange


def _table() -> list[int]:
    found = []
    for byte in range(256):
        rest = byte << 24
        for _bit in range(8):
            rest = (rest << 1) ^ (POLYNOMIAL if rest & 0x80000000 else 0)
        found.append(rest & 0xFFFFFFFF)
    return found


TABLE = _table()


def checksum(page: bytes | bytearray) -> int:
    """The checksum of a page whose own place for it is empty."""
    rest = 0
    for byte in page:
        rest = ((rest << 8) & 0xFFFFFFFF) ^ TABLE[(rest >> 24) ^ byte]
    return rest
