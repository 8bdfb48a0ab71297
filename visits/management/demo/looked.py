"""市局查看 of the demo: the city opened two families' files, with a reason the county reads."""

from datetime import date

from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from accounts.scoping import duty_of
from visits.followup.models import Case
from visits.roster.services.looking import look

WHY = (("case", "打县里电话以前先看一看"), ("complaint", "11月20日来信，说没有人来过"))


def play(today: date) -> None:
    """The oldest cases, one reason each."""
    user = User.objects.filter(posts__role=Role.CITY_SUPERVISOR).earliest("pk")
    duty_of(user, today)
    people = Case.objects.filter(person__merged_into=None).order_by("pk").values_list("person_id", flat=True)
    for person_id, (reason, words) in zip(dict.fromkeys(people), WHY, strict=False):
        look(person_id=person_id, reason=reason, words=words, by=user, at=timezone.now())
