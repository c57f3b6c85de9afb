"""What the words `backup` and `restore` of the command do."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from keepwell.config.commands.words import Words
from keepwell.config.progress import Progress

if TYPE_CHECKING:
    from keepwell.platform.keeping.health import Examined

UNTOLD = (
    "The key that signed the trail is not here: bring back the key file “signing”, then say `keepwell trail restored` "
    "before anybody works, or auditors will call the trail forked."
)
DAMAGED = 3
MARKS = {"good": "ok   ", "warning": "LOOK ", "bad": "WRONG"}


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """`backup`, `restore` and `doctor`."""
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
    look = all_words.add_parser("doctor", help="say what is wrong here and how to mend it; 1 if something is")
    look.add_argument("--json", action="store_true", help="for programs")


def backup(answers: argparse.Namespace) -> int:
    """Write a backup, and say what it holds; 3 if files were damaged before."""
    from keepwell.platform.keeping.backup import back_up

    with Progress() as progress:
        made = back_up(answers.file, progress)
    print(
        f"{answers.file}: {made.rows:,} rows and {made.files:,} files in {made.size_bytes / 1e6:,.1f} MB, "
        f"{made.seconds:.1f} s"
    )
    return told_damaged(made.damaged, "is damaged on the disk and lies so in the backup")


def told_damaged(names: list[str], what: str) -> int:
    """Name the damaged files; the status that the command ends with."""
    for name in names:
        print(f"{name} {what}.")
    if names:
        print("All else is whole. Put them back from an older backup, then back up again.")
    return DAMAGED if names else 0


def restore(answers: argparse.Namespace) -> int:
    """Put a backup back, or try whether it could be; 3 if files were damaged when it was made."""
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
    if found.told_by is None:
        print(UNTOLD)
    return told_damaged(found.damaged, "was damaged when the backup was made and did not come back")


def checked_form(path: Path | None) -> str:
    """The form of a report by the ending of its name; another ending ends with status 2."""
    from keepwell.kernel.refusing import Refused

    if path is not None and path.suffix not in (".json", ".md"):
        raise Refused(f"A report is .json or .md; {path.name} is neither.")
    return path.suffix if path else ""


def doctor(answers: argparse.Namespace) -> int:
    """Examine the installation; 1 if something must be mended."""
    from keepwell.platform.keeping.health import examine, is_well

    examined = list(examine())
    if answers.json:
        told = [{**finding.told(), "title": one.title} for one in examined for finding in one.findings]
        print(json.dumps({"well": is_well(examined), "findings": told}, indent=2, ensure_ascii=False))
    else:
        print("\n".join(line for one in examined for line in lines(one)))
    return 0 if is_well(examined) else 1


def lines(one: Examined) -> Iterator[str]:
    """What was found about one thing, for people."""
    for finding in one.findings:
        yield f"{MARKS[str(finding.grade)]} {one.title}: {finding.found}"
        if not finding.is_good:
            yield f"      Why it matters: {finding.matters}"
            yield f"      How to mend it: {finding.mend}"


COMMANDS = {"backup": backup, "restore": restore, "doctor": doctor}
