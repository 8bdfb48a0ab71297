"""The questions of a visit and who signs."""

from typing import Any


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


def items() -> list[dict[str, Any]]:
    plain = _item("power", "用电", POWER, chosen=2, was=1) | {"last": "插座过载、没装漏保"}
    wrong = _item("gas", "燃气", GAS) | {
        "error": "今天还没选。安全三项每次都要现看。",
        "unseen": {
            "name": "gas_unseen",
            "options": _options("gas_unseen", ["电话里问不到", "不让进门", "家里没人"], None),
        },
    }
    return [plain, wrong]


def areas() -> list[dict[str, Any]]:
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
