"""Invented data for the page that shows every component; nobody in it exists.

`gallery_context()` takes nothing and asks nothing: the same page every time, so that two pictures
of it can be compared. The view that shows it exists in development only.
"""

import datetime as dt
from typing import Any

from django import forms

DUE = {
    "idle": {"state": "idle", "word": "未到期", "text": "12月31日 周四前", "left": "还剩37天"},
    "soon": {"state": "soon", "word": "临期", "text": "11月30日 周一前", "left": "还剩6天"},
    "late": {"state": "late", "word": "逾期", "text": "应于11月23日 周一前", "left": "过了1天"},
    "done": {"state": "done", "word": "已完成", "text": "11月24日 周二"},
    "tried": {"state": "tried", "word": "没见到2次", "text": "11月21日、23日", "left": "再试1次"},
    "back": {"state": "back", "word": "退回", "text": "11月23日 周一", "left": "请补一句话"},
}
TAGS = [
    {"state": "idle", "word": "未到期"},
    {"state": "done", "word": "已完成"},
    {"state": "soon", "word": "临期"},
    {"state": "todo", "word": "需处理"},
    {"state": "late", "word": "逾期"},
    {"state": "late", "word": "紧急", "icon": "stop"},
    {"state": "back", "word": "待补正"},
    {"state": "tried", "word": "未访成"},
    {"state": "me", "word": "轮到您"},
    {"state": "", "word": "低保"},
]
CLOCKS = [
    {
        "state": "soon",
        "title": "县里三个工作日内定初步方案",
        "left": "还剩2个工作日",
        "big": "11月26日 周四 24:00前",
        "how": "收到是11月23日 周一，从24日数起：周二、周三、周四。",
        "basis": "县级民政部门必须在三个工作日之内形成初步的救助方案，及时实施救助。退回补材料不停这个时限。",
    },
    {
        "state": "late",
        "title": "镇里两个工作日内上报",
        "left": "超时未报",
        "big": "应在11月24日 周二前",
        "how": "过了1个工作日。说明一句原因，照样能报。",
        "basis": "发现变化要当日汇总，两个工作日内上报县级民政部门。发现当天不算，从第二天数起。",
    },
    {
        "state": "done",
        "title": "镇里两个工作日内上报",
        "left": "按时",
        "big": "11月23日 周一已报",
        "how": "早了1个工作日。",
        "basis": "发现变化要当日汇总，两个工作日内上报县级民政部门。",
    },
    {
        "state": "idle",
        "title": "县里三个工作日内定初步方案",
        "left": "预估",
        "big": "2027年1月5日 周二前",
        "how": "2027年放假安排还没录入，先按周末算。录入后自动重算，会留痕。",
    },
]
TODAY = {
    "date_line": "11月24日 周二　嵩口镇月洲村",
    "title": "林建忠，今天先看3个人",
    "lines": [
        {"state": "late", "link": "1人逾期", "url": "#", "rest": "，先看陈依金。"},
        {"state": "soon", "link": "2人这几天到期", "url": "#", "rest": "，一趟走得完。"},
        {"state": "back", "link": "1份被退回", "url": "#", "rest": "，请您补一句话。"},
    ],
}
DUTY = [{"label": "镇值班室", "number": "059120000119"}]
CARDS = [
    {
        "name": "林依妹",
        "url": "#",
        "about": "女 83岁",
        "tags": ["特困·分散供养", "独居"],
        "due": DUE["soon"],
        "why": ["特困人员：每月至少一次（永泰县规定）", "上次10月20日"],
        "lines": [
            {"icon": "way", "text": "祠堂后第二家，红木门"},
            {"icon": "ear", "text": "耳背，说福州话；进门脱鞋"},
            {"icon": "todo", "text": "还没办完：厨房插座过载"},
        ],
        "tel": "13800000825",
        "action": "去巡访",
        "action_url": "#",
    },
    {
        "name": "郑水清",
        "url": "#",
        "about": "男 58岁",
        "tags": ["低保", "肢体残疾二级"],
        "due": DUE["tried"],
        "why": ["低保家庭：每季度至少一次", "去满3次记“未访成”，不算逾期"],
        "lines": [
            {"icon": "way", "text": "后溪8号，竹林边上"},
            {"icon": "tel", "text": "找不到人时：侄子郑文清", "tel": "13800007719"},
        ],
        "tel": "13800003306",
        "home": {"url": "#", "word": "一户4人一起访"},
        "action": "去巡访",
        "action_url": "#",
    },
    {
        "name": "余兰妹",
        "url": "#",
        "about": "女 81岁",
        "due": DUE["done"],
        "why": ["上门，见到本人"],
        "done": True,
    },
]


