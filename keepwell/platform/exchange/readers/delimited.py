"""CSV and its kin, streamed: the encoding is known and the delimiter found before the first row is read."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from keepwell.platform.exchange.readers import encodings
from keepwell.platform.exchange.readers.limits import FileRefused, Limits
from keepwell.platform.exchange.writers import unguarded

DELIMITERS = ",;\t"


class Lines:
    """The rows of a delimited file, each with the line it begins at."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path, self.limits = path, limits
        encoded = encodings.known(path, limits)
        self.encoding = encoded.encoding
        self.total: int | None = encoded.lines

    def __iter__(self) -> Iterator[tuple[int, list[str | None]]]:
        delimiter = max(DELIMITERS, key=self._cells_of_heading)
        with self._open() as file:
            fed = _Fed(file, self.limits)
            reader = csv.reader(fed, delimiter=delimiter, strict=True)
            while True:
                line = reader.line_num + 1
                try:
                    row = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    said = _(
                        "Line %(line)d cannot be read: a quotation mark stands wrong or a cell is too long."
                    )
                    raise FileRefused(said % {"line": line}) from error
                fed.characters = 0
                yield line, [(unguarded(cell) if "'" in cell else cell) or None for cell in row]

    def _open(self) -> IO[str]:
        return self.path.open(encoding=self.encoding, newline="")

    def _cells_of_heading(self, delimiter: str) -> int:
        """How many cells the first row has when parted by `delimiter`; 0 if it cannot be."""
        with self._open() as file:
            rows = csv.reader(_Fed(file, self.limits), delimiter=delimiter, strict=True)
            try:
                return len(next((row for row in rows if row), []))
            except csv.Error:
                return 0


class _Fed:
    """The lines of a file, refused when one row takes up more than a row can hold."""

    def __init__(self, file: IO[str], limits: Limits) -> None:
        self.file, self.most, self.characters = file, limits.row_characters, 0

    def __iter__(self) -> Iterator[str]:
        for line, text in enumerate(self.file, start=1):
            self.characters += len(text)
            if self.characters > self.most:
                raise encodings.endless(line)
            yield text
