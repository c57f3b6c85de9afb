"""Inviting external people, and making service accounts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.administration.rules import outside, services
from keepwell.kernel import moments
from keepwell.platform.history.acting import Refused
from keepwell.platform.people.models import LANGUAGES, Outsider, Person
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import units_granted
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.roles import ROLES, Level
from keepwell.platform.records.models import visible_to
from keepwell.platform.registers.filtering import BadWish, named
from keepwell.platform.registers.forms import DayInput
from keepwell.platform.tree.models import Unit

AREA = "administration"
MOST_UNITS = 400
Wrong = (Refused, PermissionDenied, ValidationError)


class Placed(forms.Form):
    """A form that offers the units which the person administers, and names a responsible person."""

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        own = (
            Unit.objects.current()
            .filter(pk__in=units_granted(person, AREA, Level.ADMINISTER))
            .order_by("code")
        )
        offered = [(unit.code, f"{unit.code} {unit}") for unit in own[:MOST_UNITS]]
        for name in ("units", "unit"):
            if name in self.fields:
                self.fields[name].choices = offered if name == "units" else [("", "—"), *offered]  # type: ignore[attr-defined]  # it is a choice

    def clean_responsible(self) -> Person:
        """Who is meant by number, among those the person may see."""
        try:
            found: Person = named(Person, self.cleaned_data["responsible"], self.person)
        except BadWish as unknown:
            raise forms.ValidationError(str(unknown)) from unknown
        return found

    def told_units(self, codes: list[str]) -> tuple[Unit, ...]:
        """The units with these codes, in that order."""
        found = {unit.code: unit for unit in Unit.objects.filter(code__in=codes)}
        return tuple(found[code] for code in codes)


def roles() -> list[tuple[str, Any]]:
    """Every role; none is chosen for anybody."""
    return [("", "—"), *((role.name, role.title) for role in ROLES.values())]


class InviteForm(Placed):
    """Who comes from outside, what for, until when, and who answers for them."""

    name = forms.CharField(label=_("Name"), max_length=120)
    mail = forms.EmailField(label=_("Mail"), help_text=_("They sign in by this address."))
    organization = forms.CharField(label=_("Organization"), max_length=120)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    role = forms.ChoiceField(label=_("Role"), choices=roles)
    units = forms.MultipleChoiceField(label=_("At these units"), widget=forms.CheckboxSelectMultiple)
    until = forms.DateField(
        label=_("Until"), widget=DayInput, help_text=_("The last day, 366 days from today at most.")
    )
    responsible = forms.CharField(label=_("Who answers for them"), help_text=_("The employee number."))
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}))


class CallInForm(Placed):
    """At which more units somebody who is here works, as what, until when, and why."""

    role = forms.ChoiceField(label=_("Role"), choices=roles)
    units = forms.MultipleChoiceField(label=_("At these units"), widget=forms.CheckboxSelectMultiple)
    until = forms.DateField(label=_("Until"), widget=DayInput, help_text=_("A day of the stay."))
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}))


class ServiceForm(Placed):
    """What a service account is for, what it may, and who answers for it."""

    number = forms.CharField(label=_("Number"), max_length=64, help_text=_("Its short name, as hr-scim."))
    name = forms.CharField(label=_("Name"), max_length=120)
    purpose = forms.CharField(label=_("What it is for"), max_length=200)
    role = forms.ChoiceField(label=_("Role"), choices=roles)
    unit = forms.ChoiceField(label=_("Unit"))
    responsible = forms.CharField(label=_("Who answers for it"), help_text=_("The employee number."))


class ExtendForm(forms.Form):
    """Until when somebody stays, and why."""

    until = forms.DateField(
        label=_("Until"), widget=DayInput, help_text=_("The last day, 366 days from today at most.")
    )
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}))


@operation(Access.PERMISSION, AREA, Level.ADMINISTER, step_up=True)
def invite(request: PersonRequest) -> HttpResponse:
    """Invite an external person."""
    form = InviteForm(request.person, request.POST or None)
    if form.is_valid():
        told = form.cleaned_data
        invitation = outside.Invitation(
            name=told["name"], mail=told["mail"], organization=told["organization"], role=told["role"],
            units=form.told_units(told["units"]), until=told["until"], sponsor=told["responsible"],
            language=told["language"],
        )  # fmt: skip
        try:
            person = outside.invite(invitation, by=request.person, reason=told["reason"])
        except Wrong as refusal:
            explain(form, refusal)
        else:
            messages.success(
                request, gettext("%(person)s may work here until that day.") % {"person": person}
            )
            return redirect("external-people-record", pk=person.pk)
    context = {
        "form": form, "slug": "external-people", "name": "invite", "title": _("Invite an external person"),
        "list_title": _("External people"),
    }  # fmt: skip
    return render(request, "administration/outside_form.html", context, status=422 if form.errors else 200)


@operation(Access.PERMISSION, AREA, Level.ADMINISTER, step_up=True)
def add_service(request: PersonRequest) -> HttpResponse:
    """Make a service account."""
    form = ServiceForm(request.person, request.POST or None)
    if form.is_valid():
        told = form.cleaned_data
        wanted = services.Wanted(
            told["number"], told["name"], told["purpose"], form.told_units([told["unit"]])[0], told["responsible"],
            told["role"],
        )  # fmt: skip
        try:
            service = services.employ_machine(wanted, by=request.person)
        except Wrong as refusal:
            explain(form, refusal)
        else:
            messages.success(
                request, gettext("%(service)s is there; make a token for it.") % {"service": service}
            )
            return redirect("service-tokens", pk=service.pk)
    context = {
        "form": form, "slug": "service-accounts", "name": "service-new", "title": _("Add a service account"),
        "list_title": _("Service accounts"),
    }  # fmt: skip
    return render(request, "administration/outside_form.html", context, status=422 if form.errors else 200)


@operation(Access.PERMISSION, AREA, Level.ADMINISTER, step_up=True)
def call_in(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Let an external person work at more units."""
    guest = get_object_or_404(visible_to(Outsider.objects.select_related("unit"), request.person), pk=pk)
    form = CallInForm(request.person, request.POST or None, initial={"until": guest.employed_until})
    if form.is_valid():
        told = form.cleaned_data
        try:
            count = outside.call_in(guest, form.told_units(told["units"]), by=request.person, role=told["role"],
                                    until=told["until"], reason=told["reason"])  # fmt: skip
        except Wrong as refusal:
            explain(form, refusal)
        else:
            said = ngettext(
                "%(person)s works at %(count)d more unit.", "%(person)s works at %(count)d more units.", count
            )
            messages.success(request, said % {"person": guest, "count": count})
            return redirect("external-people-record", pk=pk)
    return render(
        request,
        "administration/call_in.html",
        {"form": form, "guest": guest},
        status=422 if form.errors else 200,
    )


