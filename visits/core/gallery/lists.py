"""The last eight visits, tables, what is missing, what differs, jobs."""

from typing import Any

from visits.core.gallery.marks import DUE

EIGHT = {
    "家庭状况": (
        "people",
        [
            ("家庭人口", [0] * 8, "无变化"),
            ("收入变化", [0, 1, 0, 0, 0, 0, 0, 0], "基本不变"),
            ("财产状况", [0] * 8, "无变化"),
        ],
    ),
    "健康状况": (
        "heart",
        [
            ("表达能力", [0] * 8, "表达清楚"),
            ("行动能力", [0, 0, 0, 1, 0, 0, 0, 0], "行动自如"),
            ("疾病状况", [0, 0, 1, 1, 0, 2, 1, 0], "慢病稳定"),
        ],
    ),
    "精神状态": (
        "smile",
        [
            ("情绪状态", [1, 0, 0, 0, 0, 1, 0, 0], "平稳愉快"),
            ("思维状态", [0, 0, 0, 0, 1, 1, 1, 1], "健忘"),
            ("压力状态", [0] * 8, "无明显压力"),
        ],
    ),
    "安全情况": (
        "shield",
        [
            ("燃气安全", [8, 8, 9, 8, 8, 8, 8, 8], "没有燃气"),
            ("水暖安全", [0, 0, 9, 0, 1, 0, 0, 0], "正常"),
            ("用电安全", [2, 2, 9, 1, 1, 1, 1, 3], "打火冒烟"),
        ],
    ),
    "卫生状况": (
        "drop",
        [
            ("个人卫生", [0, 0, 9, 0, 0, 0, 0, 0], "整洁或尚可"),
            ("家庭卫生", [0, 0, 9, 0, 0, 1, 0, 0], "整洁或尚可"),
            ("周边卫生", [0, 1, 9, 1, 1, 1, 1, 1], "一般"),
        ],
    ),
    "居住环境": (
        "house",
        [
            ("室内环境", [1, 1, 9, 1, 1, 2, 1, 1], "潮湿"),
            ("室外环境", [0, 0, 9, 0, 0, 0, 0, 0], "出入方便"),
            ("邻里关系", [0] * 8, "和睦"),
        ],
    ),
}


def eight() -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "icon": icon,
            "rows": [
                {"name": row, "levels": levels, "now": now, "level": levels[-1]} for row, levels, now in rows
            ],
        }
        for name, (icon, rows) in EIGHT.items()
    ]


def heat() -> dict[str, Any]:
    columns = [
        {"word": "应访人数", "css": "opt"},
        {"word": "完成率%", "css": "pair", "url": "?s=done", "sorted": "descending"},
        {"word": "见到本人率%", "url": "?s=met"},
        {"word": "户完成率%", "css": "wide"},
        {"word": "未访成人数", "css": "wide"},
        {"word": "超时未报份", "css": "pair wide"},
    ]
    rows = [
        ("樟城镇", [("804", 0), ("88.1", 0), ("80.4", 0), ("90.2", 0), ("6", 0), ("0", 0)]),
        ("嵩口镇", [("612", 0), ("70.3", 2), ("64.9", 1), ("73.0", 1), ("11", 0), ("4", 3)]),
        ("霞拔乡", [("377", 0), ("61.0", 3), ("52.5", 3), ("64.8", 3), ("9", 0), ("1", 1)]),
    ]
    return {
        "caption": "各乡镇完成情况，按行政区划顺序",
        "name": "乡镇",
        "columns": columns,
        "rows": [
            {"name": name, "url": "#", "cells": [{"text": t, "shade": s, "url": "#"} for t, s in cells]}
            for name, cells in rows
        ],
        "total": [{"text": text} for text in ("1,793", "76.3", "69.2", "79.0", "26", "5")],
    }


