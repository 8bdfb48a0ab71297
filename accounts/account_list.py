"""The list of accounts as whoever looks after them sees it: filters, a summary, rows. Reading only."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts import authority, openings
from accounts.backends import normalise
from accounts.models import Opening, Post, Region, User
from accounts.models.region import Level
from accounts.roles import ROLES, Role
from accounts.scoping import COLUMN, Duty

PAGE = 50
SOON = timedelta(days=30)
SHOW = {
    "": "全部",
    "unopened": "没开通过",
    "nopost": "没有任职",
    "soon": "任职快到期",
    "closed": "已停用",
}
COLUMNS = ["姓名", "电话", "任职", "账号"]
_UNIT_WORD = {Level.CITY: "个县（市、区）", Level.COUNTY: "个乡镇（街道）", Level.TOWNSHIP: "个村（居）"}


def _live(on: date) -> QuerySet[Post]:
    return Post.objects.live(on).filter(user_id=OuterRef("pk"))


def shown(show: str, on: date) -> Q:
    """The condition of a filter."""
    if show == "unopened":
        return openings.UNOPENED
    if show == "nopost":
        return Q(~Exists(_live(on)), is_active=True)
    if show == "soon":
        ending = _live(on).filter(ends_on__lte=on + SOON)
        return Q(Exists(ending), is_active=True)
    if show == "closed":
        return Q(is_active=False)
    return Q()


def of(duty: Duty, on: date, chosen: dict[str, Any]) -> QuerySet[User]:
    """The accounts that the filters leave: show, role, unit."""
    rows = authority.users(duty)
    if "role" in chosen or "unit" in chosen:
        posts = Post.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), user_id=OuterRef("pk"))
        if "role" in chosen:
            posts = posts.filter(role=chosen["role"])
        if "unit" in chosen:
            unit = Region.objects.filter(pk=chosen["unit"]).first()
            column = COLUMN.get(Level(unit.level)) if unit is not None else None
            posts = posts.filter(**{f"region__{column}": unit.pk}) if unit and column else posts.none()
        rows = rows.filter(Exists(posts))
    return rows.filter(shown(chosen.get("show", ""), on))


def search(duty: Duty, text: str) -> QuerySet[User]:
    word = normalise(text)
    by_name = Q(name__contains="".join(text.split()))
    return authority.users(duty).filter(by_name | Q(phone__contains=word) | Q(staff_no__contains=word))


def page(rows: QuerySet[User], on: date, at: datetime, before: int | None) -> list[User]:
    """The next rows, newest first; one more than `PAGE` when there are more. Three queries."""
    if before is not None:
        rows = rows.filter(pk__lt=before)
    live = Prefetch("posts", Post.objects.live(on).select_related("region"), to_attr="live_posts")
    papers = Prefetch("openings", Opening.objects.alive(at).order_by("pk"), to_attr="papers")
    return list(rows.order_by("-pk").prefetch_related(live, papers)[: PAGE + 1])


def counts(duty: Duty, on: date) -> dict[str, int]:
    """How many accounts each filter shows, over everything one looks after. One query."""
    parts = {key: Count("pk", filter=shown(key, on)) for key in SHOW if key}
    return authority.users(duty).aggregate(every=Count("pk"), **parts)


def summary(duty: Duty, on: date, found: dict[str, int]) -> list[str]:
    """Two lines on top: how many there are, and what wants doing."""
    level = min((post.level for post in duty.posts if post.role in authority.MANAGERS), default=Level.CITY)
    units = authority.units(duty, on).filter(level=level + 1).count() if level < Level.VILLAGE else 0
    where = f"{units}{_UNIT_WORD[Level(level)]}，" if units else ""
    opened = f"{found['unopened']}个还没开通" if found["unopened"] else "都开通了"
    todo = [f"{found['nopost']}个没有任职" if found["nopost"] else "",
            f"{found['soon']}个任职30天内到期" if found["soon"] else "",
            f"{found['closed']}个已停用" if found["closed"] else ""]  # fmt: skip
    second = "，".join(part for part in todo if part)
    return [f"{where}账号{found['every']}个，{opened}。", f"{second}。" if second else "没有快到期的任职。"]


def filters(chosen: dict[str, Any], found: dict[str, int]) -> list[dict[str, Any]]:
    others = {key: value for key, value in chosen.items() if key != "show"}
    narrowed = bool(others)
    return [
        {
            "word": word,
            "url": url({**others, "show": key}),
            "current": key == chosen.get("show", ""),
            # Counts are of all; under a narrower choice they would not be the length of the list.
            "count": None if narrowed else found[key or "every"],
        }
        for key, word in SHOW.items()
    ]


def url(values: dict[str, Any]) -> str:
    kept = {key: value for key, value in values.items() if value not in ("", None)}
    return f"?{urlencode(kept)}" if kept else reverse("accounts:users")


def words(posts: Iterable[Post]) -> str:
    return "；".join(f"{post.region.name} {post.title or ROLES[Role(post.role)].label}" for post in posts)


def table(found: list[Any], on: date) -> dict[str, Any]:
    return {"caption": "账号", "columns": COLUMNS, "rows": [{"cells": _cells(user, on)} for user in found]}


def _cells(user: Any, on: date) -> list[dict[str, Any]]:
    phone = user.phone
    number = {"text": f"{phone[:3]} {phone[3:7]} {phone[7:]}", "url": f"tel:{phone}"} if phone else {
        "text": f"工号{user.staff_no}"
    }  # fmt: skip
    ends = [post.ends_on for post in user.live_posts if post.ends_on and post.ends_on <= on + SOON]
    note = f"到{min(ends).year}年{min(ends).month}月{min(ends).day}日" if ends else ""
    return [
        {"text": user.name, "url": reverse("accounts:user", args=[user.pk])},
        number,
        {"text": words(user.live_posts) or "没有任职", "note": note},
        _state(user),
    ]


def _state(user: Any) -> dict[str, str]:
    if not user.is_active:
        return {"text": "已停用", "state": "idle"}
    word = "没开通过" if user.last_login is None else "等本人设密码"
    if not openings.is_unopened(user):
        return {"text": "在用", "state": "done"}
    if user.papers:
        until = timezone.localtime(user.papers[-1].expires_at)
        return {"text": word, "state": "soon", "note": f"单子{until.month}月{until.day}日前有效"}
    return {"text": word, "state": "soon", "note": "手上没有单子"}


def unit_choices(duty: Duty, on: date) -> list[Region]:
    """The units one level below, for choosing."""
    level = min((post.level for post in duty.posts if post.role in authority.MANAGERS), default=Level.VILLAGE)
    if level >= Level.VILLAGE:
        return []
    return list(authority.units(duty, on).filter(level=level + 1).order_by("position", "pk"))
