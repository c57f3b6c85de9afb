from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("todos", "0003_named_of_before")]

    operations = [
        migrations.AddField(
            model_name="debt", name="duty", field=models.CharField(blank=True, max_length=60)
        ),
        migrations.RemoveConstraint(model_name="debt", name="debt_of_a_person_or_a_role"),
        migrations.AddConstraint(
            model_name="debt",
            constraint=models.CheckConstraint(
                condition=Q(debtor__isnull=False, role="")
                | Q(debtor__isnull=True) & (~Q(role="") | ~Q(duty="")),
                name="debt_of_a_person_or_a_role",
                violation_error_message="A person owes it, or a role; not both.",
            ),
        ),
        migrations.AddIndex(
            model_name="debt",
            index=models.Index(
                condition=Q(settled_at__isnull=True) & ~Q(duty=""), fields=["duty"], name="debt_open_of_duty"
            ),
        ),
    ]
