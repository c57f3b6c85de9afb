"""A file that a program sends, and what is told of rows in it that do not fit."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja.errors import HttpError

from keepwell.platform.exchange.rows import MOST_TOLD, Unfit
from keepwell.platform.registers.api.problems import Unsupported, problem
from keepwell.platform.registers.writing import Mistakes

FORM_DATA = "multipart/form-data"


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
