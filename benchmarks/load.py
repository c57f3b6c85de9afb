"""How the site answers a day's work at its busiest: lists, record pages and saves, a hundred a second.

`python -m benchmarks.load [SHARE]` with DATABASE_URL on a PostgreSQL server; SHARE (0..1) takes that part of the
seconds, and below 1 the small demo group. It makes a database of its own and leaves nothing behind. Requests are
sent at their moment whether earlier ones were answered or not, so that a slow answer counts with its queue.
The load generator stands beside the server on the same cores; what each took of them is told, and what of them was
idle or went to other guests of the host: on a rented machine that can be a third. Before it counts, the
server answers a quarter of the load for some seconds, as one that has been at work: a process that never answered has
its templates and statements to compile, and a queue that builds up then costs cores that would have answered it.

A save is one POST of a record's form, as a browser sends it, answered by the way to the record. The form it sends
was asked for just before by a GET: that is one of the record pages, and a request of the hundred like any other.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPException
from itertools import cycle
from pathlib import Path
from queue import SimpleQueue
from statistics import median
from typing import Any
from urllib.parse import urlencode

import psutil

RATE, SECONDS = 100, 60
AT_ONCE = 64
QUIET_SECONDS, FEW_ROWS = 3, 500
LOOK_SECONDS = 5
WARM_SECONDS, WARM_SHARE = 12, 0.25
P95_MILLISECONDS = 300.0
PEOPLE = ("ada", "ben")
LISTS = ("/people/", "/completions/", "/certificates/", "/units/", "/people/?q=chen", "/evidence/")
# Of a hundred requests, how many are of which kind; with each save comes a fourth kind, the form that it sends.
MIX = {"list": 45, "record": 25, "save": 15}
# A list may begin with a view that somebody chose; a save that was done leads to the record.
ANSWERED = {"list": (200, 302), "record": (200,), "form": (200,), "save": (302,)}
SAVED = ("王小明", "陳美玲", "林志豪")
Ask = Callable[[HTTPConnection], Iterator[int]]
Queue = SimpleQueue[tuple[float, tuple[str, ...], Ask] | None]


@dataclass
class Told:
    """What was measured: milliseconds by kind, and what was not answered as it should be."""

    milliseconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: list[str] = field(default_factory=list)

    def p95(self, kind: str = "") -> float:
        """The 95th percentile of one kind, or of all."""
        found = sorted(
            self.milliseconds[kind] if kind else [one for many in self.milliseconds.values() for one in many]
        )
        return found[int(len(found) * 0.95)] if found else 0.0


def main(share: float = 1.0) -> int:
    """Measure, print, and answer 1 if a bar is missed."""
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        print("NOT RUN: the load is put on PostgreSQL only.")
        return 0
    from tests import running

    with tempfile.TemporaryDirectory() as folder:
        demo = as_in_production(Path(folder) / "data", f"keepwell_load_{os.getpid()}")
        try:
            load(demo, small=share < 1)
            with running.served(demo) as site:
                settle(demo)
                put(site, RATE * WARM_SHARE, WARM_SECONDS)
                return report(*put(site, RATE, SECONDS * share))
        finally:
            running.put_away(demo)


def as_in_production(folder: Path, database: str) -> Any:
    """The demo group behind a server process for each core."""
    from tests import running

    class Served(running.Demo):
        @property
        def environment(self) -> dict[str, str]:
            return super().environment | {"KEEPWELL_WORKERS": str(os.cpu_count() or 1)}

    return Served(folder, database)


def load(demo: Any, *, small: bool) -> None:
    """The demo group, whole or small, with what it left to a worker done, on a server that has tidied up after it as one
    in production does by itself; where that is off all would be slow by far, and measured would be nothing but that."""
    import psycopg

    from tests import running

    running.create(demo.database)
    script = running.LOAD.format(small=small)
    subprocess.run([sys.executable, "-c", script], env=demo.environment, cwd=running.ROOT, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    with psycopg.connect(demo.url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")


def settle(demo: Any) -> None:
    """Wait until the worker has done what is due each day and each hour, and has sealed the trail of all that came in at
    once: all of it is due when it begins for the first time, and takes a core that it does not take in a day's work."""
    quiet = 0
    while quiet < QUIET_SECONDS:
        time.sleep(1)
        due, at_work, unsealed = demo.rows(
            "SELECT (SELECT count(*) FROM jobs_schedule WHERE due_at <= now()) + (SELECT 1 - count(*) FROM jobs_schedule"
            " WHERE name = 'notices.remind'), (SELECT count(*) FROM jobs_job WHERE name <> 'notices.send'"
            " AND (state = 'running' OR state = 'queued' AND run_after <= now())),"
            " (SELECT count(*) FROM history_change WHERE leaf IS NULL)"
        )[0]
        quiet = 0 if due or at_work or unsealed >= FEW_ROWS else quiet + 1


