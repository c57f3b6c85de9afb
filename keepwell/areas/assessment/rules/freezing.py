"""A frozen year: everything it rests on in one file under its digest; a correction stands beside it for ever."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Answer, Assessment, Cycle, Result, Snapshot, Source, View
from keepwell.areas.assessment.models.results import told
from keepwell.areas.assessment.rules.answering import Given, write
from keepwell.areas.assessment.rules.closing import require_validated
from keepwell.areas.assessment.rules.outlines import outline
from keepwell.areas.assessment.rules.recounting import recount_cycle
from keepwell.areas.assessment.rules.results import OWN, as_of
from keepwell.kernel import moments
from keepwell.kernel.rollup.explaining import Part, pool
from keepwell.kernel.rollup.tree import Method
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.exchange.files import fetch
from keepwell.platform.exchange.files import keep as keep_file
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Ancestry, Unit, on

FORM = "keepwell.cycle/1"
SHORTEST_REASON = 10
Structure = dict[
    str, list[str]
]  # the id of each unit, and those of itself and all above it, the nearest first


def may_freeze(cycle: Cycle) -> bool:
    """Whether it has come so far that it may be frozen, once everything is validated."""
    return cycle.state in (Cycle.State.VALIDATION, Cycle.State.PUBLISHED) and cycle.retired_at is None


@act(
    Level.DECIDE,
    label=_("Freeze"),
    offered=may_freeze,
    explains=_(
        "The year is kept as it is for ever, under a digest in the trail; a correction stands beside it."
    ),
)
def freeze(cycle: Cycle, *, by: Person) -> Snapshot:
    """Keep a cycle for ever. Refused while somebody has still to answer or to validate."""
    require_validated(cycle)
    recount_cycle(cycle)
    now = moments.now()
    cycle.state, cycle.frozen_at = Cycle.State.FROZEN, now
    cycle.published_at = cycle.published_at or now
    cycle.save()
    return _take(cycle, by, reason="")


def restate(
    assessment: Assessment, given: Sequence[Given], *, by: Person, source: Source, reason: str
) -> Snapshot:
    """Correct scores of a frozen cycle: the year as it was frozen stays, and is kept anew beside it with `reason`.

    Needs the right to decide where the cycle lies. Raises what `save_answers` raises.
    """
    cycle = assessment.cycle
    require(by, "assessment", Level.DECIDE, cycle.unit)
    if not cycle.is_frozen:
        raise Refused(
            gettext("“%(cycle)s” is not frozen; its scores are changed as they are.") % {"cycle": cycle}
        )
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused(gettext("Write at least one sentence; it stays beside the year."))
    with transaction.atomic(), acting(by, "cycle.restate", reason=reason.strip()):
        if not write(assessment, given, by=by, source=source):
            raise Refused(gettext("These scores are as they were; there is nothing to restate."))
        return _take(cycle, by, reason=reason.strip()[:500])


def snapshots(cycle: Cycle) -> list[Snapshot]:
    """The year as it was frozen, then each restatement."""
    return list(cycle.snapshots.current().select_related("taken_by").order_by("number"))


def read_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    """What was kept; raises OSError if the file is gone, ValueError if it is no longer what it was."""
    found: dict[str, Any] = json.loads(fetch(snapshot.digest))
    return found


def is_as_frozen(cycle: Cycle) -> bool:
    """Whether the records still say what was kept last."""
    last = snapshots(cycle)[-1]
    return keep_content(_content(cycle, last.structure)) == fetch(last.digest)


def keep_content(content: dict[str, Any]) -> bytes:
    """The same content always as the same bytes."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _take(cycle: Cycle, by: Person, *, reason: str) -> Snapshot:
    number = cycle.snapshots.aggregate(last=Max("number"))["last"]
    structure = snapshots(cycle)[0].structure if number is not None else structure_of(cycle)
    kept = keep_file(keep_content(_content(cycle, structure)))
    made = Snapshot(
        cycle=cycle, number=0 if number is None else number + 1, digest=kept.sha256, size_bytes=kept.size_bytes,
        structure=structure, reason=reason, taken_by=by, taken_at=moments.now(),
    )  # fmt: skip
    made.save()
    return made


