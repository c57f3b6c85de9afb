"""V4.2.2: Content-Length is the length of what is sent, for every kind of answer of the real server."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass

import pytest

from tests.running import Reader, Site

PATIENCE_SECONDS = 30
PAGES = ("/", "/units/", "/people/?q=Lin", "/evidence/", "/account/", "/livez", "/readyz", "/report/")
FILES = ("/units/take-out.csv", "/units/take-out.xlsx", "/people/take-out-shown.csv", "/outcomes/take-out.md",
         "/outcomes/take-out.json", "/organization/chart/take-out.md")  # fmt: skip
PROGRAMS = ("/api/openapi.json", "/api/units", "/api/me")
ERRORS = ("/no/such/thing", "/units/00000000-0000-0000-0000-000000000000/", "/api/units?no=such", "/api/nothing",
          "/static/missing.css", "/scim/v2/Users", "/units/?no=such", "/metrics")  # fmt: skip


@dataclass(frozen=True)
class Heard:
    """One answer as it stood on the line: what was announced, and everything that came after the headers."""

    status: int
    headers: dict[str, list[str]]
    rest: bytes

    @property
    def lengths(self) -> list[int]:
        """What it announced."""
        return [int(one) for one in self.headers.get("content-length", [])]


def heard(raw: bytes) -> Heard:
    """The answer in `raw`, taken apart by nobody's rules but those of RFC 9112."""
    head, rest = raw.split(b"\r\n\r\n", 1)
    first, *lines = head.decode("latin-1").split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, value = line.split(":", 1)
        headers.setdefault(name.lower(), []).append(value.strip())
    return Heard(int(first.split()[1]), headers, rest)


def unchunked(rest: bytes) -> tuple[bytes, bytes]:
    """What comes in chunks, and what stands behind the last one."""
    whole = b""
    while True:
        size, rest = rest.split(b"\r\n", 1)
        count = int(size, 16)
        whole, rest = whole + rest[:count], rest[count:]
        assert rest[:2] == b"\r\n"
        rest = rest[2:]
        if not count:
            return whole, rest