def put(site: Any, rate: float, seconds: float) -> tuple[Told, float, dict[str, float]]:
    """Put the mix on `site`; returns what was told, the requests a second, and the cores taken by whom."""
    ways = Ways(site)
    told, queue = Told(), Queue()
    clients = [threading.Thread(target=client, args=(site.port, queue, told)) for _ in range(AT_ONCE)]
    cores, started = Cores(site), time.perf_counter()
    for one in clients:
        one.start()
    asked = 0
    while asked < rate * seconds:
        due = started + asked / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        kinds, ask = ways.draw()
        queue.put((due, kinds, ask))
        asked += len(kinds)
    for _ in clients:
        queue.put(None)
    for one in clients:
        one.join()
    spent = time.perf_counter() - started
    return told, asked / spent, cores.taken()


def client(port: int, queue: Queue, told: Told) -> None:
    """One connection that sends whatever comes next; a save begins when its form was answered."""
    connection = HTTPConnection("localhost", port, timeout=60)
    while (work := queue.get()) is not None:
        due, kinds, ask = work
        answers = ask(connection)
        for kind in kinds:
            try:
                status = next(answers)
            except (OSError, HTTPException, StopIteration) as error:
                connection.close()
                told.failed.append(f"{kind}: {type(error).__name__}")
                break
            told.milliseconds[kind].append((time.perf_counter() - due) * 1000)
            due = time.perf_counter()
            if status not in ANSWERED[kind]:
                told.failed.append(f"{kind}: {status}")


class Ways:
    """Requests to draw from: who asks is one of three people, each signed in once."""

    def __init__(self, site: Any) -> None:
        from tests.running import Reader

        self.draws, self.origin = random.Random(7), site.url
        self.cookies, self.records = {}, {}
        for name in PEOPLE:
            reader = Reader(site)
            reader.sign_in(name)
            jar = next(h.cookiejar for h in reader.opener.handlers if hasattr(h, "cookiejar"))
            self.cookies[name] = "; ".join(f"{one.name}={one.value}" for one in jar)
        token = site.demo.keepwell("token", "ada").stdout.decode().strip()
        for slug in ("people", "completions", "certificates", "units"):
            self.records[slug] = [
                item["id"] for item in Reader(site).api(f"/{slug}?size=200", token)["items"]
            ]

        self.turns = cycle(self.records["people"])

    def draw(self) -> tuple[tuple[str, ...], Ask]:
        """What comes next of the mix: its kinds, one for each request, and what sends them."""
        kind = self.draws.choices(list(MIX), weights=list(MIX.values()))[0]
        if kind == "save":
            path = f"/people/{next(self.turns)}/edit/"
            return ("form", "save"), lambda to: self._save(to, path)
        head = {"Cookie": self.cookies[self.draws.choice(PEOPLE) if kind == "list" else "ada"]}
        path = self.draws.choice(LISTS) if kind == "list" else self._record()
        return (kind,), lambda to: self._read(to, path, head)

    def _read(self, to: HTTPConnection, path: str, head: dict[str, str]) -> Iterator[int]:
        yield asked(to, "GET", path, None, head)[0]

    def _save(self, to: HTTPConnection, path: str) -> Iterator[int]:
        """Ask for the form of a person, change the name in their own script, and send it."""
        head = {"Cookie": self.cookies["ada"]}
        status, page = asked(to, "GET", path, None, head)
        yield status
        form = Form(page)
        form.values["name_local"] = SAVED[int(form.values["version"]) % len(SAVED)]
        head |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin}
        yield asked(to, "POST", path, urlencode(form.values), head)[0]

    def _record(self) -> str:
        slug = self.draws.choice(list(self.records))
        return f"/{slug}/{self.draws.choice(self.records[slug])}/"


