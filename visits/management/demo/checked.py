"""Signing in the demo beyond the three names: a 授权 that ran out with its document, and an 抽查 half done."""

from datetime import date, timedelta

from accounts.models import User
from accounts.roles import Role
from visits.management.demo.history import at_evening, on_duty
from visits.management.demo.staff import Staff
from visits.records.models import SampledRecord
from visits.records.services.delegations import delegate
from visits.records.services.sampling import draw, judge, note_heard
from visits.schedule.periods import Quarter

ANSWERS = (
    ("came", "村里来过，坐了一会儿，问我吃药没有", "true", ""),
    ("came", "上个月来过一次", "true", ""),
    ("unreached", "", "", ""),
    ("unsure", "记不清哪天了，有人来过", "true", "儿子说来过，日子对得上"),
    ("not", "那阵子我在女儿家", "wrong", "本人说那天不在村里，请乡镇说明"),
)


def play(staff: Staff, today: date) -> None:
    """A village head was away for half a year; the county asks about last quarter."""
    village = staff.villages[0]
    town = village.region.parent
    assert town is not None
    deputy = village.liaison
    clerk = on_duty(staff.clerks[town.pk], today)
    since, until = today - timedelta(days=200), today - timedelta(days=20)
    delegate(
        region_id=village.region.pk, role=Role.VILLAGE_HEAD, deputy_id=deputy.pk, deputy_title="驻村干部",
        principal_name=village.head.name, document_no=f"{town.name[0]}委〔{since.year}〕18号",
        reason="外出学习，期间代签", starts_on=since, ends_on=until, by=clerk, at=at_evening(today),
    )  # fmt: skip
    officer: User = on_duty(staff.officers[town.county_id], today)
    quarter = Quarter.containing(today).previous()
    sample = draw(
        county_id=town.county_id or 0, township_id=None, period_key=quarter.key, percent=None, size=8,
        seed="20261008", by=officer, at=at_evening(today),
    )  # fmt: skip
    for row, (heard, words, result, note) in zip(
        SampledRecord.objects.filter(sample=sample).order_by("place"), ANSWERS, strict=False
    ):
        note_heard(record_id=row.pk, how="phone", heard=heard, words=words, by=officer, at=at_evening(today))
        if result:
            judge(record_id=row.pk, result=result, note=note, by=officer, at=at_evening(today))
