"""The commands about frameworks: what is shipped, and two versions compared."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from keepwell.config.commands.words import Words

if TYPE_CHECKING:
    from keepwell.areas.frameworks.models import Version


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """`library` and `compare`."""
    all_words.add_parser("library", help="bring in the shipped frameworks and scales that are not here yet")
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


COMMANDS = {"library": library, "compare": compare}
