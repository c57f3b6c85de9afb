"""No name of a file of evidence leads out of the store, and none breaks a header, a page or the API."""

from __future__ import annotations

import re

from django.http import HttpResponse

from keepwell.platform.evidence.models import File
from keepwell.platform.evidence.tests.stories import Stories, streamed
from tests.test_file_names import FORBIDDEN, NAMES

STORED = re.compile(r"([0-9a-f]{2})/\1[0-9a-f]{62}")
HEADER = re.compile(
    r"attachment; filename(=\"[A-Za-z0-9_ ().,+@~$&=!#^{}\[\]`-]+\"|\*=utf-8''[A-Za-z0-9%._~-]+)"
)


class Names(Stories):
    def sent(self, path: str, name: str, content: bytes, **fields: str) -> HttpResponse:
        """A file as a hostile client sends it: the name stands in the request as it is, uncleaned."""
        told = name.encode("utf-8", "surrogatepass")
        told = told.replace(b"\r", b"%0D").replace(b"\n", b"%0A").replace(b'"', b"%22")
        parts = [b'Content-Disposition: form-data; name="%s"\r\n\r\n%s' % (key.encode(), value.encode())
                 for key, value in fields.items()]  # fmt: skip
        parts.append(
            b'Content-Disposition: form-data; name="file"; filename="' + told + b'"\r\n\r\n' + content
        )
        body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"
        return self.client.generic("POST", path, body, content_type="multipart/form-data; boundary=edge")

    def test_of_uploads_stay_in_the_store_and_are_plain(self) -> None:
        self.sign_in(self.ada)
        for number, name in enumerate(NAMES):
            with self.subTest(name[:40]):
                way = "/evidence/add/" if number % 2 else "/api/evidence/attach"
                answer = self.sent(way, name, b"content %d" % number, title=f"No. {number}", unit="KHH1",
                                   classification="internal", retention="general")  # fmt: skip
                self.assertLess(answer.status_code, 500)
        outside = [
            p for p in self.data.rglob("*") if p.is_file() and (self.data / "evidence") not in p.parents
        ]
        self.assertEqual(outside, [])
        self.assertEqual([name for name in self.stored() if not STORED.fullmatch(name)], [])
        self.assert_every_kept_name_is_plain()

    def assert_every_kept_name_is_plain(self) -> None:
        files = list(File.objects.all())
        self.assertGreater(len(files), len(NAMES) / 2)
        for file in files:
            self.assertIsNone(FORBIDDEN.search(file.name), repr(file.name))
            self.assertTrue(0 < len(file.name) <= 120 and file.name.strip(" .") == file.name, repr(file.name))
            answer = self.client.get(f"/evidence/files/{file.pk}/")
            self.assertRegex(answer["Content-Disposition"], HEADER)
            self.assertTrue(streamed(answer).startswith(b"content "))

    def test_are_shown_as_text(self) -> None:
        piece = self.piece(name="a&lt;b<img src=x onerror=alert(1)>.txt")
        self.sign_in(self.ada)
        page = self.client.get(f"/evidence/{piece.pk}/").content.decode()
        self.assertNotIn("<img src=x", page)
