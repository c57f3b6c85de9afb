"""What the running system tells a monitoring system: Prometheus's text of `/metrics`.

Times of requests are kept by every server process and added up over all of them; everything else is counted
in the database when it is asked for, so that any process tells the same.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Max, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest, multiprocess
from prometheus_client import Counter as Counted
from prometheus_client import Histogram as Spread
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from keepwell.kernel import moments
from keepwell.platform.history.ledger import Copy, Trail
from keepwell.platform.history.models import Change
from keepwell.platform.jobs.models import Job
from keepwell.platform.keeping.models import Backup
from keepwell.platform.notices.abroad import ChatMessage, Delivery
from keepwell.platform.notices.outgoing import Outgoing
from keepwell.platform.notices.posting import KINDS_OF_MAIL
from keepwell.platform.people.operations import public
from keepwell.platform.replicas.watching import AWAY, WATCH

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0)
WINDOW = timedelta(minutes=15)
AT_MOST = 20_000
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
REQUESTS = Spread("keepwell_request_seconds", "Seconds until a request was answered.", ["view", "method", "status"],
                  buckets=SECONDS, registry=None)  # fmt: skip
STATEMENTS = Counted(
    "keepwell_sql_statements", "SQL statements by the view that needed them.", ["view"], registry=None
)
MEMORY = Gauge("keepwell_process_resident_bytes", "Memory of a server process.", registry=None,
               multiprocess_mode="liveall")  # fmt: skip
UNDONE = (Outgoing.State.WAITING, Outgoing.State.FAILED)
OWN = (REQUESTS, STATEMENTS, MEMORY)
_told_at = [0.0]


@public
@require_safe
def show_measures(request: HttpRequest) -> HttpResponse:
    """The measures, for who carries the token or asks from an allowed place; absent for everybody else."""
    if not is_allowed(request):
        raise Http404
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def is_allowed(request: HttpRequest) -> bool:
    """Whether `request` carries KEEPWELL_METRICS_TOKEN, or comes straight from KEEPWELL_METRICS_FROM.

    What came through a proxy comes from anywhere, whatever the proxy's own address is.
    """
    token, told = settings.KEEPWELL_METRICS_TOKEN, request.headers.get("Authorization", "")
    if token and hmac.compare_digest(told.encode(), f"Bearer {token}".encode()):
        return True
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        source = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(source in network for network in settings.KEEPWELL_METRICS_FROM)


def exposition() -> bytes:
    """All measures in Prometheus's text form."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)
    else:
        for one in OWN:
            registry.register(one)
    registry.register(FromDatabase())
    return generate_latest(registry)


def note_request(view: str, method: str, status: int, seconds: float, statements: int) -> None:
    """Count one answered request."""
    REQUESTS.labels(view, method, str(status)).observe(seconds)
    STATEMENTS.labels(view).inc(statements)
    note_memory(monotonic())


def note_memory(now: float) -> None:
    """Tell the memory of this process, once a second at most: the system is asked for it."""
    if now - _told_at[0] >= 1:
        _told_at[0] = now
        MEMORY.set(resident_bytes())


def resident_bytes() -> int:
    """The memory of this process that stands in RAM."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


class FromDatabase(Collector):
    """What is counted when it is asked for."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = 1
        try:
            yield from [*jobs(), *outgoing(), *trail(), *backups(), *sign_ins(), *replicas()]
        except DatabaseError:
            up = 0
        yield gauge("keepwell_database_up", "Whether the database answers.", up)


def jobs() -> Iterator[GaugeMetricFamily]:
    """How many jobs there are, and how long the oldest has waited."""
    counts = dict(Job.objects.values_list("state").annotate(n=Count("pk")))
    family = GaugeMetricFamily("keepwell_jobs", "Background jobs by state.", labels=["state"])
    for state in Job.State.values:
        family.add_metric([state], counts.get(state, 0))
    yield family
    oldest = Job.objects.waiting().aggregate(oldest=Min("run_after"))["oldest"]
    yield gauge(
        "keepwell_oldest_waiting_job_seconds", "How long the oldest waiting job is overdue.", age(oldest)
    )


def ways_out() -> dict[str, list[type[Outgoing]]]:
    """What leaves by which way; of mail, every kind."""
    return {"mail": list(KINDS_OF_MAIL), "webhook": [Delivery], "chat": [ChatMessage]}


