"""A round for a whole county: how long its maker waits, and how long the page takes that shows who is reached."""

import datetime as dt
import statistics
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.bench import report
from tests.bench.conftest import City
from tests.bench.filling import TODAY, took
from tests.cast import signed_in
from visits.schedule.models import DueItem
from visits.schedule.rounds import services
from visits.schedule.rounds.services import Plan

NOTE = "Everybody of the county by phone or at home; what was reached already today counts at once. Undone afterwards."


@pytest.mark.bench
def test_a_round_for_a_county_is_made_and_looked_at(city: City) -> None:
    officer = city.cast.county_officer
    plan = Plan("rain", "暴雨专项巡访", TODAY, TODAY + dt.timedelta(days=1), ("home", "phone"), "flood", ("all",),
                questions=("屋后山体有裂缝",))  # fmt: skip
    at = timezone.make_aware(dt.datetime(2026, 11, 24, 9, 0))
    with transaction.atomic():
        made = []
        seconds = took(
            lambda: made.append(
                services.make(key=uuid4(), plan=plan, unit_id=city.cast.county.pk, by=officer, at=at)[0]
            )
        )
        people = DueItem.objects.filter(round=made[0]).count()
        assert people > 10_000
        pages = {
            "looked at by the county": (officer, reverse("visits_schedule:round", args=[made[0].uuid])),
            "its telephones": (officer, reverse("visits_schedule:round_phones", args=[made[0].uuid])),
            "the visitor's own list meanwhile": (city.cast.visitor, reverse("visits_schedule:due")),
        }
        found = {}
        for what, (user, url) in pages.items():
            client = signed_in(user, Client())
            assert client.get(url).status_code == 200
            found[what] = statistics.median(
                took(lambda client=client, url=url: client.get(url)) for _ in range(7)
            )
        transaction.set_rollback(True)
    report.record(report.Line("rounds", f"a round for {people:,} people is made", None, seconds, 10.0, NOTE))
    for what, page in found.items():
        report.record(report.Line("rounds", f"the same: {what}", None, page, 1.0))
