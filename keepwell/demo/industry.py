"""Benchmarks of an industry that is invented like the group: three sets, brought in as files by who holds them.

Nobody measured these numbers. They lie about where a reader expects an industry, so that the pages show something.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from keepwell.demo.structure import GROUP
from keepwell.kernel import moments
from keepwell.platform.people.models import Person
from keepwell.platform.registers.files import bring_in
from keepwell.platform.registers.register import REGISTERS

INVENTED = "Invented for this demo; nobody measured these numbers"
SETS = (
    ("invented-peers-2022", "Invented peers", 2022, 38, "nist-csf-1.1", datetime(2023, 3, 6, 3, tzinfo=UTC)),
    ("invented-peers-2024", "Invented peers", 2024, 52, "nist-csf-2.0", datetime(2025, 3, 10, 3, tzinfo=UTC)),
    (
        "invented-peers-2025",
        "Invented peers",
        2025,
        57,
        "nist-csf-2.0",
        datetime(2025, 11, 10, 3, tzinfo=UTC),
    ),
)
"""Code, name, year, sample, framework version, and when the group brought it in."""
MEDIANS = {
    "invented-peers-2022": {"it": ("2.5", {"ID": "2.5", "PR": "2.7", "DE": "2.3", "RS": "2.4", "RC": "2.2"})},
    "invented-peers-2024": {
        "it": ("2.8", {"GV": "2.7", "ID": "2.8", "PR": "3.0", "DE": "2.6", "RS": "2.8", "RC": "2.5"}),
        "ot": ("2.0", {"GV": "2.1", "ID": "2.2", "PR": "2.1", "DE": "1.7", "RS": "2.0", "RC": "1.8"}),
    },
    "invented-peers-2025": {
        "it": ("2.9", {"GV": "2.9", "ID": "2.9", "PR": "3.1", "DE": "2.8", "RS": "2.9", "RC": "2.6"}),
        "ot": ("2.2", {"GV": "2.3", "ID": "2.3", "PR": "2.3", "DE": "1.9", "RS": "2.1", "RC": "2.0"}),
    },
}
"""By set and scope: the median over all, and by function."""
HALF = Decimal("0.45")
"""How far the quartiles lie from the median."""
HEADINGS = {
    "benchmarks": ("code", "name", "year", "source", "licence", "sample", "population", "framework_version", "scale",
                   "unit", "note"),
    "benchmark-figures": ("benchmark", "code", "scope", "sample", "mean", "first_quartile", "median", "third_quartile"),
}  # fmt: skip


def load(ada: Person) -> None:
    """Bring each set in on its day, with its figures, as anybody brings in what they hold."""
    for code, name, year, sample, version, moment in SETS:
        row = (code, name, year, INVENTED, "For looking at this demo only", sample, "Semiconductor assembly and test",
               version, "cmmi-0-5", GROUP, "Policy and practice count alike; functions are means of categories.")  # fmt: skip
        with moments.standing_at(moment):
            _bring_in("benchmarks", [row], ada)
            _bring_in("benchmark-figures", _figures(code), ada)


def _figures(code: str) -> Iterator[Sequence[object]]:
    for scope, (whole, functions) in MEDIANS[code].items():
        for requirement, median in {"": whole, **functions}.items():
            middle = Decimal(median)
            yield code, requirement, scope, "", middle - Decimal("0.05"), middle - HALF, middle, middle + HALF


def _bring_in(register: str, rows: Iterable[Sequence[object]], by: Person) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{register}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([HEADINGS[register], *rows])
        outcome = bring_in(REGISTERS[register], path, by)
    if outcome.errors:
        raise RuntimeError(f"{register}: {outcome.errors[0]}")
