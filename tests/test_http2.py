"""V4.2.3, V4.2.4: what HTTP/2 forbids in a request is refused by nginx, or arrives where it harms nobody."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.frames import Fields, Line, Said
from tests.running import free_port
from tests.test_deploy import certificate, told_nginx

NGINX = shutil.which("nginx")
PATIENCE_SECONDS = 30
BEHIND = """
import json, sys
from granian import Granian
from granian.constants import HTTPModes, Interfaces

def application(environ, start):
    body = environ["wsgi.input"].read()
    told = {name: value for name, value in environ.items() if isinstance(value, str)}
    with open(sys.argv[2], "a") as seen:
        seen.write(json.dumps(told | {"BODY": body.decode("latin-1")}) + chr(10))
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]

if __name__ == "__main__":
    Granian("behind2:application", address="127.0.0.1", port=int(sys.argv[1]), interface=Interfaces.WSGI,
            http=HTTPModes.http1, websockets=False, workers=1, log_enabled=False).serve()
"""
CONNECTION: dict[str, Fields] = {
    "connection": [(b"connection", b"close")],
    "connection that names another field": [
        (b"connection", b"x-forwarded-proto"),
        (b"x-forwarded-proto", b"http"),
    ],
    "keep-alive": [(b"keep-alive", b"timeout=5")],
    "proxy-connection": [(b"proxy-connection", b"keep-alive")],
    "transfer-encoding": [(b"transfer-encoding", b"chunked")],
    "transfer-encoding with a length": [(b"transfer-encoding", b"chunked"), (b"content-length", b"0")],
    "upgrade": [
        (b"upgrade", b"h2c"),
        (b"connection", b"upgrade, http2-settings"),
        (b"http2-settings", b"AAMAAABk"),
    ],
    "te of another kind": [(b"te", b"chunked")],
    "trailer": [(b"trailer", b"content-length")],
    "two lengths": [(b"content-length", b"0"), (b"content-length", b"9")],
    "a host beside the authority": [(b"host", b"evil.example")],
}
"""Fields that speak of a connection (RFC 9113, 8.2.2), and such that would frame the request behind the proxy."""
SMUGGLED = b"\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: keepwell.example.com\r\n\r\n"
BROKEN: dict[str, Fields] = {
    "CR LF in a value": [(b"x-a", b"a\r\nx-smuggled: yes")],
    "LF in a value": [(b"x-a", b"a\nx-smuggled: yes")],
    "CR in a value": [(b"x-a", b"a\rx-smuggled: yes")],
    "NUL in a value": [(b"x-a", b"a\x00x-smuggled: yes")],
    "a whole request in a value": [(b"x-a", b"a" + SMUGGLED)],
    "CR LF in a name": [(b"x-a\r\nx-smuggled", b"yes")],
    "LF in a name": [(b"x-a\nx-smuggled", b"yes")],
    "NUL in a name": [(b"x-a\x00", b"yes")],
    "a colon in a name": [(b"x-smuggled: yes\r\nx-a", b"a")],
    "a colon alone in a name": [(b"x-smuggled:x-a", b"a")],
    "a space in a name": [(b"x-smuggled x", b"a")],
    "a name in capitals": [(b"X-Smuggled", b"yes")],
    "an empty name": [(b"", b"x-smuggled: yes")],
}
"""Octets that belong in no name or value (RFC 9113, 8.2.1)."""


def request(more: Fields = [], *, method: bytes = b"GET", path: bytes = b"/page",  # noqa: B006  # read only
            scheme: bytes = b"https", authority: bytes = b"keepwell.example.com") -> Fields:  # fmt: skip
    """A request as a browser makes it, and `more`."""
    return [(b":method", method), (b":scheme", scheme), (b":authority", authority), (b":path", path),
            (b"cookie", b"a=b"), *more]  # fmt: skip


class Pair:
    """nginx by the file of `deploy/` before granian as Keepwell runs it, which notes what reached it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.seen = folder, folder / "seen"
        self.http, self.https, self.behind = free_port(), free_port(), free_port()
        (folder / "behind2.py").write_text(BEHIND)
        certificate(folder)

    def ask(self, fields: Fields, body: bytes = b"", trailers: Fields | None = None) -> Said:
        with Line(self.https, self.folder / "fullchain.pem") as line:
            return line.ask(fields, body, trailers)

    def reached(self) -> list[dict[str, str]]:
        """What the server behind took for requests, since last asked."""
        lines = self.seen.read_text().splitlines() if self.seen.exists() else []
        self.seen.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    found = Pair(tmp_path_factory.mktemp("pair2"))
    conf = told_nginx(found.folder, found.http, found.https, found.behind)
    server = subprocess.Popen([sys.executable, str(found.folder / "behind2.py"), str(found.behind), str(found.seen)],
                              cwd=found.folder)  # fmt: skip
    subprocess.run([str(NGINX), "-c", str(conf)], check=True, capture_output=True)
    try:
        until = time.monotonic() + PATIENCE_SECONDS
        while found.ask(request()).status != 200:
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
class TestHttp2:
    def test_is_spoken_and_its_requests_arrive(self, pair: Pair) -> None:
        """The frames of the tests are right: an honest request is answered, with a body and without."""
        said = pair.ask(request())
        assert (said.status, said.body) == (200, b"ok")
        pair.ask(request([(b"content-length", b"5")], method=b"POST"), b"hello")
        pair.ask(request(method=b"POST"), b"hello")
        got, *posted = pair.reached()
        assert (got["PATH_INFO"], got["HTTP_COOKIE"], got["HTTP_HOST"]) == (
            "/page",
            "a=b",
            "keepwell.example.com",
        )
        assert [(one["BODY"], one["CONTENT_LENGTH"]) for one in posted] == [("hello", "5")] * 2

    @pytest.mark.parametrize("name", CONNECTION)
    def test_hands_no_field_of_a_connection_on(self, pair: Pair, name: str) -> None:
        said = pair.ask(request(CONNECTION[name], method=b"POST"), b"")
        reached = pair.reached()
        assert said.is_refused or len(reached) == 1, (name, said)
        assert len(reached) <= (0 if said.is_refused else 1), (name, said, reached)
        for one in reached:
            assert one["HTTP_X_FORWARDED_PROTO"] == "https"
            assert one["HTTP_HOST"] == "keepwell.example.com", name
            for forbidden in ("HTTP_TRANSFER_ENCODING", "HTTP_KEEP_ALIVE", "HTTP_PROXY_CONNECTION", "HTTP_UPGRADE",
                              "HTTP_TE", "HTTP_TRAILER"):  # fmt: skip
                assert forbidden not in one, (name, forbidden)
            assert one.get("HTTP_CONNECTION", "") == "", (name, one)
            assert one["BODY"] == ""

    @pytest.mark.parametrize("name", BROKEN)
    def test_lets_no_name_or_value_begin_another_line(self, pair: Pair, name: str) -> None:
        said = pair.ask(request(BROKEN[name]))
        reached = pair.reached()
        assert len(reached) <= (0 if said.is_refused else 1), (name, said, reached)
        assert "HTTP_X_SMUGGLED" not in str([sorted(one) for one in reached]) or name == "a name in capitals"
        assert [one for one in reached if one["PATH_INFO"] != "/page"] == [], name

    @pytest.mark.parametrize("octets", [b"\r\n", b"\n", b"\r", b"\x00", b" "])
    def test_lets_no_pseudo_field_begin_another_line(self, pair: Pair, octets: bytes) -> None:
        end = octets + b"HTTP/1.1" + octets + b"x-smuggled: yes" + octets
        for fields in (request(path=b"/page" + end), request(authority=b"keepwell.example.com" + end),
                       request(method=b"GET /smuggled" + end), request(scheme=b"https" + end)):  # fmt: skip
            said = pair.ask(fields)
            reached = pair.reached()
            assert len(reached) <= 1, (fields, said, reached)
            for one in reached:
                assert "HTTP_X_SMUGGLED" not in one, fields
                assert one["REQUEST_METHOD"] == "GET"
                assert not one["PATH_INFO"].startswith("/smuggled")

    @pytest.mark.parametrize("length", [b"0", b"1", b"4", b"6", b"99", b"-1", b"+5", b"5,5", b"0x5"])
    def test_does_not_believe_a_length_that_is_not_that_of_the_frames(
        self, pair: Pair, length: bytes
    ) -> None:
        said = pair.ask(request([(b"content-length", length)], method=b"POST"), b"hello")
        assert said.is_refused, (length, said)
        assert pair.reached() == []

    def test_lets_trailers_change_nothing(self, pair: Pair) -> None:
        wanted: Fields = [(b"x-forwarded-proto", b"http"), (b"content-length", b"0"), (b"x-smuggled", b"yes")]
        pair.ask(request(method=b"POST"), b"hello", trailers=wanted)
        for one in pair.reached():
            assert (one["BODY"], one["HTTP_X_FORWARDED_PROTO"]) == ("hello", "https")
            assert "HTTP_X_SMUGGLED" not in one

    def test_takes_no_pseudo_field_twice_or_made_up(self, pair: Pair) -> None:
        path = (b":path", b"/smuggled")
        for fields in (
            [*request(), path],
            [(b":smuggled", b"yes"), *request()],
            [(b":status", b"200"), *request()],
        ):
            assert pair.ask(fields).is_refused, fields
        assert pair.reached() == []

    def test_takes_a_pseudo_field_that_comes_late_for_that_one_request_at_most(self, pair: Pair) -> None:
        pair.ask([one for one in request() if one[0] != b":path"] + [(b"x-a", b"b"), (b":path", b"/late")])
        assert [one["PATH_INFO"] for one in pair.reached()] in ([], ["/late"])
