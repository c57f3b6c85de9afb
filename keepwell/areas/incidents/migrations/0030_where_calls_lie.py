"""Calls lie where their incident lies, and reports wait since they came."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import F, OuterRef, Subquery


def fill(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    """In one statement each, however many there are."""
    incidents = apps.get_model("incidents", "Incident").objects.filter(pk=OuterRef("incident"))
    calls = apps.get_model("incidents", "EscalationCall").objects.filter(unit__isnull=True)
    calls.update(unit=Subquery(incidents.values("unit")[:1]))
    apps.get_model("incidents", "Report").objects.update(waiting_since=F("received_at"))


class Migration(migrations.Migration):
    dependencies = [("incidents", "0029_calls_for_levels_and_reports")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
