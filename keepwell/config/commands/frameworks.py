"""The commands about frameworks: what is shipped, a version from a file, and two versions compared."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from keepwell.config.commands.words import Words, complain, doer, readable

if TYPE_CHECKING:
    from keepwell.areas.frameworks.models import Version


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """`library`, `framework` and `compare`."""
    all_words.add_parser("library", help="bring in the shipped frameworks and scales that are not here yet")
    bring = all_words.add_parser(
        "framework", help="bring in a version of a framework from OSCAL or a table, whole or not at all"
    )
    bring.add_argument("file", metavar="FILE", type=Path, help="OSCAL 1.1 (XML, JSON) or a table (XLSX, CSV)")
    bring.add_argument(
        "--framework", metavar="CODE", required=True, help="as nist-csf; made if it is not here"
    )
    bring.add_argument("--code", metavar="CODE", required=True, help="of the version, as nist-csf-2.0")
    bring.add_argument("--name", metavar="NAME", default="", help="of a new framework")
    bring.add_argument("--label", metavar="LABEL", default="", help="as its publisher calls the version: 2.0")
    bring.add_argument("--as", dest="by", metavar="PERSON", help="who does it (the sole administrator)")
    compare = all_words.add_parser(
        "compare", help="what changes from one version of a framework to another, and what becomes of answers"
    )
    compare.add_argument("old", metavar="OLD", help="code of the former version, as nist-csf-1.1")
    compare.add_argument("new", metavar="NEW", help="code of the other, as nist-csf-2.0")
    compare.add_argument("--json", action="store_true", help="for programs")


def library(answers: argparse.Namespace) -> int:
    """Bring in what is shipped and not here yet, and name it."""
    from keepwell.areas.frameworks.rules import library as shipped
    from keepwell.config.founding import OPERATOR
    from keepwell.kernel.refusing import Refused
    from keepwell.platform.history.acting import acting
    from keepwell.platform.tree.models import Unit

    if not Unit.objects.exists():
        raise Refused("There is no group here yet; `keepwell found` enters it, and what is shipped with it.")
    with acting(OPERATOR, "library.load"):
        came = shipped.load()
    print("\n".join(came) if came else "Everything that is shipped is here.")
    return 0


def bring_in(answers: argparse.Namespace) -> int:
    """Make a draft of a version of what a file tells, or say what does not fit."""
    from keepwell.areas.frameworks.rules import bringing
    from keepwell.areas.frameworks.rules.tables import Misread

    by, path = doer(answers.by), answers.file
    readable(path)
    naming = bringing.Naming(answers.framework, answers.code, answers.name, answers.label)
    try:
        made = bringing.bring_version(bringing.File(path.name, path.read_bytes()), naming, by=by)
    except Misread as misread:
        for error in misread.errors:
            complain(str(error), 2)
        return complain(f"Nothing was written: {len(misread.errors):,} errors.", 2)
    print(f"{made.code}: {made.nodes.count():,} requirements, as a draft.")
    return 0


def compare(answers: argparse.Namespace) -> int:
    """Print a comparison, a line for each requirement."""
    from keepwell.areas.frameworks.rules import comparing

    found = comparing.compare(_version(answers.old), _version(answers.new))
    if answers.json:
        print(json.dumps(found.told(), indent=2, ensure_ascii=False))
        return 0
    for line in (*found.lines, *found.gone):
        origins = ", ".join(ancestor.node.code for ancestor in line.ancestors)
        print(f"{line.node.code:<16}{line.change.label:<20}{line.fate.label:<40}{origins}".rstrip())
    print("; ".join(f"{change.label} {count}" for change, count in found.changes.items()))
    print("answers: " + "; ".join(f"{fate.label} {count}" for fate, count in found.fates.items()))
    return 0


def _version(code: str) -> Version:
    """The version called `code`; refused if there is none."""
    from keepwell.areas.frameworks.models import Version
    from keepwell.kernel.refusing import Refused

    found = Version.objects.current().filter(code=code).first()
    if found is None:
        raise Refused(f'No framework version is called "{code}".')
    return found


COMMANDS = {"library": library, "framework": bring_in, "compare": compare}
