from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("incidents", "0049_reviews_of_before")]

    operations = [
        migrations.RemoveField(
            model_name="incident",
            name="causes",
        ),
        migrations.RemoveField(
            model_name="incident",
            name="failed",
        ),
        migrations.RemoveField(
            model_name="incident",
            name="review",
        ),
        migrations.RemoveField(
            model_name="incident",
            name="worked",
        ),
    ]
