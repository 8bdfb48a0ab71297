"""长期状况（已知） (practice P15): a wheelchair, dementia, deafness: known, cared for, looked at again on a day."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.scoping import visible
from visits.records.models.records import Visit
from visits.roster.models import Grant, Person
from xunfang.kit.history import tracked


class KnownStateQuerySet(models.QuerySet["KnownState"]):
    def visible_to(self, user: Any) -> "KnownStateQuerySet":
        granted = Grant.open_to(user)
        return visible(self, user, prefix="person__", granted=Q(person_id__in=granted) if granted else None)

    def live(self) -> "KnownStateQuerySet":
        return self.filter(ended_on=None)


@tracked()
class KnownState(models.Model):
    """At or below this value the item is no finding while the care arrangement holds; urgent is never known."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="known_states")
    code = models.CharField("哪一项", max_length=40)
    value = models.PositiveSmallIntegerField("程度")
    words = models.CharField("长期状况", max_length=80)
    care = models.CharField("谁在照料、怎么照料", max_length=100)
    since = models.DateField("从哪天起算已知")
    review_on = models.DateField("哪天再看")
    visit = models.ForeignKey(Visit, null=True, on_delete=models.PROTECT, related_name="+")
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()
    ended_on = models.DateField("哪天不再算", null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    end_reason = models.CharField("为什么不再算", max_length=100, default="", blank=True)

    objects = KnownStateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "code"],
                condition=Q(ended_on=None),
                name="known_state_one_live",
                violation_error_message="这一项已经记过长期状况了",
            ),
            models.CheckConstraint(
                condition=~Q(care=""),
                name="known_state_has_care",
                violation_error_message="长期状况要写谁在照料",
            ),
            models.CheckConstraint(condition=Q(review_on__gt=F("since")), name="known_state_review_after"),
            models.CheckConstraint(
                condition=Q(ended_on=None, ended_by=None, end_reason="")
                | Q(ended_on__isnull=False, ended_by__isnull=False) & ~Q(end_reason=""),
                name="known_state_ended_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"known {self.code} of {self.person_id}"
