"""What the pages of a comparison and of deaths show, in the shape the components draw."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from accounts.models import Region
from visits.roster.models import Comparison, ComparisonRow, Departure, Person, Review, ReviewQuerySet
from visits.roster.selectors.labels import groups_of
from visits.roster.services.comparisons import content_of
from visits.roster.services.departures import visits_after
from visits.templatetags.xf import day, num
from xunfang.kit.models import Job

FIRST = 50
MOST = 200
Kind = Comparison.Kind
State = Comparison.State
Verdict = ComparisonRow.Verdict
LOOK = {State.READING: "idle", State.DONE: "done", State.REFUSED: "late"}


def month_words(found: Comparison) -> str:
    return f"{found.month.year}年{found.month.month}月"


def kind_words(found: Comparison) -> str:
    return found.get_kind_display() + (f"：{found.group.short}" if found.group else "")


def coverage(counts: dict[str, int]) -> tuple[str, str]:
    """覆盖率 in words, and its formula with the numbers in it (domain 一(三)-1)."""
    whole = counts["both"] + counts["missing"] + counts["no_class"] + counts["elsewhere"]
    if not whole:
        return "算不出", "名单上没有看得懂的人"
    rate = f"{counts['both'] / whole * 100:.1f}%"
    return rate, (
        f"两边都有{num(counts['both'])}人 ÷ 名单上看得懂的{num(whole)}人"
        "（看不懂的行、系统里已登记去世或迁出的不算）"
    )


def came_of(found: Comparison) -> str:
    """One line of what came of a comparison."""
    counts = found.counts
    if found.state == State.REFUSED:
        return found.refusal
    if not counts:
        return "还没有比完"
    if found.kind == Kind.DEATHS:
        return f"{counts['waiting'] + counts['asked']}人要核，{counts['other_date']}人日期不一样"
    return f"覆盖率{coverage(counts)[0]}，漏访{counts['missing']}人，应核{counts['only_roster']}人"


def history(rows: Sequence[Comparison], today: date) -> dict[str, Any]:
    """The lists that were compared, newest first."""
    return {
        "caption": "比对过的名单",
        "columns": ["名单", "哪个月", "到哪一步", "结果", "什么时候"],
        "rows": [
            {
                "cells": [
                    {
                        "text": kind_words(row),
                        "url": reverse("visits_roster:compare_detail", args=[row.uuid]),
                        "note": row.source,
                    },
                    {"text": month_words(row)},
                    {"text": row.get_state_display(), "state": LOOK[State(row.state)]},
                    {"text": came_of(row)},
                    {"text": day(row.created_at, today), "note": row.created_by.name},
                ]
            }
            for row in rows
        ],
    }


def progress(found: Comparison) -> dict[str, Any] | None:
    """The running work as the job component draws it; None when nothing runs."""
    if found.state != State.READING or found.job is None:
        return None
    job = found.job
    failed = job.state == Job.State.FAILED
    return {
        "title": "没有比成" if failed else "正在比对",
        "state": "failed" if failed else "running",
        "done": job.done,
        "total": job.total or 1,
        "say": job.message or "排队中，可以先去做别的，回来再看",
        "poll_url": reverse("visits_roster:compare_progress", args=[found.uuid]),
        "reload_url": reverse("visits_roster:compare_detail", args=[found.uuid]),
    }


def tiles(found: Comparison) -> list[dict[str, Any]]:
    """The results as tiles; empty while nothing was compared."""
    counts = found.counts
    if not counts:
        return []
    if found.kind == Kind.DEATHS:
        shown = (
            ("todo", "gone", counts["waiting"] + counts["asked"], "要核", "人", "#hedui", "在册的人，名单上说去世了"),
            ("soon", "cal", counts["other_date"], "日期不一样", "人", "#riqi", "都登记去世了，日子不同"),
            ("done", "ok", counts["known"] + counts["left"], "早已登记", "人", "#", "不用管"),
            ("idle", "people", counts["elsewhere"], "不在本地名单", "人", "#", "没有留下他们的信息"),
            ("late", "warn", counts["wrong"], "看不懂", "行", "#wrong", "改好再传"),
        )  # fmt: skip
    else:
        lacks = counts["missing"] + counts["no_class"] + counts["dead"] + counts["elsewhere"]
        shown = (
            ("done", "ok", counts["both"], "两边都有", "人", "#", "不用管"),
            ("todo", "plus", lacks, "只在名单上", "人", "#only_list", f"其中漏访{counts['missing']}人"),
            ("soon", "q", counts["only_roster"], "只在系统里", "人", "#hedui", "要核还该不该在列"),
            ("late", "warn", counts["wrong"], "看不懂", "行", "#wrong", "改好再传"),
        )  # fmt: skip
    return [
        {"state": state if count else "idle", "icon": icon, "count": count, "word": word, "unit": unit,
         "url": url, "note": note}
        for state, icon, count, word, unit, url, note in shown
    ]  # fmt: skip


# ── questions ────────────────────────────────────────────────────────────────────────────────────


def waiting(user: Any, kind: str, **narrow: Any) -> ReviewQuerySet:
    """Open questions of one kind in the user's scope, in the order of villages."""
    rows = Review.objects.visible_to(user).waiting().filter(kind=kind, person__merged_into=None, **narrow)
    return rows.select_related("person").order_by("person__village_id", "person__hamlet", "pk")


