"""Files are opened, kept, shared and closed: each event, each refusal, the audit row."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone
from guardian.shortcuts import get_perms

from accounts.models import LogEntry, Post
from accounts.scoping import duty_of
from tests.cast import id_number, make_person, make_user
from visits.core.idnumber import parse
from visits.roster import services
from visits.roster.models import Grant, Household, Membership, Person
from visits.roster.services import (
    AlreadyOnFile,
    CannotChange,
    Conflict,
    Details,
    NeedsConfirmation,
)
from visits.roster.services.people import values_of

TODAY = date(2026, 11, 24)
AT = timezone.make_aware(datetime(2026, 11, 24, 9, 12))


def details(cast, birth=date(1943, 5, 6), number=None, **values) -> Details:
    checked = parse(number or id_number(birth), TODAY)
    given = {"phone": "13900001127", **values}
    return Details(
        name=given.pop("name", "鄢依仙"),
        number=checked,
        sex=checked.sex,
        birth_date=checked.birth_date,
        village_id=given.pop("village_id", cast.village.pk),
        **given,
    )


def add(cast, **values) -> Person:
    group = values.pop("group_id", "dibao")
    starts = values.pop("starts_on", date(2026, 10, 1))
    confirmed = values.pop("confirmed", ())
    return services.add_person(
        details=details(cast, **values),
        group_id=group,
        starts_on=starts,
        by=cast.township_clerk,
        at=AT,
        confirmed=confirmed,
    )


@pytest.fixture
def told():
    """What the rooms above are told."""
    heard: list[list[int]] = []
    services.after_people_change.append(heard.append)
    yield heard
    services.after_people_change.remove(heard.append)


def test_a_new_file_has_a_number_that_says_nothing_and_initials_to_search_by(cast, told) -> None:
    one, two = add(cast), add(cast, name="陈桂香")
    assert one.file_no == "永泰-000001"
    assert two.file_no == "永泰-000002"
    assert one.initials == "yyx"
    assert one.tail_words == f"尾号{one.id_number[-4:]}"
    assert (one.county_id, one.township_id) == (cast.county.pk, cast.township.pk)
    assert [m.group_id for m in one.memberships.all()] == ["dibao"]
    assert told == [[one.pk], [two.pk]]
    entry = LogEntry.objects.get(action="person_added", object_id=str(one.uuid))
    assert entry.detail == {"group": "dibao", "accepted": []}
    assert one.id_number not in str(entry.detail)


def test_sex_and_birth_follow_the_id(cast) -> None:
    number = id_number(date(1950, 1, 2), "M")
    person = add(cast, number=number)
    assert (person.sex, person.birth_date) == ("M", date(1950, 1, 2))


def test_without_an_id_there_is_a_temporary_number_until_it_is_known(cast) -> None:
    person = services.add_person(
        details=Details("阿妹", None, "F", date(1943, 5, 6), cast.village.pk, phone="13900001127"),
        group_id="dibao", starts_on=TODAY, by=cast.township_clerk, at=AT,
    )  # fmt: skip
    assert person.temporary_no == "永泰临-0001"
    services.edit_person(
        person_id=person.pk, version=1, details=details(cast, name="阿妹"), by=cast.township_clerk, at=AT
    )
    person.refresh_from_db()
    assert person.temporary_no is None
    assert person.id_number is not None


def test_the_same_id_opens_the_file_that_is_there(cast) -> None:
    number = id_number(date(1943, 5, 6))
    first = add(cast, number=number)
    with pytest.raises(AlreadyOnFile) as caught:
        add(cast, number=number)
    assert caught.value.person == first
    assert Person.objects.count() == 1


def test_the_same_id_elsewhere_says_whom_to_ask_and_nothing_of_the_person(cast) -> None:
    cast.other_county.duty_phone = "059187654321"
    cast.other_county.save()
    far = make_person(cast, name="绝不能看见", village=cast.other_county_village)
    with pytest.raises(CannotChange) as caught:
        add(cast, number=far.id_number)
    assert not isinstance(caught.value, AlreadyOnFile)
    assert "请联系鼓楼区民政局（059187654321）核对" in str(caught.value)
    assert "绝不能看见" not in str(caught.value)
    near = make_person(cast, name="邻镇的人", village=_village_of(cast.other_township))
    with pytest.raises(CannotChange, match=f"请联系{cast.other_township.name}民政办"):
        add(cast, number=near.id_number)


def _village_of(township):
    return township.children.order_by("position").first()


def test_a_village_of_another_township_is_refused(cast) -> None:
    with pytest.raises(CannotChange, match="这个村不归您这里管"):
        add(cast, village_id=cast.other_county_village.pk)


def test_only_the_clerk_writes(cast) -> None:
    person = make_person(cast)
    for user in (cast.county_officer, cast.village_head, cast.neighbour):
        with pytest.raises(CannotChange):
            services.edit_person(person_id=person.pk, version=1, details=details(cast), by=user, at=AT)


def test_an_age_that_does_not_fit_is_refused_and_nothing_is_made(cast) -> None:
    with pytest.raises(CannotChange, match="年龄不符，请选其他类别"):
        add(cast, birth=date(1960, 5, 6), group_id="old_alone")
    assert not Person.objects.exists()
    assert not Household.objects.exists()


def test_alone_in_a_household_of_others_wants_a_tick(cast) -> None:
    add(cast, name="林依妹", head_name="林依妹", certificate_no="闽1")
    with pytest.raises(NeedsConfirmation) as caught:
        add(cast, name="陈桂香", head_name="林依妹", certificate_no="闽1", lives_alone=True)
    assert "林依妹" in caught.value.warnings["alone"]
    person = add(
        cast, name="陈桂香", head_name="林依妹", certificate_no="闽1", lives_alone=True, confirmed=["alone"]
    )
    assert person.household.members.count() == 2
    assert LogEntry.objects.get(object_id=str(person.uuid)).detail["accepted"] == ["alone"]


def test_nobody_to_call_wants_a_tick(cast) -> None:
    with pytest.raises(NeedsConfirmation) as caught:
        add(cast, phone="")
    assert list(caught.value.warnings) == ["no_phone"]
    add(cast, phone="", contact_phone="13900001128")
    add(cast, phone="", confirmed=["no_phone"])


def test_an_edit_raises_the_version_and_the_second_editor_gets_both(cast, told) -> None:
    person = add(cast)
    fresh = services.edit_person(
        person_id=person.pk, version=1,
        details=details(cast, number=person.id_number, hamlet="上坂"), by=cast.township_clerk, at=AT,
    )  # fmt: skip
    assert fresh.version == 2
    with pytest.raises(Conflict) as caught:
        services.edit_person(
            person_id=person.pk, version=1,
            details=details(cast, number=person.id_number, hamlet="下坂"), by=cast.township_clerk, at=AT,
        )  # fmt: skip
    assert caught.value.person.hamlet == "上坂"
    entry = LogEntry.objects.get(action="person_edited")
    assert entry.detail["fields"] == ["hamlet"]


def test_an_edit_that_changes_nothing_writes_nothing(cast) -> None:
    person = add(cast)
    before = values_of(person)
    same = services.edit_person(
        person_id=person.pk, version=1,
        details=details(cast, number=person.id_number), by=cast.township_clerk, at=AT,
    )  # fmt: skip
    assert values_of(same) == before
    assert same.version == 1
    assert not LogEntry.objects.filter(action="person_edited").exists()


def test_an_edit_keeps_the_id_when_none_is_typed_and_refuses_one_that_is_taken(cast) -> None:
    person, other = add(cast), add(cast, name="陈桂香")
    kept = services.edit_person(
        person_id=person.pk, version=1,
        details=Details("新名字", None, "F", person.birth_date, cast.village.pk, phone="13900001127"),
        by=cast.township_clerk, at=AT,
    )  # fmt: skip
    assert kept.id_number == person.id_number
    with pytest.raises(AlreadyOnFile):
        services.edit_person(
            person_id=person.pk, version=2,
            details=details(cast, number=other.id_number), by=cast.township_clerk, at=AT,
        )  # fmt: skip


def test_a_household_stays_one_when_its_people_are_saved_again(cast) -> None:
    person = add(cast, head_name="林依妹")
    for version, certificate in ((1, ""), (1, "闽9"), (2, "闽9")):
        services.edit_person(
            person_id=person.pk, version=version,
            details=details(cast, number=person.id_number, head_name="林依妹", certificate_no=certificate),
            by=cast.township_clerk, at=AT,
        )  # fmt: skip
        person.refresh_from_db()
    assert Household.objects.count() == 1
    assert Household.objects.get().certificate_no == "闽9"
    assert person.version == 2


def test_a_visitor_corrects_how_to_reach_somebody_and_the_correction_is_marked(cast, told) -> None:
    person = make_person(cast, phone="13900001111")
    values = {name: "" for name in services.people.VISITOR_FIELDS}
    values |= {"phone": "13900002222", "mind": "耳背，敲门要重"}
    services.edit_contact(person_id=person.pk, version=1, values=values, by=cast.visitor, at=AT)
    person.refresh_from_db()
    assert (person.phone, person.mind) == ("13900002222", "耳背，敲门要重")
    assert person.corrected == ["phone"]
    assert LogEntry.objects.get(action="person_contact_corrected").role == "visitor"
    # Nothing that is owed hangs on a telephone; where somebody lives says who goes there.
    assert told == []
    values["hamlet"] = "上洋"
    services.edit_contact(person_id=person.pk, version=2, values=values, by=cast.visitor, at=AT)
    assert told == [[person.pk]]


def test_a_visitor_corrects_only_the_own_people(cast) -> None:
    person = make_person(cast, assignee=cast.village_head)
    values = {name: "x" for name in services.people.VISITOR_FIELDS}
    with pytest.raises(CannotChange):
        services.edit_contact(person_id=person.pk, version=1, values=values, by=cast.visitor, at=AT)


def test_into_a_second_group_and_out_of_it(cast, told) -> None:
    person = make_person(cast, lives_alone=True)
    row = services.add_membership(
        person_id=person.pk, group_id="old_alone", starts_on=TODAY, by=cast.township_clerk, at=AT
    )
    with pytest.raises(CannotChange, match="已经在"):
        services.add_membership(
            person_id=person.pk, group_id="old_alone", starts_on=TODAY, by=cast.township_clerk, at=AT
        )
    services.end_membership(
        membership_id=row.pk, ends_on=TODAY, reason="不再独居", by=cast.township_clerk, at=AT
    )
    row.refresh_from_db()
    assert (row.ends_on, row.end_reason) == (TODAY, "不再独居")
    with pytest.raises(CannotChange, match="已经结束"):
        services.end_membership(
            membership_id=row.pk, ends_on=TODAY, reason="x", by=cast.township_clerk, at=AT
        )
    person.refresh_from_db()
    assert person.version == 3
    assert len(told) == 2


@pytest.mark.parametrize(
    ("ends_on", "reason", "word"),
    [
        (TODAY, "", "为什么"),
        (date(2019, 12, 31), "停发", "早于开始"),
        (TODAY + timedelta(days=400), "停发", "太远"),
    ],
)
def test_an_end_needs_a_reason_and_a_day_that_can_be(cast, ends_on, reason, word) -> None:
    row = make_person(cast).memberships.get()
    with pytest.raises(CannotChange, match=word):
        services.end_membership(
            membership_id=row.pk, ends_on=ends_on, reason=reason, by=cast.township_clerk, at=AT
        )


def test_a_membership_by_mistake_stays_marked_and_never_counted(cast) -> None:
    row = make_person(cast).memberships.get()
    services.void_membership(membership_id=row.pk, reason="录错人", by=cast.township_clerk, at=AT)
    assert not Membership.objects.live(TODAY).exists()
    assert Membership.objects.get().void_reason == "录错人"


def test_memberships_of_another_township_are_out_of_reach(cast) -> None:
    row = make_person(cast, village=cast.other_county_village).memberships.get()
    with pytest.raises(CannotChange):
        services.end_membership(
            membership_id=row.pk, ends_on=TODAY, reason="x", by=cast.township_clerk, at=AT
        )


def test_a_death_is_one_action_of_the_visitor_and_can_be_taken_back(cast, told) -> None:
    person = make_person(cast)
    services.mark_left(person_id=person.pk, status="dead", on=date(2026, 11, 20), by=cast.visitor, at=AT)
    person.refresh_from_db()
    assert (person.status, person.left_on) == ("dead", date(2026, 11, 20))
    assert not Person.objects.on_roster().exists()
    assert told == [[person.pk]]
    with pytest.raises(CannotChange, match="已经登记过去世"):
        services.mark_left(person_id=person.pk, status="departed", on=TODAY, by=cast.visitor, at=AT)
    services.undo_left(person_id=person.pk, by=cast.township_clerk, at=AT)
    person.refresh_from_db()
    assert (person.status, person.left_on, person.version) == ("live", None, 3)
    with pytest.raises(CannotChange, match="不用撤销"):
        services.undo_left(person_id=person.pk, by=cast.township_clerk, at=AT)
    assert told == [[person.pk], [person.pk]]


@pytest.mark.parametrize(
    ("status", "on", "word"),
    [
        ("dead", date(2026, 11, 25), "晚于今天"),
        ("dead", date(1943, 5, 5), "早于出生"),
        ("live", TODAY, "去世还是迁出"),
    ],
)
def test_a_death_that_cannot_be_is_refused(cast, status, on, word) -> None:
    person = make_person(cast)
    with pytest.raises(CannotChange, match=word):
        services.mark_left(person_id=person.pk, status=status, on=on, by=cast.township_clerk, at=AT)


def test_a_stranger_cannot_mark_anybody(cast) -> None:
    person = make_person(cast)
    with pytest.raises(CannotChange):
        services.mark_left(person_id=person.pk, status="dead", on=TODAY, by=cast.neighbour, at=AT)


def _share(cast, person, to, until=date(2026, 12, 31), reason="一起上门") -> Grant:
    return services.share(
        person_id=person.pk, to_id=to.pk, reason=reason, until=until, by=cast.township_clerk, at=AT
    )


def test_a_shared_file_opens_for_that_officer_alone_and_closes_again(cast) -> None:
    person, other = make_person(cast), make_person(cast, name="另一个")
    grant = _share(cast, person, cast.neighbour)
    seen = Person.objects.visible_to(cast.neighbour)
    assert list(seen) == [person]
    assert get_perms(cast.neighbour, person) == ["assist_person"]
    assert get_perms(cast.neighbour, other) == []
    services.end_share(grant_id=grant.pk, by=cast.township_clerk, at=AT)
    assert not Person.objects.visible_to(cast.neighbour).exists()
    assert get_perms(cast.neighbour, person) == []
    actions = LogEntry.objects.filter(object_id=str(person.uuid)).values_list("action", flat=True)
    assert set(actions) == {"person_shared", "person_share_ended"}


def test_a_share_that_ran_out_closes_by_its_day_and_the_nightly_task_takes_the_mirror_away(cast) -> None:
    person = make_person(cast)
    _share(cast, person, cast.neighbour, until=TODAY)
    duty_of(cast.neighbour, TODAY + timedelta(days=1))
    assert not Person.objects.visible_to(cast.neighbour).exists()
    assert services.expire_grants(on=TODAY, at=AT) == 0
    assert services.expire_grants(on=TODAY + timedelta(days=1), at=AT) == 1
    assert services.expire_grants(on=TODAY + timedelta(days=1), at=AT) == 0
    assert get_perms(cast.neighbour, person) == []


def test_after_it_ran_out_a_file_can_be_shared_again_without_waiting_for_the_night(cast) -> None:
    person = make_person(cast)
    _share(cast, person, cast.neighbour, until=TODAY)
    cast.refresh(TODAY + timedelta(days=1))
    _share(cast, person, cast.neighbour)
    assert Grant.objects.filter(ended_at=None).count() == 1


@pytest.mark.parametrize(
    ("who", "reason", "until", "word"),
    [
        ("neighbour", "", TODAY, "为什么"),
        ("neighbour", "x", date(2026, 11, 23), "已经过了"),
        ("neighbour", "x", date(2028, 1, 1), "最长一年"),
        ("nobody", "x", TODAY, "没有任职"),
        ("township_clerk", "x", TODAY, "自己"),
        ("village_head", "x", TODAY, "本来就看得到"),
    ],
)
def test_a_share_that_makes_no_sense_is_refused(cast, who, reason, until, word) -> None:
    person = make_person(cast)
    with pytest.raises(CannotChange, match=word):
        _share(cast, person, cast.users[who], until, reason)


def test_a_second_share_with_the_same_officer_is_refused(cast) -> None:
    person = make_person(cast)
    _share(cast, person, cast.neighbour)
    with pytest.raises(CannotChange, match="已经请这位同志"):
        _share(cast, person, cast.neighbour)


def test_an_officer_is_called_by_number_and_only_while_in_post(cast) -> None:
    assert services.officer_called("13800000201", TODAY) == cast.neighbour
    gone = make_user("走了的", "13800000301", "visitor", cast.village, ends_on=date(2026, 11, 23))
    assert Post.objects.filter(user=gone).exists()
    for key in ("13800000301", "13800000202", "", "x"):
        with pytest.raises(CannotChange):
            services.officer_called(key, TODAY)
