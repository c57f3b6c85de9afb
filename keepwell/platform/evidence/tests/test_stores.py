"""Both stores keep the same promises: each content once, whole or not at all, and no name leads out."""

from __future__ import annotations

import io
import os
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest import TestCase, mock

import boto3
from django.test import override_settings
from django.utils import timezone
from moto.server import ThreadedMotoServer

from keepwell.config.evidence import evidence_store
from keepwell.platform.evidence import scrub, stores
from keepwell.platform.evidence.stores import Gone, Store, drafted
from keepwell.platform.evidence.stores.disk import Disk
from keepwell.platform.evidence.stores.s3 import Bucket
from keepwell.platform.evidence.tests.stories import Stories, streamed
from keepwell.platform.jobs.worker import run_one

CONTENT = b"one thing " * 400_000
NAME = sha256(CONTENT).hexdigest()
BAD = (
    "../../etc/passwd", "/etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "/x", "", "..", f"{NAME}\x00", f"{NAME}-x",
    "\u2215" * 64,
)  # fmt: skip


class Promises:
    """What any store promises; mixed into the stories of each."""

    store: Store

    def test_keeps_and_gives_back(self: Any) -> None:
        self.assertFalse(self.store.has(NAME))
        self.store.keep(NAME, io.BytesIO(CONTENT))
        self.assertTrue(self.store.has(NAME))
        with self.store.open(NAME) as file:
            self.assertEqual(file.read(), CONTENT)
        self.assertEqual([name for name, _since in self.store.listed()], [NAME])

    def test_keeps_twice_as_once_and_leaves_the_file_open(self: Any) -> None:
        file = io.BytesIO(CONTENT)
        self.store.keep(NAME, file)
        self.store.keep(NAME, file)
        self.assertFalse(file.closed)
        self.assertEqual(len(list(self.store.listed())), 1)

    def test_keeps_from_the_beginning_wherever_the_file_stands(self: Any) -> None:
        file = io.BytesIO(CONTENT)
        file.seek(100)
        self.store.keep(NAME, file)
        with self.store.open(NAME) as kept:
            self.assertEqual(sha256(kept.read()).hexdigest(), NAME)

    def test_says_what_is_gone(self: Any) -> None:
        with self.assertRaises(Gone):
            self.store.open("ab" * 32)
        self.store.keep(NAME, io.BytesIO(CONTENT))
        self.store.remove(NAME)
        self.store.remove(NAME)
        with self.assertRaises(Gone):
            self.store.open(NAME)

    def test_refuses_names_that_lead_elsewhere(self: Any) -> None:
        for name in BAD:
            for deed in (
                self.store.has,
                self.store.open,
                self.store.remove,
                lambda n: self.store.keep(n, io.BytesIO(b"x")),
            ):
                with self.assertRaises(ValueError, msg=repr(name)):
                    deed(name)

    def test_keeps_what_is_larger_than_memory_has_to_be(self: Any) -> None:
        with drafted(CONTENT[n : n + 65_536] for n in range(0, len(CONTENT), 65_536)) as draft:
            self.assertEqual((draft.sha256, draft.size_bytes), (NAME, len(CONTENT)))
            self.store.keep(draft.sha256, draft.file)
        self.assertTrue(self.store.has(NAME))


