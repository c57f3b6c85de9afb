"""`keepwell backup`: everything that was entered, in one sealed and signed file, made while work goes on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

from django.db import OperationalError, connection
from django.utils.translation import gettext_noop

from keepwell.kernel.refusing import Refused
from keepwell.platform.history.acting import Machine
from keepwell.platform.history.noting import note
from keepwell.platform.history.restoring import OPERATOR
from keepwell.platform.keeping import steps, stores, taking
from keepwell.platform.keeping.backup_keys import sealing_key
from keepwell.platform.keeping.failing import Facts, Failed, failed
from keepwell.platform.keeping.models import Backup
from keepwell.platform.keeping.parts import PartWriter, as_json
from keepwell.platform.keeping.sealed_file import SealedWriter
from keepwell.platform.keeping.tables import Table, kept_tables
from keepwell.platform.keys.signing import signers

FORMAT = 1
PREFACE = "preface"
Told = Callable[[int, int | None, str], object]


def back_up(path: Path, progress: Told, *, scheduled: bool = False) -> Backup:
    """Write a backup to `path`, where nothing may stand yet; it appears whole or not at all."""
    if path.exists():
        raise Refused(f"{path} is there already; a backup overwrites nothing.")
    if steps.missing():
        raise Refused(
            "The tables are those of an older version; back up with that one, or run `keepwell migrate`."
        )
    began, made = time.monotonic(), Backup(path=str(path.resolve())[:400], is_scheduled=scheduled)
    try:
        with _appearing(path) as file:
            _write(file, made, progress)
        made.size_bytes = path.stat().st_size
    except (Refused, OSError) as error:
        why = failed(path, error)
        made.error, made.facts = why.what[:300], why.facts
        made.seconds = time.monotonic() - began
        with suppress(OperationalError):  # the same disk may be full for the database too
            made.save()
        raise why from error
    made.seconds = time.monotonic() - began
    made.save()
    note(
        Machine(gettext_noop("the schedule")) if scheduled else OPERATOR,
        "backup.make",
        kind="event",
        file=path.name,
    )
    return made


@contextmanager
def _appearing(path: Path) -> Iterator[BinaryIO]:
    """A file that gets its name once it is whole and on the disk; readable by its owner only."""
    draft = path.with_name(f"{path.name}.part")
    opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(opened, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write(file: BinaryIO, made: Backup, progress: Told) -> None:
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    sealed = SealedWriter(file, sealing_key(), {"version": version("keepwell"), "made_at": moment})
    writer = PartWriter(sealed)
    tables = kept_tables()
    with taking.picture() as found:
        manifest: dict[str, Any] = {
            "format": FORMAT, "version": version("keepwell"), "made_at": moment, "database": connection.vendor,
        }  # fmt: skip
        preface = {**manifest, "applied": taking.applied(found), "tables": [table.told() for table in tables]}
        with writer.part(PREFACE, packed=True) as part:
            part.write(as_json(preface))
            manifest["preface"] = part.end()
        manifest["tables"] = _write_tables(writer, found, tables, progress)
    # After the picture: a file is written before the row that names it, and never changed.
    manifest["files"] = _write_files(writer, progress)
    made.rows = sum(told["rows"] for told in manifest["tables"].values())
    made.files, made.damaged = manifest["files"]["count"], manifest["files"]["damaged"]
    writer.sign(manifest, signers()[0])


def _write_tables(
    writer: PartWriter, found: taking.Picture, tables: list[Table], progress: Told
) -> dict[str, dict[str, Any]]:
    """Every row of every table; what the manifest tells of each."""
    told, done = {}, 0
    counts = {table.name: taking.count(found, table) for table in tables}
    total = sum(counts.values())
    for table in tables:
        with writer.part(f"table/{table.name}", packed=True) as part:
            for piece in found.lines(table):
                part.write(piece)
                part.rows += piece.count(b"\n")
                progress(done + part.rows, total, table.name)
            told[table.name] = part.end()
        done += part.rows
        if part.rows != counts[table.name]:
            facts: Facts = {"table": table.name, "rows": counts[table.name], "read": part.rows}
            raise Failed(gettext_noop("%(table)s has %(rows)d rows, but %(read)d could be read."), facts)
    progress(total, total, "")
    return told


def _write_files(writer: PartWriter, progress: Told) -> dict[str, Any]:
    """Every kept file; how many, how large, a digest over their names and sizes, and which are damaged: those lie in
    the backup as they are, and hold up nothing."""
    count, size, digest = 0, 0, sha256()
    damaged = []
    for name in stores.kept_files():
        file = stores.opened(name)
        if file is None:
            continue
        with file, writer.part(name, packed=False) as part:
            for piece in stores.pieces(file):
                part.write(piece)
            told = part.end()
        if stores.is_damaged(name, told["sha256"]):
            damaged.append(name)
        count, size = count + 1, size + part.size_bytes
        digest.update(f"{name} {part.size_bytes}\n".encode())
        progress(count, None, "files")
    return {"count": count, "size": size, "sha256": digest.hexdigest(), "damaged": damaged}
