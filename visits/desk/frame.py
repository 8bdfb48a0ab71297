"""What surrounds every page: the menu of the user's roles, who is signed in, the size of the letters."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.authority import MANAGERS
from accounts.marks import mark_of
from accounts.roles import ADMINS, COUNTY, OVERVIEW, SIGNATORIES, TOWNSHIP, VILLAGE, WRITES_VISITS, Role
from visits.core.telling import MOST


@dataclass(frozen=True)
class Entry:
    label: str
    view: str
    icon: str
    roles: frozenset[Role]


# practice P32: six words for the township; a village sees what it works with; the city begins with its overview.
# The first six are the tabs of a phone, the others stand in its foot.
TABS = 6
MENU = (
    Entry("今日", "home", "homef", frozenset(Role) - {Role.CITY_SUPERVISOR}),
    Entry("概览", "visits_desk:overview", "chart", frozenset(OVERVIEW - TOWNSHIP)),
    Entry("名单", "visits_roster:people", "people", TOWNSHIP | COUNTY | {Role.INSPECTOR}),
    Entry("我的人", "visits_roster:people", "people", VILLAGE),
    Entry("待访", "visits_schedule:due", "soon", TOWNSHIP | {Role.INSPECTOR}),
    Entry("待签", "visits_records:sheets", "sign", SIGNATORIES | {Role.TOWNSHIP_CLERK}),
    Entry("待审", "visits_records:sheets", "sign", COUNTY),
    Entry("确认表", "visits_records:sheets", "sign", frozenset({Role.INSPECTOR})),
    Entry("变化上报", "visits_followup:changes", "flag", TOWNSHIP),
    Entry("变化办理", "visits_followup:cases", "inbox", COUNTY),
    # Offices reach it from their lists; the city and an inspection read the numbers.
    Entry("时限", "visits_followup:timely", "clock", frozenset({Role.CITY_SUPERVISOR, Role.INSPECTOR})),
    Entry("打印报表", "visits_desk:prints", "print", WRITES_VISITS | TOWNSHIP | COUNTY),
    # J4, about whoever is on no page: the telephones, and one line afterwards. Offices find it on 今日 (P32).
    Entry("紧急", "visits_followup:emergency_new", "stop", VILLAGE),
    Entry("单位", "accounts:units", "house", ADMINS),
    # A clerk reaches it from 今日: the township menu is six words (practice P32).
    Entry("账号", "accounts:users", "people", MANAGERS - {Role.TOWNSHIP_CLERK}),
    # practice P30: what one opened at the city today is found again.
    Entry("查看过的", "visits_roster:looks", "eye", frozenset({Role.CITY_SUPERVISOR})),
    Entry("规定", "visits_schedule:rules", "clip", COUNTY | {Role.CITY_BUSINESS, Role.CITY_SUPERVISOR}),
    Entry("专项", "visits_schedule:rounds", "storm", COUNTY | {Role.CITY_BUSINESS, Role.CITY_SUPERVISOR}),
    Entry("日历", "visits_core:calendar", "cal", ADMINS),
    Entry("运行", "visits_desk:health", "shield", frozenset({Role.SYSTEM_ADMIN})),
    Entry("日志", "accounts:log", "clip", frozenset({Role.AUDITOR})),
)


# One line above a page, at most one (look.md): finders are asked in the order of their numbers, the first answer
# stands. A finder gets the request and gives what `components/_banner.html` draws, or None. Rooms and modules
# append in their AppConfig.ready().
Finder = Callable[[HttpRequest], dict[str, Any] | None]
banners: list[tuple[int, Finder]] = []


def banner_of(request: HttpRequest) -> dict[str, Any] | None:
    """The most important thing to say above this page to whoever is signed in, or None."""
    for _, find in sorted(banners, key=itemgetter(0)):
        found = find(request)
        if found is not None:
            return found
    return None


def banner_shown(request: HttpRequest) -> dict[str, Any] | None:
    """The same, asked once a request: a page may leave out what the line above it says already."""
    if not hasattr(request, "xf_banner"):
        request.xf_banner = banner_of(request)  # type: ignore[attr-defined]
    return request.xf_banner  # type: ignore[attr-defined]


def frame(request: HttpRequest) -> dict[str, Any]:
    """Template context of every page."""
    try:
        zi = int(request.GET.get("zi") or request.COOKIES.get("zi") or 1)
    except ValueError:
        zi = 1
    context: dict[str, Any] = {
        "zi": zi if zi in (1, 2, 3) else 1,
        "demo": settings.DEMO,
        "nav": [],
        "tabs": [],
        "beyond": [],
        "who": None,
        "banner": None,
        "mark": None,
        "bell": None,
        "today": getattr(request, "today", None),
        "moment": timezone.now(),
    }
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return context
    entries = [entry for entry in MENU if user.duty.has(entry.roles)]
    found = [_item(request, entry) for entry in entries]
    # Two roles of one person may name the same page differently: the first word stays.
    nav = list({item["url"]: item for item in reversed(found)}.values())[::-1]
    main = user.duty.main
    context.update(
        nav=nav,
        # practice P29: on every page and on every print of an outside inspection.
        mark=mark_of(user, context["today"]),
        tabs=nav[:TABS],
        beyond=nav[TABS:],
        who={
            "unit": main.region_name if main else "没有任职",
            "name": f"{user.name}（{main.words}）" if main else user.name,
            "sign_out_url": _url("accounts:sign_out"),
            # Two cadres, one phone (practice P9): only where that happens.
            "switch_url": _url("accounts:switch") if user.duty.roles and user.duty.roles <= VILLAGE else "",
        },
        banner=banner_shown(request),
        # Read with the posts: no query of its own (`core.telling.unread`).
        bell=_bell(request, getattr(user, "unread_notices", 0)) if user.duty.roles else None,
    )
    return context


# An address of the menu is the same on every page.
_url = lru_cache(maxsize=64)(reverse)


def _bell(request: HttpRequest, unread: int) -> dict[str, Any]:
    """通知 in the bar, with how many were not seen."""
    url = _url("visits_core:notices")
    many = f"{MOST - 1}+" if unread >= MOST else str(unread) if unread else ""
    return {"url": url, "count": many, "current": request.path == url}


def _item(request: HttpRequest, entry: Entry) -> dict[str, Any]:
    url = _url(entry.view)
    current = request.path == url or (url != "/" and request.path.startswith(url))
    return {"label": entry.label, "url": url, "icon": entry.icon, "current": current}
