"""From what ids follow that go out: the same record has the same id in every file."""

from uuid import NAMESPACE_URL, uuid5

NAMES = uuid5(NAMESPACE_URL, "https://keepwell.example/incidents")
