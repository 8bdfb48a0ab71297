"""Lists of the whole city are read by village and 自然村 too: without this the first page sorted everybody."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('visits_roster', '0005_departures_and_files_that_are_two'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='person',
            name='person_village',
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(fields=['village_id', 'hamlet', 'id'], name='person_village'),
        ),
    ]
