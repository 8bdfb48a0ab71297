"""案子 (五(三)-10): what the county does about the changes of one family, and the three working days it has for it."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.roles import Role
from accounts.scoping import counted, visible
from visits.roster.models import Grant, Household, Person, Placed
from xunfang.kit.history import tracked

# Not answered yet: another report about the same family joins the case instead of opening a second (practice P23).
UNANSWERED = ("waiting", "taken", "proposed")


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: Any) -> "CaseQuerySet":
        granted = Grant.open_to(user)
        return visible(self, user, prefix="person__", granted=Q(person_id__in=granted) if granted else None)

    def counted_in(self, units: dict[int, set[int]]) -> "CaseQuerySet":
        return counted(self, units)

    def unanswered(self) -> "CaseQuerySet":
        return self.filter(state__in=UNANSWERED)


@tracked()
class Case(Placed):
    """One family's changes at the county: received, taken on, answered within three working days, carried out, closed.

    The clock starts on the day on which the first report came (that day not counted), goes on while papers are
    missing, and stops when the county's head has approved the answer (docs/adr on the county's clock)."""

    class State(models.TextChoices):
        WAITING = "waiting", "待接手"
        TAKEN = "taken", "办理中"
        PROPOSED = "proposed", "待批准"
        CARRIED_OUT = "carried_out", "落实中"
        CLOSED = "closed", "已办结"

    class Answer(models.TextChoices):
        """practice P23: a plan, or one of the honest short ends."""

        PLAN = "plan", "定初步方案"
        NO_EFFECT = "no_effect", "不影响救助，已记录"
        REVIEW = "review", "转低保动态复核"
        IN_SYSTEM = "in_system", "已在低保系统办理"
        MEMBERS = "members", "增、减员待审"
        DEATH = "death", "停发并办丧葬"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    year = models.PositiveSmallIntegerField("哪一年")
    number = models.PositiveIntegerField("第几号")
    # The first person reported; the household where there is one: several changes in one family are one case.
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="cases")
    household = models.ForeignKey(Household, null=True, on_delete=models.PROTECT, related_name="cases")
    urgent = models.BooleanField("紧急", default=False)
    received_at = models.DateTimeField("县级收到")
    due_on = models.DateField("应于哪天24:00前定下来", null=True)
    due_note = models.CharField("为什么没有日期", max_length=60, default="", blank=True)
    state = models.CharField("状态", max_length=12, choices=State, default=State.WAITING)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    taken_at = models.DateTimeField(null=True)
    answer = models.CharField("怎么办", max_length=12, choices=Answer, default="", blank=True)
    reason = models.CharField("理由", max_length=300, default="", blank=True)
    # 受理号 of the review, or the number in the other system.
    reference = models.CharField("受理号", max_length=40, default="", blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)
    late_reason = models.CharField("超时原因", max_length=200, default="", blank=True)
    # Set when the plan was approved: by that day somebody goes and sees whether it has helped.
    revisit_on = models.DateField("哪天前回访", null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(null=True)
    closing_note = models.CharField("结果", max_length=300, default="", blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "year", "number"], name="case_number_once"),
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(state__in=UNANSWERED, household__isnull=False),
                name="case_one_a_household",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(state__in=UNANSWERED, household=None),
                name="case_one_a_person",
            ),
            models.CheckConstraint(
                condition=Q(due_on__isnull=True) ^ Q(due_note=""), name="case_due_or_note"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", taken_by=None, taken_at=None)
                | ~Q(state="waiting") & Q(taken_by__isnull=False, taken_at__isnull=False),
                name="case_taken_complete",
            ),
            models.CheckConstraint(
                # What was sent back keeps its reason and number for whoever mends it.
                condition=Q(state__in=["waiting", "taken"], answer="", proposed_by=None, proposed_at=None)
                & (Q(state="taken") | Q(reason="", reference=""))
                | Q(state__in=["proposed", "carried_out", "closed"])
                & ~Q(answer="")
                & Q(proposed_by__isnull=False, proposed_at__isnull=False),
                name="case_proposed_complete",
            ),
            models.CheckConstraint(
                condition=Q(answer__in=["", "plan"]) | ~Q(reason=""),
                name="case_short_end_has_reason",
                violation_error_message="不定方案的，请写理由",
            ),
            models.CheckConstraint(
                condition=~Q(answer="review") | ~Q(reference=""),
                name="case_review_has_number",
                violation_error_message="转动态复核的，请写受理号",
            ),
            models.CheckConstraint(
                condition=Q(state__in=UNANSWERED, approved_by=None, approved_at=None, revisit_on=None)
                | Q(
                    state__in=["carried_out", "closed"], approved_by__isnull=False, approved_at__isnull=False
                ),
                name="case_approved_complete",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("proposed_by")),
                name="case_two_people",
                violation_error_message="定方案的人不能自己批准",
            ),
            models.CheckConstraint(
                condition=~Q(state="carried_out") | Q(answer="plan"), name="case_only_a_plan_is_carried_out"
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_by__isnull=False, closed_at__isnull=False)
                & ~Q(closing_note="")
                | ~Q(state="closed") & Q(closed_by=None, closed_at=None, closing_note=""),
                name="case_closed_complete",
                violation_error_message="办结要写结果",
            ),
        ]
        indexes = [
            models.Index(
                fields=["county_id", "due_on", "id"],
                condition=Q(state__in=UNANSWERED),
                name="case_county",
            ),
            models.Index(fields=["township_id", "id"], condition=~Q(state="closed"), name="case_township"),
            models.Index(fields=["county_id", "received_at"], name="case_received"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"


@tracked()
class CaseMeasure(models.Model):
    """One thing the county's plan asks for: by which office, by whom, until when (inclusive), and what came of it.

    `advance`: given before the plan, because the hardship was urgent (小金额先行救助). `handed_over`: another
    department's work (转办): its own day, and the county's clock goes on."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="measures")
    kind = models.CharField("哪一类", max_length=16)
    words = models.CharField("做什么", max_length=100)
    # In fen, so that nothing is rounded; None where it is not money.
    amount = models.PositiveBigIntegerField("多少钱（分）", null=True)
    unit = models.CharField("哪个单位", max_length=40)
    who = models.CharField("谁负责", max_length=40)
    due_on = models.DateField("哪天前")
    handed_over = models.BooleanField("转办", default=False)
    advance = models.BooleanField("先行救助", default=False)
    done_on = models.DateField("哪天办好", null=True)
    # Nothing came of it: the reason stands in `result`.
    dropped_on = models.DateField("哪天不办了", null=True)
    result = models.CharField("结果", max_length=200, default="", blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    # Of the page it was written down on, given in advance: a press that went twice is one sum.
    key = models.UUIDField(null=True, unique=True, editable=False)
    # 作废: it was not given, or written down twice. It stays, and counts nowhere.
    voided_at = models.DateTimeField(null=True)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    void_reason = models.CharField("为什么作废", max_length=100, default="", blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_by=None, void_reason="")
                | Q(advance=True, voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason=""),
                name="case_measure_voided_complete",
                violation_error_message="作废要写为什么",
            ),
            models.CheckConstraint(
                condition=~Q(kind="") & ~Q(words="") & ~Q(unit="") & ~Q(who=""),
                name="case_measure_complete",
                violation_error_message="每条措施要写做什么、哪个单位、谁负责",
            ),
            models.CheckConstraint(
                condition=Q(done_on=None, dropped_on=None, done_by=None, result="")
                | (Q(done_on__isnull=False) ^ Q(dropped_on__isnull=False))
                & Q(done_by__isnull=False)
                & ~Q(result=""),
                name="case_measure_done_complete",
                violation_error_message="办好了或不办了，要写日期和结果",
            ),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gt=0),
                name="case_measure_amount",
                violation_error_message="金额要大于零",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"], condition=Q(done_on=None, dropped_on=None), name="case_measure_open"
            )
        ]

    def __str__(self) -> str:
        return f"measure {self.pk} of case {self.case_id}"


