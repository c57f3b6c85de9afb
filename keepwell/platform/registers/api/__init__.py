"""The API: every register and act under /api/, typed from the same declaration as the pages."""

from __future__ import annotations

import json
import warnings
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import override
from ninja.responses import NinjaJSONEncoder, Response

from keepwell.platform.metrics.api import router as metrics
from keepwell.platform.notices.abroad_api import router as abroad
from keepwell.platform.notices.api import router as notices
from keepwell.platform.registers.api import bringing, many, own, records, searching, views
from keepwell.platform.registers.api.door import Api, right
from keepwell.platform.registers.register import REGISTERS

__all__ = ["Api", "build", "right", "schema"]

PREFIX = "api/"
DESCRIPTION = (
    "Every register and act of Keepwell. Send a token as `Authorization: Bearer kw_…` "
    "(`keepwell token PERSON`), or be signed in. Refusals are `application/problem+json` (RFC 9457): "
    "400 an unknown parameter, 401 nobody is signed in, 403 a right is missing (it is named), 404 absent "
    "or not to be seen, 409 refused or changed by somebody else, 415 another form of content, 422 values "
    "that do not fit (all at once, by name), 429 too many wrong tokens or too much read. `x-right` says "
    "which right an operation needs; where `x-step-up` stands, a session must have been proved anew within ten minutes "
    "(403, urn:keepwell:problem:step-up), and a token does it only if it reads and was made for exports."
)

PROBLEM = {
    "description": "Refused: what is wrong and what to do (RFC 9457).",
    "content": {"application/problem+json": {"schema": {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "description": "urn:keepwell:problem: and a name."},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "One sentence for the person."},
            "errors": {"description": "Sentences by name of the value (422); for files, one object a row."},
            "changes": {"type": "array", "description": "Who changed what in between (409).",
                        "items": {"type": "object"}},
        },
    }}},
}  # fmt: skip


@cache
def build() -> Api:
    """The API of everything registered; descriptions are in English whoever asks first."""
    with override("en"), warnings.catch_warnings():
        # "register" is a word of ours; pydantic's own meaning of it is not used here.
        warnings.filterwarnings("ignore", "Field name .* shadows an attribute", UserWarning)
        api = Api(title="Keepwell", version="1", description=DESCRIPTION, urls_namespace="api")
        api.get("/openapi.json", include_in_schema=False, openapi_extra=right("login"))(openapi)
        api.add_router("", own.router)
        api.add_router("", metrics)
        api.add_router("", searching.router)
        api.add_router("", notices)
        api.add_router("", abroad)
        api.add_router("", views.router)
        for slug, register in sorted(REGISTERS.items()):
            api.add_router("", bringing.routes(slug, register))
            api.add_router("", many.routes(slug, register))
            api.add_router("", records.routes(slug, register))
        for area in settings.AREAS:
            if find_spec(f"{area}.api"):
                api.add_router("", import_module(f"{area}.api").router)
        return api


@cache
def schema() -> dict[str, Any]:
    """The OpenAPI description, in the same order every time."""
    with override("en"):
        found = json.loads(json.dumps(build().get_openapi_schema(path_prefix=PREFIX), cls=NinjaJSONEncoder))
    for operation in (one for path in found["paths"].values() for one in path.values()):
        operation["responses"]["4XX"] = {"$ref": "#/components/responses/Problem"}
    found["components"]["responses"] = {"Problem": PROBLEM}
    found["paths"] = dict(sorted(found["paths"].items()))
    found["components"]["schemas"] = dict(sorted(found["components"]["schemas"].items()))
    return found


def openapi(request: HttpRequest) -> Response:
    """This description."""
    return Response(schema())
