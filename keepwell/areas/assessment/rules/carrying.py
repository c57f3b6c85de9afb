"""Last year's answers: carried over to this year's cycle, across versions of the framework by the crosswalk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext

from keepwell.areas.assessment.models import Answer, Assessment, Cycle, Source
from keepwell.areas.assessment.rules.outlines import Outline
from keepwell.areas.frameworks.models import Scale, Version
from keepwell.areas.frameworks.rules.comparing import ancestry
from keepwell.kernel.rollup.means import exact_sum
from keepwell.kernel.rounding import half_up


class Given(NamedTuple):
    """What the site itself said of a requirement in the cycle before."""

    pk: UUID
    node: UUID
    policy: Decimal | None
    practice: Decimal | None
    not_applicable: bool
    reason: str


class Carried(NamedTuple):
    """What the cycle before said of a requirement: the answer itself, or an estimate out of several."""

    policy: Decimal | None
    practice: Decimal | None
    not_applicable: bool
    reason: str
    is_estimated: bool
    answer: UUID | None


def ancestors(old: Version, new: Version, outline: Outline) -> dict[str, tuple[UUID, ...]]:
    """The requirements of `old` from which each leaf of `new` descends, by the crosswalk or, without one, by equal
    codes: just as the comparison of the two versions says it.

    A requirement that was merged into a whole category is no ancestor of any single leaf.
    """
    known = ancestry(old, new)
    return {
        line.code: tuple(source for source, _relation in known[line.pk])
        for line in outline.leaves if line.pk in known
    }  # fmt: skip


class Carrying:
    """Carries answers of the cycle before to the requirements of `cycle`."""

    def __init__(self, cycle: Cycle, outline: Outline) -> None:
        self.cycle, self.outline = cycle, outline
        before = cycle.previous
        self.same = before is not None and before.framework_version_id == cycle.framework_version_id
        self.same_scale = before is not None and before.scale_id == cycle.scale_id
        self._from: dict[str, tuple[UUID, ...]] = {}
        if before is not None:
            self._from = (
                {line.code: (line.pk,) for line in outline.leaves} if self.same
                else ancestors(before.framework_version, cycle.framework_version, outline)
            )  # fmt: skip

    def before(self, assessments: Any) -> dict[UUID, list[Given]]:
        """The site's own answers in some assessments of the cycle before, by assessment: one query."""
        rows = (
            Answer.objects.filter(assessment__in=assessments, source=Source.SELF)
            .given()
            .order_by("assessment")
        )
        told = rows.values_list("assessment", "pk", "node", "policy", "practice", "not_applicable", "reason")
        return {key: [Given(*row[1:]) for row in found] for key, found in groupby(told, key=itemgetter(0))}

    def carried(self, answers: Iterable[Given]) -> dict[str, Carried]:
        """What each leaf inherits from one assessment's answers, by its code."""
        by_node = {answer.node: answer for answer in answers}
        found: dict[str, Carried] = {}
        for code, sources in self._from.items():
            held = [by_node[source] for source in sources if source in by_node]
            if held:
                one = _itself(held[0]) if self.same else self._estimate(held)
                found[code] = self._on_scale(one)
        return found

    def _estimate(self, held: list[Given]) -> Carried:
        """The mean of several answers, on the steps of the scale; not applicable only if none of them is."""
        scored = [answer for answer in held if not answer.not_applicable]
        reason = " / ".join(dict.fromkeys(answer.reason for answer in held if answer.reason))[:4000]
        answer = held[0].pk if len(held) == 1 else None
        if not scored:
            return Carried(None, None, True, reason, True, answer)
        policies = [answer.policy for answer in scored if answer.policy is not None]
        practices = [answer.practice for answer in scored if answer.practice is not None]
        scale = self.cycle.scale
        return Carried(_mean(policies, scale), _mean(practices, scale), False, reason, True, answer)

    def _on_scale(self, one: Carried) -> Carried:
        """The same as this cycle can hold it: one dimension has no policy score, two need one."""
        policy, practice = one.policy, one.practice
        if not self.cycle.has_two_dimensions:
            policy = None
        elif policy is None and practice is not None:
            policy = practice
        return Carried(policy, practice, one.not_applicable, one.reason, one.is_estimated, one.answer)

    def copy(
        self, assessment: Assessment, carried: Mapping[str, Carried], nodes: Mapping[UUID, Any]
    ) -> list[Answer]:
        """New answers that wait to be examined; `nodes` are the requirements by id."""
        if not self.same_scale:
            return []
        made = []
        for code, one in carried.items():
            answer = Answer(
                assessment=assessment, node=nodes[self.outline.by_code[code].pk], source=Source.SELF, policy=one.policy,
                practice=one.practice, not_applicable=one.not_applicable, reason=one.reason or _unsaid(one),
                standing=Answer.Standing.TO_EXAMINE, is_estimated=one.is_estimated,
            )  # fmt: skip
            answer.previous_id = None if one.is_estimated else one.answer
            made.append(answer)
        return made


def _itself(answer: Given) -> Carried:
    return Carried(answer.policy, answer.practice, answer.not_applicable, answer.reason, False, answer.pk)


def _unsaid(one: Carried) -> str:
    return gettext("As in the cycle before.") if one.not_applicable else ""


def _mean(values: list[Decimal], scale: Scale) -> Decimal | None:
    """The mean on the steps of the scale, halves up; None of nothing."""
    if not values:
        return None
    mean = exact_sum([Fraction(value) for value in values]) / len(values)
    steps = half_up((mean - Fraction(scale.lowest)) / Fraction(scale.step))
    return (scale.lowest + steps * scale.step).quantize(Decimal("0.01"))