@tracked()
class Supplement(models.Model):
    """要补的材料 (补正): what the county asks of the township, on a clock of its own. Neither the township's two days
    nor the county's three stop for it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="supplements")
    what = models.CharField("要补什么", max_length=200)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    # As the county had it on the day it asked; a recount of the clock keeps to it.
    days = models.PositiveSmallIntegerField("几个工作日内补来")
    due_on = models.DateField("应于哪天24:00前补来", null=True)
    due_note = models.CharField("为什么没有日期", max_length=60, default="", blank=True)
    answer = models.CharField("补来的", max_length=500, default="", blank=True)
    file = models.ForeignKey("kit.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    # The county does not need it any more.
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(answered_at=None, withdrawn_at=None),
                name="supplement_one_open",
            ),
            models.CheckConstraint(condition=~Q(what=""), name="supplement_says_what"),
            models.CheckConstraint(
                condition=Q(due_on__isnull=True) ^ Q(due_note=""), name="supplement_due_or_note"
            ),
            models.CheckConstraint(
                condition=Q(answered_by=None, answered_at=None, answer="", file=None)
                | Q(answered_by__isnull=False, answered_at__isnull=False) & ~Q(answer=""),
                name="supplement_answered_complete",
                violation_error_message="请写补了什么",
            ),
        ]

    def __str__(self) -> str:
        return f"supplement {self.pk} of case {self.case_id}"


class CaseStep(models.Model):
    """What happened to a case, in order: never changed."""

    class Kind(models.TextChoices):
        RECEIVED = "received", "收到上报"
        JOINED = "joined", "同一家又报来一份"
        CORRECTED = "corrected", "记录更正"
        TAKEN = "taken", "接手"
        ASKED = "asked", "要补材料"
        SUPPLIED = "supplied", "补来材料"
        ADVANCE = "advance", "先行救助"
        PROPOSED = "proposed", "提出"
        SENT_BACK = "sent_back", "退回重定"
        APPROVED = "approved", "批准"
        MEASURE = "measure", "一条措施"
        REVISITED = "revisited", "回访"
        CLOSED = "closed", "办结"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind)
    words = models.CharField(max_length=300, default="", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    append_only = True

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.kind} of case {self.case_id}"


class AidEndingQuerySet(models.QuerySet["AidEnding"]):
    def visible_to(self, user: Any) -> "AidEndingQuerySet":
        """Offices only: a visitor learns of it when it is decided; the city of whom it wrote a reason for."""
        granted = Grant.open_to(user) if user.duty.has({Role.CITY_SUPERVISOR}) else []
        return visible(
            self,
            user,
            prefix="person__",
            assignee=None,
            granted=Q(person_id__in=granted) if granted else None,
        )


@tracked()
class AidEnding(Placed):
    """退出、调整救助的建议 (五(三)-11): recommended with a reason, checked, told in writing, decided by the county.

    The system never stops a benefit itself: it keeps the formal decision's number and day, and the legal steps
    that lead there. Who then still belongs to another class stays on the roster."""

    class Kind(models.TextChoices):
        INCREASE = "increase", "增发"
        DECREASE = "decrease", "减发"
        STOP = "stop", "停发"
        END = "end", "终止特困供养"

    class State(models.TextChoices):
        RECOMMENDED = "recommended", "已建议"
        CHECKED = "checked", "已核实"
        TOLD = "told", "已书面告知"
        DECIDED = "decided", "已决定"
        DROPPED = "dropped", "不调整"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="aid_endings")
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="endings")
    group = models.ForeignKey("visits_roster.CareGroup", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("建议怎么调整", max_length=8, choices=Kind)
    reason = models.CharField("为什么", max_length=300)
    state = models.CharField("状态", max_length=12, choices=State, default=State.RECOMMENDED)
    recommended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recommended_at = models.DateTimeField()
    checked_on = models.DateField("哪天核实的", null=True)
    checked_how = models.CharField("怎么核实的", max_length=200, default="", blank=True)
    # 社会救助暂行办法32条: told in writing, with the reason; 38条: how to ask for a review or to sue.
    told_on = models.DateField("哪天书面告知", null=True)
    told_file = models.ForeignKey("kit.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    remedies_told = models.BooleanField("告知了复议和诉讼", default=False)
    # 26条, 特困: published for seven days, ended from the month after.
    published_from = models.DateField("公示从", null=True)
    published_to = models.DateField("公示到", null=True)
    decision_no = models.CharField("决定书文号", max_length=40, default="", blank=True)
    decided_on = models.DateField("决定日期", null=True)
    effective_from = models.DateField("从哪天起执行", null=True)
    # "dropped": why nothing changes after all.
    outcome = models.CharField("结果", max_length=200, default="", blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_at = models.DateTimeField(null=True)

    objects = AidEndingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""), name="ending_has_reason", violation_error_message="请写为什么"
            ),
            models.UniqueConstraint(
                fields=["person", "group"],
                condition=~Q(state__in=["decided", "dropped"]),
                name="ending_one_open",
                violation_error_message="这个人的这一类已经有一份建议在办",
            ),
            models.CheckConstraint(
                condition=Q(checked_on=None, checked_how="")
                | Q(checked_on__isnull=False) & ~Q(checked_how=""),
                name="ending_checked_complete",
            ),
            models.CheckConstraint(
                condition=Q(published_from=None, published_to=None)
                | Q(
                    published_from__isnull=False,
                    published_to__isnull=False,
                    published_to__gte=F("published_from"),
                ),
                name="ending_published_in_order",
            ),
            # Published and told is what was checked.
            models.CheckConstraint(
                condition=Q(told_on=None) | Q(checked_on__isnull=False, told_on__gte=F("checked_on")),
                name="ending_told_after_checked",
                violation_error_message="告知要在核实以后，请核对日期",
            ),
            models.CheckConstraint(
                condition=Q(published_from=None)
                | Q(checked_on__isnull=False, published_from__gte=F("checked_on")),
                name="ending_published_after_checked",
                violation_error_message="公示要在核实以后，请核对日期",
            ),
            # What takes something away is told in writing, with the remedies, before it is decided.
            models.CheckConstraint(
                condition=~Q(state="decided")
                | Q(decided_on__isnull=False, effective_from__isnull=False, checked_on__isnull=False)
                & ~Q(decision_no="")
                & (
                    Q(kind="increase") | Q(told_on__isnull=False, told_file__isnull=False, remedies_told=True)
                ),
                name="ending_decided_after_its_steps",
                violation_error_message="先核实、书面告知并说明救济途径，才能登记决定",
            ),
            models.CheckConstraint(
                condition=~Q(state="decided", kind="end") | Q(published_to__isnull=False),
                name="ending_of_tekun_was_published",
                violation_error_message="终止特困供养要先公示",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["decided", "dropped"], settled_by__isnull=False, settled_at__isnull=False
                )
                | ~Q(state__in=["decided", "dropped"]) & Q(settled_by=None, settled_at=None),
                name="ending_settled_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state="dropped") | ~Q(outcome=""), name="ending_dropped_has_reason"
            ),
        ]
        indexes = [
            models.Index(
                fields=["county_id", "id"],
                condition=~Q(state__in=["decided", "dropped"]),
                name="ending_county",
            )
        ]

    def __str__(self) -> str:
        return f"ending of aid {self.pk}"
