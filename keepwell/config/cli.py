"""The `keepwell` command: what an operator does, one word each."""

from __future__ import annotations

import argparse
import atexit
import gc
import os
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version

import django

from keepwell.config import demonstration
from keepwell.config.commands import (
    clocks,
    evidence,
    files,
    frameworks,
    incidents,
    keys,
    maturity,
    people,
    privacy,
    reports,
    running,
    schemes,
    search,
    trail,
    upkeep,
)
from keepwell.config.commands.words import Command, complain
from keepwell.config.stack import in_one_piece

STOPPED = 130
OTHERS = 0o007
SUBJECTS = (
    running,
    people,
    privacy,
    files,
    frameworks,
    maturity,
    evidence,
    search,
    keys,
    trail,
    clocks,
    schemes,
    incidents,
    reports,
    upkeep,
)
COMMANDS: dict[str, Command] = {name: do for subject in SUBJECTS for name, do in subject.COMMANDS.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 is success, 2 bad usage or bad input with the reason on standard error."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keepwell.config.settings")
    # Python's warnings are for authors, who see them in the tests; `python -W` brings them back.
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
        os.environ["PYTHONWARNINGS"] = "ignore"
    answers = parser().parse_args(arguments)
    # Files, exports, the database: whatever the mask of whoever starts us, nobody but owner and group reads them.
    os.umask(os.umask(OTHERS) | OTHERS)
    try:
        with reports.kept_where_it_is(answers):
            return in_one_piece(run)(answers)
    except KeyboardInterrupt:
        return STOPPED
    except BrokenPipeError:
        # The reader of our output is gone, as `| head` does; Python must not flush into the void.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    whole = argparse.ArgumentParser(
        prog="keepwell", description="The information security management system of a group."
    )
    whole.add_argument("--version", action="version", version=f"keepwell {version('keepwell')}")
    words = whole.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for subject in SUBJECTS:
        subject.words(words)
    return whole


def run(answers: argparse.Namespace) -> int:
    """Do the command that `answers` names; what a rule refuses becomes one sentence and status 2."""
    if answers.command == "demo":
        demonstration.prepare()
    if running.is_supervising(answers):
        return running.supervise(answers)
    set_up()
    from django.core.exceptions import PermissionDenied
    from django.db import OperationalError

    from keepwell.kernel.refusing import Refused
    from keepwell.platform.history.acting import Machine
    from keepwell.platform.history.noting import keeping_refusals, refused
    from keepwell.platform.jobs.blameless import is_disk_full
    from keepwell.platform.pages.outage import Unanswered

    try:
        with keeping_refusals():
            return COMMANDS[answers.command](answers)
    except (Refused, PermissionDenied) as refusal:
        with suppress(OperationalError):  # the trail may lie on the disk that is full
            refused(refusal, Machine("the operator"), f"keepwell {answers.command}")
        return complain(str(refusal), 2)
    except Unanswered as away:
        return complain(str(away.outage.sentence), 1)
    except (OperationalError, OSError) as error:
        if is_disk_full(error):
            return complain("The disk is full. Make room, then say it again.", 1)
        if isinstance(error, OSError):
            raise
        return complain(f"The database does not answer: {str(error).strip().splitlines()[0]}", 1)


def set_up() -> None:
    """Load the house. What is loaded stays for good: no collector of garbage walks over it, now or later.

    Nobody collects the connections either; closed as the process ends, SQLite leaves all of it in its one file.
    """
    gc.disable()
    django.setup()
    gc.freeze()
    gc.enable()
    from django.db import connections

    atexit.unregister(connections.close_all)
    atexit.register(connections.close_all)


if __name__ == "__main__":
    raise SystemExit(main())
