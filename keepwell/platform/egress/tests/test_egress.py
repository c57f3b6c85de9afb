# ruff: noqa: SIM117  # what listens and what is allowed are two thoughts
"""T9: nothing inside is reached by any spelling, by no name that changes, by no redirect; and what is allowed works."""

from __future__ import annotations

import ssl
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from unittest import mock

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.test import SimpleTestCase, override_settings

from keepwell.platform.egress.addresses import LONGEST_URL, is_public, system_resolver
from keepwell.platform.egress.client import LONGEST_HEADERS, LONGEST_VALUE, Forbidden, Unreachable, fetch
from keepwell.platform.egress.tests.listeners import Canary, hosting, says

HOSTS = (Path(__file__).parent / "hosts.txt").read_text(encoding="utf-8").split()
WHOLE = [
    "file:///etc/passwd", "ftp://127.0.0.1:{port}/", "gopher://127.0.0.1:{port}/_x", "dict://127.0.0.1:{port}/",
    "data:text/plain,x", "//127.0.0.1:{port}/", "http://outside.example:{port}/", "HTTP://127.0.0.1:{port}/",
    "https://outside.example@127.0.0.1:{port}/", "https://outside.example:x@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}#@outside.example/", "https://127.0.0.1:{port}\\@outside.example/",
    "https://outside.example\\@127.0.0.1:{port}/", "https://127.0.0.1:{port}?@outside.example",
    "https://outside.example /@127.0.0.1:{port}", "https://127.0.0.1\t:{port}/", "https://127.0.0.1:{port}/\r\nX: y",
    "https://127.0.0.1:{port}/ HTTP/1.1\r\nHost: outside.example", "\x00https://127.0.0.1:{port}/", "https://:{port}/",
    "https:///127.0.0.1:{port}/", "https:127.0.0.1:{port}", "https://[127.0.0.1]:{port}/", "https://[::1/",
    "https://127.0.0.1:99999/", "https://127.0.0.1:-{port}/", "https://127.0.0.1:{port}:80/", "", "https://",
    "https://outside.example,127.0.0.1:{port}/", "https://a..b:{port}/", "https://-a.example:{port}/",
]  # fmt: skip
NAMES = {
    "inside.example": ["127.0.0.1"], "127.0.0.1.nip.example": ["127.0.0.1"], "metadata.example": ["169.254.169.254"],
    "six.example": ["::ffff:127.0.0.1"], "mixed.example": ["8.8.8.8", "127.0.0.1"], "outside.example": ["127.0.0.1"],
}  # fmt: skip


def resolve(host: str, port: int) -> list[str]:
    """The names of the corpus; everything else as this machine says."""
    return NAMES[host] if host in NAMES else system_resolver(host, port)


