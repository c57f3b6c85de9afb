"""Scores that were given elsewhere: a file with those of a whole cycle, brought in at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext

from keepwell.areas.assessment.models import Answer, Assessment, Cycle, Scope, Source
from keepwell.areas.assessment.rules.answering import Given, mistakes_of
from keepwell.areas.assessment.rules.outlines import Outline, outline
from keepwell.areas.assessment.rules.recounting import recount_cycle
from keepwell.areas.frameworks.models import Node
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.exchange import cells
from keepwell.platform.exchange.cells import RowError
from keepwell.platform.exchange.files import on_disk
from keepwell.platform.exchange.rows import Row, Unfit, read_rows
from keepwell.platform.history.acting import acting
from keepwell.platform.history.bulk import create_all, update_all
from keepwell.platform.history.noting import refused
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level
from keepwell.platform.todos.owing import all_settled

BRING_IN = "cycle.bring_in_scores"
HEADINGS = ("unit", "scope", "requirement", "source", "policy", "practice", "not_applicable", "reason")
NEEDED = HEADINGS[:3]
MOST_ROWS = 200_000
Key = tuple[UUID, UUID, str]  # assessment, requirement, source


@dataclass(frozen=True)
class PastScore:
    """One score of a file: `line` is where it stands there, `site` the code of a unit."""

    line: int
    site: str
    scope: str
    source: str
    given: Given


def read_scores(path: Path, name: str = "") -> list[PastScore]:
    """The scores of a CSV or XLSX file with the columns of `HEADINGS`; the first three must be there.

    Raises FileRefused (no such file can be read) or Unfit (cells that cannot be read, all at once).
    """
    return read_rows(path, name, HEADINGS, NEEDED, _score, most=MOST_ROWS)


def read_upload(file: Any) -> list[PastScore]:  # Any: a file that somebody sent, with its name
    """The scores of an uploaded file."""
    with on_disk(file.chunks()) as path:
        return read_scores(path, file.name or "")


def bring_in_scores(cycle: Cycle, scores: Sequence[PastScore], *, by: Person) -> int:
    """Take over the scores of a file into a running cycle; returns how many changed. All or nothing.

    It needs the right to decide at the cycle's unit: the file may hold scores of every source. A move needs no
    reason here. An assessment of which somebody but the site has then scored every requirement is validated.
    Raises PermissionDenied, Refused, or Unfit with every row that does not fit.
    """
    try:
        require(by, "assessment", Level.DECIDE, cycle.unit)
    except PermissionDenied as refusal:
        refused(refusal, by, BRING_IN, record=cycle)
        raise
    with transaction.atomic(), acting(by, BRING_IN):
        held = Cycle.objects.select_for_update(of=("self",)).select_related(
            "framework_version", "scale", "unit"
        )
        return _Bringing(held.get(pk=cycle.pk), by).bring(scores)


def _score(row: Row) -> PastScore:
    """A row as a score. Raises Unreadable."""
    given = Given(
        row.read("requirement", cells.text, ""), row.read("policy", cells.decimal), row.read("practice", cells.decimal),
        row.read("not_applicable", cells.boolean, empty=False), row.read("reason", cells.text, ""),
    )  # fmt: skip
    scope = row.read("scope", lambda cell: cells.choice(cell.casefold(), Scope.values), "")
    source = row.read(
        "source", lambda cell: cells.choice(cell.casefold(), Source.values), Source.IMPORTED.value
    )
    return PastScore(row.line, row.read("unit", cells.text, ""), scope, source, given)


class _Bringing:
    """Takes the scores of one file over, looking everything up once."""

    def __init__(self, cycle: Cycle, by: Person) -> None:
        if not cycle.is_running or cycle.retired_at is not None:
            raise Refused(gettext("“%(cycle)s” takes no scores at present.") % {"cycle": cycle})
        self.cycle, self.by, self.at = cycle, by, moments.now()
        self.lines: Outline = outline(cycle.framework_version)
        self.nodes = {line.code: Node(pk=line.pk, code=line.code) for line in self.lines.leaves}
        rows = Assessment.objects.counted().filter(cycle=cycle).select_for_update(of=("self",))
        self.assessments = {
            (one.unit.code, one.scope): one for one in rows.select_related("unit").order_by("pk")
        }
        for one in self.assessments.values():
            one.cycle = cycle

    def bring(self, scores: Sequence[PastScore]) -> int:
        errors = list(self._errors(scores))
        if errors:
            raise Unfit(errors)
        known = self._known(scores)
        made, changed = [], []
        for score in scores:
            key = self._key(score)
            answer = known.get(key)
            if answer is None:
                made.append(self._filled(self._new(score), score))
            elif _differs(answer, score.given):
                changed.append(self._filled(answer, score))
        create_all(made)
        update_all(changed)
        self._finish({self._key(score)[0] for score in scores})
        recount_cycle(self.cycle)
        return len(made) + len(changed)

    def _errors(self, scores: Iterable[PastScore]) -> Iterator[RowError]:
        seen: dict[Key, int] = {}
        for score in scores:
            one = score.given
            if (score.site, score.scope) not in self.assessments:
                found = f"{score.site} {score.scope}"
                yield RowError(
                    score.line, "unit", found, gettext("a site and scope that this cycle assesses")
                )
            elif one.code not in self.nodes:
                yield RowError(
                    score.line,
                    "requirement",
                    one.code,
                    gettext("a requirement that is answered in this cycle"),
                )
            elif (key := self._key(score)) in seen:
                expected = gettext("each once in a file; it stands in line %(line)d too") % {
                    "line": seen[key]
                }
                yield RowError(score.line, "requirement", one.code, expected)
            else:
                seen[key] = score.line
                for sentence in mistakes_of(one, self.cycle):
                    yield RowError(
                        score.line,
                        "practice",
                        _shown(one),
                        gettext("a score that fits: %(why)s") % {"why": sentence},
                    )

    def _key(self, score: PastScore) -> Key:
        return (
            self.assessments[score.site, score.scope].pk, self.nodes[score.given.code].pk, score.source,
        )  # fmt: skip

    def _known(self, scores: Sequence[PastScore]) -> dict[Key, Answer]:
        """The answers there are already, by whose they are."""
        mine = Assessment.objects.filter(cycle=self.cycle).values("pk")
        sources = {score.source for score in scores}
        rows = Answer.objects.current().filter(assessment__in=mine, source__in=sources)
        return {(row.assessment_id, row.node_id, row.source): row for row in rows.select_related("previous")}

    def _new(self, score: PastScore) -> Answer:
        answer = Answer(assessment=self.assessments[score.site, score.scope], source=score.source)
        answer.node = self.nodes[score.given.code]
        return answer

    def _filled(self, answer: Answer, score: PastScore) -> Answer:
        one = score.given
        before = answer.previous if not answer.is_estimated else None
        values = (one.policy, one.practice, one.not_applicable)
        answer.standing = Answer.Standing.NEW
        if before is not None:
            same = (before.policy, before.practice, before.not_applicable) == values
            answer.standing = Answer.Standing.UNCHANGED if same else Answer.Standing.CHANGED
        answer.policy, answer.practice, answer.not_applicable = values
        answer.reason = one.reason.strip()
        answer.answered_by, answer.answered_at = self.by, self.at
        return answer

    def _finish(self, touched: set[UUID]) -> None:
        """Let each assessment be as far as its scores are: validated once somebody but the site itself has scored
        every requirement, being answered before."""
        by_pk = {one.pk: one for one in self.assessments.values()}
        covered = self._covered(touched)
        validated, begun = [], []
        for pk in sorted(touched):
            one = by_pk[pk]
            if len(covered.get(pk, ())) == len(self.nodes) and one.state != Assessment.State.VALIDATED:
                one.state, one.validated_at, one.validated_by = Assessment.State.VALIDATED, self.at, self.by
                one.submitted_at, one.submitted_by = one.submitted_at or self.at, one.submitted_by or self.by
                validated.append(one)
            elif one.state == Assessment.State.ASKED:
                one.state = Assessment.State.ANSWERING
                begun.append(one)
        update_all([*validated, *begun])
        if validated:
            all_settled(Assessment.objects.filter(cycle=self.cycle, validated_at=self.at))

    def _covered(self, touched: set[UUID]) -> dict[UUID, set[UUID]]:
        """The requirements that have a score that counts, by assessment; the site's own only where it alone counts."""
        sources: list[Source] = [one for one in self.cycle.sources if one is not Source.SELF]
        sources = sources or [Source.SELF]
        mine = Assessment.objects.filter(cycle=self.cycle).values("pk")
        rows = Answer.objects.filter(assessment__in=mine, source__in=sources).given()
        found: dict[UUID, set[UUID]] = {}
        for assessment, node in rows.values_list("assessment", "node"):
            if assessment in touched:
                found.setdefault(assessment, set()).add(node)
        return found


def _shown(one: Given) -> str:
    """The scores of a row as they stand there."""
    return " ".join(str(value) for value in (one.policy, one.practice) if value is not None)


def _differs(answer: Answer, one: Given) -> bool:
    there: tuple[Decimal | None, Decimal | None, bool, str] = (
        answer.policy, answer.practice, answer.not_applicable, answer.reason,
    )  # fmt: skip
    return not answer.is_given or there != (one.policy, one.practice, one.not_applicable, one.reason.strip())
