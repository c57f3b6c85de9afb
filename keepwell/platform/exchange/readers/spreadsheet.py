"""XLSX: read as text by a bounded program, so that no workbook can take this one down."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import weakref
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from keepwell.platform.exchange.readers.limits import FileRefused, Limits

PROGRAM = Path(__file__).with_name("workbook.py")
# The program gets no secrets from the environment, only what an interpreter may need to start.
NEEDED = ("LANG", "LD_LIBRARY_PATH")


class Sheet:
    """The rows of the first visible sheet, each with its line."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.limits = limits
        self._reader = subprocess.Popen(  # noqa: S603  # our own program; the path is one argument
            [sys.executable, "-I", str(PROGRAM), str(path.absolute()), json.dumps(asdict(limits))],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in NEEDED if name in os.environ},
        )
        self._stop = weakref.finalize(self, stop, self._reader)
        self.total: int | None = self._heard()["rows"]

    def __iter__(self) -> Iterator[tuple[int, list[str | None]]]:
        while isinstance(part := self._heard(), list):
            first, rows = part
            yield from enumerate(rows, start=first)
        self._stop()

    def _heard(self) -> Any:
        """What the program says next; a problem, or its silence, becomes a refusal."""
        assert self._reader.stdout is not None  # noqa: S101  # a pipe was asked for
        line = self._reader.stdout.readline()
        said = json.loads(line) if line.endswith(b"\n") else {"problem": "large"}
        if isinstance(said, dict) and "problem" in said:
            self._stop()
            raise FileRefused(sentence(said["problem"], said.get("cell", ""), self.limits))
        return said


def stop(reader: subprocess.Popen[bytes]) -> None:
    """End the program, whether it is done or not."""
    reader.kill()
    if reader.stdout:
        reader.stdout.close()
    reader.wait()


def sentence(problem: str, cell: str, limits: Limits) -> str:
    """What is wrong with a workbook and what to do."""
    words = {"cell": cell, "most": limits.columns}
    said = {
        "bomb": _("The workbook unpacks to more than is allowed; save it again with fewer rows, or as CSV."),
        "damaged": _("The workbook is damaged or cut off; open it and save it again as XLSX."),
        "fault": _("Cell %(cell)s holds an error instead of a value; put its value there."),
        "foreign": _("This archive is no XLSX workbook; save the sheet as XLSX or CSV."),
        "formula": _("Cell %(cell)s holds a formula; put its value there instead."),
        "large": _(
            "The workbook takes too much memory or time; clear the cells around its table, or save it as CSV."
        ),
        "linked": _("The workbook holds a link in place of a part; open it and save it again as XLSX."),
        "locked": _("The workbook is protected by a password; save it without one."),
        "merged": _("The cells %(cell)s are merged; part them, so that each row stands for itself."),
        "sheetless": _("The workbook has no sheet that shows cells."),
        "wide": _("The file has more than %(most)d columns; take out those that are not needed."),
    }
    return said[problem] % words
