"""Contexts of the four papers as a page would hand them over. People are invented, places are real."""

from xunfang.kit import pdf, qr

URL = "https://xunfang.example.gov.cn/q/7f3a92c10b5e"
CODE = pdf.check_code("7f3a92c10b5e44d09a11c3e0b7d2f6a8" * 2)
RARE = "㛃𠮷䶮堃犇骉喆翀赟鑫淼焱垚玥珺祎翾髙旻昇昉曌頔劼骁媖孋燚㐂𬍛𫖯"

SIGNERS = [
    {
        "post": "村（居）主任",
        "statement": "以上属实。",
        "name": "",
        "when": "",
        "on_behalf": None,
        "remark": "",
        "seal": False,
    },
    {
        "post": "包村干部",
        "statement": "已核对。",
        "name": "",
        "when": "",
        "on_behalf": None,
        "remark": "",
        "seal": False,
    },
    {
        "post": "乡镇（街道）主要负责人",
        "statement": "同意。",
        "name": "",
        "when": "",
        "on_behalf": None,
        "remark": "",
        "seal": True,
    },
]
SIGNED = [
    {**SIGNERS[0], "name": "林建忠", "when": "10月8日 16:20", "remark": "签字人也是巡访人"},
    {**SIGNERS[1], "name": "陈堃", "when": "10月9日 09:02"},
    {
        **SIGNERS[2],
        "name": "黄翀",
        "when": "10月9日 17:45",
        "on_behalf": {"of": "镇长王国栋", "document": "嵩政委〔2026〕3号"},
    },
]

_WORDS = {
    "家庭状况": {
        "家庭人口": ["无变化", "有人外出或返回", "增加", "减少", "唯一照料人离世或失联"],
        "收入变化": ["基本不变", "略增或略减", "明显增加", "明显减少", "断收、无米下锅"],
        "财产状况": ["无变化", "添小件、欠小债", "添房车店、大额存款", "房屋毁损", "被骗被占、没处住"],
    },
    "健康状况": {
        "表达能力": ["表达清楚", "部分表达", "难以表达、靠人代说", "突然说不清、意识不清"],
        "行动能力": ["行动自如", "要拄拐、要人扶", "只能在屋里、坐轮椅", "卧床没人照料、刚跌倒"],
        "疾病状况": ["没有或慢病稳定", "用药不规律", "新患重病、加重、断药", "急症（先打120）"],
    },
    "精神状态": {
        "情绪状态": ["平稳愉快", "偶有低落、烦躁", "持续低落、哭泣、易怒", "有轻生或伤人言行"],
        "思维状态": ["清楚", "健忘", "时糊涂、不认人", "会走失、幻觉失控"],
        "压力状态": ["无明显压力", "有压力能应付", "压力大", "濒临崩溃", "受威胁、虐待"],
    },
    "安全情况": {
        "燃气安全": ["没有燃气", "正常", "软管旧、没装报警器", "漏气味、瓶放卧室", "正在泄漏"],
        "水暖安全": ["正常", "漏水、水小、取暖器旧", "断水、关窗烧炭", "一氧化碳不适"],
        "用电安全": ["正常", "插座过载、没装漏保", "线路老化、裸露、私拉", "打火冒烟、触电"],
    },
    "卫生状况": {
        "个人卫生": ["整洁或尚可", "一般", "差、有异味、褥疮", "伤口感染、大小便无人照料"],
        "家庭卫生": ["整洁或尚可", "一般", "脏乱、食物霉变", "堆满垃圾、没法住"],
        "周边卫生": ["整洁或尚可", "一般", "垃圾、污水堆积", "严重污染"],
    },
    "居住环境": {
        "室内环境": ["明亮通风", "潮湿、昏暗、地滑", "漏雨、门窗破、无厕", "危房、随时会倒"],
        "室外环境": ["出入方便", "台阶陡、没照明", "路断、近坡近溪", "滑坡、积水威胁"],
        "邻里关系": ["和睦", "往来少", "纠纷、被孤立", "暴力冲突"],
    },
}
_LEVELS = ["正常", "关注", "需处理", "紧急"]


