"""The `keepwell` command: what an operator does, one word each."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

STOPPED = 130
FORMATS = ("json", "md", "pdf", "docx", "xlsx")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 is success, 2 bad usage or bad input with the reason on standard error."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keepwell.config.settings")
    # Python's warnings are for authors, who see them in the tests; `python -W` brings them back.
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
        os.environ["PYTHONWARNINGS"] = "ignore"
    answers = parser().parse_args(arguments)
    from keepwell.config import commands

    try:
        return commands.run(answers)
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
    running(words)
    people(words)
    files(words)
    trail(words)
    return whole


Words = argparse._SubParsersAction  # its public name does not exist


def running(words: Words[argparse.ArgumentParser]) -> None:
    """The commands that keep the site running."""
    serve = words.add_parser("serve", help="answer requests")
    serve.add_argument("--address", default="127.0.0.1", help="where to listen (127.0.0.1)")
    serve.add_argument("--port", type=int, help="the port (PORT, or 8000)")
    serve.add_argument("--with-worker", action="store_true", help="run a worker beside the server")
    work = words.add_parser("work", help="do background jobs; on as many machines as wanted")
    work.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    work.add_argument("--beside", type=int, help=argparse.SUPPRESS)
    demo = words.add_parser(
        "demo", help="show the invented demo group: load it if nothing is there, then serve"
    )
    demo.add_argument("--load-only", action="store_true", help="load and end")
    words.add_parser("migrate", help="bring the database's tables in line with this version")


def people(words: Words[argparse.ArgumentParser]) -> None:
    """The commands about who may sign in."""
    found = words.add_parser("found", help="enter the group and its first administrator; print the password")
    found.add_argument("--code", required=True, help="the group's code, as MERIDIAN")
    found.add_argument("--name", required=True, help="the group's name")
    found.add_argument("--country", required=True, help="its country, as TW")
    found.add_argument("--time-zone", required=True, help="its time zone, as Asia/Taipei")
    found.add_argument("--administrator", required=True, metavar="NAME", help="the administrator's name")
    found.add_argument("--number", required=True, help="the administrator's employee number")
    found.add_argument("--mail", default="", help="the administrator's mail address")
    found.add_argument("--sign-in", required=True, metavar="NAME", help="the sign-in name")
    found.add_argument(
        "--since", type=date.fromisoformat, metavar="DAY", help="first day of the records (today)"
    )
    account = words.add_parser(
        "account", help="let a person sign in; print the new password, and nothing else"
    )
    account.add_argument("person", metavar="PERSON", help="sign-in name, employee number or mail")
    account.add_argument("--sign-in", required=True, metavar="NAME", help="the sign-in name")
    token = words.add_parser("token", help="print a new token of a person, and nothing else")
    token.add_argument("person", metavar="PERSON", help="sign-in name, employee number or mail")
    token.add_argument("--days", type=int, default=90, help="how long it lasts (90)")


def files(words: Words[argparse.ArgumentParser]) -> None:
    """The commands that bring files in and take them out."""
    bring = words.add_parser("import", help="bring a CSV or XLSX file into a register, all or nothing")
    bring.add_argument("register", metavar="REGISTER", help="units, people, courses, completions …")
    bring.add_argument("file", metavar="FILE", type=Path)
    bring.add_argument("--dry-run", action="store_true", help="check everything, write nothing")
    bring.add_argument("--as", dest="by", metavar="PERSON", help="who does it (the sole administrator)")
    bring.add_argument("--source", metavar="NAME", help="the source whose column names apply")
    take = words.add_parser("export", help="write a register to a CSV or XLSX file")
    take.add_argument("register", metavar="REGISTER")
    take.add_argument("file", metavar="FILE", type=Path)
    take.add_argument("--as", dest="by", metavar="PERSON", help="who does it (the sole administrator)")
    outcomes = words.add_parser("outcomes", help="the outcomes of a year")
    outcomes.add_argument("--year", type=int, required=True)
    outcomes.add_argument("--unit", metavar="CODE", help="the unit (the whole group)")
    outcomes.add_argument(
        "--language", metavar="L", choices=("en", "zh-hant"), default="en", help="en or zh-hant"
    )
    outcomes.add_argument("--format", choices=FORMATS, required=True)
    outcomes.add_argument("--out", metavar="FILE", type=Path, help="where to (standard output)")


def trail(words: Words[argparse.ArgumentParser]) -> None:
    """The words of `keepwell trail`."""
    sealed = words.add_parser("trail", help="the sealed trail: seal, verify, export, prove, key, checkpoint")
    acts = sealed.add_subparsers(dest="act", metavar="ACT", required=True)
    acts.add_parser("seal", help="number the rows that wait, and sign a checkpoint")
    verify = acts.add_parser("verify", help="check the trail of this installation, or an export or proof")
    verify.add_argument("file", metavar="FILE", type=Path, nargs="?")
    verify.add_argument("--key", action="append", help="a public key that may have signed (our own)")
    verify.add_argument(
        "--seen", action="append", default=[], type=Path, metavar="FILE",
        help="a checkpoint that left the machine, which the trail must contain",
    )  # fmt: skip
    export = acts.add_parser("export", help="write the trail to a file; .gz packs it")
    export.add_argument("file", metavar="FILE", type=Path)
    export.add_argument("--from", dest="first", type=int, default=0, metavar="N", help="the first row (0)")
    export.add_argument(
        "--until", type=int, metavar="N", help="up to the first checkpoint over N rows (the newest)"
    )
    prove = acts.add_parser("prove", help="print the proof of a row, or of the newest row about a record")
    prove.add_argument("what", metavar="RECORD", help="a record's id, or a row's number")
    for word in (export, prove):
        word.add_argument("--as", dest="by", metavar="PERSON", help="who does it (the sole administrator)")
    acts.add_parser("key", help="print the public keys, the one in use last")
    acts.add_parser("checkpoint", help="print the newest checkpoint")


if __name__ == "__main__":
    raise SystemExit(main())
