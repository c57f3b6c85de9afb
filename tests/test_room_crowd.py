"""Twenty people in the room of one incident, before a real server: what they write by page and API, all of them see."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import Any
from unittest import TestCase

import pytest

from benchmarks.surge import Room
from tests.running import ROOT, Site

PEOPLE, RATE, SECONDS, OPENING = 20, 4, 5, 4
GATHER = """
import json, django; django.setup()
from benchmarks._crowd import gathered
from keepwell.areas.incidents.models import Incident
print(json.dumps(gathered(Incident.objects.open().filter(is_restricted=False).order_by("number").last(), {people})))
"""


@pytest.mark.usefixtures("site")
class ACrowd(TestCase):
    site: Site

    def test_loses_no_entry_and_leaves_none_unseen(self) -> None:
        crowd = self.gathered()
        room = Room(self.site, crowd)
        told = asyncio.run(room.lived(SECONDS, rate=RATE, opening=OPENING))
        self.assertEqual(told.failed, [])
        self.assertEqual(told.answered, RATE * SECONDS)
        self.assertEqual(told.unseen, 0)
        kept = "SELECT count(DISTINCT says), count(DISTINCT number) FROM incidents_timelineentry WHERE says LIKE 'Update %'"
        self.assertEqual(self.site.demo.rows(kept), [(told.answered, told.answered)])

    def gathered(self) -> dict[str, Any]:
        """The crowd, signed in."""
        script = [sys.executable, "-c", GATHER.format(people=PEOPLE)]
        done = subprocess.run(
            script, env=self.site.demo.environment, cwd=ROOT, check=True, capture_output=True
        )
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found
