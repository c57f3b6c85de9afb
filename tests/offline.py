"""A whole day of an installation without any network: started, read page by page, its jobs done, its commands run.

Runs as a program within a network of its own that leads nowhere (`unshare --net`), and prints as JSON what came of
it: which pages answered how, how jobs ended, and how often anything tried to reach the outside. The kernel counts
what has no route (`OutNoRoutes`), whichever library and language it comes from; Python's own audit names it.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.error import HTTPError

from tests.running import PATIENCE_SECONDS, ROOT, Demo, Reader, served

MOST_PAGES = 70
LINK = re.compile(r'href="(/[^"#]*)"')
GET_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 1
LISTEN = """
import os, sys, traceback
def hear(event, told):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo"):
        where = told[0] if event == "socket.getaddrinfo" else told[1]
        house = any("/keepwell/platform/egress/" in f.filename for f in traceback.extract_stack())
        with open(os.environ["HEARD"], "a") as kept:
            kept.write(repr((event, str(where), house)) + "\\n")
sys.addaudithook(hear)
"""
ASK = """
from keepwell.platform.egress.client import Unreachable, fetch
try:
    fetch("https://9.9.9.9/")
except Unreachable:
    print("unreachable")
"""
COMMANDS = (
    ("doctor",), ("trail", "verify"), ("backup", "backup.kwb"),
    *(("outcomes", "--year", "2024", "--format", form, "--out", f"outcomes.{form}") for form in ("pdf", "pptx")),
)  # fmt: skip


def lacks() -> str:
    """Why there can be no network of a test's own; "" if there can."""
    if shutil.which("unshare") is None:
        return "needs unshare (util-linux)"
    done = subprocess.run([*alone(), "true"], capture_output=True, text=True)
    return f"may not make a network of its own: {done.stderr.strip()}" if done.returncode else ""


def alone() -> list[str]:
    """The words before a command that let it have a network of its own, which leads nowhere."""
    return ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]


def loop() -> None:
    """Let this network lead at least to the machine itself."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as plug:
        name = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(plug, GET_FLAGS, name))[1]
        fcntl.ioctl(plug, SET_FLAGS, struct.pack("16sh14x", b"lo", flags | UP))


def unrouted() -> int:
    """How often something in this network wanted to go where no way leads."""
    lines = [
        line.split()
        for line in Path("/proc/self/net/snmp").read_text().splitlines()
        if line.startswith("Ip:")
    ]
    six = re.search(r"^Ip6OutNoRoutes\s+(\d+)$", Path("/proc/self/net/snmp6").read_text(), re.M)
    return int(dict(zip(*lines, strict=True))["OutNoRoutes"]) + int(six[1] if six else 0)


@contextmanager
def overheard(folder: Path) -> Iterator[Path]:
    """Every Python process that begins inside writes down what it connects to; yields the file."""
    heard = folder / "heard"
    (folder / "ear").mkdir()
    (folder / "ear" / "sitecustomize.py").write_text(LISTEN)
    os.environ |= {"HEARD": str(heard), "PYTHONPATH": f"{folder / 'ear'}:{ROOT}"}
    heard.touch()
    yield heard


def pages(reader: Reader) -> dict[str, int]:
    """What stands behind every link, from the first page on."""
    found: dict[str, int] = {}
    waiting = ["/"]
    while waiting and len(found) < MOST_PAGES:
        path = waiting.pop(0)
        shape = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\?.*", "*", path)
        if shape in found or "sign-out" in path:
            continue
        try:
            told = reader.page(path.replace("&amp;", "&"))
        except HTTPError as error:
            found[shape] = error.code
            continue
        except UnicodeDecodeError:
            told = ""  # a file
        found[shape] = 200
        waiting += LINK.findall(told)
    return found


def jobs_done(demo: Demo) -> dict[str, str]:
    """How each kind of job ended, once none waits."""
    end = time.monotonic() + 4 * PATIENCE_SECONDS
    while time.monotonic() < end:
        rows = demo.rows("SELECT name, state, error FROM jobs_job")
        if all(state in ("done", "dead") for _name, state, _error in rows):
            break
        time.sleep(0.5)
    return {name: f"{state} {error}".strip() for name, state, error in rows}


def main(folder: Path) -> None:
    """The day, and what came of it."""
    loop()
    demo = Demo(folder, "")
    with closing(sqlite3.connect(folder / "keepwell.sqlite3")) as connection:
        # Every job of the schedule is due.
        connection.execute("DELETE FROM jobs_schedule")
        connection.execute("DELETE FROM jobs_job")
        connection.commit()
    with overheard(folder) as heard:
        with served(demo) as site:
            reader = Reader(site)
            reader.sign_in("ada")
            told = {"pages": pages(reader), "jobs": jobs_done(demo)}
        told["commands"] = {}
        for words in COMMANDS:
            done = subprocess.run([sys.executable, "-m", "keepwell.config.cli", *words], env=demo.environment | os.environ,
                                  cwd=folder, capture_output=True, text=True)  # fmt: skip
            told["commands"][words[0] + words[4] if len(words) > 4 else words[0]] = [
                done.returncode,
                done.stderr[-300:],
            ]
        told["unrouted"], told["heard"] = unrouted(), heard.read_text().splitlines()
        heard.write_text("")
        asked = subprocess.run([sys.executable, "-c", f"import django; django.setup()\n{ASK}"],
                               env=demo.environment | os.environ, cwd=ROOT, capture_output=True, text=True)  # fmt: skip
        told["control"] = [asked.stdout.strip(), unrouted(), heard.read_text().splitlines()]
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
