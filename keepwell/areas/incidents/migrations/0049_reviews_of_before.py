"""Reviews that were columns of their incidents become records of their own, and columns again on the way back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Q

PARTS = {"happened": "review", "causes": "causes", "worked": "worked", "failed": "failed"}
AT_ONCE = 500
WRITTEN = ~Q(review="") | ~Q(causes="") | ~Q(worked="") | ~Q(failed="")


def carry(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Make a review of what each incident says, by who closed it last, and let the search find it."""
    incidents, reviews = (apps.get_model("incidents", name) for name in ("Incident", "IncidentReview"))
    if "review" not in {field.name for field in incidents._meta.fields}:
        return  # an empty database is laid out in its last shape (ADR 0061): no row is to be carried
    unindexed = apps.get_model("search", "Unindexed")
    left = incidents.objects.filter(WRITTEN).exclude(pk__in=reviews.objects.values("incident")).order_by("pk")
    while rows := list(left[:AT_ONCE]):
        closed = dict(_closed(apps, [row.pk for row in rows]))
        made = [reviews(incident=row, **_told(row), **closed.get(row.pk, _unknown(row))) for row in rows]
        reviews.objects.bulk_create(made)
        unindexed.objects.bulk_create(
            unindexed(kind="incidents.incidentreview", record_id=one.pk, spreads=False) for one in made
        )


def carry_back(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Write each review into the columns of its incident."""
    reviews = apps.get_model("incidents", "IncidentReview")
    for review in reviews.objects.select_related("incident").order_by("pk"):
        for part, column in PARTS.items():
            setattr(review.incident, column, getattr(review, part))
        review.incident.save(update_fields=list(PARTS.values()))
    apps.get_model("search", "Unindexed").objects.filter(kind="incidents.incidentreview").delete()
    apps.get_model("search", "Entry").objects.filter(kind="incidents.incidentreview").delete()


def _told(incident: Any) -> dict[str, str]:
    return {part: getattr(incident, column) for part, column in PARTS.items()}


def _closed(apps: StateApps, keys: list[UUID]) -> Iterator[tuple[UUID, dict[str, Any]]]:
    """Who closed which incident last, and when, as the trail tells."""
    changes, people = apps.get_model("history", "Change"), apps.get_model("people", "Person")
    rows = changes.objects.filter(
        record_type="incidents.incident", record_id__in=keys, verb="incident.close", kind="change"
    )
    found = {row.record_id: row for row in rows.order_by("id")}
    known = set(people.objects.filter(pk__in=[row.by for row in found.values()]).values_list("pk", flat=True))
    for key, row in found.items():
        yield key, {"person_id": row.by if row.by in known else None, "recorded_at": row.at}


def _unknown(incident: Any) -> dict[str, Any]:
    return {"recorded_at": incident.closed_at or incident.reported_at}


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0048_reviews"),
        ("history", "0004_reading_the_trail"),
        ("people", "0009_handed"),
        ("search", "0004_mark_more"),
    ]

    operations = [migrations.RunPython(carry, carry_back)]
