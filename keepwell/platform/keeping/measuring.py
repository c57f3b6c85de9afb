"""Middleware that times every request and counts its statements."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from time import perf_counter
from typing import Any

from django.db import connections
from django.http import HttpRequest, HttpResponse

from keepwell.platform.keeping.measures import note_request

NOWHERE = "(nothing)"


class Statements:
    """Counts the statements that pass."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.count += 1
        return execute(sql, params, many, context)


class Measured:
    """Tells the measures how long each request took, by the name of its view, never by its address."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        statements, began = Statements(), perf_counter()
        with ExitStack() as stack:
            for connection in connections.all():
                stack.enter_context(connection.execute_wrapper(statements))
            answer = self.answer(request)
        view = request.resolver_match.view_name if request.resolver_match else NOWHERE
        note_request(view, request.method or "", answer.status_code, perf_counter() - began, statements.count)
        return answer
