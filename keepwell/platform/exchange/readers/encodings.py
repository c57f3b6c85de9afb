"""In which encoding a text file is: by its mark, else UTF-8, else Big5 where it shows; nothing is guessed.

A few letters of Latin-1, GB 18030 or EUC are valid Big5 too, so a file counts as Big5 only if it looks like
Chinese: its characters are common ones, stand in runs, and some end in a byte that those encodings never use.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from keepwell.platform.exchange.readers.limits import FileRefused, Limits

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
PART_BYTES = 1 << 20
BIG5_RUN = re.compile(rb"(?:[\x81-\xfe][\x40-\x7e\xa1-\xfe])+")
LETTERS = re.compile("[\u00c0-\u024f\u3000-\u9fff\uac00-\ud7a3]")
COMMON_LEADS = bytes(range(0xA1, 0xC7))
LOW_TRAILS = bytes(range(0x40, 0x7F))


@dataclass(frozen=True)
class Encoded:
    """How a text file is to be opened, and how many lines it has."""

    encoding: str
    lines: int


def known(path: Path, limits: Limits) -> Encoded:
    """The encoding of the whole file, every byte of it looked at; raises FileRefused where none fits."""
    with path.open("rb") as file:
        start = file.read(4)
    encoding = next((encoding for mark, encoding in MARKS if start.startswith(mark)), "utf-8")
    try:
        return Encoded(encoding, _count(path, encoding, limits))
    except _Undecoded as error:
        if encoding != "utf-8":
            words = {"line": error.line, "encoding": encoding.upper().removesuffix("-SIG")}
            raise FileRefused(
                _("Line %(line)d is not %(encoding)s as the file says; save it as UTF-8.") % words
            ) from error
        _show_big5(path, error.line)
        return Encoded("cp950", _count(path, "cp950", limits))


class _Undecoded(Exception):
    """The bytes of `line` do not fit the encoding tried."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def _count(path: Path, encoding: str, limits: Limits) -> int:
    """How many lines there are, if all can be decoded, none is endless and none holds NUL."""
    decoder, feeds, returns, since = codecs.getincrementaldecoder(encoding)(), 0, 0, 0
    with path.open("rb") as file:
        while True:
            part = file.read(PART_BYTES)
            text = _decode(decoder, part, encoding, feeds)
            if "\0" in text:
                nul = feeds + text[: text.index("\0")].count("\n") + 1
                said = _(
                    "Line %(line)d holds a NUL byte, or is UTF-16 without its mark; save the file as UTF-8."
                )
                raise FileRefused(said % {"line": nul})
            last = max(text.rfind("\n"), text.rfind("\r"))
            since = since + len(text) if last < 0 else len(text) - last
            if since > limits.row_characters:
                raise endless(feeds + 1)
            feeds, returns = feeds + text.count("\n"), returns + text.count("\r")
            if not part:
                return (feeds or returns) + (since > 1)


def _decode(decoder: codecs.IncrementalDecoder, part: bytes, encoding: str, lines: int) -> str:
    try:
        return decoder.decode(part, final=not part)
    except UnicodeDecodeError as error:
        good = error.object[: error.start].decode(encoding, errors="ignore")
        raise _Undecoded(lines + good.count("\n") + 1) from error


def _show_big5(path: Path, first: int) -> None:
    """Refuse a file that does not show to be Big5; `first` is its first line that is not UTF-8."""
    pairs = common = low = in_runs = 0
    with path.open("rb") as file:
        for line, content in enumerate(file, start=1):
            if content.isascii():
                continue
            if _is_utf8(content):
                said = _("Line %(line)d is in another encoding than the rest; save the whole file as UTF-8.")
                raise FileRefused(said % {"line": first})
            _need_big5(content, line)
            for run in BIG5_RUN.findall(content):
                size = len(run) // 2
                pairs += size
                in_runs += size if size > 1 else 0
                common += size - len(run[::2].translate(None, COMMON_LEADS))
                low += size - len(run[1::2].translate(None, LOW_TRAILS))
    if not low or common < 0.8 * pairs or in_runs < 0.5 * pairs:
        raise _neither(first)


def _need_big5(content: bytes, line: int) -> None:
    try:
        content.decode("cp950")
    except UnicodeDecodeError as error:
        raise _neither(line) from error


def _neither(line: int) -> FileRefused:
    said = _("Line %(line)d is neither UTF-8 nor clearly Big5; save the file as UTF-8.")
    return FileRefused(said % {"line": line})


def endless(line: int) -> FileRefused:
    """What is said of a line that goes on and on."""
    return FileRefused(_("Line %(line)d is longer than any row can be; mend the file.") % {"line": line})


def _is_utf8(content: bytes) -> bool:
    """Whether a line with letters beyond ASCII is UTF-8 with letters that people write."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return bool(LETTERS.search(text))
