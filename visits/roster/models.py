"""Who may be visited and why: people, households, groups with dates, the files' guests, the lists brought in."""

import uuid
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.roles import Role
from accounts.scoping import counted, visible
from xunfang.kit.crypto import EncryptedTextField
from xunfang.kit.history import tracked


class Placed(models.Model):
    """The three unit ids every scoped row carries (docs/adr: equality on the row's own columns)."""

    county_id = models.BigIntegerField()
    township_id = models.BigIntegerField()
    village_id = models.BigIntegerField()

    class Meta:
        abstract = True


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
        """People whose present unit is in the user's scope, or whose file was shared with them."""
        granted = Grant.live_person_ids(user.pk, user.duty.on)
        return visible(self, user, granted=Q(pk__in=granted) if granted else None)

    def writable_by(self, user: Any) -> "PersonQuerySet":
        """People whose file the user keeps: the clerk of the township that is responsible."""
        return self.filter(township_id__in=user.duty.unit_ids(Role.TOWNSHIP_CLERK))

    def on_roster(self) -> "PersonQuerySet":
        return self.filter(status=Person.Status.LIVE, merged_into=None)

    def counted_in(self, units: dict[int, set[int]]) -> "PersonQuerySet":
        return counted(self, units)


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
    residence = models.CharField("现在住哪里", max_length=100, default="")
    hamlet = models.CharField("自然村（小区）", max_length=30, default="")
    find_me = models.CharField("怎么找", max_length=60, default="")
    mind = models.CharField("上门要留心", max_length=100, default="")
    household = models.ForeignKey(Household, null=True, on_delete=models.PROTECT, related_name="members")
    relation = models.CharField("与户主关系", max_length=10, default="")
    lives_alone = models.BooleanField("独居", default=False)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="people"
    )
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.LIVE)
    left_on = models.DateField("去世或迁出日期", null=True)
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
        ]
        indexes = [
            # In the order in which lists are read: by village, then by 自然村 (P19).
            models.Index(fields=["county_id", "village_id", "hamlet", "id"], name="person_county"),
            models.Index(fields=["township_id", "village_id", "hamlet", "id"], name="person_township"),
            models.Index(fields=["village_id", "id"], name="person_village"),
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
        ]
        indexes = [models.Index(fields=["group", "person"], name="membership_group")]

    def __str__(self) -> str:
        return f"{self.group_id} {self.starts_on}"


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


class RosterImportQuerySet(models.QuerySet["RosterImport"]):
    def visible_to(self, user: Any) -> "RosterImportQuerySet":
        """Lists brought into one's own township."""
        return self.filter(township_id__in=user.duty.unit_ids(Role.TOWNSHIP_CLERK))


class RosterImport(models.Model):
    """A list that was brought: who, when, which file, what came of it. The rows themselves go after 7 days."""

    class State(models.TextChoices):
        READING = "reading", "正在读"
        PREVIEW = "preview", "等您确认"
        LOADING = "loading", "正在入库"
        DONE = "done", "已入库"
        REFUSED = "refused", "读不了"
        DROPPED = "dropped", "没有入库"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    county_id = models.BigIntegerField()
    township_id = models.BigIntegerField()
    file = models.ForeignKey("kit.StoredFile", on_delete=models.PROTECT, related_name="+")
    errors_file = models.ForeignKey("kit.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    month = models.DateField("哪个月的名单（1号）")
    default_start = models.DateField("没写起始日期的从哪天算")
    state = models.CharField(max_length=10, choices=State, default=State.READING)
    refusal = models.CharField(max_length=200, default="")
    counts = models.JSONField(default=dict)
    job = models.ForeignKey("kit.Job", null=True, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    objects = RosterImportQuerySet.as_manager()

    def __str__(self) -> str:
        return f"import {self.pk} {self.state}"


class ImportRow(models.Model):
    """A row of a list between preview and confirmation. `content` holds the full row, encrypted."""

    class Verdict(models.TextChoices):
        NEW = "new", "新增"
        CHANGED = "changed", "有变化"
        SAME = "same", "没变"
        WRONG = "wrong", "有错"

    batch = models.ForeignKey(RosterImport, on_delete=models.CASCADE, related_name="rows")
    sheet = models.CharField(max_length=40, default="")
    number = models.PositiveIntegerField("原表第几行")
    content = EncryptedTextField(purpose="import.row")
    verdict = models.CharField(max_length=8, choices=Verdict)
    reason = models.CharField("原因", max_length=200, default="")
    remedy = models.CharField("怎么改", max_length=200, default="")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    person_version = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "sheet", "number"], name="import_row_once"),
            models.CheckConstraint(
                condition=Q(verdict="wrong") ^ Q(reason=""), name="import_wrong_has_reason"
            ),
        ]
        ordering = ["batch", "pk"]

    def __str__(self) -> str:
        return f"row {self.number} {self.verdict}"


class StoredSearchQuerySet(models.QuerySet["StoredSearch"]):
    def visible_to(self, user: Any) -> "StoredSearchQuerySet":
        """One's own searches: what was looked for is nobody else's business."""
        return self.filter(user_id=user.pk)


class StoredSearch(models.Model):
    """What somebody looked for, so that no name or number stands in an address (decisions 21)."""

    token = models.CharField(max_length=32, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    text = EncryptedTextField("找什么", purpose="search.text")
    until = models.DateTimeField("到什么时候")

    objects = StoredSearchQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["until"], name="search_until")]

    def __str__(self) -> str:
        return f"search {self.pk}"
