"""Lists that are brought in, given out and held against others, and what is remembered of their shape."""

import uuid
from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models.region import Level
from accounts.roles import COUNTY, TOWNSHIP, Role
from accounts.scoping import where
from visits.roster.models.people import CareGroup, Membership, Person
from xunfang.kit.crypto import EncryptedTextField
from xunfang.kit.history import tracked


class RosterImportQuerySet(models.QuerySet["RosterImport"]):
    def visible_to(self, user: Any) -> "RosterImportQuerySet":
        """Lists brought into one's own township."""
        return self.filter(township_id__in=user.duty.unit_ids(Role.TOWNSHIP_CLERK))

    def full(self) -> "RosterImportQuerySet":
        """Full lists that were loaded: what says who is on a list and how old it is."""
        loaded = Q(state=RosterImport.State.DONE) | Q(counts__loaded__has_key="same")
        return self.filter(loaded, coverage=RosterImport.Coverage.FULL)

    def about(self, group_id: str | None, area: str) -> "RosterImportQuerySet":
        """Lists that speak of everybody of a class: a list of 低保 without 城乡 speaks of both."""
        return self.filter(group_id=group_id, area__in={"", area})


class RosterImport(models.Model):
    """A list that was brought: who, when, which file, what came of it. The rows themselves go after 7 days."""

    class State(models.TextChoices):
        READING = "reading", "正在读"
        ASKING = "asking", "等您对一下"
        PREVIEW = "preview", "等您确认"
        LOADING = "loading", "正在入库"
        DONE = "done", "已入库"
        REFUSED = "refused", "读不了"
        DROPPED = "dropped", "没有入库"

    class Coverage(models.TextChoices):
        """practice P6: only a full list can say who is on it no longer."""

        FULL = "full", "全部名单"
        SUPPLEMENT = "supplement", "补充名单"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    county_id = models.BigIntegerField()
    township_id = models.BigIntegerField()
    # The class that the list is of; None: the rows say it themselves.
    group = models.ForeignKey(CareGroup, null=True, on_delete=models.PROTECT, related_name="+")
    area = models.CharField("城乡", max_length=6, choices=Membership.Area, default="", blank=True)
    coverage = models.CharField("全部还是补充", max_length=10, choices=Coverage, default=Coverage.SUPPLEMENT)
    # What was found and chosen: sheets, where the head is, which column means what.
    layout = models.JSONField(default=dict)
    # What only a person can say: columns nobody knows, villages in an unknown spelling. Texts of the list's
    # heads and villages, never of its people.
    asks = models.JSONField(default=dict)
    # More than the unit's share is missing: held until somebody confirms it.
    held = models.BooleanField(default=False)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
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

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(coverage="full") | Q(group__isnull=False),
                name="import_full_is_of_a_group",
                violation_error_message="全部名单要写明是哪一类的",
            ),
        ]
        indexes = [models.Index(fields=["township_id", "group", "-month"], name="import_fresh")]

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
    # The groups the row names: who is on the list of which class, also when nothing changes.
    codes = ArrayField(models.CharField(max_length=24), default=list, blank=True)

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


