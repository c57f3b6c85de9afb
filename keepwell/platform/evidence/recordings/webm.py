"""WebM and Matroska recordings of Opus: names, tags, times and what was attached are blank, the sound stays.

An element keeps its length, so that every place that is named elsewhere in the file stays right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keepwell.platform.evidence.recordings.reading import Recording, Strange, number

MOST_ELEMENTS = 400_000
EBML, SEGMENT, CLUSTER, INFO, TRACKS, TRACK = 0x1A45DFA3, 0x18538067, 0x1F43B675, 0x1549A966, 0x1654AE6B, 0xAE
SEEK, CUES, VOID, CRC = 0x114D9B74, 0x1C53BB6B, 0xEC, 0xBF
TYPE, CODEC, SOUND, OPUS = 0x83, 0x86, 2, b"A_OPUS"
PROGRAMS = (0x4D80, 0x5741)
"""Which programs wrote it: these must stand there, and are filled with blanks."""
KEPT = {
    SEGMENT: frozenset((SEEK, INFO, TRACKS, CLUSTER, CUES, VOID)),
    INFO: frozenset((0x2AD7B1, 0x4489, *PROGRAMS)),
    TRACKS: frozenset((TRACK,)),
    # number, id, type, enabled, default, forced, lacing, codec, what it needs, delay, pre-roll, duration, sound
    TRACK: frozenset(
        (0xD7, 0x73C5, TYPE, 0xB9, 0x88, 0x55AA, 0x9C, CODEC, 0x63A2, 0x56AA, 0x56BB, 0x23E383, 0xE1)
    ),
}
LEVEL_ONE = frozenset((SEEK, INFO, TRACKS, CLUSTER, CUES, 0x1254C367, 0x1941A469, 0x1043A770))


@dataclass(frozen=True)
class Element:
    """An element: what it is, where it begins, where its content begins, where it ends."""

    id: int
    begin: int
    inside: int
    end: int


def is_one(head: bytes) -> bool:
    """Whether the file says that it is one."""
    return head.startswith(b"\x1a\x45\xdf\xa3")


def bare(content: bytes) -> Recording:
    """The recording alone. Raises Strange for what is none, a film among them."""
    data = bytearray(content)
    tops = list(elements(data, 0, len(data), 0))
    if [one.id for one in tops[:2]] != [EBML, SEGMENT] or len(tops) != 2:
        raise Strange
    parts = list(elements(data, tops[1].inside, tops[1].end, SEGMENT))
    for one in parts:
        _cleaned(data, one, SEGMENT)
    found = [_codec(data, track) for one in parts if one.id == TRACKS
             for track in elements(data, one.inside, one.end, TRACKS) if track.id == TRACK]  # fmt: skip
    if found != [OPUS] or all(one.id != CLUSTER for one in parts):
        raise Strange
    return Recording("audio/webm", "webm", bytes(data[: tops[1].end]))


def elements(data: bytearray, begin: int, end: int, within: int) -> Iterator[Element]:
    """The elements between two places. Of a cluster that does not tell its length the end is where the next begins."""
    count = 0
    while begin < end:
        name, at = _name(data, begin)
        size, at = _size(data, at)
        if size is None:
            size = _until(data, name, at, end) - at
        count += 1
        if at + size > end or count > MOST_ELEMENTS:
            raise Strange
        yield Element(name, begin, at, at + size)
        begin = at + size


def _until(data: bytearray, name: int, at: int, end: int) -> int:
    """Where an element of no told length ends: a segment with the file, a cluster where another of its level begins."""
    if name == SEGMENT:
        return end
    if name != CLUSTER:
        raise Strange
    while at < end:
        inner, after = _name(data, at)
        if inner in LEVEL_ONE:
            return at
        size, after = _size(data, after)
        if size is None:
            raise Strange
        at = after + size
    return min(at, end)


def _name(data: bytearray, at: int) -> tuple[int, int]:
    """The id of an element, its length mark left in, and where it ends."""
    length = 9 - number(data, at, "!B").bit_length()
    if not 1 <= length <= 4 or at + length > len(data):
        raise Strange
    return int.from_bytes(data[at : at + length]), at + length


def _size(data: bytearray, at: int) -> tuple[int | None, int]:
    """How long the content is (None: it is not told), and where it begins."""
    length = 9 - number(data, at, "!B").bit_length()
    if not 1 <= length <= 8 or at + length > len(data):
        raise Strange
    told = int.from_bytes(data[at : at + length]) & ((1 << 7 * length) - 1)
    return (None if told == (1 << 7 * length) - 1 else told), at + length


def _cleaned(data: bytearray, one: Element, within: int) -> None:
    """Leave an element as it is, look through it, or make it blank."""
    if one.id not in KEPT[within] or one.id in (VOID, CRC):
        _void(data, one)
    elif one.id in PROGRAMS:
        data[one.inside : one.end] = b" " * (one.end - one.inside)
    elif one.id in KEPT:
        for inner in elements(data, one.inside, one.end, one.id):
            _cleaned(data, inner, one.id)


def _void(data: bytearray, one: Element) -> None:
    """Make of it an element that says nothing, as long as it was."""
    whole = one.end - one.begin
    rest = whole - 2 if whole - 2 < 127 else whole - 9
    head = bytes([VOID, 0x80 | rest]) if whole - 2 < 127 else bytes([VOID, 0x01]) + rest.to_bytes(7)
    data[one.begin : one.end] = head + bytes(rest)


def _codec(data: bytearray, track: Element) -> bytes:
    """How the sound of a track is written. Raises Strange for a track that is no sound."""
    told = {
        one.id: bytes(data[one.inside : one.end]) for one in elements(data, track.inside, track.end, TRACK)
    }
    if int.from_bytes(told.get(TYPE, b"")) != SOUND:
        raise Strange
    return told.get(CODEC, b"").rstrip(b"\x00")
