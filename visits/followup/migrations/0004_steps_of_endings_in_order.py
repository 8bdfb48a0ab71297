from django.db import migrations

# A second check could be written down with a day after the notice or the publication: the day on which it was known is
# at the latest that of what rests on it.
FORWARD = """
UPDATE visits_followup_aidending SET checked_on = LEAST(checked_on, told_on, published_from)
 WHERE checked_on > told_on OR checked_on > published_from
"""


class Migration(migrations.Migration):
    dependencies = [("visits_followup", "0003_case_step_corrected")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
