"""V16.5.2: the store of evidence is away, hangs, is broken or refuses us: one sentence, nothing half kept, the rest goes on."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest import mock

import boto3
from django.http import HttpResponse
from django.test import override_settings
from moto.server import ThreadedMotoServer

from keepwell.platform.evidence import stores
from keepwell.platform.evidence.models import Content, File, Finding, Piece, Version
from keepwell.platform.evidence.stores import StoreAway, s3
from keepwell.platform.evidence.tests.clamd import clamd
from keepwell.platform.evidence.tests.stories import Stories, streamed
from keepwell.platform.history.models import Change
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.jobs.models import Job
from keepwell.platform.jobs.worker import run_one
from tests.running import free_port

SENTENCE = "The store of evidence does not answer at the moment; everything else goes on. Nothing was saved"
KEPT = (Piece, Version, File, Content, Job, Change)
NAME = "ab" * 32
TOLD = {"title": "Log", "unit": "KHH1", "classification": "internal", "retention": "general"}


def bucket_at(port: int) -> Any:
    """The settings by which evidence lies in a bucket at that port of this machine."""
    place = f"s3://proof?endpoint=http://127.0.0.1:{port}"
    return override_settings(
        KEEPWELL_EVIDENCE_STORE=place, KEEPWELL_S3_KEY="key", KEEPWELL_S3_SECRET="secret"
    )


@contextmanager
def nobody() -> Iterator[int]:
    """A port at which nothing listens."""
    yield free_port()


@contextmanager
def black_hole() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def saying(status: int, body: bytes) -> Iterator[int]:
    """A port that answers everything so; what it announces is longer than what it sends where it is 200."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802  # the library's name
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) + (100 if status == 200 else 0)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_PUT = do_DELETE = do_GET  # noqa: N815  # the library's names

        def log_message(self, *_told: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


REFUSAL = b'<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>No.</Message></Error>'
TROUBLES = {
    "nothing listens": nobody,
    "it hangs": black_hole,
    "it is broken": lambda: saying(503, b""),
    "it refuses us": lambda: saying(403, REFUSAL),
}


class WhileTheStoreIsAway(Stories):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.multiple(s3, PATIENCE_SECONDS=1, CONNECT_SECONDS=1, TRIES=1))
        self.client.raise_request_exception = False
        self.sign_in(self.ada)

    def counts(self) -> list[int]:
        return [model._base_manager.count() for model in KEPT]

    def told(self, answer: HttpResponse, trouble: str) -> None:
        """The answer says it in one sentence, and when to come again."""
        self.assertContains(answer, SENTENCE, status_code=503, msg_prefix=trouble)
        self.assertEqual(answer["Retry-After"], "60")

    def test_nothing_is_half_kept_by_page_or_api(self) -> None:
        piece = self.piece()
        before = self.counts()
        for trouble, away in TROUBLES.items():
            with self.subTest(trouble), away() as port, bucket_at(port):
                sent = ("log.txt", f"one {trouble}".encode())
                self.told(self.upload("/evidence/add/", sent, **TOLD), trouble)
                self.told(self.upload(f"/evidence/{piece.pk}/version/", sent, says="Better"), trouble)
                self.told(self.upload("/api/evidence/attach", sent, **TOLD), trouble)
                self.assertEqual(self.counts(), before)

    def test_nothing_is_handed_out_and_nobody_is_said_to_have_taken_it(self) -> None:
        file = self.file(self.piece())
        for trouble, away in TROUBLES.items():
            with self.subTest(trouble), away() as port, bucket_at(port):
                self.told(self.client.get(f"/evidence/files/{file.pk}/"), trouble)
                self.told(self.client.get(f"/api/evidence/files/{file.pk}"), trouble)
        with saying(200, b"half") as port, bucket_at(port):
            self.told(self.client.get(f"/evidence/files/{file.pk}/"), "it breaks off")
        self.assertFalse(Change.objects.filter(verb="evidence.download").exists())

    def test_everything_else_goes_on(self) -> None:
        piece = self.piece()
        with nobody() as port, bucket_at(port):
            for address in (
                "/",
                "/evidence/",
                f"/evidence/{piece.pk}/",
                "/people/",
                "/api/evidence",
                "/readyz",
            ):
                self.assertEqual(self.client.get(address).status_code, 200, address)
            kept = self.client.post("/evidence/add/", TOLD | {"links": "https://a.example/report"})
            self.assertEqual(kept.status_code, 302, kept.content[-800:])

    def test_it_is_said_in_the_language_of_the_reader(self) -> None:
        with nobody() as port, bucket_at(port):
            self.client.cookies["keepwell-language"] = "zh-hant"
            answer = self.upload("/evidence/add/", ("a.txt", b"a"), **TOLD)
            self.assertContains(answer, "佐證", status_code=503)
            self.assertNotContains(answer, "does not answer", status_code=503)

    def test_reading_the_store_through_calls_nothing_lost(self) -> None:
        self.piece()
        with nobody() as port, bucket_at(port):
            found = enqueue("evidence.scrub")
            Job.objects.exclude(pk=found.pk).delete()
            run_one()
        found.refresh_from_db()
        self.assertEqual((found.state, Finding.objects.count()), (Job.State.QUEUED, 0))

    def test_every_deed_says_so(self) -> None:
        for trouble, away in TROUBLES.items():
            with self.subTest(trouble), away() as port, bucket_at(port):
                store = stores.files()
                for deed in (store.has, store.open, store.remove):
                    with self.assertRaises(StoreAway):
                        deed(NAME)
                with self.assertRaises(StoreAway):
                    list(store.listed())


class AStoreThatComesBack(Stories):
    def test_has_what_waits_scanned(self) -> None:
        """A scan finds the store away: it waits, it is no verdict; back again, it goes on by itself."""
        port = free_port()
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
        with bucket_at(port), clamd() as daemon:
            self.enterContext(override_settings(KEEPWELL_SCAN=daemon.place))
            server.start()
            self.client3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1",
                                        aws_access_key_id="key", aws_secret_access_key="secret")  # fmt: skip
            self.client3.create_bucket(Bucket="proof")
            file = self.file(self.piece(content=b"in a bucket"))
            with mock.patch.object(s3, "TRIES", 1), nobody() as gone, bucket_at(gone):
                run_one()
            content = Content.objects.get()
            self.assertEqual((content.state, content.tries), (Content.State.PENDING, 0))
            self.assertEqual(Job.objects.get(name="evidence.scan").result["state"], "away")
            enqueue("evidence.scan_waiting")
            run_one()
            self.sign_in(self.ada)
            self.assertEqual(streamed(self.client.get(f"/evidence/files/{file.pk}/")), b"in a bucket")
            server.stop()
