"""The first-day guide on the clerk's home page (practice P4, journeys J0): what is left, from the data alone."""

from datetime import date
from typing import Any

from django.db.models import Count, Q

from accounts.models import Region
from visits.core.start import before_start_done, go_live
from visits.desk import links, rounds
from visits.records.models import OfflineVisit
from visits.records.selectors.offline import registered_people
from visits.roster.models import Person
from visits.schedule.trial import on_trial
from visits.templatetags.xf import day, num


def of(township: Region, today: date) -> list[dict[str, str]]:
    """The five steps for `_guide.html`, the first one that is left as `now`; empty when all is done, or when the
    township's first full quarter has begun: from then on it is no first day."""
    begun = go_live(township.pk, today)
    if begun is not None and not on_trial(begun, today):
        return []
    totals = (
        Person.objects.on_roster()
        .filter(township_id=township.pk)
        .aggregate(n=Count("pk"), nobody=Count("pk", filter=Q(assignee=None)))
    )
    steps = _steps(township, today, begun, totals["n"], totals["nobody"])
    if all(step["state"] == "done" for step in steps):
        return []
    next(step for step in steps if step["state"] == "wait")["state"] = "now"
    return steps


def _steps(
    township: Region, today: date, begun: date | None, people: int, nobody: int
) -> list[dict[str, str]]:
    entered = registered_people(township.pk, OfflineVisit.Kind.BEFORE_START)
    here = {"township": township.pk}
    return [
        _step(
            bool(people),
            "导入名单",
            f"名单上{num(people)}人" if people else "还没有名单",
            "visits_roster:import",
        ),
        {
            **_step(
                begun is not None, "定启用日期", day(begun) if begun else "还没定", "visits_records:start"
            ),
            "url": links.to("visits_records:start_of", township.pk),
        },
        # Before the visits of before: who went is then known, and need not be chosen one by one.
        _step(
            bool(people) and not nobody,
            "分给巡访人",
            f"未落实{num(nobody)}人" if nobody else "都落实了" if people else "有了名单再分",
            "visits_schedule:assign",
        ),
        _step(
            begun is not None and before_start_done(township.pk, today),
            "启用前已访的补登",
            f"登记了{num(entered)}人，登完了点“都登记好了”" if entered else "打勾就行，没有的点“都登记好了”",
            "visits_records:offline",
            **here,
        ),
        _step(
            rounds.printed(township.pk),
            "打印各村巡访单",
            "没有信号、没有手机的，先打出来",
            "visits_desk:prints",
        ),
    ]


def _step(done: bool, name: str, note: str, view: str, **query: Any) -> dict[str, str]:
    return {"state": "done" if done else "wait", "name": name, "note": note, "url": links.to(view, **query)}
