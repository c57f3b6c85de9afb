"""T16: what is written is for its owner alone, however careless the mask of whoever started it; what is packed carries
neither modes nor ways out; and a hostile backup, signed by a key we trust, puts nothing anywhere else."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.test import SimpleTestCase

from keepwell.kernel.refusing import Refused
from keepwell.platform.evidence.stores.disk import Disk
from keepwell.platform.exchange.files import keep, path_of
from keepwell.platform.keeping.backup import _appearing
from keepwell.platform.keeping.stores import Staging
from keepwell.platform.keys.ring import make
from keepwell.platform.publishing.tests.sample import outcomes
from keepwell.platform.publishing.writers import WRITERS
from tests.running import KEEPWELL

DIGEST = "ab" * 32
WAYS_OUT = (
    "../evil", "/etc/cron.d/evil", f"files/../../{DIGEST}", f"files/ab/../{DIGEST}", f"files//ab/{DIGEST}",
    f"/files/ab/{DIGEST}", f"files/ab/{DIGEST}/more", f"files\\ab\\{DIGEST}", f"files/ab/{DIGEST}\n", f"files/ab/{DIGEST}\0",
    f"keys/ab/{DIGEST}", f"static/ab/{DIGEST}", "keepwell.sqlite3", "", "files/ab", f"files/ab/{DIGEST.upper()}",
    f"files/%2e%2e/{DIGEST}", f"files/\u2025/{DIGEST}", f"evidence/ab/{'ab' * 2000}",
)  # fmt: skip


@contextmanager
def careless() -> Iterator[None]:
    """Inside, files are made for everybody unless somebody says otherwise."""
    mask = os.umask(0)
    try:
        yield
    finally:
        os.umask(mask)


def mode(path: Path) -> int:
    """Who may do what with `path`."""
    return stat.S_IMODE(path.stat().st_mode)


class InAFolder(SimpleTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        self.enterContext(self.settings(KEEPWELL_DATA=self.folder, KEEPWELL_KEYS=self.folder / "keys"))
        self.enterContext(careless())

    def everything(self) -> set[str]:
        """What stands in the folder, and beside it under a name of ours."""
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}


class WhatIsWritten(InAFolder):
    def test_is_for_its_owner_alone(self) -> None:
        backup, evidence = self.folder / "all.kwb", Disk(str(self.folder), "evidence")
        with _appearing(backup) as file:
            file.write(b"sealed")
        evidence.keep(DIGEST, io.BytesIO(b"a certificate"))
        make("sealing")
        staging = Staging()
        kept = keep(b"delivered")
        name = f"files/{kept.sha256[:2]}/{kept.sha256}"
        path_of(kept.sha256).unlink()
        staging.receive(name, iter([b"delivered"]))
        staging.move_in()
        found = [backup, evidence.path(DIGEST), self.folder / "keys" / "sealing", path_of(kept.sha256)]
        self.assertEqual(
            {path.name: oct(mode(path)) for path in found}, {path.name: "0o600" for path in found}
        )
        self.assertEqual(mode(self.folder / "keys"), 0o700)

    def test_in_packed_documents_carries_no_modes_and_no_ways_out(self) -> None:
        packed = 0
        for form, writer in WRITERS.items():
            content = writer.write(outcomes())
            if not zipfile.is_zipfile(io.BytesIO(content)):
                continue
            packed += 1
            for member in zipfile.ZipFile(io.BytesIO(content)).infolist():
                with self.subTest(form, member=member.filename):
                    self.assertNotRegex(member.filename, r"^/|\.\.|\\|:|\0")
                    given = member.external_attr >> 16
                    self.assertIn(stat.S_IFMT(given), (0, stat.S_IFREG))
                    self.assertEqual(given & 0o7022, 0)
        self.assertGreaterEqual(packed, 3)


@pytest.mark.sqlite
class ACommand(InAFolder):
    def test_leaves_nothing_that_others_may_read(self) -> None:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("KEEPWELL_", "DATABASE_"))}
        for words in (("migrate",), ("backup", str(self.folder / "all.kwb"))):
            subprocess.run(
                [*KEEPWELL, *words], env=kept | {"KEEPWELL_DATA": str(self.folder)}, capture_output=True
            )
        found = {path.name for path in self.folder.rglob("*") if path.is_file()}
        self.assertLessEqual({"keepwell.sqlite3", "all.kwb", "secret-key"}, found)
        readable = [path.name for path in self.folder.rglob("*") if path.is_file() and mode(path) & 0o007]
        self.assertEqual(readable, [])


class AHostileBackup(InAFolder):
    def test_puts_nothing_outside_the_places_of_files(self) -> None:
        before = self.everything()
        for name in WAYS_OUT:
            with self.subTest(name[:40]):
                staging = Staging()
                with self.assertRaisesMessage(Refused, "which has no place here"):
                    staging.receive(name, iter([b"evil"]))
                staging.discard()
        self.assertEqual(self.everything(), before)

    def test_puts_nothing_through_a_link_that_lies_there(self) -> None:
        outside = self.folder.parent / f"{self.folder.name}-outside"
        outside.mkdir()
        self.addCleanup(outside.rmdir)
        self.addCleanup(lambda: [path.unlink() for path in outside.rglob("*")])
        staging = Staging()
        content = b"evil"
        name = keep(content).sha256
        path_of(name).unlink()
        link = staging.folder / "files" / name[:2] / name
        link.parent.mkdir(parents=True)
        link.symlink_to(outside / "through")
        with self.assertRaises((Refused, OSError)):
            staging.receive(f"files/{name[:2]}/{name}", iter([content]))
        self.assertEqual(list(outside.iterdir()), [])
