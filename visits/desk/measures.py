"""What is counted of people and households: each measure with its word, its condition, and how it is explained."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One column of figures. `where`: its people among those owed a visit ("" for the roster's own two), or its
    households when `unit` says 户: one person stands for each in the list."""

    word: str
    where: str
    explained: str
    unit: str = "人"


MEASURES: dict[str, Measure] = {
    "homes": Measure(
        "应访户",
        "TRUE",
        "有人在这一期到期要访的户，一起生活的算一户，单独一人的也算一户。每户列一人，先列户主。",
        "户",
    ),
    "homes_done": Measure(
        "访完户",
        "reached",
        "见到了家里的大人（或大人代述了别人的情况），并且每个要访的人都访成了的户；特困、独居、未成年人要见到本人。"
        "每户列一人，先列户主。",
        "户",
    ),
    "due": Measure("应访", "TRUE", "在这一期里有一次巡访到期的人，每人只算一次。去世、迁出的不算。"),
    "done": Measure(
        "已访",
        "standing = 'done'",
        "这一期到期的每一次都访成了的人，逾期后补访的也在内。访了就算，不等签字。",
    ),
    "self": Measure("见到本人", "standing = 'done' AND met_self", "已访的人当中，至少有一次见到了本人的。"),
    "open": Measure("未到期", "standing = 'open'", "还有一次没访，日子没有过。"),
    "late": Measure("逾期", "standing = 'late'", "至少有一次过了日子还没有访成，也没有按规定尝试。"),
    "tried": Measure("未访成", "standing = 'tried'", "没访成的每一次都按规定尝试过了。"),
    "signed": Measure(
        "已签",
        "standing = 'done' AND signed",
        "已访的人当中，每一次应访的，算数的那一次巡访已由三人签字（含已审核的）。"
        "同一期里多去的几次还没签完的，不影响这个数。",
    ),
    "unsigned": Measure(
        "待签", "standing = 'done' AND NOT signed AND NOT offline", "已访，算数的那一次还没有三人签完。"
    ),
    "offline": Measure(
        "线下已访",
        "standing = 'done' AND offline",
        "已访的人当中，凭启用前登记的、或别的系统的走访算访过的。没有巡访内容，也没有签字。",
    ),
    "approved": Measure("已审", "standing = 'done' AND approved", "已签的人当中，县级已经审核通过的。"),
    "roster": Measure("名单", "", "今天在名单上的人：在册，并且至少属于一类对象。跟选哪一期无关。"),
    "entrusted": Measure(
        "受托完成",
        "",
        "替别的乡镇访成的人：别处委托、这一期到期、由这里的人访成的。责任和统计还在委托的乡镇，不在上面各栏里。",
    ),
    "unassigned": Measure("未落实巡访人员", "", "今天在名单上、还没有定由谁去访的人。跟选哪一期无关。"),
}
