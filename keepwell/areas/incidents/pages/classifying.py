"""The page on which an incident is classified: every factor with its question, and what the facts give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, kind_choices, own_types, scheme
from keepwell.areas.incidents.models.library import here
from keepwell.areas.incidents.models.schemes import level_choices
from keepwell.areas.incidents.rules import proposing
from keepwell.kernel.severity.scheme import Factor
from keepwell.platform.acts.act import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level

AREA = "incidents"


@dataclass(frozen=True)
class Question:
    """A factor as the form asks it: what may be chosen (none: a number is typed), what stands there, what the systems
    touched say of it, and whether that stands there because nobody said otherwise."""

    name: str
    title: str
    asks: str
    options: list[tuple[str, str]]
    value: str
    says: str
    is_proposed: bool


def seen(person: Person, pk: UUID) -> Incident:
    """The incident, if the person may see it; absent else."""
    found = Incident.objects.visible_to(person).select_related("unit", "lead").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@operation(Access.OBJECT)
def show_classify(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """What is known of an incident, asked factor by factor; what is sent is classified anew."""
    incident = seen(request.person, pk)
    require(request.person, AREA, Level.EDIT, incident.unit)
    if request.method != "POST":
        return _page(request, incident, {name: _typed(value) for name, value in incident.factors.items()})
    sent = {name: str(value) for name, value in request.POST.items()}
    try:
        _see_version(incident, sent)
        rules.classify(
            incident, by=request.person, facts=facts_sent(sent), kind=sent.get("kind", ""),
            level=int(sent["level"]) if sent.get("level", "").isdecimal() else None, reason=sent.get("reason", ""),
        )  # fmt: skip
    except Refused as refusal:
        return _page(request, incident, sent, wrong=str(refusal), status=422)
    return redirect(reverse("incidents-record", args=[incident.pk]))


def facts_sent(sent: Mapping[str, str]) -> dict[str, Any]:
    """The facts that a form says by name of factor; what was left open is left out."""
    found = {name: _read(factor, sent.get(name, "").strip()) for name, factor in scheme().factors.items()}
    return {name: value for name, value in found.items() if value is not None}


def _read(factor: Factor, text: str) -> Any:
    if not text:
        return None
    if factor.kind == "bool":
        return {"yes": True, "no": False}.get(text, text)
    plain = text.replace(",", "")
    try:
        return int(plain) if plain.isdecimal() else float(plain)
    except ValueError:
        return text


def _typed(value: Any) -> str:
    """A fact as the form shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _see_version(incident: Incident, sent: Mapping[str, str]) -> None:
    if sent.get("version") != str(incident.version):
        raise Refused(
            gettext(
                "Somebody else changed the incident meanwhile; look at what stands there now, then send again."
            )
        )


def _page(
    request: PlacedRequest,
    incident: Incident,
    typed: Mapping[str, str],
    *,
    wrong: str = "",
    status: int = 200,
) -> HttpResponse:
    found = proposing.proposals(incident, request.person)
    offered = {} if request.method == "POST" else {
        name: _typed(one.value) for name, one in found.items() if name not in typed
    }  # fmt: skip
    questions = [
        _question(factor, {**offered, **typed}, found.get(factor.name), is_proposed=factor.name in offered)
        for factor in scheme().factors.values()
    ]
    context = {
        "incident": incident, "questions": questions, "wrong": wrong, "kinds": kind_choices(),
        "own": [(one.code, one.title_here) for one in own_types(incident.unit_id)],
        "kind": typed.get("kind") or (incident.own_kind.code if incident.own_kind else incident.kind),
        "levels": [(str(code), name) for code, name in level_choices()],
        "level": typed.get("level", ""), "reason": typed.get("reason", ""),
    }  # fmt: skip
    return render(request, "incidents/classify.html", context, status=status)


def _question(
    factor: Factor, shown: Mapping[str, str], said: proposing.Proposal | None, *, is_proposed: bool
) -> Question:
    options = [(str(number), here(text)) for number, text in factor.choices]
    if factor.kind == "bool":
        options = [("yes", gettext("Yes")), ("no", gettext("No"))]
    return Question(
        factor.name, here(factor.title), here(factor.asks), options, shown.get(factor.name, ""),
        said.why if said else "", is_proposed,
    )  # fmt: skip