class Listed(models.Model):
    """The newest month whose list names somebody's membership. Apart from the membership, so that each
    month's list does not write a history row for everybody on it."""

    membership = models.OneToOneField(
        Membership, primary_key=True, on_delete=models.CASCADE, related_name="listed"
    )
    month = models.DateField("哪个月的名单（1号）")
    batch = models.ForeignKey(RosterImport, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="listed_is_of_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.membership_id} {self.month}"


class MissingRowQuerySet(models.QuerySet["MissingRow"]):
    def visible_to(self, user: Any) -> "MissingRowQuerySet":
        """Questions about people whose file one keeps."""
        return self.filter(person__township_id__in=user.duty.unit_ids(Role.TOWNSHIP_CLERK))

    def open(self) -> "MissingRowQuerySet":
        """Not answered, and still a question: who was noted dead or gone, or taken out of the class, on the
        file itself is asked about no more (and again, when that is undone)."""
        return self.filter(
            settled_at=None,
            membership__ends_on=None,
            membership__voided_at=None,
            person__status=Person.Status.LIVE,
            person__merged_into=None,
        )


class MissingRow(models.Model):
    """名单上没有了: in the group, and on the full list no longer. Never closed by itself (P6)."""

    class Outcome(models.TextChoices):
        STOPPED = "stopped", "停发"
        DEAD = "dead", "去世"
        DEPARTED = "departed", "迁出"
        LEFT_OUT = "left_out", "漏导，还在列"
        BACK = "back", "后来的名单上又有了"

    batch = models.ForeignKey(RosterImport, on_delete=models.PROTECT, related_name="missing")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome, default="", blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = MissingRowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "membership"], name="missing_once"),
            # At most one open question about a membership, however many lists ask it.
            models.UniqueConstraint(
                fields=["membership"], condition=Q(settled_at=None), name="missing_one_open"
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, outcome="") | (Q(settled_at__isnull=False) & ~Q(outcome="")),
                name="missing_settled_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"missing {self.pk}"


class OwnTownshipQuerySet(models.QuerySet):
    """Rows of one's own township, for the clerk who keeps its roster."""

    def visible_to(self, user: Any) -> "OwnTownshipQuerySet":
        return self.filter(township_id__in=user.duty.unit_ids(Role.TOWNSHIP_CLERK))


class ListLayout(models.Model):
    """How a township's list of a class was read last time: corrected once, remembered (P6)."""

    township_id = models.BigIntegerField()
    group = models.ForeignKey(CareGroup, null=True, on_delete=models.PROTECT, related_name="+")
    # Of the heads as they stand, in their order.
    signature = models.CharField(max_length=64)
    columns = models.JSONField("表头 → 我们的哪一列")
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField()

    objects = OwnTownshipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["township_id", "group", "signature"], nulls_distinct=False, name="layout_once"
            )
        ]

    def __str__(self) -> str:
        return f"layout {self.pk}"


class VillageAlias(models.Model):
    """A spelling that a township's lists use for a village: asked once."""

    township_id = models.BigIntegerField()
    text = models.CharField("名单里的写法", max_length=40)
    village = models.ForeignKey("accounts.Region", on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects = OwnTownshipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["township_id", "text"], name="alias_once")]

    def __str__(self) -> str:
        return f"alias {self.pk}"


class OfficialFigureQuerySet(models.QuerySet["OfficialFigure"]):
    def visible_to(self, user: Any) -> "OfficialFigureQuerySet":
        """Figures of one's township or county, for those who stand over it."""
        return self.filter(where(user.duty, roles=TOWNSHIP | COUNTY | {Role.INSPECTOR, Role.CITY_SUPERVISOR},
                                 assignee=None))  # fmt: skip


@tracked()
class OfficialFigure(models.Model):
    """How many of a class the other system has in a township and month (P7): typed in, set beside ours."""

    county_id = models.BigIntegerField()
    township_id = models.BigIntegerField()
    group = models.ForeignKey(CareGroup, on_delete=models.PROTECT, related_name="+")
    area = models.CharField("城乡", max_length=6, choices=Membership.Area, default="", blank=True)
    month = models.DateField("哪个月（1号）")
    people = models.PositiveIntegerField("人数")
    households = models.PositiveIntegerField("户数", null=True)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()

    objects = OfficialFigureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["township_id", "group", "area", "month"], name="figure_once")
        ]

    def __str__(self) -> str:
        return f"figure {self.pk}"


class ComparisonQuerySet(OwnTownshipQuerySet):
    def reported_to(self, user: Any, roles: Collection[Role]) -> "ComparisonQuerySet":
        """Those of the townships under the user's posts in these roles: what came of them is read above."""
        units = user.duty.units(roles)
        if Level.CITY in units:
            return self
        townships, counties = units.get(Level.TOWNSHIP, set()), units.get(Level.COUNTY, set())
        return self.filter(Q(township_id__in=townships) | Q(county_id__in=counties))


