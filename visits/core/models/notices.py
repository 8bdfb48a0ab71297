"""通知: what somebody is told, once, in the inbox; and how it goes out by e-mail or to a chat group's address.

A notice never holds a name, an id number or an illness: its words say what kind of thing waits and until when, its
address leads to the page, where the reader's own scope decides what is seen."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from xunfang.kit.history import tracked


class NoticeQuerySet(models.QuerySet["Notice"]):
    def to(self, user: Any) -> "NoticeQuerySet":
        return self.filter(user_id=user.pk)

    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at=None, settled_at=None)


class Notice(models.Model):
    """One thing that one person is told. `key` says of what and at which level: the same is never told twice."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices")
    key = models.CharField(max_length=80)
    # Which kind of thing: the words and the icon follow from it (`core.notices`).
    kind = models.CharField(max_length=20)
    words = models.CharField("说什么", max_length=120)
    url = models.CharField("哪一页", max_length=200)
    # What it is about, so that it can be settled when the thing is done.
    subject = models.CharField(max_length=12, default="", blank=True)
    subject_id = models.BigIntegerField(null=True)
    due_on = models.DateField("最后一天", null=True)
    # Told at once; else with the day's digest.
    at_once = models.BooleanField("马上告诉", default=False)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField("看过", null=True)
    # The thing was done meanwhile: the line stays, and asks nothing any more.
    settled_at = models.DateTimeField("办好了", null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="notice_once"),
            models.CheckConstraint(condition=~Q(words="") & ~Q(url=""), name="notice_complete"),
            models.CheckConstraint(
                condition=Q(subject="", subject_id=None) | ~Q(subject="") & Q(subject_id__isnull=False),
                name="notice_subject_complete",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notice_newest"),
            models.Index(fields=["user"], condition=Q(read_at=None, settled_at=None), name="notice_unread"),
            models.Index(
                fields=["subject", "subject_id"], condition=Q(settled_at=None), name="notice_subject"
            ),
        ]

    def __str__(self) -> str:
        return f"notice {self.pk}"


class Digest(models.Model):
    """每日提要: one for each person and day on which there is something to tell, made once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on = models.DateField("哪一天")
    # Sentences, without names: what is in it when it is made.
    lines = models.JSONField(default=list)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "on"], name="digest_once")]

    def __str__(self) -> str:
        return f"digest {self.pk}"


@tracked()
class NoticeWay(models.Model):
    """Where somebody wants to be told besides the inbox. Nobody has to."""

    class Wants(models.TextChoices):
        NOTHING = "nothing", "只在系统里看"
        URGENT = "urgent", "只发紧急的"
        ALL = "all", "紧急的马上发，其余每天一封"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notice_way")
    email = models.EmailField("邮箱", max_length=120, default="", blank=True)
    wants = models.CharField("发什么", max_length=8, choices=Wants, default=Wants.NOTHING)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(wants="nothing") | ~Q(email=""),
                name="notice_way_has_address",
                violation_error_message="要发邮件的，请填邮箱",
            )
        ]

    def __str__(self) -> str:
        return f"ways of {self.user_id}"


@tracked()
class Webhook(models.Model):
    """A unit's address (a chat group's robot, the city's message platform) that is told how much waits: sentences
    with counts, never with a person in them."""

    class Shape(models.TextChoices):
        """How the address wants to be spoken to."""

        PLAIN = "plain", "通用"
        WECOM = "wecom", "企业微信群机器人"
        DINGTALK = "dingtalk", "钉钉群机器人"

    region = models.ForeignKey("accounts.Region", on_delete=models.PROTECT, related_name="+")
    name = models.CharField("叫什么", max_length=40)
    shape = models.CharField("哪一种", max_length=10, choices=Shape, default=Shape.PLAIN)
    # The address itself is a secret (its key is in it), and so is what signs the message.
    address = models.BinaryField("地址（加密）")
    secret = models.BinaryField("签名密钥（加密）", null=True)
    on = models.BooleanField("在用", default=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["region", "name"], name="webhook_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="webhook_has_name"),
        ]

    def __str__(self) -> str:
        return f"webhook {self.pk}"


class Delivery(models.Model):
    """One message on its way out: what it carries, by which way, how often it was tried, and what came of it."""

    class Way(models.TextChoices):
        EMAIL = "email", "邮件"
        WEBHOOK = "webhook", "群消息"

    class State(models.TextChoices):
        WAITING = "waiting", "等着发"
        SENT = "sent", "已发出"
        FAILED = "failed", "没发出去"
        DROPPED = "dropped", "不用发了"

    way = models.CharField(max_length=8, choices=Way)
    notice = models.ForeignKey(Notice, null=True, on_delete=models.PROTECT, related_name="deliveries")
    digest = models.ForeignKey(Digest, null=True, on_delete=models.PROTECT, related_name="deliveries")
    webhook = models.ForeignKey(Webhook, null=True, on_delete=models.PROTECT, related_name="deliveries")
    # For a webhook: of which day, and at which level of what; what was said stands in `words`.
    key = models.CharField(max_length=80, unique=True)
    words = models.CharField(max_length=500, default="", blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    # Taken by a sender until then: two never send the same.
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    # In words that may be shown: the address did not answer, the mailbox is full.
    problem = models.CharField(max_length=120, default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(way="email", webhook=None)
                & (Q(notice__isnull=False, digest=None) | Q(notice=None, digest__isnull=False))
                | Q(way="webhook", webhook__isnull=False, notice=None, digest=None) & ~Q(words=""),
                name="delivery_carries_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent") & Q(sent_at=None),
                name="delivery_sent_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(problem=""), name="delivery_failed_says_why"
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state="waiting"), name="delivery_waiting"),
            models.Index(fields=["-created_at"], name="delivery_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.way} {self.state}"
