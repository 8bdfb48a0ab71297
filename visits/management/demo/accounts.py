"""Accounts as a clerk finds them: most in use, some waiting for their papers, one ending soon, one list to confirm."""

import csv
import io
from datetime import date, datetime, timedelta

from accounts import openings, services
from accounts.lists import services as lists
from accounts.models import Post, User
from accounts.roles import Role
from accounts.scoping import duty_of
from visits.management.demo.staff import Staff

# Of the first township's visitors, who has not come in yet; the first two hold a paper.
UNOPENED = (3, 5, 6)
NEW = (
    ("程国华", "13800030001", "月洲村", "村委会委员"),
    ("丁春燕", "13800030002", "大喜村", "妇联主席"),
    ("魏志成", "13800030003", "芦洋村", "挂村干部"),
    ("沈玉琴", "1380003004", "芦洋村", "村委会委员"),
    ("姚国梁", "13800030005", "月州村", "村委会委员"),
)


def open_most(staff: Staff, today: date, at: datetime) -> None:
    """Everybody has signed in but a few; one post ends soon; one account has no post any more."""
    clerk = next(iter(staff.clerks.values()))
    duty_of(clerk, today)
    own = [village for village in staff.villages if village.region.township_id == next(iter(staff.clerks))]
    visitors = [visitor for village in own for visitor in village.visitors]
    waiting = [visitors[n] for n in UNOPENED if n < len(visitors)]
    User.objects.exclude(pk__in=[user.pk for user in waiting]).update(last_login=at - timedelta(days=1))
    openings.make(user_ids=[user.pk for user in waiting[:2]], by=clerk, at=at - timedelta(days=2), on=today)
    ending = Post.objects.get(user=own[1].liaison, role=Role.LIAISON)
    common = {"by": clerk, "at": at, "on": today}
    services.end_post(user_id=ending.user_id, post_id=ending.pk, ends_on=today + timedelta(days=12), **common)
    past = services.NewPost("visitor", own[2].region.pk, "村委会委员", today - timedelta(days=200), None)
    gone = services.create_user(name="龚丽萍", phone="13800030009", staff_no=None, post=past, **common)
    left = Post.objects.get(user=gone)
    services.end_post(user_id=gone.pk, post_id=left.pk, ends_on=today - timedelta(days=9), **common)
    User.objects.filter(pk=gone.pk).update(last_login=at - timedelta(days=10), password=clerk.password)


def bring_list(staff: Staff, today: date, at: datetime) -> None:
    """A list of the first township, read and waiting: three right rows, two wrong ones."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("姓名", "手机号", "村", "职务"))
    writer.writerows(NEW)
    clerk = next(iter(staff.clerks.values()))
    duty_of(clerk, today)
    batch = lists.start(
        content=out.getvalue().encode("utf-8-sig"),
        file_name="新一届村干部.csv",
        default_start=today,
        by=clerk,
        at=at,
    )
    lists.read(import_id=batch.pk, today=today, at=at, progress=lambda *_, **__: None)
