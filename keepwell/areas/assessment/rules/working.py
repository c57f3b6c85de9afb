"""What whoever answers needs to see: every requirement with its answer, last year's, targets, and what lies beside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db.models import Count

from keepwell.areas.assessment.models import Answer, Assessment, Comment, Cycle, Share, Source
from keepwell.areas.assessment.rules.carrying import Carried, Carrying
from keepwell.areas.assessment.rules.comparing import seen_assessments
from keepwell.areas.assessment.rules.outlines import Line, Outline, outline
from keepwell.areas.assessment.rules.results import as_of
from keepwell.areas.assessment.rules.sources import shared_with, writable
from keepwell.areas.assessment.rules.targets import Targets
from keepwell.kernel.rollup.spread import spread
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import may
from keepwell.platform.people.roles import Level

LEAST_PEERS, LEAST_FOR_QUARTILES = 5, 9
"""The fewest answers of which a median is shown, and of which quartiles are: of five, a quartile is the very answer of
the second lowest or highest, so that with the median three single answers would be told; of nine, two lie beyond it."""
TODO, CHANGED, DONE, NOT_APPLICABLE = "todo", "changed", "done", "not_applicable"


@dataclass(frozen=True)
class Entry:
    """One requirement of the answering page.

    `answers` are those of this cycle by source, one that waits to be examined among them; `before` is what the
    cycle before said; `state` is "todo", "changed", "done" or "not_applicable"; `shared` are the colleagues asked.
    """

    line: Line
    state: str
    answers: dict[str, Answer]
    before: Carried | None
    target: Fraction | None
    shared: tuple[Person, ...]
    open_comments: int

    @property
    def own(self) -> Answer | None:
        return self.answers.get(Source.SELF)

    @property
    def is_todo(self) -> bool:
        return self.state == TODO


@dataclass(frozen=True)
class Sheet:
    """An assessment as whoever answers it sees it; `groups` are what the entries belong to, in order."""

    assessment: Assessment
    outline: Outline
    entries: tuple[Entry, ...]
    writable: dict[Source, frozenset[str] | None]

    @property
    def counts(self) -> dict[str, int]:
        """How many entries are in which state, and "all"."""
        found = {
            state: sum(one.state == state for one in self.entries)
            for state in (TODO, CHANGED, DONE, NOT_APPLICABLE)
        }
        return found | {"all": len(self.entries), "answered": len(self.entries) - found[TODO]}

    def progress(self, code: str) -> tuple[int, int]:
        """Answered, and all, below a function or category."""
        below = [one for one in self.entries if code in self.outline.above(one.line.code)]
        return sum(not one.is_todo for one in below), len(below)

    def entry(self, code: str) -> Entry | None:
        return next((one for one in self.entries if one.line.code == code), None)

    def next_todo(self, after: str = "") -> Entry | None:
        """The next entry to answer after a code, round to the first."""
        codes = [one.line.code for one in self.entries]
        start = codes.index(after) + 1 if after in codes else 0
        turned = [*self.entries[start:], *self.entries[:start]]
        return next((one for one in turned if one.is_todo), None)


def sheet(assessment: Assessment, *, person: Person) -> Sheet:
    """The assessment for `person`: whole, or the parts they were asked to answer; in a fixed number of queries."""
    cycle = assessment.cycle
    lines = outline(cycle.framework_version)
    asked = (
        None if may(person, "assessment", Level.VIEW, assessment.unit) else shared_with(person, assessment)
    )
    answers: dict[UUID, dict[str, Answer]] = defaultdict(dict)
    rows = Answer.objects.current().filter(assessment=assessment).select_related("answered_by", "previous")
    for row in rows:
        row.assessment = assessment
        answers[row.node_id][row.source] = row
    before, aims = last_year(assessment, lines), Targets(cycle, lines, as_of(cycle)).of(assessment)
    shared, said = _shared(assessment, lines), _open_comments(assessment)
    entries = [
        Entry(line, state_of(answers.get(line.pk, {}).get(Source.SELF)), answers.get(line.pk, {}), before.get(line.code),
              aims.get(line.code), tuple(shared.get(line.code, ())), said.get(line.pk, 0))
        for line in lines.leaves if not asked or not asked.isdisjoint(lines.above(line.code))
    ]  # fmt: skip
    return Sheet(assessment, lines, tuple(entries), writable(person, assessment))


def last_year(assessment: Assessment, lines: Outline) -> dict[str, Carried]:
    """What the cycle before said of each requirement at this site, estimated where the framework changed."""
    if assessment.previous_id is None or assessment.cycle.previous is None:
        return {}
    carrying = Carrying(assessment.cycle, lines)
    given = carrying.before([assessment.previous_id])
    return carrying.carried(given.get(assessment.previous_id, []))


@dataclass(frozen=True)
class Beside:
    """What is known beside an answer, for policy and practice alike: None where it is not known.

    `peers` is how the other sites score themselves in the same scope; None under five of them.
    """

    now: Decimal | None
    before: Decimal | None
    is_before_estimated: bool
    validated: Decimal | None
    consultant: Decimal | None
    audit: Decimal | None
    peers: Peers | None
    target: Fraction | None


def beside(assessment: Assessment, code: str, *, person: Person) -> dict[str, Beside]:
    """What lies beside one answer, by dimension: "policy" (where the cycle has it) and "practice"."""
    found = sheet(assessment, person=person)
    entry = found.entry(code)
    if entry is None:
        return {}
    others = peers(assessment, entry.line)
    dimensions = ("policy", "practice") if assessment.cycle.has_two_dimensions else ("practice",)
    return {name: _beside(entry, name, others[name]) for name in dimensions}


def peers(assessment: Assessment, line: Line) -> dict[str, Peers | None]:
    """How the other sites of the cycle score themselves at a requirement, in the same scope: one query."""
    cycle = Assessment.objects.counted().filter(cycle=assessment.cycle_id, scope=assessment.scope)
    rows = Answer.objects.filter(assessment__in=cycle.exclude(pk=assessment.pk).values("pk"), node=line.pk)
    pairs = list(
        rows.filter(source=Source.SELF, not_applicable=False).given().values_list("policy", "practice")
    )
    return {name: _spread(pair[place] for pair in pairs) for place, name in enumerate(("policy", "practice"))}


def _spread(values: Iterable[Decimal | None]) -> Peers | None:
    found = spread((Fraction(value), None) for value in values if value is not None)
    if found is None or found.count < LEAST_PEERS:
        return None
    if found.count < LEAST_FOR_QUARTILES:
        return Peers(found.median, None, None)
    return Peers(found.median, found.first_quartile, found.third_quartile)


def _beside(entry: Entry, name: str, others: Peers | None) -> Beside:
    def of(source: Source) -> Decimal | None:
        answer = entry.answers.get(source)
        return getattr(answer, name) if answer is not None else None

    before = entry.before
    return Beside(
        of(Source.SELF), getattr(before, name) if before else None, bool(before and before.is_estimated),
        of(Source.VALIDATED), of(Source.CONSULTANT), of(Source.AUDIT), others, entry.target,
    )  # fmt: skip


@dataclass(frozen=True)
class Peers:
    """How the other sites score themselves: their median; the quartiles None where they would tell single answers."""

    median: Fraction
    first_quartile: Fraction | None
    third_quartile: Fraction | None


@dataclass(frozen=True)
class Progress:
    """How far one assessment is: answered of applicable, by the site's own answers."""

    assessment: Assessment
    answered: int
    leaves: int
    sources: frozenset[str]

    @property
    def share(self) -> Fraction:
        return Fraction(self.answered, self.leaves) if self.leaves else Fraction(0)


