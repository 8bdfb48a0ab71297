"""The demo's townships began half a year ago; one begins these days: in trial, with visits made before its start."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.models import Region, User
from accounts.roles import Role
from accounts.scoping import duty_of
from visits.management.demo.people import Maker
from visits.management.demo.roster import _row, _work, bring
from visits.management.demo.staff import Staff, Village, newcomer
from visits.records.models import OfflineVisit
from visits.records.selectors import offline as reads
from visits.records.services import offline, starting
from visits.records.services.offline import Entry
from visits.schedule import services as schedule
from visits.schedule.periods import Quarter

SHANGHAI = ZoneInfo("Asia/Shanghai")
COUNTY, TOWNSHIP = "永泰县", "同安镇"


def began(staff: Staff, today: date) -> None:
    """All of the demo's townships began with the first of the quarters that are played."""
    day = Quarter.containing(today).previous().previous().start
    at = datetime.combine(today, time(8), SHANGHAI)
    for township_id, clerk in staff.clerks.items():
        duty_of(clerk, today)
        starting.set_go_live(township_id=township_id, day=day, by=clerk, at=at)
        starting.finish_before_start(township_id=township_id, by=clerk, at=at)
    _work()


def begin_another(staff: Staff, today: date) -> None:
    """同安镇: a list, a day, half of the people ticked, one change among them, one visit of another programme."""
    township = Region.objects.get(level=3, name=TOWNSHIP, parent__name=COUNTY)
    villages = list(Region.objects.live(today).filter(level=4, parent=township).order_by("position")[:3])
    clerk = newcomer((Role.TOWNSHIP_CLERK, township, "民政办经办人"), today)
    homes = [_village(region, today) for region in villages]
    maker = Maker(today, seed=26)
    maker.serial, maker.phones = 400, 9000
    rows = []
    for village in homes:
        people = maker.village("350125", village.size)
        rows += [_row(one, village, today, assigned=n % 6 != 0) for n, one in enumerate(people)]
    bring(rows, clerk, township.pk, today, load=True)
    quarter = Quarter.containing(today)
    starts = max(date.fromordinal(quarter.start.toordinal() + 1), today - timedelta(days=9))
    at = datetime.combine(today, time(9), SHANGHAI)
    starting.set_go_live(township_id=township.pk, day=starts, by=clerk, at=at)
    _work()
    schedule.generate(on=today)
    last = min(starts, today) - timedelta(days=1)
    if last < quarter.start:
        return
    _tick(township, clerk, homes[0], last, quarter.start, today, at)


def _tick(
    township: Region, clerk: User, village: Village, last: date, first: date, today: date, at: datetime
) -> None:
    people = list(reads.waiting(township.pk, today, village.region.pk))
    entries = [
        Entry(
            person_id=person.pk,
            visited_on=max(first, last - timedelta(days=n % 20)),
            mode="home",
            met="self",
            visitor_name=village.visitors[0].name,
            visitor_id=village.visitors[0].pk,
            change_note="儿子从外地回来了，住在一起" if n == 2 else "",
            paper_place="民政办铁皮柜第2格",
        )
        for n, person in enumerate(people[: len(people) * 3 // 4])
    ]
    duty_of(clerk, today)
    offline.register(
        township_id=township.pk, kind=OfflineVisit.Kind.BEFORE_START, entries=entries, by=clerk, at=at
    )
    rest = people[len(entries) :]
    if rest:
        entry = Entry(rest[0].pk, last, "home", "self", "林秀英")
        offline.register(
            township_id=township.pk, kind=OfflineVisit.Kind.OTHER_PROGRAMME, programme="防返贫监测", entries=[entry],
            by=clerk, at=at,
        )  # fmt: skip


def _village(region: Region, today: date) -> Village:
    visitor = newcomer((Role.VISITOR, region, "村委会委员"), today)
    return Village(
        region=region,
        size=12,
        urban=False,
        head=newcomer((Role.VILLAGE_HEAD, region, "村委会主任"), today),
        liaison=newcomer((Role.LIAISON, region, "包村干部"), today),
        visitors=(visitor, visitor),
    )