def _options(
    name: str, labels: list[str], chosen: int | None, opens: int | None = None
) -> list[dict[str, Any]]:
    return [
        {"value": n, "label": label, "id": f"{name}_{n}", "checked": n == chosen, "opens": n == opens}
        for n, label in enumerate(labels)
    ]


def _item(
    id_: str, legend: str, labels: list[tuple[str, str]], *, chosen: int | None = None, was: int | None = None
) -> dict[str, Any]:
    options = [
        {"value": n, "label": label, "level": level, "checked": n == chosen, "was": n == was}
        for n, (label, level) in enumerate(labels)
    ]
    return {"id": id_, "name": id_, "legend": legend, "options": options}


MOVING = [
    ("行动自如", "done"),
    ("要拄拐、要人扶", "soon"),
    ("只能在屋里、坐轮椅", "todo"),
    ("卧床没人照料，或刚跌倒", "late"),
]
POWER = [
    ("正常", "done"),
    ("插座过载、没装漏保", "soon"),
    ("线路老化、裸露、私拉", "todo"),
    ("打火冒烟、触电", "late"),
]
GAS = [
    ("没有燃气", "done"),
    ("正常", "done"),
    ("软管旧、没装报警器", "soon"),
    ("漏气味、瓶放卧室", "todo"),
    ("正在泄漏", "late"),
]


def _items() -> list[dict[str, Any]]:
    plain = _item("power", "用电", POWER, chosen=2, was=1) | {"last": "插座过载、没装漏保"}
    wrong = _item("gas", "燃气", GAS) | {
        "error": "今天还没选。安全三项每次都要现看。",
        "unseen": {
            "name": "gas_unseen",
            "options": _options("gas_unseen", ["电话里问不到", "不让进门", "家里没人"], None),
        },
    }
    return [plain, wrong]


def _areas() -> list[dict[str, Any]]:
    last = ["平稳愉快", "健忘", "无明显压力"]
    same = ["与上次一致", "有变化"]
    return [
        {
            "id": "mind_a",
            "name": "精神状态",
            "icon": "smile",
            "state": "soon",
            "word": "还没选",
            "last": last,
            "choice": {"name": "mind_a", "options": _options("mind_a", same, None, 1)},
            "asks": [_item("worry", "压力状态", [("无明显压力", "done"), ("有些愁", "soon")], was=0)],
        },
        {
            "id": "health",
            "name": "健康状况",
            "icon": "heart",
            "state": "done",
            "word": "1项有变",
            "last": ["表达清楚", "行动自如", "慢病稳定"],
            "choice": {"name": "health", "options": _options("health", same, 1, 1)},
            "asks": [_item("moving", "行动能力", MOVING, chosen=1, was=0)],
            "open": True,
        },
        {
            "id": "clean",
            "name": "卫生状况",
            "icon": "drop",
            "state": "idle",
            "word": "第一次",
            "say": "第一次访，没有上次可比。",
            "choice": {"name": "clean", "options": _options("clean", ["三项都好", "逐项选"], None)},
        },
        {
            "id": "safety",
            "name": "安全情况",
            "icon": "shield",
            "state": "done",
            "word": "答完1项",
            "say": "安全每次都要现看，不沿用上次。",
            "now": True,
            "asks": [_item("gas2", "燃气", GAS, chosen=1)],
        },
    ]


