"""Who left the roster and how that is taken back, and which files that look alike are two people's."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from visits.roster.models.people import Person


class Departure(models.Model):
    """去世、迁出 as it was noted: by whom, from where it was known, and what it did to other rows, so that an
    undo gives back exactly those. `Person.left_*` says how it stands now."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="departures")
    status = models.CharField(max_length=10, choices=Person.Status)
    left_on = models.DateField("去世、迁出日期")
    approximate = models.BooleanField("日期是大概的", default=False)
    reason = models.CharField("从哪里知道", max_length=100, default="", blank=True)
    # What the office noted is taken back by the office only.
    by_office = models.BooleanField("民政办记的", default=False)
    # Rows of higher rooms before and after, by keeper: ids, codes and dates, never a name.
    made = models.JSONField(default=dict)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(undone_at=None),
                name="departure_one_open",
                violation_error_message="已经登记过去世或迁出了",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["dead", "departed"]), name="departure_dead_or_departed"
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="departure_undone_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"departure {self.pk}"


class DistinctPair(models.Model):
    """不是同一个人: somebody looked at two files that look alike. `one` is always the smaller id."""

    one = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="distinct_pair_once"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="distinct_pair_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.one_id}≠{self.other_id}"
