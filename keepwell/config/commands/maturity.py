"""The commands about maturity: scores brought in, the plan of a cycle, a cycle as OSCAL assessment results, and a
frozen year looked over."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from keepwell.config import env
from keepwell.config.commands.words import Words, complain, doer, put_out, readable, unit

if TYPE_CHECKING:
    from keepwell.areas.assessment.models import Cycle
    from keepwell.platform.people.models import Person

AS = "who does it (the sole administrator)"
OUT = "where to (standard output)"


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """`scores`, `plan`, `results` and `frozen`."""
    scores = all_words.add_parser("scores", help="bring scores into a cycle of maturity, all or nothing")
    scores.add_argument("cycle", metavar="CYCLE", help="its name, as CSF 2023")
    scores.add_argument("file", metavar="FILE", type=Path)
    scores.add_argument("--as", dest="by", metavar="PERSON", help=AS)
    outline = all_words.add_parser(
        "plan", help="the plan of a cycle of maturity: gaps by priority, and what they come to"
    )
    outline.add_argument("cycle", metavar="CYCLE", help="its name, as CSF 2025")
    outline.add_argument("--format", choices=("json", "xlsx"), required=True)
    outline.add_argument(
        "--language", metavar="L", choices=("en", "zh-hant"), default="en", help="en or zh-hant"
    )
    outline.add_argument("--at-target", action="store_true", help="uplift counts up to the target only")
    taken = all_words.add_parser("results", help="a cycle of maturity as OSCAL assessment results")
    taken.add_argument("cycle", metavar="CYCLE", help="its name, as CSF 2025")
    taken.add_argument("--unit", metavar="CODE", help="the unit, and all below it (the whole group)")
    taken.add_argument("--format", choices=("json", "xml"), required=True)
    frozen = all_words.add_parser(
        "frozen", help="a frozen year: whether it is as it was kept, or the file itself"
    )
    frozen.add_argument("cycle", metavar="CYCLE", help="its name, as CSF 2023")
    frozen.add_argument(
        "--number", metavar="N", type=int, help="the file: 0 as frozen, then each restatement"
    )
    for command in (outline, taken, frozen):
        command.add_argument("--out", metavar="FILE", type=Path, help=OUT)
        command.add_argument("--as", dest="by", metavar="PERSON", help=AS)


def scores(answers: argparse.Namespace) -> int:
    """Bring scores of any source into a cycle of maturity, and say how many changed."""
    from keepwell.areas.assessment import rules

    by = doer(answers.by)
    readable(answers.file)
    cycle = _cycle(answers.cycle, by)
    try:
        changed = rules.bring_in_scores(cycle, rules.read_scores(answers.file), by=by)
    except rules.Unfit as wrong:
        for error in wrong.errors:
            complain(str(error), 2)
        return complain(f"Nothing was written: {len(wrong.errors):,} errors.", 2)
    print(f"{changed:,} scores changed")
    return 0


def plan(answers: argparse.Namespace) -> int:
    """Write the plan of a cycle, to standard output or to a file."""
    from django.utils.translation import override

    from keepwell.areas.assessment.rules.planning import telling
    from keepwell.kernel import moments

    if answers.out is None and answers.format == "xlsx" and sys.stdout.isatty():
        return complain("A terminal cannot show xlsx; name a file with --out.", 2)
    by = doer(answers.by)
    cycle, day = _cycle(answers.cycle, by), moments.today(by.unit.time_zone)
    with override(answers.language):
        if answers.format == "xlsx":
            content = telling.plan_as_xlsx(
                cycle, by.unit, person=by, day=day, language=answers.language, at_target=answers.at_target
            )
        else:
            told = telling.plan_told(cycle, person=by, day=day, at_target=answers.at_target)
            content = (json.dumps(told, ensure_ascii=False, indent=2, default=str) + "\n").encode()
    return _given_out(content, answers.out, by, "cycles-plan-take-out", cycle)


def results(answers: argparse.Namespace) -> int:
    """Write a cycle as OSCAL assessment results, to standard output or to a file."""
    from keepwell.areas.assessment import rules

    by = doer(answers.by)
    cycle = _cycle(answers.cycle, by)
    content = rules.assessment_results(cycle, unit(answers.unit), answers.format, person=by)
    return _given_out(content, answers.out, by, "cycle-results", cycle)


def frozen(answers: argparse.Namespace) -> int:
    """Say as JSON whether a frozen year is as it was kept, with status 1 where it is not; or write a kept file."""
    from keepwell.areas.assessment import rules

    by = doer(answers.by)
    cycle = _cycle(answers.cycle, by)
    found = rules.frozen_year(cycle, person=by)
    if found is None:
        return complain(f"{cycle} was never frozen.", 2)
    if answers.number is None:
        content = (json.dumps(found.told(), ensure_ascii=False, indent=2) + "\n").encode()
        return _given_out(content, answers.out, by, "cycle-frozen", cycle) or int(not found.is_sound)
    try:
        kept = rules.kept_file(cycle, answers.number, person=by)
    except (OSError, ValueError):
        return complain("The file is missing or no longer what was kept; a backup has it.", 1)
    if kept is None:
        return complain(f"{cycle} was kept {len(found.kept)} times: 0 to {len(found.kept) - 1}.", 2)
    return _given_out(kept, answers.out, by, "cycle-frozen-file", cycle)


def _cycle(name: str, by: Person) -> Cycle:
    """The one cycle called so that `by` may see; else the command ends with status 2."""
    from keepwell.areas.assessment.models import Cycle

    rows = Cycle.objects.visible_to(by).current().select_related(
        "unit", "framework_version", "scale", "previous__framework_version"
    )  # fmt: skip
    found = list(rows.filter(name=name).order_by("unit__code")[:2])
    if len(found) != 1:
        env.stop(f'There is not exactly one cycle called "{name}".')
    return found[0]


def _given_out(content: bytes, out: Path | None, by: Person, what: str, cycle: Cycle) -> int:
    """Write `content` where it was asked for, and note in the trail that it left the house."""
    from keepwell.platform.history.noting import note

    note(by, what, kind="read", record=cycle)
    return put_out(content, out)


COMMANDS = {"scores": scores, "plan": plan, "results": results, "frozen": frozen}
