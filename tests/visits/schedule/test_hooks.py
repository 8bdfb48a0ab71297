"""What happens to a person changes what is owed in the same transaction."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from tests.cast import id_number
from visits.core.idnumber import parse
from visits.roster.services.people import Details, add_person
from visits.schedule.models import DueItem

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)


def test_a_new_file_is_due_at_once(cast) -> None:
    with time_machine.travel(NOON, tick=False):
        number = parse(id_number(dt.date(1970, 3, 4)), dt.date(2026, 11, 24))
        details = Details(
            name="黄玉钗", number=number, sex=number.sex, birth_date=number.birth_date,
            village_id=cast.village.pk, phone="13800009001",
        )  # fmt: skip
        person = add_person(
            details=details,
            group_id="dibao",
            starts_on=dt.date(2026, 11, 20),
            by=cast.township_clerk,
            at=timezone.now(),
        )
    items = DueItem.objects.filter(person=person).order_by("due_on")
    assert [(item.first, item.due_on) for item in items] == [(False, dt.date(2026, 12, 31))]
