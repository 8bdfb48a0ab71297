"""Invented data for the page that shows every component; nobody in it exists.

`gallery_context()` takes nothing and asks nothing: the same page every time, so that two pictures
of it can be compared. The view that shows it exists in development only.
"""

import datetime as dt
from typing import Any

from visits.core.gallery.controls import BANNERS, DRAFTS, ReasonSample, VisitSample, WhereSample
from visits.core.gallery.figures import ATTENTION, DAYS, PAIR, STATS, STEPS
from visits.core.gallery.items import SLOTS, areas, items
from visits.core.gallery.lists import DIFF, FIVE, JOBS, eight, gone, heat, people
from visits.core.gallery.marks import CARDS, CLOCKS, DUE, DUTY, TAGS, TODAY

__all__ = ["VisitSample", "gallery_context"]


def gallery_context() -> dict[str, Any]:
    """Everything the templates of `templates/gallery/` show, by component."""
    return {
        "tags": TAGS,
        "dues": list(DUE.values()),
        "clocks": CLOCKS,
        "today_panel": TODAY,
        "duty": DUTY,
        "cards": CARDS,
        "areas": areas(),
        "items": items(),
        "sign_strips": SLOTS,
        "days": DAYS,
        "steps": STEPS,
        "stats": STATS,
        "pair": PAIR,
        "attention": ATTENTION,
        "eight": eight(),
        "heat": heat(),
        "people": people(),
        "gone": gone(),
        "diff": DIFF,
        "five": FIVE,
        "jobs": JOBS,
        "banners": BANNERS,
        "drafts": DRAFTS,
        **_around(),
        **_forms(),
    }


def _around() -> dict[str, Any]:
    """What stands above, below and between."""
    return {
        "crumbs": [("开发", "#"), ("组件", "")],
        "mark_example": {"name": "汪惠珍", "document": "榕民检〔2026〕3号", "on": dt.date(2026, 11, 24)},
        "empty": {
            "title": "这周没有要去的人",
            "say": "下一个到期是12月31日 周四。",
            "url": "#",
            "link": "看看我的23人",
        },
        "copy": {
            "id": "urge",
            "text": "截至11月24日，应访612人，已访430人。还没完成的村：月洲村、溪口村、三峰村。",
            "word": "复制催办文字",
        },
        "pager": {"count": 612, "unit": "人", "shown": "第51到100人", "prev": "#", "next": "#"},
        "filters": [
            {"word": "全部", "url": "#", "count": 26, "current": True},
            {"word": "巡访", "url": "#", "count": 19},
            {"word": "变化", "url": "#", "count": 2},
            {"word": "只看我的", "url": "#"},
        ],
    }


def _forms() -> dict[str, Any]:
    """Forms bound, unbound and wrong, and the bars that hold one."""
    wrong = VisitSample({"phone": "1390000112", "reminded": ["1", "3"]}, auto_id="wrong_%s")
    wrong.is_valid()
    where = WhereSample(auto_id="bulk_%s")
    return {
        "bulk": {
            "pick": "gone",
            "count": 1,
            "fields": [where["where"]],
            "action": "记下",
            "left": "还有13人没说明",
        },
        "confirm": {
            "title": "把鄢依仙记为去世？",
            "say": "她会马上从待访、还没打的单子和电话名单里去掉。记错了，30天内能改回来。",
            "yes": "记下",
            "no": "不记了",
            "no_url": "#",
            "form": ReasonSample(auto_id="confirm_%s"),
        },
        "form": VisitSample({"day": "1", "phone": "13900001127", "reminded": ["1", "3"]}, auto_id="ok_%s"),
        "wrong": wrong,
    }
