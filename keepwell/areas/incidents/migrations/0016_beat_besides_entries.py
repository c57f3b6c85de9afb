from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0015_answer_mail")]

    operations = [
        migrations.AddField(
            model_name="pulse", name="besides", field=models.PositiveBigIntegerField(default=0)
        ),
    ]
