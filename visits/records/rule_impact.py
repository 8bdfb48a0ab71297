"""What a rule that holds at once asks again of people who were visited in its period already: a hook that the preview of
rules asks (docs/adr 7)."""

from collections.abc import Collection
from datetime import date

from django.db import connection
from django.db.models import QuerySet

from visits.schedule import impact
from visits.schedule.due import HOME_MODES, MET_HOUSEHOLD, MET_SELF
from visits.schedule.strictness import Demand

# As `schedule.services.fulfil` counts: somebody's word that counts, an allowed way, home visits whoever was met; from the
# day on which the person was in one of the classes.
SHORT = """
WITH people AS MATERIALIZED ({people}), files AS (
  SELECT id AS file, id FROM people
   UNION ALL
  SELECT m.merged_into_id, m.id FROM visits_roster_person m JOIN people p ON p.id = m.merged_into_id
), made AS (
  SELECT f.file, v.visited_on, v.mode, v.met
    FROM files f JOIN visits_records_visit v ON v.person_id = f.id
   WHERE v.voided_at IS NULL AND v.visited_on BETWEEN %s AND %s
   UNION ALL
  SELECT f.file, v.visited_on, v.mode, v.met
    FROM files f JOIN visits_records_offlinevisit v ON v.person_id = f.id
   WHERE v.voided_at IS NULL AND v.visited_on BETWEEN %s AND %s
), counted AS (
  SELECT v.file, v.mode,
         v.met = ANY(%s) OR v.met = ANY(%s) AND NOT EXISTS (
           SELECT FROM visits_roster_membership m JOIN visits_roster_caregroup g ON g.code = m.group_id
            WHERE m.person_id = v.file AND m.voided_at IS NULL AND g.alone AND m.starts_on <= v.visited_on
              AND (m.ends_on IS NULL OR m.ends_on >= v.visited_on)) AS taken
    FROM made v
   WHERE EXISTS (SELECT FROM visits_roster_membership m
                  WHERE m.person_id = v.file AND m.voided_at IS NULL AND m.group_id = ANY(%s)
                    AND m.starts_on <= v.visited_on AND (m.ends_on IS NULL OR m.ends_on >= v.visited_on))
), person AS (
  SELECT bool_or(taken) AS visited, bool_or(taken AND mode = ANY(%s)) AS fits,
         count(*) FILTER (WHERE mode = ANY(%s)) AS home
    FROM counted GROUP BY file
)
SELECT count(*) FROM person WHERE visited AND NOT (fits AND home >= %s)
"""


def short(people: QuerySet, codes: Collection[str], demand: Demand, since: date, until: date) -> int:
    """How many of these `people` (a queryset of persons) were visited in these days, both inclusive, yet not as the
    demand wants it."""
    sql, parameters = people.order_by().values("id").query.sql_with_params()
    days = [since, until, since, until]
    more = [sorted(MET_SELF), sorted(MET_HOUSEHOLD), list(codes), sorted(demand.modes), sorted(HOME_MODES)]
    with connection.cursor() as cursor:
        cursor.execute(SHORT.format(people=sql), [*parameters, *days, *more, demand.min_home])
        return int(cursor.fetchone()[0])


def register() -> None:
    """Called when the application starts."""
    impact.visited_short.append(short)
