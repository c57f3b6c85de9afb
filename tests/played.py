"""Answers of the site, recorded, and played to a real browser with the headers they had: what would its reader see?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

from django.contrib.staticfiles import finders
from django.http import HttpResponse
from playwright.sync_api import Browser, Page

from tests.payloads import HOST

UNTOLD = {"content-length", "connection", "set-cookie", "strict-transport-security"}
TELLTALES = """
window.kwx = () => { window.kwxRan = (window.kwxRan || 0) + 1; };
window.kwxRefused = [];
document.addEventListener('securitypolicyviolation', event =>
    window.kwxRefused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
"""Runs before the page: counts what calls `kwx()`, keeps what the policy of the page refused."""
LOOK = """root => {
    const wrong = [];
    const runs = /^[\\s\\u0000-\\u0020]*(javascript|vbscript|data:text)/i;
    const walk = within => {
        for (const node of within.querySelectorAll('*')) {
            for (const {name, value} of node.attributes) {
                if (/^on/i.test(name) || /kwx/i.test(name)) wrong.push(`<${node.localName} ${name}>`);
                if (/^(href|xlink:href|src|action|formaction|data|srcdoc|poster|background)$/i.test(name)
                    && (runs.test(value) || /^([a-z]*:)?[/\\\\]*kwx\\.invalid/i.test(value)))
                    wrong.push(`<${node.localName} ${name}=${value}>`);
            }
            if (/kwx/i.test(node.localName)) wrong.push(`<${node.localName}>`);
            if (/^(script|style)$/i.test(node.localName) && /kwx/.test(node.textContent)
                && node.type !== 'application/json') wrong.push(`<${node.localName}> holds it`);
            if (node.localName === 'template') walk(node.content);
            if (node.shadowRoot) walk(node.shadowRoot);
        }
        const comments = document.createNodeIterator(within, NodeFilter.SHOW_COMMENT);
        for (let one = comments.nextNode(); one; one = comments.nextNode())
            if (/kwx/i.test(one.data)) wrong.push(`<!--${one.data.slice(0, 60)}-->`);
    };
    walk(root || document);
    return wrong;
}"""
"""What stands in a document that only a payload can have made: elements, attributes, scripts, comments, addresses."""


@dataclass
class Seen:
    """What a reader met on one page: its text with spaces squeezed, and whatever went wrong."""

    text: str
    wrong: list[str] = field(default_factory=list)


@dataclass
class Played:
    """Recorded answers behind a server of their own."""

    url: str
    answers: dict[str, HttpResponse]

    def put(self, address: str, answer: HttpResponse) -> None:
        """Play `answer` at `address`; drained if it comes in parts."""
        if answer.streaming:
            answer = HttpResponse(b"".join(answer.streaming_content), headers=answer.headers)
        self.answers[address] = answer


@contextmanager
def played() -> Iterator[Played]:
    """A server that knows the answers it is given, and the site's scripts; how it looks is of no interest."""
    answers: dict[str, HttpResponse] = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Player, answers))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Played(f"http://127.0.0.1:{server.server_port}", answers)
    finally:
        server.shutdown()
        server.server_close()


class Player(BaseHTTPRequestHandler):
    """Answers as the site did; absent is empty."""

    protocol_version = "HTTP/1.1"

    def __init__(self, answers: dict[str, HttpResponse], *rest: object) -> None:
        self.answers = answers
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        found = self.answers.get(self.path)
        place = urlsplit(self.path).path
        static = place.removeprefix("/static/") if place.startswith("/static/") else ""
        if found is not None:
            self.tell(200, dict(found.headers), found.content)
        elif static.endswith(".js") and (file := finders.find(static)):
            kind = guess_type(static)[0] or "application/octet-stream"
            self.tell(200, {"Content-Type": kind, "Cache-Control": "max-age=600"}, Path(file).read_bytes())
        else:
            self.tell(204, {}, b"")

    def tell(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in UNTOLD:
                self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


class Reading:
    """Somebody who opens one page after the other, and misses nothing."""

    def __init__(self, browser: Browser, site: Played) -> None:
        self.site, self.complaints = site, list[str]()
        window = browser.new_context(base_url=site.url)
        window.add_init_script(TELLTALES)
        self.page: Page = window.new_page()
        self.page.on("dialog", lambda dialog: (self.complaints.append("dialog"), dialog.dismiss()))
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("request", lambda asked: self.complaints.append(f"asked for {asked.url}")
                     if HOST in (urlsplit(asked.url).hostname or "") else None)  # fmt: skip

    def of(self, address: str) -> Seen:
        """Open `address` and look."""
        self.complaints.clear()
        self.page.goto(address, wait_until="load")
        moved = [] if self.page.url == self.site.url + address else [f"went to {self.page.url}"]
        wrong, ran, refused, text = self.page.evaluate(
            f"() => [({LOOK})(), window.kwxRan || 0, window.kwxRefused, document.documentElement.textContent]"
        )
        wrong += (
            moved + ["a script ran"] * bool(ran) + [f"refused {one}" for one in refused] + self.complaints
        )
        return Seen("".join(text.split()), wrong)
