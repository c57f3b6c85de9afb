"""Answering by programs: one requirement, many at once, and what is said about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import Http404
from ninja import Field, Router, Schema, Status

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Answer, Assessment, Comment, Source
from keepwell.areas.assessment.rules import Given, Mistaken
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import Access
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers.api.door import right
from keepwell.platform.registers.writing import Mistakes

router = Router(tags=["maturity"])
READING = right("view assessment", access=Access.OBJECT)
ANSWERING = right("edit assessment", access=Access.OBJECT)
DECIDING = right("decide assessment", access=Access.OBJECT)


class AnswerIn(Schema):
    """What is said of one requirement."""

    policy: Decimal | None = Field(
        None, description="On the cycle's scale, in its steps; only where it has two scores."
    )
    practice: Decimal | None = Field(None, description="The same; the one score where the cycle has one.")
    not_applicable: bool = Field(False, description="It does not apply here: no score, but a reason.")
    reason: str = Field("", max_length=4000)
    version: int | None = Field(None, description="Of the answer you saw; 0 if there was none yet.", ge=0)

    def given(self, code: str) -> Given:
        return Given(code, self.policy, self.practice, self.not_applicable, self.reason, self.version)


class CodedIn(AnswerIn):
    """What is said of the requirement `code`."""

    code: str = Field(max_length=60, description="As PR.PS-02.")


class AnswersIn(Schema):
    """Scores of one source."""

    source: Source = Field(Source.SELF, description="self, validated, consultant, audit or imported.")
    answers: list[CodedIn] = Field(max_length=2000)


class RestatementIn(AnswersIn):
    """Corrected scores of a frozen cycle."""

    reason: str = Field(max_length=500, description="Stays beside the year.")


class AnswerOut(Schema):
    """An answer as it stands."""

    id: UUID
    version: int
    code: str
    source: str
    policy: Decimal | None
    practice: Decimal | None
    not_applicable: bool
    reason: str
    standing: str = Field(description="to_examine, new, unchanged, changed or accepted.")
    is_estimated: bool = Field(description="Carried over from another version of the framework.")
    answered_by: str | None = Field(description="Employee number.")
    answered_at: str | None


class EntryOut(Schema):
    """A requirement with its answers by source, and what lies beside them."""

    code: str
    state: str = Field(description="todo, changed, done or not_applicable.")
    answers: dict[str, AnswerOut]
    before: dict[str, Any] | None = Field(
        description="What the cycle before said: policy, practice, reason, is_estimated."
    )
    target: Decimal | None
    shared: list[str] = Field(description="Numbers of the colleagues who were asked.")
    open_comments: int


class SheetOut(Schema):
    """An assessment to be answered."""

    assessment: UUID
    state: str
    due_on: str
    counts: dict[str, int] = Field(description="By state; also all, and answered.")
    may_write: list[str] = Field(description="Sources to which you may give scores.")
    entries: list[EntryOut]


class CodesIn(Schema):
    """Some requirements by their codes."""

    codes: list[str] = Field(max_length=2000)


class CommentIn(Schema):
    """Something to say."""

    text: str = Field(max_length=2000)
    answers: UUID | None = Field(None, description="The comment that is answered.")


class CommentOut(Schema):
    """Something said about a requirement."""

    id: UUID
    code: str
    answers: UUID | None
    text: str
    written_by: str = Field(description="Employee number.")
    written_at: str
    settled_by: str | None
    settled_at: str | None


class SnapshotOut(Schema):
    """A frozen year, or a restatement of it."""

    number: int = Field(description="0 as frozen; then each restatement.")
    digest: str
    reason: str
    taken_at: str


@router.get("/assessments/{uuid:pk}/answers", response=SheetOut, operation_id="read_assessments_answers",
            summary="Read an assessment to be answered", openapi_extra=READING)  # fmt: skip
def read_sheet(request: PersonRequest, pk: UUID) -> Any:
    """Every requirement with its answers; for a colleague who was asked a part, that part."""
    found = rules.sheet(_seen(request.person, pk), person=request.person)
    return {
        "assessment": found.assessment.pk, "state": found.assessment.state, "due_on": found.assessment.due_on.isoformat(),
        "counts": found.counts, "may_write": sorted(found.writable), "entries": [_entry(one) for one in found.entries],
    }  # fmt: skip


@router.post("/assessments/{uuid:pk}/answers", response=list[AnswerOut], operation_id="save_assessments_answers",
             summary="Answer many requirements", openapi_extra=ANSWERING)  # fmt: skip
def save_many(request: PersonRequest, pk: UUID, body: AnswersIn) -> Any:
    """All or nothing: 422 names every code that does not fit, 409 who answered in between."""
    held = _seen(request.person, pk)
    return _saved(held, [one.given(one.code) for one in body.answers], request.person, body.source)


@router.post("/assessments/{uuid:pk}/answers/{code}", response=AnswerOut, operation_id="save_assessments_answer",
             summary="Answer one requirement", openapi_extra=ANSWERING)  # fmt: skip
def save_one(
    request: PersonRequest, pk: UUID, code: str, body: AnswerIn, source: Source = Source.SELF
) -> Any:
    """The answer as it stands then; its version is needed to change it again."""
    return _saved(_seen(request.person, pk), [body.given(code)], request.person, source)[0]


@router.post("/assessments/{uuid:pk}/confirm", response=list[AnswerOut], operation_id="confirm_assessments_answers",
             summary="Confirm answers of the cycle before", openapi_extra=ANSWERING)  # fmt: skip
def confirm(request: PersonRequest, pk: UUID, body: CodesIn) -> Any:
    """Those carried over that still hold as they are; what was answered already stays."""
    return _told(rules.confirm_unchanged(_seen(request.person, pk), body.codes, by=request.person))


@router.post("/assessments/{uuid:pk}/restate", response=SnapshotOut, operation_id="restate_assessments",
             summary="Correct a frozen cycle", openapi_extra=DECIDING)  # fmt: skip
def restate(request: PersonRequest, pk: UUID, body: RestatementIn) -> Any:
    """The year as it was frozen stays; the corrected one is kept beside it with its reason."""
    held, given = _seen(request.person, pk), [one.given(one.code) for one in body.answers]
    try:
        kept = rules.restate(held, given, by=request.person, source=body.source, reason=body.reason)
    except Mistaken as wrong:
        raise Mistakes(wrong.by_code) from wrong
    return {
        "number": kept.number,
        "digest": kept.digest,
        "reason": kept.reason,
        "taken_at": kept.taken_at.isoformat(),
    }


@router.get("/assessments/{uuid:pk}/comments/{code}", response=list[CommentOut], operation_id="list_assessments_comments",
            summary="Read what is said about a requirement", openapi_extra=READING)  # fmt: skip
def read_comments(request: PersonRequest, pk: UUID, code: str) -> Any:
    """The oldest first."""
    held = _seen(request.person, pk)
    if code not in rules.outline(held.cycle.framework_version).by_code:
        raise Http404
    return [_comment(one, code) for one in rules.comments(held, code, person=request.person)]


@router.post("/assessments/{uuid:pk}/comments/{code}", response={201: CommentOut}, operation_id="write_assessments_comment",
             summary="Say something about a requirement", openapi_extra=READING)  # fmt: skip
def write_comment(request: PersonRequest, pk: UUID, code: str, body: CommentIn) -> Any:
    """Open until it is settled."""
    held, answered = _seen(request.person, pk), None
    if body.answers is not None:
        answered = Comment.objects.visible_to(request.person).filter(pk=body.answers, assessment=held).first()
        if answered is None:
            raise Mistakes({"answers": ["There is no such comment."]})
    return Status(
        201, _comment(rules.comment(held, code, body.text, by=request.person, answers=answered), code)
    )


@router.post("/comments/{uuid:pk}/settle", response=CommentOut, operation_id="settle_comment",
             summary="Settle a comment", openapi_extra=READING)  # fmt: skip
def settle_comment(request: PersonRequest, pk: UUID) -> Any:
    """By who wrote it, or answers for the site."""
    rows = Comment.objects.visible_to(request.person).select_related(
        "node", "written_by", "settled_by", "assessment__unit", "assessment__cycle"
    )  # fmt: skip
    said = rows.filter(pk=pk).first()
    if said is None:
        raise Http404
    return _comment(rules.settle(said, by=request.person), said.node.code)


def _seen(person: Person, pk: UUID) -> Assessment:
    """The assessment, if the person may see it; absent else."""
    found = Assessment.objects.visible_to(person).with_cycle().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _saved(held: Assessment, given: Sequence[Given], by: Person, source: Source) -> list[dict[str, Any]]:
    try:
        return _told(rules.save_answers(held, given, by=by, source=source))
    except Mistaken as wrong:
        raise Mistakes(wrong.by_code) from wrong


def _told(answers: Iterable[Answer]) -> list[dict[str, Any]]:
    return [_answer(one, one.node.code) for one in answers]


def _answer(one: Answer, code: str) -> dict[str, Any]:
    return {
        "id": one.pk, "version": one.version, "code": code, "source": one.source, "policy": one.policy,
        "practice": one.practice, "not_applicable": one.not_applicable, "reason": one.reason, "standing": one.standing,
        "is_estimated": one.is_estimated, "answered_by": one.answered_by.number if one.answered_by else None,
        "answered_at": one.answered_at.isoformat() if one.answered_at else None,
    }  # fmt: skip


def _entry(one: rules.Entry) -> dict[str, Any]:
    before = one.before
    return {
        "code": one.line.code, "state": one.state, "target": rules.shown(one.target), "open_comments": one.open_comments,
        "answers": {source: _answer(answer, one.line.code) for source, answer in one.answers.items()},
        "before": before and {
            "policy": before.policy, "practice": before.practice, "not_applicable": before.not_applicable,
            "reason": before.reason, "is_estimated": before.is_estimated,
        },
        "shared": [person.number for person in one.shared],
    }  # fmt: skip


def _comment(one: Comment, code: str) -> dict[str, Any]:
    return {
        "id": one.pk, "code": code, "answers": one.answers_id, "text": one.text, "written_by": one.written_by.number,
        "written_at": one.written_at.isoformat(), "settled_by": one.settled_by.number if one.settled_by else None,
        "settled_at": one.settled_at.isoformat() if one.settled_at else None,
    }  # fmt: skip
