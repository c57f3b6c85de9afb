"""What docs/operations/security.md tells in tables is what the code has: logs, services, secrets, limits."""

from __future__ import annotations

import re
from pathlib import Path
from unittest import TestCase

from django.conf import settings

from keepwell.config import databases, mail
from keepwell.platform.egress import client
from keepwell.platform.identity import links, recovery
from keepwell.platform.identity.sessions import LONGEST
from keepwell.platform.jobs.models import MAX_ATTEMPTS
from keepwell.platform.people import throttle, tokens
from keepwell.platform.registers import keeping, listing
from keepwell.platform.registers.forms import MOST_CHOICES
from tests.test_docs import settings as variables

ROOT = Path(__file__).resolve().parents[1]
TOLD = (ROOT / "docs/operations/security.md").read_text(encoding="utf-8")
LOGGER = re.compile(r"getLogger\(\"(keepwell\.[a-z_.]+)\"\)")
SECRET = re.compile(r"KEY$|SECRET$|TOKEN$|_PASSWORD$")
OUTSIDE = re.compile(
    r"_URL$|_SYSLOG$|_STORE$|_SCAN$|_SSO$|_EGRESS_ALLOW$|_TRAIL_MAIL$|_METRICS_FROM$|_BEHIND_PROXY$"
)
OWN_ADDRESS = {"KEEPWELL_URL", "KEEPWELL_REPORTS_URL"}


def section(heading: str) -> str:
    """What stands under a heading."""
    return TOLD.partition(f"## {heading}\n")[2].partition("\n## ")[0]


class TheTables(TestCase):
    def test_name_every_log(self) -> None:
        sources = [
            path.read_text(encoding="utf-8")
            for path in (ROOT / "keepwell").rglob("*.py")
            if "tests" not in path.parts
        ]
        found = {name for source in sources for name in LOGGER.findall(source)}
        self.assertEqual(found, set(re.findall(r"^\| `(keepwell\.[a-z_.]+)`", section("Logs"), re.M)))

    def test_say_where_the_log_goes(self) -> None:
        handlers = settings.LOGGING["handlers"]
        self.assertEqual({one["class"] for one in handlers.values()}, {"logging.StreamHandler"})
        self.assertIn("Keepwell writes its log nowhere else", section("Logs"))

    def test_name_every_secret_of_the_settings(self) -> None:
        found = {name for name in variables() if SECRET.search(name)}
        self.assertGreaterEqual(len(found), 4)
        told = section("Secrets") + section("Other services")
        self.assertEqual({name for name in found if name not in told}, set())

    def test_name_every_other_service(self) -> None:
        found = {name for name in variables() if OUTSIDE.search(name)} - OWN_ADDRESS
        self.assertGreater(len(found), 7)
        self.assertEqual({name for name in found if name not in section("Other services")}, set())

    def test_tell_the_limits_that_there_are(self) -> None:
        self.assertEqual(
            (throttle.TRIES, throttle.WINDOW_SECONDS, throttle.TRIES_OF_A_SOURCE), (10, 900, 300)
        )
        self.assertEqual((listing.LARGEST, listing.LONGEST_SEARCH), (200, 100))
        self.assertEqual((keeping.MOST_VIEWS, MOST_CHOICES, MAX_ATTEMPTS), (50, 400, 4))
        self.assertEqual((client.SECONDS, client.MOST_REDIRECTS, client.LARGEST_BYTES), (20, 3, 1 << 20))
        self.assertEqual((mail.TIMEOUT_SECONDS, databases.STATEMENT_MILLISECONDS), (20, 120_000))
        self.assertEqual((LONGEST.seconds, links.GIVEN.days, tokens.LONGEST_DAYS), (8 * 3600, 1, 365))
        self.assertEqual((recovery.CODES, recovery.PARTS), (10, 6))

    def test_name_every_limit_of_evidence(self) -> None:
        found = {name for name in variables() if re.search(r"_(MB|FILES)$", name)}
        self.assertEqual({name for name in found if name not in section("Limits")}, set())
