"""manage.py demo: invented people with a past, made through the services; or its accounts as a table."""

from argparse import ArgumentParser
from datetime import date
from typing import cast

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Post, User
from accounts.roles import ROLES, Role
from visits.management.demo import accounts as demo_accounts
from visits.management.demo import areas as demo_areas
from visits.management.demo import (
    checked,
    emergencies,
    firstday,
    followed,
    lasting,
    looked,
    rounds,
    told,
    yearend,
)
from visits.management.demo import files as demo_files
from visits.management.demo import homes as demo_homes
from visits.management.demo import paper as demo_paper
from visits.management.demo import staff as demo_staff
from visits.management.demo.answered import Answers
from visits.management.demo.away import Elsewhere
from visits.management.demo.crowd import Crowd
from visits.management.demo.history import Past
from visits.management.demo.interrupted import interrupt
from visits.management.demo.life import Month
from visits.management.demo.roster import fill, leave_open
from visits.management.demo.snapshots import bring_full_lists
from visits.management.demo.taking_out import ask_for_lists
from visits.roster.models import Person
from visits.schedule import services as schedule
from visits.schedule.periods import Quarter
from xunfang.kit.garbage import settle

ORDER = (
    Role.VISITOR, Role.VILLAGE_HEAD, Role.LIAISON, Role.TOWNSHIP_CLERK, Role.TOWNSHIP_HEAD, Role.COUNTY_OFFICER,
    Role.COUNTY_HEAD, Role.CITY_SUPERVISOR, Role.CITY_BUSINESS, Role.INSPECTOR, Role.SYSTEM_ADMIN, Role.AUDITOR,
)  # fmt: skip


class Command(BaseCommand):
    help = "演示数据：编的人，真的地名。--accounts 只列出演示账号"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--accounts", action="store_true", help="列出各角色的演示账号")
        parser.add_argument("--people", type=int, default=0, help="全市一共要多少人（大数据量）")
        parser.add_argument("--years", type=int, default=3, help="几年的巡访，和--people一起用")
        parser.add_argument("--recreate", action="store_true", help="把库清空重做（要用表的主人的账号）")

    def handle(self, *args: object, **options: object) -> None:
        if options["accounts"]:
            self._accounts()
            return
        if not settings.DEMO:
            raise CommandError("这里不是演示环境，不放演示数据")
        settle()
        if options["recreate"]:
            self._empty()
        if Person.objects.exists():
            self.stdout.write("库里已经有人了，没有再放演示数据")
            return
        with transaction.atomic():
            with connection.cursor() as cursor:  # the 15 seconds are for pages
                cursor.execute("SET LOCAL statement_timeout = '15min'")
            count = self._make(timezone.localdate())
            if people := cast(int, options["people"]):
                today = timezone.localdate()
                count += Crowd(people, cast(int, options["years"]), today, self.stdout.write).make()
        self.stdout.write(f"演示数据放好了：{count}人，三个季度的巡访和签字")

    def _empty(self) -> None:
        """Everything anew: the log and the history can't be emptied row by row, so the schema goes."""
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '15min'")  # a city's files are many
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
        call_command("migrate", verbosity=0)
        call_command("seed", verbosity=0)

    def _make(self, today: date) -> int:
        staff = demo_staff.make(today)
        people = fill(staff, today)
        yearend.play(today)
        firstday.began(staff, today)
        now = Quarter.containing(today)
        past = Past(staff, people, today, self.stdout.write)
        for quarter, share in ((now.previous().previous(), 0.97), (now.previous(), 0.93), (now, 0.6)):
            schedule.generate(on=max(quarter.start, date(today.year - 1, 1, 1)))
            if quarter.start < today:
                past.quarter(quarter, share)
        schedule.generate(on=today)
        past.sign(now.previous().previous(), finished=True)
        past.sign(now.previous(), finished=False)
        past.report()
        demo_homes.play(staff, past, today)
        rounds.play(staff, past, today)
        bring_full_lists(staff, today)
        leave_open(staff, people, today)
        demo_files.make(staff, people, today)
        lasting.make(staff, people, today)
        Month(staff, people, today).play()
        interrupt(staff)
        Elsewhere(staff, people, today).play()
        firstday.begin_another(staff, today)
        demo_areas.stricter(staff, today)
        demo_areas.divide(staff, today)
        followed.play(staff, people, today)
        Answers(staff, people, today).play()
        emergencies.play(staff, people, today)
        demo_areas.last_night(today)
        demo_paper.play(staff, today)
        checked.play(staff, today)
        demo_accounts.open_most(staff, today, timezone.now())
        demo_accounts.bring_list(staff, today, timezone.now())
        ask_for_lists(staff.clerks[staff.villages[0].region.township_id], today)
        told.play(staff, today)
        looked.play(today)
        return Person.objects.count()

    def _accounts(self) -> None:
        """One account per role: the first user of the demo who holds it."""
        users = User.objects.filter(phone__startswith="1380002").order_by("pk")
        seen: dict[str, tuple[User, Post]] = {}
        for user in users:
            for post in user.posts.select_related("region"):
                seen.setdefault(post.role, (user, post))
        self.stdout.write("\t".join(["角色", "单位", "姓名", "手机号", "密码"]))
        for role in ORDER:
            if role in seen:
                user, post = seen[role]
                label = ROLES[role].label
                self.stdout.write(
                    "\t".join([label, post.region.name, user.name, str(user.phone), demo_staff.PASSWORD])
                )
