"""The file beside the person: sections and rows, what a village never reads, what only a clerk may undo."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import LogEntry, Region
from accounts.scoping import duty_of
from tests.cast import make_cast, make_person, signed_in
from visits.core.idnumber import parse_disability
from visits.roster import services
from visits.roster.models import (
    Benefit,
    CareGroup,
    DisabilityCertificate,
    Membership,
    NearRelative,
    Person,
    Relative,
    Review,
)
from visits.roster.selectors import OTHER, groups_of, labels_of, people, readable_groups
from visits.roster.services import CannotChange, Conflict, NeedsConfirmation
from visits.roster.services.filing import edit_section
from visits.roster.services.guarded import void_file
from visits.roster.units import BadPlace, find_unit, full_name
from visits.schedule import selectors as due
from visits.schedule import services as schedule
from visits.schedule.models import DueItem, FrequencyRule

TODAY = date(2026, 11, 24)
AT = timezone.make_aware(datetime(2026, 11, 24, 9, 12))
RELATIVE = {
    "kind": "child", "name": "林国华", "relation": "儿子", "birth_year": 1975, "phone": "", "where": "away", "place": "深圳",
    "disability_kind": None, "disability_grade": None, "document_no": "", "unable": False,
}  # fmt: skip


@pytest.fixture
def person(cast):
    return make_person(cast, groups=("old_alone",), birth=date(1940, 5, 6), lives_alone=True)


def add(cast, what, person, /, by=None, **values):
    if what == "relative":
        values = RELATIVE | values
    return services.add_row(
        kind=what, person_id=person.pk, values=values, by=by or cast.township_clerk, at=AT
    )


# ── sections ─────────────────────────────────────────────────────────────────────────────────────


def test_a_section_is_saved_with_its_log_and_marks_what_a_list_must_leave_alone(cast, person) -> None:
    values = {
        "registered_address": "月洲村12号", "residence": "樟城镇南门路3号", "hamlet": "祠堂边", "find_me": "红木门",
        "residence_region_id": cast.other_township.pk,
    }  # fmt: skip
    edit_section(
        person_id=person.pk, version=1, section="places", values=values, by=cast.township_clerk, at=AT
    )
    person.refresh_from_db()
    assert person.residence_region == cast.other_township
    assert person.corrected == ["residence", "hamlet", "find_me"]
    row = LogEntry.objects.get(action="file_section_edited")
    assert row.detail["section"] == "places"
    assert "南门路" not in str(row.detail)


def test_who_saved_meanwhile_is_not_overwritten(cast, person) -> None:
    values = {"informed_on": TODAY, "informed_how": "paper", "family_notice": "yes"}
    call = {"person_id": person.pk, "version": 1, "section": "notice", "by": cast.township_clerk, "at": AT}
    edit_section(values=values, **call)
    with pytest.raises(Conflict):
        edit_section(values=values | {"family_notice": "no"}, **call)
    person.refresh_from_db()
    assert person.family_notice == "yes"


@pytest.mark.parametrize(
    ("section", "values", "field"),
    [
        ("notice", {"informed_on": TODAY, "informed_how": "", "family_notice": ""}, "informed_how"),
        ("notice", {"informed_on": None, "informed_how": "paper", "family_notice": ""}, "informed_on"),
        ("notice", {"informed_on": TODAY + timedelta(days=1), "informed_how": "paper", "family_notice": ""}, "informed_on"),
        ("care", {"care_arrangement": "侄女", "care_review_on": TODAY, "institution": "", "institution_phone": "", "mind": ""}, "care_review_on"),
        ("care", {"care_arrangement": "", "care_review_on": date(2027, 1, 1), "institution": "", "institution_phone": "", "mind": ""}, "care_arrangement"),
    ],
)  # fmt: skip
def test_a_section_that_cannot_be_is_refused_at_its_field(cast, person, section, values, field) -> None:
    with pytest.raises(CannotChange) as refusal:
        edit_section(
            person_id=person.pk, version=1, section=section, values=values, by=cast.township_clerk, at=AT
        )
    assert refusal.value.field == field


def test_only_the_clerk_of_the_place_keeps_the_file(cast, person) -> None:
    for user in (cast.visitor, cast.county_officer, cast.neighbour):
        with pytest.raises(CannotChange, match="不归您这里管"):
            add(cast, "benefit", person, by=user, kind="dibao", starts_on=TODAY, ends_on=None, amount=1,
                document_no="", note="")  # fmt: skip
    assert not Benefit.objects.exists()


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_visits_may_note_somebody_to_call_and_nobody_else(cast, person) -> None:
    add(cast, "relative", person, by=cast.visitor, kind="contact", relation="邻居")
    with pytest.raises(CannotChange, match="不归您这里管"):
        add(cast, "relative", person, by=cast.visitor, kind="guardian")
    assert list(Relative.objects.values_list("kind", flat=True)) == ["contact"]


def test_a_second_tap_enters_nothing(cast, person) -> None:
    add(cast, "relative", person)
    with pytest.raises(CannotChange, match="已经登记过"):
        add(cast, "relative", person)


def test_a_guardian_who_is_a_child_is_refused(cast, person) -> None:
    with pytest.raises(CannotChange, match="监护人不满18岁") as refusal:
        add(cast, "relative", person, kind="guardian", birth_year=2010)
    assert refusal.value.field == "birth_year"


def test_a_row_is_put_right_and_voided_never_deleted(cast, person) -> None:
    row = add(cast, "relative", person)
    person.refresh_from_db()
    services.edit_row(
        kind="relative", row_id=row.pk, version=person.version, values=RELATIVE | {"where": "city"},
        by=cast.township_clerk, at=AT,
    )  # fmt: skip
    row.refresh_from_db()
    assert row.where == "city"
    with pytest.raises(Conflict):
        services.edit_row(
            kind="relative", row_id=row.pk, version=person.version, values=RELATIVE, by=cast.township_clerk, at=AT
        )  # fmt: skip
    with pytest.raises(CannotChange, match="为什么作废"):
        services.void_row(kind="relative", row_id=row.pk, reason="", by=cast.township_clerk, at=AT)
    services.void_row(kind="relative", row_id=row.pk, reason="写错了人", by=cast.township_clerk, at=AT)
    row.refresh_from_db()
    assert (row.voided_at, row.void_reason) == (AT, "写错了人")
    with pytest.raises(CannotChange, match="已经作废"):
        services.void_row(kind="relative", row_id=row.pk, reason="x", by=cast.township_clerk, at=AT)


def test_a_certificate_keeps_its_number_like_an_id(cast, person) -> None:
    number = parse_disability(f"{person.id_number}43", person.id_number)
    row = add(cast, "certificate", person, number=number, kind=None, grade=None, valid_until=None)
    assert (row.kind, row.grade) == (4, 3)
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM visits_roster_disabilitycertificate")
        stored = bytes(cursor.fetchone()[0])
    assert person.id_number.encode() not in stored
    with pytest.raises(CannotChange, match="旧证作废"):
        add(cast, "certificate", person, number=None, kind=1, grade=1, valid_until=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        DisabilityCertificate.objects.create(
            person=person, kind=1, grade=1, created_at=AT, created_by=cast.township_clerk
        )


def test_a_certificate_of_another_id_wants_a_tick(cast, person) -> None:
    other = make_person(cast, name="别人")
    number = parse_disability(f"{other.id_number}11", person.id_number)
    values = {"number": number, "kind": None, "grade": None, "valid_until": None}
    with pytest.raises(NeedsConfirmation, match="与身份证号不一样"):
        add(cast, "certificate", person, **values)
    services.add_row(
        kind="certificate", person_id=person.pk, values=values, by=cast.township_clerk, at=AT, confirmed=True
    )


def test_an_official_is_found_by_phone_and_the_village_never_learns_of_it(cast, person) -> None:
    values = {"name": "林永华", "office": "月洲村委会主任", "relation": "堂侄", "filed_on": TODAY}
    with pytest.raises(CannotChange, match="没有找到这个账号"):
        add(cast, "near_relative", person, account="13999999999", **values)
    row = add(cast, "near_relative", person, account=cast.village_head.phone, **values)
    assert row.user == cast.village_head
    for user in (cast.township_clerk, cast.township_head, cast.county_officer, cast.inspector):
        text = signed_in(user).get(reverse("visits_desk:person", args=[person.uuid])).content.decode()
        assert "林永华" in text
    for user in (cast.visitor, cast.village_head, cast.liaison):
        text = signed_in(user).get(reverse("visits_desk:person", args=[person.uuid])).content.decode()
        assert "林永华" not in text
        assert "近亲属" not in text


def test_a_benefit_is_typed_in_yuan_and_kept_in_fen(cast, person) -> None:
    client = signed_in(cast.township_clerk)
    body = {"version": 1, "kind": "dibao", "yuan": "735.50", "starts_on": "2026-01-01"}
    assert client.post(reverse("visits_roster:benefit_new", args=[person.uuid]), body).status_code == 302
    assert Benefit.objects.get().amount == 73550
    assert "每月735.50元" in client.get(reverse("visits_desk:person", args=[person.uuid])).content.decode()
    bad = client.post(reverse("visits_roster:benefit_new", args=[person.uuid]), body | {"yuan": "7三5"})
    assert bad.status_code == 422
    assert "7三5" in bad.content.decode()


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Relative, {"kind": "child", "name": "甲", "disability_kind": 4}),
        (Relative, {"kind": "child", "name": "甲", "voided_at": AT}),
        (Benefit, {"kind": "dibao", "starts_on": TODAY, "ends_on": date(2020, 1, 1)}),
        (NearRelative, {"name": "甲", "office": "乙", "relation": "丙", "filed_on": TODAY, "void_reason": "无故"}),
        (DisabilityCertificate, {"kind": 9, "grade": 1}),
    ],
)  # fmt: skip
def test_the_database_refuses_half_a_row(cast, person, model, values) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(person=person, created_at=AT, created_by=cast.township_clerk, **values)


def test_the_database_refuses_a_report_without_to_whom(cast, person) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(person=person, group_id="minor_alone", starts_on=TODAY, reported_on=TODAY)


# ── classes and the rules ────────────────────────────────────────────────────────────────────────


def test_the_clerk_cannot_put_a_child_alone_into_the_class_without_the_report(cast) -> None:
    child = make_person(cast, groups=(), birth=date(2014, 1, 1), lives_alone=True)
    call = {
        "person_id": child.pk,
        "group_id": "minor_alone",
        "starts_on": TODAY,
        "by": cast.township_clerk,
        "at": AT,
    }
    with pytest.raises(CannotChange, match="立即报告公安和民政"):
        services.add_membership(**call)
    made = services.add_membership(**call, reported_on=TODAY, reported_to="嵩口派出所、镇民政办")
    assert made.reported_to == "嵩口派出所、镇民政办"


def test_a_warning_wants_a_tick_and_stands_in_the_log(cast) -> None:
    person = make_person(cast, groups=(), birth=date(1940, 1, 1), lives_alone=False)
    call = {
        "person_id": person.pk,
        "group_id": "old_alone",
        "starts_on": TODAY,
        "by": cast.township_clerk,
        "at": AT,
    }
    with pytest.raises(NeedsConfirmation):
        services.add_membership(**call)
    services.add_membership(**call, confirmed=["alone"])
    assert LogEntry.objects.get(action="membership_added").detail["accepted"] == ["alone"]


def test_a_county_decides_where_children_may_be(cast) -> None:
    from visits.core.models import UnitSetting

    person = make_person(cast, groups=(), birth=date(1950, 1, 1), lives_alone=True)
    add(cast, "relative", person, where="city")
    call = {
        "person_id": person.pk,
        "group_id": "old_childless",
        "starts_on": TODAY,
        "by": cast.township_clerk,
        "at": AT,
    }
    with pytest.raises(CannotChange, match="本市"):
        services.add_membership(**call)
    UnitSetting.objects.create(region=cast.county, key="children_place", value="county", starts_on=TODAY)
    services.add_membership(**call)


def test_half_a_year_later_is_the_first_look_and_what_was_missing_is_asked(cast) -> None:
    person = make_person(cast, groups=())
    services.add_membership(
        person_id=person.pk, group_id="sudden", starts_on=TODAY, by=cast.township_clerk, at=AT, event="fire",
        event_on=date(2026, 11, 20),
    )  # fmt: skip
    assert person.memberships.get().review_on == date(2027, 5, 20)


# ── who reads which label ────────────────────────────────────────────────────────────────────────


@pytest.fixture
def hidden(cast):
    """Somebody on 低保 and in a class for the township, visited monthly by a rule of its own."""
    group = CareGroup.objects.create(
        code="added_50", name="石榴甲家庭", short="石榴甲", clause="二", tier="general", position=50,
        visible_from="township",
    )  # fmt: skip
    FrequencyRule.objects.create(
        region=cast.city, group=group, kind="month", modes=["home", "phone"], sentence="石榴甲：每月至少一次",
        clause="石榴甲条", position=9, starts_on=date(2020, 1, 1),
    )  # fmt: skip
    person = make_person(cast, name="陈依金", groups=("dibao", "added_50"))
    schedule.refresh(person_ids=[person.pk], on=TODAY)
    return person


def test_a_village_reads_that_there_is_something_else(cast, hidden) -> None:
    for user in (cast.visitor, cast.village_head, cast.liaison, None):
        assert groups_of([hidden.pk], TODAY, user)[hidden.pk] == ["低保", OTHER]
    for user in (cast.township_clerk, cast.township_head, cast.county_officer, cast.inspector):
        assert groups_of([hidden.pk], TODAY, user)[hidden.pk] == ["低保", "石榴甲"]
    Membership.objects.filter(group_id="added_50").update(visible_from="county")
    assert groups_of([hidden.pk], TODAY, cast.township_clerk)[hidden.pk] == ["低保", OTHER]
    assert groups_of([hidden.pk], TODAY, cast.county_officer)[hidden.pk] == ["低保", "石榴甲"]


def test_the_clerk_of_another_place_reads_as_a_village_does(cast, hidden) -> None:
    assert labels_of([hidden.pk], TODAY, cast.neighbour)[hidden.pk].hidden == {"added_50"}


def test_the_label_is_in_no_filter_and_filtering_by_it_finds_nobody(cast, hidden) -> None:
    assert "added_50" not in {group.pk for group in readable_groups(cast.visitor)}
    assert list(people(cast.visitor, TODAY, {"group": "added_50"})) == []
    assert list(people(cast.township_clerk, TODAY, {"group": "added_50"})) == [hidden]
    assert due.due_people(cast.visitor, TODAY, group="added_50") == []
    assert len(due.due_people(cast.township_clerk, TODAY, group="added_50")) == 1


def test_the_reason_of_a_visit_does_not_name_it(cast, hidden) -> None:
    assert DueItem.objects.filter(person=hidden, rule__group_id="added_50").exists()
    rows = due.cards(DueItem.objects.filter(rule__group_id="added_50").with_state(TODAY), TODAY, cast.visitor)
    assert [(row.why, row.clause) for row in rows] == [("其他类别：每月至少一次", "")]
    paper = due.due_people(cast.township_clerk, TODAY, paper=True)
    assert all("石榴甲" not in " ".join([row.why, row.clause, *row.groups]) for row in paper)


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["home", "visits_roster:people", "visits_schedule:due", "visits_schedule:rules",
                                  "visits_desk:prints", "visits_desk:print_blank"])  # fmt: skip
def test_no_page_of_a_village_says_the_label(page) -> None:
    cast = make_cast(timezone.localdate())
    group = CareGroup.objects.create(
        code="added_50", name="石榴甲家庭", short="石榴甲", clause="二", tier="general", position=50,
        visible_from="township", words=["石榴甲"],
    )  # fmt: skip
    FrequencyRule.objects.create(
        region=cast.city, group=group, kind="month", modes=["home"], sentence="石榴甲：每月至少一次",
        clause="石榴甲条", position=9, starts_on=date(2020, 1, 1),
    )  # fmt: skip
    person = make_person(cast, groups=("added_50",))
    schedule.refresh(person_ids=[person.pk], on=cast.on)
    urls = [reverse(page), reverse("visits_desk:person", args=[person.uuid]),
            reverse("visits_desk:print_round", args=[cast.village.pk]),
            reverse("visits_records:visit_new", args=[person.uuid])]  # fmt: skip
    printing = reverse("visits_desk:print_round", args=[cast.village.pk])
    for user in (cast.visitor, cast.village_head, cast.liaison):
        for url in urls:
            client = signed_in(user)
            response = client.post(url, follow=True) if url == printing else client.get(url)
            if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
                assert "石榴甲" not in response.content.decode(), (user.name, url)


def test_a_class_for_the_county_is_given_and_taken_by_the_county(cast) -> None:
    CareGroup.objects.create(
        code="added_51",
        name="县管的一类",
        short="县管",
        clause="二",
        tier="general",
        position=51,
        visible_from="county",
    )
    person = make_person(cast, groups=())
    call = {"person_id": person.pk, "group_id": "added_51", "starts_on": TODAY, "at": AT}
    with pytest.raises(CannotChange, match="县级"):
        services.add_membership(by=cast.township_clerk, **call)
    row = services.add_membership(by=cast.county_officer, **call)
    end = {"membership_id": row.pk, "ends_on": TODAY, "reason": "已脱困", "at": AT}
    with pytest.raises(CannotChange):
        services.end_membership(by=cast.township_clerk, **end)
    services.end_membership(by=cast.county_officer, **end)


def test_a_membership_may_be_stricter_than_its_class_never_looser(cast, hidden) -> None:
    call = {"group_id": "added_50", "starts_on": TODAY, "by": cast.township_clerk, "at": AT}
    with pytest.raises(CannotChange, match="不能放宽"):
        services.add_membership(person_id=make_person(cast, groups=()).pk, visible_from="village", **call)
    person = make_person(cast, groups=())
    services.add_membership(
        person_id=person.pk,
        group_id="tekun",
        starts_on=TODAY,
        by=cast.township_clerk,
        at=AT,
        visible_from="township",
    )
    assert groups_of([person.pk], TODAY, cast.visitor)[person.pk] == [OTHER]


# ── the full number ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_the_number_is_shown_once_for_a_reason_that_is_logged() -> None:
    cast = make_cast(timezone.localdate())
    person = make_person(cast)
    url = reverse("visits_roster:reveal", args=[person.uuid])
    client = signed_in(cast.township_clerk)
    assert person.id_number not in client.get(url).content.decode()
    assert client.post(url, {"reason": "because"}).status_code == 422
    assert not LogEntry.objects.filter(action="id_revealed").exists()
    answer = client.post(url, {"reason": "paper"})
    assert person.id_number in answer.content.decode()
    row = LogEntry.objects.get(action="id_revealed")
    assert (row.actor_id, row.object_id, row.detail) == (
        cast.township_clerk.pk,
        str(person.uuid),
        {"reason": "paper"},
    )
    for user in (cast.visitor, cast.village_head, cast.liaison, cast.township_head):
        assert signed_in(user).post(url, {"reason": "paper"}).status_code == 403
    assert signed_in(cast.neighbour).post(url, {"reason": "paper"}).status_code == 404


@pytest.mark.django_db
def test_the_number_of_a_certificate_is_shown_the_same_way() -> None:
    cast = make_cast(timezone.localdate())
    person, other = make_person(cast), make_person(cast, name="陈另一")
    number = f"{person.id_number}43"
    values = {
        "number": parse_disability(number, person.id_number),
        "kind": None,
        "grade": None,
        "valid_until": None,
    }
    row = add(cast, "certificate", person, **values)
    url = reverse("visits_roster:certificate_reveal", args=[person.uuid, row.pk])
    client = signed_in(cast.township_clerk)
    page = client.get(reverse("visits_desk:person", args=[person.uuid])).content.decode()
    assert url in page
    assert number not in page
    assert number not in client.get(url).content.decode()
    assert client.post(url, {"reason": ""}).status_code == 422
    assert not LogEntry.objects.filter(action="certificate_revealed").exists()
    assert number in client.post(url, {"reason": "match"}).content.decode()
    entry = LogEntry.objects.get(action="certificate_revealed")
    assert (entry.object_id, entry.detail) == (str(person.uuid), {"reason": "match", "certificate": row.pk})
    # Under another person's address it does not exist.
    wrong = reverse("visits_roster:certificate_reveal", args=[other.uuid, row.pk])
    assert client.post(wrong, {"reason": "match"}).status_code == 404
    for user in (cast.visitor, cast.township_head):
        assert (
            url not in signed_in(user).get(reverse("visits_desk:person", args=[person.uuid])).content.decode()
        )
        assert signed_in(user).post(url, {"reason": "match"}).status_code == 403
    assert signed_in(cast.neighbour).post(url, {"reason": "match"}).status_code == 404


def test_a_password_of_long_ago_is_asked_again(cast) -> None:
    from accounts import sessions

    client = signed_in(cast.township_clerk)
    session = client.session
    session[sessions.SURE] = 0
    session.save()
    person = make_person(cast)
    answer = client.post(reverse("visits_roster:reveal", args=[person.uuid]), {"reason": "paper"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/sure")
    assert not LogEntry.objects.filter(action="id_revealed").exists()


# ── a whole file ─────────────────────────────────────────────────────────────────────────────────


def test_a_file_opened_by_mistake_owes_nothing_and_comes_back_whole(cast) -> None:
    person = make_person(cast, groups=("dibao",))
    schedule.refresh(person_ids=[person.pk], on=TODAY)
    assert DueItem.objects.counting().filter(person=person).exists()
    call = {"person_id": person.pk, "by": cast.township_clerk, "at": AT}
    services.void_file(reason="和另一份是同一个人", **call)
    person.refresh_from_db()
    assert (person.status, person.left_on, person.left_reason) == ("voided", TODAY, "和另一份是同一个人")
    assert not DueItem.objects.counting().filter(person=person).exists()
    with pytest.raises(CannotChange, match="由民政办恢复"):
        services.undo_left(person_id=person.pk, by=cast.visitor, at=AT)
    services.undo_void(**call)
    person.refresh_from_db()
    assert person.status == "live"
    assert groups_of([person.pk], TODAY)[person.pk] == ["低保"]
    assert DueItem.objects.counting().filter(person=person).exists()


def test_only_the_clerk_voids_a_file_and_never_without_a_reason(cast, person) -> None:
    for user in (cast.visitor, cast.township_head, cast.county_officer):
        with pytest.raises(CannotChange):
            services.void_file(person_id=person.pk, reason="错", by=user, at=AT)
    with pytest.raises(CannotChange, match="为什么作废"):
        services.void_file(person_id=person.pk, reason="", by=cast.township_clerk, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.filter(pk=person.pk).update(status="voided", left_on=TODAY)


def test_a_signed_visit_holds_the_file(cast) -> None:
    from visits.records.models import Sheet, SheetLine, Signature

    person = make_person(cast)
    sheet = Sheet.objects.create(
        kind="village", period="2026Q3", period_start=date(2026, 7, 1), period_end=date(2026, 9, 30), batch_no=1,
        sign_by=date(2026, 10, 10), county_id=person.county_id, township_id=person.township_id,
        village_id=person.village_id,
    )  # fmt: skip
    SheetLine.objects.create(sheet=sheet, row=1, person=person, exceptional=False, content={})
    services.void_file(person_id=person.pk, reason="建错", by=cast.township_clerk, at=AT)
    services.undo_void(person_id=person.pk, by=cast.township_clerk, at=AT)
    Signature.objects.create(
        sheet=sheet, slot=1, signer=cast.village_head, signed_name="林国清", title="村主任", signed_at=AT, seal=b"x" * 32,
        method="screen",
    )  # fmt: skip
    with pytest.raises(CannotChange, match="已经有人签过字"):
        void_file(person_id=person.pk, reason="建错", by=cast.township_clerk, at=AT)


# ── pages ────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_typed_is_lost_when_somebody_saved_meanwhile(cast, person) -> None:
    client = signed_in(cast.township_clerk)
    url = reverse("visits_roster:file_care", args=[person.uuid])
    Person.objects.filter(pk=person.pk).update(version=2, care_arrangement="邻居陈水莲")
    body = {"version": 1, "care_arrangement": "侄女林秀云", "mind": "进门脱鞋"}
    answer = client.post(url, body)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "侄女林秀云" in text
    assert "邻居陈水莲" in text
    assert 'name="version" value="2"' in text
    assert client.post(url, body | {"version": 2}).status_code == 302


def test_what_is_missing_is_a_way_to_enter_it(cast, person) -> None:
    url = reverse("visits_desk:person", args=[person.uuid])
    text = signed_in(cast.township_clerk).get(url).content.decode()
    assert "还缺：" in text
    assert reverse("visits_roster:file_notice", args=[person.uuid]) in text
    text = signed_in(cast.visitor).get(url).content.decode()
    assert reverse("visits_roster:contact", args=[person.uuid]) in text
    assert reverse("visits_roster:file_notice", args=[person.uuid]) not in text
    assert "还缺：" not in signed_in(cast.county_officer).get(url).content.decode()


@pytest.mark.parametrize(
    ("text", "name"),
    [("嵩口镇月洲村", "永泰县嵩口镇月洲村"), ("永泰县 嵩口镇", "永泰县嵩口镇"), ("福州市永泰县嵩口镇月洲村", "永泰县嵩口镇月洲村"),
     ("嵩口镇", "永泰县嵩口镇")],
)  # fmt: skip
def test_a_place_is_found_as_people_write_it(db, text, name) -> None:
    assert full_name(find_unit(text)) == name


@pytest.mark.parametrize("text", ["没有这个村", "村", "中"])
def test_a_place_that_is_not_one_says_which(db, text) -> None:
    with pytest.raises(BadPlace):
        find_unit(text)


def test_a_name_that_several_have_is_asked_back(db) -> None:
    names = list(Region.objects.filter(level=4, active=True).values_list("name", flat=True))
    twice = next(name for name in sorted(set(names)) if names.count(name) > 1)
    with pytest.raises(BadPlace, match="请写清楚是哪一个") as refusal:
        find_unit(twice)
    assert str(refusal.value).count(twice) > 1


def test_the_page_costs_the_same_for_a_long_file(cast, person) -> None:
    from django.test.utils import CaptureQueriesContext

    client = signed_in(cast.township_clerk)
    url = reverse("visits_desk:person", args=[person.uuid])

    def fill(count: int) -> int:
        for number in range(count):
            add(cast, "relative", person, name=f"林国{count}{number}", birth_year=1970, kind="child")
            add(cast, "benefit", person, kind="other", starts_on=TODAY - timedelta(days=number), ends_on=None,
                amount=100 + number + count, document_no="", note=f"{count}")  # fmt: skip
            Review.objects.create(
                person=person, kind="base_only_here", ref=f"{count}{number}", due_on=TODAY, opened_at=AT
            )
        duty_of(cast.township_clerk, TODAY)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    fill(2)  # the session's first words
    first = fill(1)
    assert fill(9) == first
