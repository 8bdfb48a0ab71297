"""The rows that are there already."""

from django.db import migrations

FILL = """
UPDATE visits_schedule_dueitem d
   SET at_county_id = p.county_id, at_township_id = p.township_id, at_village_id = p.village_id
  FROM visits_roster_person p
 WHERE p.id = d.person_id
"""


class Migration(migrations.Migration):

    dependencies = [('visits_schedule', '0007_where_people_are_now')]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
