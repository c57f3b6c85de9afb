from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0042_more_languages"),
    ]

    operations = [
        migrations.AddField(
            model_name="incidentnotice",
            name="in_place",
            field=models.CharField(
                blank=True,
                editable=False,
                max_length=500,
                verbose_name="why in place of whom its rule names",
            ),
        ),
    ]
