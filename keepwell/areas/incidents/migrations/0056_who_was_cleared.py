from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0047_awareness_of_units"),
        ("people", "0009_handed"),
    ]

    operations = [
        migrations.AddField(
            model_name="disclosure",
            name="cleared",
            field=models.ManyToManyField(related_name="+", to="people.person"),
        ),
    ]
