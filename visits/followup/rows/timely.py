"""时限情况 in the shape its page draws: units in code order and never ranked; each number leads to its list."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from visits.followup.selectors.timely import DONE_LATE, IN_TIME, OVERDUE, WAITING, Line
from visits.templatetags.xf import dayshort, num, rate

COLUMNS: list[Any] = [
    {"word": word, "num": True}
    for word in ("一共", "按时", "超时办了", "超时没办", "还没到期", "按时率%", "一般几小时")
]
Url = Callable[[Any, str], str]


def table(
    caption: str,
    name: str,
    rows: Sequence[tuple[Any, str]],
    lines: Mapping[Any, Line],
    url: Url,
    link: Callable[[Any], str],
) -> dict[str, Any]:
    """`url(key, part)`: the list behind a number, "" where this reader has none; `link(key)`: where the name leads."""
    made = []
    for key, word in rows:
        line = lines.get(key, Line())
        numbers = [
            ("", line.all),
            *((part, getattr(line, part)) for part in (IN_TIME, DONE_LATE, OVERDUE, WAITING)),
        ]
        cells: list[dict[str, str]] = [{"text": word, "url": link(key)}]
        cells += [{"text": num(n), "url": url(key, part) if n else ""} for part, n in numbers]
        cells.append({"text": rate(line.rate)})
        cells.append({"text": "—" if line.hours is None else f"{line.hours:.0f}"})
        made.append({"cells": cells})
    return {"caption": caption, "columns": [name, *COLUMNS], "rows": made}


def week_words(name: str, monday: date, found: Mapping[str, Any], today: date) -> list[str]:
    """本周情况摘要: sentences with numbers, nobody's name, nobody compared with anybody."""
    last = min(monday + timedelta(days=6), today)
    reports, cases = found["reports"], found["cases"]
    told = sum(reports[part] for part in (IN_TIME, DONE_LATE, OVERDUE, WAITING))
    received = sum(cases[part] for part in (IN_TIME, DONE_LATE, OVERDUE, WAITING))
    made = [
        f"{name}{dayshort(monday)}到{dayshort(last)}：巡访{num(found['visits'] or 0)}人，没见到{num(found['attempts'] or 0)}次，"
        f"新发现问题{num(found['findings'] or 0)}件。"
    ]
    if told:
        urgent = f"，其中紧急{reports['urgent']}件" if reports["urgent"] else ""
        made.append(
            f"发现变化{told}件{urgent}：两个工作日内报县级{reports[IN_TIME]}件，超时报的{reports[DONE_LATE]}件，"
            f"超时还没报的{reports[OVERDUE]}件，还没到期的{reports[WAITING]}件。"
        )
    else:
        made.append("没有发现变化。")
    if received:
        made.append(
            f"县级收到{received}个案子：三个工作日内答复{cases[IN_TIME]}个，超时答复{cases[DONE_LATE]}个，"
            f"超时还没答复{cases[OVERDUE]}个，还没到期{cases[WAITING]}个。"
        )
    if found["advances"]:
        made.append(f"先行救助{found['advances']}笔，共{(found['fen'] or 0) / 100:,.0f}元。")
    return made