@pytest.mark.sqlite
@pytest.mark.usefixtures("site")
class TestLengths:
    site: Site

    @pytest.fixture(autouse=True)
    def signed_in(self, site: Site) -> None:
        """As Ada, whose cookies go with every request."""
        self.reader = Reader(site)
        self.reader.sign_in("ada")

    @property
    def cookies(self) -> str:
        jar = next(h.cookiejar for h in self.reader.opener.handlers if hasattr(h, "cookiejar"))
        return "; ".join(f"{one.name}={one.value}" for one in jar)

    def say(self, *requests: tuple[str, str], body: bytes = b"", **headers: str) -> bytes:
        """All that comes back for requests sent one behind the other on one connection."""
        told = {"Host": f"localhost:{self.site.port}", "Cookie": self.cookies, **headers}
        told |= {"Content-Length": str(len(body))} if body else {}
        raw = b""
        for number, (method, path) in enumerate(requests, start=1):
            ends = {"Connection": "close"} if number == len(requests) else {}
            lines = [f"{method} {path} HTTP/1.1", *(f"{n}: {v}" for n, v in (told | ends).items()), "", ""]
            raw += "\r\n".join(lines).encode() + body
        with socket.create_connection(("127.0.0.1", self.site.port), PATIENCE_SECONDS) as line:
            line.sendall(raw)
            found = b""
            while part := line.recv(65_536):
                found += part
        return found

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Heard:
        return heard(self.say((method, path), body=body, **headers))

    def whole(self, answer: Heard, path: str) -> bytes:
        """The body, after its framing was looked at."""
        is_chunked = answer.headers.get("transfer-encoding") == ["chunked"]
        assert len(answer.lengths) + is_chunked == 1, (path, answer.status, answer.headers)
        if is_chunked:
            whole, behind = unchunked(answer.rest)
            assert behind == b"", (path, behind[:60])
            return whole
        assert answer.lengths == [len(answer.rest)], (path, answer.status)
        return answer.rest

    @pytest.mark.parametrize("path", [*PAGES, *FILES, *PROGRAMS])
    def test_of_what_is_there_are_those_of_the_body(self, path: str) -> None:
        answer = self.ask("GET", path)
        assert answer.status == 200, (path, answer.rest[:300])
        assert self.whole(answer, path)

    @pytest.mark.parametrize("path", ERRORS)
    def test_of_what_is_refused_are_those_of_the_body(self, path: str) -> None:
        answer = self.ask("GET", path)
        assert answer.status >= 400, path
        self.whole(answer, path)

    def test_of_what_leads_elsewhere_or_is_not_taken_are_those_of_the_body(self) -> None:
        for method, path, body in (("GET", "/units", b""), ("POST", "/sign-out/", b""), ("POST", "/units/new/", b"a=b"),
                                   ("TRACE", "/", b""), ("DELETE", "/units/", b""), ("OPTIONS", "/api/units", b""),
                                   ("POST", "/api/units", b"{"), ("PATCH", "/api/me", b"{}")):  # fmt: skip
            answer = self.ask(method, path, body, **{"Content-Type": "application/json"})
            assert answer.status != 200 or method == "OPTIONS", (method, path, answer.status)
            self.whole(answer, path)

    def test_of_a_streamed_file_that_says_its_length_are_those_of_the_body(self) -> None:
        """Evidence, sent in by the page's form and taken out again."""
        content = b"What was seen.\n" * 20_000
        piece = self.attached(content)
        page = self.reader.page(piece)
        (path,) = set(re.findall(r'href="(/evidence/files/[0-9a-f-]+/)"', page))
        answer = self.ask("GET", path)
        assert (answer.status, answer.lengths) == (200, [len(content)])
        assert self.whole(answer, path) == content

    def attached(self, content: bytes) -> str:
        """A piece with one file; the address of its page."""
        form = self.reader.page("/evidence/add/")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        assert token is not None
        told = {"csrfmiddlewaretoken": token[1], "title": "Lengths", "unit": "MERIDIAN", "classification": "internal",
                "retention": "general"}  # fmt: skip
        parts = [
            f'--edge\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in told.items()
        ]
        file = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="seen.txt"\r\nContent-Type: text/plain\r\n\r\n'
        body = "".join(parts).encode() + file + content + b"\r\n--edge--\r\n"
        answer = self.ask("POST", "/evidence/add/", body, Origin=self.site.url,
                          **{"Content-Type": "multipart/form-data; boundary=edge"})  # fmt: skip
        assert answer.status == 302, answer.rest[-2_000:]
        return answer.headers["location"][0]

    def test_of_head_are_announced_and_no_body_comes(self) -> None:
        for path in (*PAGES, *PROGRAMS, "/units/take-out.xlsx", "/units/take-out.csv", "/no/such/thing"):
            got, headed = self.ask("GET", path), self.ask("HEAD", path)
            assert headed.status in (got.status, 405), path
            assert headed.rest == b"", (path, headed.rest[:60])
            if headed.status == got.status and got.lengths and path in PROGRAMS:
                assert headed.lengths in (got.lengths, []), path

    def test_of_what_did_not_change_are_none_and_no_body_comes(self) -> None:
        page = self.reader.page("/sign-in/") or self.reader.page("/")
        path = re.findall(r'href="(/static/[^"]+\.css)"', page)[0]
        for packed in ("identity", "gzip"):
            whole = self.ask("GET", path, **{"Accept-Encoding": packed})
            assert whole.status == 200
            assert self.whole(whole, path)
            since = {"If-Modified-Since": whole.headers["last-modified"][0]}
            same = self.ask("GET", path, **{"Accept-Encoding": packed, **since})
            assert (same.status, same.rest) == (304, b"")
            assert same.lengths in ([], whole.lengths)

    def test_of_a_part_of_a_file_are_those_of_the_part(self) -> None:
        path = re.findall(r'href="(/static/[^"]+\.css)"', self.reader.page("/"))[0]
        answer = self.ask("GET", path, Range="bytes=0-9")
        assert (answer.status, self.whole(answer, path), answer.lengths) == (206, answer.rest, [10])

    def test_let_the_next_answer_begin_where_the_last_one_ended(self) -> None:
        """Eight requests on one connection, of every kind: each answer is found by the length of those before it."""
        kinds = [("GET", "/livez"), ("HEAD", "/livez"), ("GET", "/no/such/thing"), ("GET", "/api/units"),
                 ("GET", "/units/take-out.csv"), ("HEAD", "/api/units"), ("GET", "/units"), ("GET", "/livez")]  # fmt: skip
        rest, statuses = self.say(*kinds), []
        for method, _path in kinds:
            answer = heard(rest)
            statuses.append(answer.status)
            if method == "HEAD":
                rest = answer.rest
            elif "transfer-encoding" in answer.headers:
                _whole, rest = unchunked(answer.rest)
            else:
                rest = answer.rest[answer.lengths[0] :]
        assert (statuses, rest) == ([200, 200, 404, 200, 200, 405, 301, 200], b"")