SLOTS = [
    [
        {
            "order": 1,
            "post": "村（居）主任",
            "state": "done",
            "word": "已签",
            "who": "林国清",
            "note": "10月7日 周三 15:20　屏幕签名",
        },
        {
            "order": 2,
            "post": "包村干部",
            "state": "next",
            "word": "轮到您",
            "who": "谢永华",
            "note": "看完下面4件，再签。",
        },
        {
            "order": 3,
            "post": "乡镇主要负责人",
            "state": "wait",
            "word": "未到",
            "who": "郑文彬",
            "note": "副镇长王丽娟受托代签（嵩委〔2026〕18号，到12月31日）",
        },
    ],
    [
        {
            "order": 1,
            "post": "村（居）主任",
            "state": "done",
            "word": "纸签",
            "who": "林国清",
            "note": "10月7日",
            "url": "#",
            "link": "照片1张",
        },
        {
            "order": 2,
            "post": "包村干部",
            "state": "back",
            "word": "退回",
            "who": "谢永华",
            "note": "“第3行哪种药？写清楚。”",
        },
        {
            "order": 3,
            "post": "乡镇主要负责人",
            "state": "vacant",
            "word": "暂缺",
            "who": "—",
            "note": "空缺也不卡：",
            "url": "#",
            "link": "办授权",
        },
    ],
]
DAYS = [
    {
        "day": "11月24日 周二",
        "aside": "今天",
        "events": [
            {
                "state": "soon",
                "icon": "draft",
                "title": "巡访写到一半",
                "url": "#",
                "link": "接着写",
                "by": "林建忠，已自动保存14:32",
            }
        ],
    },
    {
        "day": "10月20日 周二",
        "events": [
            {
                "state": "done",
                "title": "上门，见到本人",
                "text": "插座还没换。提醒了关火关气、防滑。",
                "by": "林建忠，同行林月香",
            },
            {"state": "done", "icon": "pen", "title": "10月巡访结果已签字，第3批第12行"},
        ],
    },
    {
        "day": "8月17日 周一",
        "events": [
            {"state": "tried", "title": "前一天去过，不在家（邻居说去墟场了）"},
            {
                "state": "todo",
                "icon": "flag",
                "title": "报给民政办：断药、病情加重",
                "text": "8月18日上报县局，8月20日定下方案：家庭医生每两周上门。",
            },
        ],
    },
]
STEPS = [
    {"state": "done", "name": "发现", "note": "11月20日 周五\n林建忠"},
    {"state": "done", "name": "当日汇总", "note": "11月20日 24:00\n自动"},
    {"state": "done", "name": "上报县局", "note": "11月23日 周一 16:40\n郑晓琳"},
    {"state": "done", "name": "县局接手", "note": "11月24日 周二 8:50\n黄志勇"},
    {"state": "now", "name": "定初步方案", "note": "轮到您\n11月26日 周四前"},
    {"state": "wait", "name": "负责人批准", "note": "刘建平"},
    {"state": "wait", "name": "落实和回访", "note": "嵩口镇"},
]
STATS = [
    {
        "title": "应访",
        "value": "128,520",
        "unit": "人",
        "url": "#",
        "note": "比上季多1,204人",
        "line": {"points": [110, 113, 119, 116, 122, 125, 128, 132], "word": "应访人数，近八季"},
    },
    {
        "title": "未访成",
        "value": "941",
        "unit": "人",
        "url": "#",
        "note": "已按规定尝试",
        "line": {"points": [30, 29, 23, 22, 17, 15, 13, 12], "word": "未访成人数，近八季"},
    },
    {"title": "超时未报", "value": "39", "unit": "份", "url": "#", "note": "9个乡镇"},
    {"title": "待签", "value": "21", "unit": "村", "url": "#", "note": "10月10日 周六截止"},
]
PAIR = {
    "tiles": [
        {
            "title": "完成率",
            "value": "79.2",
            "unit": "%",
            "url": "#",
            "line": {
                "points": [73, 74, 76, 75, 77, 78, 79, 79.2],
                "word": "完成率，近八季同日",
                "low": 50,
                "high": 100,
            },
        },
        {
            "title": "见到本人率",
            "value": "68.5",
            "unit": "%",
            "url": "#",
            "line": {
                "points": [60, 61, 63, 64, 66, 67, 68, 68.5],
                "word": "见到本人率，近八季同日",
                "low": 50,
                "high": 100,
            },
        },
    ],
    "note": "相差10.7个百分点，多是电话访和家人代述。上季同日77.1%和66.0%，季末还有37天。",
}
ATTENTION = [
    {
        "state": "late",
        "icon": "stop",
        "where": "福清市",
        "before": "沙埔镇11月22日一起",
        "link": "紧急情况",
        "url": "#",
        "after": "，县里14分钟接手，还没写结果。",
        "who": "陈立",
        "tel": "059120000281",
    },
    {
        "state": "late",
        "where": "永泰县",
        "before": "有",
        "link": "9份变化超时未报",
        "url": "#",
        "after": "，嵩口镇占4份，最久的过了3个工作日。",
        "who": "黄志勇",
        "tel": "059120000251",
    },
    {
        "state": "soon",
        "where": "连江县",
        "before": "完成率83.7%，",
        "link": "见到本人只有55.1%",
        "url": "#",
        "after": "：电话访的占了三成多。",
        "who": "林芳",
        "tel": "059120000221",
    },
]
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


def _eight() -> list[dict[str, Any]]:
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


def _heat() -> dict[str, Any]:
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


def _list() -> dict[str, Any]:
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


