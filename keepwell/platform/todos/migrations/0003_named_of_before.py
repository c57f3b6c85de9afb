"""Of todos of before, who owes them is taken for whom the record named: nothing else was kept."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import F


def name(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Let each keep its debtor, or its role."""
    apps.get_model("todos", "Debt").objects.update(named=F("debtor"), named_role=F("role"))


class Migration(migrations.Migration):
    dependencies = [("todos", "0002_whom_the_record_named")]

    operations = [migrations.RunPython(name, migrations.RunPython.noop)]
