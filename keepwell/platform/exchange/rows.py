"""Files that are no register's: read row by row, refused with everything that does not fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from django.utils.translation import gettext

from keepwell.kernel.refusing import Refused
from keepwell.platform.exchange.cells import CellError, RowError
from keepwell.platform.exchange.readers import Limits, open_table

MOST_TOLD = 100
Found = TypeVar("Found")


class Unfit(Refused):
    """Rows of a file that do not fit, each with its line. Nothing was written."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__(" ".join(map(str, errors[:MOST_TOLD])))
        self.errors = list(errors)


class Unreadable(ValueError):
    """Cells of a row cannot be read."""

    def __init__(self, *errors: RowError) -> None:
        super().__init__(" ".join(map(str, errors)))
        self.errors = errors


class Row:
    """A row of a file: `line` is where it stands there, `said` its cells by heading."""

    def __init__(self, line: int, said: Mapping[str, str]) -> None:
        self.line, self.said = line, said

    def read(self, name: str, reader: Callable[[str], Any], empty: Any = None) -> Any:
        """The cell called `name` as `reader` has it, `empty` where nothing stands. Raises Unreadable."""
        cell = self.said.get(name, "").strip()
        if not cell:
            return empty
        try:
            return reader(cell)
        except CellError as wrong:
            raise Unreadable(RowError(self.line, name, cell, wrong.expected)) from wrong

    def need(self, name: str, reader: Callable[[str], Any], expected: str) -> Any:
        """The same where something must stand."""
        if not self.said.get(name, "").strip():
            raise Unreadable(RowError(self.line, name, "", expected))
        return self.read(name, reader)


def read_rows(
    path: Path,
    name: str,
    headings: Sequence[str],
    needed: Sequence[str],
    build: Callable[[Row], Found],
    *,
    most: int,
) -> list[Found]:
    """What `build` makes of each row of a CSV or XLSX file with the columns `headings`, of which `needed` must be there.

    Raises FileRefused (no such file can be read, or cells of it are merged), Refused (a column is missing, more than
    `most` rows) or Unfit (cells that cannot be read, all at once).
    """
    table = open_table(path, name=name, limits=Limits(refuses_merged=True))
    places = {heading.casefold(): number for number, heading in enumerate(table.headings)}
    missing = [heading for heading in needed if heading not in places]
    if missing:
        raise Refused(
            gettext("The file has no column “%(name)s”; its columns are %(names)s.")
            % {"name": missing[0], "names": ", ".join(headings)}
        )
    found: list[Found] = []
    errors: list[RowError] = []
    for line, row in table:
        said = {name: row[places[name]] or "" for name in headings if name in places}
        try:
            found.append(build(Row(line, said)))
        except Unreadable as wrong:
            errors += wrong.errors
        if len(found) + len(errors) > most:
            raise Refused(gettext("Bring in %(most)d rows at once at most.") % {"most": most})
    if errors:
        raise Unfit(errors)
    return found
