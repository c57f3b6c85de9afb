"""Pages for what went wrong: one sentence, what stays safe, one way on, a reference to quote."""

from __future__ import annotations

import logging
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

log = logging.getLogger("keepwell.pages")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: what right is missing where."""
    return render(request, "pages/error.html", {"status": 403, "sentence": str(exception or "")}, status=403)


def absent(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: the same for what is not there and for what may not be seen."""
    told = isinstance(exception, Http404) and exception.args and isinstance(exception.args[0], str)
    sentence = exception.args[0] if told and "matches the given query" not in exception.args[0] else ""
    return render(request, "pages/error.html", {"status": 404, "sentence": sentence}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500: a reference instead of a stack; needs neither database nor session."""
    reference = uuid4().hex[:8]
    log.error("page broken", extra={"reference": reference, "path": request.path})
    return render(None, "pages/broken.html", {"reference": reference}, status=500)