@operation(Access.OBJECT)
def extend(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Let an external person stay longer, for who answers for them or runs the platform there."""
    guest = get_object_or_404(visible_to(Outsider.objects.select_related("unit"), request.person), pk=pk)
    if not outside.may_extend(request.person, guest):
        raise PermissionDenied(
            gettext("Who answers for the person extends the stay, or who runs the platform there.")
        )
    form = ExtendForm(request.POST or None)
    if form.is_valid():
        try:
            outside.extend(guest, by=request.person, **form.cleaned_data)
        except Wrong as refusal:
            explain(form, refusal)
        else:
            messages.success(request, gettext("%(person)s may stay until that day.") % {"person": guest})
            return redirect("external-people-record", pk=pk)
    context = {"form": form, "guest": guest, "today": moments.today(guest.unit.time_zone)}
    return render(request, "administration/extend.html", context, status=422 if form.errors else 200)


def explain(form: forms.Form, refusal: Exception) -> None:
    """Put what was refused beside its field, else above the form."""
    by_field = getattr(refusal, "message_dict", None) or {"__all__": [str(refusal)]}
    for name, sentences in by_field.items():
        for sentence in sentences:
            form.add_error(name if name in form.fields else None, sentence)


urlpatterns = [
    path("administration/invite/", invite, name="invite"),
    path("administration/service-accounts/new/", add_service, name="service-new"),
    path("outside/<uuid:pk>/call-in/", call_in, name="outside-call-in"),
    path("outside/<uuid:pk>/extend/", extend, name="outside-extend"),
]
