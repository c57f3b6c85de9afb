from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("search", "0002_mark_all")]

    operations = [
        migrations.AddField(
            model_name="unindexed",
            name="spreads",
            field=models.BooleanField(
                db_default=False, default=False, help_text="Whether what is named after it is to follow too."
            ),
        ),
    ]