def _gone() -> dict[str, Any]:
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
BANNERS = [
    {"state": "soon", "icon": "info", "title": "试运行，数据不作考核。", "url": "#", "link": "看启用日期"},
    {"state": "soon", "icon": "cal", "title": "名单旧了。", "text": "留守儿童名单还是9月的。"},
    {"state": "idle", "icon": "cal", "title": "2027年放假安排没录入。", "text": "跨年的日期先按周末估。"},
    {
        "state": "late",
        "icon": "storm",
        "title": "台风专项巡访开着。",
        "text": "11月25日 周三18:00前，还有12人。",
    },
    {"state": "late", "icon": "archive", "title": "3天没有备份了。", "text": "请找管理员。"},
]
DRAFTS = [
    {"state": "saved", "word": "已自动保存 14:32", "url": "#clean", "link": "还差1项"},
    {"state": "trying", "word": "还没存上，正在再试", "url": "#", "link": "再存一次"},
    {"state": "left", "word": "有没写完的：林依妹，14:32", "url": "#", "link": "接着写"},
]


class VisitSample(forms.Form):
    """A form with each kind of control, so that the page shows them bound, unbound and wrong."""

    day = forms.ChoiceField(
        label="哪天去的",
        choices=[("1", "今天下午"), ("2", "今天上午"), ("3", "昨天"), ("4", "别的日子")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选一下是哪天。"},
    )
    reminded = forms.MultipleChoiceField(
        label="今天做了什么",
        choices=[("1", "关火关气"), ("2", "防诈骗"), ("3", "按时吃药"), ("4", "防滑防摔"), ("5", "聊天陪伴")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    phone = forms.RegexField(
        r"^1\d{10}$",
        label="手机号",
        help_text="本人或家里人的都行。",
        error_messages={"invalid": "手机号是11位，请数一数。"},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 20}),
    )
    place = forms.ChoiceField(
        label="在哪里", choices=[("", "请选"), ("1", "家里"), ("2", "医院")], required=False
    )
    words = forms.CharField(
        label="怎么回事",
        required=False,
        max_length=200,
        widget=forms.Textarea(attrs={"maxlength": 200}),
        help_text="一两句就行。",
    )
    hidden_note = forms.BooleanField(
        label="不便在村里公开", required=False, help_text="只报乡镇和县，村里的单子上看不到。"
    )


class ReasonSample(forms.Form):
    about = forms.CharField(label="大概哪天", initial="2026年11月18日前后", max_length=30)


class WhereSample(forms.Form):
    where = forms.ChoiceField(
        label="一起记为", choices=[("1", "停发"), ("2", "去世"), ("3", "迁出"), ("4", "漏导（还在名单上）")]
    )


def gallery_context() -> dict[str, Any]:
    """Everything the templates of `templates/gallery/` show, by component."""
    wrong = VisitSample({"phone": "1390000112", "reminded": ["1", "3"]}, auto_id="wrong_%s")
    wrong.is_valid()
    where = WhereSample(auto_id="bulk_%s")
    return {
        "crumbs": [("开发", "#"), ("组件", "")],
        "tags": TAGS,
        "dues": list(DUE.values()),
        "clocks": CLOCKS,
        "today_panel": TODAY,
        "duty": DUTY,
        "cards": CARDS,
        "areas": _areas(),
        "items": _items(),
        "sign_strips": SLOTS,
        "days": DAYS,
        "steps": STEPS,
        "stats": STATS,
        "pair": PAIR,
        "attention": ATTENTION,
        "eight": _eight(),
        "heat": _heat(),
        "people": _list(),
        "gone": _gone(),
        "bulk": {
            "pick": "gone",
            "count": 1,
            "fields": [where["where"]],
            "action": "记下",
            "left": "还有13人没说明",
        },
        "diff": DIFF,
        "five": FIVE,
        "jobs": JOBS,
        "confirm": {
            "title": "把鄢依仙记为去世？",
            "say": "她会马上从待访、还没打的单子和电话名单里去掉。记错了，30天内能改回来。",
            "yes": "记下",
            "no": "不记了",
            "no_url": "#",
            "form": ReasonSample(auto_id="confirm_%s"),
        },
        "mark_example": {"name": "汪惠珍", "document": "榕民检〔2026〕3号", "on": dt.date(2026, 11, 24)},
        "empty": {
            "title": "这周没有要去的人",
            "say": "下一个到期是12月31日 周四。",
            "url": "#",
            "link": "看看我的23人",
        },
        "banners": BANNERS,
        "drafts": DRAFTS,
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
        "form": VisitSample({"day": "1", "phone": "13900001127", "reminded": ["1", "3"]}, auto_id="ok_%s"),
        "wrong": wrong,
    }
