"""Drafting a cycle and opening it in one act: sites by scope, calendar, method and weights on one page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext, ngettext

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Cycle
from keepwell.areas.assessment.pages.seeing import seen_cycle
from keepwell.kernel import moments
from keepwell.kernel.refusing import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import units_granted
from keepwell.platform.people.roles import Level
from keepwell.platform.registers.forms import record_form
from keepwell.platform.registers.pages.records import explain, raw_values
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.registers.writing import Mistakes, change, create
from keepwell.platform.tree.models import Ancestry, Unit

SITES = ("it_sites", "ot_sites", "combined_sites")
WHAT = ("name", "unit", "year", "framework_version", "scale", "previous")
WHEN = ("opens_on", "answers_due_on", "validation_due_on")
HOW = (
    "dimensions", "combining", "policy_share", "counting", "method", "weights", "coverage_threshold", "reason_step", "note",
)  # fmt: skip
Wrong = (Mistakes, Refused, PermissionDenied)


@dataclass(frozen=True)
class Place:
    """A site in the table: which of its boxes can be ticked, and which are."""

    site: Unit
    boxes: list[tuple[str, bool, bool]]


def form_of(request: PlacedRequest, record: Cycle | None, after: Cycle | None) -> forms.Form:
    """The form of a cycle: of a draft, of one that follows another, or of a new one; with every site ticked if asked."""
    register, sent = REGISTERS["cycles"], request.POST
    ticks = sent.get("do") == "every"
    form = record_form(register, request.person, record=record or after, data=None if ticks else sent or None)
    if record is None:
        form.initial["version"] = None
    if record is None and after is not None:
        form.initial.update(follows(after))
    if ticks:
        form.initial.update({name: sent.get(name, "") for name in form.fields if name not in SITES})
        form.initial.update(every_site(form))
    return form


def every_site(form: forms.Form) -> dict[str, Any]:
    """The sites that the form offers and that exist on its opening day, in IT, and in OT where they have OT."""
    try:
        day = date.fromisoformat(form.initial["opens_on"])
    except ValueError:  # no day was typed yet
        day = moments.today()
    codes = [code for code, _label in getattr(form.fields["it_sites"], "choices", ())]
    sites = list(Unit.objects.sites().active(day).current().filter(code__in=codes).order_by("code"))
    it, ot = [site.code for site in sites], [site.code for site in sites if site.has_ot]
    return {"it_sites": it, "ot_sites": ot, "combined_sites": []}


def follows(after: Cycle) -> dict[str, Any]:
    """With what a cycle begins that follows another: a year later, its sites those that stayed."""
    counted = after.assessments.counted().filter(unit__retired_at__isnull=True)
    sites: dict[str, list[str]] = {f"{scope}_sites": [] for scope in ("it", "ot", "combined")}
    for scope, code in counted.order_by("unit__code").values_list("scope", "unit__code"):
        sites[f"{scope}_sites"].append(code)
    year = f"{after.year}"
    name = after.name.replace(year, f"{after.year + 1}")
    days = {name: a_year_on(getattr(after, name)) for name in WHEN}
    return sites | days | {
        "name": name, "year": after.year + 1, "previous": after.natural_key(), "note": "",
    }  # fmt: skip


def a_year_on(day: date | None) -> date | None:
    """The same day a year later; 28 February for the 29th."""
    if day is None:
        return None
    return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def by_company(form: forms.Form, person: Person) -> list[tuple[Unit | None, list[Place]]]:
    """The sites the form offers, under their companies, each with its boxes."""
    offered: Any = form.fields["it_sites"]
    if not hasattr(offered, "choices"):
        return []
    codes = [code for code, _label in offered.choices]
    ticked = {name: {str(code) for code in form[name].value() or ()} for name in SITES}
    granted = units_granted(person, "assessment", Level.EDIT)
    sites = list(Unit.objects.filter(pk__in=granted, code__in=codes).order_by("code"))
    above = Ancestry.objects.filter(
        until__isnull=True, descendant__in=[site.pk for site in sites], ancestor__kind=Unit.Kind.COMPANY
    )
    company = {one.descendant_id: one.ancestor for one in above.select_related("ancestor")}
    groups: dict[Unit | None, list[Place]] = {}
    for site in sites:
        boxes = [(name, site.code in ticked[name], name != "ot_sites" or site.has_ot) for name in SITES]
        groups.setdefault(company.get(site.pk), []).append(Place(site, boxes))
    return sorted(groups.items(), key=lambda pair: (pair[0] is None, pair[0].code if pair[0] else ""))


@operation(Access.PERMISSION, "assessment", Level.DECIDE)
def draft(request: PlacedRequest, pk: UUID | None = None) -> HttpResponse:
    """Draft a cycle, alone or after another one (`after`); keep it, or open it at once."""
    record = seen_cycle(request.person, pk) if pk else None
    if record is not None and not record.is_draft:
        return redirect("cycle-board", pk=record.pk)
    after = None if record else _after(request)
    form = form_of(request, record, after)
    if form.is_valid():
        try:
            cycle, opened = _written(request, form, record, after)
        except Wrong as wrong:
            explain(form, wrong)
        else:
            messages.success(request, _said(cycle, opened))
            return redirect("cycle-board", pk=cycle.pk)
    context = {
        "form": form, "record": record, "after": after, "what": _fields(form, WHAT), "when": _fields(form, WHEN),
        "how": _fields(form, HOW), "groups": by_company(form, request.person), "rule": rules.open_cycle,
        "plain_sites": [] if hasattr(form.fields["it_sites"], "choices") else _fields(form, SITES),
    }  # fmt: skip
    return render(request, "assessment/draft.html", context, status=422 if form.errors else 200)


def _after(request: PlacedRequest) -> Cycle | None:
    """The cycle that the new one follows, named by the address."""
    key = request.GET.get("after", "")
    if not key:
        return None
    try:
        return seen_cycle(request.person, UUID(key))
    except ValueError as error:
        raise Http404 from error


@transaction.atomic
def _written(
    request: PlacedRequest, form: forms.Form, record: Cycle | None, after: Cycle | None
) -> tuple[Cycle, int]:
    """The cycle as the form says, and how many assessments were made; all or nothing."""
    register, by, values = REGISTERS["cycles"], request.person, raw_values(REGISTERS["cycles"], form)
    if record is not None:
        record = change(register, record, values, version=form.cleaned_data["version"], by=by)
    elif after is not None:
        told = form.cleaned_data
        record = rules.roll_forward(
            after,
            by=by,
            name=told["name"],
            year=told["year"],
            opens=told["opens_on"],
            due=told["answers_due_on"],
        )
        record = change(register, record, values, version=record.version, by=by)
    else:
        record = create(register, values, by=by)
    cycle: Cycle = record
    return cycle, rules.open_cycle(cycle, by=by) if request.POST.get("do") == "open" else 0


def _said(cycle: Cycle, opened: int) -> str:
    if not opened:
        return gettext("“%(cycle)s” is kept as a draft.") % {"cycle": cycle}
    return ngettext(
        "“%(cycle)s” is open: %(count)d assessment was made.", "“%(cycle)s” is open: %(count)d assessments were made.",
        opened,
    ) % {"cycle": cycle, "count": opened}  # fmt: skip


def _fields(form: forms.Form, names: tuple[str, ...]) -> list[forms.BoundField]:
    return [form[name] for name in names]


urlpatterns = [
    path("cycles/draft/", draft, name="cycle-draft"),
    path("cycles/<uuid:pk>/draft/", draft, name="cycle-redraft"),
]
