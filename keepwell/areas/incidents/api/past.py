"""Incidents that were over before Keepwell, brought in by programs."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router
from ninja.errors import HttpError

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.rules.past import HEADINGS, NEEDED
from keepwell.platform.exchange.rows import MOST_TOLD, Unfit
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers.api.door import right
from keepwell.platform.registers.api.problems import Unsupported, problem
from keepwell.platform.registers.writing import Mistakes

router = Router(tags=["incidents"])
LARGEST_BYTES = 32 << 20
FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {
            "type": "string", "format": "binary",
            "description": f"A CSV or XLSX file with the columns {', '.join(HEADINGS)}; {', '.join(NEEDED)} must be there.",
        }
    },
}  # fmt: skip
ANSWERS: dict[int, Any] = {
    200: {"description": "How many incidents came.", "content": {"application/json": {"schema": {
        "type": "object", "properties": {"created": {"type": "integer"}}}}}},
    413: {"description": "The file is too large."},
    422: {"description": "Nothing was written: every row that does not fit, in errors."},
}  # fmt: skip


@router.post("/incidents/past", operation_id="bring_in_past_incidents", summary="Bring in incidents that are over",
             openapi_extra=right("decide incidents", responses=ANSWERS, requestBody={
                 "required": True, "content": {"multipart/form-data": {"schema": FORM}}}))  # fmt: skip
def bring_in(request: PersonRequest) -> HttpResponse | dict[str, int]:
    """All or nothing: closed incidents with their moments, as the list of years past holds them."""
    if request.content_type != "multipart/form-data":
        raise Unsupported("multipart/form-data")
    file = request.FILES.get("file")
    if file is None:
        raise Mistakes({"file": [_("Send a file.")]})
    if (file.size or 0) > LARGEST_BYTES:
        raise HttpError(
            413, _("The file is larger than %(most)d MB; part it by year.") % {"most": LARGEST_BYTES >> 20}
        )
    try:
        return {"created": rules.bring_in_past(rules.read_past_upload(file), by=request.person)}
    except Unfit as wrong:
        errors = [[e.line, e.column, e.found, e.expected] for e in wrong.errors[:MOST_TOLD]]
        return problem(422, _("Nothing was written: some rows do not fit."), errors=errors)
