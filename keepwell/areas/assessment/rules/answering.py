"""Giving scores: one or many in one call, checked together, nothing half written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext

from keepwell.areas.assessment.models import Answer, Assessment, Cycle, Source
from keepwell.areas.assessment.rules.outlines import Line, Outline, outline
from keepwell.areas.assessment.rules.recounting import recount
from keepwell.areas.assessment.rules.results import Reckoning
from keepwell.areas.assessment.rules.sources import require_writer
from keepwell.areas.frameworks.models import Node
from keepwell.kernel import moments
from keepwell.kernel.refusing import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.history.bulk import create_all, update_all
from keepwell.platform.history.models import conflict
from keepwell.platform.history.noting import refused
from keepwell.platform.people.models import Person

MOST_AT_ONCE = 2_000
LONGEST_REASON = 4_000
SAVE = "answer.save"
Change = tuple[Answer, bool]  # an answer as it is to be, and whether it is new


@dataclass(frozen=True)
class Given:
    """What somebody says of one requirement, called by its code.

    `version` is that of the answer they saw, 0 if there was none, None if they saw none and will not overwrite
    one by somebody else unseen: it is refused where an answer of this cycle is there already.
    """

    code: str
    policy: Decimal | None = None
    practice: Decimal | None = None
    not_applicable: bool = False
    reason: str = ""
    version: int | None = None


class Mistaken(Refused):
    """Some answers do not fit; `by_code` says which and why. Nothing was written."""

    def __init__(self, by_code: dict[str, list[str]]) -> None:
        super().__init__(" ".join(f"{code}: {' '.join(told)}" for code, told in by_code.items()))
        self.by_code = by_code


def save_answers(
    assessment: Assessment, given: Sequence[Given], *, by: Person, source: Source = Source.SELF
) -> list[Answer]:
    """Give scores of one source to some requirements of an assessment; returns the answers as they stand now.

    Raises PermissionDenied (not that source, not here), Refused (not now), Mistaken (what does not fit, all at
    once) or Conflict (somebody else answered in between); then nothing is written.
    """
    try:
        with transaction.atomic():
            held = _held(assessment)
            lines = outline(held.cycle.framework_version)
            require_writer(by, held, source, [one.code for one in given], lines)
            require_open(held, source)
            with acting(by, SAVE, source=source.value):
                return _saved(held, list(given), by, source, lines)[0]
    except PermissionDenied as refusal:
        refused(refusal, by, SAVE, record=assessment)
        raise


def write(assessment: Assessment, given: Sequence[Given], *, by: Person, source: Source) -> int:
    """The same without asking for rights or states, for a restatement, within its act; returns how many changed."""
    held = _held(assessment)
    return _saved(held, list(given), by, source, outline(held.cycle.framework_version))[1]


def confirm_unchanged(assessment: Assessment, codes: Sequence[str], *, by: Person) -> list[Answer]:
    """Say that answers carried over from the cycle before still hold as they are; returns them."""
    with transaction.atomic():
        held = _held(assessment)
        waiting = Answer.objects.current().filter(
            assessment=held, source=Source.SELF, node__code__in=codes, standing=Answer.Standing.TO_EXAMINE
        )  # fmt: skip
        given = [
            Given(one.node.code, one.policy, one.practice, one.not_applicable, one.reason, one.version)
            for one in waiting.select_related("node")
        ]
        return save_answers(held, given, by=by)


def _held(assessment: Assessment) -> Assessment:
    """The assessment as it is now, held, so that its results follow one answer after the other."""
    rows = Assessment.objects.select_for_update(of=("self",)).select_related(
        "unit", "cycle__unit", "cycle__framework_version", "cycle__scale"
    )  # fmt: skip
    return rows.get(pk=assessment.pk)


def _saved(
    held: Assessment, given: list[Given], by: Person, source: Source, lines: Outline
) -> tuple[list[Answer], int]:
    """The answers as they stand then, and how many of them changed."""
    if len(given) > MOST_AT_ONCE:
        raise Refused(gettext("Send %(most)d answers at once at most.") % {"most": MOST_AT_ONCE})
    writing = _Writing(held, source, lines, _present(held, lines, given), by)
    changes = writing.changes(given)
    create_all([answer for answer, is_new in changes if is_new])
    update_all([answer for answer, is_new in changes if not is_new])
    if changes:
        recount(held, Reckoning(held.cycle, on=lines))
        if source is Source.SELF and held.state == Assessment.State.ASKED:
            held.state = Assessment.State.ANSWERING
            held.save()
    return [writing.known[one.code] for one in given if one.code in writing.known], len(changes)


def require_open(assessment: Assessment, source: Source) -> None:
    """Refuse scores where the cycle or the assessment takes none of that source now."""
    cycle = assessment.cycle
    if cycle.is_frozen:
        raise Refused(
            gettext("“%(cycle)s” is frozen; a correction is made as a restatement.") % {"cycle": cycle}
        )
    if not cycle.is_running or assessment.retired_at is not None:
        raise Refused(gettext("“%(cycle)s” takes no scores at present.") % {"cycle": cycle})
    if assessment.is_withdrawn:
        raise Refused(gettext("%(assessment)s was withdrawn.") % {"assessment": assessment})
    if source is Source.SELF and not assessment.is_owed:
        raise Refused(
            gettext("%(assessment)s was submitted; whoever validates it can return it.")
            % {"assessment": assessment}
        )
    if source is Source.VALIDATED and assessment.is_owed:
        raise Refused(
            gettext("%(assessment)s is not submitted yet; it can be validated then.")
            % {"assessment": assessment}
        )


def _present(held: Assessment, outline: Outline, given: list[Given]) -> dict[tuple[str, str], Answer]:
    """The answers there are to these requirements, of any source, by code and source; each knows the one before."""
    nodes = [outline.by_code[one.code].pk for one in given if one.code in outline.by_code]
    rows = Answer.objects.current().filter(assessment=held, node__in=nodes).select_related("previous")
    found = {}
    for row in rows:
        row.assessment = held
        found[outline.by_pk[row.node_id].code, row.source] = row
    return found


class _Writing:
    """Turns what was given into answers of one source, collecting what does not fit."""

    def __init__(
        self,
        held: Assessment,
        source: Source,
        outline: Outline,
        present: dict[tuple[str, str], Answer],
        by: Person,
    ) -> None:
        self.held, self.source, self.outline, self.present, self.by = held, source, outline, present, by
        self.cycle: Cycle = held.cycle
        self.known = {code: one for (code, of), one in present.items() if of == source}
        self.wrong: dict[str, list[str]] = {}

    def changes(self, given: list[Given]) -> list[Change]:
        """The answers that differ from what is there. Raises Mistaken or Conflict."""
        seen: set[str] = set()
        changed: list[Change] = []
        for one in given:
            told = self._mistakes(one)
            if one.code in seen:
                told = [gettext("This requirement was answered twice.")]
            seen.add(one.code)
            if told:
                self.wrong[one.code[:60]] = told
            elif (change := self._change(one)) is not None:
                changed.append(change)
        if self.wrong:
            raise Mistaken(self.wrong)
        return changed

    def _mistakes(self, one: Given) -> list[str]:
        line = self.outline.by_code.get(one.code)
        if line is None or not line.is_leaf:
            return [gettext("This is nothing that is answered in this cycle.")]
        found = list(mistakes_of(one, self.cycle))
        if not found and _needs_reason(one, self._beside(one.code), self.cycle):
            found.append(self._why(one))
        return found

    def _beside(self, code: str) -> Answer | None:
        """What a score is held against: the site's own of the cycle before, or, when it is validated, of now."""
        if self.source is Source.VALIDATED:
            return self.present.get((code, Source.SELF))
        own = self.known.get(code)
        return (
            own.previous if own is not None and self.source is Source.SELF and not own.is_estimated else None
        )

    def _why(self, one: Given) -> str:
        step = self.cycle.reason_step.normalize()
        if self.source is Source.VALIDATED:
            return gettext("Say why: it differs from the site's score by more than %(step)s.") % {
                "step": f"{step:f}"
            }
        return gettext("Say why: it moved by more than %(step)s since the cycle before.") % {
            "step": f"{step:f}"
        }

    def _change(self, one: Given) -> Change | None:
        """The answer as it is to be; None if it is so already."""
        answer = self.known.get(one.code)
        if answer is None:
            if one.version:
                self.wrong[one.code] = [gettext("There is no answer of that version.")]
                return None
            return self._fill(self._new(self.outline.by_code[one.code]), one), True
        self._see_version(answer, one)
        if answer.is_given and _values(answer) == _told(one):
            return None
        return self._fill(answer, one), False

    def _see_version(self, answer: Answer, one: Given) -> None:
        """Raise Conflict where somebody answered since, and it was not this very answer that they saw."""
        if one.version is None and not answer.is_given:
            return
        if one.version is not None and one.version > answer.version:
            self.wrong[one.code] = [gettext("There is no answer of that version.")]
        elif one.version != answer.version and _values(answer) != _told(one):
            answer.version = one.version or 0
            raise conflict(answer)

    def _new(self, line: Line) -> Answer:
        answer = Answer(assessment=self.held, source=self.source)
        answer.node = Node(pk=line.pk, code=line.code)
        self.known[line.code] = answer
        return answer

    def _fill(self, answer: Answer, one: Given) -> Answer:
        was = _values(answer) if not answer._state.adding else None
        answer.standing = self._standing(answer, one, was)
        answer.policy, answer.practice, answer.not_applicable, answer.reason = _told(one)
        answer.answered_by, answer.answered_at = self.by, moments.now()
        return answer

    def _standing(self, answer: Answer, one: Given, was: Any) -> str:
        """How it stands to the cycle before; of a validated score, to what the site says."""
        if self.source is Source.VALIDATED:
            beside = self._beside(one.code)
            same = beside is not None and _score(beside) == _told(one)[:3]
            return Answer.Standing.ACCEPTED if same else Answer.Standing.CHANGED
        if self.source is not Source.SELF or was is None:
            return Answer.Standing.NEW
        if answer.previous is not None and not answer.is_estimated:
            same = _score(answer.previous) == _told(one)[:3]
            return Answer.Standing.UNCHANGED if same else Answer.Standing.CHANGED
        if was[:3] != _told(one)[:3]:
            return Answer.Standing.NEW if answer.standing == Answer.Standing.NEW else Answer.Standing.CHANGED
        return answer.standing if answer.is_given else Answer.Standing.UNCHANGED


