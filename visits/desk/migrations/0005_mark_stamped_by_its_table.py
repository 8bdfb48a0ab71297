"""Marks are stamped by the default of their table, for triggers and statements alike: nothing in the database changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("visits_desk", "0004_tally_triggers_how")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(model_name="tallymark", name="made_at", field=models.DateTimeField())
            ]
        )
    ]
