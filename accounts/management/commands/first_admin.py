"""manage.py first_admin: the first administrator of a new installation; all other accounts are made on its pages."""

import re
import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Post, Region, User
from accounts.models.region import Level
from accounts.roles import Role


class Command(BaseCommand):
    help = "开第一个系统管理员，给一个只用一次的口令。已经有系统管理员时不能用"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="姓名")
        parser.add_argument("phone", help="手机号")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        name, phone, now = options["name"].strip(), options["phone"].strip(), timezone.now()
        city = Region.objects.filter(level=Level.CITY).order_by("pk").first()
        if city is None:
            raise CommandError("还没有行政区划，请先执行manage.py seed")
        if Post.objects.live(timezone.localdate()).filter(role=Role.SYSTEM_ADMIN).exists():
            raise CommandError("已经有系统管理员了，请由他在“账号”里开")
        if not re.fullmatch(r"1\d{10}", phone) or not name:
            raise CommandError("写法：manage.py first_admin 姓名 11位手机号")
        if User.objects.filter(phone=phone).exists():
            raise CommandError("这个手机号已经有账号了")
        # Of four kinds, whatever the draw: it is typed once and must be changed at once.
        password = f"Xy7-{secrets.token_urlsafe(12)}"
        user = User.objects.create_user(name=name, phone=phone, password=password, must_change_password=True)
        post = Post.objects.create(
            user=user, region=city, role=Role.SYSTEM_ADMIN, starts_on=timezone.localdate()
        )
        audit.record("user_created", at=now, by_id=None, target=user)
        audit.record("post_made", at=now, by_id=None, target=post)
        self.stdout.write(
            f"{name}可以登录了。手机号{phone}，口令 {password}\n登录以后要马上改，这个口令就没有用了。"
        )
