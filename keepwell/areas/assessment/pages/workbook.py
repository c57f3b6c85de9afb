"""Answering in a spreadsheet: the workbook taken out, and brought in with what clashes."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from io import BytesIO
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.text import slugify
from django.utils.translation import gettext, ngettext

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Assessment, Source
from keepwell.areas.assessment.pages.desk import seat
from keepwell.areas.assessment.pages.seeing import back_to, seen
from keepwell.areas.assessment.rules import Given, Mistaken, workbooks
from keepwell.areas.assessment.rules.answering import MOST_AT_ONCE
from keepwell.areas.assessment.rules.sources import require_writer
from keepwell.kernel.refusing import Refused
from keepwell.platform.exchange.files import on_disk
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@operation(Access.OBJECT, sensitive=True, step_up=True)
def take_out(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """The workbook of the scores that the reader gives."""
    held = seen(request.person, pk)
    sheet = rules.sheet(held, person=request.person)
    taken = seat(held, sheet.writable, request.GET.get("by", ""), is_past=request.place.is_past)
    if taken.is_reader:
        require_writer(request.person, held, Source.SELF, (), sheet.outline)
    file = BytesIO()
    workbooks.take_out(sheet, taken.source, file, person=request.person)
    name = slugify(f"{held.unit.code}-{held.scope}-{held.cycle.name}-{taken.source}")
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return HttpResponse(file.getvalue(), content_type=XLSX, headers=headers)


@operation(Access.OBJECT)
def bring_in(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Bring a workbook in: at once if nothing clashes, else after the reader has chosen."""
    held = seen(request.person, pk)
    context: dict[str, Any] = {"held": held}
    try:
        if "rows" in request.POST:
            return _chosen(request, held)
        if request.method == "POST":
            return _delivered(request, held, context)
    except Mistaken as mistaken:
        context["wrong"] = [
            workbooks.Wrong(0, code, " ".join(told)) for code, told in mistaken.by_code.items()
        ]
    except (Refused, PermissionDenied) as refusal:
        context["refusal"] = str(refusal)
    is_wrong = "refusal" in context or "wrong" in context
    return render(request, "assessment/workbook.html", context, status=422 if is_wrong else 200)


def _delivered(request: PlacedRequest, held: Assessment, context: dict[str, Any]) -> HttpResponse:
    """A workbook that came: written if nothing stands against it, else shown."""
    upload = request.FILES.get("file")
    if upload is None:
        raise Refused(gettext("Choose the workbook that you filled in."))
    with on_disk(upload.chunks(), ".xlsx") as path:
        rows, wrong = workbooks.read(path, held, rules.outline(held.cycle.framework_version))
    report = workbooks.compare(held, rows, wrong, by=request.person)
    if report.wrong:
        context["wrong"] = report.wrong
    elif report.clashes:
        context |= {"report": report, "rows": packed(report), "labels": held.cycle.has_two_dimensions}
    else:
        try:
            return _written(request, held, report.given(), report.source, report.unchanged)
        except Mistaken as mistaken:
            context["wrong"] = workbooks.mistakes(rows, mistaken)
    return render(request, "assessment/workbook.html", context, status=409 if report.clashes else 422)


def _chosen(request: PlacedRequest, held: Assessment) -> HttpResponse:
    """What the reader chose of a workbook with clashes; all of it is judged anew."""
    source, given = unpacked(request.POST["rows"])
    clashing = set(request.POST.getlist("clash"))
    chosen = set(request.POST.getlist("mine"))
    kept = [one for one in given if one.code not in clashing or one.code in chosen]
    return _written(request, held, kept, source, len(given) - len(kept))


def _written(
    request: PlacedRequest, held: Assessment, given: list[Given], source: Source, unchanged: int
) -> HttpResponse:
    count = len(rules.save_answers(held, given, by=request.person, source=source)) if given else 0
    said = ngettext("%(count)d answer was brought in, %(same)d stayed as they were.",
                    "%(count)d answers were brought in, %(same)d stayed as they were.", count)  # fmt: skip
    messages.success(request, said % {"count": count, "same": unchanged})
    return back_to(request, held)


def packed(report: workbooks.Report) -> str:
    """What a report would write, as the page hands it on: all changes, and what clashes."""
    every = report.given({one.code for one in report.clashes})
    rows = [
        [one.code, told(one.policy), told(one.practice), one.not_applicable, one.reason, one.version]
        for one in every
    ]
    return json.dumps({"source": report.source.value, "rows": rows}, ensure_ascii=False)


def unpacked(text: str) -> tuple[Source, list[Given]]:
    """What a page handed on; refused if it is nothing of ours."""
    try:
        found = json.loads(text)
        rows = found["rows"][: MOST_AT_ONCE + 1]
        given = [
            Given(str(code)[:60], heard(policy), heard(practice), bool(off), str(reason), int(version))
            for code, policy, practice, off, reason, version in rows
        ]
        return Source(found["source"]), given
    except (KeyError, TypeError, ValueError, InvalidOperation, RecursionError) as error:
        raise Refused(gettext("Bring the workbook in again.")) from error


def told(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def heard(text: Any) -> Decimal | None:
    return None if text is None else Decimal(str(text)[:20])


urlpatterns = [
    path("assessments/<uuid:pk>/answer/workbook.xlsx", take_out, name="answering-take-out"),
    path("assessments/<uuid:pk>/answer/workbook/", bring_in, name="answering-bring-in"),
]
