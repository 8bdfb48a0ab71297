"""How somebody was reached follows from the visit's way, from tries and excuses as well. What was counted so far is counted
again, with the new columns."""

from django.db import migrations

TRIGGERS = r"""
DELETE FROM visits_desk_tally;
DELETE FROM visits_desk_tallyperiod;
DELETE FROM visits_desk_tallyshared;

-- A visit that is changed, or voided: by the papers it stands on, and by itself.
CREATE OR REPLACE FUNCTION tally_visit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tally_papers(array_agg(y.person_id), array_agg(x.day))
     FROM was w JOIN made n ON n.id = w.id
      AND (n.visited_on, n.mode, n.person_id, n.voided_at IS NULL)
          IS DISTINCT FROM (w.visited_on, w.mode, w.person_id, w.voided_at IS NULL)
     CROSS JOIN LATERAL (VALUES (w.visited_on), (n.visited_on)) AS x (day)
     CROSS JOIN LATERAL (SELECT w.person_id UNION SELECT n.person_id
                          UNION SELECT l.person_id FROM visits_records_sheetline l WHERE l.visit_id = n.id) AS y
   HAVING count(*) > 0;
  RETURN NULL;
END $$;
-- One more visit on the day by which something was made up.
CREATE FUNCTION tally_visit_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO visits_desk_tallymark (quarter, county_id, township_id, village_id)
  SELECT DISTINCT tally_quarter(d.due_on), d.county_id, d.township_id, d.village_id
    FROM made v JOIN visits_roster_person p ON p.id = v.person_id
    JOIN visits_schedule_dueitem d ON d.person_id = ANY(ARRAY[p.id, p.merged_into_id]) AND d.made_up_on = v.visited_on
   WHERE d.cause = 'rule';
  RETURN NULL;
END $$;
CREATE TRIGGER tally_insert AFTER INSERT ON visits_records_visit
REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_visit_insert();

CREATE FUNCTION tally_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO visits_desk_tallymark (quarter, county_id, township_id, village_id)
  SELECT DISTINCT tally_quarter(d.due_on), d.county_id, d.township_id, d.village_id
    FROM made a JOIN visits_roster_person p ON p.id = a.person_id
    JOIN visits_schedule_dueitem d ON d.person_id = ANY(ARRAY[p.id, p.merged_into_id]) AND d.stored = 'excused'
     AND a.tried_on BETWEEN d.opens_on AND d.closes_on
   WHERE d.cause = 'rule';
  RETURN NULL;
END $$;
CREATE TRIGGER tally_insert AFTER INSERT ON visits_records_attempt
REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_attempt();
CREATE TRIGGER tally_update_was AFTER UPDATE ON visits_records_attempt
REFERENCING OLD TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_attempt();
CREATE TRIGGER tally_update AFTER UPDATE ON visits_records_attempt
REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_attempt();

CREATE FUNCTION tally_excuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO visits_desk_tallymark (quarter, county_id, township_id, village_id)
  SELECT DISTINCT tally_quarter(d.due_on), d.county_id, d.township_id, d.village_id
    FROM made x JOIN visits_schedule_dueitem d ON d.id = x.due_item_id WHERE d.cause = 'rule';
  RETURN NULL;
END $$;
CREATE TRIGGER tally_insert AFTER INSERT ON visits_records_excuse
REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_excuse();
CREATE TRIGGER tally_update AFTER UPDATE ON visits_records_excuse
REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_excuse();
"""

UNDO = """
DROP FUNCTION tally_visit_insert, tally_attempt, tally_excuse CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("visits_desk", "0003_tally_how"), ("visits_records", "0009_sheets_by_their_last_day")]
    operations = [migrations.RunSQL(TRIGGERS, UNDO)]
