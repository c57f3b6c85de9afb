"""Reporting as somebody who is signed in, and one's own reports with the talk about them."""

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

from keepwell.areas.incidents.models.intake import LONGEST_CONCERNS, LONGEST_PLACE, LONGEST_TEXT, Ongoing
from keepwell.areas.incidents.rules import own
from keepwell.areas.incidents.rules.reaching import site_of
from keepwell.kernel.refusing import Refused
from keepwell.platform.evidence.forms import FilesField
from keepwell.platform.evidence.intake import uploaded
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import signed_in
from keepwell.platform.people.requests import PersonRequest

A_PAGE = 50
FILES_SAY = _("Photos, voice notes, logs, or a suspicious mail as .eml. Ten at most.")


def files_field() -> FilesField:
    """Files, with what may be among them."""
    field = FilesField()
    field.help_text = FILES_SAY
    return field


class TellForm(forms.Form):
    """What happened, where, whether it goes on."""

    says = forms.CharField(
        label=_("What happened?"),
        max_length=LONGEST_TEXT,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    site = forms.ChoiceField(label=_("Where?"))
    spot = forms.CharField(label=_("Line, room or machine"), max_length=LONGEST_PLACE, required=False)
    ongoing = forms.ChoiceField(
        label=_("Is it still going on?"), choices=Ongoing.choices, initial=Ongoing.UNSURE.value
    )
    concerns = forms.CharField(
        label=_("Does it concern somebody who might read this?"), max_length=LONGEST_CONCERNS, required=False,
        help_text=_("A name, in full, or a mail address. Whoever is named, and could read it, will not."),
    )  # fmt: skip
    file = files_field()

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sites = {unit.code: unit for unit in own.sites()}
        here = site_of(person)
        field: Any = self.fields["site"]
        field.choices = [("", "—"), *((code, unit.name_here) for code, unit in self.sites.items())]
        field.initial = here.code if here else ""

    def told(self) -> own.Telling:
        """What was typed, as the rule takes it."""
        said = self.cleaned_data
        return own.Telling(
            self.sites[said["site"]], said["says"], said["spot"], said["ongoing"], said["concerns"]
        )


class AddForm(forms.Form):
    """What there is to add."""

    says = forms.CharField(
        label=_("Add to your report"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3})
    )
    file = files_field()


@signed_in
def show_mine(request: PersonRequest) -> HttpResponse:
    """My reports, the newest first."""
    rows = list(own.mine(request.person)[: A_PAGE + 1])
    return render(
        request, "incidents/own/mine.html", {"reports": rows[:A_PAGE], "is_more": len(rows) > A_PAGE}
    )


@signed_in
def write(request: PersonRequest) -> HttpResponse:
    """Report something, in my name."""
    form = TellForm(request.person, request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            with own.uploaded(uploaded(request)) as load:
                report = own.send(form.told(), load, by=request.person)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, gettext("Received. The security officers of %(site)s have been told.") % {
                "site": report.unit.name_here})  # fmt: skip
            return redirect("my-report", pk=report.pk)
    return render(request, "incidents/own/write.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
def show_one(request: PersonRequest, pk: UUID) -> HttpResponse:
    """One of my reports, with what was said since; I can add to it."""
    report = own.found(request.person, pk)
    if report is None:
        raise Http404
    form = AddForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            with own.uploaded(uploaded(request)) as load:
                own.add(report, form.cleaned_data["says"], load, by=request.person)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("my-report", pk=pk)
    told = {"report": report, "talk": own.talk(report), "files": list(report.files.shown()), "form": form}
    return render(request, "incidents/own/one.html", told, status=422 if form.errors else 200)


urlpatterns = [
    path("my-reports/", show_mine, name="my-reports"),
    path("my-reports/new/", write, name="my-report-new"),
    path("my-reports/<uuid:pk>/", show_one, name="my-report"),
]
