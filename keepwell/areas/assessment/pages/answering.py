"""Answering one assessment, requirement by requirement: by a plain form, and as one types."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Answer, Assessment, Source
from keepwell.areas.assessment.pages import scoring
from keepwell.areas.assessment.pages.desk import OFFERED, Desk, said_of, seat
from keepwell.areas.assessment.pages.proofs import Proofs
from keepwell.areas.assessment.pages.scoring import POLICY, PRACTICE
from keepwell.areas.assessment.pages.seeing import back_to, seen
from keepwell.areas.assessment.pages.strips import Strips
from keepwell.areas.assessment.rules import Given, Mistaken
from keepwell.areas.assessment.rules.scoring import Scoring
from keepwell.areas.assessment.rules.validating import is_answered_now, is_submitted_now, is_with_the_group
from keepwell.areas.assessment.rules.working import state_of
from keepwell.areas.frameworks.models import Node
from keepwell.kernel import moments
from keepwell.kernel.refusing import Refused
from keepwell.platform.history.acting import Conflict
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.pages.templatetags.kw_words import local
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import may, may_anywhere
from keepwell.platform.people.roles import Level

AREA = "assessment"
KEYS = (
    (("N",), _("next to do")), (("B",), _("back")), (("0", "5"), _("level, policy first, then practice")),
    (("←", "→"), _("which of the two scores the keys change")), (("↑", "↓"), _("0.1 up, 0.1 down")),
    (("H",), _("it still holds")), (("R",), _("reason")), (("E",), _("evidence")),
)  # fmt: skip


@dataclass
class Typed:
    """What somebody typed about one requirement, word for word, and which version of the answer they saw."""

    code: str
    texts: dict[str, str]
    not_applicable: bool = False
    version: int | None = None
    wrong: list[str] = field(default_factory=list)

    def given(self) -> Given:
        """As the rule takes it; raises Mistaken where a score is no number."""
        reason = self.texts.get("reason", "")
        if self.not_applicable:
            return Given(self.code, not_applicable=True, reason=reason, version=self.version)
        values: dict[str, Decimal | None] = {}
        for name in (POLICY, PRACTICE):
            text = self.texts.get(name, "")
            values[name] = scoring.number(text)
            if text.strip() and values[name] is None:
                raise Mistaken({self.code: [gettext("A score is a number, as 2.5.")]})
        return Given(self.code, values[POLICY], values[PRACTICE], reason=reason, version=self.version)


def posted(request: PlacedRequest, code: str) -> Typed:
    """What the form says; a level key that was pressed stands for the score typed beside it."""
    sent = request.POST
    texts = {name: sent.get(f"{name}_key") or sent.get(name, "") for name in (POLICY, PRACTICE)}
    version = sent.get("version", "")
    return Typed(
        code,
        texts | {"reason": sent.get("reason", "")},
        "not_applicable" in sent,
        int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else None,
    )


def as_kept(desk: Desk) -> Typed:
    """What the form begins with: the answer of the seat, else, for who validates, what the site says."""
    own = desk.standing_at.answers.get(desk.seat.source)
    begun = own or (desk.standing_at.own if desk.seat.source is Source.VALIDATED else None)
    if begun is None:
        return Typed(desk.here, {}, version=0)
    reason = begun.reason if begun is own or begun.not_applicable else ""
    texts = {name: scoring.plain(getattr(begun, name)) for name in (POLICY, PRACTICE)}
    return Typed(desk.here, texts | {"reason": reason}, begun.not_applicable, own.version if own else 0)


@operation(Access.OBJECT)
def answer(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """One requirement of an assessment with all beside it; what is sent is saved, then the next one comes."""
    held = seen(request.person, pk)
    desk = _desk(request, held)
    if desk.entry is None:
        return render(request, "assessment/nothing.html", {"desk": desk})
    if request.method != "POST":
        return _page(request, desk, as_kept(desk))
    typed = posted(request, desk.here)
    try:
        rules.save_answers(held, [typed.given()], by=request.person, source=desk.seat.source)
    except Conflict as clash:
        return _page(request, desk, typed, status=409, clash=_clash(desk, typed, str(clash)))
    except Mistaken as mistaken:
        typed.wrong = [sentence for told in mistaken.by_code.values() for sentence in told]
        return _page(request, desk, typed, status=422)
    except Refused as refusal:
        typed.wrong = [str(refusal)]
        return _page(request, desk, typed, status=422)
    stays = "go" not in request.POST or not desk.next_code
    return back_to(request, held, at=desk.here if stays else desk.next_code)


@operation(Access.OBJECT)
@require_POST
def keep(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Save one answer as it is typed; told as JSON: its version and how it stands now, or why it is not saved."""
    held, sent = seen(request.person, pk), request.POST
    source = next((one for one in OFFERED if one.value == sent.get("source")), Source.SELF)
    typed = posted(request, sent.get("code", "")[:60])
    try:
        saved = rules.save_answers(held, [typed.given()], by=request.person, source=source)[0]
    except Conflict as clash:
        desk = _desk(request, held, at=typed.code, by=source)
        told = _clash(desk, typed, str(clash))
        html = render_to_string("assessment/_clash.html", {"clash": told}, request=request)
        return JsonResponse({"problem": str(clash), "version": told["version"], "html": html}, status=409)
    except Mistaken as mistaken:
        sentences = [sentence for one in mistaken.by_code.values() for sentence in one]
        return JsonResponse({"problem": " ".join(sentences)}, status=422)
    except Refused as refusal:
        return JsonResponse({"problem": str(refusal)}, status=422)
    except PermissionDenied as refusal:
        return JsonResponse({"problem": str(refusal)}, status=403)
    return JsonResponse(_saved(held, saved))


