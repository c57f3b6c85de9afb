"""A small clamd: a real server on a real socket that speaks INSTREAM, finds EICAR, and fails in the ways one asks for."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from keepwell.platform.evidence.tests.stories import EICAR

LARGEST = 4 << 20


class Session(socketserver.BaseRequestHandler):
    """One call: a command ended by NUL, parts after their length, a part of length 0, one answer ended by NUL."""

    def handle(self) -> None:
        if self.read_command() != b"zINSTREAM\0":
            self.request.sendall(b"UNKNOWN COMMAND\0")
            return
        whole = b""
        while size := struct.unpack("!I", self.read(4))[0]:
            whole += self.read(size)
            if self.server.mood == "dies" and whole:  # type: ignore[attr-defined]
                # As a process that is killed: the kernel resets the line, nothing is said.
                self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.request.close()
                return
            if len(whole) > LARGEST:
                self.request.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.server.heard.append(whole)  # type: ignore[attr-defined]
        self.answer(whole)

    def answer(self, whole: bytes) -> None:
        mood = self.server.mood  # type: ignore[attr-defined]
        if mood == "hangs":
            self.server.over.wait(10)  # type: ignore[attr-defined]
        elif mood == "babbles":
            self.request.sendall(b"what?\0")
        elif EICAR in whole:
            self.request.sendall(b"stream: Eicar-Test-Signature FOUND\0")
        else:
            self.request.sendall(b"stream: OK\0")

    def read_command(self) -> bytes:
        heard = b""
        while not heard.endswith(b"\0"):
            heard += self.read(1)
        return heard

    def read(self, size: int) -> bytes:
        heard = b""
        while len(heard) < size:
            part = self.request.recv(size - len(heard))
            if not part:
                raise EOFError
            heard += part
        return heard


class Quiet:
    """Says nothing of calls that broke off."""

    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        pass


class Tcp(Quiet, socketserver.ThreadingTCPServer):
    allow_reuse_address = True


class Local(Quiet, socketserver.ThreadingUnixStreamServer):
    pass


@contextmanager
def clamd(mood: str = "", path: Path | None = None) -> Iterator[Any]:
    """A daemon that runs until the story is over; `place` is how the settings name it."""
    server: Any = Local(str(path), Session) if path else Tcp(("127.0.0.1", 0), Session)
    server.mood, server.heard, server.over = mood, [], threading.Event()
    server.place = f"unix:{path}" if path else f"clamd://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
