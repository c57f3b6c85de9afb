"""The day of a surge: 300 people in the room of one incident while 20 entries a second are written, and 5,000 reports.

`python -m benchmarks.surge [SHARE]` with DATABASE_URL on a PostgreSQL server; SHARE (0..1) takes that part of the
seconds, the reports and the other incidents, not of the people. It makes a database of its own and leaves nothing
behind. The server runs as in operation, a process for each core with a worker beside it; the generator stands on the
same cores, and what each took of them is told. Entries and reports are sent at their moment whether earlier ones were
answered or not. Every screen asks as the page tells a browser to, and takes in what it is answered; three of four
entries come by the page, one by the API. The reports of an hour come in a fifth of one, all from one address.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.load import Cores, settle

PEOPLE, UPDATES, SECONDS = 300, 20, 120
REPORTS, FASTER = 5_000, 5
OPENED_IN = 60
P95_MILLISECONDS, SHOWN_SECONDS = 300.0, 2.0
REPORT_MILLISECONDS = 500.0
EVERY = 1.2
SETTLED_SECONDS = 5
ASKS = re.compile(rb'id="pulse" hx-get="([^"]+)"')
SIGN = re.compile(rb'name="beat" value="([^"]+)"')
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="(\w+)"')
UPDATE = re.compile(rb"Update (\d{6})\.")
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.I)
COOKIE = re.compile(rb"\r\nset-cookie: ([^;\r]+)", re.I)
FORM = "Content-Type: application/x-www-form-urlencoded"


def main(share: float = 1.0) -> int:
    """Measure, print, and answer 1 if a bar is missed."""
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        print("NOT RUN: the surge is put on PostgreSQL only.")
        return 0
    from tests import running

    with tempfile.TemporaryDirectory() as folder:
        demo = as_in_operation(Path(folder) / "data", f"keepwell_surge_{os.getpid()}")
        try:
            crowd = filled(demo, share)
            print(f"PostgreSQL: {crowd['told']}")
            with running.served(demo) as site:
                settle(demo)
                signed_in_anew(demo)
                # They were told, and wrote, long ago.
                demo.rows("UPDATE notices_letter SET state = 'sent' WHERE state = 'waiting' RETURNING id")
                missed = report_room(site, demo, crowd, asyncio.run(Room(site, crowd).lived(SECONDS * share)))
                missed += asyncio.run(reported(site, demo, crowd, round(REPORTS * share)))
        finally:
            running.put_away(demo)
    return int(bool(missed))


def signed_in_anew(demo: Any) -> None:
    """Let everybody be signed in just now: the day's work before may have taken longer than a session may be idle."""
    command = [sys.executable, "-m", "benchmarks._crowd", "anew"]
    subprocess.run(command, env=demo.environment, check=True)


def as_in_operation(folder: Path, database: str) -> Any:
    """A place to run Keepwell: no demo group, the clock of the system, a server process for each core."""
    from tests import running

    class Served(running.Demo):
        @property
        def environment(self) -> dict[str, str]:
            left = ("KEEPWELL_DEMO", "KEEPWELL_DEMO_PASSWORD", "KEEPWELL_NOW")
            kept = {name: value for name, value in super().environment.items() if name not in left}
            mail = self.folder / "mail"
            return kept | {"KEEPWELL_WORKERS": str(os.cpu_count() or 1), "KEEPWELL_MAIL_URL": mail.as_uri()}

    folder.mkdir(parents=True)
    return Served(folder, database)


