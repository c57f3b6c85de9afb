"""The start page, what is due, the outcomes of a year, and the proof of every figure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from keepwell.areas.organization.rules import facts
from keepwell.areas.reporting import rules
from keepwell.kernel import moments, periods
from keepwell.platform.acts.act import Act
from keepwell.platform.exchange.files import fetch
from keepwell.platform.history.acting import Refused
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.jobs.models import Job
from keepwell.platform.metrics.metric import METRICS
from keepwell.platform.metrics.proof import Proof, proof
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.pages.due import due_here
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.noted import keep_refusal
from keepwell.platform.people.operations import Access, operation, signed_in
from keepwell.platform.people.permissions import grants_in_force, may, require
from keepwell.platform.people.roles import Level
from keepwell.platform.publishing.writers import WRITERS
from keepwell.platform.registers.cells import Cell, cells
from keepwell.platform.registers.listing import CURSORS, BadWish, Wish, leaf
from keepwell.platform.registers.register import register_of
from keepwell.platform.tree.models import Unit

PROOF_ROWS = 50
MOST_UNLISTED = 200
BOARD_FIGURES = ("training.coverage", "training.person_times", "training.hours", "certificates.sites.iso-27001",
                 "certificates.sites.iso-22301", "certificates.sites.iec-62443-2-1", "certificates.sites.iso-15408")  # fmt: skip


@signed_in
def show_start(request: PlacedRequest) -> HttpResponse:
    """What this unit is, how it stands, and what is due from me."""
    person, place = request.person, request.place
    if person.kind == person.Kind.EXTERNAL:
        return show_guest(request)
    day = moments.today(person.unit.time_zone)
    context: dict[str, Any] = {"todos": due_here(request, person), "today": day}
    if place.unit:
        context["facts"] = facts(place.unit, place.day)
        context["may_see"] = may(person, "reporting", Level.VIEW, place.unit)
        context["standing"] = (
            rules.standing(place.unit, place.number, BOARD_FIGURES, periods.SHOWN)
            if context["may_see"]
            else []
        )
        context["first_year"], context["now"] = place.number - periods.SHOWN + 1, moments.now()
    return render(request, "reporting/start.html", context)


def show_guest(request: PlacedRequest) -> HttpResponse:
    """What an external person was given and until when, and nothing but that."""
    grants = grants_in_force(request.person).select_related("unit").order_by("unit__code", "role", "pk")
    return render(request, "reporting/guest.html", {"grants": grants})


@dataclass(frozen=True)
class Part:
    """The figures of one subject."""

    title: str
    outcomes: list[Any]


@operation(Access.PERMISSION, "reporting")
def show_outcomes(request: PlacedRequest) -> HttpResponse:
    """The outcomes of the place's year: every figure with its state and its proof."""
    person, place = request.person, request.place
    require(person, "reporting", Level.VIEW, place.here)
    listed = rules.outcomes(place.here, place.number)
    told = [(outcome, *outcome.words(get_language() or "en")) for outcome in listed.listed]
    parts = [
        Part(title, list(rows)) for title, rows in groupby(told, key=lambda row: rules.subject(row[0].metric))
    ]
    decides = may(person, "reporting", Level.DECIDE, place.here)
    ended = listed.scope.day >= listed.scope.year.last
    context = {
        "listed": listed, "parts": parts, "counts": listed.counts, "last_year": place.number - 1, "ended": ended,
        "may_sign": decides and ended and listed.counts["draft"] > 0,
        "may_freeze": decides and ended and not listed.counts["draft"] and listed.counts["signed_off"] > 0,
        "may_decide": decides, "forms": [(form, WRITERS[form].label) for form in rules.FORMS],
    }  # fmt: skip
    return render(request, "reporting/outcomes.html", context)


def _decide(request: PlacedRequest, rule: Act[..., int], done: str) -> HttpResponse:
    """Do one act on the place's year and go back to its outcomes."""
    person, place = request.person, request.place
    try:
        count = rule(place.here, by=person, year=place.number)
        messages.success(request, done % {"count": count, "year": place.number})
    except (Refused, PermissionDenied) as refusal:
        keep_refusal(request, refusal)
        messages.warning(request, str(refusal))
    return redirect(f"{reverse('outcomes')}?unit={place.here.code}&year={place.number}")


@operation(Access.PERMISSION, "reporting", Level.DECIDE)
def sign_year(request: PlacedRequest) -> HttpResponse:
    """What signing means, and the deed."""
    if request.method != "POST":
        return _ask(request, rules.sign_year, "outcomes-sign")
    return _decide(request, rules.sign_year, _("%(count)d figures of %(year)d are signed."))


