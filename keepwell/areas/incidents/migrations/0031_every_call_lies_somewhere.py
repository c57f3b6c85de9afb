import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0030_where_calls_lie")]

    operations = [
        migrations.AlterField(
            model_name="escalationcall",
            name="unit",
            field=models.ForeignKey(
                editable=False,
                help_text="Where the incident or the report lies.",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tree.unit",
                verbose_name="unit",
            ),
        ),
    ]
