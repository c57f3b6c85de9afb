import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0002_indexes"), ("todos", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="debt",
            name="named",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.person",
            ),
        ),
        migrations.AddField(
            model_name="debt", name="named_role", field=models.CharField(blank=True, max_length=30)
        ),
    ]
