"""抽查 in the shape its pages and its paper draw. By record, never by who made it: nobody is ranked (journeys J7)."""

from collections import Counter
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from accounts.models import Region
from visits.records import sampling
from visits.records.assessment import load
from visits.records.models import Sample, SampledRecord, Visit
from visits.records.sheets import MET_WORDS, MODE_WORDS
from visits.schedule.periods import parse
from visits.templatetags.xf import day, day_year, dayshort, moment
from xunfang.kit import pdf

Result = SampledRecord.Result
STATES = {Result.TRUE: "done", Result.WRONG: "late", Result.UNREACHED: "tried"}


def title(sample: Sample, names: dict[int, str]) -> str:
    return f"{names.get(sample.township_id or sample.county_id, '')}{parse(sample.period).label}抽查"


def names_of(samples: list[Sample]) -> dict[int, str]:
    ids = {pk for one in samples for pk in (one.county_id, one.township_id) if pk}
    return dict(Region.objects.filter(pk__in=ids).values_list("pk", "name"))


def listing(user: Any) -> dict[str, Any]:
    """Every sample the user may see, the newest first."""
    done = Count("records", filter=~Q(records__result=""))
    wrong = Count("records", filter=Q(records__result=Result.WRONG))
    rows = list(
        Sample.objects.visible_to(user)
        .defer("drawn_from")
        .select_related("by")
        .annotate(done=done, wrong=wrong)[:100]
    )
    names = names_of(rows)
    table = [
        {
            "cells": [
                {"text": title(one, names), "url": reverse("visits_records:sample", args=[one.uuid]), "head": True},
                {"text": f"{one.total}份里抽{one.size}份"},
                {"text": f"查了{one.done}份" if one.done < one.size else "查完了",  # type: ignore[attr-defined]
                 "state": "soon" if one.done < one.size else "done",  # type: ignore[attr-defined]
                 "note": f"不符{one.wrong}份" if one.wrong else ""},  # type: ignore[attr-defined]
                {"text": f"{one.by.name}　{day_year(one.at)}"},
            ]
        }
        for one in rows
    ]  # fmt: skip
    columns = ["哪一次", "抽了多少", "查到哪里", "谁抽的"]
    return {"caption": "抽查", "columns": columns, "rows": table}


def rows_of(sample: Sample) -> list[SampledRecord]:
    return list(
        SampledRecord.objects.filter(sample=sample)
        .select_related("visit__person", "asked_by", "judged_by")
        .order_by("place")
    )


def figures(rows: list[SampledRecord]) -> str:
    """“抽12份，查了8份：属实6份，不符1份，联系不上1份。还有4份没查。”"""
    count = Counter(row.result for row in rows)
    done = len(rows) - count[""]
    parts = "，".join(f"{result.label}{count[result]}份" for result in Result if count[result])
    rest = f"还有{count['']}份没查。" if count[""] else ""
    return f"抽{len(rows)}份，查了{done}份{f'：{parts}' if parts else ''}。{rest}"


def table(sample: Sample, rows: list[SampledRecord], keys: dict[int, str]) -> dict[str, Any]:
    """The list on the result page: who, where, how it came out."""
    return {
        "caption": "抽中的记录",
        "columns": ["姓名", "编号", "问到什么", "查下来"],
        "rows": [
            {
                "cells": [
                    {
                        "text": f"{row.place}　{row.visit.person.name}", "head": True,
                        "url": reverse("visits_records:sampled", args=[sample.uuid, row.place]),
                        "note": keys[row.visit.village_id],
                    },
                    {"text": f"第{row.visit.record_no}号", "note": "后来作废了" if row.visit.voided_at else ""},
                    {"text": row.get_heard_display() if row.heard else "—",
                     "note": f"{row.asked_by.name}　{moment(row.asked_at)}" if row.asked_by else ""},
                    {"text": row.get_result_display(), "state": STATES[Result(row.result)], "note": row.note}
                    if row.result else {"text": "等对记录" if row.heard else "没查"},
                ]
            }
            for row in rows
        ],
    }  # fmt: skip


def villages_of(rows: list[SampledRecord]) -> dict[int, str]:
    """Village id → “嵩口镇月洲村”."""
    ids = {row.visit.village_id for row in rows} | {row.visit.township_id for row in rows}
    names = dict(Region.objects.filter(pk__in=ids).values_list("pk", "name"))
    return {
        row.visit.village_id: names.get(row.visit.township_id, "") + names.get(row.visit.village_id, "")
        for row in rows
    }


def record_facts(visit: Visit) -> list[tuple[str, str]]:
    """What the record says, beside what the person said."""
    form = load(visit.form_version.definition)
    phrases = {phrase.code: phrase.words for phrase in form.phrases}
    told = "、".join(phrases[code] for code in visit.phrases if code in phrases)
    facts = [
        ("哪天", day(visit.visited_on)),
        ("怎么访、见到谁", f"{MODE_WORDS[visit.mode]}，{MET_WORDS[visit.met]}"),
        ("谁去的", visit.visitor.name + (f"，同行{visit.companions}" if visit.companions else "")),
        ("做了什么", told or "没有写"),
    ]
    return [*facts, ("说明", visit.remark)] if visit.remark else facts


def paper(sample: Sample, rows: list[SampledRecord], printed: date) -> dict[str, Any]:
    """For pdf/sample.html."""
    places, names = villages_of(rows), names_of([sample])
    keys = dict(Region.objects.filter(pk__in={row.visit.village_id for row in rows}).values_list("pk", "key"))
    return {
        "title": title(sample, names),
        "unit": names.get(sample.county_id, ""),
        "seed": sample.seed,
        "how": sampling.HOW,
        "check_code": pdf.check_code(bytes(sample.digest).hex()),
        "total": sample.total,
        "drawn": f"{sample.by.name}　{day_year(sample.at)}",
        "figures": figures(rows),
        "printed": day_year(printed),
        "rows": [
            {
                "place": row.place,
                "key": sampling.key(keys[row.visit.village_id], row.visit.record_no),
                "name": row.visit.person.name,
                "where": places[row.visit.village_id],
                "heard": "，".join(
                    part
                    for part in (row.get_how_display(), row.get_heard_display(), row.heard_words)
                    if row.heard and part
                ),
                "result": row.get_result_display() if row.result else "",
                "note": row.note,
                "by": f"{row.judged_by.name} {dayshort(row.judged_at)}" if row.judged_by else "",
            }
            for row in rows
        ],
    }


def drawn_list(sample: Sample) -> str:
    """The list that was drawn from, with the number each record was sorted by: a table for whoever draws it again."""
    drawn = set(sampling.chosen(sample.seed, sample.drawn_from, sample.size))
    marks = sorted((sampling.mark(sample.seed, one), one) for one in sample.drawn_from)
    lines = ["名次,编号,排序的数,抽中"]
    lines += [
        f"{n},{one},{mark},{'是' if one in drawn else ''}" for n, (mark, one) in enumerate(marks, start=1)
    ]
    return "\ufeff" + "\r\n".join(lines) + "\r\n"
