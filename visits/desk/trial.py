"""试运行 over every figure (practice P4): which townships of a unit are in trial, in a sentence and as the banner.

What trial means stands in `schedule.trial`; this reads it for a unit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest

from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import COUNTY, TOWNSHIP, Role
from accounts.scoping import once
from visits.core.start import go_lives
from visits.desk import links, scope
from visits.roster.models import Person
from visits.schedule.periods import Period
from visits.schedule.trial import WORDS, counts_from, on_trial
from visits.templatetags.xf import dayshort, num
from xunfang.kit.compiled import Compiled, compiled

TRIAL, UNSET = 10, 30  # places in the order of banners: a list that is old stands between the two
OVERVIEWS = ("visits_desk:overview", "visits_desk:figures", "visits_desk:return")
PAGES = frozenset(
    {
        "home",
        "visits_desk:prints",
        "visits_schedule:due",
        "visits_records:sheets",
        "visits_records:sheet",
        # The same two pages, when what was sent from them is refused.
        "visits_records:sheets_approve",
        "visits_records:sheet_draft",
        "visits_records:sheet_sign",
        "visits_records:sheet_freeze",
        *OVERVIEWS,
    }
)


@dataclass(frozen=True)
class Trial:
    """How the townships of a unit stand. `days`: township id → its 启用日期, None: not decided, though it has people
    on its roster. `asked`: the last day of the figures that one looks at, today at the latest: what was trial
    stays trial when one looks back."""

    days: Mapping[int, date | None]
    asked: date
    single: bool

    @cached_property
    def running(self) -> list[int]:
        """Townships in trial."""
        return [pk for pk, day in self.days.items() if on_trial(day, self.asked)]

    @property
    def unset(self) -> int:
        return sum(day is None for day in self.days.values())

    @property
    def all_running(self) -> bool:
        return bool(self.days) and len(self.running) == len(self.days)

    @property
    def words(self) -> str:
        """The sentence beside figures; "" when every township counts."""
        running, unset = len(self.running), self.unset
        if self.single:
            if running:
                return f"{WORDS}。"
            return "还没有定启用日期，数据不作考核。" if unset else ""
        parts = []
        if running:
            parts.append(f"{num(running)}个乡镇（街道）在试运行")
        if unset:
            parts.append(
                f"{num(unset)}个还没有定启用日期"
                if running
                else f"{num(unset)}个乡镇（街道）还没有定启用日期"
            )
        return f"{'，'.join(parts)}，它们的数据不作考核。" if parts else ""

    @property
    def paper(self) -> str:
        """What a paper says on top; "" outside trial."""
        return WORDS if self.single and self.running else ""


def of(region: Region, today: date, period: Period | None = None) -> Trial:
    """The townships of a unit (of a village: its own), for figures of a period (None: of today). Two queries."""
    single = region.level >= Level.TOWNSHIP
    if single:
        ids = [region.township_id or region.pk]
    else:
        county = None if region.level == Level.CITY else region.pk
        ids = [pk for (pk,) in _inhabited(county, today).rows()]
    return Trial(_days(ids, today), min(today, period.end) if period else today, single)


@lru_cache(maxsize=64)
def _inhabited(county_id: int | None, today: date) -> Compiled:
    """The townships of a county (None: of the city) with people on their roster."""
    units = Region.objects.live(today).filter(level=Level.TOWNSHIP)
    units = units if county_id is None else units.filter(county_id=county_id)
    return compiled(
        units.filter(Exists(Person.objects.on_roster().filter(township_id=OuterRef("pk")))).values_list("pk")
    )


def of_page(user: Any, region: Region, today: date, period: Period) -> Trial:
    """`of` for a page and for the line above it, which ask the same."""
    return once(user, ("trial", region.pk, today, period), lambda: of(region, today, period))


def _days(ids: list[int], today: date) -> dict[int, date | None]:
    days = go_lives(ids, today)
    return {pk: days.get(pk) for pk in ids}


def _asked(request: HttpRequest) -> Trial | None:
    """The trial of what a page is about: the unit of an overview, else the unit of the user's main post."""
    view = request.resolver_match.view_name if request.resolver_match else ""
    main = request.user.duty.main  # type: ignore[union-attr]
    if view not in PAGES or main is None:
        return None
    if view in OVERVIEWS:
        try:
            unit = scope.unit_of(request.user, request.GET.get("unit", ""))
        except Http404:
            return None
        period = scope.period_of(request.GET.get("period", ""), request.today)  # type: ignore[attr-defined]
        return of_page(request.user, unit, request.today, period)  # type: ignore[attr-defined]
    if main.level >= Level.TOWNSHIP:
        return Trial(_days([main.township_id], request.today), request.today, single=True)  # type: ignore[attr-defined, list-item]
    region = Region.objects.filter(pk=main.region_id).first()
    cases = request.user.duty.has(COUNTY | {Role.CITY_SUPERVISOR, Role.INSPECTOR})  # type: ignore[union-attr]
    return of(region, request.today) if region is not None and cases else None  # type: ignore[attr-defined]


def banner(request: HttpRequest) -> dict[str, Any] | None:
    """“试运行，数据不作考核” above home, figures and lists."""
    trial = _asked(request)
    if trial is None or not trial.running:
        return None
    if not trial.single:
        text = "都在试运行，数据不作考核。" if trial.all_running else trial.words
        return {"state": "soon", "icon": "info", "title": "试运行：", "text": text, "trial": True}
    day = trial.days[trial.running[0]]
    assert day is not None
    first = counts_from(day)
    begun = f"{dayshort(day)}启用，" if day <= request.today else f"{dayshort(day)}才启用，"  # type: ignore[attr-defined]
    text = f"　{begun}到{dayshort(first - timedelta(days=1))}为止；{dayshort(first)}起计入考核。"
    return {"state": "soon", "icon": "info", "title": WORDS, "text": text, "trial": True}


def unset_banner(request: HttpRequest) -> dict[str, Any] | None:
    """A township's office that looks at figures before it has decided on its day."""
    if not request.user.duty.has(TOWNSHIP) or not request.resolver_match:  # type: ignore[union-attr]
        return None
    if request.resolver_match.view_name not in OVERVIEWS:
        return None
    trial = _asked(request)
    if trial is None or not trial.single or not trial.unset:
        return None
    made: dict[str, Any] = {
        "state": "soon",
        "icon": "cal",
        "title": "还没有定启用日期，",
        "text": "数据不作考核。",
    }
    made |= {"trial": True}
    if request.user.duty.has({Role.TOWNSHIP_CLERK}):  # type: ignore[union-attr]
        made |= {"url": links.to("visits_records:start"), "link": "去定启用日期"}
    return made
