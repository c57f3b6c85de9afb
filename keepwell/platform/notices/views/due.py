"""What is due from me, what others do for me, and passing a todo on."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from keepwell.kernel import moments
from keepwell.platform.history.acting import Refused
from keepwell.platform.notices.passing import colleague, colleagues, owed_debt
from keepwell.platform.pages.due import due_here
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation, signed_in
from keepwell.platform.todos import rules
from keepwell.platform.todos.todo import lent, todo_of

FOR_NOW, FOR_GOOD = "now", "good"


@signed_in
def show_due(request: PlacedRequest) -> HttpResponse:
    """Everything that is due from me, and what somebody else does for me."""
    person = request.person
    day = moments.today(person.unit.time_zone)
    context = {"todos": due_here(request, person), "lent": lent(person), "today": day, "may_pass": True}
    return render(request, "notices/due.html", context)


class PassForm(forms.Form):
    """To whom a todo goes, with which words, and whether for good."""

    to = forms.CharField(
        label=_("To whom"), max_length=120, help_text=_("Employee number or mail address of somebody who can see the record."),
        widget=forms.TextInput(attrs={"list": "colleagues", "autocomplete": "off"}),
    )  # fmt: skip
    note = forms.CharField(label=_("What they should know"), max_length=300, required=False)
    how = forms.ChoiceField(
        label=_("For how long"), initial=FOR_NOW, widget=forms.RadioSelect,
        choices=[(FOR_NOW, _("Until it is done or I take it back; I still answer for it")),
                 (FOR_GOOD, _("For good; it is theirs from now on"))],
    )  # fmt: skip


@operation(Access.OBJECT)
def pass_on(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Delegate a todo to a colleague, or hand it over."""
    person = request.person
    found = owed_debt(pk, person)
    if found is None:
        raise Http404
    debt, record = found
    form = PassForm(request.POST or None)
    if form.is_valid():
        try:
            to = colleague(form.cleaned_data["to"])
            if form.cleaned_data["how"] == FOR_GOOD:
                rules.hand_over(debt, by=person, to=to)
            else:
                rules.delegate(debt, by=person, to=to, note=form.cleaned_data["note"])
        except (Refused, PermissionDenied) as refusal:
            form.add_error("to", str(refusal))
        else:
            messages.success(request, gettext("%(name)s was told.") % {"name": to})
            return redirect("due")
    day = moments.today(person.unit.time_zone)
    context = {
        "form": form,
        "todo": todo_of(debt, record),
        "today": day,
        "colleagues": colleagues(debt, person),
    }
    return render(request, "notices/pass_on.html", context, status=422 if form.errors else 200)


@operation(Access.OBJECT)
@require_POST
def take_back(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Take a todo back from a colleague, or give it back to who asked."""
    found = owed_debt(pk, request.person)
    if found is None:
        raise Http404
    try:
        rules.take_back(found[0], by=request.person)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, gettext("Nobody does this for another any more; who owes it was told."))
    return redirect("due")
