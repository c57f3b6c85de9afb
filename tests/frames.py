"""HTTP/2 by hand (RFC 9113), so that a test can send what no library would: any field name, any octet in a value."""

from __future__ import annotations

import socket
import ssl
import struct
from dataclasses import dataclass, field
from pathlib import Path

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, CONTINUATION = 0x0, 0x1, 0x3, 0x4, 0x6, 0x7, 0x9
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20
STATUSES = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}
"""Statuses of the static table of RFC 7541, appendix A."""
HUFFMAN_DIGITS = {0b00000: "0", 0b00001: "1", 0b00010: "2", 0b011001: "3", 0b011010: "4", 0b011011: "5",
                  0b011100: "6", 0b011101: "7", 0b011110: "8", 0b011111: "9"}  # fmt: skip
"""The codes of digits in RFC 7541, appendix B: five bits for 0, 1 and 2, six for the others."""
Fields = list[tuple[bytes, bytes]]


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame."""
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


def number(value: int, bits: int, first: int = 0) -> bytes:
    """`value` with a prefix of so many bits (RFC 7541, 5.1); `first` holds the bits before it."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    out, value = [first | most], value - most
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes([*out, value])


def block(fields: Fields) -> bytes:
    """`fields` as literals that are never indexed, octet for octet (RFC 7541, 6.2.3); nothing is looked at."""
    return b"".join(
        b"\x10" + number(len(name), 7) + name + number(len(value), 7) + value for name, value in fields
    )


@dataclass
class Said:
    """What came back for one request: its status, its body, whether the stream or the connection was ended."""

    status: int = 0
    body: bytes = b""
    is_reset: bool = False
    is_gone: bool = False
    kinds: list[int] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        """Whether it was answered by no page."""
        return self.is_reset or self.is_gone or self.status >= 400


class Line:
    """A connection to `port` that speaks HTTP/2 over TLS."""

    def __init__(self, port: int, trusted: Path, *, seconds: float = 3) -> None:
        context = ssl.create_default_context(cafile=trusted)
        context.check_hostname = False
        context.set_alpn_protocols(["h2"])
        plain = socket.create_connection(("127.0.0.1", port), seconds)
        self.socket = context.wrap_socket(plain, server_hostname="keepwell.example.com")
        assert self.socket.selected_alpn_protocol() == "h2"
        self.stream = -1
        self.socket.sendall(PREFACE + frame(SETTINGS, 0, 0))

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_error: object) -> None:
        self.socket.close()

    def ask(self, fields: Fields, body: bytes = b"", trailers: Fields | None = None) -> Said:
        """Send one request octet for octet; what came back."""
        self.stream += 2
        ends = 0 if body or trailers else END_STREAM
        raw = frame(HEADERS, END_HEADERS | ends, self.stream, block(fields))
        if body:
            raw += frame(DATA, 0 if trailers else END_STREAM, self.stream, body)
        if trailers:
            raw += frame(HEADERS, END_HEADERS | END_STREAM, self.stream, block(trailers))
        said = Said()
        try:
            self.socket.sendall(raw)
            while self._hear(said):
                pass
        except (OSError, EOFError):
            said.is_gone = not said.status
        return said

    def _hear(self, said: Said) -> bool:
        """Take the next frame; whether more is to come."""
        length, kind, flags, stream = struct.unpack("!3sBBI", self._read(9))
        payload = self._read(int.from_bytes(length, "big"))
        said.kinds.append(kind)
        if kind == GOAWAY:
            said.is_gone = True
        elif kind == SETTINGS and not flags & ACK:
            self.socket.sendall(frame(SETTINGS, ACK, 0))
        elif stream == self.stream:
            if kind == HEADERS:
                said.status = status_of(payload)
            elif kind == DATA:
                said.body += payload
            said.is_reset = said.is_reset or kind == RST_STREAM
            return not (said.is_reset or (kind in (HEADERS, DATA) and flags & END_STREAM))
        return not said.is_gone

    def _read(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            part = self.socket.recv(count - len(found))
            if not part:
                raise EOFError
            found += part
        return found


def status_of(payload: bytes) -> int:
    """The status in a block of fields, which begins with it: from the static table, or a literal beside its name."""
    at = 0
    while payload[at] & 0xE0 == 0x20:  # the size of the dynamic table
        at += 1
    if payload[at] & 0x80:
        return STATUSES[payload[at] & 0x7F]
    assert payload[at] & 0x3F == 8 or payload[at] & 0x0F == 8, payload[:8].hex()
    size, text = payload[at + 1] & 0x7F, payload[at + 2 : at + 2 + (payload[at + 1] & 0x7F)]
    return int(digits(text) if payload[at + 1] & 0x80 else text[:size])


def digits(text: bytes) -> str:
    """Digits in the code of Huffman."""
    bits, found = "".join(f"{one:08b}" for one in text), ""
    while len(bits) >= 5 and len(found) < 3:
        short, long = int(bits[:5], 2), int(bits[:6], 2)
        if short in (0, 1, 2):
            found, bits = found + HUFFMAN_DIGITS[short], bits[5:]
        else:
            found, bits = found + HUFFMAN_DIGITS[long], bits[6:]
    return found
