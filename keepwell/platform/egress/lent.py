"""The one client, lent to libraries that ask by `requests`: inside `lent()` whatever they ask goes by `fetch`."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from keepwell.platform.egress.client import SETTLED, Forbidden, Unreachable, fetch

_alone = threading.Lock()


class OneClient(BaseAdapter):
    """Sends a request of that library by `fetch`, with every rule that holds there."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        headers = {n: str(v) for n, v in request.headers.items() if n.lower() not in SETTLED}
        told = request.body or b""
        body = told.encode() if isinstance(told, str) else told
        if not isinstance(body, bytes):
            raise requests.ConnectionError("Only whole bodies are sent.", request=request)
        try:
            answer = fetch(
                request.url or "", method=request.method or "GET", headers=headers, body=bytes(body)
            )
        except (Forbidden, Unreachable) as wrong:
            raise requests.ConnectionError(str(wrong), request=request) from wrong
        return _response(request, answer.status, answer.headers, answer.body)

    def close(self) -> None:
        """Nothing is kept open."""


def _response(
    request: requests.PreparedRequest, status: int, headers: Mapping[str, str], body: bytes
) -> requests.Response:
    made = requests.Response()
    made.status_code, made._content, made.request = status, body, request
    made.headers, made.url, made.encoding = CaseInsensitiveDict(headers), request.url or "", "utf-8"
    return made


class Session(requests.Session):
    """A session that knows one way out, and no proxy, password file or certificate of the environment."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.mount("https://", OneClient())
        self.mount("http://", OneClient())


@contextmanager
def lent() -> Iterator[None]:
    """Let every session that is made inside be ours; one at a time in a process."""
    theirs = requests.Session
    with _alone:
        requests.sessions.Session = requests.Session = Session  # type: ignore[misc]  # lent for a while
        try:
            yield
        finally:
            requests.sessions.Session = requests.Session = theirs  # type: ignore[misc]  # and given back
