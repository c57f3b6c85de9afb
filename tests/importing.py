"""What an importer of the tests is, and what must be so when the server is killed while it brings something in."""

from __future__ import annotations

import csv
import io
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol
from urllib.request import Request, urlopen
from uuid import UUID

from tests.running import PATIENCE_SECONDS, Demo, Site
from tests.test_outages import Answer, ask

BORDER = "the-border-of-the-test"
CYCLE, VERSION = "CSF 2025", "nist-csf-2.0"
Row = Sequence[object]


class Server(Protocol):
    """Answers at a site until it is killed."""

    site: Site

    def kill(self) -> None:
        """End it in the middle of whatever it does."""


@dataclass(frozen=True)
class House:
    """The demo group behind a server that may be killed, a token of Ada's, and one of a machine that tells who is employed."""

    server: Server
    ada: str
    machine: str = ""

    @property
    def demo(self) -> Demo:
        return self.server.site.demo

    def send(self, path: str, body: Any, kind: str = "application/json", *, token: str = "") -> Answer:
        """The answer to what is sent; status 0 if the server went away."""
        return ask(self.server.site, token or self.ada, "POST", path, body, kind=kind)

    def form(self, path: str, fields: Mapping[str, str], *files: tuple[str, bytes]) -> Answer:
        """The answer to a form with files."""
        parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
        parts += [f'name="file"; filename="{name}"\r\n\r\n'.encode() + content for name, content in files]
        body = b"".join(
            f"--{BORDER}\r\nContent-Disposition: form-data; ".encode() + part + b"\r\n" for part in parts
        )
        return self.send(path, body + f"--{BORDER}--\r\n".encode(), f"multipart/form-data; boundary={BORDER}")

    def read(self, path: str) -> bytes:
        """What stands at `path`."""
        asked = Request(f"{self.server.site.url}{path}", headers={"Authorization": f"Bearer {self.ada}"})
        with urlopen(asked, timeout=PATIENCE_SECONDS) as answer:
            return bytes(answer.read())

    def one(self, sql: str) -> Any:
        """The one value that SQL gives."""
        ((value,),) = self.demo.rows(sql)
        return value

    def id(self, sql: str) -> UUID:
        """The one id that SQL gives."""
        return UUID(str(self.one(sql)))

    @property
    def codes(self) -> list[str]:
        """The requirements that the present cycle asks."""
        asked = f"""SELECT n.code FROM frameworks_node n JOIN frameworks_version v ON v.id = n.framework_version_id
        WHERE v.code = '{VERSION}' AND n.is_scored AND n.retired_at IS NULL ORDER BY n.code"""
        return [code for (code,) in self.demo.rows(asked)]

    @property
    def cycle(self) -> UUID:
        """The present cycle."""
        return self.id(f"SELECT id FROM assessment_cycle WHERE name = '{CYCLE}'")


class Importer:
    """Takes the records of one round in: all or none of them, unless `is_by_row`."""

    name: ClassVar[str]
    kind: ClassVar[str]
    count: ClassVar[int] = 100
    is_by_row: ClassVar[bool] = False
    """Each row is a deed of its own: some may be in, each of them whole."""
    again: ClassVar[frozenset[int]] = frozenset({200})
    """What the same may be answered when it is sent again; empty: whoever got no answer looks first."""

    def prepare(self, house: House, number: int) -> None:
        """Have everything ready that round `number` sends."""

    def send(self, house: House, number: int) -> Answer:
        """Send what round `number` brings."""
        raise NotImplementedError

    def records(self, number: int) -> str:
        """SQL for the records of that round: `id`, `version`, and the `name` of which there is one each."""
        raise NotImplementedError

    def check(self, house: House, number: int) -> None:
        """Look at what belongs to the records that are there."""

    def found(self, house: House, number: int) -> tuple[int, int, int]:
        """How many rows are there, how many different ones, and of how many the trail tells the present version."""
        told = f"""SELECT count(*), count(DISTINCT found.name), count(DISTINCT told.record_id) FROM ({self.records(number)}) found
        LEFT JOIN history_change told ON told.record_type = '{self.kind}' AND told.kind = 'change'
        AND told.record_id = found.id AND told.version = found.version"""
        ((there, different, changes),) = house.demo.rows(told)
        return there, different, changes

    @property
    def whole(self) -> tuple[int, int, int]:
        return self.count, self.count, self.count


def table(heads: Row, rows: Iterable[Row]) -> bytes:
    """A CSV file."""
    out = io.StringIO()
    csv.writer(out).writerows([heads, *rows])
    return out.getvalue().encode()


def killed(house: House, importer: Importer, number: int, *, after: float) -> Answer:
    """What somebody is answered when the server is killed so many seconds after they sent something."""
    answers: list[Answer] = []
    hand = threading.Thread(target=lambda: answers.append(importer.send(house, number)))
    hand.start()
    time.sleep(after)
    house.server.kill()
    hand.join(PATIENCE_SECONDS)
    return answers[0]


def look(house: House, importer: Importer, number: int, told: Answer) -> None:
    """What is there is whole, and what was acknowledged is there."""
    found = importer.found(house, number)
    assert len(set(found)) == 1, f"records, or rows of the trail, are lost or doubled: {found}"
    assert importer.is_by_row or found[0] in (0, importer.count), f"a part of it is in: {found}"
    assert told.status not in (200, 201) or found == importer.whole, "what was acknowledged is lost"
    importer.check(house, number)


def send_again(house: House, importer: Importer, number: int) -> None:
    """The same once more brings what is missing, and nothing twice."""
    was_in = importer.found(house, number) == importer.whole
    if not was_in or importer.again:
        told = importer.send(house, number)
        assert told.status in (importer.again if was_in else (200, 201)), told.text
    assert importer.found(house, number) == importer.whole, "it does not all come in"
    importer.check(house, number)
