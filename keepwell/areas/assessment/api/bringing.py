"""Scores of a whole cycle brought in by programs."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from ninja import Router

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Cycle
from keepwell.platform.people.operations import Access
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers.api.door import right
from keepwell.platform.registers.api.uploads import sends_table, sent_file, unfit

router = Router(tags=["maturity"])
LARGEST_BYTES = 8 << 20


@router.post("/cycles/{uuid:pk}/scores", operation_id="bring_in_cycles_scores", summary="Bring in scores of a cycle",
             openapi_extra=right("decide assessment", access=Access.OBJECT,
                                 **sends_table(rules.HEADINGS, changed="How many scores changed.")))  # fmt: skip
def bring_in(request: PersonRequest, pk: UUID) -> HttpResponse | dict[str, int]:
    """All or nothing: scores of any source, as a spreadsheet of past years holds them."""
    cycle = Cycle.objects.visible_to(request.person).select_related("unit").filter(pk=pk).first()
    if cycle is None:
        raise Http404
    file = sent_file(request, most_bytes=LARGEST_BYTES)
    try:
        return {"changed": rules.bring_in_scores(cycle, rules.read_upload(file), by=request.person)}
    except rules.Unfit as wrong:
        return unfit(wrong)
