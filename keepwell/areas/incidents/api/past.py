"""Incidents that were over before Keepwell, brought in by programs."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from keepwell.areas.incidents import rules
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
