"""`keepwell restore`: a backup becomes the database and the files of this installation, whole or not at all."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection

from keepwell.kernel.notes import Verifier
from keepwell.kernel.refusing import Refused
from keepwell.platform.history import checking
from keepwell.platform.history.ledger import Trail
from keepwell.platform.history.restoring import tell_restore
from keepwell.platform.keeping import putting, steps
from keepwell.platform.keeping.backup import PREFACE
from keepwell.platform.keeping.backup_keys import opening_keys
from keepwell.platform.keeping.parts import CONTEXT, FoundPart, PartReader, Seal
from keepwell.platform.keeping.putting import Place
from keepwell.platform.keeping.sealed_file import SealedReader
from keepwell.platform.keeping.stores import Staging
from keepwell.platform.keeping.tables import Table
from keepwell.platform.keys.signing import signers
from keepwell.platform.records.statistics import look_anew

Told = Callable[[int, int | None, str], object]
TABLE = "table/"


@dataclass
class Restored:
    """What came back, from when it is, how long each step took, and the row of the trail that tells it; None if the key
    that signed the trail is not here. `damaged` are files that were so when the backup was made, and did not come back."""

    made_at: str
    version: str
    database: str
    rows: int = 0
    files: int = 0
    file_bytes: int = 0
    migrations: int = 0
    trail_rows: int = 0
    trail_root: str = ""
    told_by: int | None = None
    damaged: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def restore(path: Path, progress: Told, *, replace: bool = False, trusted: str = "") -> Restored:
    """Put the backup at `path` into the database and the data folder of the settings.

    Refuses what is damaged, cut off, sealed with another key, made by a newer version, or signed by a key
    that is neither one of ours nor `trusted` (its name); then everything stays as it was.
    """
    try:
        with path.open("rb") as file:
            return Restoring(file, path.stat().st_size, progress, trusted).into(replace=replace)
    except OSError as error:
        raise Refused(f"{error.filename or path} cannot be used: {error.strerror}.") from error


class Restoring:
    """One way through a backup: each part is checked, and put where it belongs, as it comes."""

    def __init__(self, file: BinaryIO, size: int, progress: Told, trusted: str) -> None:
        self.sealed = SealedReader(file, opening_keys())
        self.reader = PartReader(self.sealed)
        self.size, self.progress, self.trusted = size, progress, trusted
        self.told: dict[str, Any] = {}
        self.tables: dict[str, Table] = {}
        self.preface: dict[str, Any] = {}
        self.names = sha256()
        self.began = time.monotonic()
        self.done = Restored(self.sealed.told["made_at"], self.sealed.told["version"], "")

    def into(self, *, replace: bool) -> Restored:
        """Restore everything; the database is kept only if nothing was refused."""
        with putting.place(replace=replace) as place:
            files = Staging()
            try:
                self._receive(place, files)
                place.settle()
                self._step("rows and files")
                self.done.damaged = files.damaged
                self._check_seal(self._seal())
                self._check_counts()
                _give_back_jobs(self.tables)
                self._step("checks")
                self.done.migrations = steps.run_missing()
                self._step("migrations")
                self._check_trail()
                self._step("trail")
                self.done.told_by = tell_restore(made_at=self.done.made_at, rows=self.done.trail_rows)
                files.move_in()
            finally:
                files.discard()
        look_anew()
        self.progress(self.size, self.size, "")
        self.done.seconds["in all"] = round(time.monotonic() - self.began, 2)
        return self.done

    def _receive(self, place: Place, files: Staging) -> None:
        for part in self.reader.parts():
            if part.name == PREFACE:
                self._prepare(place, part)
            elif part.name.startswith(TABLE):
                self._load(place, part)
            else:
                size = files.receive(part.name, part.content())
                self.names.update(f"{part.name} {size}\n".encode())
                self.done.files, self.done.file_bytes = files.names, self.done.file_bytes + size
            self._say(part.name)

    def _prepare(self, place: Place, part: FoundPart) -> None:
        """Make the tables as they were then, if this version knows the way from there."""
        self.preface = json.loads(b"".join(part.content()))
        self.told[PREFACE] = part.told
        applied = [(app, name) for app, name in self.preface["applied"]]
        if foreign := steps.unknown(applied):
            raise Refused(
                f"The backup was made by Keepwell {self.done.version}, which has the migration "
                f"{'.'.join(foreign[0])}; this is {version('keepwell')}. Install the newer version first."
            )
        self.tables = {told["name"]: Table.of(told) for told in self.preface["tables"]}
        self.done.database = self.preface["database"]
        steps.migrate_as(applied)
        place.clear(self.tables.values())
        self._step("tables")

    def _load(self, place: Place, part: FoundPart) -> None:
        name = part.name.removeprefix(TABLE)
        self.done.rows += place.load(self.tables[name], self._followed(part))
        self.told[name] = part.told

    def _followed(self, part: FoundPart) -> Any:
        for piece in part.content():
            self._say(part.name)
            yield piece

    def _say(self, name: str) -> None:
        done = min(self.sealed.done_bytes, self.size - 1)
        self.progress(done, self.size, name.removeprefix(TABLE) if name.startswith(TABLE) else "files")

    def _step(self, name: str) -> None:
        spent = time.monotonic() - self.began - sum(self.done.seconds.values())
        self.done.seconds[name] = round(spent, 2)

    def _seal(self) -> Seal:
        if self.reader.seal is None:
            raise RuntimeError("A backup was read to its end, yet has no seal.")
        return self.reader.seal

    def _check_seal(self, seal: Seal) -> None:
        """Refuse what an unknown key signed, or what the signed manifest does not tell."""
        known = {signer.public for signer in signers()}
        if seal.public not in known and not (self.trusted and self.trusted == fingerprint(seal.public)):
            raise Refused(
                f"The backup was signed by the key {fingerprint(seal.public)}, which is not here; bring back "
                "the keys folder, or say --trust with that name if you know it to be yours."
            )
        try:
            Ed25519PublicKey.from_public_bytes(seal.public).verify(seal.signature, CONTEXT + seal.manifest)
        except InvalidSignature as wrong:
            raise Refused("The backup's signature is wrong; take another copy.") from wrong
        manifest = json.loads(seal.manifest)
        held = [self.done.files, self.done.file_bytes, self.names.hexdigest(), self.done.damaged]
        files = manifest["files"]
        told = {PREFACE: manifest[PREFACE], **manifest["tables"],
                "files": [files["count"], files["size"], files["sha256"], files.get("damaged", [])]}  # fmt: skip
        found = {**self.told, "files": held}
        if found != told:
            raise Refused("The backup does not hold what its manifest tells; take another copy.")

    def _check_trail(self) -> None:
        """Refuse when the sealed trail is not complete and unchanged."""
        origin = Trail.objects.values_list("origin", flat=True).first() or ""
        publics = {self._seal().public, *(signer.public for signer in signers())}
        try:
            verdict = checking.check(keys=[Verifier(origin, public) for public in publics])
        except checking.Broken as broken:
            raise Refused(f"The backup's trail is not whole: {broken}") from broken
        self.done.trail_rows, self.done.trail_root = verdict.rows, verdict.root.hex()

    def _check_counts(self) -> None:
        """Refuse when a table has not as many rows as the manifest tells."""
        for name, table in self.tables.items():
            there, told = putting.counted(table), self.told[name]["rows"]
            if there != told:
                raise Refused(f"The table {name} has {there:,} rows, but the backup tells of {told:,}.")


def fingerprint(public: bytes) -> str:
    """The name by which a public key may be told over the telephone: the head of its SHA-256, in base32."""
    return base64.b32encode(sha256(public).digest())[:16].decode()


def _give_back_jobs(tables: dict[str, Table]) -> None:
    """Let no job be held by a worker that is not there."""
    if "jobs_job" in tables:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE jobs_job SET state = 'queued', worker = '', lease_until = NULL WHERE state = 'running'"
            )
