"""The commands about incidents: those that were over before Keepwell and what was told of them, brought in, and one
taken out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from keepwell.config.commands.words import TLP, Words, complain, doer, put_out, readable

if TYPE_CHECKING:
    from keepwell.areas.incidents.models import Incident
    from keepwell.platform.people.models import Person

FORMS = ("stix", "veris", "pdf", "docx")
ON_PAPER = ("pdf", "docx")


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """`incidents`, `past-notices` and `incident`."""
    past = all_words.add_parser("incidents", help="bring in incidents that are over, all or nothing")
    past.add_argument("file", metavar="FILE", type=Path)
    past.add_argument("--as", dest="by", metavar="PERSON", help="who does it (the sole administrator)")
    told = all_words.add_parser(
        "past-notices", help="bring in what was told of incidents that are over, all or nothing"
    )
    told.add_argument("file", metavar="FILE", type=Path)
    told.add_argument("--as", dest="by", metavar="PERSON", help="who does it (the sole administrator)")
    one = all_words.add_parser(
        "incident", help="take an incident out for an audience by TLP 2.0, or its dossier"
    )
    one.add_argument("number", metavar="NUMBER", help="as IN-2025-0412")
    one.add_argument("--form", choices=FORMS, required=True)
    one.add_argument("--audience", choices=TLP, help="of stix and veris: who shall read it, by its label")
    one.add_argument("--language", choices=("en", "zh-hant"), default="en", help="of the dossier (pdf, docx)")
    one.add_argument("--out", metavar="FILE", type=Path, help="where to (standard output)")
    one.add_argument("--as", dest="by", metavar="PERSON", help="who does it (the sole administrator)")


def incidents(answers: argparse.Namespace) -> int:
    """Bring closed incidents in, and say how many came."""
    from keepwell.areas.incidents import rules

    return _brought(
        answers, "incidents", lambda by: rules.bring_in_past(rules.read_past(answers.file), by=by)
    )


def past_notices(answers: argparse.Namespace) -> int:
    """Bring in what was told of closed incidents, and say how many clocks came."""
    from keepwell.areas.incidents import rules

    def bring(by: Person) -> int:
        return rules.bring_in_past_notices(rules.read_past_notices(answers.file), by=by)

    return _brought(answers, "notices", bring)


def _brought(answers: argparse.Namespace, what: str, bring: Callable[[Person], int]) -> int:
    """Say how many of `what` came of the file, or everything that does not fit."""
    from keepwell.platform.exchange.rows import Unfit

    by = doer(answers.by)
    readable(answers.file)
    try:
        count = bring(by)
    except Unfit as wrong:
        for error in wrong.errors:
            complain(str(error), 2)
        return complain(f"Nothing was written: {len(wrong.errors):,} errors.", 2)
    print(f"{count:,} {what} came")
    return 0


def incident(answers: argparse.Namespace) -> int:
    """Write one incident as far as the audience may know it, or its dossier; a refusal ends with 2 and one sentence."""
    from django.core.exceptions import PermissionDenied

    from keepwell.areas.incidents.models import Incident
    from keepwell.kernel.refusing import Refused
    from keepwell.platform.history.noting import note

    by = doer(answers.by)
    if answers.form not in ON_PAPER and not answers.audience:
        return complain("Say with --audience who shall read it.", 2)
    if answers.out is None and answers.form in ON_PAPER and sys.stdout.isatty():
        return complain(f"A terminal cannot show {answers.form}; name a file with --out.", 2)
    rows = Incident.objects.visible_to(by).select_related("unit", "lead", "material_by")
    found = rows.filter(number=answers.number).first() if "\x00" not in answers.number else None
    if found is None:
        return complain(f'No incident that {by} may see has the number "{answers.number}".', 2)
    try:
        content = _content(found, by, answers)
    except (PermissionDenied, Refused) as refusal:
        return complain(str(refusal), 2)
    told = {"form": answers.form, "audience": answers.audience or ""}
    note(by, "incident-take-out", kind="read", record=found, unit_id=found.unit_id, **told)
    return put_out(content, answers.out)


def _content(found: Incident, by: Person, answers: argparse.Namespace) -> bytes:
    from keepwell.areas.incidents.rules import dossier, outward

    if answers.form in ON_PAPER:
        return dossier.write(found, by, answers.language, answers.form)
    outward.require_outward(by, found)
    return outward.written(found, answers.form, answers.audience, by=by).content


COMMANDS = {"incidents": incidents, "past-notices": past_notices, "incident": incident}
