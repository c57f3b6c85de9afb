"""Servers of the tests: a canary that must never be reached, and one that answers what it is told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answering = Callable[[BaseHTTPRequestHandler], None]


class Canary:
    """Counts connections on every address of this machine."""

    def __init__(self) -> None:
        self.hits, self.over = 0, threading.Event()
        self.sockets = [listening(socket.AF_INET, "0.0.0.0", 0)]  # noqa: S104  # the tests listen everywhere
        self.port = self.sockets[0].getsockname()[1]
        self.sockets.append(listening(socket.AF_INET6, "::1", self.port))
        for each in self.sockets:
            threading.Thread(target=self.count, args=[each], daemon=True).start()

    def count(self, held: socket.socket) -> None:
        while not self.over.is_set():
            try:
                connection, _address = held.accept()
            except OSError:
                continue
            self.hits += 1
            connection.close()

    def close(self) -> None:
        self.over.set()
        for each in self.sockets:
            each.close()


def listening(family: int, address: str, port: int) -> socket.socket:
    held = socket.socket(family)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind((address, port))
    held.listen(64)
    held.settimeout(0.2)
    return held


class Host:
    """An HTTP server on 127.0.0.1 that answers by `answer(handler)` and keeps what it was asked."""

    def __init__(self, answer: Answering) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                host.asked.append((self.command, self.path, dict(self.headers), body))
                answer(self)

            do_GET = do_POST = do_PUT = do_HEAD = do  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def hosting(answer: Answering) -> Iterator[Host]:
    """A host as long as the block."""
    host = Host(answer)
    try:
        yield host
    finally:
        host.close()


def says(status: int, body: bytes = b"", **headers: str) -> Answering:
    """Answers always the same."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer
