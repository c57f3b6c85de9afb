"""A frozen year: looked over, taken out, and corrected by a restatement that stands beside it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Answer, Assessment, Source
from keepwell.areas.assessment.pages.seeing import seen, seen_cycle
from keepwell.areas.assessment.rules import Given, Mistaken
from keepwell.kernel.refusing import Refused
from keepwell.platform.history.acting import Conflict
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import may, require
from keepwell.platform.people.roles import Level

AREA = "assessment"
LONGEST_REASON = 500


class CorrectForm(forms.Form):
    """The corrected score of one requirement by one source, and why the year is restated."""

    requirement = forms.ChoiceField(label=_("Requirement"))
    source = forms.ChoiceField(label=_("Source"), choices=Source.choices)
    policy = forms.DecimalField(label=_("Policy"), required=False, widget=forms.TextInput)
    practice = forms.DecimalField(label=_("Practice"), required=False, widget=forms.TextInput)
    not_applicable = forms.BooleanField(label=_("Does not apply here"), required=False)
    why = forms.CharField(
        label=_("Reason of the score"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Why the year is restated"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stays beside the year for ever."),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, held: Assessment, now: Answer | None, asked: dict[str, str], data: Any = None) -> None:
        said = {} if now is None else {
            "policy": _plain(now.policy), "practice": _plain(now.practice), "not_applicable": now.not_applicable,
            "why": now.reason,
        }  # fmt: skip
        super().__init__(data, initial=asked | said | {"version": now.version if now else 0})
        field: Any = self.fields["requirement"]
        field.choices = [
            (line.code, line.code) for line in rules.outline(held.cycle.framework_version).leaves
        ]
        if not held.cycle.has_two_dimensions:
            del self.fields["policy"]
            self.fields["practice"].label = _("Score")

    def given(self) -> Given:
        """What was typed, as the rule takes it."""
        told = self.cleaned_data
        return Given(told["requirement"], told.get("policy"), told["practice"], told["not_applicable"], told["why"],
                     told["version"] or 0)  # fmt: skip


@operation(Access.OBJECT)
def correct(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Correct a score of a frozen year: what was frozen stays, and the corrected year is kept beside it."""
    held = seen(request.person, pk)
    require(request.person, AREA, Level.DECIDE, held.cycle.unit)
    asked = {
        "requirement": request.GET.get("at", ""),
        "source": request.GET.get("by", Source.VALIDATED.value),
    }
    rows = Answer.objects.current().filter(
        assessment=held, node__code=asked["requirement"], source=asked["source"]
    )
    form = CorrectForm(held, rows.first(), asked, request.POST or None)
    if form.is_valid():
        try:
            kept = rules.restate(held, [form.given()], by=request.person, source=Source(form.cleaned_data["source"]),
                                 reason=form.cleaned_data["reason"])  # fmt: skip
        except Mistaken as mistaken:
            for sentence in (one for told in mistaken.by_code.values() for one in told):
                form.add_error(None, sentence)
        except (Refused, Conflict) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, gettext("The corrected year is kept as restatement %(number)d.") % {
                "number": kept.number})  # fmt: skip
            return redirect("cycle-frozen", pk=held.cycle_id)
    context = {
        "held": held,
        "form": form,
        "rule": {"label": gettext("Restate the year"), "explains": EXPLAINS},
    }
    return render(request, "assessment/correct.html", context, status=422 if form.errors else 200)


EXPLAINS = _(
    "The year as it was frozen stays readable under its digest; the corrected one is kept beside it with your reason, "
    "and every figure follows."
)


@operation(Access.OBJECT)
def show_frozen(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Each time the year was kept, whether it is still so, and what restatements changed."""
    cycle = seen_cycle(request.person, pk)
    found = rules.frozen_year(cycle, person=request.person)
    if found is None:
        raise Http404
    decides = may(request.person, AREA, Level.DECIDE, cycle.unit) and not request.place.is_past
    return render(request, "assessment/frozen.html", {"cycle": cycle, "year": found, "decides": decides})


@operation(Access.OBJECT, sensitive=True, step_up=True)
def take_frozen(request: PlacedRequest, pk: UUID, number: int) -> HttpResponse:
    """The very file that was kept."""
    cycle = seen_cycle(request.person, pk)
    try:
        content = rules.kept_file(cycle, number, person=request.person)
    except (OSError, ValueError):
        messages.error(request, gettext("The file is missing or no longer what was kept; a backup has it."))
        return redirect("cycle-frozen", pk=pk)
    if content is None:
        raise Http404
    return kept_json(content, cycle.year, number)


def kept_json(content: bytes, year: int, number: int) -> HttpResponse:
    """A kept file as it is sent."""
    name = f'attachment; filename="frozen-{year}-{number}.json"'
    headers = {"Content-Disposition": name, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type="application/json", headers=headers)


def _plain(value: Any) -> str:
    return "" if value is None else f"{value.normalize():f}"


urlpatterns = [
    path("assessments/<uuid:pk>/answer/correct/", correct, name="answering-correct"),
    path("cycles/<uuid:pk>/frozen/", show_frozen, name="cycle-frozen"),
    path("cycles/<uuid:pk>/frozen/<int:number>.json", take_frozen, name="cycle-frozen-file"),
]
