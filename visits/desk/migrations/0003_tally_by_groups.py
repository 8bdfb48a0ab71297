"""What changed is found by groups, not by putting each row beside what it was: the plan of a trigger is kept from its first
call in a session, and after a single row ten thousand would be compared pair by pair (docs/adr/0027)."""

from django.db import migrations

NOW = r"""
CREATE OR REPLACE FUNCTION tally_due_update() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE people bigint[]; since date; until date;
BEGIN
  INSERT INTO visits_desk_tallymark (quarter, county_id, township_id, village_id)
  SELECT DISTINCT tally_quarter(x.due_on), x.county_id, x.township_id, x.village_id
    FROM (SELECT id, person_id, due_on, period_end, stored, done_on, made_up_on, done_met, done_via, county_id, township_id, village_id
            FROM was WHERE cause = 'rule'
           UNION ALL
          SELECT id, person_id, due_on, period_end, stored, done_on, made_up_on, done_met, done_via, county_id, township_id, village_id
            FROM made WHERE cause = 'rule') x
   GROUP BY id, person_id, due_on, period_end, stored, done_on, made_up_on, done_met, done_via, county_id, township_id, village_id
  HAVING count(*) = 1;
  IF NOT FOUND THEN RETURN NULL; END IF;
  SELECT array_agg(c.person_id), min(c.due_on), max(c.due_on) INTO people, since, until
    FROM (SELECT person_id, due_on
            FROM (SELECT id, cause, person_id, due_on, county_id, township_id, village_id,
                         stored IN ('superseded', 'dropped') AS gone, false AS now FROM was
                   UNION ALL
                  SELECT id, cause, person_id, due_on, county_id, township_id, village_id,
                         stored IN ('superseded', 'dropped'), true FROM made) x
           GROUP BY id, cause, person_id, due_on, county_id, township_id, village_id, gone
          HAVING count(*) = 1 AND bool_or(now)) c;
  IF cardinality(people) > 1000 THEN
    INSERT INTO visits_desk_tallymark (quarter, county_id, township_id, village_id)
    SELECT DISTINCT tally_quarter(due_on), 0, 0, 0 FROM (SELECT due_on FROM was UNION SELECT due_on FROM made) x;
  ELSIF people IS NOT NULL THEN
    PERFORM tally_spread(people, since, until);
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION tally_person_update() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE people bigint[];
BEGIN
  INSERT INTO visits_desk_tallymark (quarter, county_id, township_id, village_id)
  SELECT DISTINCT NULL::date, x.county_id, x.township_id, x.village_id
    FROM (SELECT id, status, merged_into_id, assignee_id, entrusted_to_id, county_id, township_id, village_id FROM was
           UNION ALL
          SELECT id, status, merged_into_id, assignee_id, entrusted_to_id, county_id, township_id, village_id FROM made) x
   GROUP BY id, status, merged_into_id, assignee_id, entrusted_to_id, county_id, township_id, village_id
  HAVING count(*) = 1;
  SELECT array_agg(DISTINCT y.id) INTO people
    FROM (SELECT id, merged_into_id
            FROM (SELECT id, household_id, birth_date, merged_into_id FROM was
                   UNION ALL
                  SELECT id, household_id, birth_date, merged_into_id FROM made) x
           GROUP BY id, household_id, birth_date, merged_into_id HAVING count(*) = 1) c
    CROSS JOIN LATERAL (VALUES (c.id), (c.merged_into_id)) AS y (id)
   WHERE y.id IS NOT NULL;
  IF cardinality(people) > 1000 THEN
    INSERT INTO visits_desk_tallymark (quarter, county_id, township_id, village_id)
    SELECT DISTINCT tally_quarter(due_on), 0, 0, 0 FROM visits_schedule_dueitem
     WHERE person_id = ANY(people) AND cause = 'rule';
  ELSIF people IS NOT NULL THEN
    PERFORM tally_items_of(people);
    PERFORM tally_spread(people, date '1900-01-01', date '2900-01-01');
  END IF;
  RETURN NULL;
END $$;
"""
class Migration(migrations.Migration):
    dependencies = [("visits_desk", "0002_tally_triggers")]
    # Backwards nothing: both mark the same villages.
    operations = [migrations.RunSQL(NOW, migrations.RunSQL.noop)]