def filled(demo: Any, share: float) -> dict[str, Any]:
    """What the database holds, and the people who are signed in."""
    from tests import running

    running.create(demo.database)
    command = [sys.executable, "-m", "benchmarks._crowd", str(PEOPLE), str(share)]
    done = subprocess.run(command, env=demo.environment, cwd=running.ROOT, check=True, capture_output=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@dataclass
class Told:
    """What was measured: milliseconds by kind, what was not answered as it should be, and the cores taken by whom."""

    milliseconds: dict[str, list[float]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    cores: dict[str, float] = field(default_factory=dict)
    lags: list[float] = field(default_factory=list)
    answered: int = 0
    unseen: int = 0

    def note(self, kind: str, began: float, status: int, expected: tuple[int, ...]) -> bool:
        """Keep how long it took; whether the answer was one that was expected."""
        self.milliseconds.setdefault(kind, []).append((time.perf_counter() - began) * 1000)
        if status not in expected:
            self.failed.append(f"{kind}: {status}")
        return status in expected


def at_share(found: list[float], share: float) -> float:
    """The value below which that share of `found` lies; 0 if there are none."""
    return sorted(found)[min(len(found) - 1, int(len(found) * share))] if found else 0.0


class Connection:
    """One connection that is kept, with the cookies of one browser."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self.port, self.cookies = port, dict([cookie.split("=", 1)]) if cookie else {}
        self.reader: Any = None
        self.writer: Any = None

    async def ask(self, method: str, path: str, body: str = "", *heads: str) -> tuple[int, bytes]:
        """Status and body of an answer; a connection that the server closed while it lay idle is opened anew."""
        if self.writer is None or self.writer.is_closing() or self.reader.at_eof():
            self.close()
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 22)
        sent = body.encode()
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: localhost:{self.port}",
            f"Content-Length: {len(sent)}",
            *heads,
        ]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + sent)
        head = await self.reader.readuntil(b"\r\n\r\n")
        for told in COOKIE.findall(head):
            name, _is, value = told.decode().partition("=")
            self.cookies[name] = value
        length = LENGTH.search(head)
        return int(head[9:12]), await self.reader.readexactly(int(length[1])) if length else b""

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()


class Screen:
    """One person's room, open in a browser."""

    def __init__(self, room: Room, person: dict[str, Any]) -> None:
        self.room, self.person = room, person
        self.polls = Connection(room.site.port, person["cookie"])
        self.address = self.mark = self.token = ""
        self.seen: set[int] = set()

    async def open(self) -> None:
        """Ask for the whole room."""
        began = time.perf_counter()
        status, page = await self.polls.ask("GET", f"/incidents/{self.room.incident}/room/")
        if not self.room.told.note("room", began, status, (200,)):
            raise RuntimeError(f"The room answered {status}.")
        self.take(page)
        token = TOKEN.search(page)
        self.token = token[1].decode() if token else ""

    async def watch(self) -> None:
        """Ask what is new until the end, again and again."""
        while not self.room.is_over:
            await asyncio.sleep(EVERY)
            began = time.perf_counter()
            status, page = await self.polls.ask(
                "GET", self.address, "", "HX-Request: true", "X-Unattended: 1"
            )
            self.room.told.note("poll with news" if page else "poll without news", began, status, (200, 204))
            if status == 200:
                self.take(page)
        self.polls.close()

    def take(self, page: bytes) -> None:
        """Show what was answered."""
        asks, sign = ASKS.search(page), SIGN.search(page)
        if asks and sign:
            self.address, self.mark = unescape(asks[1].decode()), unescape(sign[1].decode())
        now = time.perf_counter()
        for number in {int(one) for one in UPDATE.findall(page)} - self.seen:
            self.seen.add(number)
            self.room.shown(number, now)


class Room:
    """The room of one incident with all who look at it, and what is written there."""

    def __init__(self, site: Any, crowd: dict[str, Any]) -> None:
        self.site, self.incident, self.told = site, crowd["room"], Told()
        self.screens = [Screen(self, one) for one in crowd["people"]]
        self.began: dict[int, float] = {}
        self.sent: set[int] = set()
        self.sights: dict[int, int] = {}
        self.is_over, self.draw = False, random.Random(300)
        self.spare: list[Connection] = []

    async def lived(self, seconds: float, *, rate: float = UPDATES, opening: float = OPENED_IN) -> Told:
        """Let everybody come in within `opening` seconds, and entries be written, `rate` a second for so long."""
        watching = []
        for screen in self.screens:
            watching.append(asyncio.create_task(self.opened(screen)))
            await asyncio.sleep(opening / len(self.screens))
        while any(not screen.address for screen in self.screens):
            for one in watching:
                if one.done():
                    one.result()
            await asyncio.sleep(0.1)
        cores, started = Cores(self.site), time.perf_counter()
        sending = [asyncio.create_task(one) async for one in self.turns(started, seconds, rate)]
        await asyncio.gather(*sending)
        self.told.cores = cores.taken()
        await asyncio.sleep(SETTLED_SECONDS)
        self.is_over = True
        await asyncio.gather(*watching)
        self.told.answered = len(self.sent)
        self.told.unseen = sum(len(self.screens) - self.sights.get(number, 0) for number in self.sent)
        return self.told

    async def opened(self, screen: Screen) -> None:
        await screen.open()
        await screen.watch()

    async def turns(
        self, started: float, seconds: float, rate: float
    ) -> AsyncIterator[Coroutine[Any, Any, None]]:
        """Each entry at its moment."""
        writers = [screen for screen in self.screens if screen.person["writes"]]
        programs = [screen for screen in writers if screen.person["token"]]
        for number in range(round(rate * seconds)):
            await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
            by_program = number % 4 == 3
            send = self.by_program if by_program else self.by_page
            yield send(self.draw.choice(programs if by_program else writers), number)

    async def by_page(self, screen: Screen, number: int) -> None:
        """Write an entry as the form does."""
        body = urlencode({"csrfmiddlewaretoken": screen.token, "beat": screen.mark, "says": f"Update {number:06d}.",
                          "kind": "observed"})  # fmt: skip
        origin = f"Origin: {self.site.url}"
        path = f"/incidents/{self.incident}/room/"
        async with self.connection(screen.polls.cookies) as connection:
            began = self.began[number] = time.perf_counter()
            status, page = await connection.ask("POST", path, body, FORM, origin, "HX-Request: true")
        if self.told.note("entry by the page", began, status, (200,)) and b"enter-wrong" not in page:
            self.sent.add(number)
            screen.take(page)

    async def by_program(self, screen: Screen, number: int) -> None:
        """Write an entry as a program does."""
        body, path = json.dumps({"says": f"Update {number:06d}."}), f"/api/incidents/{self.incident}/enter"
        heads = ("Content-Type: application/json", f"Authorization: Bearer {screen.person['token']}")
        async with self.connection({}) as connection:
            began = self.began[number] = time.perf_counter()
            status, _answer = await connection.ask("POST", path, body, *heads)
        if self.told.note("entry by the API", began, status, (200,)):
            self.sent.add(number)

    @asynccontextmanager
    async def connection(self, cookies: dict[str, str]) -> AsyncIterator[Connection]:
        """A connection that nobody uses at the moment."""
        found = self.spare.pop() if self.spare else Connection(self.site.port)
        found.cookies = dict(cookies)
        try:
            yield found
        finally:
            self.spare.append(found)

    def shown(self, number: int, at: float) -> None:
        """An entry came onto one more screen; one that was there before is none of ours."""
        if number not in self.began:
            return
        self.sights[number] = self.sights.get(number, 0) + 1
        self.told.lags.append(at - self.began[number])


def report_room(site: Any, demo: Any, crowd: dict[str, Any], told: Told) -> list[str]:
    """Print what was measured in the room; the bars that were missed."""
    kept = demo.rows(
        "SELECT count(DISTINCT says) FROM incidents_timelineentry WHERE says LIKE 'Update %' AND is_latest"
    )[0][0]
    lost = told.answered - kept
    entries = [ms for kind, found in told.milliseconds.items() if kind.startswith("entry") for ms in found]
    print(
        f"{len(crowd['people'])} people, {told.answered} entries: {lost} lost, {told.unseen} not seen on a screen"
    )
    print_times(told)
    print(f"  from sending an entry to a screen: median {at_share(told.lags, 0.5):.2f} s, p95 {at_share(told.lags, 0.95):.2f} s,"
          f" longest {max(told.lags, default=0):.2f} s   (at most {SHOWN_SECONDS:g} s)")  # fmt: skip
    bars = {
        "entries p95": at_share(entries, 0.95) <= P95_MILLISECONDS, "nothing lost": lost == 0 and told.unseen == 0,
        "on every screen in time": max(told.lags, default=0) <= SHOWN_SECONDS, "all answered": not told.failed,
    }  # fmt: skip
    return missed(bars)


def print_times(told: Told) -> None:
    """Print how long answers took, and who took which part of the cores."""
    for kind, found in sorted(told.milliseconds.items()):
        print(f"  {kind:<20} {len(found):6d}   median {at_share(found, 0.5):6.0f} ms   p95 {at_share(found, 0.95):6.0f} ms"
              f"   longest {max(found):6.0f} ms")  # fmt: skip
    shares = ", ".join(f"{who} {share:.2f}" for who, share in told.cores.items())
    print(f"  cores taken: {shares}; load {os.getloadavg()[0]:.1f}")
    for one in sorted(set(told.failed)):
        print(f"  {told.failed.count(one)} x {one}")


def missed(bars: dict[str, bool]) -> list[str]:
    """The names of bars that were missed, printed."""
    found = [name for name, is_kept in bars.items() if not is_kept]
    if found:
        print(f"  MISSED: {', '.join(found)}")
    return found


async def reported(site: Any, demo: Any, crowd: dict[str, Any], count: int) -> list[str]:
    """Send so many reports from one address; what became of them, and the bars that were missed."""
    told, rate = Told(), REPORTS * FASTER / 3600
    cores, started = Cores(site), time.perf_counter()
    spare: list[Connection] = []

    async def send(number: int) -> None:
        connection = spare.pop() if spare else Connection(site.port)
        connection.cookies = {}
        site_code = crowd["sites"][number % len(crowd["sites"])]
        began = time.perf_counter()
        status, page = await connection.ask("GET", f"/report/at/{site_code.lower()}/")
        token = TOKEN.search(page)
        if told.note("report page", began, status, (200,)) and token:
            body = urlencode({"csrfmiddlewaretoken": token[1].decode(), "says": f"Report {number:05d}: screens ask for money.",
                              "site": site_code, "ongoing": "yes"})  # fmt: skip
            began = time.perf_counter()
            status, _page = await connection.ask(
                "POST", "/report/", body, FORM, f"Origin: {site.url}", "X-Forwarded-For: 203.0.113.7"
            )
            told.answered += told.note("report", began, status, (200,))
        spare.append(connection)

    sending = []
    for number in range(count):
        await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
        sending.append(asyncio.create_task(send(number)))
    await asyncio.gather(*sending)
    spent = time.perf_counter() - started
    told.cores = cores.taken()
    return report_reports(demo, told, count, spent)


def report_reports(demo: Any, told: Told, count: int, spent: float) -> list[str]:
    """Print what became of the reports; the bars that were missed."""
    kept = demo.rows("SELECT count(*) FROM incidents_report WHERE says LIKE 'Report %'")[0][0]
    owed = demo.rows("SELECT count(*) FROM todos_debt WHERE record_type = 'incidents.report'")[0][0]
    letters = dict(demo.rows("SELECT state, count(*) FROM notices_letter GROUP BY state"))
    print(f"{count} reports from one address in {spent:.0f} s: {told.answered} answered, {kept} kept,"
          f" {owed} owed to be looked at; letters {letters}")  # fmt: skip
    print_times(told)
    bars = {
        "every report kept": kept == count == told.answered, "every report owed": owed == count,
        "reports p95": at_share(told.milliseconds.get("report", []), 0.95) <= REPORT_MILLISECONDS,
    }  # fmt: skip
    return missed(bars)


if __name__ == "__main__":
    raise SystemExit(main(*map(float, sys.argv[1:2])))
