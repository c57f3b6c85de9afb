"""T7: no name of a file leads out of the store, and none breaks a header or a page."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from pathlib import Path

import openpyxl
from django.http import HttpResponse
from django.test import Client, TestCase, override_settings

from keepwell.platform.exchange.models import Batch
from keepwell.platform.registers.register import REGISTERS
from tests.cast import Cast
from tests.house import addresses, made, samples
from tests.machine import rounds

RTL, ZERO_WIDTH = "\u202e", "\u200b"
NAMES = (
    "../../etc/passwd", "..\\..\\windows\\system32", "/etc/passwd", "C:\\units.csv", "\\\\server\\share\\units.csv",
    "%2e%2e%2funits.csv", "%252e%252e%252funits.csv", "..%c0%afunits.csv", "\u2215etc\u2215passwd",
    "\uff0fetc\uff0fpasswd", "units\u2044..\u2044x.csv", "units.csv\x00.exe", "units.csv\r\nSet-Cookie: stolen=1",
    "units\ncsv", 'units"; filename="x.exe', "units;x=1.csv", f"units{RTL}vsc.exe", f"un{ZERO_WIDTH}its.csv",
    "CON", "nul.csv", "com1.csv.txt", "aux", ".htaccess", ".", "..", " ", "", "-rf", "|id", "$(id).csv", "`id`.csv",
    "<script>alert(1)</script>.csv", "單位.csv", "u" * 900 + ".csv", "u" * 4096 + ".csv", "~root", "units.csv ",
    "units.csv.",
)  # fmt: skip
IN_ADDRESSES = ("..%2f..%2fetc%2fpasswd", "a%00b", "x" * 4096, "%2e%2e", "..", "con")
FORBIDDEN = re.compile(r'[/\\\x00-\x1f\x7f"\u202a-\u202e\u2066-\u2069\u200b\u2044\u2215\uff0f\uff3c]')
SAFE_HEADER = re.compile(r'attachment; filename="[A-Za-z0-9][A-Za-z0-9._-]*"')
ROWS = b"code,name,kind,parent,country,time_zone,active_from\r\nKHH%d,Site,site,MAT,TW,Asia/Taipei,2020-01-01\r\n"


class Names(Cast, TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.above = Path(folder.name)
        self.store = self.above / "data" / "files"
        settings_ = override_settings(KEEPWELL_DATA=self.above / "data")
        settings_.enable()
        self.addCleanup(settings_.disable)
        self.sign_in(self.ada)

    def upload(self, path: str, name: str, content: bytes) -> HttpResponse:
        """A file as a hostile client sends it: the name stands in the request as it is, uncleaned."""
        told = (
            name.encode("utf-8", "surrogatepass")
            .replace(b"\r", b"%0D")
            .replace(b"\n", b"%0A")
            .replace(b'"', b"%22")
        )
        head = (
            b'Content-Disposition: form-data; name="file"; filename="' + told + b'"\r\nContent-Type: text/csv'
        )
        body = b"--edge\r\n" + head + b"\r\n\r\n" + content + b"\r\n--edge--\r\n"
        return self.client.generic("POST", path, body, content_type="multipart/form-data; boundary=edge")

    def assert_only_the_store_was_written(self) -> None:
        written = [path.relative_to(self.above) for path in self.above.rglob("*") if path.is_file()]
        self.assertEqual([str(path) for path in written if not self.is_stored(path)], [])

    def is_stored(self, path: Path) -> bool:
        return bool(re.fullmatch(r"data/files/([0-9a-f]{2})/\1[0-9a-f]{62}", str(path)))

    def test_of_uploads_stay_in_the_store(self) -> None:
        for turn, way in enumerate(("/units/bring-in/", "/api/units/bring-in")):
            for number, name in list(enumerate(NAMES))[rounds(turn, 0) :: rounds(2, 1)]:
                with self.subTest(name[:40], way=way):
                    answer = self.upload(way, name, ROWS % (100 + number))
                    self.assertLess(answer.status_code, 500)
                    self.assert_only_the_store_was_written()
        self.assert_every_kept_name_is_plain()

    def assert_every_kept_name_is_plain(self) -> None:
        kept = list(Batch.objects.values_list("file_name", flat=True))
        self.assertGreater(len(kept), len(NAMES) / 3)
        for name in kept:
            self.assertIsNone(FORBIDDEN.search(name), repr(name))
            self.assertTrue(0 < len(name) <= 200 and name.strip(" .") == name, repr(name))

    def test_inside_a_workbook_stay_inside(self) -> None:
        book, file = openpyxl.Workbook(), io.BytesIO()
        for row in (ROWS % 900).decode().splitlines():
            book.active.append(row.split(","))
        book.save(file)
        with zipfile.ZipFile(file, "a") as archive:
            for name in ("../../evil.txt", "/evil.txt", "xl/../../evil.txt"):
                archive.writestr(name, "evil")
        answer = self.upload("/api/units/bring-in", "units.xlsx", file.getvalue())
        self.assertLess(answer.status_code, 500)
        self.assert_only_the_store_was_written()
        self.assertFalse(Path("/evil.txt").exists())

    def test_on_pages_are_shown_as_text(self) -> None:
        Batch.objects.create(register="units", unit=self.group, file_name="<script>alert(1)</script>.csv", sha256="a" * 64,
                             size_bytes=1, by=self.ada, at="2025-01-01T00:00:00Z")  # fmt: skip
        page = self.client.get("/batches/").content.decode()
        self.assertNotIn("<script>alert", page)
        self.assertIn("&lt;script&gt;alert", page)

    def test_of_what_is_taken_out_are_plain(self) -> None:
        for slug in samples():
            made(slug, self.khh1, self.eva)
            for form in ("csv", "xlsx"):
                with self.subTest(slug, form=form):
                    answer = self.client.get(
                        f"/{slug}/take-out.{form}",
                        {"q": 'x"\r\nSet-Cookie: a=1'}
                        if form == "csv" and REGISTERS[slug].search_fields
                        else {},
                    )
                    self.assertEqual(answer.status_code, 200)
                    self.assertRegex(answer["Content-Disposition"], SAFE_HEADER)
                    self.assertEqual(answer["X-Content-Type-Options"], "nosniff")

    def test_of_documents_are_plain(self) -> None:
        for form in ("md", "json"):
            answer = self.client.get(f"/outcomes/take-out.{form}?year=2023")
            self.assertRegex(answer["Content-Disposition"], SAFE_HEADER)
            self.assertEqual(answer["X-Content-Type-Options"], "nosniff")

    def test_in_addresses_lead_nowhere(self) -> None:
        asked = [
            a.route for a in addresses() if "<slug:" in a.route or "<str:" in a.route or "<name>" in a.route
        ]
        self.assertGreater(len(asked), 5)
        client = Client(raise_request_exception=False)
        client.force_login(self.ada.account)
        for route in asked:
            for name in IN_ADDRESSES[: rounds(3, 6)]:
                path = "/" + re.sub(
                    r"<uuid(str)?:pk>",
                    "00000000-0000-4000-8000-000000000000",
                    re.sub(r"<(slug:|str:)?(?!uuid)\w+>", name, route),
                )
                with self.subTest(path[:80]):
                    # To a session SCIM says only that it wants a token of a service account.
                    only = (401,) if route.startswith("scim/") else (301, 302, 400, 404, 405)
                    self.assertIn(client.get(path).status_code, only, path[:80])
        self.assert_only_the_store_was_written()