class Comparison(models.Model):
    """A list of another office held against the roster: deaths of a month, or who should be on it (底数比对).
    Nothing changes by itself; the rows go after seven days, the counts and the file's hash stay."""

    class Kind(models.TextChoices):
        DEATHS = "deaths", "死亡名单"
        BASE = "base", "底数比对"

    class State(models.TextChoices):
        READING = "reading", "正在比"
        DONE = "done", "比好了"
        REFUSED = "refused", "读不了"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    county_id = models.BigIntegerField()
    township_id = models.BigIntegerField()
    kind = models.CharField(max_length=6, choices=Kind)
    group = models.ForeignKey(CareGroup, null=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField("哪里来的", max_length=40, default="", blank=True)
    month = models.DateField("哪个月（1号）")
    file = models.ForeignKey("kit.StoredFile", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.READING)
    refusal = models.CharField(max_length=200, default="", blank=True)
    counts = models.JSONField(default=dict)
    job = models.ForeignKey("kit.Job", null=True, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = ComparisonQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="deaths", group=None) | Q(kind="base", group__isnull=False),
                name="comparison_base_is_of_a_group",
            )
        ]

    def __str__(self) -> str:
        return f"comparison {self.pk}"


class ComparisonRow(models.Model):
    """One person of a comparison. `content`: what the other list says, encrypted."""

    class Verdict(models.TextChoices):
        BOTH = "both", "两边都有"
        ONLY_LIST = "only_list", "名单上有，系统里没有"
        ONLY_ROSTER = "only_roster", "系统里有，名单上没有"
        WRONG = "wrong", "看不懂的行"

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="rows")
    verdict = models.CharField(max_length=12, choices=Verdict)
    number = models.PositiveIntegerField("原表第几行", null=True)
    content = EncryptedTextField(purpose="comparison.row", null=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        indexes = [models.Index(fields=["comparison", "verdict", "id"], name="comparison_rows")]

    def __str__(self) -> str:
        return f"comparison row {self.pk}"


class RosterExportQuerySet(models.QuerySet["RosterExport"]):
    def visible_to(self, user: Any) -> "RosterExportQuerySet":
        """One's own, and those one may be asked to approve."""
        return self.filter(
            Q(created_by_id=user.pk) | where(user.duty, roles=TOWNSHIP | COUNTY, assignee=None)
        )


@tracked()
class RosterExport(models.Model):
    """A list taken out as Excel (decisions 23): masked with a reason; unmasked when a second person agrees."""

    class State(models.TextChoices):
        WAITING = "waiting", "等人同意"
        MAKING = "making", "正在做"
        DONE = "done", "做好了"
        REFUSED = "refused", "没有同意"
        DROPPED = "dropped", "自己撤回了"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    county_id = models.BigIntegerField(null=True)
    township_id = models.BigIntegerField(null=True)
    village_id = models.BigIntegerField(null=True)
    # Codes and unit ids of the filters, never a name that was looked for.
    filters = models.JSONField(default=dict)
    # The same in words as they were when it was asked for: a list of exports asks no room what its codes mean.
    words = models.CharField("哪些", max_length=200, default="", blank=True)
    full_ids = models.BooleanField("带完整身份证号", default=False)
    reason = models.CharField("为什么要导出", max_length=100)
    state = models.CharField(max_length=8, choices=State)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    refusal = models.CharField("为什么不同意", max_length=100, default="", blank=True)
    people = models.PositiveIntegerField(null=True)
    file = models.ForeignKey("kit.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    job = models.ForeignKey("kit.Job", null=True, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects = RosterExportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="export_has_reason",
                violation_error_message="请写明为什么要导出",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None, decided_at=None)
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="export_decision_complete",
            ),
            models.CheckConstraint(
                condition=Q(full_ids=False)
                | Q(state__in=["waiting", "dropped"])
                | Q(decided_by__isnull=False),
                name="export_full_needs_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("created_by")),
                name="export_not_decided_by_oneself",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(refusal=""), name="export_refusal_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"export {self.pk}"
