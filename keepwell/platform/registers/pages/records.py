"""The pages of one record: what it is, its form, and what may be done with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from keepwell.platform.acts.act import Act
from keepwell.platform.history.acting import Conflict, Refused
from keepwell.platform.history.models import conflict
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.noted import keep_opening, keep_refusal
from keepwell.platform.people.permissions import reading_once
from keepwell.platform.people.proofs import require_fresh
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import may_on, visible_to
from keepwell.platform.registers.cells import facts, panels, record_url
from keepwell.platform.registers.forms import act_form, answers_of, record_form
from keepwell.platform.registers.register import Register, register_of
from keepwell.platform.registers.words import history
from keepwell.platform.registers.writing import Mistakes, change, create


def seen(request: PersonRequest, register: type[Register], pk: UUID | int, level: Level = Level.VIEW) -> Any:
    """The record, if this person may see it; absent and invisible are answered alike."""
    record = register.seen_by(request.person, pk)
    if record is None:
        raise Http404
    if level > Level.VIEW and not may_on(request.person, register.area(), level, record):
        raise PermissionDenied(_("You may see this record, not change it."))
    return record


def show_record(request: PlacedRequest, register: type[Register], pk: UUID | int) -> HttpResponse:
    """One record: its facts, what belongs to it, what may be done, and its history in words."""
    record = seen(request, register, pk)
    keep_opening(request, record)
    now = not request.place.is_past
    open_acts = [rule for rule in register.acts if now and rule.is_open_to(request.person, record)]
    context = {
        "register": register, "record": record, "facts": facts(register, record), "acts": open_acts,
        "panels": panels(register, record, request.person),
        "history": history(record, request.person) if register.is_tracked() else [],
        "may_edit": now and bool(register.form_fields) and register.is_tracked() and record.retired_at is None
        and may_on(request.person, register.area(), register.level_to_write(), record),
    }  # fmt: skip
    return render(request, "registers/record.html", context)


def add(request: PersonRequest, register: type[Register]) -> HttpResponse:
    """The form of a new record."""
    with reading_once():
        form = record_form(register, request.person, data=request.POST or None)
    if form.is_valid():
        try:
            record = create(register, raw_values(register, form), by=request.person)
        except (Mistakes, Refused, PermissionDenied) as mistakes:
            keep_refusal(request, mistakes)
            explain(form, mistakes)
        else:
            messages.success(request, _("%(record)s was added.") % {"record": record})
            return redirect(f"{register.slug()}-record", pk=record.pk)
    return _form_page(request, register, form, None)


def amend(request: PersonRequest, register: type[Register], pk: UUID) -> HttpResponse:
    """The form of a record that is there already."""
    with reading_once():
        record = seen(request, register, pk, register.level_to_write())
        form = record_form(register, request.person, record=record, data=request.POST or None)
    clash = None
    if form.is_valid():
        try:
            version = form.cleaned_data.get("version")
            change(register, record, raw_values(register, form), version=version, by=request.person)
        except Conflict as found:
            clash = found
        except (Mistakes, Refused, PermissionDenied) as mistakes:
            keep_refusal(request, mistakes)
            explain(form, mistakes)
        else:
            messages.success(request, _("%(record)s was changed.") % {"record": record})
            return redirect(f"{register.slug()}-record", pk=record.pk)
    return _form_page(request, register, form, record, clash)


def _form_page(request: PersonRequest, register: type[Register], form: forms.Form, record: Any,
               clash: Conflict | None = None) -> HttpResponse:  # fmt: skip
    context: dict[str, Any] = {"register": register, "record": record, "form": form, "clash": clash}
    if clash and record:
        stands = register.rows(request.person).get(pk=record.pk)
        newer = history(stands, request.person)[: max(1, len(clash.changes))]
        context |= {"newer": newer, "theirs": facts(register, stands), "now_version": stands.version}
    return render(
        request, "registers/form.html", context, status=409 if clash else 422 if form.errors else 200
    )


def raw_values(register: type[Register], form: forms.Form) -> dict[str, Any]:
    """What the person typed, by column; lists one item a line."""
    return {name: form.cleaned_data[name] for name in register.form_fields}


def explain(form: forms.Form, mistakes: Exception) -> None:
    """Put every mistake beside its field."""
    if not isinstance(mistakes, Mistakes):
        form.add_error(None, str(mistakes))
        return
    for name, sentences in mistakes.by_field.items():
        for sentence in sentences:
            form.add_error(name if name in form.fields else None, sentence)


def do(request: PersonRequest, register: type[Register], pk: UUID, name: str) -> HttpResponse:
    """One act on one record: what will follow, its questions, and the deed."""
    rule = next((a for a in register.acts if a.name.replace("_", "-") == name), None)
    record = seen(request, register, pk)
    if rule is None:
        raise Http404
    rule.require_right(request.person, record)
    if rule.asks_proof(record):
        require_fresh(request)
    form = act_form(rule, record, request.person, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _act_page(request, register, rule, record, form)
    return _done(request, register, rule, record, form)


def _done(
    request: PersonRequest, register: type[Register], rule: Act[..., Any], record: Any, form: forms.Form
) -> HttpResponse:
    answers = answers_of(form, rule)
    version = form.cleaned_data.get("version")
    try:
        if version is not None and version != record.version:
            record.version = version
            raise conflict(record)
        made = rule(record, by=request.person, **answers)
    except (Refused, PermissionDenied) as refusal:
        keep_refusal(request, refusal)
        form.add_error(None, str(refusal))
        return _act_page(request, register, rule, record, form)
    messages.success(request, _("Done: %(act)s.") % {"act": rule.label})
    return redirect(_next(request, rule, made) or record_url(register, record.pk))


def _next(request: PersonRequest, rule: Act[..., Any], made: Any) -> str:
    """Where one goes on: to what was made, if the act leads there, else back to where one came from; "": nowhere."""
    register = register_of(type(made)) if rule.leads else None
    if register and visible_to(type(made)._base_manager.filter(pk=made.pk), request.person).exists():
        return record_url(register, made.pk)
    return came_from(request)


def came_from(request: PersonRequest) -> str:
    """The page of this site that the address names as `back`; "" if it names none."""
    back = request.GET.get("back", "")
    return back if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None) else ""


def _act_page(
    request: PersonRequest, register: type[Register], rule: Act[..., Any], record: Any, form: forms.Form
) -> HttpResponse:
    leave_url = came_from(request) or record_url(register, record.pk)
    context = {"register": register, "record": record, "rule": rule, "form": form, "leave_url": leave_url}
    return render(request, "registers/act.html", context, status=422 if form.errors else 200)
