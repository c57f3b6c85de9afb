"""Evidence of an answer: added, taken from what is here already, and used for several requirements at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Answer, Assessment, Source
from keepwell.areas.assessment.pages.desk import OFFERED
from keepwell.areas.assessment.pages.seeing import back_to, seen
from keepwell.areas.assessment.pages.ticking import choices
from keepwell.kernel.refusing import Refused
from keepwell.platform.evidence import intake
from keepwell.platform.evidence.models import Piece
from keepwell.platform.evidence.rules import Facts, attach, link
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import lacks, may
from keepwell.platform.records.guards import level_to_write
from keepwell.platform.records.links import address

LONGEST_TITLE = 160
MORE = {
    "label": _("Use it for these"),
    "explains": _("The same piece then stands beside each of these answers; nothing is uploaded twice."),
}


@operation(Access.OBJECT)
@require_POST
def prove(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Let a file, or a piece that is here already, prove something about the answer."""
    held = seen(request.person, pk)
    answer = _answer(request, held)
    try:
        piece = _linked(request, answer) if "piece" in request.POST else _added(request, held, answer)
        messages.success(request, gettext("%(piece)s proves this answer.") % {"piece": piece})
    except Refused as refusal:
        messages.error(request, str(refusal))
    return back_to(request, held)


def _answer(request: PlacedRequest, held: Assessment) -> Answer:
    """The answer that is to be proved: of the source and requirement the address names."""
    rows = (
        Answer.objects.current().visible_to(request.person).filter(assessment=held, source=_source(request))
    )
    found: Answer = get_object_or_404(
        rows.select_related("assessment__unit", "node"), node__code=request.GET.get("at", "")
    )
    return found


def _added(request: PlacedRequest, held: Assessment, answer: Answer) -> Piece:
    with intake.taken(intake.uploaded(request)) as files:
        name = request.POST.get("title", "").strip() or (files[0].name if files else "")
        facts = Facts(name[:LONGEST_TITLE], held.unit)
        return attach(facts, by=request.person, files=files, links=[], to=answer)


def _linked(request: PlacedRequest, answer: Answer) -> Piece:
    try:
        piece = _piece(request, UUID(request.POST["piece"]))
    except ValueError as error:
        raise Refused(gettext("Choose a piece of evidence.")) from error
    link(piece, by=request.person, record=address(answer.type_name(), answer.pk))
    return piece


def _piece(request: PlacedRequest, key: UUID) -> Piece:
    rows = Piece.objects.current().visible_to(request.person).select_related("unit")
    found: Piece = get_object_or_404(rows, pk=key)
    return found


def _source(request: PlacedRequest) -> Source:
    """Whose answers are proved: as the address says, else the site's."""
    return next((one for one in OFFERED if one.value == request.GET.get("by")), Source.SELF)


class MoreForm(forms.Form):
    """Which other answers a piece of evidence proves."""

    requirements = forms.MultipleChoiceField(label=_("It also proves"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, offered: list[tuple[str, str]], *args: Any) -> None:
        super().__init__(*args)
        field: Any = self.fields["requirements"]
        field.choices = offered


@operation(Access.OBJECT)
def prove_more(request: PlacedRequest, pk: UUID, piece: UUID) -> HttpResponse:
    """Let a piece that is here already prove several answers of the assessment in one act."""
    held, source, found = seen(request.person, pk), _source(request), _piece(request, piece)
    level = level_to_write(Answer)
    if not may(request.person, "assessment", level, held.unit):
        raise PermissionDenied(lacks("assessment", level, held.unit))
    lines = rules.provable(held, found, person=request.person, source=source)
    here = rules.outline(held.cycle.framework_version).by_code.get(request.GET.get("at", ""))
    near = {line.code for line in lines if here is not None and line.parent == here.parent}
    form = MoreForm(choices(held, lines, first=near), request.POST or None)
    if form.is_valid():
        try:
            count = rules.prove(
                held, found, form.cleaned_data["requirements"], by=request.person, source=source
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, ngettext(
                "%(piece)s proves %(count)d more answer.", "%(piece)s proves %(count)d more answers.", count,
            ) % {"piece": found, "count": count})  # fmt: skip
            return back_to(request, held)
    context = {"held": held, "piece": found, "form": form, "lines": lines, "rule": MORE}
    return render(request, "assessment/evidence.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("assessments/<uuid:pk>/answer/evidence/", prove, name="answering-evidence"),
    path(
        "assessments/<uuid:pk>/answer/evidence/<uuid:piece>/more/", prove_more, name="answering-evidence-more"
    ),
]
