"""What a county decides for itself: from a day on, by a document, and the old value keeps its dates."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import LogEntry
from tests.cast import make_cast, make_person, signed_in
from visits.core import settings
from visits.core.models import UnitSetting
from visits.core.options import OPTIONS, option, option_of
from visits.core.settings import CannotDecide
from visits.core.values import BadValue, clean, words

TODAY = date(2026, 11, 24)
AT = timezone.make_aware(datetime(2026, 11, 24, 9, 12))
FIRST = date(2027, 1, 1)


def decide(
    cast, value=75, starts_on=FIRST, *, by=None, key="min_age_old_alone", document_no="永民〔2026〕31号"
):
    return settings.decide(
        region_id=cast.county.pk, key=key, value=value, starts_on=starts_on, document_no=document_no,
        by=by or cast.county_officer, at=AT,
    )  # fmt: skip


def test_a_decision_holds_from_its_day_and_the_old_one_to_the_day_before(cast) -> None:
    decide(cast)
    assert option("min_age_old_alone", cast.village, FIRST - timedelta(days=1)) == 80
    assert option("min_age_old_alone", cast.village, FIRST) == 75
    assert option("min_age_old_alone", cast.other_county_village, FIRST) == 80
    decide(cast, 70, date(2027, 7, 1))
    rows = list(UnitSetting.objects.order_by("starts_on").values_list("value", "starts_on", "ends_on"))
    assert rows == [(75, FIRST, date(2027, 6, 30)), (70, date(2027, 7, 1), None)]
    row = LogEntry.objects.filter(action="setting_decided").first()
    assert row.detail["key"] == "min_age_old_alone"


def test_of_a_row_with_unit_columns_the_nearest_decision_is_the_same(cast) -> None:
    person = make_person(cast)
    for unit in (cast.city, cast.county, cast.township, cast.village):
        UnitSetting.objects.create(
            region=unit, key="soon_days", value=unit.level, starts_on=TODAY, ends_on=TODAY
        )
        for on in (TODAY - timedelta(days=1), TODAY, FIRST):
            assert option_of("soon_days", person, on) == option("soon_days", cast.village, on), (unit, on)
    assert option_of("soon_days", person, TODAY) == cast.village.level


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"starts_on": TODAY}, "从明天"), ({"starts_on": date(2029, 1, 1)}, "太远"), ({"document_no": ""}, "文号"),
        ({"value": 80}, "和现在的一样"), ({"key": "go_live"}, "不在这里定"), ({"key": "nonsense"}, "不在这里定"),
    ],
)  # fmt: skip
def test_what_cannot_be_decided_says_why(cast, change, says) -> None:
    with pytest.raises(CannotDecide, match=says):
        decide(cast, **change)
    assert not UnitSetting.objects.exists()


def test_a_decision_that_is_to_come_is_not_overtaken(cast) -> None:
    decide(cast)
    with pytest.raises(CannotDecide, match="已经定好从2027年1月1日起改"):
        decide(cast, 70, date(2026, 12, 1))
    with pytest.raises(CannotDecide, match="和已经定的一样"):
        decide(cast, 75, date(2027, 7, 1))


def test_only_the_county_itself_decides(cast) -> None:
    for user in (cast.township_clerk, cast.neighbour, cast.city_business):
        with pytest.raises(CannotDecide, match="您这里改不了"):
            decide(cast, by=user)


def test_the_database_wants_who_and_when_together(cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        UnitSetting.objects.create(region=cast.county, key="x", value=1, starts_on=TODAY, decided_at=AT)


@pytest.mark.parametrize("key", [key for key, one in OPTIONS.items() if one.kind])
def test_every_default_is_a_value_that_may_be_typed(key) -> None:
    one = OPTIONS[key]
    typed = (
        {"first": one.default[0], "last": one.default[1]}
        if one.kind == "season"
        else {"value": str(one.default)}
    )
    assert clean(one, typed) == one.default
    assert words(one, one.default)
    assert one.part


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("min_age_old_alone", {"value": "59"}), ("min_age_old_alone", {"value": "91"}), ("min_age_old_alone", {"value": "八十"}),
        ("children_place", {"value": "moon"}), ("title_liaison", {"value": ""}), ("title_liaison", {"value": "<b>"}),
        ("winter", {"first": "12-32", "last": "02-29"}), ("winter", {"first": "冬至", "last": "02-29"}),
    ],
)  # fmt: skip
def test_a_value_out_of_range_is_refused(key, typed) -> None:
    with pytest.raises(BadValue):
        clean(OPTIONS[key], typed)


@pytest.mark.django_db
def test_the_page_says_today_s_value_and_keeps_what_was_typed() -> None:
    cast = make_cast(timezone.localdate())
    client = signed_in(cast.county_officer)
    text = client.get(reverse("visits_core:settings")).content.decode()
    assert "永泰县的规定" in text
    assert "没有定过，按全市的" in text
    url = reverse("visits_core:setting_edit") + "?key=min_age_old_alone"
    bad = client.post(url, {"value": "40", "starts_on": "2099-01-01", "document_no": "永民12号"})
    assert bad.status_code == 422
    assert "请填60到90的整数" in bad.content.decode()
    assert "永民12号" in bad.content.decode()
    day = (cast.on + timedelta(days=10)).isoformat()
    assert client.post(url, {"value": "75", "starts_on": day, "document_no": "永民12号"}).status_code == 302
    text = client.get(reverse("visits_core:settings")).content.decode()
    assert "75岁（永民12号）" in text.replace("起改为", "")


@pytest.mark.django_db
def test_the_city_looks_at_every_county_and_changes_nothing() -> None:
    cast = make_cast(timezone.localdate())
    client = signed_in(cast.city_supervisor)
    text = client.get(reverse("visits_core:settings") + f"?unit={cast.other_county.pk}").content.decode()
    assert f"{cast.other_county.name}的规定" in text
    assert "setting" not in [part for part in text.split('href="') if "edit?key" in part]
    assert client.get(reverse("visits_core:setting_edit") + "?key=winter").status_code == 403
