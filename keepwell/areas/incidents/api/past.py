"""Incidents that were over before Keepwell, and what was told of them, brought in by programs."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.rules import past_notices
from keepwell.areas.incidents.rules.past import HEADINGS, NEEDED
from keepwell.platform.exchange.rows import Unfit
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers.api.door import right
from keepwell.platform.registers.api.uploads import sends_table, sent_file, unfit

router = Router(tags=["incidents"])
LARGEST_BYTES = 32 << 20


@router.post("/incidents/past", operation_id="bring_in_past_incidents", summary="Bring in incidents that are over",
             openapi_extra=right("decide incidents", **sends_table(
                 HEADINGS, more=f"; {', '.join(NEEDED)} must be there", created="How many incidents came.")))  # fmt: skip
def bring_in(request: PersonRequest) -> HttpResponse | dict[str, int]:
    """All or nothing: closed incidents with their moments, as the list of years past holds them."""
    file = sent_file(request, most_bytes=LARGEST_BYTES)
    try:
        return {"created": rules.bring_in_past(rules.read_past_upload(file), by=request.person)}
    except Unfit as wrong:
        return unfit(wrong)


@router.post("/incidents/past-notices", operation_id="bring_in_past_notices",
             summary="Bring in what was told of incidents that are over",
             openapi_extra=right("decide incidents", **sends_table(
                 past_notices.HEADINGS, more=f"; {', '.join(past_notices.NEEDED)} must be there",
                 created="How many clocks came.")))  # fmt: skip
def bring_in_notices(request: PersonRequest) -> HttpResponse | dict[str, int]:
    """All or nothing: notices of incidents that came by their list, each met, late or missed as its moments tell."""
    file = sent_file(request, most_bytes=LARGEST_BYTES)
    try:
        found = rules.read_past_notices_upload(file)
        return {"created": rules.bring_in_past_notices(found, by=request.person)}
    except Unfit as wrong:
        return unfit(wrong)
