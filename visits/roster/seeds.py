"""The five groups of the guideline as nine sub-classes (二(一)–(五)); ages are settings (domain §7 no. 1)."""

from visits.roster.models import CareGroup

# code, full name, short, clause, tier, min age, max age, alone, words in lists
GROUPS: tuple[tuple[str, str, str, str, str, int | None, int | None, bool, list[str]], ...] = (
    ("dibao", "城乡最低生活保障对象", "低保", "二（一）", "key", None, None, False,
     ["低保", "城市低保", "农村低保", "城乡低保", "最低生活保障"]),
    ("tekun", "特困人员救助供养对象", "特困", "二（二）", "key", None, None, True,
     ["特困", "特困人员", "五保", "集中特困", "分散特困", "特困供养"]),
    ("sudden", "突发重大事故致基本生活困难", "突发困难", "二（三）", "general", None, None, False,
     ["突发", "突发困难", "突发重大事故"]),
    ("old_alone", "80岁及以上独居老年人", "80岁以上独居", "二（四）", "general", 80, None, True,
     ["80岁以上独居", "80岁及以上独居", "高龄独居", "独居老人"]),
    ("old_with_disabled_child", "与重度残疾子女共同居住的老年人", "与重残子女同住", "二（四）", "general",
     60, None, False, ["与重残子女同住", "与重度残疾子女共同居住"]),
    ("old_childless", "无子女或子女不在本市的独居老年人", "子女不在本市独居", "二（四）", "general", 60, None, True,
     ["无子女独居", "子女不在本市", "子女不在本市独居", "空巢独居"]),
    ("minor_alone", "独居未成年人", "独居未成年人", "二（五）", "general", None, 17, True,
     ["独居未成年人", "独居儿童"]),
    ("minor_kin", "由亲戚代为监护的未成年人", "亲戚监护未成年人", "二（五）", "general", None, 17, True,
     ["亲戚监护未成年人", "亲戚代为监护", "亲属监护"]),
    ("left_behind", "农村留守儿童", "留守儿童", "二（五）", "general", None, 15, True,
     ["留守儿童", "农村留守儿童"]),
)  # fmt: skip

# The classes of the guideline itself: always there.
GUIDELINE = frozenset(row[0] for row in GROUPS)


def seed() -> None:
    for position, (code, name, short, clause, tier, low, high, alone, words) in enumerate(GROUPS):
        CareGroup.objects.get_or_create(
            code=code,
            defaults={
                "name": name,
                "short": short,
                "clause": clause,
                "tier": tier,
                "min_age": low,
                "max_age": high,
                "alone": alone,
                "words": words,
                "position": position,
            },
        )
