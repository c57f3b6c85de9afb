"""A file that a program sends, and what is told of rows in it that do not fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja.errors import HttpError

from keepwell.platform.exchange.rows import MOST_TOLD, Unfit
from keepwell.platform.registers.api.problems import Unsupported, problem
from keepwell.platform.registers.writing import Mistakes

FORM_DATA = "multipart/form-data"


def sends_file(file: str, *needed: str, **beside: str | dict[str, Any]) -> dict[str, Any]:
    """The `requestBody` of an operation that takes a file, for `right`: what the file is, which fields must be sent with
    it, and the fields `beside` it, each with what it says or with its schema."""
    fields = {name: {"type": "string", "description": told} if isinstance(told, str) else told
              for name, told in beside.items()}  # fmt: skip
    schema = {
        "type": "object",
        "required": ["file", *needed],
        "properties": {"file": {"type": "string", "format": "binary", "description": file}, **fields},
    }
    return {"requestBody": {"required": True, "content": {FORM_DATA: {"schema": schema}}}}


def sends_table(columns: Iterable[str], *, more: str = "", **counted: str) -> dict[str, Any]:
    """The same, with the answers, of one that takes a table whole or not at all; `counted` names the number that is
    answered, and what it counts."""
    numbers = {name: {"type": "integer"} for name in counted}
    answer = {"application/json": {"schema": {"type": "object", "properties": numbers}}}
    answers = {
        200: {"description": " ".join(counted.values()), "content": answer},
        413: {"description": "The file is too large."},
        422: {"description": "Nothing was written: every row that does not fit, in errors."},
    }
    return {"responses": answers} | sends_file(
        f"A CSV or XLSX file with the columns {', '.join(columns)}{more}."
    )


def sent_file(request: HttpRequest, *, most_bytes: int) -> UploadedFile:
    """The file of the request. Raises Unsupported (415), Mistakes (422) where there is none, HttpError 413."""
    if request.content_type != FORM_DATA:
        raise Unsupported(FORM_DATA)
    file = request.FILES.get("file")
    if file is None:
        raise Mistakes({"file": [_("Send a file.")]})
    if (file.size or 0) > most_bytes:
        raise HttpError(413, _("The file is larger than %(most)d MB; part it.") % {"most": most_bytes >> 20})
    return file


def unfit(wrong: Unfit) -> HttpResponse:
    """Nothing was written: every row that does not fit, as line, column, what was found and what is expected."""
    errors = [[e.line, e.column, e.found, e.expected] for e in wrong.errors[:MOST_TOLD]]
    return problem(422, _("Nothing was written: some rows do not fit."), errors=errors)
