"""An assessment as a workbook, for programs: taken out, and brought in with what clashes."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Assessment, Source
from keepwell.areas.assessment.rules import workbooks
from keepwell.areas.assessment.rules.sources import require_writer
from keepwell.areas.assessment.rules.workbooks.keys import Said
from keepwell.platform.exchange.files import on_disk
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import Access
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers.api.door import SENSITIVE, right
from keepwell.platform.registers.api.problems import problem
from keepwell.platform.registers.api.uploads import sends_file, sent_file

router = Router(tags=["maturity"])
LARGEST_BYTES = 5 << 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TAKING = right("view assessment", access=Access.OBJECT, step_up=True, **{SENSITIVE: True})
SOURCE = Query(Source.SELF, description="self, validated, consultant or audit: whose scores are filled in.")
FORM = sends_file(
    "The workbook, filled in.",
    mine={"type": "array", "items": {"type": "string"},
          "description": "Codes of which the workbook holds where both were changed."},
)  # fmt: skip
ANSWERS: dict[int, Any] = {
    200: {"description": "How many answers were given, and how many rows changed nothing.", "content": {
        "application/json": {"schema": {"type": "object", "properties": {
            "changed": {"type": "integer"}, "unchanged": {"type": "integer"}}}}}},
    409: {"description": "Nothing was written: what was changed in the workbook and here, in clashes."},
    413: {"description": "The file is too large."},
    422: {"description": "Nothing was written: every row that does not fit, in errors."},
}  # fmt: skip


@router.get("/assessments/{uuid:pk}/workbook.xlsx", operation_id="read_assessments_workbook",
            summary="Take an assessment out as a workbook", openapi_extra=TAKING)  # fmt: skip
def take_out(request: PersonRequest, pk: UUID, source: Source = SOURCE) -> HttpResponse:
    """The workbook that may be brought in again, for who may give scores of that source."""
    held = _seen(request.person, pk)
    sheet = rules.sheet(held, person=request.person)
    if source not in sheet.writable:
        require_writer(request.person, held, source, (), sheet.outline)
    file = BytesIO()
    workbooks.take_out(sheet, source, file, person=request.person)
    headers = {
        "Content-Disposition": 'attachment; filename="answers.xlsx"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(file.getvalue(), content_type=XLSX, headers=headers)


@router.post("/assessments/{uuid:pk}/workbook", operation_id="bring_in_assessments_workbook",
             summary="Bring a workbook in",
             openapi_extra=right("edit assessment", access=Access.OBJECT, responses=ANSWERS, **FORM))  # fmt: skip
def bring_in(request: PersonRequest, pk: UUID) -> HttpResponse | dict[str, int]:
    """All or nothing. What was changed on both sides is written only where `mine` names it."""
    held = _seen(request.person, pk)
    file = sent_file(request, most_bytes=LARGEST_BYTES)
    with on_disk(file.chunks(), ".xlsx") as path:
        rows, wrong = workbooks.read(path, held, rules.outline(held.cycle.framework_version))
    report = workbooks.compare(held, rows, wrong, by=request.person)
    chosen = set(request.POST.getlist("mine"))
    open_ = [one for one in report.clashes if one.code not in chosen]
    try:
        if report.wrong:
            return _unfit(report.wrong)
        if open_ and not chosen:
            return _clashing(report)
        given = report.given(chosen)
        changed = workbooks.bring_in(held, report, by=request.person, chosen=chosen) if given else 0
        return {"changed": changed, "unchanged": report.unchanged + len(open_)}
    except rules.Mistaken as mistaken:
        return _unfit(workbooks.mistakes(rows, mistaken))


def _unfit(wrong: list[workbooks.Wrong]) -> HttpResponse:
    errors = [{"line": one.line, "code": one.code, "expected": one.sentence} for one in wrong]
    return problem(422, _("Nothing was written: some rows do not fit."), errors=errors)


def _clashing(report: workbooks.Report) -> HttpResponse:
    clashes = [
        {"code": one.code, "mine": _said(one.mine), "here": _said(one.theirs)} for one in report.clashes
    ]
    told = _("Nothing was written: some answers were changed in the workbook and here; name those of the workbook "
             "that hold as mine.")  # fmt: skip
    return problem(409, told, clashes=clashes)


def _said(said: Said) -> dict[str, Any]:
    return {
        "policy": _plain(said.policy), "practice": _plain(said.practice), "not_applicable": said.not_applicable,
        "reason": said.reason,
    }  # fmt: skip


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def _seen(person: Person, pk: UUID) -> Assessment:
    """The assessment, if the person may see it; absent else."""
    found = Assessment.objects.visible_to(person).with_cycle().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
