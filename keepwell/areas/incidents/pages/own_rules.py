"""The group's own rules of notification on pages: a file or a form is looked at first and brought in when it is sent
again; an example and the rules there are come as files."""

from __future__ import annotations

from importlib.resources import files
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import OwnRule
from keepwell.areas.incidents.pages.own_rule_forms import BringInForm, SimpleForm, row_of
from keepwell.areas.incidents.rules import own_rules
from keepwell.areas.incidents.rules.own_rules import Looked
from keepwell.kernel.clocks.written import put
from keepwell.kernel.refusing import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import may
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Unit

AREA = "incidents"
YAML = "application/yaml; charset=utf-8"


@operation(Access.PERMISSION, AREA)
def bring_in(request: PlacedRequest) -> HttpResponse:
    """Look at a file or at text, and bring in what was looked at."""
    if request.method == "POST" and "take" in request.POST:
        return _taken(request)
    form = BringInForm(request.person, request.POST or None, request.FILES or None, initial=_begun(request))
    if not form.is_valid():
        told = {
            "form": form,
            "title": _("Bring in our own rules"),
            "name": "own-rules-bring-in",
            "is_file": True,
        }
        return render(request, "incidents/own_rules/form.html", told, status=422 if form.errors else 200)
    return _looked(request, form.text_given(), form.unit(), form.cleaned_data["note"])


@operation(Access.PERMISSION, AREA)
def write(request: PlacedRequest) -> HttpResponse:
    """Write a rule of the common kind in a form, and look at the text that it makes."""
    form = SimpleForm(request.person, request.POST or None)
    if not form.is_valid():
        told = {"form": form, "title": _("Write a rule"), "name": "own-rules-write"}
        return render(request, "incidents/own_rules/form.html", told, status=422 if form.errors else 200)
    return _looked(request, put([row_of(form.cleaned_data)]), form.unit(), form.cleaned_data["note"])


def _begun(request: PlacedRequest) -> dict[str, Any]:
    """What the form begins with: the text of the rule of which a further edition is written."""
    own = None
    try:
        own = OwnRule.objects.visible_to(request.person).filter(pk=UUID(request.GET.get("of", ""))).first()
    except ValueError:
        return {}
    return {"text": put([own.text]), "unit": own.unit.code} if own else {}


def _looked(request: PlacedRequest, text: bytes | str, unit: Unit, note: str) -> HttpResponse:
    """What would come, or what is wrong, with the text to be sent again."""
    looked: Looked = own_rules.look(text, unit)
    again = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    fresh = sum(not one.is_same for one in looked.coming)
    told = {"looked": looked, "text": again.replace("\x00", ""), "unit": unit, "note": note, "fresh": fresh,
            "may_take": may(request.person, AREA, Level.EDIT, unit)}  # fmt: skip
    return render(request, "incidents/own_rules/look.html", told, status=422 if looked.faults else 200)


def _taken(request: PlacedRequest) -> HttpResponse:
    """Bring in the text that was looked at, or say what is wrong by now."""
    form = BringInForm(request.person, request.POST)
    if not form.is_valid():
        return redirect("own-rules-bring-in")
    try:
        made = own_rules.bring_in(
            form.text_given(), unit=form.unit(), by=request.person, note=form.cleaned_data["note"]
        )
    except Refused as refusal:
        told = {"looked": Looked([], [str(refusal)]), "text": form.cleaned_data["text"], "unit": form.unit()}
        return render(request, "incidents/own_rules/look.html", told, status=422)
    said = ngettext("%(n)d rule came as a draft.", "%(n)d rules came as drafts.", len(made)) % {
        "n": len(made)
    }
    messages.success(request, said + " " + gettext("It holds once somebody with the right confirms it."))
    if len(made) == 1:
        return redirect("own-rules-record", pk=made[0].pk)
    return redirect("own-rules")


@operation(Access.PERMISSION, AREA)
def take_example(request: PlacedRequest) -> HttpResponse:
    """A file with filled-in rules, to be changed and brought in."""
    text = (files("keepwell") / "library" / "own-rules-example.yaml").read_text(encoding="utf-8")
    return _file(text, "own-rules-example.yaml")


@operation(Access.PERMISSION, AREA)
def take_out(request: PlacedRequest) -> HttpResponse:
    """The own rules that the reader may see, each in its newest edition, as a file that can be brought in."""
    rows = OwnRule.objects.visible_to(request.person).current()
    return _file(own_rules.export(rows), "own-rules.yaml")


def _file(text: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(text, content_type=YAML, headers=headers)


urlpatterns = [
    path("rules-of-notification/bring-in/", bring_in, name="own-rules-bring-in"),
    path("rules-of-notification/write/", write, name="own-rules-write"),
    path("rules-of-notification/example.yaml", take_example, name="own-rules-example"),
    path("rules-of-notification/own-rules.yaml", take_out, name="own-rules-file"),
]
