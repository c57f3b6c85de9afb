"""`keepwell clocks`: who must be told of an incident by when, reckoned from a file without touching the database."""

from __future__ import annotations

import argparse
import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keepwell.config import env
from keepwell.config.commands.words import Words, readable

if TYPE_CHECKING:
    from keepwell.kernel.clocks.rules import Rule

LARGEST = 10_000_000  # bytes


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """The words of `keepwell clocks`."""
    clocks = all_words.add_parser("clocks", help="the clocks of notification: reckon a case")
    acts = clocks.add_subparsers(dest="act", metavar="ACT", required=True)
    reckon = acts.add_parser(
        "reckon", help="print, as JSON, who must be told by when in the case that FILE describes"
    )
    reckon.add_argument("file", metavar="FILE", help="a case as JSON; - reads standard input")


def clocks(answers: argparse.Namespace) -> int:
    """Print the clocks of a case; a case that cannot be reckoned ends with 2 and one sentence."""
    from keepwell.kernel import moments
    from keepwell.kernel.clocks import case
    from keepwell.kernel.clocks.calendars import Unfit

    given, rules = _given(answers.file), shipped()
    try:
        found = case.answer(case.read(given, rules, moments.now()), rules)
    except Unfit as wrong:
        env.stop(f"{wrong}")
    except OverflowError:
        env.stop("A moment or a term lies beyond the years that can be reckoned; correct the dates.")
    print(json.dumps(found, ensure_ascii=False, indent=2))
    return 0


def shipped() -> dict[str, Rule]:
    """The rules that come with Keepwell, by id."""
    import yaml

    from keepwell.kernel.clocks.rules import read

    text = (files("keepwell") / "library" / "incident-clocks.yaml").read_text(encoding="utf-8")
    return read(yaml.safe_load(text)["clocks"])


def _given(name: str) -> Any:  # Any: whatever JSON the file holds
    if name == "-":
        text = sys.stdin.buffer.read(LARGEST + 1)
    else:
        readable(Path(name))
        with Path(name).open("rb") as file:
            text = file.read(LARGEST + 1)
    if len(text) > LARGEST:
        env.stop(f"{name} is larger than {LARGEST // 1_000_000} MB; a case is a few thousand lines at most.")
    try:
        return json.loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError:
        env.stop(f"{name} is not UTF-8 text.")
    except (json.JSONDecodeError, RecursionError) as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "its nesting"
        env.stop(f"{name} is not JSON ({where}).")


COMMANDS = {"clocks": clocks}
