"""manage.py seed: what the system needs before anybody works with it. Safe to run again and again."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from accounts import region_source, regions
from accounts.models import Region
from visits.core import seeds as core_seeds
from visits.core import yearly
from visits.followup import seeds as followup_seeds
from visits.records import seeds as records_seeds
from visits.roster import seeds as roster_seeds
from visits.schedule import seeds as schedule_seeds

# 2018 is the year of the guideline; the source's cut-off is later, but visits before it must find a unit.
UNITS_FROM = date(2018, 1, 1)


class Command(BaseCommand):
    help = "单位、五类对象、巡访频次、工作日历、巡访内容：装好系统自带的数据"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--no-estimate", dest="estimate", action="store_false", help="没有公布放假安排的年份不预估"
        )

    @transaction.atomic
    def handle(self, *args: object, **options: object) -> None:
        text = (settings.BASE_DIR / "data" / "fuzhou_regions.csv").read_text(encoding="utf-8")
        made = regions.load(region_source.read(text), valid_from=UNITS_FROM)
        city = Region.objects.get(level=1)
        roster_seeds.seed()
        schedule_seeds.seed(city)
        core_seeds.seed()
        if options["estimate"]:
            yearly.estimate(today=timezone.localdate(), at=timezone.now())
        records_seeds.seed()
        followup_seeds.seed()
        if options["verbosity"]:
            self.stdout.write(f"单位新增{made}个；对象分类、频次、日历、巡访内容已就绪")
