"""What stands around an answer: comments, and the colleagues who were asked a part."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Assessment, Comment, Share
from keepwell.areas.assessment.pages.desk import title_of
from keepwell.areas.assessment.pages.seeing import back_to, seen
from keepwell.kernel.refusing import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import lacks, may
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Ancestry

MOST_COLLEAGUES = 300


@operation(Access.OBJECT)
@require_POST
def say(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Say something about the requirement, or answer what was said."""
    held, code, answered = seen(request.person, pk), request.GET.get("at", ""), None
    if request.POST.get("answers"):
        answered = _comment(request, held, request.POST["answers"])
    try:
        rules.comment(held, code, request.POST.get("text", ""), by=request.person, answers=answered)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return back_to(request, held)


@operation(Access.OBJECT)
@require_POST
def settle(request: PlacedRequest, pk: UUID, comment: UUID) -> HttpResponse:
    """Say that nothing is left to do about a comment."""
    held = seen(request.person, pk)
    try:
        rules.settle(_comment(request, held, str(comment)), by=request.person)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return back_to(request, held)


def _comment(request: PlacedRequest, held: Assessment, key: str) -> Comment:
    rows = Comment.objects.visible_to(request.person).select_related("assessment__unit", "assessment__cycle")
    try:
        return get_object_or_404(rows, pk=UUID(key), assessment=held)
    except ValueError as error:
        raise Http404 from error


class ShareForm(forms.Form):
    """Which part, to whom, and what to say."""

    requirement = forms.ChoiceField(label=_("Part"))
    to = forms.ChoiceField(label=_("Colleague"), help_text=_("Who works at the site and can sign in."))
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, held: Assessment, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = rules.outline(held.cycle.framework_version).lines
        parts = [(line.code, f"{'  ' * line.depth}{line.code} {title_of(line)}") for line in lines]
        self.colleagues = {str(one.pk): one for one in colleagues(held, person)}
        requirement: Any = self.fields["requirement"]
        to: Any = self.fields["to"]
        requirement.choices = [("", "—"), *parts]
        to.choices = [("", "—"), *((key, str(one)) for key, one in self.colleagues.items())]


def colleagues(held: Assessment, person: Person) -> list[Person]:
    """Who works at the site, can sign in, and is not `person`: some hundreds at most."""
    here = Ancestry.objects.filter(ancestor=held.unit_id, until__isnull=True).values("descendant")
    rows = Person.objects.current().filter(unit__in=here, account__is_active=True).exclude(pk=person.pk)
    return list(rows.order_by("name", "pk")[:MOST_COLLEAGUES])


@operation(Access.OBJECT)
def share(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Split an assessment among colleagues."""
    held = seen(request.person, pk)
    if not may(request.person, "assessment", Level.EDIT, held.unit):
        raise PermissionDenied(lacks("assessment", Level.EDIT, held.unit))
    data = request.POST if request.POST and "unshare" not in request.POST else None
    form = ShareForm(
        held, request.person, data, initial={"requirement": request.GET.get("at", "").rpartition("-")[0]}
    )
    try:
        if "unshare" in request.POST:
            _taken_back(request, held)
            return _again(request)
        if form.is_valid():
            told = form.cleaned_data
            rules.share(held, by=request.person, requirement=told["requirement"], note=told["note"],
                        to=form.colleagues[told["to"]])  # fmt: skip
            return _again(request)
    except Refused as refusal:
        if form.is_bound:
            form.add_error(None, str(refusal))
        else:
            messages.error(request, str(refusal))
    shares = Share.objects.current().filter(assessment=held).select_related("person", "node")
    context = {"held": held, "form": form, "shares": shares.order_by("node__position", "person__name")}
    return render(request, "assessment/share.html", context, status=422 if form.errors else 200)


def _taken_back(request: PlacedRequest, held: Assessment) -> None:
    rows = Share.objects.current().filter(assessment=held).select_related("person", "node")
    try:
        found = get_object_or_404(rows, pk=UUID(request.POST["unshare"]))
    except ValueError as error:
        raise Http404 from error
    rules.unshare(held, by=request.person, requirement=found.node.code, to=found.person)


def _again(request: PlacedRequest) -> HttpResponse:
    """The page anew, so that sending it again shares nothing twice."""
    messages.success(request, gettext("Done."))
    return redirect(request.get_full_path())


urlpatterns = [
    path("assessments/<uuid:pk>/answer/say/", say, name="answering-say"),
    path("assessments/<uuid:pk>/answer/said/<uuid:comment>/settle/", settle, name="answering-settle"),
    path("assessments/<uuid:pk>/answer/share/", share, name="answering-share"),
]
