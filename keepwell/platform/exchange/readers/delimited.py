"""CSV and its kin: encoding and delimiter found, nothing guessed silently."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from django.utils.translation import gettext as _

from keepwell.platform.exchange.readers.limits import FileRefused, Limits
from keepwell.platform.exchange.writers import unguarded

BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
DELIMITERS = ",;\t"


class Lines:
    """The rows of a delimited file."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.limits = limits
        self.text = decoded(path.read_bytes())
        self.total: int | None = self.text.count("\n") + (not self.text.endswith("\n"))

    def __iter__(self) -> Iterator[tuple[int, list[str | None]]]:
        csv.field_size_limit(self.limits.cell_characters)
        reader = csv.reader(StringIO(self.text, newline=""), delimiter=delimiter(self.text), strict=True)
        try:
            for row in reader:
                yield reader.line_num, [unguarded(cell) if cell[:1] == "'" else cell or None for cell in row]
        except csv.Error as error:
            raise FileRefused(_("Line %(line)d cannot be read: a quotation mark stands wrong or a cell is too long.") % {
                "line": reader.line_num}) from error  # fmt: skip


def delimiter(text: str) -> str:
    """What parts the cells: the one of , ; TAB that the heading has most of."""
    heading = text[: text.find("\n") if "\n" in text else None]
    return max(DELIMITERS, key=heading.count)


def decoded(content: bytes) -> str:
    """The text of a file: by its mark, else UTF-8, else Big5; refused by name where neither fits."""
    for mark, encoding in BOMS:
        if content.startswith(mark):
            return _clean(_decode(content[len(mark) :], encoding))
    if b"\0" in content:
        raise FileRefused(_("Line %(line)d holds a NUL byte, or the file is UTF-16 without its mark; save it as UTF-8.") % {
            "line": content[: content.index(b"\0")].count(b"\n") + 1})  # fmt: skip
    try:
        return _clean(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        return _clean(_big5(content, error.start))


def _decode(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileRefused(_("Line %(line)d is not %(encoding)s as the file says; save it as UTF-8.") % {
            "line": content[: error.start].count(b"\n") + 1, "encoding": encoding.upper()}) from error  # fmt: skip


def _big5(content: bytes, start: int) -> str:
    """Big5 text; a file that is UTF-8 in some lines is mixed, and refused."""
    line = content[:start].count(b"\n") + 1
    lines = content.split(b"\n")
    if any(_is_utf8_beyond_ascii(one) for one in lines):
        raise FileRefused(_("Line %(line)d is in another encoding than the rest of the file; save it whole as UTF-8.") % {"line": line})
    try:
        return content.decode("cp950")
    except UnicodeDecodeError as error:
        raise FileRefused(_("Line %(line)d is neither UTF-8 nor Big5; save the file as UTF-8.") % {
            "line": content[: error.start].count(b"\n") + 1}) from error  # fmt: skip


def _is_utf8_beyond_ascii(line: bytes) -> bool:
    if line.isascii():
        return False
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return any("\u3000" <= c <= "\u9fff" or "\u00c0" <= c <= "\u024f" for c in text)


def _clean(text: str) -> str:
    if "\0" in text:
        raise FileRefused(_("Line %(line)d holds a NUL character; take it out.") % {"line": text[: text.index("\0")].count("\n") + 1})
    return text
