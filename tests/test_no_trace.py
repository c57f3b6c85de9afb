"""R11: a report without a name, sent through the nginx of `deploy/` to a real server, leaves no address, browser, referrer
or moment in any log, table, file, mail, job or backup."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from docx import Document
from psycopg import sql as pg
from pypdf import PdfWriter

from keepwell.areas.incidents.tests.test_photos import jpeg
from keepwell.platform.keeping.parts import PartReader
from keepwell.platform.keeping.sealed_file import SealedReader
from keepwell.platform.keeping.tables import Table
from keepwell.platform.keys.ring import Key
from tests.proxied import NGINX, behind_nginx
from tests.running import TOKEN, Demo, Site, copied, served
from tests.test_backup import content

AGAIN = 8
SAYS = "Vermilion was sold by the plant head."
ADDRESS, AGENT, REFERRER = "127.0.0.77", "Marked-Agent/9", "marked-referrer"
MARKS = (ADDRESS, AGENT, REFERRER, "MarkedCamera", "IMG_2041")
ITS_OWN = {"incidents_disclosure", "incidents_disclosureword", "incidents_disclosurepicture"}
MOMENT = re.compile(r"\d\d:\d\d")
CODE = re.compile(r"\b(?:[2-9A-Z]{4}-){6}[2-9A-Z]{4}\b")


@dataclass(frozen=True)
class Proxied(Demo):
    """The demo group as an operator has it behind a proxy."""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"KEEPWELL_BEHIND_PROXY": "1", "KEEPWELL_LOG_LEVEL": "INFO"}


@dataclass(frozen=True)
class Before:
    """All that was kept and logged before anybody reported."""

    rows: set[str]
    files: dict[Path, bytes]


@pytest.fixture(scope="module")
def quiet(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo group behind a server, and no worker whose own work would be mistaken for a trace."""
    folder = tmp_path_factory.mktemp("trace")
    with copied(demo, folder) as copy, served(Proxied(copy.folder, copy.database), beside=()) as site:
        yield site


