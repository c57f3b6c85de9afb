"""An assessment on its way: submitted with what is missing, returned with what to change, accepted, validated."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Assessment, Comment
from keepwell.areas.assessment.pages.desk import title_of
from keepwell.areas.assessment.pages.seeing import back_to, seen
from keepwell.areas.assessment.pages.ticking import choices
from keepwell.areas.assessment.rules.validating import left_open
from keepwell.kernel.refusing import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation


@operation(Access.OBJECT)
def submit(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Hand in the answers, or see which are missing."""
    held = seen(request.person, pk)
    rules.submit.require_right(request.person, held)
    lines = rules.outline(held.cycle.framework_version)
    missing = [lines.by_code[code] for code in left_open(held, lines)]
    refusal = ""
    if request.method == "POST":
        try:
            rules.submit(held, by=request.person)
        except Refused as found:
            refusal = str(found)
        else:
            messages.success(request, gettext("%(assessment)s was submitted.") % {"assessment": held})
            return back_to(request, held, show="all")
    context: dict[str, Any] = {
        "held": held, "missing": [(line.code, title_of(line)) for line in missing], "refusal": refusal,
        "rule": rules.submit, "is_offered": rules.submit.offered(held),
    }  # fmt: skip
    return render(request, "assessment/submit.html", context, status=422 if refusal else 200)


LONGEST_REASON = 1000


class ReturnForm(forms.Form):
    """Which requirements are to be changed, and what: where somebody has open words, those are ticked and said."""

    requirements = forms.MultipleChoiceField(label=_("To be changed"), widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(
        label=_("What is to be changed"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The site reads it. What you said of a requirement, and nobody settled, stands here already."),
    )  # fmt: skip

    def __init__(self, held: Assessment, said: list[Comment], at: list[str], data: Any = None) -> None:
        codes = list(dict.fromkeys(one.node.code for one in said)) or at
        reason = "\n".join(f"{one.node.code}: {one.text}" for one in said)
        initial = {"requirements": codes, "reason": reason[:LONGEST_REASON]}
        super().__init__(data, initial=initial)
        field: Any = self.fields["requirements"]
        field.choices = choices(held, rules.outline(held.cycle.framework_version).leaves, first=codes)


@operation(Access.OBJECT)
def send_back(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Return an assessment with the requirements to change."""
    held = seen(request.person, pk)
    rules.send_back.require_right(request.person, held)
    said = rules.open_words(held, by=request.person)
    form = ReturnForm(held, said, request.GET.getlist("at"), request.POST or None)
    if form.is_valid():
        told = form.cleaned_data
        try:
            count = rules.send_back(
                held, by=request.person, requirements=" ".join(told["requirements"]), reason=told["reason"]
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, ngettext(
                "Returned with %(count)d requirement to change.", "Returned with %(count)d requirements to change.", count,
            ) % {"count": count})  # fmt: skip
            return back_to(request, held)
    context = {"held": held, "form": form, "rule": rules.send_back}
    return render(request, "assessment/return.html", context, status=422 if form.errors else 200)


@operation(Access.OBJECT)
@require_POST
def accept(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Take over as validated what the site says of a function or category."""
    held, code = seen(request.person, pk), request.POST.get("part", "")
    try:
        count = rules.accept_part(held, code, by=request.person)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, ngettext(
            "%(count)d score of %(code)s was taken over as validated.",
            "%(count)d scores of %(code)s were taken over as validated.", count,
        ) % {"count": count, "code": code})  # fmt: skip
    return back_to(request, held)


@operation(Access.OBJECT)
@require_POST
def validate(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Stand by the assessment as it is."""
    held = seen(request.person, pk)
    try:
        rules.validate(held, by=request.person)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, gettext("%(assessment)s was validated.") % {"assessment": held})
    return back_to(request, held)


urlpatterns = [
    path("assessments/<uuid:pk>/answer/submit/", submit, name="answering-submit"),
    path("assessments/<uuid:pk>/answer/return/", send_back, name="answering-return"),
    path("assessments/<uuid:pk>/answer/accept/", accept, name="answering-accept"),
    path("assessments/<uuid:pk>/answer/validate/", validate, name="answering-validate"),
]
