"""The command about incidents: those that were over before Keepwell, brought in."""

from __future__ import annotations

import argparse
from pathlib import Path

from keepwell.config.commands.words import Words, complain, doer, readable


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """`incidents`."""
    past = all_words.add_parser("incidents", help="bring in incidents that are over, all or nothing")
    past.add_argument("file", metavar="FILE", type=Path)
    past.add_argument("--as", dest="by", metavar="PERSON", help="who does it (the sole administrator)")


def incidents(answers: argparse.Namespace) -> int:
    """Bring closed incidents in, and say how many came."""
    from keepwell.areas.incidents import rules
    from keepwell.platform.exchange.rows import Unfit

    by = doer(answers.by)
    readable(answers.file)
    try:
        count = rules.bring_in_past(rules.read_past(answers.file), by=by)
    except Unfit as wrong:
        for error in wrong.errors:
            complain(str(error), 2)
        return complain(f"Nothing was written: {len(wrong.errors):,} errors.", 2)
    print(f"{count:,} incidents came")
    return 0


COMMANDS = {"incidents": incidents}
