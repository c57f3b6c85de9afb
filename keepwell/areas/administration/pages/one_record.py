"""Giving a right on one record."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.administration.pages.outside import AREA, Wrong, explain, roles
from keepwell.areas.administration.rules import one_record
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.roles import Level
from keepwell.platform.registers.filtering import BadWish, named
from keepwell.platform.registers.forms import DayInput


class OneRecordForm(forms.Form):
    """Who gets which role on which record, until when, and why."""

    record = forms.CharField(
        label=_("Record"), max_length=300,
        help_text=_("The address of its page, or its register and key, as certificates:ISO-1."),
    )  # fmt: skip
    person = forms.CharField(label=_("Person"), max_length=64, help_text=_("The employee number."))
    role = forms.ChoiceField(label=_("Role"), choices=roles)
    until = forms.DateField(
        label=_("Until"), widget=DayInput, help_text=_("The last day, 366 days from today at most.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, by: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by

    def clean_person(self) -> Person:
        """Who is meant by number, among those the giver may see."""
        try:
            found: Person = named(Person, self.cleaned_data["person"], self.by)
        except BadWish as unknown:
            raise forms.ValidationError(str(unknown)) from unknown
        return found


@operation(Access.PERMISSION, AREA, Level.ADMINISTER, step_up=True)
def give_one(request: PersonRequest) -> HttpResponse:
    """Give somebody a right on one record."""
    form = OneRecordForm(
        request.person, request.POST or None, initial={"record": request.GET.get("record", "")[:300]}
    )
    if form.is_valid():
        told = dict(form.cleaned_data)
        reason = told.pop("reason")
        try:
            grant = one_record.give_one(one_record.Wanted(**told), by=request.person, reason=reason)
        except Wrong as refusal:
            explain(form, refusal)
        else:
            messages.success(request, gettext("%(person)s has that right on that record alone.") % {"person": grant.person}
                             if not grant.is_proposed else gettext("It waits for a second person."))  # fmt: skip
            return redirect("grants-record", pk=grant.pk)
    context = {
        "form": form, "slug": "grants", "name": "grant-one", "title": _("Give a right on one record"),
        "list_title": _("Grants"),
    }  # fmt: skip
    return render(request, "administration/outside_form.html", context, status=422 if form.errors else 200)


urlpatterns = [path("administration/one-record/", give_one, name="grant-one")]
