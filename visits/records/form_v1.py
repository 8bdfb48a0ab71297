"""The first wording of the visit form: data only, in the shape that `assessment.load` reads.

四(二): six areas of three items, asked, reminded of and assessed; the season blocks for floods and winter. It is
stored as a dated row; later wordings are rows too, so nothing here changes once a visit was made under it.

The last digit of an option's value is its level; the tens tell two answers of one level apart (more, less).
"""

from typing import Any


def _options(*rows: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Rows of (value, words, flag …)."""
    return [{"value": value, "words": words, "flags": list(flags)} for value, words, *flags in rows]


def _item(code: str, label: str, flags: str, *rows: tuple[Any, ...]) -> dict[str, Any]:
    return {"code": code, "label": label, "flags": flags.split(), "options": _options(*rows)}


def _area(code: str, label: str, icon: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"code": code, "label": label, "icon": icon, "items": list(items)}


_FAMILY = _area(
    "family",
    "家庭状况",
    "people",
    _item(
        "family_size",
        "家庭人口",
        "change",
        (0, "无变化"),
        (1, "有人外出"),
        (11, "有人返回"),
        (2, "人口增加（出生、结婚、迁入）", "reportable"),
        (12, "人口减少（去世、离婚、迁出、服刑）", "reportable"),
        (3, "唯一照料人去世或失联", "reportable"),
    ),
    _item(
        "income",
        "收入变化",
        "change",
        (0, "基本不变"),
        (1, "略增"),
        (11, "略减"),
        (2, "明显增加", "reportable"),
        (12, "明显减少", "reportable"),
        (3, "断了收入，没米下锅", "reportable"),
    ),
    _item(
        "property",
        "财产状况",
        "change",
        (0, "无变化"),
        (1, "添了小件"),
        (11, "欠了小债"),
        (2, "新增房、车、店或大额存款", "reportable"),
        (12, "房屋毁损", "reportable"),
        (3, "财产被骗被占，没地方住", "reportable"),
    ),
)
_HEALTH = _area(
    "health",
    "健康状况",
    "heart",
    _item(
        "speech",
        "表达能力",
        "copyable",
        (0, "表达清楚"),
        (1, "要多说几遍才明白"),
        (2, "说不清，靠别人代说"),
        (3, "突然说不清话、意识不清"),
    ),
    _item(
        "mobility",
        "行动能力",
        "copyable",
        (0, "行动自如"),
        (1, "要拄拐、要人扶"),
        (2, "只能在屋里、坐轮椅"),
        (3, "卧床没人照料，或刚跌倒"),
    ),
    _item(
        "illness",
        "疾病状况",
        "copyable",
        (0, "没病，或慢病稳定"),
        (1, "慢病用药不规律"),
        (2, "新患大病、病情加重、断药", "reportable"),
        (3, "急症，要马上就医", "reportable"),
    ),
)
_MIND = _area(
    "mind",
    "精神状态",
    "smile",
    _item(
        "mood",
        "情绪状态",
        "copyable",
        (0, "平稳愉快"),
        (1, "偶尔低落、烦躁"),
        (2, "一直低落、常哭、易怒"),
        (3, "有轻生或伤人言行"),
    ),
    _item(
        "thinking",
        "思维状态",
        "copyable",
        (0, "清楚"),
        (1, "健忘"),
        (2, "有时糊涂、不认人"),
        (3, "会走失、有幻觉"),
    ),
    _item(
        "stress",
        "压力状态",
        "copyable",
        (0, "无明显压力"),
        (1, "有压力，能应付"),
        (2, "压力大（债务、照护、纠纷）"),
        (3, "快撑不住了"),
        (13, "受威胁、受虐待", "reportable", "police_duty"),
    ),
)
_SAFETY = _area(
    "safety",
    "安全情况",
    "shield",
    _item(
        "gas",
        "燃气",
        "safety seen",
        (8, "没有燃气"),
        (0, "正常"),
        (1, "软管旧、没装报警器"),
        (2, "漏气味、瓶放卧室、热水器装室内"),
        (3, "正在泄漏"),
    ),
    _item(
        "water_heating",
        "用水取暖",
        "safety seen",
        (0, "正常"),
        (1, "漏水、水小、取暖器旧"),
        (2, "断水，或关窗烧炭"),
        (3, "一氧化碳不适"),
    ),
    _item(
        "electricity",
        "用电",
        "safety seen",
        (0, "正常"),
        (1, "插座过载、没装漏保"),
        (2, "线路老化、裸露、私拉"),
        (3, "打火冒烟、触电"),
    ),
)
_HYGIENE = _area(
    "hygiene",
    "卫生状况",
    "drop",
    _item(
        "personal_hygiene",
        "个人卫生",
        "copyable seen",
        (0, "整洁或尚可"),
        (1, "一般"),
        (2, "较差、有异味、有褥疮"),
        (3, "伤口感染、大小便无人照料"),
    ),
    _item(
        "home_hygiene",
        "家庭卫生",
        "copyable seen",
        (0, "整洁或尚可"),
        (1, "一般"),
        (2, "脏乱、食物发霉"),
        (3, "垃圾堆满，没法住人"),
    ),
    _item(
        "surroundings_hygiene",
        "周边卫生",
        "copyable seen",
        (0, "整洁或尚可"),
        (1, "一般"),
        (2, "垃圾、污水堆积"),
        (3, "严重污染、有疫病"),
    ),
)
_DWELLING = _area(
    "dwelling",
    "居住环境",
    "house",
    _item(
        "indoor",
        "室内环境",
        "copyable seen",
        (0, "明亮通风"),
        (1, "潮湿、昏暗、地滑"),
        (2, "漏雨、门窗破、没厕所"),
        (3, "危房，随时会塌", "reportable"),
    ),
    _item(
        "outdoor",
        "室外环境",
        "copyable seen",
        (0, "出入方便"),
        (1, "台阶陡、没路灯"),
        (2, "路断了、紧挨山坡溪边"),
        (3, "滑坡、积水威胁", "reportable"),
    ),
    _item(
        "neighbours",
        "邻里关系",
        "copyable",
        (0, "和睦"),
        (1, "往来少"),
        (2, "有纠纷、被孤立"),
        (3, "有暴力冲突"),
    ),
)

# 未成年人保护法 11, 23: weekly contact with the parents; a child alone or signs of harm go to the police at once.
_MINOR = [
    _item(
        "guardian",
        "谁在照看",
        "copyable",
        (0, "监护人或受托亲属在照看"),
        (1, "照看人有时不在"),
        (2, "照看人顾不过来", "reportable"),
        (3, "没人照看、独自生活", "reportable", "police_duty"),
    ),
    _item(
        "school",
        "上学",
        "copyable",
        (8, "不到年龄或已毕业"),
        (0, "正常上学"),
        (1, "有时缺课"),
        (2, "不上学了", "reportable"),
    ),
    _item(
        "meals",
        "吃饭",
        "copyable",
        (0, "三餐正常"),
        (1, "有一顿没一顿"),
        (2, "常吃不饱", "reportable"),
        (3, "断粮", "reportable"),
    ),
    _item(
        "parents_contact",
        "和父母联系",
        "copyable",
        (8, "父母已不在"),
        (0, "每周都联系"),
        (1, "一周以上没联系"),
        (2, "一个月以上没联系"),
        (3, "父母失联", "reportable"),
    ),
    _item(
        "child_mind",
        "心情",
        "copyable",
        (0, "开朗平稳"),
        (1, "有时闷闷不乐"),
        (2, "一直低落、不愿说话"),
        (3, "有伤害自己的言行"),
    ),
    _item(
        "harm",
        "安全和网络",
        "safety",
        (0, "没发现异常"),
        (1, "沉迷手机、交友要留心"),
        (2, "身上有伤，说不清原因", "reportable", "police_duty"),
        (3, "有被打骂、欺负、侵害的迹象", "reportable", "police_duty"),
    ),
]

# 四(二)-4 and -5, cut down to two taps: wiring is the item “用电”, and low ground, slope and stream are facts of
# the dwelling kept on the file.
_FLOOD = {
    "code": "flood",
    "label": "汛期",
    "questions": [
        {
            "code": "leak",
            "label": "漏雨、积水",
            "kind": "one",
            "required": True,
            "options": _options((0, "没有"), (1, "有一点"), (2, "漏得厉害，或家里进水")),
        },
        {
            "code": "refuge_told",
            "label": "谁来帮忙转移、去哪避灾",
            "kind": "one",
            "required": True,
            "options": _options((0, "已告知，本人知道"), (1, "还没告知")),
        },
        {
            "code": "dwelling_changed",
            "label": "房屋情况有变化",
            "kind": "tick",
            "required": False,
            "options": [],
        },
    ],
}
_WINTER = {
    "code": "winter",
    "label": "冬季",
    "questions": [
        {
            "code": "warmth",
            "label": "屋里冷不冷",
            "kind": "one",
            "required": True,
            "options": _options((0, "暖和"), (1, "偏冷"), (2, "很冷")),
        },
        {
            "code": "heating",
            "label": "用什么取暖",
            "kind": "many",
            "required": True,
            "options": _options(
                (0, "不用取暖"),
                (10, "空调"),
                (20, "电暖器"),
                (30, "电热毯"),
                (40, "炭火", "burns"),
                (50, "柴火", "burns"),
                (60, "煤炉", "burns"),
            ),
        },
        {
            "code": "ventilated",
            "label": "烧火时通风吗",
            "kind": "one",
            "required": False,
            "options": _options((0, "开着窗，通风"), (2, "门窗关着")),
        },
        {
            "code": "bedding_short",
            "label": "被子或厚衣不够",
            "kind": "tick",
            "required": False,
            "options": [],
        },
        {"code": "degrees", "label": "室内温度", "kind": "degrees", "required": False, "options": []},
    ],
}

FORM_V1: dict[str, Any] = {
    "areas": [_FAMILY, _HEALTH, _MIND, _SAFETY, _HYGIENE, _DWELLING],
    "levels": {"0": "正常", "1": "关注", "2": "需处理", "3": "紧急", "8": "不适用", "9": "没看到"},
    # `remote`: only where one cannot see for oneself, or only where one can; null: always.
    "reasons": [
        {"code": "phone", "words": "电话未能了解", "remote": True},
        {"code": "unwell", "words": "本人不便", "remote": None},
        {"code": "hospital", "words": "住院", "remote": None},
        {"code": "away", "words": "外出", "remote": None},
        {"code": "refused", "words": "本人不愿意", "remote": None},
        {"code": "other", "words": "其他", "remote": None},
    ],
    "phrases": [
        {"code": "stove", "words": "关火关气", "season": None},
        {"code": "fraud", "words": "防诈骗", "season": None},
        {"code": "medicine", "words": "按时吃药", "season": None},
        {"code": "falls", "words": "防滑防摔", "season": None},
        {"code": "company", "words": "聊天陪伴", "season": None},
        {"code": "rain", "words": "下大雨听通知转移", "season": "flood"},
        {"code": "warm", "words": "天冷添衣", "season": "winter"},
    ],
    "seasons": [_FLOOD, _WINTER],
    # 特困人员认定办法 21: six indicators of looking after oneself.
    "self_care": [
        {"code": "eating", "label": "吃饭"},
        {"code": "dressing", "label": "穿衣"},
        {"code": "bed", "label": "上下床"},
        {"code": "toilet", "label": "如厕"},
        {"code": "walking", "label": "室内走动"},
        {"code": "washing", "label": "洗澡"},
    ],
    "minor": _MINOR,
}
