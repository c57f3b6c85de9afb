"""V4.2: nginx and the server behind it agree where every request ends, whatever its framing says."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import free_port
from tests.test_deploy import certificate, told_nginx

NGINX = shutil.which("nginx")
PATIENCE_SECONDS = 30
HOST = b"Host: keepwell.example.com\r\n"
HIDDEN = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"
POST = b"POST / HTTP/1.1\r\n" + HOST
CHUNKED = b"Transfer-Encoding: chunked\r\n"
ENDS = b"0\r\n\r\n"
AMBIGUOUS = {
    "CL.TE": POST + b"Content-Length: %d\r\n" % (len(ENDS) + len(HIDDEN)) + CHUNKED + b"\r\n" + ENDS + HIDDEN,
    "TE.CL": POST
    + CHUNKED
    + b"Content-Length: 4\r\n\r\n"
    + b"%x\r\n" % len(HIDDEN)
    + HIDDEN
    + b"\r\n"
    + ENDS,
    "TE.TE": POST + CHUNKED + b"Transfer-Encoding: x\r\n\r\n" + ENDS + HIDDEN,
    "TE unknown": POST + b"Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n\r\n" + ENDS + HIDDEN,
    "space before colon": POST + b"Content-Length : %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "signed length": POST + b"Content-Length: +%d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "bare CR in a name": POST + b"X: a\rTransfer-Encoding: chunked\r\n\r\n" + HIDDEN,
    "NUL in a value": POST + b"X: a\x00b\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "chunk of no size": POST + CHUNKED + b"\r\n" + b"zz\r\n" + HIDDEN + ENDS,
    "header of 20 kB": POST + b"X: " + b"a" * 20_000 + b"\r\nContent-Length: 0\r\n\r\n",
}
BEHIND = """
import sys
from pathlib import Path
from granian import Granian
from granian.constants import HTTPModes, Interfaces

def application(environ, start):
    body = environ["wsgi.input"].read()
    with open(sys.argv[2], "a") as seen:
        seen.write(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {len(body)}\\\\n")
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]

if __name__ == "__main__":
    Granian("behind:application", address="127.0.0.1", port=int(sys.argv[1]), interface=Interfaces.WSGI,
            http=HTTPModes.http1, websockets=False, workers=1, log_enabled=False).serve()
"""


class Pair:
    """nginx by the file of `deploy/` before granian as Keepwell runs it, which notes what reached it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.seen = folder, folder / "seen"
        self.http, self.https, self.behind = free_port(), free_port(), free_port()
        (folder / "behind.py").write_text(BEHIND.replace("\\\\n", "\\n"))
        certificate(folder)
        self.context = ssl.create_default_context(cafile=folder / "fullchain.pem")
        self.context.check_hostname = False

    def said(self, raw: bytes) -> bytes:
        """All that comes back for `raw`, sent as it is over TLS; "" where the connection is closed at once."""
        found = b""
        with (
            socket.create_connection(("127.0.0.1", self.https), timeout=5) as plain,
            self.context.wrap_socket(plain, server_hostname="keepwell.example.com") as line,
        ):
            line.settimeout(2)
            try:
                line.sendall(raw)
                while part := line.recv(65536):
                    found += part
            except (TimeoutError, ConnectionError, ssl.SSLError):
                pass
        return found

    def reached(self) -> list[str]:
        """What the server behind took for requests, since last asked."""
        lines = self.seen.read_text().splitlines() if self.seen.exists() else []
        self.seen.unlink(missing_ok=True)
        return lines


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    found = Pair(tmp_path_factory.mktemp("pair"))
    conf = told_nginx(found.folder, found.http, found.https, found.behind)
    server = subprocess.Popen([sys.executable, str(found.folder / "behind.py"), str(found.behind), str(found.seen)],
                              cwd=found.folder)  # fmt: skip
    subprocess.run([str(NGINX), "-c", str(conf)], check=True, capture_output=True)
    try:
        until = time.monotonic() + PATIENCE_SECONDS
        while b"200 OK" not in found.said(b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"):
            assert time.monotonic() < until, "the server behind does not answer"
            time.sleep(0.2)
        found.reached()
        yield found
    finally:
        subprocess.run([str(NGINX), "-s", "stop", "-c", str(conf)], capture_output=True)
        server.terminate()
        server.wait(PATIENCE_SECONDS)


@pytest.mark.sqlite
@pytest.mark.skipif(NGINX is None, reason="needs nginx")
class TestFraming:
    @pytest.mark.parametrize("name", AMBIGUOUS)
    def test_that_is_ambiguous_is_refused_and_reaches_nobody(self, pair: Pair, name: str) -> None:
        said = pair.said(AMBIGUOUS[name])
        assert said == b"" or said.split(b" ", 2)[1] in (b"400", b"414", b"501") or b"<html>" in said, said[
            :80
        ]
        assert not [line for line in pair.reached() if "smuggled" in line]
        assert said.count(b"HTTP/1.1 200") == 0

    def test_of_two_requests_in_one_packet_is_two_requests(self, pair: Pair) -> None:
        body = b"name=value"
        pair.said(POST + b"Content-Length: %d\r\n\r\n" % len(body) + body + HIDDEN)
        assert pair.reached() == [f"POST / {len(body)}", "GET /smuggled 0"]

    def test_of_http_0_9_is_one_request_and_ends_the_connection(self, pair: Pair) -> None:
        pair.said(b"GET /old\r\n" + HIDDEN)
        assert pair.reached() == ["GET /old 0"]

    def test_in_chunks_reaches_the_server_whole(self, pair: Pair) -> None:
        pair.said(POST + CHUNKED + b"Connection: close\r\n\r\n" + b"5\r\nhello\r\n" + ENDS)
        assert pair.reached() == ["POST / 5"]

    def test_by_bare_line_feeds_hides_nothing(self, pair: Pair) -> None:
        raw = (POST + b"Content-Length: %d\r\n\r\n" % len(HIDDEN)).replace(b"\r\n", b"\n") + HIDDEN
        pair.said(raw)
        assert pair.reached() == [f"POST / {len(HIDDEN)}"]
