"""`keepwell clocks`: who must be told of an incident by when, reckoned from a file, and own rules looked at; neither
touches the database."""

from __future__ import annotations

import argparse
import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keepwell.config import env
from keepwell.config.commands.words import Words

if TYPE_CHECKING:
    from keepwell.kernel.clocks.rules import Rule
    from keepwell.kernel.clocks.sentences import Words as Spoken

LARGEST = 10_000_000  # bytes


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """The words of `keepwell clocks`."""
    clocks = all_words.add_parser("clocks", help="the clocks of notification: reckon a case, check own rules")
    acts = clocks.add_subparsers(dest="act", metavar="ACT", required=True)
    reckon = acts.add_parser(
        "reckon", help="print, as JSON, who must be told by when in the case that FILE describes"
    )
    reckon.add_argument("file", metavar="FILE", help="a case as JSON; - reads standard input")
    check = acts.add_parser(
        "check", help="say what own rules of notification in FILE ask, or what is wrong with them"
    )
    check.add_argument("file", metavar="FILE", help="own rules as YAML or JSON; - reads standard input")
    for act in (reckon, check):
        act.add_argument("--language", choices=("en", "zh-hant"), default="en", help="of every sentence (en)")


def clocks(answers: argparse.Namespace) -> int:
    """Reckon a case, or check own rules, in the language that was asked for."""
    from django.utils.translation import override

    from keepwell.areas.incidents.models.sentences import words

    with override(answers.language):
        return {"reckon": _reckon, "check": _check}[answers.act](answers, words())


def _check(answers: argparse.Namespace, spoken: Spoken) -> int:
    """Print what each own rule asks; with faults, end with 2 and a sentence for each."""
    from keepwell.kernel import moments
    from keepwell.kernel.clocks import case_faults, told, trial, written
    from keepwell.kernel.clocks.calendars import Unfit
    from keepwell.kernel.clocks.own import Known, examine

    rules = shipped()
    try:
        found = examine(written.rows_of(_bytes(answers.file, case_faults.MANY_RULES)), rules, Known())
    except Unfit as wrong:
        env.stop(wrong.fault.within(spoken.say))
    if found.faults:
        env.stop("\n".join(fault.within(spoken.say) for fault in found.faults))
    now, every = moments.now(), rules | found.rules
    for rule in found.rules.values():
        print(told.asks(rule, replaces=rule.id in rules, words=spoken))
    for turn in trial.contradicting(list(found.rules), every, now):
        print(trial.told(turn, now, spoken))
    return 0


def _reckon(answers: argparse.Namespace, spoken: Spoken) -> int:
    """Print the clocks of a case; a case that cannot be reckoned ends with 2 and one sentence."""
    from keepwell.kernel import moments
    from keepwell.kernel.clocks import case, case_faults
    from keepwell.kernel.clocks.calendars import Unfit

    try:
        read = case.read(_given(answers.file), shipped(), moments.now())
        found = case.answer(read, spoken)
    except Unfit as wrong:
        env.stop(wrong.fault.within(spoken.say))
    except OverflowError:
        env.stop(spoken.say(case_faults.TOO_FAR))
    print(json.dumps(found, ensure_ascii=False, indent=2))
    return 0


def shipped() -> dict[str, Rule]:
    """The rules that come with Keepwell, by id."""
    import yaml

    from keepwell.kernel.clocks.rules import read

    text = (files("keepwell") / "library" / "incident-clocks.yaml").read_text(encoding="utf-8")
    return read(yaml.safe_load(text)["clocks"])


def _bytes(name: str, too_large: str) -> bytes:
    """What the file holds, `-` being standard input; Unfit with `too_large` if that is too much."""
    from keepwell.kernel.clocks import case_faults
    from keepwell.kernel.clocks.calendars import Unfit

    try:
        if name == "-":
            text = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with Path(name).open("rb") as file:
                text = file.read(LARGEST + 1)
    except OSError as error:
        raise Unfit(case_faults.UNREADABLE, file=name, why=error.strerror or "?") from error
    if len(text) > LARGEST:
        raise Unfit(too_large, file=name, most=LARGEST // 1_000_000)
    return text


def _given(name: str) -> Any:  # Any: whatever JSON the file holds
    from keepwell.kernel.clocks import case_faults, faults
    from keepwell.kernel.clocks.calendars import Unfit

    try:
        found = json.loads(_bytes(name, case_faults.MANY_LINES).decode("utf-8-sig"))
        json.dumps(found, ensure_ascii=False).encode()
        return found
    except UnicodeEncodeError as error:
        raise Unfit(faults.BAD_SIGNS) from error
    except UnicodeDecodeError as error:
        raise Unfit(case_faults.NO_UTF8, file=name) from error
    except json.JSONDecodeError as error:
        raise Unfit(case_faults.NO_JSON, file=name, line=error.lineno) from error
    except RecursionError as error:
        raise Unfit(case_faults.NESTED, file=name) from error


COMMANDS = {"clocks": clocks}
