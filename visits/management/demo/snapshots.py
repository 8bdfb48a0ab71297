"""Full lists of the demo: one class of each township is of this month, another a month old, one township has three
people who are on the list no longer, and official figures stand beside ours."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.utils import timezone

from accounts.models import Region, User
from accounts.scoping import duty_of
from visits.management.demo.roster import WORDS, bring
from visits.management.demo.staff import Staff
from visits.roster.models import Membership, Person
from visits.roster.services.figures import note_figure

MISSING = 3
# Class → how many months old its list is; 低保 by 城 and 乡.
CLASSES = (("dibao", "rural", 0), ("tekun", "", 0), ("old_alone", "", 1), ("left_behind", "", 1))
# The last township of the county is behind with everything.
BEHIND = 2


def bring_full_lists(staff: Staff, today: date) -> None:
    """After the people are on file: each township's clerk brings the lists of the month."""
    townships = list(staff.clerks)
    for number, township_id in enumerate(townships):
        clerk = staff.clerks[township_id]
        late = BEHIND if number == len(townships) - 1 and number else 0
        for group, area, old in CLASSES:
            people = _people(township_id, group, area)
            if not people:
                continue
            gone = MISSING if number == 0 and group == "dibao" else 0
            _list(
                people[: len(people) - gone],
                clerk,
                township_id,
                group,
                area,
                months_before(today, old + late),
                today,
            )
        _figures(clerk, township_id, today)


def months_before(today: date, count: int) -> date:
    """The first day of the month that lies so many months back."""
    month = today.replace(day=1)
    for _ in range(count):
        month = (month - timedelta(days=1)).replace(day=1)
    return month


def _people(township_id: int, group: str, area: str) -> list[Person]:
    rows = Membership.objects.live(timezone.localdate()).filter(
        person__township_id=township_id, person__status=Person.Status.LIVE, group_id=group, area=area
    )
    return [row.person for row in rows.select_related("person").order_by("person__village_id", "person_id")]


def _list(
    people: Sequence[Person], clerk: User, township_id: int, group: str, area: str, month: date, today: date
) -> None:
    names = dict(Region.objects.filter(level=4, township_id=township_id).values_list("pk", "name"))
    word = {"rural": "农村低保", "urban": "城市低保"}.get(area) or WORDS[group]
    rows = [
        [person.name, str(person.id_number), names[person.village_id], word, *[""] * 12] for person in people
    ]
    bring(
        rows, clerk, township_id, today, load=True,
        month=month, group_id=group, area=area, coverage="full", file_name=f"{month.month}月{word}.csv",
    )  # fmt: skip


def _figures(clerk: User, township_id: int, today: date) -> None:
    """What the other system has: equal for one class, a few more or less for the others."""
    duty_of(clerk, today)
    for (group, area, old), gap in zip(CLASSES, (-2, 0, 1, 2), strict=True):
        count = len(_people(township_id, group, area))
        if count > 2:
            note_figure(
                township_id=township_id, group_id=group, area=area, month=months_before(today, old),
                people=count + gap, by=clerk, at=timezone.now(),
            )  # fmt: skip
