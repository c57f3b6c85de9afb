"""Recordings of the voice without what the device wrote beside the sound: place, time, names, programs.

The sound itself is not touched: whoever knows a voice knows it again. What cannot be read to its end is no recording.
"""

from __future__ import annotations

from collections.abc import Callable

from keepwell.platform.evidence.recordings import frames, mp4, ogg, webm
from keepwell.platform.evidence.recordings.reading import Recording, Strange

__all__ = ["Recording", "bare"]

HEAD_BYTES = 16


def bare(content: bytes) -> Recording | None:
    """The recording in `content` alone, whatever its file is called; None for what is none that can be read."""
    try:
        return _reader(content)(content)
    except Strange:
        return None


def _reader(content: bytes) -> Callable[[bytes], Recording]:
    head = content[:HEAD_BYTES]
    for kind in (mp4, ogg, webm):
        if kind.is_one(head):
            return kind.bare
    if head.startswith(b"RIFF"):
        return frames.bare_wave
    if head.startswith(b"#!AMR"):
        return frames.bare_amr
    return frames.bare_aac if frames.is_row(content, frames.aac_length) else frames.bare_mp3
