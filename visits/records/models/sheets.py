"""Who stands for what was found: tables, their lines, what was struck out, and signatures."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models.region import Level
from accounts.roles import ROLES, Role
from accounts.scoping import where
from visits.records.models.records import Visit
from visits.roster.models import Person, Placed
from xunfang.kit.history import tracked


class SheetQuerySet(models.QuerySet["Sheet"]):
    def visible_to(self, user: Any) -> "SheetQuerySet":
        """Tables of one's units; a visitor who is nothing else signs nothing and sees none."""
        return self.filter(where(user.duty, assignee=None))


@tracked()
class Sheet(Placed):
    """巡访结果确认表: what three people sign (practice P1). One for a village and period, or one for a single
    record. From the first signature on its lines and its seal are fixed."""

    class Kind(models.TextChoices):
        VILLAGE = "village", "一村一期"
        SINGLE = "single", "逐份"

    class State(models.TextChoices):
        OPEN = "open", "待签"
        SIGNING = "signing", "签字中"
        SIGNED = "signed", "已签，待县级审核"
        APPROVED = "approved", "审核通过"
        RETURNED = "returned", "已退回"
        VOIDED = "voided", "作废"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    period = models.CharField("哪一期", max_length=8)
    period_start = models.DateField()
    period_end = models.DateField()
    batch_no = models.PositiveSmallIntegerField("第几批")
    visit = models.ForeignKey(Visit, null=True, on_delete=models.PROTECT, related_name="single_sheets")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    sign_by = models.DateField("签字截止")
    seal = models.BinaryField(null=True)
    frozen_at = models.DateTimeField(null=True)
    # practice P1: signed by hand and photographed once.
    paper = models.ForeignKey(
        "kit.StoredFile", null=True, on_delete=models.PROTECT, related_name="+", verbose_name="纸质签字"
    )
    return_reason = models.CharField("退回原因", max_length=200, default="", blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)
    replaces = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="replaced_by", verbose_name="替代哪张表"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SheetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["village_id", "period", "batch_no"],
                condition=Q(kind="village"),
                name="sheet_batch_once",
            ),
            models.UniqueConstraint(
                fields=["village_id", "period"],
                condition=Q(kind="village", state__in=["open", "signing"]),
                name="sheet_one_open",
            ),
            models.UniqueConstraint(
                fields=["visit"],
                condition=Q(kind="single") & ~Q(state__in=["voided", "returned"]),
                name="sheet_single_once",
            ),
            models.CheckConstraint(condition=Q(kind="single") ^ Q(visit=None), name="sheet_single_has_visit"),
            models.CheckConstraint(
                condition=Q(seal=None, frozen_at=None) | Q(seal__isnull=False, frozen_at__isnull=False),
                name="sheet_frozen_complete",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "voided", "returned"]) | Q(seal__isnull=False),
                name="sheet_signed_is_frozen",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=False, approved_at__isnull=False)
                & Q(state__in=["approved", "voided"])
                | (~Q(state="approved") & Q(approved_by=None, approved_at=None)),
                name="sheet_approval_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(return_reason=""),
                name="sheet_return_has_reason",
                violation_error_message="退回要写原因",
            ),
        ]
        indexes = [
            models.Index(fields=["township_id", "state"], name="sheet_township"),
            models.Index(fields=["county_id", "state"], name="sheet_county"),
            models.Index(fields=["village_id", "state"], name="sheet_village"),
            # Whose last day comes near, in the whole city.
            models.Index(
                fields=["sign_by"], condition=Q(state__in=["open", "signing"]), name="sheet_unsigned"
            ),
        ]

    def __str__(self) -> str:
        return f"sheet {self.pk}"


class SheetLine(models.Model):
    """A line of a frozen table: exactly what was on the paper when the first signed."""

    append_only = True

    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="lines")
    row = models.PositiveSmallIntegerField("第几行")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    visit = models.ForeignKey(Visit, null=True, on_delete=models.PROTECT, related_name="sheet_lines")
    exceptional = models.BooleanField()
    content = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sheet", "row"], name="line_row_once")]
        ordering = ["sheet", "row"]

    def __str__(self) -> str:
        return f"line {self.row}"