def _saved(held: Assessment, saved: Answer) -> dict[str, Any]:
    state = state_of(saved)
    said, _icon = said_of(state, saved, Scoring(held.cycle))
    at = local(moments.now())
    return {"version": saved.version, "state": state, "said": said, "at": f"{at:%H:%M:%S}"}


def _desk(request: PlacedRequest, held: Assessment, *, at: str = "", by: str = "") -> Desk:
    sheet = rules.sheet(held, person=request.person)
    asked = request.GET
    taken = seat(held, sheet.writable, by or asked.get("by", ""), is_past=request.place.is_past)
    return Desk(sheet, taken, at or asked.get("at", ""), asked.get("show", ""))


def _page(
    request: PlacedRequest,
    desk: Desk,
    typed: Typed,
    *,
    status: int = 200,
    clash: dict[str, Any] | None = None,
) -> HttpResponse:
    context = _work(desk, typed) | _beside(request, desk) | _acts(request, desk)
    return render(request, "assessment/answering.html", context | {"clash": clash}, status=status)


def _work(desk: Desk, typed: Typed) -> dict[str, Any]:
    """The middle of the page: the requirement, its scores, when a reason is due."""
    cycle, entry = desk.cycle, desk.standing_at
    guidance = scoring.guidance_of(desk.sheet.outline, desk.here, cycle.scale)
    held = scoring.against(entry, desk.seat.source)
    own = entry.answers.get(desk.seat.source)
    is_begun = bool(own or (desk.seat.source is Source.VALIDATED and entry.own and entry.own.is_given))
    return {
        "desk": desk, "leaf": desk.leaf, "typed": typed, "own": own,
        "node": Node.objects.get(pk=entry.line.pk), "guidance": guidance,
        "levels": scoring.levels_of(cycle.scale),
        "dials": scoring.dials(cycle, typed.texts, guidance, held),
        "why": scoring.why_reason(cycle, held, typed.texts, typed.not_applicable),
        "moves": [(name, scoring.moved(cycle, name)) for name in (POLICY, PRACTICE)],
        "na_word": scoring.why_reason(cycle, None, {}, True),
        "may_hold": desk.seat.may_write and is_begun and desk.leaf.is_todo,
        "own_keys": KEYS,
    }  # fmt: skip


def _beside(request: PlacedRequest, desk: Desk) -> dict[str, Any]:
    """The right of the page: comparison, and what was said."""
    strips = Strips(desk.cycle, desk.seat.source).of(
        desk.standing_at, rules.peers(desk.assessment, desk.standing_at.line)
    )
    said = rules.comments(desk.assessment, desk.here, person=request.person)
    may_settle = may(request.person, AREA, Level.EDIT, desk.assessment.unit)
    settled = {one.pk for one in said if may_settle or one.written_by_id == request.person.pk}
    return {
        "strips": strips, "said": said, "may_settle": settled, "proofs": Proofs(request.person, desk),
        "may_say": not desk.cycle.is_frozen and not request.place.is_past,
    }  # fmt: skip


def _acts(request: PlacedRequest, desk: Desk) -> dict[str, Any]:
    """What may be done with the whole assessment from here."""
    held, person, now = desk.assessment, request.person, not request.place.is_past
    edits, decides = (may(person, AREA, level, held.unit) and now for level in (Level.EDIT, Level.DECIDE))
    source = desk.seat.source
    return {
        "may_submit": edits and is_answered_now(held),
        "may_share": edits and is_answered_now(held) and source is Source.SELF,
        "may_validate": decides and is_submitted_now(held),
        "may_return": decides and is_with_the_group(held),
        "may_correct": held.cycle.is_frozen and now and may(person, AREA, Level.DECIDE, held.cycle.unit),
        "may_take_out": desk.seat.may_write and desk.entry is not None,
        "is_own": source is Source.SELF and edits and not decides,
        "sees_cycle": may_anywhere(person, AREA),
        "sources": [(one.value, one.label) for one in desk.seat.others],
    }  # fmt: skip


def _clash(desk: Desk, typed: Typed, sentence: str) -> dict[str, Any]:
    """What was typed and what stands now, side by side; `typed` is of the version that stands from now on."""
    rows = Answer.objects.current().filter(
        assessment=desk.assessment, source=desk.seat.source, node__code=typed.code
    )
    theirs = rows.select_related("answered_by").first()
    mine, now = typed.texts, theirs
    typed.version = now.version if now else 0
    names = [POLICY, PRACTICE] if desk.cycle.has_two_dimensions else [PRACTICE]
    lines: list[tuple[Any, str, str]] = [
        (scoring.LABELS[name], mine.get(name, ""), scoring.plain(getattr(now, name, None))) for name in names
    ]
    applies = {True: gettext("does not apply"), False: gettext("applies")}
    lines.append(
        (gettext("Applies"), applies[typed.not_applicable], applies[bool(now and now.not_applicable)])
    )
    lines.append((gettext("Reason"), mine.get("reason", ""), now.reason if now else ""))
    return {
        "sentence": sentence, "lines": lines, "theirs": now, "version": typed.version, "code": typed.code,
        "assessment": desk.assessment.pk, "source": desk.seat.source.value,
    }  # fmt: skip


urlpatterns = [
    path("assessments/<uuid:pk>/answer/", answer, name="answering"),
    path("assessments/<uuid:pk>/answer/keep/", keep, name="answering-keep"),
]
