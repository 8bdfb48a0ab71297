"""Every change that a figure follows from marks its village, in the same transaction (docs/adr/0027).

One trigger a statement, with transition tables; only rows are added, so that nobody waits for anybody."""

from django.db import migrations

TRIGGERS = r"""
-- A mark is stamped by its table, for triggers and statements alike.
ALTER TABLE visits_desk_tallymark ALTER made_at SET DEFAULT statement_timestamp();

CREATE FUNCTION tally_quarter(day date) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT date_trunc('quarter', day::timestamp)::date
$$;
CREATE FUNCTION tally_half(day date) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT make_date(extract(year FROM day)::int, CASE WHEN extract(month FROM day) < 7 THEN 1 ELSE 7 END, 1)
$$;

-- Whoever of these people, or of their households, has items in several villages in a half-year is noted, and their
-- villages marked: each may have counted them as its own.
CREATE FUNCTION tally_spread(people bigint[], since date, until date) RETURNS void LANGUAGE sql AS $$
  WITH mate AS (
    SELECT p.id, coalesce(p.household_id, -p.id) AS key FROM visits_roster_person p WHERE p.id = ANY(people)
     UNION
    SELECT m.id, m.household_id FROM visits_roster_person p JOIN visits_roster_person m ON m.household_id = p.household_id
     WHERE p.id = ANY(people)
  ), item AS MATERIALIZED (
    SELECT m.key, m.id, tally_half(d.due_on) AS half, d.due_on, d.county_id, d.township_id, d.village_id
      FROM mate m JOIN visits_schedule_dueitem d ON d.person_id = m.id
     WHERE d.cause = 'rule' AND d.stored NOT IN ('superseded', 'dropped')
       AND d.due_on BETWEEN tally_half(since) AND tally_half(until) + 185
  ), spread AS (
    SELECT key, half FROM item GROUP BY key, half HAVING count(DISTINCT (county_id, township_id, village_id)) > 1
  ), noted AS (
    INSERT INTO visits_desk_tallyshared (half, person_id)
    SELECT DISTINCT half, id FROM item JOIN spread USING (key, half)
  )
  INSERT INTO visits_desk_tallymark (quarter, county_id, township_id, village_id)
  SELECT DISTINCT tally_quarter(due_on), county_id, township_id, village_id FROM item JOIN spread USING (key, half)
$$;

CREATE FUNCTION tally_due_insert() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE people bigint[]; since date; until date;
BEGIN
  INSERT INTO visits_desk_tallymark (quarter, county_id, township_id, village_id)
  SELECT DISTINCT tally_quarter(due_on), county_id, township_id, village_id FROM made WHERE cause = 'rule';
  IF NOT FOUND THEN RETURN NULL; END IF;
  people := ARRAY(SELECT person_id FROM made WHERE cause = 'rule' LIMIT 1001);
  IF cardinality(people) > 1000 THEN
    INSERT INTO visits_desk_tallymark (quarter, county_id, township_id, village_id)
    SELECT DISTINCT tally_quarter(due_on), 0, 0, 0 FROM made WHERE cause = 'rule';
  ELSE
    SELECT min(due_on), max(due_on) INTO since, until FROM made WHERE cause = 'rule';
    PERFORM tally_spread(people, since, until);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION tally_due_update() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE people bigint[]; since date; until date;
BEGIN
  INSERT INTO visits_desk_tallymark (quarter, county_id, township_id, village_id)
  SELECT DISTINCT tally_quarter(x.due_on), x.county_id, x.township_id, x.village_id
    FROM was w JOIN made n ON n.id = w.id
    CROSS JOIN LATERAL (VALUES (w.due_on, w.county_id, w.township_id, w.village_id),
                               (n.due_on, n.county_id, n.township_id, n.village_id)
                       ) AS x (due_on, county_id, township_id, village_id)
   WHERE 'rule' IN (w.cause, n.cause)
     AND (w.cause, w.person_id, w.due_on, w.period_end, w.stored, w.done_on, w.made_up_on, w.done_met, w.done_via,
          w.county_id, w.township_id, w.village_id) IS DISTINCT FROM
         (n.cause, n.person_id, n.due_on, n.period_end, n.stored, n.done_on, n.made_up_on, n.done_met, n.done_via,
          n.county_id, n.township_id, n.village_id);
  IF NOT FOUND THEN RETURN NULL; END IF;
  SELECT array_agg(n.person_id), min(n.due_on), max(n.due_on) INTO people, since, until
    FROM was w JOIN made n ON n.id = w.id
   WHERE (w.cause, w.person_id, w.due_on, w.county_id, w.township_id, w.village_id,
          w.stored IN ('superseded', 'dropped')) IS DISTINCT FROM
         (n.cause, n.person_id, n.due_on, n.county_id, n.township_id, n.village_id,
          n.stored IN ('superseded', 'dropped'));
  IF cardinality(people) > 1000 THEN
    INSERT INTO visits_desk_tallymark (quarter, county_id, township_id, village_id)
    SELECT DISTINCT tally_quarter(due_on), 0, 0, 0 FROM (SELECT due_on FROM was UNION SELECT due_on FROM made) x;
  ELSIF people IS NOT NULL THEN
    PERFORM tally_spread(people, since, until);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION tally_due_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO visits_desk_tallymark (quarter, county_id, township_id, village_id)
  SELECT DISTINCT tally_quarter(due_on), county_id, township_id, village_id FROM was WHERE cause = 'rule';
  RETURN NULL;
END $$;

CREATE TRIGGER tally_insert AFTER INSERT ON visits_schedule_dueitem
REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_due_insert();
CREATE TRIGGER tally_update AFTER UPDATE ON visits_schedule_dueitem
REFERENCING OLD TABLE AS was NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_due_update();
CREATE TRIGGER tally_delete AFTER DELETE ON visits_schedule_dueitem
REFERENCING OLD TABLE AS was FOR EACH STATEMENT EXECUTE FUNCTION tally_due_delete();

-- Papers: an item counts as signed by the line of a visit on its day (selectors.STANDING). A file that was merged
-- stands on papers under its own number.
CREATE FUNCTION tally_papers(people bigint[], days date[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO visits_desk_tallymark (quarter, county_id, township_id, village_id)
  SELECT DISTINCT tally_quarter(d.due_on), d.county_id, d.township_id, d.village_id
    FROM unnest(people, days) AS x (person_id, day)
    JOIN visits_roster_person p ON p.id = x.person_id
    JOIN visits_schedule_dueitem d ON d.person_id = ANY(ARRAY[p.id, p.merged_into_id])
                                  AND x.day IN (d.done_on, d.made_up_on)
   WHERE d.cause = 'rule'
$$;
CREATE FUNCTION tally_sheet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tally_papers(array_agg(l.person_id), array_agg(v.visited_on))
     FROM was w JOIN made n ON n.id = w.id AND n.state <> w.state
     JOIN visits_records_sheetline l ON l.sheet_id = n.id
     JOIN visits_records_visit v ON v.id = l.visit_id
    WHERE 'signed' IN (w.state, n.state) OR 'approved' IN (w.state, n.state)
   HAVING count(*) > 0;
  RETURN NULL;
END $$;
CREATE FUNCTION tally_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tally_papers(array_agg(l.person_id), array_agg(v.visited_on))
     FROM made l JOIN visits_records_sheet s ON s.id = l.sheet_id AND s.state IN ('signed', 'approved')
     JOIN visits_records_visit v ON v.id = l.visit_id
   HAVING count(*) > 0;
  RETURN NULL;
END $$;
CREATE FUNCTION tally_return() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tally_papers(array_agg(l.person_id), array_agg(v.visited_on))
     FROM made r JOIN visits_records_sheetline l ON l.id = r.line_id
     JOIN visits_records_visit v ON v.id = l.visit_id
   HAVING count(*) > 0;
  RETURN NULL;
END $$;
-- A visit that is changed, or voided: by the papers it stands on, and by itself.
CREATE FUNCTION tally_visit() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER tally_update AFTER UPDATE ON visits_records_sheet
REFERENCING OLD TABLE AS was NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_sheet();
CREATE TRIGGER tally_insert AFTER INSERT ON visits_records_sheetline
REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_line();
CREATE TRIGGER tally_insert AFTER INSERT ON visits_records_linereturn
REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_return();
CREATE TRIGGER tally_delete AFTER DELETE ON visits_records_linereturn
REFERENCING OLD TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_return();
CREATE TRIGGER tally_update AFTER UPDATE ON visits_records_visit
REFERENCING OLD TABLE AS was NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_visit();

-- People: who lives together, who is grown up, which file is which; and the roster itself.
CREATE FUNCTION tally_items_of(people bigint[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO visits_desk_tallymark (quarter, county_id, township_id, village_id)
  SELECT DISTINCT tally_quarter(due_on), county_id, township_id, village_id
    FROM visits_schedule_dueitem WHERE person_id = ANY(people) AND cause = 'rule'
$$;
CREATE FUNCTION tally_person_update() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE people bigint[];
BEGIN
  INSERT INTO visits_desk_tallymark (quarter, county_id, township_id, village_id)
  SELECT DISTINCT NULL::date, x.county_id, x.township_id, x.village_id
    FROM was w JOIN made n ON n.id = w.id
    CROSS JOIN LATERAL (VALUES (w.county_id, w.township_id, w.village_id), (n.county_id, n.township_id, n.village_id)
                       ) AS x (county_id, township_id, village_id)
   WHERE (w.status, w.merged_into_id, w.assignee_id, w.entrusted_to_id, w.county_id, w.township_id, w.village_id)
         IS DISTINCT FROM
         (n.status, n.merged_into_id, n.assignee_id, n.entrusted_to_id, n.county_id, n.township_id, n.village_id);
  SELECT array_agg(x.id) INTO people
    FROM was w JOIN made n ON n.id = w.id
      AND (w.household_id, w.birth_date, w.merged_into_id) IS DISTINCT FROM (n.household_id, n.birth_date, n.merged_into_id)
    CROSS JOIN LATERAL (VALUES (n.id), (w.merged_into_id), (n.merged_into_id)) AS x (id)
   WHERE x.id IS NOT NULL;
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
CREATE FUNCTION tally_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO visits_desk_tallymark (quarter, county_id, township_id, village_id)
  SELECT DISTINCT NULL::date, county_id, township_id, village_id FROM made;
  RETURN NULL;
END $$;
CREATE FUNCTION tally_membership() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO visits_desk_tallymark (quarter, county_id, township_id, village_id)
  SELECT DISTINCT NULL::date, p.county_id, p.township_id, p.village_id
    FROM made m JOIN visits_roster_person p ON p.id = m.person_id;
  RETURN NULL;
END $$;
CREATE TRIGGER tally_insert AFTER INSERT ON visits_roster_person
REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_person();
CREATE TRIGGER tally_delete AFTER DELETE ON visits_roster_person
REFERENCING OLD TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_person();
CREATE TRIGGER tally_update AFTER UPDATE ON visits_roster_person
REFERENCING OLD TABLE AS was NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_person_update();
CREATE TRIGGER tally_insert AFTER INSERT ON visits_roster_membership
REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_membership();
CREATE TRIGGER tally_update_was AFTER UPDATE ON visits_roster_membership
REFERENCING OLD TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_membership();
CREATE TRIGGER tally_update AFTER UPDATE ON visits_roster_membership
REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_membership();
CREATE TRIGGER tally_delete AFTER DELETE ON visits_roster_membership
REFERENCING OLD TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_membership();

-- Visitors: whoever is named must hold a post there, with an account in use.
CREATE FUNCTION tally_visitors(users bigint[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO visits_desk_tallymark (quarter, county_id, township_id, village_id)
  SELECT DISTINCT NULL::date, county_id, township_id, village_id FROM visits_roster_person WHERE assignee_id = ANY(users)
$$;
CREATE FUNCTION tally_post() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tally_visitors(array_agg(user_id)) FROM made HAVING count(*) > 0;
  RETURN NULL;
END $$;
CREATE FUNCTION tally_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tally_visitors(array_agg(n.id)) FROM was w JOIN made n ON n.id = w.id AND n.is_active <> w.is_active
   HAVING count(*) > 0;
  RETURN NULL;
END $$;
CREATE FUNCTION tally_region() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO visits_desk_tallymark (quarter, county_id, township_id, village_id)
  SELECT NULL, 0, 0, 0 FROM was w JOIN made n ON n.id = w.id AND n.parent_id IS DISTINCT FROM w.parent_id LIMIT 1;
  RETURN NULL;
END $$;
CREATE TRIGGER tally_insert AFTER INSERT ON accounts_post
REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_post();
CREATE TRIGGER tally_update_was AFTER UPDATE ON accounts_post
REFERENCING OLD TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_post();
CREATE TRIGGER tally_update AFTER UPDATE ON accounts_post
REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_post();
CREATE TRIGGER tally_delete AFTER DELETE ON accounts_post
REFERENCING OLD TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_post();
CREATE TRIGGER tally_update AFTER UPDATE ON accounts_user
REFERENCING OLD TABLE AS was NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_user();
CREATE TRIGGER tally_update AFTER UPDATE ON accounts_region
REFERENCING OLD TABLE AS was NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION tally_region();

-- How somebody was reached follows from tries and excuses as well.
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
ALTER TABLE visits_desk_tallymark ALTER made_at DROP DEFAULT;
DROP FUNCTION tally_visit_insert, tally_attempt, tally_excuse, tally_due_insert, tally_due_update, tally_due_delete, tally_sheet, tally_line, tally_return, tally_visit,
  tally_person_update, tally_person, tally_membership, tally_post, tally_user, tally_region CASCADE;
DROP FUNCTION tally_spread, tally_papers, tally_items_of, tally_visitors;
DROP FUNCTION tally_quarter, tally_half;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("visits_desk", "0001_initial"),
        ("accounts", "0003_log_seal"),
        ("visits_records", "0003_references"),
        ("visits_roster", "0001_initial"),
        ("visits_schedule", "0001_initial"),
    ]
    operations = [migrations.RunSQL(TRIGGERS, UNDO)]
