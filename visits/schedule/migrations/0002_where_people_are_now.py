"""Where the person of an item is now, on the item itself, kept by the database whoever writes."""

from django.db import migrations

TRIGGERS = """
-- A row that does not say where its person is, or goes over to another person, takes that person's units.
CREATE FUNCTION visits_schedule_dueitem_arrives() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT county_id, township_id, village_id INTO NEW.at_county_id, NEW.at_township_id, NEW.at_village_id
    FROM visits_roster_person WHERE id = NEW.person_id;
  RETURN NEW;
END $$;

CREATE TRIGGER due_arrives BEFORE INSERT ON visits_schedule_dueitem FOR EACH ROW
WHEN (NEW.at_village_id IS NULL) EXECUTE FUNCTION visits_schedule_dueitem_arrives();

CREATE TRIGGER due_arrives_with BEFORE UPDATE OF person_id ON visits_schedule_dueitem FOR EACH ROW
WHEN (NEW.person_id IS DISTINCT FROM OLD.person_id) EXECUTE FUNCTION visits_schedule_dueitem_arrives();

-- Whoever moves takes all rows along, the closed ones too; the frozen columns beside them stay.
CREATE FUNCTION visits_schedule_person_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE visits_schedule_dueitem
     SET at_county_id = NEW.county_id, at_township_id = NEW.township_id, at_village_id = NEW.village_id
   WHERE person_id = NEW.id;
  RETURN NULL;
END $$;

CREATE TRIGGER due_moves AFTER UPDATE OF county_id, township_id, village_id ON visits_roster_person FOR EACH ROW
WHEN ((NEW.county_id, NEW.township_id, NEW.village_id) IS DISTINCT FROM (OLD.county_id, OLD.township_id, OLD.village_id))
EXECUTE FUNCTION visits_schedule_person_moves();
"""
BACK = """
DROP TRIGGER due_moves ON visits_roster_person;
DROP FUNCTION visits_schedule_person_moves();
DROP TRIGGER due_arrives_with ON visits_schedule_dueitem;
DROP TRIGGER due_arrives ON visits_schedule_dueitem;
DROP FUNCTION visits_schedule_dueitem_arrives();
"""


class Migration(migrations.Migration):
    dependencies = [("visits_roster", "0001_initial"), ("visits_schedule", "0001_initial")]
    operations = [migrations.RunSQL(TRIGGERS, BACK)]