def mistakes_of(one: Given, cycle: Cycle) -> Iterator[str]:
    """What is wrong with the values alone, sentence by sentence."""
    if len(one.reason) > LONGEST_REASON:
        yield gettext("A reason has %(most)d characters at most.") % {"most": LONGEST_REASON}
    if any(sign == "\x00" or "\ud800" <= sign <= "\udfff" for sign in one.reason):
        yield gettext("The reason holds a character that no text has.")
    if one.not_applicable:
        if one.policy is not None or one.practice is not None:
            yield gettext("What does not apply has no score.")
        if not one.reason.strip():
            yield gettext("Say why it does not apply.")
        return
    if one.practice is None or (cycle.has_two_dimensions and one.policy is None):
        yield (
            gettext("Give both scores, policy and practice, or say that it does not apply.")
            if cycle.has_two_dimensions else gettext("Give a score, or say that it does not apply.")
        )  # fmt: skip
    if not cycle.has_two_dimensions and one.policy is not None:
        yield gettext("This cycle has one score; send it as practice.")
    for value in (one.policy, one.practice):
        if value is not None and not (value.is_finite() and abs(value) < 1_000 and cycle.scale.holds(value)):
            yield gettext("A score runs from %(lowest)s to %(highest)s in steps of %(step)s.") % {
                name: f"{number.normalize():f}" for name, number in (
                    ("lowest", cycle.scale.lowest), ("highest", cycle.scale.highest), ("step", cycle.scale.step))
            }  # fmt: skip
            return


def _needs_reason(one: Given, beside: Answer | None, cycle: Cycle) -> bool:
    """Whether it moved by more than the cycle's step, and no reason of its own is given."""
    if beside is None or one.not_applicable or beside.not_applicable:
        return False
    pairs = ((one.policy, beside.policy), (one.practice, beside.practice))
    moved = any(a is not None and b is not None and abs(a - b) > cycle.reason_step for a, b in pairs)
    return moved and one.reason.strip() in ("", beside.reason)


def _told(one: Given) -> tuple[Decimal | None, Decimal | None, bool, str]:
    return one.policy, one.practice, one.not_applicable, one.reason.strip()


def _score(answer: Answer) -> tuple[Decimal | None, Decimal | None, bool]:
    return answer.policy, answer.practice, answer.not_applicable


def _values(answer: Answer) -> tuple[Decimal | None, Decimal | None, bool, str]:
    return answer.policy, answer.practice, answer.not_applicable, answer.reason
