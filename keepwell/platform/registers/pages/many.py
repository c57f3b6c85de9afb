"""The pages on which one thing is done to many records: choosing it, what would follow, and what became of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.platform.history.acting import Refused
from keepwell.platform.jobs.models import Job
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.noted import keep_refusal
from keepwell.platform.people.proofs import require_fresh
from keepwell.platform.registers import many
from keepwell.platform.registers.columns import column
from keepwell.platform.registers.forms import act_form, among_of, field_of
from keepwell.platform.registers.keeping import pairs_of, plain_query
from keepwell.platform.registers.listing import LARGEST, BadWish, Wish, matching
from keepwell.platform.registers.many import CHANGE, Deed
from keepwell.platform.registers.models import Series
from keepwell.platform.registers.register import Register
from keepwell.platform.registers.writing import Mistakes


@require_POST
def ask(request: PlacedRequest, register: type[Register]) -> HttpResponse:
    """What would follow for the chosen records, with the questions; then the deed."""
    try:
        deed = many.deed_named(register, request.POST.get("act", ""))
        rows = chosen(request, register)
        if deed.step_up:
            require_fresh(request)
        doing = request.POST.get("do") == "do"
        form = questions(request, register, deed, request.POST if doing else None)
        if doing and form is not None and form.is_valid():
            return _begun(request, register, deed, rows, form)
    except (Refused, PermissionDenied, BadWish) as refusal:
        keep_refusal(request, refusal)
        status = 403 if isinstance(refusal, PermissionDenied) else 422
        return render(
            request, "registers/bad_wish.html", {"register": register, "mistake": refusal}, status=status
        )
    return _page(request, register, deed, rows, form)


def chosen(request: PlacedRequest, register: type[Register]) -> QuerySet[Any]:
    """The records that were ticked, or all that match the filter."""
    if request.POST.get("all") == "yes":
        query = QueryDict(plain_query(pairs_of(request.POST.get("query", ""))))
        return matching(register, request.person, Wish.parse(register, query, place=request.place))
    ids = [key for text in request.POST.getlist("id")[:LARGEST] if (key := _key(text))]
    if not ids:
        raise Refused(_("Tick the records first, or take all that match."))
    return many.chosen_by(register, request.person, ids)


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def questions(
    request: PlacedRequest, register: type[Register], deed: Deed, data: QueryDict | None
) -> forms.Form | None:
    """The form of the deed; None while the column to be set is not chosen."""
    if deed.rule is not None:
        return act_form(deed.rule, None, request.person, data)
    name = request.POST.get("field", "")
    if name not in [c.name for c in many.editable(register)]:
        return None
    c = column(register.record, name)
    value = field_of(c, request.person, among_of(c, register, request.person))
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}))
    return type("ChangeForm", (forms.Form,), {"value": value, "reason": reason})(data)


def _begun(request: PlacedRequest, register: type[Register], deed: Deed, rows: QuerySet[Any],
           form: forms.Form) -> HttpResponse:  # fmt: skip
    """The series, begun; or the form again with what does not fit."""
    names = list(deed.rule.questions) if deed.rule is not None else ["field", "value", "reason"]
    answers = {name: request.POST[name] for name in names if name in request.POST}
    try:
        series = many.begin(
            register, deed, rows, request.person, answers=answers, key=request.POST.get("key", "")
        )
    except Mistakes as mistakes:
        for name, sentences in mistakes.by_field.items():
            form.add_error(name if name in form.fields else None, sentences)
        return _page(request, register, deed, rows, form)
    return redirect(f"{register.slug()}-series", pk=series.pk)


def _page(request: PlacedRequest, register: type[Register], deed: Deed, rows: QuerySet[Any],
          form: forms.Form | None) -> HttpResponse:  # fmt: skip
    whole = request.POST.get("all") == "yes"
    told = {
        "register": register, "deed": deed, "form": form, "outlook": many.outlook(register, deed, rows, request.person),
        "fields": many.editable(register) if deed.name == CHANGE else [], "field": request.POST.get("field", ""),
        "ids": [] if whole else request.POST.getlist("id")[:LARGEST], "whole": whole,
        "query": request.POST.get("query", ""), "key": request.POST.get("key") or uuid4().hex,
        "many_name": f"{register.slug()}-many", "list_url": list_url(request, register),
    }  # fmt: skip
    return render(request, "registers/many.html", told, status=422 if form and form.errors else 200)


def list_url(request: PlacedRequest, register: type[Register]) -> str:
    """The list as it was."""
    query = [*request.place.query().items(), *pairs_of(request.POST.get("query", "")), ("view", "all")]
    return f"{reverse(register.slug())}?{urlencode(query)}"


def follow(request: PlacedRequest, register: type[Register], pk: UUID) -> HttpResponse:
    """How far a series is, and what became of each record."""
    series = Series.objects.filter(pk=pk, by=request.person, register=register.slug()).first()
    if series is None:
        raise Http404
    deed = many.deed_named(register, series.act)
    job = Job.objects.filter(pk=series.job_id).first() if series.job_id else None
    told = {"register": register, "series": series, "deed": deed, "job": job, "counts": many.told(series),
            "refusals": many.refusals(series, register, request.person)}  # fmt: skip
    partly = bool(request.htmx) and not request.htmx.boosted
    return render(request, "registers/_series.html" if partly else "registers/series.html", told)
