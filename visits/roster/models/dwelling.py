"""The dwelling's facts (practice P13): kept on the file, confirmed on a visit, never asked anew each time."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from visits.roster.models.people import Person
from xunfang.kit.history import tracked


@tracked()
class Dwelling(models.Model):
    """Where the house stands and who helps when it floods or slides (四(二)-4). No row: nobody has looked yet."""

    class Risk(models.TextChoices):
        LOW = "low", "低洼易涝"
        SLOPE = "slope", "靠山、靠坡"
        STREAM = "stream", "靠溪、靠水"
        GEOHAZARD = "geohazard", "地质灾害点"
        UNSAFE = "unsafe", "危房"

    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="dwelling")
    # Empty: somebody looked, and there is none of it.
    risks = ArrayField(models.CharField(max_length=10, choices=Risk), default=list, blank=True)
    helper = models.CharField("转移责任人", max_length=40, default="", blank=True)
    helper_phone = models.CharField("转移责任人电话", max_length=20, default="", blank=True)
    refuge = models.CharField("避灾点", max_length=60, default="", blank=True)
    confirmed_on = models.DateField("哪天看过")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(risks__contained_by=["low", "slope", "stream", "geohazard", "unsafe"]),
                name="dwelling_known_risks",
            )
        ]

    def __str__(self) -> str:
        return f"dwelling of {self.person_id}"
