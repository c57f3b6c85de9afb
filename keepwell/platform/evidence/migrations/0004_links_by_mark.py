from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0003_marks_of_links"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="link", name="evidence_linked_once"),
        migrations.AddConstraint(
            model_name="link",
            constraint=models.UniqueConstraint(
                condition=models.Q(("retired_at__isnull", True)),
                fields=("piece", "kind", "record_id", "tlp"),
                name="evidence_linked_once",
                violation_error_message="This piece is linked to that record already.",
            ),
        ),
    ]