class Form(HTMLParser):
    """What a browser would send of the form of a record: `values` by name, as the page has them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.is_inside, self.choice, self.text = False, "", ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        name, value = told.get("name") or "", told.get("value") or ""
        if tag == "form":
            self.is_inside = "kw-form" in (told.get("class") or "")
        elif not self.is_inside:
            return
        elif tag == "input" and name and (told.get("type") != "checkbox" or "checked" in told):
            self.values[name] = value
        elif tag == "select":
            self.choice, self.values[name] = name, ""
        elif tag == "option" and "selected" in told:
            self.values[self.choice] = value
        elif tag == "textarea":
            self.text, self.values[name] = name, ""

    def handle_data(self, data: str) -> None:
        if self.text:
            self.values[self.text] += data

    def handle_endtag(self, tag: str) -> None:
        self.text = "" if tag == "textarea" else self.text


def asked(
    connection: HTTPConnection, method: str, path: str, body: str | None, head: dict[str, str]
) -> tuple[int, str]:
    """Ask, read the whole answer, and return its status with what it says."""
    connection.request(method, path, body, head)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


class Cores:
    """The cores taken from now on: by the generator, by Keepwell's processes, by the database's. A process that ends
    meanwhile counts as far as it was last looked at; those of PostgreSQL end with their connections."""

    def __init__(self, site: Any) -> None:
        self.site, self.started = site, time.perf_counter()
        self.before, self.whole = dict(self._seconds()), psutil.cpu_times()
        self.latest, self.over = dict(self.before), threading.Event()
        self.looking = threading.Thread(target=self._look)
        self.looking.start()

    def taken(self) -> dict[str, float]:
        """By whom, as a mean since the beginning; 1.0 is one core."""
        found = {"load generator": 0.0, "Keepwell": 0.0, "PostgreSQL": 0.0}
        self.over.set()
        self.looking.join()
        spent = time.perf_counter() - self.started
        for one, seconds in (self.latest | dict(self._seconds())).items():
            found[one[0]] += (seconds - self.before.get(one, 0.0)) / spent
        whole = psutil.cpu_times()
        for who, kinds in (("nobody", ("idle", "iowait")), ("other guests of the host", ("steal",))):
            found[who] = (
                sum(getattr(whole, kind, 0.0) - getattr(self.whole, kind, 0.0) for kind in kinds) / spent
            )
        return found

    def _look(self) -> None:
        while not self.over.wait(LOOK_SECONDS):
            self.latest |= dict(self._seconds())

    def _seconds(self) -> Iterator[tuple[tuple[str, int, float], float]]:
        """Processor time so far of each process that counts, by who it is."""
        folder = str(self.site.demo.folder)
        for process in psutil.process_iter(["name", "environ", "create_time", "cpu_times"]):
            told = process.info
            ours = (told["environ"] or {}).get("KEEPWELL_DATA") == folder
            who = "Keepwell" if ours else "PostgreSQL" if told["name"] == "postgres" else ""
            who = "load generator" if process.pid == os.getpid() else who
            if who and told["cpu_times"]:
                yield (who, process.pid, told["create_time"]), sum(told["cpu_times"][:2])


def report(told: Told, rate: float, cores: dict[str, float]) -> int:
    """Print what was measured; 1 if the bar is missed."""
    print(f"{rate:.0f} requests/s of {RATE} sent, p95 {told.p95():.0f} ms, {len(told.failed)} failed")
    for kind, found in sorted(told.milliseconds.items()):
        print(f"  {kind:<8} {len(found):6d}   median {median(found):6.0f} ms   p95 {told.p95(kind):6.0f} ms")
    print("  cores taken: " + ", ".join(f"{who} {share:.2f}" for who, share in cores.items()))
    for one in sorted(set(told.failed)):
        print(f"  {told.failed.count(one)} x {one}")
    return int(told.p95() > P95_MILLISECONDS or rate < RATE * 0.95 or bool(told.failed))


if __name__ == "__main__":
    raise SystemExit(main(*map(float, sys.argv[1:2])))
