"""The commands that bring files in and take them out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from keepwell.config.commands.words import Words, complain, doer, put_out, readable, register_named, unit
from keepwell.config.progress import Progress

FORMATS = ("json", "md", "pdf", "docx", "pptx", "xlsx")
BINARY = ("pdf", "docx", "pptx", "xlsx")


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """The commands that bring files in and take them out."""
    bring = all_words.add_parser("import", help="bring a CSV or XLSX file into a register, all or nothing")
    bring.add_argument("register", metavar="REGISTER", help="units, people, courses, completions …")
    bring.add_argument("file", metavar="FILE", type=Path)
    bring.add_argument("--dry-run", action="store_true", help="check everything, write nothing")
    bring.add_argument("--as", dest="by", metavar="PERSON", help="who does it (the sole administrator)")
    bring.add_argument("--source", metavar="NAME", help="the source whose column names apply")
    take = all_words.add_parser("export", help="write a register to a CSV or XLSX file")
    take.add_argument("register", metavar="REGISTER")
    take.add_argument("file", metavar="FILE", type=Path)
    take.add_argument("--as", dest="by", metavar="PERSON", help="who does it (the sole administrator)")
    outcomes = all_words.add_parser("outcomes", help="the outcomes of a year")
    outcomes.add_argument("--year", type=int, required=True)
    outcomes.add_argument("--unit", metavar="CODE", help="the unit (the whole group)")
    outcomes.add_argument(
        "--language", metavar="L", choices=("en", "zh-hant"), default="en", help="en or zh-hant"
    )
    outcomes.add_argument("--format", choices=FORMATS, required=True)
    outcomes.add_argument("--out", metavar="FILE", type=Path, help="where to (standard output)")


def bring_in(answers: argparse.Namespace) -> int:
    """Bring a file into a register, all or nothing, and say what became of its rows."""
    from keepwell.platform.registers.files import bring_in

    register, by = register_named(answers.register), doer(answers.by)
    readable(answers.file)
    with Progress() as progress:
        outcome = bring_in(
            register,
            answers.file,
            by,
            source=answers.source or "",
            dry_run=answers.dry_run,
            progress=progress,
        )
    for error in outcome.errors:
        complain(str(error), 2)
    if outcome.errors:
        return complain(f"Nothing was written: {len(outcome.errors):,} errors.", 2)
    if outcome.earlier:
        print(f"This very file was brought in on {outcome.earlier.at:%Y-%m-%d}; nothing was done.")
    tried = "dry run, nothing written: " if answers.dry_run else ""
    print(
        f"{tried}{outcome.rows:,} rows: {outcome.created:,} new, {outcome.changed:,} changed, "
        f"{outcome.unchanged:,} unchanged, {outcome.unmatched:,} unmatched"
    )
    return 0


def take_out(answers: argparse.Namespace) -> int:
    """Write a register to a file."""
    from keepwell.platform.history.noting import note
    from keepwell.platform.registers.files import take_out

    register, by = register_named(answers.register), doer(answers.by)
    if not answers.file.resolve().parent.is_dir():
        return complain(f"There is no folder {answers.file.resolve().parent}.", 2)
    take_out(register, answers.file, by)
    note(by, f"{register.slug()}-take-out", kind="read", unit_id=by.unit_id, file=answers.file.name)
    return 0


def outcomes(answers: argparse.Namespace) -> int:
    """Write the outcomes of a year, to standard output or to a file."""
    from keepwell.areas.reporting.rules.documents import write
    from keepwell.platform.history.acting import Machine
    from keepwell.platform.history.noting import note

    if answers.out is None and answers.format in BINARY and sys.stdout.isatty():
        return complain(f"A terminal cannot show {answers.format}; name a file with --out.", 2)
    about = unit(answers.unit)
    content = write(answers.year, about, answers.language, answers.format)
    note(Machine("the operator"), "outcomes-take-out", kind="read", record=about, year=answers.year)
    return put_out(content, answers.out)


COMMANDS = {"import": bring_in, "export": take_out, "outcomes": outcomes}
