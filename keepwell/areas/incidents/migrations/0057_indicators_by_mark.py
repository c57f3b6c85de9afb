from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0056_who_was_cleared"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="indicator", name="indicator_once_in_an_incident"),
        migrations.AddConstraint(
            model_name="indicator",
            constraint=models.UniqueConstraint(
                fields=("incident", "kind", "value", "tlp"),
                name="indicator_once_in_an_incident",
                violation_error_message="This indicator stands in the incident already.",
            ),
        ),
    ]
