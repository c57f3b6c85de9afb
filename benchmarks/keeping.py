"""How long a backup, a drill and a restore take, with 110,000 people, a million rows of the trail and evidence beside.

`python -m benchmarks.keeping [SHARE]` on the embedded database, with DATABASE_URL on that server; SHARE (0..1) takes
only that part of people, rows and files. Each is a command of its own on a data folder of its own, as an operator runs
it, on as many cores as there are; nothing is left behind. There is no bar: what it tells is what an operator reckons the
way back by. A file of evidence is what no program can make smaller, as pictures and PDF files are.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

PEOPLE, ROWS = 110_000, 1_000_000
FILES, FILE_BYTES = 1_000, 1_000_000
AT_ONCE = 5_000
START = date(2020, 1, 1)
MEGABYTE = 1_000_000
FILL = "from keepwell.config.cli import set_up; set_up(); from benchmarks.keeping import fill; fill({share})"
LIMITS = {"KEEPWELL_EVIDENCE_UNIT_MB": "0", "KEEPWELL_EVIDENCE_PERSON_MB": "0", "KEEPWELL_EVIDENCE_PERSON_FILES": "0",
          "KEEPWELL_BACKUP_KEY": "YmVuY2htYXJrcyBrbm93IG5vIHNlY3JldHMgYXQgYWw="}  # fmt: skip


def main(share: float = 1.0) -> int:
    """Measure and print."""
    from tests import running
    from tests.machine import on_postgresql

    with tempfile.TemporaryDirectory() as folder:
        where = running.Demo(
            Path(folder) / "data", f"keepwell_keeping_{os.getpid()}" if on_postgresql() else ""
        )
        back = running.Demo(Path(folder) / "back", where.database and f"{where.database}_back")
        try:
            running.fill(where, "-c", FILL.format(share=share))
            report(where, back, Path(folder) / "reference.kwb")
        finally:
            running.put_away(where)
            running.put_away(back)
    return 0


def report(where: Any, back: Any, path: Path) -> None:
    """Print how long each command took, and what it went through."""
    from tests import running

    rows = sum(
        count for (count,) in where.rows("SELECT count(*) FROM history_change UNION ALL SELECT count(*) FROM people_person")
    )  # fmt: skip
    seconds = {"backup": timed(where, "backup", str(path))}
    seconds["restore --check"] = timed(where, "restore", "--check", str(path))
    back.folder.mkdir()
    (where.folder / "keys").rename(back.folder / "keys")
    if back.database:
        running.create(back.database)
    seconds["restore"] = timed(back, "restore", str(path))
    seconds["trail verify"] = timed(back, "trail", "verify")
    kept = sum(one.stat().st_size for one in (back.folder / "evidence").rglob("*") if one.is_file())
    size = path.stat().st_size
    print(
        f"{'PostgreSQL' if where.database else 'SQLite'}: {rows:,} rows of people and trail, {kept / MEGABYTE:,.0f} MB"
        f" of evidence; the file has {size / MEGABYTE:,.0f} MB"
    )
    for name, spent in seconds.items():
        print(f"  {name:<20} {spent:8.1f} s   {rows / spent:10,.0f} rows/s")


def timed(where: Any, *command: str) -> float:
    """Seconds that a command of Keepwell takes from its start to its end."""
    from tests import running

    begin = perf_counter()
    done = subprocess.run([*running.KEEPWELL, *command], env=where.environment | LIMITS, cwd=running.ROOT,
                          capture_output=True, text=True)  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr or done.stdout}")
    return perf_counter() - begin


def fill(share: float) -> None:
    """People by the same way as an import, changed as often as there are to be rows of the trail; files as somebody
    attaches them, and all of it sealed."""
    from benchmarks.metrics import build_units
    from keepwell.platform.history import sequencer
    from keepwell.platform.history.acting import Machine, acting
    from keepwell.platform.history.bulk import create_all, update_all
    from keepwell.platform.keeping import steps
    from keepwell.platform.people.models import Grant, Person

    os.environ.update(LIMITS)
    steps.bring_up_to_date()
    places, people = build_units(), round(PEOPLE * share)
    with acting(Machine("the benchmark"), "person.import"):
        for part in parts(people):
            create_all([
                Person(number=f"B{n:07}", name=f"Ada Chen {n % 977}", name_local=f"陳小{n % 977}", unit=places[n % len(places)],
                       mail=f"b{n}@meridian.example", unit_since=START, employed_from=START) for n in part
            ])  # fmt: skip
        told = people
        while told < ROWS * share:
            for part in parts(min(people, round(ROWS * share) - told)):
                found = list(Person.objects.order_by("number")[part.start : part.stop])
                for one in found:
                    one.name_local = f"{one.name_local[:2]}{told}"
                told += update_all(found)
        keeper = Person.objects.order_by("number")[0]
        Grant(person=keeper, role="administrator", unit=places[0].parent.parent.parent, since=START).save()
    for number in range(round(FILES * share)):
        attach(keeper, places[number % len(places)], number)
    sequencer.seal()


def parts(count: int) -> Iterator[range]:
    """0 to `count`, so many at a time."""
    for begin in range(0, count, AT_ONCE):
        yield range(begin, min(count, begin + AT_ONCE))


def attach(keeper: Any, place: Any, number: int) -> None:
    """A file that is like no other."""
    from keepwell.platform.evidence import intake, rules

    content = b"".join([b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", os.urandom(FILE_BYTES)])
    with intake.taken([intake.Incoming(f"wall {number}.jpg", [content])]) as files:
        rules.attach(rules.Facts(f"Wall {number}", place), by=keeper, files=files, links=[])


if __name__ == "__main__":
    raise SystemExit(main(*map(float, sys.argv[1:2])))