def board(cycle: Cycle, *, person: Person) -> list[Progress]:
    """Who is how far, as far as `person` may see it, by code of the site; in a fixed number of queries."""
    leaves = len(outline(cycle.framework_version).leaves)
    rows = Assessment.objects.current().filter(seen_assessments(person), cycle=cycle)
    given = Answer.objects.filter(assessment__cycle=cycle).given().order_by()
    counted: dict[UUID, dict[str, int]] = defaultdict(dict)
    for key, source, many in given.values_list("assessment", "source").annotate(many=Count("pk")):
        counted[key][source] = many
    return [
        Progress(one, counted[one.pk].get(Source.SELF, 0), leaves, frozenset(counted[one.pk]))
        for one in rows.select_related("unit", "cycle", "submitted_by", "validated_by").order_by(
            "unit__code", "scope", "pk"
        )
    ]


def comments(assessment: Assessment, code: str, *, person: Person) -> list[Comment]:
    """What was said about a requirement, the oldest first, as far as `person` may see it."""
    rows = Comment.objects.visible_to(person).current().filter(assessment=assessment, node__code=code)
    return list(rows.select_related("written_by", "settled_by").order_by("written_at", "pk"))


def open_words(assessment: Assessment, *, by: Person) -> list[Comment]:
    """What `by` said about requirements of an assessment and nobody settled, in the order of the framework; answers
    to others' words are not among it."""
    rows = Comment.objects.visible_to(by).current().filter(assessment=assessment, written_by=by)
    waiting = rows.filter(settled_at__isnull=True, answers__isnull=True).select_related("node")
    return list(waiting.order_by("node__position", "node__code", "written_at", "pk"))


def state_of(answer: Answer | None) -> str:
    """How an answer stands: todo, changed, done or not_applicable."""
    if answer is None or not answer.is_given:
        return TODO
    if answer.not_applicable:
        return NOT_APPLICABLE
    return CHANGED if answer.standing == Answer.Standing.CHANGED else DONE


def _shared(assessment: Assessment, lines: Outline) -> dict[str, list[Person]]:
    found: dict[str, list[Person]] = defaultdict(list)
    for one in (
        Share.objects.current().filter(assessment=assessment).select_related("person", "node").order_by("pk")
    ):
        for line in lines.below(one.node.code):
            found[line.code].append(one.person)
    return found


def _open_comments(assessment: Assessment) -> dict[UUID, int]:
    rows = Comment.objects.current().filter(assessment=assessment, settled_at__isnull=True).order_by()
    return dict(rows.values_list("node").annotate(many=Count("pk")))
