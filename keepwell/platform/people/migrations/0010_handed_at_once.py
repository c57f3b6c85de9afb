"""How much waits to be told is counted in columns, so that one statement adds to it; what waits is taken over."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def count(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Take the counts out of what waits."""
    for one in apps.get_model("people", "Handed").objects.exclude(waiting={}):
        one.waiting_rows, one.waiting_times = one.waiting.pop("rows", 0), one.waiting.pop("times", 0)
        one.save(update_fields=["waiting", "waiting_rows", "waiting_times"])


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0009_handed"),
    ]

    operations = [
        migrations.AddField(
            model_name="handed",
            name="waiting_rows",
            field=models.PositiveIntegerField(
                default=0, help_text="How many rows of it the trail was not told yet."
            ),
        ),
        migrations.AddField(
            model_name="handed",
            name="waiting_times",
            field=models.PositiveIntegerField(
                default=0, help_text="In how many readings; 0: it was told of all."
            ),
        ),
        migrations.AlterField(
            model_name="handed",
            name="waiting",
            field=models.JSONField(
                default=dict,
                help_text="What was read that the trail was not told yet: pages, filters, places, as lists.",
            ),
        ),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
