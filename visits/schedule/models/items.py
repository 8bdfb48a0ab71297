"""Visits owed: by a rule, by a round, because somebody came out of hospital, or to see whether aid has helped."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, ExpressionWrapper, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import IsNull

from accounts.scoping import counted, visible
from visits.core.models import UnitSetting
from visits.core.options import OPTIONS
from visits.roster.models import Absence, CareGroup, Grant, Membership, Person, Placed
from visits.schedule.due import DISCHARGE_MODES, HOME_MODES
from visits.schedule.models.rounds import Round
from visits.schedule.models.rules import FrequencyRule


def state_case(today: date, *, county: int | None = None, soon: bool = True) -> Case:
    """`due.state_of` as SQL: the one definition of how an item stands on a day.

    Only what somebody or something decided is stored (superseded, dropped, excused); all else follows from
    dates, so that nothing has to happen at midnight. `county`, `soon`: as for `to_do_case`."""
    return _case(
        When(stored__in=["superseded", "dropped"], then=F("stored")),
        When(done_on__isnull=False, done_on__lte=F("due_on"), then=Value("done")),
        When(done_on__isnull=False, then=Value("done_late")),
        When(made_up_on__isnull=False, then=Value("done_late")),
        When(stored="excused", then=Value("excused")),
        *_by_date(today, county, soon),
    )


def to_do_case(today: date, *, county: int | None = None, soon: bool = True) -> Case:
    """The same of what is still to do, by its dates alone: an index that has them need not ask the table.

    `county`: when everybody is in it now. Its own number of days is then asked once, else once for each row that
    could be soon. `soon`: False where nobody asks, as in figures: then nothing is."""
    return _case(*_by_date(today, county, soon))


def _by_date(today: date, county: int | None, soon: bool) -> list[When]:
    over = [When(closes_on__lt=today, then=Value("missed")), When(due_on__lt=today, then=Value("late"))]
    if not soon:
        return over
    # Nobody's is soon who is due later: the county's number is looked up for few.
    near = Q(due_on__lte=today + timedelta(days=OPTIONS["soon_days"].high), opens_on__lte=today)
    return [*over, When(near & Q(due_on__lte=_soon_until(today, county)), then=Value("soon"))]


def _soon_until(today: date, county: int | None) -> ExpressionWrapper:
    """The last day (inclusive) that is soon on `today`, as the county decided in which the person is now."""
    of = OuterRef("at_county_id") if county is None else county
    decided = UnitSetting.objects.live(today).filter(key="soon_days", region_id=of).order_by()
    days = Subquery(decided.values_list(Cast("value", models.IntegerField()))[:1])
    until = Value(today) + Coalesce(days, OPTIONS["soon_days"].default)
    return ExpressionWrapper(until, output_field=models.DateField())


def _case(*whens: When) -> Case:
    return Case(*whens, default=Value("idle"), output_field=models.CharField())


class DueItemQuerySet(models.QuerySet["DueItem"]):
    def visible_to(self, user: Any) -> "DueItemQuerySet":
        """Through the person's present unit, which every row keeps beside the frozen ids, and the person's present
        visitor (docs/adr/0022)."""
        granted = Grant.open_to(user)
        return visible(
            self, user, prefix="at_", assignee="person__assignee_id",
            granted=Q(person_id__in=granted) if granted else None,
        )  # fmt: skip

    def counted_in(self, units: dict[int, set[int]]) -> "DueItemQuerySet":
        return counted(self, units)

    def counting(self) -> "DueItemQuerySet":
        """Items that stand in figures: owed by a rule, not superseded, not dropped. Rounds are counted apart."""
        return self.filter(cause=DueItem.Cause.RULE).exclude(
            stored__in=[DueItem.Stored.SUPERSEDED, DueItem.Stored.DROPPED]
        )

    def with_state(self, today: date, *, county: int | None = None, soon: bool = True) -> "DueItemQuerySet":
        return self.annotate(state=state_case(today, county=county, soon=soon))

    def to_do(self, today: date) -> "DueItemQuerySet":
        """What somebody can still go out and do: open, begun, not made good since, and the person is there.

        A missed period is to be made up while the person is in any group; who is in none any more is owed
        nothing to come, and only the figure of that period remembers it. Nobody goes to see who is in prison,
        in rehabilitation or can't be found while that is noted (暂缓, E10). A round that is
        over is not made up for."""
        # Asked of the few that were missed: as a value, or PostgreSQL reads everybody's memberships first.
        still = Membership.objects.live(today).filter(person_id=OuterRef("person_id")).order_by()
        is_still = IsNull(Subquery(still.values("pk")[:1]), False)
        suspended = Absence.objects.suspending().live(today).filter(person_id=OuterRef("person_id"))
        return self.filter(
            stored="",
            done_on=None,
            made_up_on=None,
            opens_on__lte=today,
            person__left_on__isnull=True,
            person__merged_into__isnull=True,
        ).filter(Q(closes_on__gte=today) | Q(is_still) & ~Q(cause=DueItem.Cause.ROUND), ~Exists(suspended))


class DueItem(Placed):
    """A visit owed: one person, one rule, one period (docs/adr 4); or one person and one round; or one person and
    what happened on a day. Units and assignee follow the person while open, and stay as they were once closed; the
    three `at_` columns are where the person is now, open or closed: a trigger of the database keeps them, whoever
    writes (migration 0007)."""

    class Cause(models.TextChoices):
        """Why it is owed."""

        RULE = "rule", "按频次"
        ROUND = "round", "专项巡访"
        DISCHARGE = "discharge", "出院后探访"
        REVISIT = "revisit", "救助后回访"

    class Stored(models.TextChoices):
        OPEN = "", "按日期"
        SUPERSEDED = "superseded", "被更严的规定替代"
        DROPPED = "dropped", "去世或迁出，不再要访"
        EXCUSED = "excused", "未访成（已按规定尝试）"

    class Via(models.TextChoices):
        """By what it was done: figures show apart what holds no items and no signatures (practice P4, P19)."""

        RECORD = "", "巡访记录"
        BEFORE_START = "before_start", "启用前线下已访"
        OTHER_PROGRAMME = "other_programme", "别的系统已走访"
        ENTRUSTED = "entrusted", "受托乡镇完成"

    # Given by nobody but the statements that write many rows: left empty, the database takes the person's.
    at_county_id = models.BigIntegerField(editable=False)
    at_township_id = models.BigIntegerField(editable=False)
    at_village_id = models.BigIntegerField(editable=False)
    # The unique constraint below serves both as an index.
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="due_items", db_index=False)
    cause = models.CharField("为什么要访", max_length=10, choices=Cause, default=Cause.RULE)
    rule = models.ForeignKey(
        FrequencyRule, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    round = models.ForeignKey(
        Round, null=True, on_delete=models.PROTECT, related_name="items", db_index=False
    )
    # 四(一)-3: the township that visits meanwhile; follows the person while open.
    entrusted_to = models.ForeignKey(
        "accounts.Region", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    period_start = models.DateField()
    period_end = models.DateField()
    opens_on = models.DateField("从哪天起算")
    due_on = models.DateField("应于哪天前（含）")
    closes_on = models.DateField("到哪天为止算这一期")
    first = models.BooleanField("首访", default=False)
    tier = models.CharField(max_length=8, choices=CareGroup.Tier)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="due_items",
        db_index=False,
    )
    stored = models.CharField(max_length=12, choices=Stored, default=Stored.OPEN, blank=True)
    done_on = models.DateField("访成日期", null=True)
    done_mode = models.CharField("访成方式", max_length=12, default="")
    done_met = models.CharField("见到谁", max_length=10, default="")
    done_via = models.CharField("凭什么算访成", max_length=16, choices=Via, default=Via.RECORD, blank=True)
    made_up_on = models.DateField("逾期后补访", null=True)

    objects = DueItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "rule", "period_start"], name="due_once"),
            models.UniqueConstraint(
                fields=["round", "person"], condition=Q(round__isnull=False), name="due_once_a_round"
            ),
            models.UniqueConstraint(
                fields=["person", "period_start"], condition=Q(cause="discharge"), name="due_once_a_discharge"
            ),
            models.UniqueConstraint(
                fields=["person", "period_start"], condition=Q(cause="revisit"), name="due_once_a_revisit"
            ),
            models.CheckConstraint(
                condition=Q(cause="rule", rule__isnull=False, round=None)
                | Q(cause="round", rule=None, round__isnull=False)
                | Q(cause__in=["discharge", "revisit"], rule=None, round=None),
                name="due_cause_complete",
            ),
            models.CheckConstraint(
                condition=Q(opens_on__lte=F("due_on"), due_on__lte=F("closes_on")), name="due_dates_in_order"
            ),
            models.CheckConstraint(
                condition=Q(done_on=None, done_mode="", done_met="")
                | (Q(done_on__isnull=False) & ~Q(done_mode="")),
                name="due_done_has_mode",
            ),
            models.CheckConstraint(
                condition=Q(done_on=None) | Q(done_on__gte=F("opens_on"), done_on__lte=F("closes_on")),
                name="due_done_in_window",
            ),
            models.CheckConstraint(
                condition=Q(done_via="") | Q(done_on__isnull=False), name="due_via_is_done"
            ),
        ]
        # Each index costs at generation (docs: at most five).
        indexes = [
            # From people to what is open for them, without what was done in ten years.
            models.Index(fields=["person"], condition=Q(stored="", done_on=None), name="due_open"),
            # The whole of what a list and its counts read of an item: nothing is fetched from the table.
            *(
                models.Index(
                    fields=[f"at_{unit}_id", "due_on", "id"],
                    include=["person", "opens_on", "closes_on", "cause", "tier", *others],
                    condition=Q(stored="", done_on=None, made_up_on=None),
                    name=f"due_at_{unit}",
                )
                for unit, others in (
                    ("county", ["at_township_id", "at_village_id"]),
                    ("township", ["at_village_id"]),
                )
            ),
            models.Index(fields=["due_on", "id"], condition=Q(stored="", done_on=None), name="due_day"),
            models.Index(fields=["period_end", "county_id", "township_id", "village_id"], name="due_period"),
            models.Index(
                fields=["entrusted_to", "due_on", "id"],
                condition=Q(entrusted_to__isnull=False),
                name="due_entrusted",
            ),
        ]

    def __str__(self) -> str:
        return f"due {self.pk} {self.due_on}"

    @property
    def modes(self) -> list[str]:
        """The ways in which a visit fulfils it; of what neither a rule nor a round owes face to face, and after a stay
        in hospital not in hospital (E8)."""
        if self.rule is not None:
            return self.rule.modes
        if self.round is not None:
            return self.round.modes
        return sorted(DISCHARGE_MODES if self.cause == self.Cause.DISCHARGE else HOME_MODES)

    @property
    def tries_from(self) -> date:
        """The first day on which a try in vain says something of it. Whoever is sought on the day of the discharge may
        still have lain in hospital."""
        return self.opens_on + timedelta(days=1 if self.cause == self.Cause.DISCHARGE else 0)

    @property
    def offline(self) -> bool:
        """Whether it was done by a visit that holds no items and no signatures (practice P4, P19)."""
        return self.done_via in (self.Via.BEFORE_START, self.Via.OTHER_PROGRAMME)

    @property
    def sentence(self) -> str:
        """Why it is owed, in words."""
        if self.rule is not None:
            return self.rule.sentence
        return self.round.name if self.round is not None else self.get_cause_display()

    @property
    def min_home(self) -> int:
        """How many home visits it asks for within its window."""
        return self.rule.min_home if self.rule is not None else 0
