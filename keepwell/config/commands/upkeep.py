"""What the words `backup` and `restore` of the command do."""

from __future__ import annotations

import argparse
from pathlib import Path

from keepwell.config.commands.words import Words
from keepwell.config.progress import Progress


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """`backup` and `restore`."""
    take = all_words.add_parser(
        "backup", help="write everything to one sealed, signed file while work goes on"
    )
    take.add_argument("file", metavar="FILE", type=Path, help="where to; nothing may stand there yet")
    bring = all_words.add_parser(
        "restore", help="put a backup into the database and the data folder, or nothing"
    )
    bring.add_argument("file", metavar="FILE", type=Path)
    bring.add_argument("--replace", action="store_true", help="even where something was entered already")
    bring.add_argument(
        "--check", action="store_true", help="into a database that is thrown away; say how long it took"
    )
    bring.add_argument("--report", metavar="FILE", type=Path, help="keep what was found as .json or .md")
    bring.add_argument("--trust", metavar="KEY", default="", help="the name of a signing key not known here")


def backup(answers: argparse.Namespace) -> int:
    """Write a backup, and say what it holds."""
    from keepwell.platform.keeping.backup import back_up

    with Progress() as progress:
        made = back_up(answers.file, progress)
    print(
        f"{answers.file}: {made.rows:,} rows and {made.files:,} files in {made.size_bytes / 1e6:,.1f} MB, "
        f"{made.seconds:.1f} s"
    )
    return 0


def restore(answers: argparse.Namespace) -> int:
    """Put a backup back, or try whether it could be."""
    from keepwell.platform.keeping import drill
    from keepwell.platform.keeping.restore import restore

    form = checked_form(answers.report)
    with Progress() as progress:
        if answers.check:
            found = drill.check(answers.file, progress, trusted=answers.trust)
        else:
            found = restore(answers.file, progress, replace=answers.replace, trusted=answers.trust)
    report = drill.Report(found, str(answers.file), is_drill=answers.check)
    if answers.report:
        answers.report.write_text(report.written(form), encoding="utf-8")
    print(report.sentence())
    return 0


def checked_form(path: Path | None) -> str:
    """The form of a report by the ending of its name; another ending ends with status 2."""
    from keepwell.kernel.refusing import Refused

    if path is not None and path.suffix not in (".json", ".md"):
        raise Refused(f"A report is .json or .md; {path.name} is neither.")
    return path.suffix if path else ""


COMMANDS = {"backup": backup, "restore": restore}
