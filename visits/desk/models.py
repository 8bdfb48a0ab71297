"""What the overviews add up from (docs/adr/0027): counted village by village, marked by triggers, counted again."""

from typing import Any, ClassVar

from django.db import models


class TallyPeriod(models.Model):
    """A period that has been counted once for all villages; without this row it is counted live. `on`: the day for
    which the roster (`LIST`) was counted, which dates decide as well. `2026Q3@54`: that quarter as it stood after its
    54th day (`counting.View`), for comparison with the running one; `2026Q3w`: by the week in which people were reached."""

    LIST: ClassVar[str] = "list"
    # Every period with items was counted once: one without a row has none, unless something is marked.
    ALL: ClassVar[str] = "all"

    period = models.CharField("哪一期", max_length=12, primary_key=True)
    on = models.DateField("哪一天的", null=True)

    def __str__(self) -> str:
        return self.period


class Tally(models.Model):
    """How many people of a unit stand how in a period. Units are those frozen on the items, and 0 below the level.

    `day`: these people have something open, due on that day at the earliest: late on every later day, which needs
    no night to say so; None: whatever is settled. Where people are counted by week, its first day. `shared`: of the people who have items in several villages (or
    whose household has), who can't be added up from village to unit and stand in a row for each level; they are in
    no other row."""

    # Counted in people but for homes and homes_done; `counting.COUNTED` says what each is.
    COUNTS: ClassVar[tuple[str, ...]] = (
        "due", "done", "met_self", "open", "tried", "signed", "approved", "offline", "roster", "unassigned", "homes",
        "homes_done", "ontime", "by_home", "by_phone", "by_entrusted", "tried_refused", "tried_not_home", "tried_away",
        "tried_lost", "tried_other",
    )  # fmt: skip

    period = models.CharField("哪一期", max_length=12)
    level = models.PositiveSmallIntegerField()
    shared = models.BooleanField()
    county_id = models.BigIntegerField()
    township_id = models.BigIntegerField()
    village_id = models.BigIntegerField()
    day = models.DateField(null=True)
    due = models.IntegerField("应访", default=0)
    done = models.IntegerField("已访", default=0)
    met_self = models.IntegerField("见到本人", default=0)
    open = models.IntegerField("没访", default=0)
    tried = models.IntegerField("未访成", default=0)
    signed = models.IntegerField("已签", default=0)
    approved = models.IntegerField("已审", default=0)
    offline = models.IntegerField("线下已访", default=0)
    roster = models.IntegerField("名单", default=0)
    unassigned = models.IntegerField("未落实", default=0)
    homes = models.IntegerField("应访户", default=0)
    homes_done = models.IntegerField("访完户", default=0)
    # How: parts of 已访 and 未访成 (`measures_how.KEPT`).
    ontime = models.IntegerField("按时", default=0)
    by_home = models.IntegerField("上门", default=0)
    by_phone = models.IntegerField("电话等", default=0)
    by_entrusted = models.IntegerField("受托", default=0)
    tried_refused = models.IntegerField("拒访", default=0)
    tried_not_home = models.IntegerField("不在家", default=0)
    tried_away = models.IntegerField("外出", default=0)
    tried_lost = models.IntegerField("失联", default=0)
    tried_other = models.IntegerField("没写原因", default=0)

    class Meta:
        indexes = [
            models.Index(
                fields=["period", "level", "county_id", "township_id", "village_id"], name="tally_unit"
            )
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.county_id}/{self.township_id}/{self.village_id}"


class TallyMark(models.Model):
    """Something changed in a village that its numbers follow from. Added by triggers in the transaction of the change,
    never updated, so that nobody waits for anybody; taken away when the village has been counted again.

    `quarter`: the first day of the one in which the items fall due; None: the roster. Village 0: any village."""

    quarter = models.DateField(null=True)
    county_id = models.BigIntegerField()
    township_id = models.BigIntegerField()
    village_id = models.BigIntegerField()
    # A moment, not a day: the table's own default, which triggers leave it to (migration 0005).
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.quarter} {self.village_id}"


class TallyShared(models.Model):
    """Somebody who has, or whose household has, items in several villages in a half-year (or had a moment ago).
    Added by triggers, maybe twice; taken away when counting finds that it is so no longer."""

    half = models.DateField()
    person_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["half", "person_id"], name="tally_shared_half")]

    def __str__(self) -> str:
        return f"{self.half} {self.person_id}"


class TallyCheck(models.Model):
    """The night's recount of every period by the live definition. `wrong`: units whose number differed with nothing
    marked; they were counted again. `sample`: where."""

    ran_at = models.DateTimeField()
    on = models.DateField("哪一天")
    periods = models.PositiveIntegerField()
    wrong = models.PositiveIntegerField()
    sample: Any = models.JSONField(default=list)
    seconds = models.FloatField(default=0)

    class Meta:
        ordering = ["-ran_at"]

    def __str__(self) -> str:
        return f"{self.on} {self.wrong}"
