"""The recovery drill of Keepwell itself: a backup restored into a database that is thrown away, and a report
of how old it was and how long it took."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from django.conf import settings
from django.db import DatabaseError, connection

from keepwell.kernel.refusing import Refused
from keepwell.platform.keeping.restore import Restored, restore

Told = Callable[[int, int | None, str], object]


def check(path: Path, progress: Told, *, trusted: str = "") -> Restored:
    """Restore the backup at `path` where it harms nobody, and throw it away again."""
    with tempfile.TemporaryDirectory(prefix="keepwell-drill-") as folder, _elsewhere(Path(folder)):
        return restore(path, progress, trusted=trusted)


@contextmanager
def _elsewhere(folder: Path) -> Iterator[None]:
    """Another data folder and a database of its own, for this process alone."""
    data, name = settings.KEEPWELL_DATA, connection.settings_dict["NAME"]
    connection.close()
    settings.KEEPWELL_DATA = folder
    try:
        if connection.vendor == "sqlite":
            connection.settings_dict["NAME"] = folder / "keepwell.sqlite3"
            yield
        else:
            with _scratch(name):
                yield
    finally:
        connection.close()
        settings.KEEPWELL_DATA, connection.settings_dict["NAME"] = data, name


@contextmanager
def _scratch(name: str) -> Iterator[None]:
    """A new database on the server, dropped in the end."""
    scratch = f"{name[:40]}_drill_{token_hex(4)}"
    try:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{scratch}" TEMPLATE template0')
    except DatabaseError as refused:
        raise Refused(
            "The role of DATABASE_URL may not make a database for the drill; allow it by ALTER ROLE … CREATEDB, "
            "or restore the file on another machine."
        ) from refused
    connection.settings_dict["NAME"] = scratch
    try:
        yield
    finally:
        connection.close()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{scratch}" WITH (FORCE)')


@dataclass(frozen=True)
class Report:
    """What a restore or a drill showed, to be kept as evidence."""

    found: Restored
    file: str
    is_drill: bool
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def age_seconds(self) -> int:
        """How old the backup is: what was entered in this time would be lost."""
        return int((self.at - datetime.fromisoformat(self.found.made_at)).total_seconds())

    def sentence(self) -> str:
        """The report as a line."""
        did = "Could be restored" if self.is_drill else "Restored"
        found = self.found
        return (
            f"{did}: {found.rows:,} rows and {found.files:,} files as of {found.made_at} "
            f"(Keepwell {found.version}), {found.migrations} migrations after it, {found.seconds['in all']:.1f} s"
        )

    def told(self) -> dict[str, object]:
        """The report for programs."""
        found = self.found
        return {
            "kind": "drill" if self.is_drill else "restore", "at": self.at.isoformat(timespec="seconds"),
            "file": self.file, "made_at": found.made_at, "version": found.version, "database": found.database,
            "age_seconds": self.age_seconds, "recovery_seconds": found.seconds, "rows": found.rows,
            "files": found.files, "file_bytes": found.file_bytes, "migrations_after": found.migrations,
            "trail_rows": found.trail_rows, "trail_root": found.trail_root, "damaged": found.damaged,
            "checked": ["every piece", "every file's digest", "every table's count", "every link", "signature", "trail"],
        }  # fmt: skip

    def written(self, form: str) -> str:
        """The report as a file of the form ".json" or ".md"."""
        if form == ".json":
            return json.dumps(self.told(), indent=2) + "\n"
        found = self.found
        steps = "".join(f"| {name} | {spent:,.2f} |\n" for name, spent in found.seconds.items())
        damaged = "".join(
            f"- Damaged when the backup was made, not restored: `{name}`\n" for name in found.damaged
        )
        return (
            f"# {'Recovery drill' if self.is_drill else 'Restore'} of {self.at:%Y-%m-%d %H:%M} UTC\n\n"
            f"{self.sentence()}.\n\n"
            f"- File: `{self.file}`, made {found.made_at} from {found.database}\n"
            f"- Age of the backup, which is what would be lost: {self.age_seconds / 60:,.0f} minutes\n"
            f"- Files: {found.files:,}, {found.file_bytes / 1e6:,.1f} MB\n"
            "- Checked: every piece, every file's digest, every table's count, every link, the signature, the trail\n"
            f"{damaged}"
            f"- The trail's root over {found.trail_rows:,} rows: `{found.trail_root}`\n\n"
            f"| step | seconds |\n|---|---:|\n{steps}"
        )
