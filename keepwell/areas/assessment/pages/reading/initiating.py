"""One initiative of the group out of the same gap at many sites: who would take part, and the deed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Recommendation
from keepwell.areas.assessment.pages.seeing import seen_cycle
from keepwell.areas.frameworks.models import Node
from keepwell.kernel.refusing import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.roles import Level
from keepwell.platform.registers.forms import DayInput


@dataclass(frozen=True)
class Part:
    """A site that would take part: its gap, and who would own its action (None: nobody there may)."""

    gap: Recommendation
    owner: Person | None


class InitiativeForm(forms.Form):
    """By when, called what, and what each site pays."""

    until = forms.DateField(label=_("Until"), widget=DayInput, help_text=_("Each site has until then."))
    title = forms.CharField(
        label=_("Title"),
        max_length=200,
        required=False,
        help_text=_("Left empty, it is called by the advice."),
    )
    cost = forms.DecimalField(label=_("Cost of each site"), required=False, min_value=0)
    currency = forms.CharField(label=_("Currency"), max_length=3, required=False, help_text=_("As TWD."))


@operation(Access.OBJECT, "assessment", Level.DECIDE)
def initiate(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Make an initiative of the requirement `code` in the scope `scope` of the address."""
    cycle = seen_cycle(request.person, pk)
    rules.make_initiative.require_right(request.person, cycle)
    scope = next((one for one in rules.Of if one.value == request.GET.get("scope")), rules.Of.ALL)
    node = Node.objects.filter(
        framework_version=cycle.framework_version, code=request.GET.get("code", "")[:60], is_scored=True
    ).first()
    if node is None:
        raise Http404
    form = InitiativeForm(request.POST or None)
    if form.is_valid():
        told = form.cleaned_data
        try:
            made = rules.make_initiative(
                cycle, by=request.person, requirement=node.code, scope=scope, until=told["until"],
                title=told["title"], cost=told["cost"], currency=told["currency"],
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, gettext("%(initiative)s is begun.") % {"initiative": made})
            return redirect("initiatives-record", pk=made.pk)
    gap = rules.shared_gap(cycle, node.code, scope)
    parts, why_not = _parts(gap, request.person)
    context: dict[str, Any] = {
        "cycle": cycle, "node": node, "scope": scope, "form": form, "parts": parts, "why_not": why_not, "gap": gap,
        "rule": rules.make_initiative, "many": len({one.gap.assessment.unit_id for one in parts}),
    }  # fmt: skip
    return render(request, "assessment/initiative.html", context, status=422 if form.errors else 200)


def _parts(gap: rules.SharedGap, person: Person) -> tuple[list[Part], str]:
    """Who would take part with the owners there would be, and why it would be refused ("": it would not)."""
    try:
        owners = rules.owners_of(gap.waiting, person, is_given=False)
    except Refused as refusal:
        return [Part(one, one.action.owner if one.action else None) for one in gap.every], str(refusal)
    return [
        Part(one, one.action.owner if one.action else owners[one.assessment.unit_id]) for one in gap.every
    ], ""
