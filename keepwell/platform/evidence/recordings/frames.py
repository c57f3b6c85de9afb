"""Recordings that are a row of frames: MP3, AAC (ADTS), AMR, and waves. The frames stay; what stands round them goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from keepwell.platform.evidence.recordings.reading import Recording, Strange, number

FEWEST_FRAMES = 3
LONGEST_GAP = 8_192
BITRATES = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Kilobits a second of MPEG-1 (True) and MPEG-2, layer III, by their number."""
RATES = (44_100, 48_000, 32_000)
SHARES = {3: 1, 2: 2, 0: 4}
"""By which a version of MPEG divides the rate: 1, 2 and 2.5."""
NAMES = (b"Xing", b"Info", b"VBRI")
"""Marks of a first frame that holds no sound but what wrote it."""
NARROW = (12, 13, 15, 17, 19, 20, 26, 31, 5, 6, 5, 5, 0, 0, 0, 0)
WIDE = (17, 23, 32, 36, 40, 46, 50, 58, 60, 5, 5, 0, 0, 0, 0, 0)
"""Bytes of a frame of AMR after its first, by type (RFC 4867, 5.3)."""
AMR, AMR_WIDE = b"#!AMR\n", b"#!AMR-WB\n"
SOUNDS = frozenset((1, 3, 6, 7, 0xFFFE))
"""Waves as plain numbers, floats, A-law, µ-law, or in the longer form of these."""
Length = Callable[[bytes, int], int]


def bare_mp3(content: bytes) -> Recording:
    """The frames of an MP3. Raises Strange for what is none."""
    begin = _after_tags(content)
    frames = list(_row(content, begin, mp3_length))
    if frames and any(
        name in content[frames[0][0] : min(frames[0][1], frames[0][0] + 200)] for name in NAMES
    ):
        frames = frames[1:]
    return _joined(content, frames, "audio/mpeg", "mp3")


def bare_aac(content: bytes) -> Recording:
    """The frames of AAC in ADTS. Raises Strange for what is none."""
    return _joined(content, list(_row(content, _after_tags(content), aac_length)), "audio/aac", "aac")


def bare_amr(content: bytes) -> Recording:
    """The frames of AMR, narrow or wide. Raises Strange for what is none."""
    head, sizes = (AMR_WIDE, WIDE) if content.startswith(AMR_WIDE) else (AMR, NARROW)
    if not content.startswith(head):
        raise Strange
    at, count = len(head), 0
    while at < len(content):
        end = at + 1 + sizes[content[at] >> 3 & 15]
        if content[at] & 0x83 or end > len(content):
            break
        at, count = end, count + 1
    if count < FEWEST_FRAMES:
        raise Strange
    return Recording("audio/amr", "amr", content[:at])


def bare_wave(content: bytes) -> Recording:
    """How the waves are written, and the waves. Raises Strange for what is none."""
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise Strange
    told: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(content):
        name, size = content[at : at + 4], number(content, at + 4, "<I")
        # A recorder that was cut off leaves the length of the waves open.
        told.setdefault(name, content[at + 8 : at + 8 + size])
        at += 8 + size + (size & 1)
    form, waves = told.get(b"fmt ", b""), told.get(b"data", b"")
    if not 16 <= len(form) <= 40 or not waves or number(form, 0, "<H") not in SOUNDS:
        raise Strange
    parts = b"".join(name + len(one).to_bytes(4, "little") + one + bytes(len(one) & 1)
                     for name, one in ((b"fmt ", form), (b"data", waves)))  # fmt: skip
    return Recording("audio/wav", "wav", b"RIFF" + (4 + len(parts)).to_bytes(4, "little") + b"WAVE" + parts)


def mp3_length(data: bytes, at: int) -> int:
    """How long the frame of an MP3 at that place is; 0 if none is there."""
    if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] & 0xE0 != 0xE0:
        return 0
    version, layer = data[at + 1] >> 3 & 3, data[at + 1] >> 1 & 3
    bits, rate, padding = data[at + 2] >> 4, data[at + 2] >> 2 & 3, data[at + 2] >> 1 & 1
    if version not in SHARES or layer != 1 or bits in (0, 15) or rate == 3:
        return 0
    is_first = version == 3
    samples = 144_000 if is_first else 72_000
    return samples * BITRATES[is_first][bits] // (RATES[rate] // SHARES[version]) + padding


def aac_length(data: bytes, at: int) -> int:
    """How long the frame of ADTS at that place is; 0 if none is there."""
    if at + 7 > len(data) or data[at] != 0xFF or data[at + 1] & 0xF6 != 0xF0:
        return 0
    found = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
    return found if found >= 7 else 0


def is_row(data: bytes, length: Length) -> bool:
    """Whether frames follow each other from the beginning on."""
    return (
        len(list(zip(range(FEWEST_FRAMES), _row(data, _after_tags(data), length), strict=False)))
        == FEWEST_FRAMES
    )


def _after_tags(data: bytes) -> int:
    """Where the tags at the beginning end (ID3, one or several)."""
    at = 0
    while data[at : at + 3] == b"ID3" and at + 10 <= len(data):
        size = 0
        for byte in data[at + 6 : at + 10]:
            size = size << 7 | byte & 0x7F
        at += 10 + size
    return at


def _row(data: bytes, at: int, length: Length) -> Iterator[tuple[int, int]]:
    """The frames from a place on, each with its begin and end; a short stretch of something else is stepped over."""
    gap = 0
    while at < len(data) and gap <= LONGEST_GAP:
        size = length(data, at)
        if size and at + size <= len(data) and (length(data, at + size) or gap == 0):
            yield at, at + size
            at, gap = at + size, 0
        else:
            at, gap = at + 1, gap + 1


def _joined(data: bytes, frames: list[tuple[int, int]], media: str, ending: str) -> Recording:
    sound = b"".join(data[begin:end] for begin, end in frames)
    # Of a recording more is sound than anything else, but for the tags at its beginning.
    if len(frames) < FEWEST_FRAMES or 2 * len(sound) < len(data) - _after_tags(data):
        raise Strange
    return Recording(media, ending, sound)
