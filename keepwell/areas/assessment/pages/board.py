"""Who is how far in a cycle, the late ones first, and what helps: remind, add, withdraw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Assessment, Cycle
from keepwell.areas.assessment.pages.seeing import seen_cycle
from keepwell.areas.assessment.rules.chasing import Whom
from keepwell.areas.frameworks.rules.oscal import writing
from keepwell.kernel import moments
from keepwell.kernel.refusing import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import may
from keepwell.platform.people.roles import Level
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.tree.models import Ancestry, Unit

OWN_BUTTON = {"remind"}
"""Acts of a cycle that have a button of their own on the board."""


@dataclass(frozen=True)
class Line:
    """One assessment on the board: how far it is, whether it is late, and the company above its site."""

    progress: rules.Progress
    is_late: bool
    company: str

    @property
    def assessment(self) -> Assessment:
        return self.progress.assessment

    @property
    def rank(self) -> tuple[bool, bool, date, str, str]:
        """The late ones first, then who still owes answers by the day they are due, then the rest by site."""
        one = self.assessment
        return (not self.is_late, not one.is_owed, one.due_on, one.unit.code, one.scope)


@dataclass(frozen=True)
class Board:
    """A cycle with its lines, in their order; `wanted` narrows them to a state, or to "late"."""

    cycle: Cycle
    every: list[Line]
    wanted: str

    @property
    def lines(self) -> list[Line]:
        if self.wanted == "late":
            return [line for line in self.every if line.is_late]
        return [line for line in self.every if self.wanted in ("", line.assessment.state)]

    @property
    def counts(self) -> list[tuple[str, str | Promise, int]]:
        """How many assessments are late, and in each state that occurs."""
        states = [line.assessment.state for line in self.every]
        found = [(s.value, s.label, states.count(s.value)) for s in Assessment.State if s.value in states]
        return [("", gettext("All"), len(self.every)), ("late", gettext("Late"), self.late), *found]

    @property
    def late(self) -> int:
        return sum(line.is_late for line in self.every)

    @property
    def owing(self) -> int:
        return sum(line.assessment.is_owed for line in self.every)

    @property
    def late_sites(self) -> int:
        return len({line.assessment.unit_id for line in self.every if line.is_late})

    @property
    def owing_sites(self) -> int:
        return len({line.assessment.unit_id for line in self.every if line.assessment.is_owed})


def board_of(request: PlacedRequest, cycle: Cycle) -> Board:
    """The board as far as the reader may see it: the same number of queries for one site and for a thousand."""
    day = moments.today(cycle.unit.time_zone)
    above = Ancestry.objects.filter(
        until__isnull=True, ancestor__kind=Unit.Kind.COMPANY,
        descendant__in=Assessment.objects.filter(cycle=cycle).values("unit"),
    )  # fmt: skip
    company = dict(above.values_list("descendant", "ancestor__code"))
    lines = [
        Line(one, one.assessment.is_overdue(day), company.get(one.assessment.unit_id, ""))
        for one in rules.board(cycle, person=request.person)
    ]
    return Board(cycle, sorted(lines, key=lambda line: line.rank), request.GET.get("only", ""))


@operation(Access.OBJECT)
def show_board(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Who is where."""
    cycle = seen_cycle(request.person, pk)
    now, board = not request.place.is_past, board_of(request, cycle)
    acts = [
        (rule, reverse("cycles-do", args=[pk, rule.name.replace("_", "-")]))
        for rule in REGISTERS["cycles"].acts
        if now and rule.name not in OWN_BUTTON and rule.is_open_to(request.person, cycle)
    ]
    context = {
        "board": board, "cycle": cycle, "acts": acts, "remind": _reminding(request, board) if now else None,
        "may_withdraw": now and cycle.is_running and rules.remind.is_open_to(request.person, cycle),
        "sees_whole": may(request.person, "assessment", Level.VIEW, cycle.unit),
        "may_bring": now and cycle.is_running and may(request.person, "assessment", Level.DECIDE, cycle.unit),
        "may_draft": now and cycle.is_draft and rules.open_cycle.is_open_to(request.person, cycle),
    }  # fmt: skip
    return render(request, "assessment/board.html", context)


def _reminding(request: PlacedRequest, board: Board) -> tuple[str, str] | None:
    """Whom the button reminds, and what it says; None where there is nobody to remind, or no right to."""
    if not board.owing or not rules.remind.is_open_to(request.person, board.cycle):
        return None
    if board.late:
        return Whom.LATE.value, ngettext(
            "Remind %(count)d late site", "Remind %(count)d late sites", board.late_sites
        ) % {"count": board.late_sites}
    return Whom.OWING.value, ngettext("Remind %(count)d site", "Remind %(count)d sites", board.owing_sites) % {
        "count": board.owing_sites}  # fmt: skip


@operation(Access.OBJECT)
@require_POST
def remind(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Remind the sites that owe answers."""
    cycle = seen_cycle(request.person, pk)
    whom = Whom.OWING if request.POST.get("whom") == Whom.OWING.value else Whom.LATE
    try:
        told = rules.remind(cycle, by=request.person, whom=whom)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        said = ngettext("%(count)d person was reminded.", "%(count)d people were reminded.", told)
        messages.success(request, said % {"count": told})
    return redirect("cycle-board", pk=pk)


@operation(Access.OBJECT, sensitive=True, step_up=True)
def take_results(request: PlacedRequest, pk: UUID, form: str) -> HttpResponse:
    """The assessments of the place's unit and below as OSCAL assessment results, as far as the reader sees them."""
    cycle = seen_cycle(request.person, pk)
    if form not in writing.FORMS:
        raise Http404
    try:
        content = rules.assessment_results(
            cycle, request.place.here, form, person=request.person, most=rules.MOST_AT_ONCE
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("cycle-board", pk=pk)
    name = f'attachment; filename="assessment-results-{cycle.year}.{form}"'
    return HttpResponse(content, content_type=writing.FORMS[form],
                        headers={"Content-Disposition": name, "X-Content-Type-Options": "nosniff"})  # fmt: skip


urlpatterns = [
    path("cycles/<uuid:pk>/assessment-results.<slug:form>", take_results, name="cycle-results"),
    path("cycles/<uuid:pk>/board/", show_board, name="cycle-board"),
    path("cycles/<uuid:pk>/board/remind/", remind, name="cycle-remind"),
]
