"""The command about the frameworks that are shipped."""

from __future__ import annotations

import argparse

from keepwell.config.commands.words import Words


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """`library`."""
    all_words.add_parser("library", help="bring in the shipped frameworks and scales that are not here yet")


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


COMMANDS = {"library": library}