class TheCorpus(SimpleTestCase):
    def setUp(self) -> None:
        self.canary = Canary()
        self.addCleanup(self.canary.close)

    def urls(self) -> list[str]:
        schemes = [f"{scheme}://{host}:{self.canary.port}/" for host in HOSTS for scheme in ("https", "http")]
        return schemes + [url.format(port=self.canary.port) for url in WHOLE]

    def test_reaches_the_canary_by_no_address(self) -> None:
        reached = [url for url in self.urls() if not self.is_refused(url)]
        self.assertGreater(len(self.urls()), 160)
        self.assertEqual((reached, self.canary.hits), ([], 0))

    def test_reaches_it_by_no_redirect(self) -> None:
        urls = [url for url in self.urls() if url.isascii() and url.isprintable() and "://" in url]
        with hosting(lambda handler: says(302, Location=urls[int(handler.path[1:])])(handler)) as host:
            with allowing(host.port):
                reached = [url for n, url in enumerate(urls) if not self.is_refused(f"{host.url}/{n}")]
        self.assertEqual((reached, self.canary.hits, len(host.asked)), ([], 0, len(urls)))

    def test_reaches_it_by_no_redirect_of_a_redirect(self) -> None:
        with hosting(says(307, Location=f"https://inside.example:{self.canary.port}/")) as second:
            with hosting(says(301, Location=second.url)) as first, allowing(first.port, second.port):
                self.assertTrue(self.is_refused(first.url))
                self.assertEqual((len(first.asked), len(second.asked), self.canary.hits), (1, 1, 0))

    def test_asks_the_resolver_once_so_that_a_name_cannot_change_in_between(self) -> None:
        asked = []

        def rebinding(host: str, port: int) -> list[str]:
            asked.append(host)
            return ["8.8.8.8"] if len(asked) == 1 else ["127.0.0.1"]

        with (
            self.assertRaises(Unreachable),
            mock.patch("socket.create_connection", side_effect=self.notes) as made,
        ):
            with mock.patch("urllib3.util.connection.create_connection", made):
                fetch(f"https://rebound.example:{self.canary.port}/", resolve=rebinding)
        self.assertEqual((asked, self.canary.hits), (["rebound.example"], 0))
        self.assertEqual([call.args[0] for call in made.call_args_list], [("8.8.8.8", self.canary.port)])

    def notes(self, *_: object, **__: object) -> None:
        raise OSError("not reached in tests")

    def is_refused(self, url: str) -> bool:
        try:
            fetch(url, seconds=2, resolve=resolve)
        except Forbidden:
            return True
        except Unreachable:
            return False
        return False

    def test_knows_what_is_public(self) -> None:
        for text in ("8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "93.184.216.34"):
            self.assertTrue(is_public(ip_address(text)), text)


def allowing(*ports: int) -> override_settings:
    return override_settings(KEEPWELL_EGRESS_ALLOW=frozenset(f"127.0.0.1:{port}" for port in ports))


class WhatIsAllowed(SimpleTestCase):
    def test_is_asked_by_its_name_and_answers_whole(self) -> None:
        with hosting(says(201, b"made")) as host, allowing(host.port):
            answer = fetch(f"{host.url}/a?b=c", method="POST", headers={"X-Mark": "1"}, body=b"told")
        self.assertEqual((answer.status, answer.body), (201, b"made"))
        method, path, headers, body = host.asked[0]
        self.assertEqual((method, path, headers["X-Mark"], body), ("POST", "/a?b=c", "1", b"told"))
        self.assertEqual(headers["Host"], f"127.0.0.1:{host.port}")

    def test_is_that_very_host_and_port(self) -> None:
        with hosting(says(200)) as host, allowing(host.port + 1), self.assertRaises(Forbidden):
            fetch(host.url)

    def test_carries_no_credentials_to_another_host(self) -> None:
        with hosting(says(200)) as second, hosting(says(302, Location=second.url)) as first:
            with allowing(first.port, second.port):
                fetch(
                    first.url,
                    headers={"Authorization": "Bearer x", "Cookie": "y", "X-Key": "z", "Accept": "*/*"},
                )
        self.assertEqual({"Authorization", "Cookie", "X-Key"} & set(second.asked[0][2]), set())
        self.assertEqual(second.asked[0][2]["Accept"], "*/*")

    def test_sends_no_body_on_to_another_host(self) -> None:
        with hosting(says(200)) as second, hosting(says(307, Location=second.url)) as first:
            with allowing(first.port, second.port), self.assertRaises(Forbidden):
                fetch(first.url, method="POST", body=b"secret")
        self.assertEqual(second.asked, [])

    def test_follows_three_redirects_and_no_more(self) -> None:
        with hosting(says(302, Location="/again")) as host, allowing(host.port):
            with self.assertRaisesMessage(Unreachable, "too often"):
                fetch(host.url)
            self.assertEqual(len(host.asked), 4)
            self.assertEqual(fetch(host.url, redirects=0).status, 302)

    def test_gives_nothing_of_an_answer_that_is_too_long(self) -> None:
        with hosting(says(200, b"x" * 5_000)) as host, allowing(host.port):
            with self.assertRaisesMessage(Unreachable, "more than was asked for"):
                fetch(host.url, largest_bytes=4_999)

    def test_unpacks_nothing(self) -> None:
        with (
            hosting(says(200, b"\x1f\x8b not unpacked", Content_Encoding="gzip")) as host,
            allowing(host.port),
        ):
            self.assertEqual(fetch(host.url).body, b"\x1f\x8b not unpacked")

    def test_is_left_when_it_takes_too_long_however_it_drips(self) -> None:
        def drip(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.end_headers()
            for _turn in range(30):
                handler.wfile.write(b"x")
                time.sleep(0.1)

        began = time.monotonic()
        with hosting(drip) as host, allowing(host.port):
            with self.assertRaisesMessage(Unreachable, "took too long"):
                fetch(host.url, seconds=0.5)
            self.assertLess(time.monotonic() - began, 2)

    def test_that_is_away_is_told_without_what_it_said(self) -> None:
        with hosting(says(200)) as host:
            pass
        with allowing(host.port), self.assertRaisesMessage(Unreachable, "The host gave no whole answer."):
            fetch(host.url)


class Headers(SimpleTestCase):
    def test_begin_no_other_line(self) -> None:
        wrong = [{"X": "a\r\nY: b"}, {"X\r\nY": "b"}, {"X": "a\x00"}, {"Host": "other"}, {"": "x"}, {"X Y": "z"},
                 {"Content-Length": "0"}, {"Transfer-Encoding": "chunked"}, {"X": "é"}]  # fmt: skip
        with hosting(says(200)) as host, allowing(host.port):
            for headers in wrong:
                with self.subTest(headers), self.assertRaises(Forbidden):
                    fetch(host.url, headers=headers)
            self.assertEqual(host.asked, [])

    def test_and_method_are_of_the_known_ones(self) -> None:
        with self.assertRaises(Forbidden):
            fetch("https://outside.example/", method="GET / HTTP/1.1\r\nX: y\r\n", resolve=resolve)


def strict(handler: BaseHTTPRequestHandler) -> None:
    """A receiver as common servers are set: 8,190 bytes for the first line, and for all headers together."""
    is_long = len(handler.requestline) > 8_190
    too_many = sum(len(name) + len(value) + 4 for name, value in handler.headers.items()) > 8_190
    says(414 if is_long else 431 if too_many else 200)(handler)


class Lengths(SimpleTestCase):
    """V4.2.5: nothing is sent that the other side would refuse for its length."""

    def setUp(self) -> None:
        self.host = self.enterContext(hosting(strict))
        self.enterContext(allowing(self.host.port))

    def address(self, length: int) -> str:
        return self.host.url + "/" + "a" * (length - len(self.host.url) - 1)

    def refused(self, words: str, url: str = "", **headers: str) -> None:
        before = len(self.host.asked)
        with self.assertRaisesMessage(Forbidden, words):
            fetch(url or self.host.url, headers=headers)
        self.assertEqual(len(self.host.asked), before)

    def test_of_addresses_are_bounded(self) -> None:
        self.assertEqual(fetch(self.address(LONGEST_URL)).status, 200)
        self.refused("The address is longer than 2,000 characters.", self.address(LONGEST_URL + 1))

    def test_of_an_address_that_we_are_sent_on_to_are_bounded_too(self) -> None:
        onward = self.address(LONGEST_URL + 1)
        with hosting(says(302, Location=onward)) as first, allowing(first.port, self.host.port):
            with self.assertRaisesMessage(Forbidden, "The address is longer than 2,000 characters."):
                fetch(first.url)
        self.assertEqual(self.host.asked, [])

    def test_of_a_value_and_of_all_are_bounded(self) -> None:
        self.assertEqual(fetch(self.host.url, headers={"X": "a" * LONGEST_VALUE}).status, 200)
        self.refused("A header is longer than 4,000 characters.", X="a" * (LONGEST_VALUE + 1))
        half = LONGEST_HEADERS // 2 - 1
        self.assertEqual(
            fetch(self.address(LONGEST_URL), headers={"X": "a" * half, "Y": "a" * half}).status, 200
        )
        self.refused(
            "The headers are longer than 7,000 characters together.", X="a" * half, Y="a" * (half + 1)
        )


class Certificates(SimpleTestCase):
    """https speaks only with who can show that the name is theirs."""

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        self.port = self.serving("hooks.example")

    def test_of_the_right_name_are_taken(self) -> None:
        self.assertEqual(self.asked("hooks.example"), b"fine")

    def test_of_another_name_are_not(self) -> None:
        with self.assertRaisesMessage(Unreachable, "no certificate that can be trusted"):
            self.asked("other.example")

    def test_of_nobody_known_are_not(self) -> None:
        with self.assertRaisesMessage(Unreachable, "no certificate that can be trusted"):
            self.asked("hooks.example", trusted=False)

    def asked(self, name: str, *, trusted: bool = True) -> bytes:
        environment = {"SSL_CERT_FILE": str(self.folder / "cert.pem")} if trusted else {}
        with override_settings(KEEPWELL_EGRESS_ALLOW=frozenset({f"{name}:{self.port}"})):
            with mock.patch.dict("os.environ", environment):
                return fetch(f"https://{name}:{self.port}/", resolve=lambda *_: ["127.0.0.1"]).body

    def serving(self, name: str) -> int:
        key = ec.generate_private_key(ec.SECP256R1())
        who, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.now(UTC)
        made = (x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
                .serial_number(7).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
                .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
                .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
                .sign(key, hashes.SHA256()))  # fmt: skip
        plain = serialization.NoEncryption()
        told = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        (self.folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        (self.folder / "key.pem").write_bytes(told)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802
                says(200, b"fine")(self)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "cert.pem", self.folder / "key.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return int(server.server_address[1])
