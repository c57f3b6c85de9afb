"""A monitoring system reads the measures; nobody else learns that there are any."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from unittest.mock import patch

from django.db import DatabaseError
from django.test import TestCase, override_settings
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from keepwell.platform.jobs.models import Job
from keepwell.platform.keeping.models import Backup
from keepwell.platform.notices.models import Letter
from tests.cast import Cast

TOKEN = "a-long-token-of-the-monitoring"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@override_settings(KEEPWELL_METRICS_TOKEN=TOKEN)
class Measures(Cast, TestCase):
    def samples(self) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        """What the measures say, read by Prometheus's own parser."""
        answer = self.client.get("/metrics", headers=BEARER)
        self.assertEqual(answer.status_code, 200)
        families = text_string_to_metric_families(answer.content.decode())
        return {(s.name, tuple(sorted(s.labels.items()))): s.value for f in families for s in f.samples}

    def test_tell_how_long_requests_took_by_view(self) -> None:
        self.sign_in(self.ada)
        view = (("method", "GET"), ("status", "200"), ("view", "jobs"))
        before = self.samples().get(("keepwell_request_seconds_count", view), 0)
        self.client.get("/administration/jobs/")
        after = self.samples()
        self.assertEqual(after["keepwell_request_seconds_count", view], before + 1)
        self.assertGreater(after["keepwell_sql_statements_total", (("view", "jobs"),)], 0)
        self.assertGreater(after["keepwell_process_resident_bytes", ()], 20_000_000)

    def test_tell_what_waits_and_what_was_given_up(self) -> None:
        Job.objects.create(name="x", run_after=timezone.now() - timedelta(minutes=10))
        Job.objects.create(name="x", state=Job.State.DEAD)
        found = self.samples()
        self.assertEqual(found["keepwell_jobs", (("state", "queued"),)], 1)
        self.assertEqual(found["keepwell_jobs", (("state", "dead"),)], 1)
        self.assertAlmostEqual(found["keepwell_oldest_waiting_job_seconds", ()], 600, delta=30)

    def test_tell_what_is_to_leave_the_house(self) -> None:
        late = timezone.now() - timedelta(hours=1)
        Letter.objects.create(person=self.ada, next_at=late)
        Letter.objects.create(person=self.ada, state="failed")
        Letter.objects.create(person=self.ada, state="sent")
        found = self.samples()
        depths = {name: found["keepwell_outgoing", name] for tag, name in found if tag == "keepwell_outgoing"}
        mail = {dict(name)["state"]: n for name, n in depths.items() if dict(name)["way"] == "mail"}
        self.assertEqual((mail, len(depths)), ({"waiting": 1, "failed": 1}, 6))
        ages = [found["keepwell_oldest_outgoing_seconds", (("way", way),)] for way in ("mail", "chat")]
        self.assertAlmostEqual(ages[0], 3600, delta=30)
        self.assertEqual(ages[1], 0)

    def test_tell_how_old_the_last_backup_is(self) -> None:
        Backup.objects.create(path="a", begun_at=timezone.now() - timedelta(hours=2), size_bytes=7)
        Backup.objects.create(path="b", error="The disk is full.")
        found = self.samples()
        self.assertAlmostEqual(found["keepwell_backup_age_seconds", ()], 7200, delta=30)
        self.assertEqual((found["keepwell_backup_bytes", ()], found["keepwell_backups_failed", ()]), (7, 1))

    def test_tell_of_rows_that_wait_to_be_sealed(self) -> None:
        self.assertGreater(self.samples()["keepwell_trail_unsealed_rows", ()], 0)

    def test_tell_that_the_database_is_away(self) -> None:
        with patch("keepwell.platform.keeping.measures.jobs", side_effect=DatabaseError):
            found = self.samples()
        self.assertEqual(found["keepwell_database_up", ()], 0)

    def test_name_nobody_and_nothing(self) -> None:
        self.sign_in(self.ada)
        self.client.get("/people/?q=Eva")
        told = self.client.get("/metrics", headers=BEARER).content.decode()
        for word in ("Eva", "Ada", TOKEN, "q="):
            self.assertNotIn(word, told)

    def test_are_absent_for_everybody_else(self) -> None:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {TOKEN}x"},
                        {"Authorization": TOKEN}):  # fmt: skip
            self.assertEqual(self.client.get("/metrics", headers=headers).status_code, 404)
        self.sign_in(self.ada)
        self.assertEqual(self.client.get("/metrics").status_code, 404)


class AllowedPlaces(Cast, TestCase):
    @override_settings(KEEPWELL_METRICS_FROM=(ip_network("10.1.0.0/16"),))
    def test_may_ask_straight_and_not_through_a_proxy(self) -> None:
        self.assertEqual(self.client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code, 200)
        self.assertEqual(self.client.get("/metrics", REMOTE_ADDR="10.2.2.3").status_code, 404)
        through = {"X-Forwarded-For": "203.0.113.7"}
        self.assertEqual(
            self.client.get("/metrics", headers=through, REMOTE_ADDR="10.1.2.3").status_code, 404
        )

    def test_are_none_where_none_is_named(self) -> None:
        self.assertEqual(self.client.get("/metrics", headers={"Authorization": "Bearer "}).status_code, 404)
