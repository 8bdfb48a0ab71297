"""What a file holds beside the person: family, benefits, certificates, what is to be looked at, who was joined."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.roles import TOWNSHIP, VILLAGE, Role
from accounts.scoping import visible, where
from visits.roster.models.people import CareGroup, Grant, Person, Placed
from xunfang.kit.crypto import EncryptedTextField
from xunfang.kit.history import tracked


class Voidable(models.Model):
    """A row that is never deleted: a wrong one is marked, with the reason."""

    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField("为什么作废", max_length=60, default="", blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(voided_at=None) ^ ~Q(void_reason=""), name="%(class)s_void_has_reason"
            )
        ]


@tracked()
class Relative(Voidable):
    """Family and whoever stands in for it: children and where they are, guardians, parents, carers, a second
    contact (二(四), 二(五), P19). The first person to call stands on `Person`."""

    class Kind(models.TextChoices):
        CHILD = "child", "子女"
        PARENT = "parent", "父母"
        GUARDIAN = "guardian", "监护人"
        CARER = "carer", "照料人"
        CONTACT = "contact", "联系人"

    class Where(models.TextChoices):
        HERE = "here", "同住"
        VILLAGE = "village", "本村"
        COUNTY = "county", "本县"
        CITY = "city", "本市其他县区"
        AWAY = "away", "外地"
        UNKNOWN = "", "不清楚"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="relatives")
    kind = models.CharField("是什么人", max_length=8, choices=Kind)
    name = models.CharField("姓名", max_length=40)
    relation = models.CharField("是本人的什么人", max_length=20, default="", blank=True)
    birth_year = models.PositiveSmallIntegerField("哪年生", null=True)
    phone = models.CharField("电话", max_length=20, default="", blank=True)
    where = models.CharField("人在哪里", max_length=8, choices=Where, default=Where.UNKNOWN, blank=True)
    place = models.CharField("具体地方", max_length=60, default="", blank=True)
    # 二(四)b: a gravely disabled child; kind and grade as on the certificate.
    disability_kind = models.PositiveSmallIntegerField("残疾类别", null=True)
    disability_grade = models.PositiveSmallIntegerField("残疾等级", null=True)
    document_no = models.CharField("委托照护书等文号", max_length=40, default="", blank=True)
    # 国发〔2016〕13号: a parent who is there but can't look after the child, or is no more.
    unable = models.BooleanField("没有监护能力", default=False)

    class Meta(Voidable.Meta):
        constraints = [
            *Voidable.Meta.constraints,
            models.CheckConstraint(
                # A NULL beside a number would make the check unknown, and unknown passes.
                condition=Q(disability_kind=None, disability_grade=None)
                | Q(
                    disability_kind__isnull=False,
                    disability_grade__isnull=False,
                    disability_kind__range=(1, 7),
                    disability_grade__range=(1, 4),
                ),
                name="relative_disability_complete",
                violation_error_message="残疾类别和等级要一起填",
            ),
        ]
        indexes = [models.Index(fields=["person", "kind"], name="relative_of_person")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.person_id}"


@tracked()
class NearRelative(Voidable):
    """近亲属备案: somebody of the person's family works in this line or sits in the village committee
    (低保审核确认办法11). Offices read it; a village does not."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="near_relatives")
    # The official's account, when there is one: whoever signs for a relative steps back.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField("经办人员或村干部姓名", max_length=40)
    office = models.CharField("单位和职务", max_length=60)
    relation = models.CharField("是本人的什么人", max_length=20)
    filed_on = models.DateField("备案日期")

    class Meta(Voidable.Meta):
        indexes = [models.Index(fields=["person"], name="near_relative_of_person")]

    def __str__(self) -> str:
        return f"near relative of {self.person_id}"