@operation(Access.PERMISSION, "reporting", Level.DECIDE)
def freeze_year(request: PlacedRequest) -> HttpResponse:
    """What freezing means, and the deed."""
    if request.method != "POST":
        return _ask(request, rules.freeze_year, "outcomes-freeze")
    return _decide(
        request,
        rules.freeze_year,
        _("%(count)d figures of %(year)d are frozen; the documents are being made."),
    )


def _ask(request: PlacedRequest, rule: Act[..., int], name: str) -> HttpResponse:
    place = request.place
    listed = rules.outcomes(place.here, place.number)
    return render(request, "reporting/decide.html", {"rule": rule, "listed": listed, "name": name})


@operation(Access.PERMISSION, "reporting")
def show_proof(request: PlacedRequest, name: str) -> HttpResponse:
    """A figure opened: what it counts, and the very records, as far as one may see them."""
    person, place = request.person, request.place
    if name not in METRICS:
        raise Http404
    require(person, "reporting", Level.VIEW, place.here)
    scope = Scope.of_year(place.number)
    shown = proof(name, place.here, scope, person)
    register = register_of(shown.rows.model)
    try:
        rows, earlier, later = _leaf(request, register, shown)
    except BadWish as mistake:
        raise BadRequest(str(mistake)) from mistake
    outcome = rules.outcomes(place.here, place.number).of(name) if METRICS[name].published else None
    context = {
        "proof": shown, "outcome": outcome, "scope": scope, "register": register,
        "heads": [c.label for c in register.shown()] if register else [], "kind": shown.metric.unit,
        "rows": [(row, _cells(register, row)) for row in rows], "value": rules.counted(shown.reading),
        "earlier": earlier, "later": later, "on_page": len(rows),
        "trend": rules.trend(name, place.here, place.number, periods.SHOWN),
    }  # fmt: skip
    return render(request, "reporting/proof.html", context)


def _leaf(request: PlacedRequest, register: Any, shown: Proof) -> tuple[list[Any], str, str]:
    """The records of this page in the order of their register, and the cursors on either side."""
    if register is None:  # no metric counts such rows by the thousand
        return list(shown.rows.order_by("pk")[:MOST_UNLISTED]), "", ""
    after, before = (request.GET.get(name, "") for name in CURSORS)
    wish = Wish(sort=register.sort, size=PROOF_ROWS, after=after, before=before)
    return leaf(register, shown.rows, shown.among, wish)


def _cells(register: Any, row: Any) -> list[Cell]:
    return cells(register, row) if register else []


@operation(Access.PERMISSION, "reporting", sensitive=True)
def make_document(request: PlacedRequest, form: str) -> HttpResponse:
    """The document of the year: served at once if it was published, else made by a worker and followed."""
    person, place = request.person, request.place
    require(person, "reporting", Level.VIEW, place.here)
    language = get_language() or "en"
    if form not in rules.FORMS:
        raise Http404
    kept = rules.published(place.here, place.number, language, form)
    if kept:
        return _file(fetch(kept.sha256), place.number, form, language)
    if form in ("md", "json"):
        return _file(rules.write(place.number, place.here, language, form), place.number, form, language)
    job = enqueue(
        "reporting.write",
        person_id=person.pk,
        unit=place.here.code,
        year=place.number,
        language=language,
        form=form,
    )
    return redirect("outcomes-document", pk=job.pk)


@operation(Access.OBJECT, "reporting")
def follow(request: PlacedRequest, pk: Any) -> HttpResponse:
    """How far a document is; the file once it is made."""
    job = Job.objects.filter(pk=pk, name="reporting.write", person_id=request.person.pk).first()
    if job is None:
        raise Http404
    require(request.person, "reporting", Level.VIEW, Unit.objects.get(code=job.arguments["unit"]))
    if job.state == Job.State.DONE and request.GET.get("take"):
        return _file(
            fetch(job.result["sha256"]),
            job.arguments["year"],
            job.arguments["form"],
            job.arguments["language"],
        )
    return render(
        request, "pages/_document.html" if request.htmx else "reporting/document.html", {"job": job}
    )


def _file(content: bytes, year: int, form: str, language: str) -> HttpResponse:
    writer = WRITERS[form]
    name = f"outcomes-{year}-{language}.{writer.extension}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=writer.content_type, headers=headers)


urlpatterns = [
    path("", show_start, name="start"),
    path("outcomes/", show_outcomes, name="outcomes"),
    path("outcomes/sign/", sign_year, name="outcomes-sign"),
    path("outcomes/freeze/", freeze_year, name="outcomes-freeze"),
    path("outcomes/take-out.<slug:form>", make_document, name="outcomes-take-out"),
    path("outcomes/documents/<uuid:pk>/", follow, name="outcomes-document"),
    path("figures/proof/<str:name>/", show_proof, name="proof"),
]
