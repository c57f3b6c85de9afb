"""R26: nothing in the house speaks HTTP to the outside but the one client."""

from __future__ import annotations

import ast
from pathlib import Path
from unittest import TestCase

PACKAGE = Path(__file__).resolve().parents[1] / "keepwell"
SPEAKING = ("urllib3", "requests", "httpx", "aiohttp", "urllib.request", "http.client", "ftplib", "telnetlib")
ALLOWED = {
    "platform/egress/client.py": {"urllib3"},
    "platform/egress/lent.py": {"requests"},
    "config/serving.py": {"urllib.request"},
}
"""`serving` asks our own /livez, to say when the site answers; `egress` is the one client, lent to a library that
asks by `requests`."""


def spoken(path: Path) -> set[str]:
    """The modules that speak HTTP which `path` brings in."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        found |= {one for one in SPEAKING for name in names if name == one or name.startswith(f"{one}.")}
    return found


class TheHouse(TestCase):
    def test_speaks_http_in_one_place(self) -> None:
        files = [path for path in PACKAGE.rglob("*.py") if "tests" not in path.parts]
        found = {str(path.relative_to(PACKAGE)): told for path in files if (told := spoken(path))}
        self.assertEqual(found, ALLOWED)
