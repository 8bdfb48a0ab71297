"""Who may be visited and why: people, households, groups with dates, and the files' guests."""

import uuid
from collections.abc import Collection
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from accounts.models import Post
from accounts.roles import TOWNSHIP, WRITES_VISITS, Role
from accounts.scoping import counted, once, visible
from xunfang.kit.crypto import EncryptedTextField
from xunfang.kit.history import tracked
from xunfang.kit.prepared import Sql


class Placed(models.Model):
    """The three unit ids every scoped row carries (docs/adr: equality on the row's own columns)."""

    county_id = models.BigIntegerField()
    township_id = models.BigIntegerField()
    village_id = models.BigIntegerField()

    class Meta:
        abstract = True


class VisibleFrom(models.TextChoices):
    """practice P17: everyone is kin in a village; some labels are read by offices only."""

    VILLAGE = "village", "村（居）也看得到"
    TOWNSHIP = "township", "乡镇（街道）以上"
    COUNTY = "county", "县级以上"


class CareGroup(models.Model):
    """One of the nine sub-classes of 二(一)–(五), or a class added later: data, not code."""

    class Tier(models.TextChoices):
        KEY = "key", "重点"
        GENERAL = "general", "普遍"

    code = models.CharField("代号", max_length=24, primary_key=True)
    name = models.CharField("全称", max_length=40)
    short = models.CharField("简称", max_length=16)
    clause = models.CharField("依据", max_length=20)
    tier = models.CharField("重点或普遍", max_length=8, choices=Tier)
    min_age = models.PositiveSmallIntegerField("年龄不小于", null=True)
    max_age = models.PositiveSmallIntegerField("年龄不大于", null=True)
    alone = models.BooleanField("独居或须见本人", default=False)
    words = models.JSONField("名单里的叫法", default=list)
    visible_from = models.CharField(
        "从哪一级起看得到这一类", max_length=8, choices=VisibleFrom, default=VisibleFrom.VILLAGE
    )
    active = models.BooleanField("还在用", default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.short


class HouseholdQuerySet(models.QuerySet["Household"]):
    def visible_to(self, user: Any) -> "HouseholdQuerySet":
        return visible(self, user, assignee=None)


@tracked()
class Household(Placed):
    """共同生活家庭 (二-G2). Its members each have a file of their own."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    head_name = models.CharField("户主", max_length=40)
    certificate_no = models.CharField("低保证号", max_length=40, default="")
    created_at = models.DateTimeField(default=timezone.now)

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["village_id", "certificate_no"],
                condition=~Q(certificate_no=""),
                name="household_certificate_once",
            )
        ]

    def __str__(self) -> str:
        return f"household {self.pk}"


class PersonQuerySet(models.QuerySet["Person"]):
    def visible_to(self, user: Any) -> "PersonQuerySet":
        """People whose present unit is in the user's scope, or whose file was shared with them or entrusted to
        their township."""
        granted = Grant.open_to(user)
        return visible(self, user, granted=Q(pk__in=granted) if granted else None)

    def writable_by(self, user: Any) -> "PersonQuerySet":
        """People whose file the user keeps: the clerk of the township that is responsible."""
        return self.filter(township_id__in=user.duty.unit_ids(Role.TOWNSHIP_CLERK))

    def on_roster(self) -> "PersonQuerySet":
        return self.filter(status=Person.Status.LIVE, merged_into=None)

    def of_files(self, ids: Collection[int]) -> "PersonQuerySet":
        """These files and those that were merged into them."""
        return self.filter(Q(pk__in=ids) | Q(merged_into_id__in=ids))

    def counted_in(self, units: dict[int, set[int]]) -> "PersonQuerySet":
        return counted(self, units)

    def without_visitor(self, on: date) -> "PersonQuerySet":
        """未落实巡访人员, the one definition: nobody is named, or who is named has no account in use with a post
        that visits there on that day. A post that ends without a hand-over shows the same day (1-E19)."""
        return self.filter(~Exists(_visiting(on)))

    def with_visitor(self, on: date) -> "PersonQuerySet":
        """The others: whoever is named may visit them on that day."""
        return self.filter(Exists(_visiting(on)))

    def with_visitor_now(self, on: date) -> "PersonQuerySet":
        """Each with `visitor_now`: the id of whoever visits them on that day, None by the same definition."""
        return self.annotate(
            visitor_now=models.Case(models.When(Exists(_visiting(on)), then=F("assignee_id")), default=None)
        )


def _visiting(on: date, to: str = "") -> "models.QuerySet[Post]":
    """The posts by which the person's assignee may visit them: in their village, or in its township; while they
    are entrusted to another township, there (四(一)-3). `to` leads from a row to the person ("person__")."""
    there = OuterRef(f"{to}entrusted_to_id")
    return Post.objects.live(on).filter(
        Q(region_id=OuterRef(f"{to}village_id"))
        | Q(region_id=OuterRef(f"{to}township_id"))
        | Q(region_id=there)
        | Q(region__parent_id=there),
        user_id=OuterRef(f"{to}assignee_id"),
        user__is_active=True,
        role__in=WRITES_VISITS,
    )


def is_visited(on: date, to: str = "") -> Exists:
    """`PersonQuerySet.with_visitor` as a condition of rows that lead to a person."""
    return Exists(_visiting(on, to))


@tracked()
class Person(Placed):
    """One person, one file (四(一)-7). Units are those of the registered place, which is responsible (三-1)."""

    class Sex(models.TextChoices):
        MALE = "M", "男"
        FEMALE = "F", "女"

    class Status(models.TextChoices):
        LIVE = "live", "在册"
        DEAD = "dead", "去世"
        DEPARTED = "departed", "迁出"
        VOIDED = "voided", "作废"

    class Informed(models.TextChoices):
        IN_PERSON = "in_person", "当面读给本人"
        PAPER = "paper", "发了告知书"
        PHONE = "phone", "电话告知"
        GUARDIAN = "guardian", "告知监护人"

    class FamilyNotice(models.TextChoices):
        UNASKED = "", "还没问"
        YES = "yes", "愿意"
        NO = "no", "不愿意"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file_no = models.CharField("档案号", max_length=24, unique=True)
    name = models.CharField("姓名", max_length=40)
    initials = models.CharField("拼音首字母", max_length=20, default="", db_index=True)
    sex = models.CharField("性别", max_length=1, choices=Sex)
    birth_date = models.DateField("出生日期")
    id_number = EncryptedTextField("身份证号", purpose="person.id_number", null=True)
    id_index = models.BinaryField(null=True, unique=True)
    id_tail = EncryptedTextField("身份证尾号", purpose="person.id_tail", null=True)
    tail_index = models.BinaryField(null=True)
    temporary_no = models.CharField("临时编号", max_length=24, null=True, unique=True)
    phone = models.CharField("电话", max_length=20, default="")
    contact_name = models.CharField("联系不上时找谁", max_length=40, default="")
    contact_relation = models.CharField("和本人的关系", max_length=20, default="")
    contact_phone = models.CharField("联系人电话", max_length=20, default="")
    registered_address = models.CharField("户籍地址", max_length=100, default="")
    residence = models.CharField("现在住哪里", max_length=100, default="")
    # Where 三-1 and 四(一)-3 part: the registered place is responsible, the place of residence may be asked.
    residence_region = models.ForeignKey(
        "accounts.Region", null=True, on_delete=models.PROTECT, related_name="+", verbose_name="现住乡镇"
    )
    # 四(一)-3: the township that visits them meanwhile, kept by the entrustment; what is owed stays ours.
    entrusted_to = models.ForeignKey(
        "accounts.Region",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="委托给哪个乡镇",
    )
    hamlet = models.CharField("自然村（小区）", max_length=30, default="")
    find_me = models.CharField("怎么找", max_length=60, default="")
    mind = models.CharField("上门要留心", max_length=100, default="")
    household = models.ForeignKey(Household, null=True, on_delete=models.PROTECT, related_name="members")
    relation = models.CharField("与户主关系", max_length=10, default="")
    lives_alone = models.BooleanField("独居", default=False)
    care_arrangement = models.CharField("谁在照料", max_length=100, default="")
    care_review_on = models.DateField("照料安排哪天再核", null=True)
    institution = models.CharField("住在哪个机构", max_length=60, default="")
    institution_phone = models.CharField("机构电话", max_length=20, default="")
    # 个人信息保护法35: the statutory duty needs no consent, but telling the person.
    informed_on = models.DateField("告知日期", null=True)
    informed_how = models.CharField("怎么告知", max_length=10, choices=Informed, default="", blank=True)
    # practice P33: whether the family wants to hear of visits.
    family_notice = models.CharField(
        "家属告知", max_length=4, choices=FamilyNotice, default=FamilyNotice.UNASKED, blank=True
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="people"
    )
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.LIVE)
    left_on = models.DateField("去世、迁出或作废日期", null=True)
    left_approximate = models.BooleanField("日期是大概的", default=False)
    left_reason = models.CharField("从哪里知道、为什么", max_length=100, default="", blank=True)
    on_roster_before = models.DateField("启用前已在册", null=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")
    # Which of the contact fields somebody corrected by hand: a list brought in leaves them alone (P6).
    corrected = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = PersonQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="live") ^ Q(left_on__isnull=False),
                name="person_left_on",
                violation_error_message="去世或迁出要写日期，在册的不写",
            ),
            models.CheckConstraint(
                condition=Q(id_index__isnull=False) ^ Q(temporary_no__isnull=False),
                name="person_id_or_temporary",
                violation_error_message="身份证号和临时编号只能有一个",
            ),
            models.CheckConstraint(
                condition=Q(id_index__isnull=True, id_number__isnull=True)
                | Q(id_index__isnull=False, id_number__isnull=False),
                name="person_id_and_index",
            ),
            models.CheckConstraint(
                condition=~Q(status="voided") | ~Q(left_reason=""),
                name="person_void_has_reason",
                violation_error_message="作废要写原因",
            ),
            models.CheckConstraint(
                condition=Q(informed_on=None) ^ ~Q(informed_how=""),
                name="person_informed_complete",
                violation_error_message="告知要写日期和方式",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")), name="person_not_merged_into_itself"
            ),
        ]
        indexes = [
            # In the order in which lists are read: by village, then by 自然村 (P19).
            # What the due list asks of people rides along: it reads those of a county without opening their files.
            models.Index(
                fields=["county_id", "village_id", "hamlet", "id"],
                include=["township_id", "assignee", "household", "left_on", "merged_into"],
                name="person_county",
            ),
            models.Index(
                fields=["township_id", "village_id", "hamlet", "id"],
                include=["assignee", "household", "left_on", "merged_into"],
                name="person_township",
            ),
            models.Index(fields=["village_id", "hamlet", "id"], name="person_village"),
            models.Index(fields=["assignee", "id"], name="person_assignee"),
            models.Index(fields=["tail_index"], name="person_tail"),
        ]
        # django-guardian mirrors a live `Grant` with this permission on the person.
        permissions = [("assist_person", "协办")]

    def __str__(self) -> str:
        return f"person {self.pk}"

    def age(self, on: date) -> int:
        """Whole years on that day."""
        return (
            on.year
            - self.birth_date.year
            - ((on.month, on.day) < (self.birth_date.month, self.birth_date.day))
        )

    @property
    def tail_words(self) -> str:
        """What every page shows of the id: the last four (with the birth date a longer mask is the number)."""
        return f"尾号{self.id_tail}" if self.id_tail else f"临时编号{self.temporary_no}"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def live(self, on: date) -> "MembershipQuerySet":
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on, voided_at=None)


@tracked()
class Membership(models.Model):
    """A person in a group, from one day to another, both inclusive (二-G1). Many may run at once."""

    class Area(models.TextChoices):
        URBAN = "urban", "城市"
        RURAL = "rural", "农村"
        NONE = "", "不分"

    class Event(models.TextChoices):
        """二(三): what happened."""

        FIRE = "fire", "火灾"
        TRAFFIC = "traffic", "交通事故"
        WORK = "work", "工伤"
        DROWNING = "drowning", "溺水"
        ILLNESS = "illness", "重大疾病"
        DISASTER = "disaster", "自然灾害"
        OTHER = "other", "其他"
        NONE = "", "没有"

    class Care(models.TextChoices):
        INSTITUTION = "institution", "集中供养"
        HOME = "home", "分散供养"
        NONE = "", "不分"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    group = models.ForeignKey(CareGroup, on_delete=models.PROTECT, related_name="memberships")
    starts_on = models.DateField("从")
    ends_on = models.DateField("到", null=True)
    end_reason = models.CharField("为什么结束", max_length=60, default="")
    area = models.CharField("城乡", max_length=6, choices=Area, default=Area.NONE, blank=True)
    care = models.CharField("供养方式", max_length=12, choices=Care, default=Care.NONE, blank=True)
    event = models.CharField("发生了什么", max_length=10, choices=Event, default=Event.NONE, blank=True)
    event_on = models.DateField("哪天发生", null=True)
    review_on = models.DateField("哪天复核", null=True)
    # 1-E E12: a child under 16 alone is told to the police and civil affairs at once; when, and to whom.
    reported_on = models.DateField("哪天报告公安和民政", null=True)
    reported_to = models.CharField("报告给谁", max_length=60, default="", blank=True)
    # Blank: as the group says (`CareGroup.visible_from`).
    visible_from = models.CharField(
        "从哪一级起看得到", max_length=8, choices=VisibleFrom, default="", blank=True
    )
    basis = models.CharField("依据", max_length=80, default="")
    source = models.ForeignKey("RosterImport", null=True, on_delete=models.PROTECT, related_name="+")
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=60, default="")
    created_at = models.DateTimeField(default=timezone.now)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="membership_dates_in_order",
                violation_error_message="结束日期早于开始日期，请核对",
            ),
            models.UniqueConstraint(
                fields=["person", "group"],
                condition=Q(ends_on=None, voided_at=None),
                name="membership_one_open",
                violation_error_message="这个人已经在这一类里了",
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None) ^ ~Q(void_reason=""), name="membership_void_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(reported_on=None) ^ ~Q(reported_to=""),
                name="membership_report_complete",
                violation_error_message="报告公安和民政，要写哪天、报告给谁",
            ),
        ]
        indexes = [models.Index(fields=["group", "person"], name="membership_group")]

    def __str__(self) -> str:
        return f"{self.group_id} {self.starts_on}"


OPEN_TO = """
SELECT person_id FROM visits_roster_grant WHERE to_id = %(user)s AND until >= %(on)s AND ended_at IS NULL
UNION ALL
SELECT person_id FROM visits_roster_look WHERE %(city)s AND by_id = %(user)s AND until >= %(on)s
UNION ALL
SELECT person_id FROM visits_roster_transition
 WHERE kind = 'entrust' AND state = 'accepted' AND to_township_id = ANY(%(townships)s::bigint[])
   AND (ends_on IS NULL OR ends_on >= %(on)s)
"""
_OPEN_TO = Sql(OPEN_TO, {"user": "bigint", "on": "date", "townships": "bigint[]", "city": "boolean"})
# A file that was merged is opened with the one it is kept in. Asked only by whoever has a file open, a few a day.
_MERGED = Sql(
    "SELECT id FROM visits_roster_person WHERE merged_into_id = ANY(%(kept)s::bigint[])", {"kept": "bigint[]"}
)


class Grant(models.Model):
    """协办: one person's file is open to a named officer until a day, for a reason. The row is the truth;
    django-guardian mirrors it (docs/adr)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="grants")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="grants")
    reason = models.CharField("为什么", max_length=100)
    until = models.DateField("到哪天（含）")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    # 四(一)-3: made and ended by an entrustment, not by hand.
    transition = models.ForeignKey("Transition", null=True, on_delete=models.PROTECT, related_name="grants")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "to"],
                condition=Q(ended_at=None),
                name="grant_one_open",
                violation_error_message="已经请这位同志协办了",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="grant_has_reason",
                violation_error_message="请写明为什么请人协办",
            ),
        ]

    def __str__(self) -> str:
        return f"grant {self.pk}"

    @classmethod
    def live_person_ids(cls, user_id: int, on: date) -> list[int]:
        """People whose file is open to this user on that day. Almost always empty, so asked first."""
        return list(
            cls.objects.filter(to_id=user_id, until__gte=on, ended_at=None).values_list(
                "person_id", flat=True
            )
        )

    @classmethod
    def open_to(cls, user: Any) -> list[int]:
        """People whose file is open to the user beside those of their own unit: lent to them by name, entrusted to
        the township in whose office they are (四(一)-3) to the last day of the entrustment, or, at the city, those
        for whom a reason was written today (`Look`); each with the files that were merged into it."""
        # Asked for by every list of every page, almost always in vain: one plain statement, once a page.
        return list(once(user, "open_to", lambda: cls._open_to(user)))

    @classmethod
    def _open_to(cls, user: Any) -> list[int]:
        duty = user.duty
        values = {"user": user.pk, "on": duty.on, "townships": sorted(duty.unit_ids(*TOWNSHIP)),
                  "city": duty.has({Role.CITY_SUPERVISOR})}  # fmt: skip
        kept = [row[0] for row in _OPEN_TO.fetch(values)]
        return kept + [row[0] for row in _MERGED.fetch({"kept": kept})] if kept else kept
