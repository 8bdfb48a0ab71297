"""二-G4: a class of a later document is data: at once in forms, lists, filters and in what is owed."""

from datetime import date, datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.cast import make_cast, make_person, signed_in
from visits.roster import selectors, services
from visits.roster.imports.known import context_of
from visits.roster.models import CareGroup, Membership, Review, RosterImport
from visits.roster.services import CannotChange
from visits.schedule import services as schedule
from visits.schedule.due import HOME_MODES, MODES, OTHER_MODES
from visits.schedule.models import DueItem, FrequencyRule
from xunfang.kit import excel

TODAY = date(2026, 11, 24)
AT = timezone.make_aware(datetime(2026, 11, 24, 9, 12))
BODY = {
    "name": "失能老年人", "short": "失能", "clause": "探访关爱二（一）", "document_no": "民发〔2022〕73号", "tier": "general",
    "min_age": "60", "words": "失能老人、失能", "visible_from": "village", "kind": "month", "modes": list(OTHER_MODES),
    "starts_on": "2026-01-01",
}  # fmt: skip


def add(cast, **values):
    call = {
        "kind": "month", "modes": list(MODES), "min_home": 0, "starts_on": date(2026, 1, 1), "document_no": "民发〔2022〕73号",
        "name": "失能老年人", "short": "失能", "clause": "二", "tier": "general", "words": ["失能老人"], "visible_from": "village",
        "min_age": 60, **values,
    }  # fmt: skip
    return schedule.add_group(by=cast.city_business, at=AT, **call)


def test_a_monthly_class_that_was_added_by_page_makes_monthly_visits(cast) -> None:
    body = BODY | {"words": "失能老人"}
    answer = signed_in(cast.city_business).post(reverse("visits_schedule:groups"), body)
    assert answer.status_code == 302, answer.content.decode()
    group = CareGroup.objects.get(short="失能")
    person = make_person(cast, groups=())
    services.add_membership(
        person_id=person.pk, group_id=group.pk, starts_on=date(2026, 9, 1), by=cast.township_clerk, at=AT
    )
    DueItem.objects.all().delete()
    schedule.refresh(person_ids=[person.pk], on=TODAY)
    rows = DueItem.objects.filter(person=person).counting()
    assert [(row.period_start, row.due_on, row.rule.kind) for row in rows] == [
        (date(2026, 11, 1), date(2026, 11, 30), "month")
    ]


def test_it_is_in_forms_filters_lists_and_the_template_at_once(cast, tmp_path) -> None:
    group = add(cast)
    assert group in selectors.care_groups(cast.township_clerk)
    batch = RosterImport(
        township_id=cast.township.pk, county_id=cast.county.pk, month=TODAY, default_start=TODAY
    )
    context = context_of(batch, TODAY)
    assert context.words["失能老人"].code == group.pk
    assert context.groups[group.pk].min_age == 60
    client = signed_in(cast.township_clerk)
    answer = client.get(reverse("visits_roster:import_template"))
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert any("失能" in line for sheet in excel.read(content) for line in sheet.rows)
    assert "失能" in client.get(reverse("visits_roster:people")).content.decode()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "低保"}, "已经是"), ({"short": "五保"}, "已经是"), ({"words": ["留守儿童"]}, "已经是"),
        ({"tier": "key", "kind": "half"}, "不能放宽"), ({"min_age": 70, "max_age": 60}, "下限大于上限"),
    ],
)  # fmt: skip
def test_what_would_confuse_lists_or_loosen_the_floor_is_refused(cast, change, says) -> None:
    before = CareGroup.objects.count()
    with pytest.raises(CannotChange, match=says):
        add(cast, **change)
    assert (CareGroup.objects.count(), FrequencyRule.objects.exclude(group=None).count()) == (before, 0)


def test_whoever_is_seen_face_to_face_was_visited_whatever_the_class_asks_for(cast) -> None:
    group = add(cast, modes=["phone"], min_home=1)
    assert set(FrequencyRule.objects.get(group=group).modes) == HOME_MODES | {"phone"}


def test_closing_a_class_drops_nobody_and_asks_about_everybody(cast) -> None:
    group = add(cast)
    person = make_person(cast, groups=(group.pk,))
    asked = schedule.close_group(
        code=group.pk, ends_on=TODAY, document_no="民发1号", by=cast.city_business, at=AT
    )
    assert asked == 1
    assert Membership.objects.get(person=person).ends_on is None
    assert Review.objects.get(person=person).detail["closed"] is True
    assert group not in selectors.care_groups(cast.township_clerk)
    assert FrequencyRule.objects.get(group=group).ends_on == TODAY
    with pytest.raises(CannotChange, match="没有这个类别"):
        services.add_membership(
            person_id=make_person(cast, groups=()).pk, group_id=group.pk, starts_on=TODAY, by=cast.township_clerk, at=AT
        )  # fmt: skip


def test_the_nine_classes_stay(cast) -> None:
    with pytest.raises(CannotChange, match="九类不能停用"):
        schedule.close_group(code="dibao", ends_on=TODAY, document_no="x", by=cast.city_business, at=AT)


def test_only_the_city_s_business_office_adds_classes(cast) -> None:
    with pytest.raises(CannotChange, match="市级业务管理员"):
        schedule.add_group(
            by=cast.county_head, at=AT, kind="month", modes=["home"], min_home=0, starts_on=TODAY, document_no="x",
            name="甲", short="乙", clause="丙", tier="general", words=[], visible_from="village",
        )  # fmt: skip


@pytest.mark.django_db
def test_nothing_typed_is_lost_when_a_name_is_taken() -> None:
    cast = make_cast(timezone.localdate())
    answer = signed_in(cast.city_business).post(
        reverse("visits_schedule:groups"), BODY | {"name": "低保", "short": "低边"}
    )
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "已经是“低保”的叫法" in text
    assert 'value="低边"' in text
