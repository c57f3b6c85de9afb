"""The commands about evidence: adding files, writing a chain of custody, and reading the store through."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keepwell.config import env
from keepwell.config.commands.words import TLP, Words, complain, doer, put_out, readable, unit

if TYPE_CHECKING:
    from keepwell.platform.people.models import Person
    from keepwell.platform.tree.models import Unit

PART_BYTES = 1 << 16


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """`evidence`, with what to do."""
    evidence = all_words.add_parser("evidence", help="add files as evidence, or read the store through")
    deeds = evidence.add_subparsers(dest="deed", metavar="DEED", required=True)
    add = deeds.add_parser("add", help="add files, links or both as a new piece of evidence")
    add.add_argument("files", metavar="FILE", type=Path, nargs="*")
    add.add_argument("--title", required=True, help="what it is")
    add.add_argument("--to", metavar="REGISTER:ID", help="the record it proves something about")
    add.add_argument("--reason", default="", help="what it proves about that record")
    add.add_argument(
        "--tlp",
        choices=TLP,
        default="",
        help="of an incident: who may know that it proves something (as it)",
    )
    add.add_argument("--unit", metavar="CODE", help="where it lies (the unit of the record)")
    add.add_argument(
        "--link", action="append", default=[], metavar="URL", help="a web address; may be repeated"
    )
    add.add_argument("--source", default="", help="the system or place it was taken from")
    add.add_argument("--received", type=date.fromisoformat, metavar="DAY", help="the day it came (today)")
    add.add_argument("--until", type=date.fromisoformat, metavar="DAY", help="its last day of effect")
    add.add_argument("--as", dest="by", metavar="PERSON", help="who does it (the sole administrator)")
    chain = deeds.add_parser("custody", help="write the chain of custody of a piece of evidence")
    chain.add_argument("reference", metavar="REFERENCE", help="as EV-7K2M9QXA")
    chain.add_argument("--form", choices=("md", "pdf", "docx"), default="md")
    chain.add_argument("--language", choices=("en", "zh-hant"), default="en")
    chain.add_argument("--out", metavar="FILE", type=Path, help="where to (standard output)")
    chain.add_argument("--as", dest="by", metavar="PERSON", help="who asks (the sole administrator)")
    deeds.add_parser(
        "scrub", help="read every stored file and compare it with its digest; 1 if one is not well"
    )


def evidence(answers: argparse.Namespace) -> int:
    """Do what was asked."""
    return {"add": add, "custody": custody, "scrub": scrub}[answers.deed](answers)


def add(answers: argparse.Namespace) -> int:
    """Add a piece of evidence, and print its reference."""
    from keepwell.platform.evidence import intake, rules
    from keepwell.platform.evidence.intake import Incoming
    from keepwell.platform.evidence.rules import Facts

    by = doer(answers.by)
    for path in answers.files:
        readable(path)
    to = record_named(answers.to, by) if answers.to else None
    facts = Facts(answers.title, place(answers.unit, to), received_on=answers.received,
                  effective_until=answers.until, more={"source": answers.source})  # fmt: skip
    links = intake.linked("\n".join(answers.link))
    with intake.taken([Incoming(path.name, parts(path)) for path in answers.files]) as files:
        piece = rules.attach(
            facts, by=by, files=files, links=links, to=to, reason=answers.reason, tlp=answers.tlp
        )
    print(piece.reference)
    return 0


def custody(answers: argparse.Namespace) -> int:
    """Write the chain of custody of one piece; that it was taken out stays in the trail."""
    from keepwell.platform.evidence.custody import record
    from keepwell.platform.evidence.models import Piece
    from keepwell.platform.history.noting import note

    by = doer(answers.by)
    if answers.out is None and answers.form != "md" and sys.stdout.isatty():
        return complain(f"A terminal cannot show {answers.form}; name a file with --out.", 2)
    rows = Piece.objects.visible_to(by).select_related("unit", "owner")
    found = rows.filter(reference=answers.reference).first() if "\x00" not in answers.reference else None
    if found is None:
        return complain(f'No evidence that {by} may see has the reference "{answers.reference}".', 2)
    content = record.write(found, by, answers.language, answers.form)
    note(by, "evidence-custody-take-out", kind="read", record=found, unit_id=found.unit_id, form=answers.form)
    return put_out(content, answers.out)


def parts(path: Path) -> Iterator[bytes]:
    """The bytes of a file, part by part."""
    with path.open("rb") as file:
        while part := file.read(PART_BYTES):
            yield part


def record_named(text: str, by: Person) -> Any:
    """The record called `text`; an unknown one ends with status 2."""
    from keepwell.platform.records.links import named

    found = named(text, by)
    if found is None:
        env.stop(f'No record that {by} may see is called "{text}"; write REGISTER:ID, as units:KHH1.')
    return found


def place(code: str | None, to: Any) -> Unit:
    """The unit with `code`, else that of the record; without either it must be said."""
    if not code and to is None:
        env.stop("Say where it lies with --unit CODE, or what it is about with --to REGISTER:ID.")
    return unit(code) if code else to.place


def scrub(_answers: argparse.Namespace) -> int:
    """Read the whole store through now, and tell what is not as it was."""
    from django.utils import timezone

    from keepwell.config.progress import Progress
    from keepwell.platform.evidence.models import Finding
    from keepwell.platform.evidence.scrub import scrub

    with Progress() as progress:
        found = scrub(since=timezone.now(), progress=lambda done, total: progress(done, total, ""))
    print(f"{found.checked:,} files read: {found.damaged:,} damaged, {found.missing:,} missing, "
          f"{found.foreign:,} foreign, {found.mended:,} mended")  # fmt: skip
    for finding in Finding.objects.filter(mended_at=None).order_by("kind", "name"):
        complain(f"{finding.kind}: {finding.name}", 1)
    return 1 if found.damaged + found.missing + found.foreign else 0


COMMANDS = {"evidence": evidence}
