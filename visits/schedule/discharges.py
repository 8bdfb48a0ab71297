"""Who comes out of hospital is visited within seven days (1-E E8), read from the absences themselves.

Set-based and safe to run twice: a stay whose end is noted makes an item, one that was voided or whose end was taken
back drops it again. What a visit has done stays done.
"""

from collections.abc import Sequence

from django.db import connection, transaction

from visits.schedule.writing import one_at_a_time

DUE_DAYS = 7  # inclusive, counted from the day of the discharge, which is the first on which a visit counts
OPEN_DAYS = 30  # until then a visit still makes it good, late

# The stays after which a visit is owed. Not asked of a stay that was over long before anybody noted it.
STAYS = """
WITH stay AS (
  SELECT DISTINCT a.person_id, a.ends_on
    FROM visits_roster_absence a JOIN visits_roster_person p ON p.id = a.person_id
   WHERE a.kind = 'hospital' AND a.voided_at IS NULL AND a.ends_on IS NOT NULL AND p.merged_into_id IS NULL
     AND (p.left_on IS NULL OR a.ends_on + %(due)s < p.left_on)
     AND (a.ended_at IS NULL OR (a.ended_at AT TIME ZONE 'Asia/Shanghai')::date <= a.ends_on + %(open)s)
     AND (%(everybody)s OR a.person_id = ANY(%(people)s::bigint[]))
     AND EXISTS (SELECT 1 FROM visits_roster_membership m
                  WHERE m.person_id = a.person_id AND m.voided_at IS NULL AND m.starts_on <= a.ends_on
                    AND (m.ends_on IS NULL OR m.ends_on >= a.ends_on))
)
"""

INSERT = """
INSERT INTO visits_schedule_dueitem (cause, person_id, period_start, period_end, first, opens_on, due_on, closes_on, tier,
       county_id, township_id, village_id, assignee_id, entrusted_to_id, stored, done_mode, done_met, done_via)
SELECT 'discharge', s.person_id, s.ends_on, s.ends_on + %(open)s, FALSE, s.ends_on, s.ends_on + %(due)s, s.ends_on + %(open)s,
       CASE WHEN EXISTS (SELECT 1 FROM visits_roster_membership m JOIN visits_roster_caregroup g ON g.code = m.group_id
                          WHERE m.person_id = s.person_id AND m.voided_at IS NULL AND g.tier = 'key'
                            AND m.starts_on <= s.ends_on AND (m.ends_on IS NULL OR m.ends_on >= s.ends_on))
            THEN 'key' ELSE 'general' END,
       p.county_id, p.township_id, p.village_id, p.assignee_id, p.entrusted_to_id, '', '', '', ''
  FROM stay s JOIN visits_roster_person p ON p.id = s.person_id
 WHERE NOT EXISTS (SELECT 1 FROM visits_schedule_dueitem d
                    WHERE d.person_id = s.person_id AND d.cause = 'discharge' AND d.period_start = s.ends_on)
ON CONFLICT (person_id, period_start) WHERE cause = 'discharge' DO NOTHING
"""

CORRECT = """
UPDATE visits_schedule_dueitem d
   SET stored = CASE WHEN s.person_id IS NULL THEN 'dropped' ELSE '' END
  FROM visits_schedule_dueitem o
  LEFT JOIN stay s ON s.person_id = o.person_id AND s.ends_on = o.period_start
 WHERE o.id = d.id AND d.cause = 'discharge' AND d.done_on IS NULL AND d.made_up_on IS NULL
   AND (%(everybody)s OR d.person_id = ANY(%(people)s::bigint[]))
   AND d.stored IN ('', 'dropped') AND d.stored <> CASE WHEN s.person_id IS NULL THEN 'dropped' ELSE '' END
"""


@transaction.atomic
def bring_up_to_date(people: Sequence[int] | None = None) -> None:
    """Write what is owed after stays in hospital and drop what is owed no longer (None: for everybody)."""
    parameters = {
        "everybody": people is None,
        "people": list(people or []),
        "due": DUE_DAYS,
        "open": OPEN_DAYS,
    }
    one_at_a_time()
    with connection.cursor() as cursor:
        cursor.execute(STAYS + CORRECT, parameters)
        cursor.execute(STAYS + INSERT, parameters)
