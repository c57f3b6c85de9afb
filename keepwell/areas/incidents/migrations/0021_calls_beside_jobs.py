"""Calls of who is on duty are looked at beside jobs: the job that did it is owed no more."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

NAME = "incidents.escalate"


def forget(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Left there, it would be given up as one that nobody knows, and its schedule be late for ever."""
    apps.get_model("jobs", "Schedule").objects.filter(name=NAME).delete()
    apps.get_model("jobs", "Job").objects.filter(name=NAME).exclude(state__in=("done", "dead")).delete()


class Migration(migrations.Migration):
    dependencies = [("incidents", "0020_suppliers_touched"), ("jobs", "0004_jobs_stand_in_turn")]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