@tracked()
class Benefit(Voidable):
    """What a person gets, from when to when (both inclusive). Amounts in 分, when they are known at all."""

    class Kind(models.TextChoices):
        DIBAO = "dibao", "低保金"
        TEKUN = "tekun", "特困供养金"
        CARE = "care", "照料护理费"
        TEMPORARY = "temporary", "临时救助"
        MEDICAL = "medical", "医疗救助"
        DISABLED = "disabled", "残疾人补贴"
        OLD = "old", "高龄津贴"
        CHILD = "child", "儿童生活费"
        OTHER = "other", "其他"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="benefits")
    kind = models.CharField("什么待遇", max_length=10, choices=Kind)
    starts_on = models.DateField("从")
    ends_on = models.DateField("到", null=True)
    # 分 each month; of a single payment (临时救助): 分 altogether.
    amount = models.PositiveBigIntegerField("金额（分）", null=True)
    document_no = models.CharField("文号", max_length=40, default="", blank=True)
    note = models.CharField("说明", max_length=60, default="", blank=True)

    class Meta(Voidable.Meta):
        constraints = [
            *Voidable.Meta.constraints,
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="benefit_dates_in_order",
                violation_error_message="结束日期早于开始日期，请核对",
            ),
        ]
        indexes = [
            models.Index(fields=["person"], name="benefit_of_person"),
            models.Index(fields=["ends_on"], condition=Q(voided_at=None), name="benefit_ending"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.person_id}"


@tracked()
class DisabilityCertificate(Voidable):
    """残疾证: the number holds the id number and is kept like one (decisions 22)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="certificates")
    number = EncryptedTextField("残疾证号", purpose="certificate.number", null=True)
    kind = models.PositiveSmallIntegerField("残疾类别")
    grade = models.PositiveSmallIntegerField("残疾等级")
    valid_until = models.DateField("有效期到", null=True)

    class Meta(Voidable.Meta):
        constraints = [
            *Voidable.Meta.constraints,
            models.CheckConstraint(
                condition=Q(kind__range=(1, 7), grade__range=(1, 4)), name="certificate_kind_and_grade"
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(voided_at=None),
                name="certificate_one_valid",
                violation_error_message="已经登记了残疾证，换证的先把旧证作废",
            ),
        ]
        indexes = [
            models.Index(fields=["valid_until"], condition=Q(voided_at=None), name="certificate_ending")
        ]

    def __str__(self) -> str:
        return f"certificate of {self.person_id}"


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, user: Any) -> "ReviewQuerySet":
        # Questions about an entrusted person stay with the office that keeps the file.
        granted = Grant.live_person_ids(user.pk, user.duty.on)
        return visible(self, user, prefix="person__", granted=Q(person_id__in=granted) if granted else None)

    def waiting(self) -> "ReviewQuerySet":
        return self.filter(settled_at=None)


class Review(models.Model):
    """待核: something about a file that a person must look at; it changes nothing by itself (二-G3)."""

    class Kind(models.TextChoices):
        TURNS_80 = "turns_80", "快满80岁"
        TURNS_60 = "turns_60", "快满60岁"
        TURNS_18 = "turns_18", "快满18岁"
        TURNS_16 = "turns_16", "快满16岁"
        GROUP_REVIEW = "group_review", "该复核了"
        GROUP_ENDS = "group_ends", "待遇快到期"
        BENEFIT_ENDS = "benefit_ends", "补助快到期"
        CERTIFICATE_ENDS = "certificate_ends", "残疾证快到期"
        CARE_REVIEW = "care_review", "照料安排该再核"
        TEMPORARY_NO = "temporary_no", "临时编号满90天"
        DEATH_LIST = "death_list", "死亡名单上有"
        BASE_ONLY_HERE = "base_only_here", "底数名单上没有"
        SEEN_AFTER_DEATH = "seen_after_death", "去世以后还有巡访"
        HOUSEHOLD_DEATH = "household_death", "家里有人去世"
        # 1-E E10: a visitor said so; only the clerk suspends.
        ABSENT_TOLD = "absent_told", "说是失联或服刑"
        ABSENCE_REVIEW = "absence_review", "暂缓该再核了"
        # practice P15: asked and answered by the room that keeps such states.
        KNOWN_REVIEW = "known_review", "长期状况该再看了"
        # 五(三)-11: the county decided; the clerk ends the class by hand.
        AID_DECIDED = "aid_decided", "县里决定停发或终止"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="reviews")
    kind = models.CharField(max_length=16, choices=Kind)
    # What it is about: the id of the membership, benefit, certificate or comparison; else the year.
    ref = models.CharField(max_length=24)
    due_on = models.DateField("到哪天")
    # What is known already, in codes and dates: never a name.
    detail = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    outcome = models.CharField("怎么核的", max_length=16, default="", blank=True)
    note = models.CharField("说明", max_length=100, default="", blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "kind", "ref"], name="review_once"),
            models.CheckConstraint(
                condition=Q(settled_at=None, outcome="") | (Q(settled_at__isnull=False) & ~Q(outcome="")),
                name="review_settled_complete",
            ),
        ]
        indexes = [
            models.Index(fields=["person"], condition=Q(settled_at=None), name="review_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.person_id}"


class DiscoveryQuerySet(models.QuerySet["Discovery"]):
    def visible_to(self, user: Any) -> "DiscoveryQuerySet":
        """What one told oneself, and what was told in the units one stands over."""
        return self.filter(
            Q(told_by_id=user.pk)
            | where(user.duty, roles=(VILLAGE - {Role.VISITOR}) | TOWNSHIP, assignee=None)
        )

    def waiting(self) -> "DiscoveryQuerySet":
        return self.filter(state=Discovery.State.WAITING)


@tracked()
class Discovery(Placed):
    """发现新对象: a cadre tells of somebody who is on no list (P19); the clerk looks and opens a file, or says
    why not."""

    class State(models.TextChoices):
        WAITING = "waiting", "等民政办核"
        FILED = "filed", "建档了"
        REFUSED = "refused", "不用建档"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # A hidden uuid of the form: a double tap tells once.
    key = models.UUIDField(unique=True)
    name = models.CharField("姓名", max_length=40)
    age = models.PositiveSmallIntegerField("大概几岁", null=True)
    phone = models.CharField("电话", max_length=20, default="", blank=True)
    where = models.CharField("住在哪里", max_length=60, default="", blank=True)
    group = models.ForeignKey(CareGroup, null=True, on_delete=models.PROTECT, related_name="+")
    why = models.CharField("什么情况", max_length=200)
    told_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="discoveries")
    answer = models.CharField("答复", max_length=100, default="", blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = DiscoveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", settled_at=None, settled_by=None, person=None)
                | Q(
                    state="filed",
                    settled_at__isnull=False,
                    settled_by__isnull=False,
                    person__isnull=False,
                )
                | (
                    Q(state="refused", settled_at__isnull=False, settled_by__isnull=False, person=None)
                    & ~Q(answer="")
                ),
                name="discovery_state_complete",
                violation_error_message="不建档的要写明原因",
            ),
        ]
        indexes = [
            models.Index(fields=["township_id", "state"], name="discovery_township"),
            models.Index(fields=["village_id", "state"], name="discovery_village"),
        ]

    def __str__(self) -> str:
        return f"discovery {self.pk}"


@tracked()
class Merge(models.Model):
    """Two files of one person became one (`Person.merged_into`); can be undone."""

    kept = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="merges")
    merged = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField("怎么知道是同一个人", max_length=100)
    # Ids of what was written on the kept file for it: memberships, and the fields that were taken over with
    # their old values. Ids and codes only.
    made = models.JSONField(default=dict)
    merged_at = models.DateTimeField()
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merged"], condition=Q(undone_at=None), name="merge_one_open"),
            models.CheckConstraint(condition=~Q(merged=F("kept")), name="merge_of_two"),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="merge_has_reason",
                violation_error_message="请写明怎么知道是同一个人",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="merge_undone_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"merge {self.pk}"