COLUMNS = {
    Review.Kind.DEATH_LIST: ["选", "姓名", "地方", "名单日期", "留意"],
    Review.Kind.SEEN_AFTER_DEATH: ["选", "姓名", "地方", "登记的去世日期", "之后的巡访"],
    Review.Kind.HOUSEHOLD_DEATH: ["选", "姓名", "地方", "类别", "谁去世了"],
    Review.Kind.BASE_ONLY_HERE: ["选", "姓名", "地方", "类别", "巡访人"],
}


def table(reviews: Sequence[Review], kind: str, today: date, user: Any) -> dict[str, Any]:
    """Questions of one kind as a list with tick boxes. The number of queries does not grow with the rows."""
    people = [review.person for review in reviews]
    villages = dict(
        Region.objects.filter(pk__in={one.village_id for one in people}).values_list("pk", "name")
    )
    more = MORE[Review.Kind(kind)](reviews, today, user)
    return {
        "caption": Review.Kind(kind).label,
        "columns": COLUMNS[Review.Kind(kind)],
        "rows": [
            {
                "cells": [
                    {"text": review.person.name, "pick": "review", "value": review.pk},
                    {
                        "text": review.person.name,
                        "url": reverse("visits_desk:person", args=[review.person.uuid]),
                        "note": f"{review.person.get_sex_display()} {review.person.age(today)}岁 {review.person.tail_words}",
                        "head": True,
                    },
                    {"text": f"{villages.get(review.person.village_id, '')} {review.person.hamlet}".strip()},
                    *more[review.pk],
                ]
            }
            for review in reviews
        ],
    }


def _deaths(reviews: Sequence[Review], today: date, user: Any) -> dict[int, list[dict[str, Any]]]:
    days = {review.person_id: date.fromisoformat(review.detail["on"]) for review in reviews}
    later = visits_after(days)
    found = {}
    for review in reviews:
        on, mind = days[review.person_id], []
        if review.detail.get("name_differs"):
            mind.append("名单上的姓名不一样")
        if review.person_id in later:
            mind.append(f"{day(later[review.person_id], today)}还有一次见到本人的巡访")
        about = "（大概）" if review.detail.get("approximate") else ""
        cell = {"text": "要看一下", "state": "late", "note": "；".join(mind)} if mind else {"text": "没有"}
        found[review.pk] = [{"text": day(on, today) + about}, cell]
    return found


def _seen(reviews: Sequence[Review], today: date, user: Any) -> dict[int, list[dict[str, Any]]]:
    return {
        review.pk: [
            {"text": day(date.fromisoformat(review.detail["left_on"]), today)},
            {
                "text": f"{day(date.fromisoformat(review.detail['seen_on']), today)}写着{review.detail.get('met', '见到本人')}",
            },
        ]
        for review in reviews
    }


def _family(reviews: Sequence[Review], today: date, user: Any) -> dict[int, list[dict[str, Any]]]:
    groups = groups_of([review.person_id for review in reviews], today, user)
    dead = Person.objects.in_bulk([int(review.detail["person"]) for review in reviews])
    return {
        review.pk: [
            {"text": "、".join(groups.get(review.person_id, [])) or "没有在列的类别"},
            {
                "text": dead[int(review.detail["person"])].name,
                "note": day(date.fromisoformat(review.detail["left_on"]), today),
            },
        ]
        for review in reviews
    }


def _base(reviews: Sequence[Review], today: date, user: Any) -> dict[int, list[dict[str, Any]]]:
    groups = groups_of([review.person_id for review in reviews], today, user)
    return {
        review.pk: [
            {"text": "、".join(groups.get(review.person_id, [])) or "没有在列的类别"},
            {"text": review.person.assignee.name if review.person.assignee else "未落实"},
        ]
        for review in reviews
    }


