"""Asking another host once: capped in time and size, redirects looked at anew, credentials kept to their host."""

from __future__ import annotations

import logging
import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urljoin

from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse
from urllib3.util.ssl_match_hostname import CertificateError

from keepwell.platform.egress.addresses import Forbidden, Resolver, Target, system_resolver, target_of

__all__ = ["Answer", "Forbidden", "Unreachable", "fetch"]

log = logging.getLogger("keepwell.egress")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SECONDS, LARGEST_BYTES, MOST_REDIRECTS = 20.0, 1 << 20, 3
CHUNK_BYTES = 65_536
MOVED, AS_GET = (301, 302, 303, 307, 308), (301, 302, 303)
HARMLESS = ("accept", "accept-language", "user-agent")
SSL = (ssl.SSLError, CertificateError)
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
LONGEST_VALUE, LONGEST_HEADERS = 4_000, 7_000
"""Characters of one value, and of all names and values together: common servers take 8 KiB of both."""
SETTLED = ("host", "content-length", "transfer-encoding", "connection", "accept-encoding")


class Unreachable(OSError):
    """The host did not give a whole answer; the sentence says what happened and nothing of what was sent back."""


@dataclass(frozen=True)
class Answer:
    """What a host said: for programs alone, never to be shown to people."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Asking:
    """One request as it is sent now; a redirect makes the next one."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes

    def moved(self, status: int, url: str, *, away: bool) -> Asking:
        """The request that a redirect to `url` asks for; `away` to another origin, it carries no credentials."""
        headers = {n: v for n, v in self.headers.items() if not away or n.lower() in HARMLESS}
        if status in AS_GET and self.method not in ("GET", "HEAD"):
            kept = {n: v for n, v in headers.items() if not n.lower().startswith("content-")}
            return Asking("GET", url, kept, b"")
        if away and self.body:
            raise Forbidden("The host sends what it should receive on to another host.")
        return Asking(self.method, url, headers, self.body)


def fetch(url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes = b"",
          seconds: float = SECONDS, largest_bytes: int = LARGEST_BYTES, redirects: int = MOST_REDIRECTS,
          resolve: Resolver = system_resolver) -> Answer:  # fmt: skip
    """Ask `url` and give the answer, whatever its status.

    `seconds` is for everything together, redirects (three at most) too; of a longer answer than
    `largest_bytes` nothing is given. Raises Forbidden for what may not be asked, Unreachable else.
    """
    asking = Asking(_method(method), url, _headers(headers or {}), body)
    until = time.monotonic() + seconds
    allowed: frozenset[str] = settings.KEEPWELL_EGRESS_ALLOW
    target = target_of(url, allowed=allowed, resolve=resolve)
    for _hop in range(min(redirects, MOST_REDIRECTS) + 1):
        answer = Call(target, until, largest_bytes).ask(asking)
        log.info("asked", extra={"host": target.host, "port": target.port, "status": answer.status})
        location = answer.headers.get("location", "")
        if answer.status not in MOVED or not location or not redirects:
            return answer
        onward = _joined(asking.url, location)
        there = target_of(onward, allowed=allowed, resolve=resolve)
        asking = asking.moved(answer.status, onward, away=there.origin != target.origin)
        target = there
    raise Unreachable("The host sent us on too often.")


@dataclass
class Call:
    """One connection to the very address that was looked at; shut when its time is over."""

    target: Target
    until: float
    largest_bytes: int
    is_late: threading.Event = field(default_factory=threading.Event)
    held: socket.socket | None = None

    def ask(self, asking: Asking) -> Answer:
        """The answer to `asking`."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise Unreachable("The host took too long.")
        connection = self._connection(left)
        watch = threading.Timer(left, self._shut, [connection])
        watch.daemon = True
        watch.start()
        try:
            connection.connect()
            self.held = connection.sock  # http.client lets go of it while an answer is still being read
            headers = {"Host": self.target.authority, "Accept-Encoding": "identity", **asking.headers}
            connection.request(asking.method, self.target.path, body=asking.body or None, headers=headers,
                               preload_content=False, decode_content=False)  # fmt: skip
            return self._read(connection.getresponse())
        except (HTTPError, OSError, ValueError) as wrong:
            if isinstance(wrong, Unreachable):
                raise
            raise Unreachable(self._why(wrong)) from wrong
        finally:
            watch.cancel()
            connection.close()

    def _connection(self, left: float) -> HTTPConnection:
        address, port = self.target.addresses[0], self.target.port
        if self.target.scheme == "http":
            return HTTPConnection(address, port, timeout=left)
        return HTTPSConnection(
            address, port, timeout=left, ssl_context=ssl.create_default_context(), cert_reqs="CERT_REQUIRED",
            server_hostname=self.target.host, assert_hostname=self.target.host,
        )  # fmt: skip

    def _read(self, response: BaseHTTPResponse) -> Answer:
        body = b""
        while chunk := response.read(CHUNK_BYTES):
            body += chunk
            if len(body) > self.largest_bytes:
                raise Unreachable("The host sent more than was asked for.")
        if self.is_late.is_set():
            raise Unreachable("The host took too long.")
        return Answer(response.status, {n.lower(): v for n, v in response.headers.items()}, body)

    def _shut(self, connection: HTTPConnection) -> None:
        self.is_late.set()
        held = self.held or connection.sock
        if held is not None:
            with suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)

    def _why(self, wrong: Exception) -> str:
        if self.is_late.is_set() or isinstance(wrong, TimeoutError) or "timed out" in str(wrong):
            return "The host took too long."
        if isinstance(wrong, SSL) or isinstance(wrong.__cause__, SSL):
            return "The host has no certificate that can be trusted."
        return "The host gave no whole answer."


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as wrong:
        raise Forbidden("The host sends us on to an address that is malformed.") from wrong


def _method(method: str) -> str:
    if method not in METHODS:
        raise Forbidden("That is no way to ask.")
    return method


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    """`headers` as they are sent; raises Forbidden for what would begin another line or another request, and for
    what the other side would be right to refuse for its length."""
    if any(len(value) > LONGEST_VALUE for value in headers.values()):
        raise Forbidden(f"A header is longer than {LONGEST_VALUE:,} characters.")
    if sum(len(name) + len(value) for name, value in headers.items()) > LONGEST_HEADERS:
        raise Forbidden(f"The headers are longer than {LONGEST_HEADERS:,} characters together.")
    for name, value in headers.items():
        if (
            not TOKEN.fullmatch(name)
            or name.lower() in SETTLED
            or not value.isprintable()
            or not value.isascii()
        ):
            raise Forbidden("A header holds what belongs in none.")
    return dict(headers)
