"""Posts: who holds which role in which unit, from when to when; and who may sign for whom."""

from datetime import date

from django.db import models
from django.db.models import F, Q

from accounts.roles import Role
from xunfang.kit.history import tracked


class PostQuerySet(models.QuerySet["Post"]):
    def live(self, on: date) -> "PostQuerySet":
        """Posts held on that day, both ends inclusive."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on)


@tracked()
class Post(models.Model):
    """A role in a unit with dates. History keeps old posts: what was signed then was signed as that."""

    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="posts")
    region = models.ForeignKey("accounts.Region", on_delete=models.PROTECT, related_name="posts")
    role = models.CharField("角色", max_length=20, choices=Role.choices())
    title = models.CharField("职务", max_length=30, default="")
    starts_on = models.DateField("从")
    ends_on = models.DateField("到", null=True)
    # practice P29: an inspector comes with a letter; the unit is what the letter opens.
    document_no = models.CharField("文号", max_length=60, default="", blank=True)
    created_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")

    objects = PostQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="post_dates_in_order",
                violation_error_message="结束日期早于开始日期，请核对",
            ),
            models.UniqueConstraint(
                fields=["user", "region", "role"],
                condition=Q(ends_on=None),
                name="post_held_once",
                violation_error_message="这个人已经在这里任这个职务了",
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.INSPECTOR.value) | (~Q(document_no="") & Q(ends_on__isnull=False)),
                name="post_inspector_has_letter",
                violation_error_message="外部检查人员要填文号和到哪天为止",
            ),
        ]
        indexes = [
            models.Index(fields=["user"], name="post_of_user"),
            models.Index(fields=["region", "role"], name="post_in_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.role}@{self.region_id}"


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def unended(self, on: date) -> "DelegationQuerySet":
        """Neither withdrawn nor over on that day; also those that begin later."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on), withdrawn_at=None)

    def live(self, on: date) -> "DelegationQuerySet":
        """By which somebody signs on that day, both ends inclusive. One that its own deputy wrote down stands
        for nothing: nobody gives himself another's name."""
        return self.unended(on).filter(starts_on__lte=on).exclude(deputy=F("created_by"))


@tracked()
class Delegation(models.Model):
    """授权: somebody signs in place of a post, by a document, from a day on (practice P2). Written down by
    somebody else than the deputy. `ends_on` None: until it is taken back."""

    region = models.ForeignKey("accounts.Region", on_delete=models.PROTECT, related_name="+")
    role = models.CharField("代哪个职务签", max_length=20, choices=Role.choices())
    deputy = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="delegations")
    deputy_title = models.CharField("受托人职务", max_length=30)
    principal_name = models.CharField("委托人", max_length=30)
    document_no = models.CharField("授权文号", max_length=40)
    reason = models.CharField("原因", max_length=60, default="")
    starts_on = models.DateField("从")
    ends_on = models.DateField("到", null=True)
    created_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="delegation_dates_in_order",
                violation_error_message="结束日期早于开始日期，请核对",
            ),
            models.CheckConstraint(
                condition=~Q(document_no=""),
                name="delegation_has_document",
                violation_error_message="请填授权文号",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role}@{self.region_id} {self.starts_on}"