MORE = {
    Review.Kind.DEATH_LIST: _deaths,
    Review.Kind.SEEN_AFTER_DEATH: _seen,
    Review.Kind.HOUSEHOLD_DEATH: _family,
    Review.Kind.BASE_ONLY_HERE: _base,
}


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────


def other_dates(found: Comparison, today: date) -> list[dict[str, Any]]:
    """Who is registered as dead with another day than the list's, with the day of each."""
    rows = found.rows.filter(verdict=Verdict.BOTH).exclude(reason="").select_related("person")
    shown = []
    for row in rows.order_by("pk")[:MOST]:
        content, person = content_of(row), row.person
        if person is None or person.status != Person.Status.DEAD or person.left_on is None:
            continue
        listed = date.fromisoformat(content["day"])
        if person.left_on == listed and not person.left_approximate:
            continue
        shown.append(
            {
                "pk": row.pk,
                "name": person.name,
                "url": reverse("visits_desk:person", args=[person.uuid]),
                "here": day(person.left_on, today) + ("（大概）" if person.left_approximate else ""),
                "listed": day(listed, today) + ("（大概）" if content.get("approximate") else ""),
            }
        )
    return shown


def only_list(found: Comparison, told: set[int], opened: bool) -> dict[str, Any]:
    """Who stands only on the list, as a list with tick boxes for those without a file."""
    rows = found.rows.filter(verdict=Verdict.ONLY_LIST).select_related("person").order_by("reason", "pk")
    total = rows.count()
    shown = list(rows if opened else rows[:FIRST])
    return {
        "more": total - len(shown),
        "list": {
            "caption": "只在名单上的",
            "columns": ["选", "姓名", "原表哪一行", "村", "怎么回事"],
            "rows": [{"cells": _listed(row, content_of(row), told)} for row in shown],
        },
    }


def _listed(row: ComparisonRow, content: dict[str, Any], told: set[int]) -> list[dict[str, Any]]:
    name = content.get("name", "")
    missing = row.person_id is None and not row.reason
    head: dict[str, Any] = {"text": name, "note": f"尾号{content.get('tail', '')}", "head": True}
    if row.person is not None:
        head["url"] = reverse("visits_desk:person", args=[row.person.uuid])
    if row.pk in told:
        what = {"text": "报过了", "state": "done", "note": "在发现新对象里"}
    else:
        what = (
            {"text": "漏访", "state": "todo", "note": "系统里没有档案"}
            if missing
            else {"text": "核一下", "state": "soon", "note": row.reason}
        )
    free = missing and row.pk not in told
    return [
        {"text": name, "pick": "row", "value": row.pk} if free else {"text": ""},
        head,
        {"text": f"{content.get('sheet', '')} 第{row.number}行".strip()},
        {"text": content.get("village", "") or "没写"},
        what,
    ]


def wrong(found: Comparison) -> dict[str, Any] | None:
    """Lines that could not be understood, the first hundred."""
    rows = list(found.rows.filter(verdict=Verdict.WRONG).order_by("pk")[: 2 * FIRST])
    if not rows:
        return None
    return {
        "caption": "看不懂的行",
        "columns": ["姓名", "原表哪一行", "原因"],
        "rows": [
            {
                "cells": [
                    {"text": content["name"] or "（空）"},
                    {"text": f"{content.get('sheet', '')} 第{row.number}行".strip()},
                    {"text": row.reason},
                ]
            }
            for row in rows
            if (content := content_of(row)) is not None
        ],
    }


def recent_departures(user: Any, since: date, today: date) -> dict[str, Any]:
    """Who left the roster since that day, as it was noted, newest first."""
    people = Person.objects.visible_to(user).filter(left_on__isnull=False, merged_into=None).values("pk")
    rows = list(
        Departure.objects.filter(person__in=people, undone_at=None, noted_at__date__gte=since)
        .select_related("person", "noted_by")
        .order_by("-noted_at", "-pk")[:FIRST]
    )
    return {
        "caption": "最近登记的",
        "columns": ["姓名", "去向", "哪天", "怎么知道", "谁记的"],
        "rows": [
            {
                "cells": [
                    {"text": row.person.name, "url": reverse("visits_desk:person", args=[row.person.uuid])},
                    {"text": row.get_status_display()},
                    {"text": day(row.left_on, today) + ("（大概）" if row.approximate else "")},
                    {"text": row.reason or "没写"},
                    {"text": row.noted_by.name, "note": day(row.noted_at, today)},
                ]
            }
            for row in rows
        ],
    }
