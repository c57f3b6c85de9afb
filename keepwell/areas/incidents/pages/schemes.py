"""Our scheme on pages: what is in force, the editions, bringing one in, and what an edition would change."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import SeverityScheme
from keepwell.areas.incidents.models.library import scheme_to_edit, shipped_text
from keepwell.areas.incidents.models.schemes import Edition, edition_now, text_told
from keepwell.areas.incidents.rules import schemes
from keepwell.areas.incidents.rules.schemes import saying, shifts
from keepwell.areas.incidents.rules.schemes.deciding import LONGEST_REASON
from keepwell.kernel import moments
from keepwell.kernel.refusing import Refused
from keepwell.kernel.severity.differing import differences
from keepwell.kernel.severity.faults import Faulty
from keepwell.kernel.severity.text import LARGEST_BYTES
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.models import Person
from keepwell.platform.people.noted import keep_refusal
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import may_everywhere
from keepwell.platform.people.roles import Level
from keepwell.platform.registers.forms import DayInput
from keepwell.platform.tree.models import Unit

AREA = "incidents"
A_PAGE, MOST_EDITIONS = 100, 50
YAML = "application/yaml; charset=utf-8"


class EditionForm(forms.Form):
    """A file, from which day it shall hold, and why."""

    file = forms.FileField(
        label=_("Edited scheme"), widget=forms.FileInput(attrs={"accept": ".yaml,.yml,.json"}),
        help_text=_("YAML or JSON, up to 200 KB, as it was downloaded here and then edited."),
    )  # fmt: skip
    valid_from = forms.DateField(
        label=_("Valid from"), widget=DayInput, help_text=_("Today or later; it begins when it is approved, at the earliest.")
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Why"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stays beside the edition, for auditors and for whoever edits the next one."),
    )  # fmt: skip


@operation(Access.PERMISSION, AREA)
def show_scheme(request: PlacedRequest) -> HttpResponse:
    """The scheme in force as tables, and its editions."""
    edition = edition_now()
    rows = SeverityScheme.objects.visible_to(request.person).select_related("drafted_by", "approved_by")
    told = tables(edition) | {
        "shipped": text_told(shipped_text()),
        "editions": list(rows.order_by("-edition")[:MOST_EDITIONS]),
        "may_bring": may_everywhere(request.person, AREA, Level.EDIT) and not request.place.is_past,
    }
    return render(request, "incidents/scheme/scheme.html", told)


def tables(edition: Edition) -> dict[str, Any]:
    """What the tables of a scheme show."""
    rules = edition.rules
    return {
        "edition": edition, "levels": saying.levels(rules), "waking": saying.waking(rules),
        "factors": saying.factors(rules), "headings": saying.headings(rules.group, rules),
        "national": saying.headings(rules.national, rules),
    }  # fmt: skip


@operation(Access.PERMISSION, AREA)
def download(request: PlacedRequest) -> HttpResponse:
    """The text of the edition in force, to be edited."""
    edition = edition_now()
    if edition.pk is None:
        return _file(scheme_to_edit(), 0)
    return _file(SeverityScheme.objects.get(pk=edition.pk).text, edition.number)


@operation(Access.OBJECT)
def download_edition(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """The text of one edition, as it was brought in."""
    found = seen(request.person, pk)
    return _file(found.text, found.edition)


def _file(text: str, number: int) -> HttpResponse:
    name = f"scheme-edition-{number}.yaml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(text, content_type=YAML, headers=headers)


@operation(Access.PERMISSION, AREA, Level.EDIT)
def bring_in(request: PlacedRequest) -> HttpResponse:
    """Take an edited scheme as a draft, or say everything that does not fit."""
    form = EditionForm(request.POST or None, request.FILES or None, initial={"valid_from": _today()})
    told: dict[str, Any] = {"form": form, "faults": []}
    if form.is_valid():
        said = form.cleaned_data
        try:
            content = said["file"].read(LARGEST_BYTES + 1)
            made = schemes.draft_scheme(
                content, valid_from=said["valid_from"], reason=said["reason"], by=request.person
            )
            return redirect("severity-scheme-edition", pk=made.pk)
        except Faulty as wrong:
            told["faults"] = [saying.fault_here(one) for one in wrong.faults[:A_PAGE]]
            told["fault_count"] = len(wrong.faults)
        except (Refused, PermissionDenied) as refusal:
            keep_refusal(request, refusal)
            form.add_error(None, str(refusal))
    status = 422 if form.errors or told["faults"] else 200
    return render(request, "incidents/scheme/bring.html", told, status=status)


def _today() -> date:
    """The day it is where the group is."""
    zone = Unit.objects.filter(kind=Unit.Kind.GROUP).values_list("time_zone", flat=True).first()
    return moments.today(zone or "UTC")


def seen(person: Person, pk: UUID) -> SeverityScheme:
    """The edition, if the person may see it; absent else."""
    rows = SeverityScheme.objects.visible_to(person).select_related("unit", "drafted_by", "approved_by")
    found: SeverityScheme | None = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@operation(Access.OBJECT)
def show_edition(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """One edition: in what it differs from the one in force, and what it would change of the incidents of a year."""
    found = seen(request.person, pk)
    rules, base = found.rules, found.compared_with
    acts = () if request.place.is_past else (schemes.approve, schemes.withdraw)
    changed = shifts.shifts(rules, request.person)
    told = tables(Edition(found.edition, found.pk, found.valid_from, rules)) | {
        "record": found, "base": base,
        "differences": saying.told(differences(base.rules, rules), base.rules, rules),
        "acts": [(one.label, one.name.replace("_", "-")) for one in acts if one.is_open_to(request.person, found)],
        "changed": changed, "shown": changed.rows[:A_PAGE], "most": A_PAGE,
    }  # fmt: skip
    return render(request, "incidents/scheme/edition.html", told)


urlpatterns = [
    path("severity-scheme/", show_scheme, name="severity-scheme"),
    path("severity-scheme/scheme.yaml", download, name="severity-scheme-download"),
    path("severity-scheme/new/", bring_in, name="severity-scheme-new"),
    path("severity-scheme/<uuid:pk>/", show_edition, name="severity-scheme-edition"),
    path("severity-scheme/<uuid:pk>/scheme.yaml", download_edition, name="severity-scheme-edition-download"),
]