class OnDisk(Promises, TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.store = Disk(str(self.folder), "evidence")

    def test_shows_nothing_of_what_was_cut_off(self) -> None:
        for broken in ("fsync", "replace"):
            target = "os.fsync" if broken == "fsync" else "pathlib.Path.replace"
            with (
                mock.patch(target, side_effect=OSError(28, "No space left on device")),
                self.assertRaises(OSError),
            ):
                self.store.keep(NAME, io.BytesIO(CONTENT))
            self.assertEqual([path for path in self.folder.rglob("*") if path.is_file()], [])
            self.assertFalse(self.store.has(NAME))

    def test_syncs_before_it_names(self) -> None:
        order: list[str] = []
        sync, replace = os.fsync, Path.replace
        with mock.patch("os.fsync", side_effect=lambda fd: (order.append("sync"), sync(fd))[1]), \
                mock.patch.object(Path, "replace", autospec=True,
                                  side_effect=lambda a, b: (order.append("name"), replace(a, b))[1]):  # fmt: skip
            self.store.keep(NAME, io.BytesIO(CONTENT))
        self.assertEqual(order, ["sync", "name", "sync"])


class InABucket(Promises, TestCase):
    """Against a server that speaks S3 over HTTP."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)
        host, port = cls.server.get_host_and_port()
        cls.endpoint = f"http://{host}:{port}"

    def setUp(self) -> None:
        self.enterContext(override_settings(KEEPWELL_S3_KEY="key", KEEPWELL_S3_SECRET="secret"))
        bucket = f"proof-{self.id().rpartition('.')[2].replace('_', '-')[:40]}"
        self.client = boto3.client("s3", endpoint_url=self.endpoint, region_name="us-east-1",
                                   aws_access_key_id="key", aws_secret_access_key="secret")  # fmt: skip
        self.client.create_bucket(Bucket=bucket)
        self.place = f"s3://{bucket}/keepwell?endpoint={self.endpoint}"
        self.store = Bucket(self.place, "evidence")

    def test_lies_under_its_prefix(self) -> None:
        self.store.keep(NAME, io.BytesIO(b"x"))
        (found,) = self.client.list_objects_v2(Bucket=self.store.bucket)["Contents"]
        self.assertEqual(found["Key"], f"keepwell/evidence/{NAME}")


class EvidenceInABucket(Stories):
    """The whole way of a file, with the store in a bucket."""

    def setUp(self) -> None:
        super().setUp()
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        self.addCleanup(server.stop)
        host, port = server.get_host_and_port()
        self.client3 = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1",
                                    aws_access_key_id="key", aws_secret_access_key="secret")  # fmt: skip
        self.client3.create_bucket(Bucket="proof")
        place = f"s3://proof?endpoint=http://{host}:{port}"
        self.enterContext(
            override_settings(
                KEEPWELL_EVIDENCE_STORE=place, KEEPWELL_S3_KEY="key", KEEPWELL_S3_SECRET="secret"
            )
        )

    def test_goes_in_and_out_and_is_scrubbed(self) -> None:
        file = self.file(self.piece(content=b"in a bucket"))
        while run_one():
            pass
        self.sign_in(self.ada)
        self.assertEqual(streamed(self.client.get(f"/evidence/files/{file.pk}/")), b"in a bucket")
        self.assertFalse((self.data / "evidence").exists())
        self.client3.put_object(Bucket="proof", Key=f"evidence/{file.sha256}", Body=b"in a bucKet")
        self.client3.put_object(Bucket="proof", Key="evidence/stray", Body=b"?")
        found = scrub.scrub(since=timezone.now(), grace=-scrub.GRACE)
        self.assertEqual((found.checked, found.damaged, found.foreign), (1, 1, 1))
        self.assertEqual(self.client.get(f"/evidence/files/{file.pk}/").status_code, 403)


class TheSetting(TestCase):
    def test_is_refused_if_it_names_no_bucket(self) -> None:
        for place in ("bucket", "https://bucket", "s3://", "s3:bucket", "/var/evidence"):
            with self.assertRaises(SystemExit, msg=place):
                evidence_store(place)
        self.assertEqual(evidence_store(""), "")
        self.assertEqual(evidence_store("s3://b/p"), "s3://b/p")

    def test_means_the_data_folder_when_empty(self) -> None:
        with override_settings(KEEPWELL_EVIDENCE_STORE="", KEEPWELL_DATA="/srv/data"):
            self.assertEqual(stores.files().root, Path("/srv/data/evidence"))
            self.assertEqual(stores.previews().root, Path("/srv/data/evidence-previews"))