def structure_of(cycle: Cycle) -> Structure:
    """Where each unit of the cycle lies on its day: its own id, then those above it."""
    mine = Assessment.objects.filter(cycle=cycle).values("unit")
    rows = Ancestry.objects.filter(on(as_of(cycle)), descendant__in=mine).order_by(
        "descendant__code", "depth"
    )
    found: Structure = {}
    for unit, above in rows.values_list("descendant", "ancestor"):
        found.setdefault(str(unit), []).append(str(above))
    return found


def _content(cycle: Cycle, structure: Structure) -> dict[str, Any]:
    """Everything a year rests on, and what it came to, by names of the trade and never by ids of a database."""
    held = list(Assessment.objects.filter(cycle=cycle).select_related("unit").order_by("unit__code", "scope"))
    codes = {str(pk): code for pk, code in Unit.objects.values_list("pk", "code")}
    places = {codes[unit]: [codes[one] for one in above] for unit, above in structure.items()}
    return {
        "form": FORM,
        "cycle": _facts(cycle),
        "structure": places,
        "requirements": [line.code for line in outline(cycle.framework_version).leaves],
        "targets": list(_targets(cycle)),
        "assessments": list(_assessments(cycle, held)),
        "figures": _figures(cycle, held, places),
    }


def _facts(cycle: Cycle) -> dict[str, Any]:
    plain = ("name", "year", "dimensions", "combining", "counting", "method", "weights")
    return {name: getattr(cycle, name) for name in plain} | {
        "unit": cycle.unit.code, "framework": cycle.framework_version.code, "scale": cycle.scale.code,
        "policy_share": _number(cycle.policy_share), "coverage_threshold": _number(cycle.coverage_threshold),
        "as_of": as_of(cycle).isoformat(),
    }  # fmt: skip


def _targets(cycle: Cycle) -> Iterator[list[Any]]:
    rows = cycle.targets.approved().order_by("unit__code", "node__position", "scope", "criticality", "pk")
    for unit, code, scope, of, value in rows.values_list(
        "unit__code", "node__code", "scope", "criticality", "value"
    ):
        yield [unit, code, scope, of, _number(value)]


def _assessments(cycle: Cycle, held: list[Assessment]) -> Iterator[dict[str, Any]]:
    rows = (
        Answer.objects.current().filter(assessment__cycle=cycle).order_by("node__position", "node__code", "source")
        .values_list("assessment", "node__code", "source", "policy", "practice", "not_applicable", "reason", "standing")
    )  # fmt: skip
    answers: dict[UUID, list[list[Any]]] = {}
    for key, code, source, policy, practice, *rest in rows:
        answers.setdefault(key, []).append([code, source, _number(policy), _number(practice), *rest])
    for one in held:
        yield {
            "unit": one.unit.code, "scope": one.scope, "state": one.state, "weight": _number(one.weight),
            "withdrawn_reason": one.withdrawn_reason, "answers": answers.get(one.pk, []),
        }  # fmt: skip


def _figures(
    cycle: Cycle, held: list[Assessment], places: dict[str, list[str]]
) -> dict[str, dict[str, dict[str, str]]]:
    """The exact score of each unit by scope and requirement, by the cycle's method: fractions as text."""
    method, threshold = Method(cycle.method), Fraction(cycle.coverage_threshold)
    counted = {one.pk: one for one in held if not one.is_withdrawn}
    rows = Result.objects.filter(assessment__cycle=cycle, view=View.COUNTING, on_version=OWN).order_by(
        "code", "assessment"
    )
    parts: dict[tuple[str, str, str], list[Part]] = {}
    for row in rows.iterator(2_000):
        one = counted.get(row.assessment_id)
        value = row.rolled.published(method, threshold) if one is not None else None
        if one is not None and value is not None:
            weight = Fraction(row.aimed) if method is Method.SHARE_AT_TARGET else Fraction(one.weight)
            for unit in places.get(one.unit.code, [one.unit.code]):
                parts.setdefault((unit, one.scope, row.code), []).append(Part(one.unit.code, value, weight))
    found: dict[str, dict[str, dict[str, str]]] = {}
    for (unit, scope, code), pieces in sorted(parts.items()):
        found.setdefault(unit, {}).setdefault(scope, {})[code] = told(pool(unit, method, pieces).value)
    return found


def _number(value: Any) -> str | None:
    """A decimal as text, the same from every database."""
    return None if value is None else f"{value.normalize():f}"
