"""`keepwell person`: tells somebody everything that is kept about them, and erases somebody who has left."""

from __future__ import annotations

import argparse
from pathlib import Path

from keepwell.config import env
from keepwell.config.commands.words import Words, doer, person

FORMS = (".json", ".pdf")


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """The words of `keepwell person`."""
    privacy = all_words.add_parser("person", help="what is kept about a person: report, erase")
    acts = privacy.add_subparsers(dest="act", metavar="ACT", required=True)
    report = acts.add_parser("report", help="write everything that is kept about a person to a file")
    report.add_argument("person", metavar="PERSON", help="sign-in name, employee number or mail")
    report.add_argument("file", metavar="FILE", type=Path, help="a file that ends in .json or .pdf")
    report.add_argument("--language", choices=("en", "zh-hant"), help="the language (the person's own)")
    erase = acts.add_parser("erase", help="erase a person who has left, for good")
    erase.add_argument("person", metavar="PERSON", help="sign-in name, employee number or mail")
    erase.add_argument(
        "--reason", required=True, help="why; it stays in the trail and may not name the person"
    )
    for word in (report, erase):
        word.add_argument("--as", dest="by", metavar="PERSON", help="who does it (the sole administrator)")


def run(answers: argparse.Namespace) -> int:
    """Do the word that `answers` names."""
    return ACTS[answers.act](answers)


def report(answers: argparse.Namespace) -> int:
    """Write the report; who took it is in the trail."""
    from keepwell.platform.privacy import reports

    form = answers.file.suffix.lower()
    if form not in FORMS:
        env.stop("Name a file that ends in .json or .pdf.")
    by, about = doer(answers.by), person(answers.person)
    language = answers.language or about.language
    content = reports.write(about, by=by, form=form[1:], language=language)
    try:
        answers.file.write_bytes(content)
    except OSError as error:
        env.stop(f"{answers.file} cannot be written: {error.strerror}.")
    reports.taken(about, by, form[1:])
    print(f"Everything that is kept about {about.number} stands in {answers.file}.")
    return 0


def erase(answers: argparse.Namespace) -> int:
    """Erase the person; prints the pseudonym alone."""
    from keepwell.areas.organization import rules

    found = person(answers.person)
    rules.erase(found, by=doer(answers.by), reason=answers.reason)
    print(found.number)
    return 0


ACTS = {"report": report, "erase": erase}
COMMANDS = {"person": run}