def rows(demo: Demo) -> set[str]:
    """Every row of every table, as `table: values`."""
    if demo.database:
        with psycopg.connect(demo.url) as connection:
            names = [
                name
                for (name,) in connection.execute(
                    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                )
            ]
            return {f"{name}: {text}" for name in names for (text,) in connection.execute(
                pg.SQL("SELECT t::text FROM {} t").format(pg.Identifier(name)))}  # fmt: skip
    names = [name for (name,) in demo.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {f"{name}: {row}" for name in names for row in demo.rows(f'SELECT * FROM "{name}"')}  # noqa: S608


def kept(demo: Demo, *logs: Path) -> Before:
    """What is kept now: rows, files of evidence and mail, and logs."""
    found = [
        path for path in [*demo.folder.rglob("*"), *logs] if path.is_file() and "sqlite3" not in path.name
    ]
    return Before(rows(demo), {path: path.read_bytes() for path in found})


def keys_in(path: Path, keys: Path, table: str) -> list[str]:
    """The keys of the rows of a table, as they follow each other in a backup."""
    ring = [line.split(":") for line in (keys / "sealing").read_text().split()]
    with path.open("rb") as file:
        reader = PartReader(SealedReader(file, [Key(name, base64.b64decode(key)) for name, key in ring]))
        parts = {part.name: b"".join(part.content()) for part in reader.parts()}
    told = next(one for one in json.loads(parts["preface"])["tables"] if one["name"] == table)
    place = [column.name for column in Table.of(told).columns].index("id")
    return [json.loads(line)[place] for line in parts[f"table/{table}"].splitlines()]


def asked(base: str, path: str, jar: Path, *more: str) -> str:
    """What curl gets as the marked browser from the marked address."""
    done = subprocess.run(
        ["curl", "-sk", "--interface", ADDRESS, "-A", AGENT, "-e", f"https://localhost/report/?{REFERRER}", "-b", str(jar),
         "-c", str(jar), *more, base + path], capture_output=True, text=True, timeout=120)  # fmt: skip
    return done.stdout


def sent(base: str, jar: Path, path: str, *fields: str) -> str:
    """The page after a form was sent as a browser does."""
    token = TOKEN.search(asked(base, path, jar))
    assert token is not None
    form = [part for field in (f"csrfmiddlewaretoken={token[1]}", *fields) for part in ("-F", field)]
    return asked(base, path, jar, *form)


@pytest.mark.both
@pytest.mark.skipif(NGINX is None, reason="needs nginx")
class TestAReportWithoutAName:
    @pytest.fixture
    def told(self, quiet: Site, tmp_path: Path) -> Iterator[tuple[Before, Before]]:
        """What was kept before and after somebody reported, read the answer, mistyped the code and sent too much."""
        photo, jar = tmp_path / "IMG_2041.jpg", tmp_path / "jar"
        photo.write_bytes(jpeg())
        huge = tmp_path / "IMG_2041_large.jpg"
        with huge.open("wb") as file:
            file.truncate(120 << 20)
        logs = (tmp_path / "access.log", tmp_path / "error.log")
        with behind_nginx(quiet.port, tmp_path) as base:
            asked(base, "/sign-in/", jar)
            before = kept(quiet.demo, *logs)
            shot = f"photo=@{photo};type=image/jpeg"
            page = sent(
                base,
                jar,
                "/report/?lang=en",
                f"says={SAYS}",
                "site=PEN1",
                "unnamed=on",
                "reach=Marked Name",
                shot,
            )
            code = CODE.search(page)
            assert code is not None, page[:2000]
            again = sent(base, jar, "/report/answer/", f"code={code[0]}", "says=Vermilion again.", "lang=en")
            assert "Vermilion again." in again
            sent(base, jar, "/report/answer/", "code=AAAA-BBBB", "lang=en")
            assert "Too large" in sent(base, jar, "/report/?lang=en", f"says={SAYS}", f"photo=@{huge}")
            after = kept(quiet.demo, *logs)
        yield before, after

    def test_leaves_its_words_on_its_day_and_nothing_else(
        self, told: tuple[Before, Before], quiet: Site, tmp_path: Path
    ) -> None:
        before, after = told
        new = after.rows - before.rows
        tables = {row.partition(":")[0] for row in new}
        assert tables == ITS_OWN | {"incidents_codetries"}
        values = {row.partition(": ")[2] for row in new if "picture" not in row.partition(":")[0]}
        assert [row for row in values if MOMENT.search(row)] == []
        assert any(SAYS in row for row in new)
        leaks = [
            mark
            for mark in (*MARKS, "Marked Name")
            for row in new
            if mark in row or mark.encode().hex() in row
        ]
        assert leaks == []
        changed = {path.name for path, held in after.files.items() if before.files.get(path) != held}
        assert changed == set(), "no log line, no file, no mail"
        self.look_at_the_backup(quiet, tmp_path)

    def look_at_the_backup(self, quiet: Site, folder: Path) -> None:
        path = folder / "backup.keepwell"
        done = quiet.demo.keepwell("backup", str(path))
        assert done.returncode == 0, done.stderr
        tables, files = content(path, quiet.demo.folder / "keys")
        assert SAYS in json.dumps(tables["incidents_disclosure"])
        held = [
            *(row for told in tables.values() for row in told),
            *(one.decode("latin-1") for one in files.values()),
        ]
        assert [mark for mark in MARKS for row in held if mark in row] == []

    def test_tells_in_no_backup_which_came_first(self, quiet: Site, tmp_path: Path) -> None:
        with behind_nginx(quiet.port, tmp_path) as base:
            for number in range(AGAIN):
                told = (f"says={SAYS} {number}", "site=PEN1", "unnamed=on")
                page = sent(base, tmp_path / f"jar {number}", "/report/?lang=en", *told)
                assert CODE.search(page) is not None, page[:2000]
        path = tmp_path / "backup.keepwell"
        assert quiet.demo.keepwell("backup", str(path)).returncode == 0
        ids = [UUID(key) for key in keys_in(path, quiet.demo.folder / "keys", "incidents_disclosure")]
        assert len(ids) >= AGAIN
        assert ids == sorted(ids)
        assert {one.version for one in ids} == {4}, "drawn by chance, not from a clock"

    def test_takes_no_document_for_a_photo_and_keeps_nothing_of_it(self, quiet: Site, tmp_path: Path) -> None:
        """Of a Word file its author would be told, of a PDF by what it was made."""
        word, page = tmp_path / "IMG_2041.docx", tmp_path / "IMG_2041.pdf"
        written = Document()
        written.core_properties.author = "Marked Author"
        written.save(str(word))
        printed = PdfWriter()
        printed.add_blank_page(width=72, height=72)
        printed.add_metadata({"/Producer": "MarkedProducer/3"})
        printed.write(str(page))
        logs = (tmp_path / "access.log", tmp_path / "error.log")
        with behind_nginx(quiet.port, tmp_path) as base:
            asked(base, "/sign-in/", tmp_path / "jar")
            before = kept(quiet.demo, *logs)
            for file, kind in ((word, "application/msword"), (page, "application/pdf"), (word, "image/jpeg")):
                shot = f"photo=@{file};type={kind}"
                told = sent(
                    base,
                    tmp_path / "jar",
                    "/report/?lang=en",
                    f"says={SAYS}",
                    "site=PEN1",
                    "unnamed=on",
                    shot,
                )
                assert CODE.search(told) is None
                assert SAYS in told, "no word is lost"
            after = kept(quiet.demo, *logs)
        assert after == before

    def test_would_be_seen_in_the_log_of_any_other_page(self, quiet: Site, tmp_path: Path) -> None:
        with behind_nginx(quiet.port, tmp_path) as base:
            asked(base, "/sign-in/", tmp_path / "jar")
        told = (tmp_path / "access.log").read_text()
        assert [mark for mark in (ADDRESS, AGENT, REFERRER) if mark not in told] == []
