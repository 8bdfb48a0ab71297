"""Timelines, steps, tiles and sentences."""

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
