"""A wire to a server that may swallow everything, in both directions, without telling either end: no byte that is sent
is acknowledged, no connection is refused, none is closed. Or it stays well and swallows answers alone: every byte is
acknowledged and handed on to the server, and nothing that the server says comes back."""

from __future__ import annotations

import ctypes
import selectors
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

ATTACH_FILTER, DETACH_FILTER = 26, 27
"""SO_ATTACH_FILTER and SO_DETACH_FILTER of Linux's <asm-generic/socket.h>; Python has no names for them."""
NOTHING = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))
"""The program of a packet filter that lets nothing through: BPF_RET | BPF_K, 0."""
PROGRAM = struct.pack("HL", 1, ctypes.addressof(NOTHING))
PIECE = 2**16
POLL_SECONDS = 0.1


class Wire:
    """Passes on what comes to `port` to a server on this machine, until `swallow`, and again from `pass_on` on."""

    def __init__(self, target: int) -> None:
        self.target, self.ends, self.over = target, set[socket.socket](), threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.lock, self.is_hole, self.is_mute = threading.Lock(), False, False
        threading.Thread(target=self._accept, daemon=True).start()

    def swallow(self) -> None:
        """From now on every packet is lost before its arrival is acknowledged."""
        with self.lock:
            self.is_hole = True
            for end in (self.listener, *self.ends):
                self._filter(end)

    def mute(self) -> None:
        """From now on what is asked arrives, and what is answered is lost, as with a proxy whose other half hangs."""
        self.is_mute = True

    def pass_on(self) -> None:
        """From now on packets arrive again; who gave a connection up meanwhile says so to the other end."""
        with self.lock:
            self.is_hole = self.is_mute = False
            for end in (self.listener, *self.ends):
                with suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, DETACH_FILTER, 0)

    def close(self) -> None:
        self.over.set()
        self.listener.close()

    @staticmethod
    def _filter(end: socket.socket) -> None:
        with suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, PROGRAM)

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                near, _address = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        """Pass on between `near` and the server until one of them ends, as a wire would: both hear of it."""
        with near, suppress(OSError), socket.create_connection(("127.0.0.1", self.target)) as far:
            for end in (near, far):
                # A wire has no ends: who is gone must be found out in the place of the other.
                end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                for name, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1),
                                    (socket.TCP_KEEPCNT, 120), (socket.TCP_NODELAY, 1)):  # fmt: skip
                    end.setsockopt(socket.IPPROTO_TCP, name, value)
            with self.lock:
                self.ends |= {near, far}
                if self.is_hole:
                    self._filter(near)
                    self._filter(far)
            try:
                self._pass(near, far)
            finally:
                with self.lock:
                    self.ends -= {near, far}

    def _pass(self, near: socket.socket, far: socket.socket) -> None:
        with selectors.DefaultSelector() as ready:
            ready.register(near, selectors.EVENT_READ, far)
            ready.register(far, selectors.EVENT_READ, near)
            while not self.over.is_set():
                for key, _events in ready.select(POLL_SECONDS):
                    assert isinstance(key.fileobj, socket.socket)
                    got = key.fileobj.recv(PIECE)
                    if not got:
                        return
                    if not (self.is_mute and key.fileobj is far):
                        key.data.sendall(got)


@contextmanager
def wire(target: int) -> Iterator[Wire]:
    """A wire to the server on port `target`."""
    made = Wire(target)
    try:
        yield made
    finally:
        made.close()
