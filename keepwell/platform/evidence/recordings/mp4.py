"""MPEG-4 and 3GPP recordings (ISO/IEC 14496-12): boxes of the sound stay, all others are blank, and so are the times.

A box keeps its length, so that every place that is named elsewhere in the file stays right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keepwell.platform.evidence.recordings.reading import Recording, Strange, number

DEEPEST, MOST_BOXES = 12, 20_000
NO_LANGUAGE = b"\x55\xc4"  # "und", ISO 639-2/T in three times five bits
KEPT: dict[bytes, frozenset[bytes]] = {
    b"": frozenset((b"ftyp", b"moov", b"mdat", b"moof", b"sidx", b"free", b"skip", b"wide")),
    b"moov": frozenset((b"mvhd", b"trak", b"mvex")),
    b"trak": frozenset((b"tkhd", b"mdia", b"edts")),
    b"edts": frozenset((b"elst",)),
    b"mdia": frozenset((b"mdhd", b"hdlr", b"minf")),
    b"minf": frozenset((b"smhd", b"dinf", b"stbl")),
    b"dinf": frozenset((b"dref",)),
    b"stbl": frozenset((b"stsd", b"stts", b"stsc", b"stsz", b"stz2", b"stco", b"co64", b"ctts", b"stss", b"sgpd", b"sbgp")),
    b"mvex": frozenset((b"mehd", b"trex")),
    b"moof": frozenset((b"mfhd", b"traf")),
    b"traf": frozenset((b"tfhd", b"tfdt", b"trun", b"sgpd", b"sbgp")),
}  # fmt: skip
"""Which boxes stay within which; what stays and is not named here is left as it is."""


@dataclass(frozen=True)
class Box:
    """A box: where it begins, where its content begins, where it ends."""

    kind: bytes
    begin: int
    inside: int
    end: int


def is_one(head: bytes) -> bool:
    """Whether the file says that it is one."""
    return head[4:8] == b"ftyp"


def bare(content: bytes) -> Recording:
    """The recording alone. Raises Strange for what is none, a film among them."""
    data, kinds, budget = bytearray(content), [], [MOST_BOXES]
    for box in boxes(data, 0, len(data), budget):
        kinds.append(box.kind)
        _cleaned(data, box, b"", budget, 0)
    if b"moov" not in kinds or b"mdat" not in kinds or b"soun" not in _handlers(data):
        raise Strange
    is_phone = data[8:11] == b"3gp"
    return Recording("audio/3gpp" if is_phone else "audio/mp4", "3gp" if is_phone else "m4a", bytes(data))


def boxes(data: bytearray, begin: int, end: int, budget: list[int]) -> Iterator[Box]:
    """The boxes between two places, one after the other. Raises Strange where they do not fit, or are too many."""
    while begin < end:
        size, kind, head = number(data, begin, "!I"), bytes(data[begin + 4 : begin + 8]), 8
        if size == 1:
            size, head = number(data, begin + 8, "!Q"), 16
        elif size == 0:
            size = end - begin
        budget[0] -= 1
        if size < head or begin + size > end or budget[0] < 0:
            raise Strange
        yield Box(kind, begin, begin + head, begin + size)
        begin += size


def _cleaned(data: bytearray, box: Box, within: bytes, budget: list[int], depth: int) -> None:
    """Leave a box as it is, look through it, or make it blank."""
    if depth > DEEPEST:
        raise Strange
    if box.kind not in KEPT[within] or box.kind in (b"free", b"skip", b"wide"):
        data[box.begin + 4 : box.begin + 8] = b"free"
        data[box.inside : box.end] = bytes(box.end - box.inside)
        return
    if box.kind in (b"mvhd", b"tkhd", b"mdhd"):
        _timeless(data, box)
    if box.kind == b"hdlr":
        _nameless(data, box)
    if box.kind in KEPT:
        for inner in boxes(data, box.inside, box.end, budget):
            _cleaned(data, inner, box.kind, budget, depth + 1)


def _timeless(data: bytearray, box: Box) -> None:
    """Take out when it was made and changed, and the language of the device."""
    wide = 8 if number(data, box.inside, "!B") == 1 else 4
    if box.inside + 4 + 2 * wide > box.end:
        raise Strange
    data[box.inside + 4 : box.inside + 4 + 2 * wide] = bytes(2 * wide)
    language = box.inside + 4 + 2 * wide + 4 + wide
    if box.kind == b"mdhd":
        if language + 2 > box.end:
            raise Strange
        data[language : language + 2] = NO_LANGUAGE


def _nameless(data: bytearray, box: Box) -> None:
    """Take out who made it; what is no sound is no recording."""
    if bytes(data[box.inside + 8 : box.inside + 12]) != b"soun":
        raise Strange
    data[box.inside + 4 : box.inside + 8] = bytes(4)
    data[box.inside + 12 : box.end] = bytes(box.end - box.inside - 12)


def _handlers(data: bytearray) -> set[bytes]:
    """What the tracks are."""
    budget = [MOST_BOXES]
    return {
        bytes(data[one.inside + 8 : one.inside + 12])
        for moov in boxes(data, 0, len(data), budget) if moov.kind == b"moov"
        for trak in boxes(data, moov.inside, moov.end, budget) if trak.kind == b"trak"
        for mdia in boxes(data, trak.inside, trak.end, budget) if mdia.kind == b"mdia"
        for one in boxes(data, mdia.inside, mdia.end, budget) if one.kind == b"hdlr"
    }  # fmt: skip