class SheetStep(models.Model):
    """What was done to a whole table besides signing it, and in which words: sent back, answered, made anew,
    voided, approved. Never changed, never taken away."""

    append_only = True

    class Kind(models.TextChoices):
        RETURNED = "returned", "退回"
        RESUMED = "resumed", "没有改动，接着签"
        RENEWED = "renewed", "另出一版"
        VOIDED = "voided", "作废"
        APPROVED = "approved", "审核通过"

    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField("什么事", max_length=8, choices=Kind)
    words = models.CharField("怎么说的", max_length=200, default="", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role.choices(), default="", blank=True)
    by_title = models.CharField(max_length=40, default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="approved") | ~Q(words=""),
                name="sheet_step_has_words",
                violation_error_message="请写一句原因",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} sheet {self.sheet_id}"


class LineReturn(models.Model):
    """A line struck out and sent back with a reason. The names under the other lines stay as they are; the
    record comes back for signing by itself (decisions 14)."""

    line = models.OneToOneField(SheetLine, on_delete=models.PROTECT, related_name="returned")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by_title = models.CharField(max_length=40)
    reason = models.CharField("退回原因", max_length=200)
    at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField("怎么补的", max_length=300, default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""), name="return_has_reason", violation_error_message="退回要写原因"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None) ^ ~Q(answer=""), name="return_answer_complete"
            ),
        ]

    def __str__(self) -> str:
        return f"return of line {self.line_id}"


class Signature(models.Model):
    """A name under a table, in one of three slots. Never changed, never taken away."""

    append_only = True

    class Method(models.TextChoices):
        SCREEN = "screen", "屏幕签字"
        PAPER = "paper", "纸质签字"

    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="signatures")
    slot = models.PositiveSmallIntegerField("第几签字人")
    # On paper the name is the one that stands there: a village head without an account signs as well.
    signer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="signatures"
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_name = models.CharField(max_length=40)
    title = models.CharField(max_length=40)
    delegation = models.ForeignKey(
        "accounts.Delegation", null=True, on_delete=models.PROTECT, related_name="signatures"
    )
    on_behalf = models.CharField("受谁委托", max_length=100, default="", blank=True)
    method = models.CharField(max_length=8, choices=Method)
    # Drawn with a finger, when the signer wanted to; the password stands for the signature, never the picture.
    drawing = models.OneToOneField(
        "kit.StoredFile", null=True, on_delete=models.PROTECT, related_name="+", verbose_name="手写签名"
    )
    seal = models.BinaryField("签的是哪一份内容")
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sheet", "slot"], name="signature_slot_once"),
            models.UniqueConstraint(fields=["sheet", "signer"], name="signature_signer_once"),
            models.CheckConstraint(
                condition=Q(method="screen", signer__isnull=False, recorded_by=None)
                | Q(method="paper", signer=None, recorded_by__isnull=False),
                name="signature_method_names_somebody",
            ),
            models.CheckConstraint(condition=Q(slot__in=[1, 2, 3]), name="signature_slot_range"),
            models.CheckConstraint(
                condition=Q(drawing=None) | Q(method="screen"), name="signature_drawn_on_screen"
            ),
            models.CheckConstraint(
                condition=Q(delegation=None, on_behalf="") | (Q(delegation__isnull=False) & ~Q(on_behalf="")),
                name="signature_delegation_named",
            ),
        ]

    def __str__(self) -> str:
        return f"slot {self.slot} of sheet {self.sheet_id}"


SLOT_ROLES = {1: Role.VILLAGE_HEAD, 2: Role.LIAISON, 3: Role.TOWNSHIP_HEAD}
SLOT_LEVELS = {slot: Level(ROLES[role].level) for slot, role in SLOT_ROLES.items()}