def outgoing() -> Iterator[GaugeMetricFamily]:
    """How much mail, how many deliveries and messages wait or were given up, and for how long the oldest is overdue."""
    depths = GaugeMetricFamily(
        "keepwell_outgoing", "What is to leave the house, by way and state.", labels=["way", "state"]
    )
    ages = GaugeMetricFamily(
        "keepwell_oldest_outgoing_seconds", "How long what waits to leave is overdue at most.", labels=["way"]
    )
    for way, models in ways_out().items():
        rows = [model._default_manager.filter(state__in=UNDONE) for model in models]
        counts: Counter[str] = Counter()
        for one in rows:
            counts.update(dict(one.values_list("state").annotate(n=Count("pk"))))
        for state in UNDONE:
            depths.add_metric([way, state], counts[state])
        oldest = [one.filter(state=UNDONE[0]).aggregate(oldest=Min("next_at"))["oldest"] for one in rows]
        ages.add_metric([way], max(age(moment) for moment in oldest))
    yield from (depths, ages)


def trail() -> Iterator[GaugeMetricFamily]:
    """Rows of the trail without a number, and how old the newest checkpoint is."""
    yield gauge("keepwell_trail_unsealed_rows", "Rows of the trail that wait for a number.",
                Change.objects.filter(leaf__isnull=True).count())  # fmt: skip
    found = Trail.objects.first()
    if found and found.signed_at:
        yield gauge("keepwell_trail_rows", "Rows of the trail under a checkpoint.", found.signed)
        yield gauge(
            "keepwell_trail_checkpoint_age_seconds", "Age of the newest checkpoint.", age(found.signed_at)
        )
        yield gauge("keepwell_trail_covered_age_seconds", "For how long rows have waited for a checkpoint at most.",
                    age(found.covered_at))  # fmt: skip
    failures = GaugeMetricFamily("keepwell_trail_copy_failures", "Tries to send a checkpoint out that failed since "
                                 "the last that went well.", labels=["way"])  # fmt: skip
    for copy in Copy.objects.order_by("way"):
        failures.add_metric([copy.way], copy.failures)
    yield failures


def backups() -> Iterator[GaugeMetricFamily]:
    """How old and how large the last backup is."""
    last = Backup.objects.whole().aggregate(at=Max("begun_at"))["at"]
    if last:
        yield gauge("keepwell_backup_age_seconds", "Age of the last backup.", age(last))
        size = Backup.objects.whole().filter(begun_at=last).values_list("size_bytes", flat=True).first()
        yield gauge("keepwell_backup_bytes", "Size of the last backup.", size or 0)
    failed = Backup.objects.exclude(error="")
    failed = failed.filter(begun_at__gt=last) if last else failed
    yield gauge("keepwell_backups_failed", "Backups that failed since the last good one.", failed.count())


def sign_ins() -> Iterator[GaugeMetricFamily]:
    """Refused sign-ins of the last quarter of an hour, as the trail tells."""
    newest = Change.objects.aggregate(newest=Max("pk"))["newest"] or 0
    # By key first: the trail has millions of rows, and no index over moments.
    recent = Change.objects.filter(pk__gt=newest - AT_MOST, at__gt=moments.now() - WINDOW)
    refused = recent.filter(kind="refusal", verb="session.refuse")
    yield gauge(
        "keepwell_failed_sign_ins",
        "Refused sign-ins of the last 15 minutes, among the newest 20,000 rows of the trail.",
        refused.count(),
    )


def replicas() -> Iterator[GaugeMetricFamily]:
    """How far each replica is behind, and whether lists may be read from it."""
    if not settings.KEEPWELL_REPLICAS:
        return
    lags = GaugeMetricFamily(
        "keepwell_replica_lag_seconds", "How far a replica is behind at most.", labels=["replica"]
    )
    behind = GaugeMetricFamily("keepwell_replica_behind_bytes", "What a replica has still to take over.",
                               labels=["replica"])  # fmt: skip
    asked = GaugeMetricFamily(
        "keepwell_replica_up", "Whether lists may be read from a replica.", labels=["replica"]
    )
    for name, seen in WATCH.seen():
        asked.add_metric([name], not seen.wrong)
        if seen.wrong != AWAY:
            lags.add_metric([name], seen.lag_seconds or 0.0)
            behind.add_metric([name], seen.behind_bytes)
    yield from (lags, behind, asked)


def gauge(name: str, told: str, value: float) -> GaugeMetricFamily:
    """One number."""
    return GaugeMetricFamily(name, told, value=value)


def age(moment: datetime | None) -> float:
    """Seconds since `moment`, never less than 0; 0 for None."""
    return max(0.0, (timezone.now() - moment).total_seconds()) if moment else 0.0
