"""State words, clocks, the strip of today, cards of people."""

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
