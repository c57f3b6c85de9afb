"""One piece of evidence for the answers to several requirements."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext

from keepwell.areas.assessment.models import Answer, Assessment, Source
from keepwell.areas.assessment.rules.outlines import Line, outline
from keepwell.kernel.refusing import Refused
from keepwell.platform.evidence.models import Link, Piece
from keepwell.platform.evidence.rules import link
from keepwell.platform.people.models import Person
from keepwell.platform.records.links import address


def provable(assessment: Assessment, piece: Piece, *, person: Person, source: Source) -> list[Line]:
    """The requirements that are answered by `source` and that the piece does not prove yet, as far as `person` sees
    them, in their order."""
    lines = outline(assessment.cycle.framework_version)
    proved = Link.objects.current().filter(piece=piece, kind=Answer.type_name()).values("record_id")
    rows = Answer.objects.current().visible_to(person).filter(assessment=assessment, source=source)
    nodes = set(rows.exclude(pk__in=proved).values_list("node", flat=True))
    return [line for line in lines.leaves if line.pk in nodes]


def prove(assessment: Assessment, piece: Piece, codes: Sequence[str], *, by: Person, source: Source) -> int:
    """Let a piece prove what `source` says of the requirements `codes` of an assessment, all of them or none;
    returns how many. Needs the right to change those answers, and to see the piece."""
    wanted = list(dict.fromkeys(codes))
    rows = Answer.objects.current().visible_to(by).filter(assessment=assessment, source=source)
    answers = {one.node.code: one for one in rows.filter(node__code__in=wanted).select_related("node")}
    for code in wanted:
        if code not in answers:
            raise Refused(
                gettext("%(code)s has no score yet that evidence could prove.") % {"code": code[:60]}
            )
    if not wanted:
        raise Refused(gettext("Tick at least one requirement."))
    with transaction.atomic():
        for code in wanted:
            link(piece, by=by, record=address(Answer.type_name(), answers[code].pk))
    return len(wanted)
