"""The trail for auditors: what was changed, refused and read, narrowed, sampled, taken out and proved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from keepwell.areas.administration.rules import auditors
from keepwell.areas.administration.rules import trail as rules
from keepwell.platform.exchange.writers import write_csv
from keepwell.platform.history import export, proofs
from keepwell.platform.history.acting import Refused
from keepwell.platform.history.models import Change, ChangeQuerySet
from keepwell.platform.history.standing import standing
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.auditing import Asked, asked, matching, sample
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.registers.files import xlsx_of

AREA = "administration"
ON_A_PAGE = 50
FORMS = ("csv", "xlsx", "jsonl")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Narrowing:
    """A filter of the page, as the chips show it."""

    name: str
    label: str
    type: str
    options: list[tuple[str, str]]
    chosen: tuple[str, ...]


def narrowings(wish: Asked) -> list[Narrowing]:
    """The filters there are, and what each is set to."""
    labels = {
        "person": _("Employee number"), "record": _("Id of the record"), "verb": _("Act"), "kind": _("Kind"),
        "since": _("Not before"), "until": _("Not after"),
    }  # fmt: skip
    options = {"kind": [(str(code), str(label)) for code, label in Change.Kind.choices]}
    types = {"since": "date", "until": "date"}
    found = []
    for name in (field.name for field in fields(Asked)):
        value = getattr(wish, name)
        chosen = (str(value),) if value else ()
        found.append(Narrowing(name, labels[name], types.get(name, "text"), options.get(name, []), chosen))
    return found


def number(request: PlacedRequest, name: str) -> int | None:
    """The whole number given as `name`; None if none is."""
    text = request.GET.get(name, "")
    if text and not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise Refused(_("%(name)s must be a whole number.") % {"name": name})
    return int(text) if text else None


def wished(request: PlacedRequest) -> tuple[Asked, ChangeQuerySet]:
    """What is asked for, and the rows of it; a sample if one is asked for."""
    wish = asked(request.GET.dict())
    rows = matching(request.person, wish, request.place.unit)
    count = number(request, "sample")
    if count is None:
        return wish, rows
    return wish, sample(rows, count, request.GET.get("seed", ""), number(request, "upto") or 0)


@operation(Access.PERMISSION, AREA, sensitive=True)
def show_trail(request: PlacedRequest) -> HttpResponse:
    """The trail, the newest row first; `before` is the number before which the page begins."""
    trail = standing()
    if request.GET.get("sample") and not request.GET.get("upto"):
        told = request.GET.copy()
        told["upto"] = str(trail.size)
        return redirect(f"{request.path}?{told.urlencode()}")
    wish, rows, refusal = Asked(), Change.objects.none(), ""
    try:
        wish, rows = wished(request)
        before = number(request, "before")
    except Refused as error:
        refusal, before = str(error), None
    rows = rows.order_by("-leaf") if before is None else rows.filter(leaf__lt=before).order_by("-leaf")
    most = None if request.GET.get("sample") else ON_A_PAGE + 1
    found = list(rows[:most])
    shown = found if most is None else found[:ON_A_PAGE]
    context = {
        "trail": trail, "verifier": auditors.verifier_sha256(),
        "rows": rules.told_rows(shown, request.person), "refusal": refusal, "wish": wish,
        "filters": narrowings(wish), "is_later": before is not None, "forms": FORMS,
        "older": shown[-1].leaf if most and len(found) > ON_A_PAGE else None,
        "query": f"?{request.GET.urlencode()}" if request.GET else "",
        "kept": [(name, value) for name, value in request.GET.items() if name not in ("sample", "seed", "upto", "before")],
    }  # fmt: skip
    return render(request, "administration/trail.html", context, status=400 if refusal else 200)


@operation(Access.OBJECT, AREA, sensitive=True)
def show_row(request: PlacedRequest, leaf: int) -> HttpResponse:
    """One row of the trail with all it says."""
    row = rules.row_seen(request.person, leaf)
    if row is None:
        raise Http404
    context = {"row": rules.told_rows([row], request.person)[0], "values": rules.told_values(row)}
    return render(request, "administration/trail_row.html", context)


@operation(Access.OBJECT, AREA, sensitive=True)
def prove(request: PlacedRequest, leaf: int) -> HttpResponse:
    """The proof of a row as a file an outsider can check."""
    if rules.row_seen(request.person, leaf) is None:
        raise Http404
    try:
        told = proofs.proof(leaf)
    except Refused as refusal:
        return render(request, "administration/not_yet.html", {"refusal": str(refusal)}, status=409)
    name = f'attachment; filename="keepwell-proof-{leaf}.json"'
    text = json.dumps(told, ensure_ascii=False, indent=1)
    return HttpResponse(text, content_type="application/json", headers={"Content-Disposition": name})


@operation(Access.PERMISSION, AREA, sensitive=True)
def show_checkpoint(request: PlacedRequest) -> HttpResponse:
    """The newest checkpoint as a text file."""
    note = standing().note
    if not note:
        raise Http404(_("There is no checkpoint yet."))
    headers = {"Content-Disposition": 'attachment; filename="keepwell-checkpoint.txt"'}
    return HttpResponse(note, content_type="text/plain; charset=utf-8", headers=headers)


@operation(Access.PERMISSION, AREA, sensitive=True, step_up=True)
def take_trail(request: PlacedRequest, form: str) -> HttpResponseBase:
    """The rows as they are narrowed or sampled, as a file."""
    if form not in FORMS:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="keepwell-trail.{form}"'}
    try:
        rows = wished(request)[1].order_by("leaf")
        if form == "xlsx":
            content = xlsx_of(list(rules.COLUMNS), rules.text_rows(rows))
            return HttpResponse(content, content_type=XLSX, headers=headers)
    except Refused as refusal:
        return render(request, "administration/not_yet.html", {"refusal": str(refusal)}, status=400)
    if form == "csv":
        lines: Iterator[Any] = write_csv(list(rules.COLUMNS), rules.text_rows(rows))
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
    return StreamingHttpResponse(rules.json_lines(rows), content_type="application/jsonl", headers=headers)


@operation(Access.PERMISSION, AREA, sensitive=True, step_up=True)
def take_whole(request: PlacedRequest) -> HttpResponseBase:
    """The whole trail up to the newest checkpoint, in the form that the verifier checks."""
    try:
        auditors.require_whole(request.person)
        wanted = export.span()
    except Refused as refusal:
        return render(request, "administration/not_yet.html", {"refusal": str(refusal)}, status=409)
    headers = {"Content-Disposition": 'attachment; filename="keepwell-trail.jsonl.gz"'}
    return StreamingHttpResponse(
        auditors.whole_trail(wanted), content_type="application/gzip", headers=headers
    )


@operation(Access.PERMISSION, AREA)
def take_verifier(request: PlacedRequest) -> HttpResponse:
    """The program of one file that checks an export or a proof on any machine."""
    headers = {"Content-Disposition": f'attachment; filename="{auditors.VERIFIER.name}"'}
    return HttpResponse(
        auditors.VERIFIER.read_bytes(), content_type="text/plain; charset=utf-8", headers=headers
    )


urlpatterns = [
    path("administration/trail/", show_trail, name="trail"),
    path("administration/trail/checkpoint.txt", show_checkpoint, name="trail-checkpoint"),
    path("administration/trail/verify_trail.py", take_verifier, name="trail-verifier"),
    path("administration/trail/whole/take-out", take_whole, name="trail-whole"),
    path("administration/trail/take-out.<slug:form>", take_trail, name="trail-take-out"),
    path("administration/trail/<int:leaf>/", show_row, name="trail-row"),
    path("administration/trail/<int:leaf>/proof.json", prove, name="trail-proof"),
]
