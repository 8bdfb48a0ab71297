"""Who is told of a deadline when nobody has decided otherwise: the city's defaults, dated like any later decision.

(subject, level, working days after the last day, hour, role, at once)"""

from datetime import date, time

from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import Role
from visits.followup.deadlines import HANDLER, TURN
from visits.followup.models import EscalationRule, Subject

SINCE = date(2018, 1, 1)
NINE = 9
DEFAULTS: tuple[tuple[str, int, int, int, str, bool], ...] = (
    # 五(三)-8: two working days. The clerk twice, then one level more each working day.
    (Subject.REPORT, 1, -1, NINE, Role.TOWNSHIP_CLERK, False),
    (Subject.REPORT, 2, 0, NINE, Role.TOWNSHIP_CLERK, False),
    (Subject.REPORT, 3, 1, NINE, Role.TOWNSHIP_HEAD, False),
    (Subject.REPORT, 4, 2, NINE, Role.COUNTY_OFFICER, False),
    (Subject.REPORT, 5, 3, NINE, Role.CITY_SUPERVISOR, False),
    # 五(三)-10: three working days.
    (Subject.CASE, 1, -1, NINE, Role.COUNTY_OFFICER, False),
    (Subject.CASE, 2, 0, NINE, Role.COUNTY_OFFICER, False),
    (Subject.CASE, 3, 1, NINE, Role.COUNTY_HEAD, False),
    (Subject.CASE, 4, 2, NINE, Role.CITY_SUPERVISOR, False),
    (Subject.SUPPLEMENT, 1, -1, NINE, Role.TOWNSHIP_CLERK, False),
    (Subject.SUPPLEMENT, 2, 1, NINE, Role.TOWNSHIP_HEAD, False),
    (Subject.SUPPLEMENT, 3, 2, NINE, Role.COUNTY_OFFICER, False),
    (Subject.MEASURE, 1, -1, NINE, Role.TOWNSHIP_CLERK, False),
    (Subject.MEASURE, 2, 1, NINE, HANDLER, False),
    # practice P22: confirmed on the next working day.
    (Subject.SUMMARY, 1, 0, 15, Role.TOWNSHIP_CLERK, False),
    (Subject.SUMMARY, 2, 2, NINE, Role.TOWNSHIP_HEAD, False),
    # 五(三)-9: 24 hours, by the hour, days off included.
    (Subject.EMERGENCY, 1, 0, 0, HANDLER, True),
    (Subject.EMERGENCY, 1, 0, 0, Role.TOWNSHIP_CLERK, True),
    (Subject.EMERGENCY, 2, 1, 0, Role.COUNTY_OFFICER, True),
    # practice P2: signing has a day of its own, and nothing waits for it.
    (Subject.SIGNING, 1, -1, NINE, TURN, False),
    (Subject.SIGNING, 2, 1, NINE, Role.TOWNSHIP_HEAD, False),
    (Subject.SIGNING, 3, 3, NINE, Role.COUNTY_OFFICER, False),
)


def seed() -> None:
    """The defaults, where there are none at all: what was decided stays."""
    city = Region.objects.filter(level=Level.CITY).first()
    if city is None or EscalationRule.objects.exists():
        return
    EscalationRule.objects.bulk_create(
        EscalationRule(
            region=city,
            subject=subject,
            level=level,
            days=days,
            at=time(hour),
            role=role,
            at_once=at_once,
            starts_on=SINCE,
        )
        for subject, level, days, hour, role, at_once in DEFAULTS
    )
