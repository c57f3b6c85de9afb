"""How the site answers a day's work at its busiest: lists, record pages and saves, a hundred a second.

`python -m benchmarks.load [SHARE]` with DATABASE_URL on a PostgreSQL server; SHARE (0..1) takes that part of the
seconds, and below 1 the small demo group. It makes a database of its own and leaves nothing behind. Requests are
sent at their moment whether earlier ones were answered or not, so that a slow answer counts with its queue.
The load generator stands beside the server on the same cores; what each took of them is told.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import cycle
from pathlib import Path
from queue import SimpleQueue
from statistics import median
from typing import Any

import psutil

RATE, SECONDS = 100, 60
AT_ONCE = 64
P95_MILLISECONDS = 300.0
PEOPLE = ("ada", "ben")
LISTS = ("/people/", "/completions/", "/certificates/", "/units/", "/people/?q=chen", "/evidence/")
# Of a hundred requests, how many are of which kind.
MIX = {"list": 45, "record": 40, "save": 15}
SAVED = ("王小明", "陳美玲", "林志豪")


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
    """The demo group, whole or small, with what it left to a worker done."""
    from tests import running

    running.create(demo.database)
    script = running.LOAD.replace("small=True", f"small={small}")
    subprocess.run([sys.executable, "-c", script], env=demo.environment, cwd=running.ROOT, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip


def put(site: Any, rate: float, seconds: float) -> tuple[Told, float, dict[str, float]]:
    """Put the mix on `site`; returns what was told, the requests a second, and the cores taken by whom."""
    ways = Ways(site)
    told, queue = Told(), SimpleQueue[tuple[float, str, Callable[[HTTPConnection], int]] | None]()
    clients = [threading.Thread(target=client, args=(site.port, queue, told)) for _ in range(AT_ONCE)]
    before, started = taken(site), time.perf_counter()
    for one in clients:
        one.start()
    for number in range(round(rate * seconds)):
        due = started + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        queue.put((due, *ways.draw()))
    for _ in clients:
        queue.put(None)
    for one in clients:
        one.join()
    spent = time.perf_counter() - started
    return (
        told,
        rate * seconds / spent,
        {who: (now - before[who]) / spent for who, now in taken(site).items()},
    )


def client(port: int, queue: Any, told: Told) -> None:
    """One connection that answers for whatever comes next."""
    connection = HTTPConnection("localhost", port, timeout=60)
    while (work := queue.get()) is not None:
        due, kind, ask = work
        try:
            status = ask(connection)
        except (OSError, HTTPException) as error:
            connection.close()
            told.failed.append(f"{kind}: {type(error).__name__}")
            continue
        told.milliseconds[kind].append((time.perf_counter() - due) * 1000)
        if status not in (200, 302):  # a list may begin with a view that somebody chose
            told.failed.append(f"{kind}: {status}")


class Ways:
    """Requests to draw from: who asks is one of three people, each signed in once."""

    def __init__(self, site: Any) -> None:
        from tests.running import Reader

        self.draws = random.Random(7)
        self.cookies, self.records = {}, {}
        for name in PEOPLE:
            reader = Reader(site)
            reader.sign_in(name)
            jar = next(h.cookiejar for h in reader.opener.handlers if hasattr(h, "cookiejar"))
            self.cookies[name] = "; ".join(f"{one.name}={one.value}" for one in jar)
        self.token = site.demo.keepwell("token", "ada").stdout.decode().strip()
        for slug in ("people", "completions", "certificates", "units"):
            self.records[slug] = [
                item["id"] for item in Reader(site).api(f"/{slug}?size=200", self.token)["items"]
            ]

        self.turns = cycle(self.records["people"])

    def draw(self) -> tuple[str, Callable[[HTTPConnection], int]]:
        """One request of the mix: its kind, and what asks for it."""
        kind = self.draws.choices(list(MIX), weights=list(MIX.values()))[0]
        if kind == "save":
            path = f"/api/people/{next(self.turns)}"
            return kind, lambda to: self._save(to, path)
        head = {"Cookie": self.cookies[self.draws.choice(PEOPLE) if kind == "list" else "ada"]}
        path = self.draws.choice(LISTS) if kind == "list" else self._record()
        return kind, lambda to: asked(to, "GET", path, None, head)

    def _save(self, to: HTTPConnection, path: str) -> int:
        """Change a person as an editor's program does: read the version, then send the change with it."""
        head = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        to.request("GET", path, None, head)
        version = json.loads(to.getresponse().read())["version"]
        body = json.dumps({"name_local": SAVED[version % len(SAVED)], "version": version})
        return asked(to, "PATCH", path, body, head)

    def _record(self) -> str:
        slug = self.draws.choice(list(self.records))
        return f"/{slug}/{self.draws.choice(self.records[slug])}/"


def asked(connection: HTTPConnection, method: str, path: str, body: str | None, head: dict[str, str]) -> int:
    """Ask, read the whole answer, and return its status."""
    connection.request(method, path, body, head)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def taken(site: Any) -> dict[str, float]:
    """Seconds of processor time so far: of the generator, of Keepwell's processes, of the database's."""
    found = {"load generator": sum(psutil.Process().cpu_times()[:2]), "Keepwell": 0.0, "PostgreSQL": 0.0}
    for process in psutil.process_iter(["name", "cmdline", "environ"]):
        ours = (process.info["environ"] or {}).get("KEEPWELL_DATA") == str(site.demo.folder)
        who = "Keepwell" if ours else "PostgreSQL" if process.info["name"] == "postgres" else ""
        if who:
            found[who] += sum(process.cpu_times()[:2])
    return found


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