def people() -> dict[str, Any]:
    people = [
        ("林依妹", "女 83岁", "月洲村 祠堂边", "特困·分散供养", "soon", "林建忠"),
        ("陈依金", "男 71岁", "月洲村 祠堂边", "低保", "late", "林建忠"),
        ("余兰妹", "女 81岁", "溪口村 下厝", "80岁以上独居", "idle", "未落实"),
    ]
    return {
        "caption": "待访名单",
        "columns": ["姓名", "村", "类别", "到期", "巡访人", {"word": "次数", "num": True}],
        "rows": [
            {
                "cells": [
                    {"text": name, "url": "#", "note": about},
                    {"text": village},
                    {"text": group},
                    {"due": DUE[due]},
                    {"text": visitor} if visitor != "未落实" else {"text": visitor, "state": "todo"},
                    {"text": "4"},
                ]
            }
            for name, about, village, group, due, visitor in people
        ],
    }


def gone() -> dict[str, Any]:
    people = [
        ("鄢依仙", "女 88岁", "溪口村", "死亡比对名单有同名同尾号"),
        ("陈桂香", "女 64岁", "道南村", "10月28日停发决定"),
    ]
    return {
        "caption": "名单上没有了的人",
        "columns": ["选", "姓名", "村", "线索"],
        "rows": [
            {
                "cells": [
                    {"text": name, "pick": "gone", "value": n, "checked": n == 1},
                    {"text": name, "note": about, "head": True},
                    {"text": village},
                    {"text": clue},
                ]
            }
            for n, (name, about, village, clue) in enumerate(people)
        ],
    }


DIFF = [
    {
        "who": "张志坚",
        "item": "收入",
        "was": "基本不变",
        "was_note": "打零工，月约3200元",
        "now": "明显减少",
        "state": "todo",
        "now_note": "没有工钱，约到明年2月",
        "basis": "诊断书照片2张",
        "basis_url": "#",
    },
    {
        "who": "张志坚",
        "item": "行动",
        "was": "行动自如",
        "now": "只能在屋里",
        "state": "todo",
        "basis": "巡访人看到",
    },
    {"who": "李秀兰", "item": "收入", "was": "基本不变", "now": "略减", "state": "soon"},
]
FIVE = [
    {
        "state": "done",
        "icon": "plus",
        "word": "新增",
        "count": 12,
        "unit": "人",
        "url": "#",
        "note": "30天内要首访",
    },
    {
        "state": "done",
        "icon": "same",
        "word": "有变化",
        "count": 31,
        "unit": "人",
        "url": "#",
        "note": "多为金额；电话地址以巡访人改过的为准",
    },
    {
        "state": "idle",
        "icon": "ok",
        "word": "没变",
        "count": 1548,
        "unit": "人",
        "url": "#",
        "note": "不用管",
    },
    {
        "state": "late",
        "icon": "warn",
        "word": "有错",
        "count": 7,
        "unit": "行",
        "url": "#",
        "note": "改好再传",
    },
    {
        "state": "soon",
        "icon": "gone",
        "word": "名单上没有了",
        "count": 16,
        "unit": "人",
        "url": "#",
        "note": "占2.7%，要您逐个说明去向",
    },
]
JOBS = [
    {
        "title": "正在读“嵩口镇11月低保发放表（定）.xls”",
        "state": "running",
        "done": 412,
        "total": 598,
        "say": "412行，共598行，约半分钟。走开也行，好了在“今日”里告诉您。",
        "reload_url": "",
    },
    {
        "title": "读完了：598行",
        "state": "done",
        "done": 598,
        "total": 598,
        "say": "591行没问题，7行要您改。",
        "errors_url": "#",
        "errors": "下载这7行（带原因）",
        "result_url": "#",
        "result": "看结果",
    },
    {
        "title": "没读成",
        "state": "failed",
        "done": 0,
        "total": 598,
        "say": "这个文件打不开。请用WPS另存为.xlsx，再传一次。名单没有改动。",
    },
]