def record() -> dict:
    """One visit: two changes, a private note, typed by the clerk, signed in the system."""
    areas = [
        {
            "name": area,
            "rows": [
                {"name": item, "answer": words[0], "level": "正常", "changed": False, "last": words[0]}
                for item, words in items.items()
            ],
        }
        for area, items in _WORDS.items()
    ]
    areas[1]["rows"][1].update(
        answer="要拄拐、要人扶。右膝疼半个月，拄竹杖走路。", level="关注", changed=True
    )
    areas[5]["rows"][0].update(
        answer="漏雨、门窗破、无厕", level="需处理", changed=True, last="潮湿、昏暗、地滑"
    )
    areas[3]["rows"][0].update(answer="没有燃气", level="不适用", last="没有燃气")
    return {
        "unit": "永泰县嵩口镇人民政府",
        "number": "第88号",
        "version": "第2版",
        "period": "2026年第三季度",
        "printed": "10月8日 周四",
        "check_code": CODE,
        "qr": qr.svg(URL),
        "batch": "见第3批第12行",
        "person": {
            "name": "林𠮷㛃",
            "sex": "女",
            "age": "83岁",
            "groups": "特困人员（分散供养）、80岁及以上独居老人",
            "tail": "尾号0025",
            "place": "月洲村 上洋",
        },
        "visit": {
            "date": "2026年9月3日",
            "mode": "上门",
            "met": "本人",
            "visitor": "林建忠",
            "typist": "余晓芳",
            "companions": "张淼",
        },
        "areas": areas,
        "blocks": [
            {
                "title": "自己照料自己",
                "text": "吃饭能、穿衣能、上下床能、如厕能、室内走动能、洗澡要人帮（上次6样都能）",
            },
            {"title": "汛期", "text": "漏雨积水：有。转移责任人和避灾点：已告知。房屋情况：无变化。"},
        ],
        "chips": ["关火关气", "按时吃药", "防滑防摔", "聊天陪伴"],
        "notes": [
            "台风后西屋漏雨，床已挪到东屋，村里先用雨布盖上。卫生所开了膏药，侄女林垚每周送菜两次。",
        ],
        "hidden_note": True,
        "attention": [
            {"item": "室内环境", "text": "西屋漏雨。", "measure": "9月2日前由村里补瓦，补好后回看。"},
            {"item": "自己照料自己", "text": "洗澡要人帮。", "measure": "报县里重新评定自理能力。"},
        ],
        "report": {
            "to": "嵩口镇民政办",
            "filed": "9月3日",
            "due": "9月7日 周一 24:00前",
            "state": "9月4日已报县民政局。",
        },
        "signers": SIGNED,
    }


def lines(count: int, first: int = 5) -> list[dict]:
    """`count` lines without anything to say, the first of them row `first`."""
    names = ["余细根", "王庆嫩", "林庆弟", "王宝清", "鄢秀英", "李兰妹", "汪桂清", "张堃", "欧阳小妹", "陈𠮷"]
    return [
        {
            "row": first + n,
            "name": names[n % len(names)],
            "date": f"{7 + n % 3}月{1 + n % 28}日",
            "how": "电话 本人" if n % 9 == 4 else "上门 本人",
            "record": 41 + n,
        }
        for n in range(count)
    ]


def confirm(quiet: int = 38) -> dict:
    """A village's table: four exceptions and `quiet` lines."""
    return {
        "place": "永泰县嵩口镇月洲村",
        "period": "2026年第三季度（7月1日至9月30日）",
        "batch": "第3批",
        "total": quiet + 4,
        "printed": "10月8日 周四",
        "check_code": CODE,
        "qr": qr.svg(URL),
        "summary": (
            "应访42人，访到41人：上门35人，电话5人，受托1人；见到本人37人；未访成（已按规定尝试）1人。"
        ),
        "exceptions_title": "一、有变化、需处理、退回过和未访成的4人",
        "exceptions": [
            {
                "row": 1,
                "name": "张志坚",
                "detail": "尾号5522 低保",
                "record": "第88号",
                "when": "9月3日",
                "mode": "上门",
                "met": "本人",
                "finding": "收入：基本不变→明显减少。工地摔伤右腿，三个月没有工钱。",
                "action": "9月4日上报，9月9日定临时救助6000元，已发。（已逐份签）",
            },
            {
                "row": 2,
                "name": "黄玉钗",
                "detail": "尾号6130 80岁独居",
                "record": "第91号",
                "when": "8月25日",
                "mode": "上门",
                "met": "本人",
                "finding": "室内：潮湿→漏雨。台风后西屋漏雨，床已挪到东屋。",
                "action": "9月2日补瓦，9月15日回看不漏。",
            },
            {
                "row": 3,
                "name": "王木生",
                "detail": "尾号3018 低保",
                "record": "第95号第2版",
                "when": "9月11日",
                "mode": "上门",
                "met": "本人",
                "finding": "疾病：慢病稳定→用药不规律。降压药想起来才吃。",
                "action": "托卫生所每周送药。（退回1次，已补写）",
            },
            {
                "row": 4,
                "name": "郑水清",
                "detail": "尾号3306 低保",
                "record": "第97号",
                "when": "9月6日、13日、22日",
                "mode": "上门3次",
                "met": "没见到",
                "finding": "未访成（已按规定尝试）：外出打短工，电话未接。",
                "action": "侄子约国庆在家，下期先看。",
            },
        ],
        "lines_title": f"二、没有异常的{quiet}人",
        "blocks": pdf.two_columns(lines(quiet)),
        "signers": SIGNERS,
        "approval": {"by": "", "when": ""},
    }


