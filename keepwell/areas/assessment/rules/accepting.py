"""Validating by the part: what the site says is taken over where nobody has said otherwise."""

from __future__ import annotations

from keepwell.areas.assessment.models import Answer, Assessment, Source
from keepwell.areas.assessment.rules.answering import Given, save_answers
from keepwell.areas.assessment.rules.outlines import outline
from keepwell.platform.people.models import Person


def accept_part(assessment: Assessment, code: str, *, by: Person) -> int:
    """Take over as validated what the site says of a requirement and all below it ("": everything), where no
    validated score stands yet; returns how many were taken over."""
    lines = outline(assessment.cycle.framework_version)
    if code:
        lines.line(code)
    nodes = {line.pk: line.code for line in lines.below(code)}
    rows = Answer.objects.filter(assessment=assessment, node__in=list(nodes)).given()
    found: dict[str, dict[str, Answer]] = {}
    for row in rows.filter(source__in=(Source.SELF, Source.VALIDATED)):
        found.setdefault(nodes[row.node_id], {})[row.source] = row
    said = {code: one[Source.SELF] for code, one in found.items() if Source.SELF in one and len(one) == 1}
    given = [
        Given(code, one.policy, one.practice, one.not_applicable, one.reason if one.not_applicable else "", 0)
        for code, one in said.items()
    ]
    return len(save_answers(assessment, given, by=by, source=Source.VALIDATED))
