from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0051_marks_of_reports"),
        ("people", "0009_handed"),
    ]

    operations = [
        migrations.AddField(
            model_name="disclosure",
            name="cleared",
            field=models.ManyToManyField(related_name="+", to="people.person"),
        ),
    ]