def round_sheet(count: int = 12) -> dict:
    """A pre-filled round of `count` people."""
    care = {"label": "自己照料自己", "options": ["6样都能", "变了"]}
    report = {"label": "要报民政办", "options": ["不用", "要报"]}
    kinds = [
        ("特困 每月一次", "11月30日 周一前", "上次10月20日", care),
        ("低保 每季一次", "12月31日 周四前", "上次8月12日", report),
        ("80岁独居 半年一次", "12月31日 周四前", "上次6月3日", report),
        ("低保 首访", "11月27日 周五前", "还没访过", report),
    ]
    finds = [
        ("祠堂后第二家，红木门", "耳背，说福州话"),
        ("上洋桥头小卖部楼上", "进门脱鞋"),
        ("后溪8号，竹林边", "钥匙在侄女家"),
        ("上洋12号，晒谷场旁", ""),
    ]
    people = []
    for n, line in enumerate(lines(count, first=1)):
        why, due, last, ask = kinds[n % 4]
        find, watch = finds[n % 4]
        people.append(
            {
                "row": line["row"],
                "name": line["name"],
                "sex": "女" if n % 2 else "男",
                "age": 69 + n,
                "tail": f"尾号{1340 + 617 * n:04d}",
                "phone": f"138 0000 {2504 + n:04d}",
                "why": why,
                "due": due,
                "last": last,
                "find": find,
                "care": watch,
                "ask": [ask],
            }
        )
    return {
        "trial": "试运行，数据不作考核",
        "number": "2026-4-月洲-02",
        "place": "永泰县嵩口镇月洲村",
        "period": "2026年第四季度",
        "visitor": "林建忠",
        "printed": "11月24日 周二",
        "fresh": "名单截至9月至11月",
        "total": count,
        "qr": qr.svg(URL),
        "emergency": "镇值班室 0591-2000 0119",
        "pages": [
            page | {"qr": qr.svg(URL), "code": f"K7M3WXQ-{page['number']}"} for page in pdf.pages_of(people)
        ],
    }


def blank() -> dict:
    """The empty form with the present wording."""
    return {
        "unit": "永泰县嵩口镇",
        "printed": "11月24日 周二",
        "form": "2026年7月版",
        "qr": qr.svg(URL),
        "emergency": "镇值班室 0591-2000 0119",
        "groups": [
            "低保",
            "特困",
            "突发困难",
            "80岁以上独居",
            "与重残子女同住",
            "无子女独居",
            "未成年人",
            "留守儿童",
        ],
        "modes": ["上门", "电话", "视频", "受托"],
        "met": ["本人", "家人代述", "没见到"],
        "chips": ["关火关气", "防诈骗", "按时吃药", "防滑防摔", "聊天陪伴", "天冷添衣"],
        "areas": [
            {
                "name": area,
                "rows": [{"name": item, "options": words} for item, words in items.items()],
            }
            for area, items in _WORDS.items()
        ],
        "blocks": [
            {
                "title": "汛期",
                "lines": [
                    {"label": "漏雨积水", "options": ["没有", "有"]},
                    {"label": "转移避灾", "options": ["已告知转移责任人和避灾点", "还没告知"]},
                ],
            },
            {"title": "冬季", "lines": [{"label": "屋里冷暖", "options": ["暖和", "偏冷", "很冷"]}]},
            {
                "title": "特困",
                "lines": [{"label": "自己能", "options": ["吃饭", "穿衣", "上下床", "如厕", "走动", "洗澡"]}],
            },
        ],
    }


#: template → context
PAPERS = {
    "pdf/record.html": record,
    "pdf/confirm.html": confirm,
    "pdf/round.html": round_sheet,
    "pdf/blank.html": blank,
}
