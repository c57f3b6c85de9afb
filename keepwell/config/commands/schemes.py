"""`keepwell scheme`: a group's own scheme of severity, checked from its file without touching the database."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from keepwell.config.commands.words import Words, complain, readable

if TYPE_CHECKING:
    from keepwell.kernel.severity.scheme import Scheme


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """The words of `keepwell scheme`."""
    scheme = all_words.add_parser(
        "scheme", help="check a scheme of severity, and print how it differs from the shipped one"
    )
    scheme.add_argument(
        "file", metavar="FILE", type=Path, help="YAML or JSON, as it is downloaded to be edited"
    )
    scheme.add_argument("--against", metavar="FILE", type=Path, help="compare with this one instead")
    scheme.add_argument("--json", action="store_true", help="for programs")


def scheme(answers: argparse.Namespace) -> int:
    """Print in what a scheme differs; every fault of a file that is none stands on standard error, and it ends with 2."""
    from keepwell.areas.incidents.models.library import shipped_scheme
    from keepwell.areas.incidents.rules.schemes.saying import fault_here, told
    from keepwell.kernel.severity.differing import differences
    from keepwell.kernel.severity.faults import Faulty

    path = answers.file
    try:
        found = _read(path)
        path = answers.against
        before = _read(path) if path else shipped_scheme()
    except Faulty as wrong:
        for fault in wrong.faults:
            complain(f"{path}: {fault_here(fault)}", 2)
        return 2
    lines = told(differences(before, found), before, found)
    if answers.json:
        print(json.dumps([vars(one) for one in lines], ensure_ascii=False, indent=2))
        return 0
    for one in lines:
        print(f"{one.what}: {one.before or '-'} -> {one.after or '-'}")
    counted = "1 difference." if len(lines) == 1 else f"{len(lines):,} differences."
    print(counted if lines else "Nothing differs.")
    return 0


def _read(path: Path) -> Scheme:
    from keepwell.areas.incidents.models.library import shipped_scheme
    from keepwell.kernel.severity.own import read_own
    from keepwell.kernel.severity.text import LARGEST_BYTES

    readable(path)
    with path.open("rb") as file:
        return read_own(file.read(LARGEST_BYTES + 1), shipped_scheme())


COMMANDS = {"scheme": scheme}
