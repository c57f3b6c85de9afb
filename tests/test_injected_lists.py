"""T19: sqlmap finds no parameter of a list that becomes part of a statement, and no answer that is a fault, on the
database of the run; a server of the test whose list takes any order is found in the same run, as a control."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import psycopg
import pytest

from tests.machine import rounds
from tests.running import Demo, Site

OPENAPI = Path(__file__).with_name("openapi.json")
FEW = {"/api/people": {"q", "sort", "unit"}, "/api/search": {"q"}, "/api/trail": {"act"}}
"""What is tried where not everything is: names of lists and of their parameters."""
PROGRAM = Path(sys.executable).with_name("sqlmap")
OPTIONS = ["--batch", "--level", "2", "--risk", "1", "--technique", rounds("B", "BEU"), "--disable-coloring",
           "--flush-session", "--ignore-redirects", "--skip-waf"]  # fmt: skip
WORDS = {"date": "2025-11-13", "integer": "1", "number": "1", "boolean": "true", "string": "a"}
PATIENCE_SECONDS = rounds(300, 4 * 3600)
FAULTS = re.compile(r"\b5\d\d \([^)]+\) - \d+ times")


class Careless(BaseHTTPRequestHandler):
    """A list of units that lets its order become part of a statement."""

    demo: Demo

    def do_GET(self) -> None:
        order = parse_qs(urlsplit(self.path).query).get("order", ["code"])[0]
        try:
            rows = self.demo.rows(f"SELECT code FROM tree_unit ORDER BY {order} LIMIT 9")  # noqa: S608
        except (sqlite3.Error, psycopg.Error):
            rows = []
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(rows).encode())

    def log_message(self, *_arguments: Any) -> None:
        pass


@contextmanager
def careless(demo: Demo) -> Iterator[str]:
    """The address of the careless list, from the same database."""
    server = HTTPServer(("127.0.0.1", 0), type("OfDemo", (Careless,), {"demo": demo}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/units?order=code"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def lists() -> Iterator[str]:
    """The address of each list with one parameter of it, as the API's description has them."""
    for path, operations in json.loads(OPENAPI.read_text(encoding="utf-8"))["paths"].items():
        if "{" in path or (few := rounds(FEW, {path: None}).get(path, ())) == ():
            continue
        for parameter in operations.get("get", {}).get("parameters", []):
            if parameter["in"] == "query" and (few is None or parameter["name"] in few):
                yield f"{path}?{urlencode({parameter['name']: plain(parameter['schema'])})}"


def plain(schema: dict[str, Any]) -> str:
    """A value that such a parameter takes."""
    schema = schema.get("items") or schema.get("anyOf", [schema])[0]
    if "enum" in schema:
        return str(schema["enum"][0])
    return WORDS[schema.get("format", "")] if schema.get("format") == "date" else WORDS[schema["type"]]


@pytest.mark.slow
@pytest.mark.both
class TestAList:
    def test_lets_no_parameter_become_part_of_a_statement(self, own_site: Site, tmp_path: Path) -> None:
        token = own_site.demo.keepwell("token", "--exports", "--read-only", "ada").stdout.decode().strip()
        paths = list(lists())
        assert len(paths) > rounds(4, 700)
        with careless(own_site.demo) as control:
            (tmp_path / "asked.txt").write_text("\n".join([*(own_site.url + one for one in paths), control]))
            told = self.probed(tmp_path, token, "postgresql" if own_site.demo.database else "sqlite")
        assert told.count("] URL:") == len(paths) + 1, told[-2000:]
        assert FAULTS.search(told) is None, FAULTS.findall(told)
        assert self.found(tmp_path) == [control]

    def probed(self, folder: Path, token: str, database: str) -> str:
        """What sqlmap says of every address in the file of `folder`."""
        command = [str(PROGRAM), *OPTIONS, "--dbms", database, "-m", str(folder / "asked.txt"),
                   "--headers", f"Authorization: Bearer {token}", "--output-dir", str(folder / "told")]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, cwd=folder)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def found(self, folder: Path) -> list[str]:
        """The addresses with a parameter that can be injected."""
        (path,) = (folder / "told").glob("results-*.csv")
        with path.open(newline="") as file:
            return [row["Target URL"] for row in csv.DictReader(file) if row["Technique(s)"]]
