"""问题台账: what a visit finds is on it once, with what is done about it until it is settled."""

import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from accounts import handover
from accounts.models import LogEntry
from accounts.scoping import duty_of
from tests.cast import Cast, make_person, make_user, signed_in
from tests.world import evening, visit
from visits.followup import services
from visits.followup.models import Finding, FindingStep
from visits.followup.selectors import findings as selectors
from visits.records.models import Visit
from visits.records.services import submit, void
from visits.roster.models import Membership, Person
from visits.roster.services import CannotChange, merging
from visits.roster.services.departures import mark_left, undo_left

TODAY = date(2026, 11, 24)
AT = evening(TODAY)
OLD = 2  # 线路老化、裸露、私拉


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def found(cast: Cast, person: Person | None = None, on: date = TODAY, **values: int) -> Finding:
    person = person or make_person(cast)
    visit(person, cast.visitor, on, values=values or {"electricity": OLD})
    return Finding.objects.filter(person=person).latest("pk")


def kinds(row: Finding) -> list[str]:
    return list(row.steps.order_by("pk").values_list("kind", flat=True))


def measured(cast: Cast, row: Finding, **changes) -> Finding:
    given = {
        "measure": "换线装漏保",
        "owner_id": None,
        "owner_words": "电工老陈",
        "due_on": TODAY + timedelta(days=6),
    }
    services.set_measure(finding_ids=[row.pk], by=cast.visitor, at=AT, **(given | changes))
    row.refresh_from_db()
    return row


# ── what visits say ──────────────────────────────────────────────────────────────────────────────


def test_what_needs_doing_is_on_the_ledger_in_the_words_of_that_day(cast: Cast) -> None:
    person = make_person(cast)
    visit(
        person,
        cast.visitor,
        TODAY,
        values={"electricity": OLD, "mood": 1},
        notes={"electricity": "厨房的线裸着"},
    )
    row = Finding.objects.get()
    assert (row.person, row.code, row.item, row.words, row.note) == (
        person, "electricity", "用电", "线路老化、裸露、私拉", "厨房的线裸着",
    )  # fmt: skip
    assert (row.state, row.level, row.found_on, row.due_on, row.times) == (
        "open",
        2,
        TODAY,
        TODAY + timedelta(days=7),
        1,
    )
    assert (row.village_id, kinds(row)) == (person.village_id, ["found"])
    assert LogEntry.objects.filter(action="finding_found", object_id=str(row.uuid)).exists()


def test_urgent_is_due_today(cast: Cast) -> None:
    assert found(cast, electricity=3).due_on == TODAY


def test_the_same_thing_seen_again_is_the_same_row_and_may_be_worse(cast: Cast) -> None:
    row = found(cast, on=TODAY - timedelta(days=3))
    visit(row.person, cast.visitor, TODAY, values={"electricity": 3})
    row.refresh_from_db()
    assert (Finding.objects.count(), row.level, row.last_seen_on, row.due_on) == (1, 3, TODAY, TODAY)
    assert kinds(row) == ["found", "seen"]


def test_what_was_settled_and_is_seen_again_is_open_for_the_second_time(cast: Cast) -> None:
    row = found(cast, on=TODAY - timedelta(days=9))
    duty_of(cast.visitor, TODAY)
    services.close(
        finding_id=row.pk,
        note="电工换好了",
        measure="请电工",
        on=TODAY - timedelta(days=5),
        by=cast.visitor,
        at=AT,
    )
    visit(row.person, cast.visitor, TODAY, values={"electricity": OLD})
    row.refresh_from_db()
    assert (Finding.objects.count(), row.state, row.times, row.measure) == (1, "open", 2, "")
    assert kinds(row)[-1] == "reopened"
    assert row.due_on == TODAY + timedelta(days=7)


def test_better_at_a_later_visit_offers_to_settle_it_and_not_seen_does_not(cast: Cast) -> None:
    row = found(cast, on=TODAY - timedelta(days=9))
    visit(
        row.person,
        cast.visitor,
        TODAY - timedelta(days=4),
        values={"electricity": 9},
        reasons={"electricity": "other"},
    )
    row.refresh_from_db()
    assert row.better_on is None
    visit(row.person, cast.visitor, TODAY)
    row.refresh_from_db()
    assert (row.state, row.better_on, kinds(row)) == ("open", TODAY, ["found", "better"])
    record = Visit.objects.filter(person=row.person).latest("visited_on")
    page = signed_in(cast.visitor).get(reverse("visits_records:visit", args=[record.uuid])).content.decode()
    assert "用电：这次看好转了。" in page
    assert reverse("visits_followup:finding", args=[row.uuid]) in page


def test_no_change_is_not_better(cast: Cast) -> None:
    row = found(cast, on=TODAY - timedelta(days=9), income=12)
    visit(row.person, cast.visitor, TODAY)
    row.refresh_from_db()
    assert (row.better_on, kinds(row)) == (None, ["found"])


def test_a_gain_goes_to_the_county_and_not_onto_the_ledger(cast: Cast) -> None:
    visit(
        make_person(cast),
        cast.visitor,
        TODAY,
        values={"income": 2, "property": 2, "family_size": 2},
        report=True,
    )
    assert not Finding.objects.exists()


def test_a_cold_room_and_a_fire_behind_shut_windows_are_on_the_ledger(cast: Cast) -> None:
    person = make_person(cast)
    answers = {"warmth": 2, "heating": [40], "ventilated": 2}
    visit(person, cast.visitor, date(2026, 12, 8), season={"code": "winter", "answers": answers})
    assert set(Finding.objects.values_list("code", "words")) == {
        ("season_warmth", "很冷"), ("season_ventilated", "门窗关着"),
    }  # fmt: skip
    visit(person, cast.visitor, date(2026, 12, 20))
    assert Finding.objects.get(code="season_warmth").better_on == date(2026, 12, 20)
    # nobody burns anything any more
    assert Finding.objects.get(code="season_ventilated").better_on == date(2026, 12, 20)


def test_a_shut_window_where_nothing_is_burnt_is_no_finding(cast: Cast) -> None:
    answers = {"warmth": 0, "heating": [10], "ventilated": 2}
    made = visit(
        make_person(cast), cast.visitor, date(2026, 12, 8), season={"code": "winter", "answers": answers}
    )
    assert not Finding.objects.exists()
    assert made.max_level == 0


def test_what_somebody_can_do_no_longer_alone_is_on_the_ledger_until_they_can(cast: Cast) -> None:
    person = make_person(cast, groups=("tekun",))
    can = dict.fromkeys(("eating", "dressing", "bed", "toilet", "walking", "washing"), True)
    visit(person, cast.visitor, TODAY - timedelta(days=30), self_care=can)
    visit(person, cast.visitor, TODAY - timedelta(days=20), self_care=can | {"washing": False})
    row = Finding.objects.get()
    assert (row.code, row.item, row.words) == ("care_washing", "自己洗澡", "做不了")
    visit(person, cast.visitor, TODAY - timedelta(days=10), self_care=can | {"washing": False})
    visit(person, cast.visitor, TODAY, self_care=can)
    row.refresh_from_db()
    assert kinds(row) == ["found", "seen", "better"]


def test_a_record_that_is_voided_takes_its_finding_with_it(cast: Cast) -> None:
    row = found(cast)
    duty_of(cast.visitor, TODAY)
    void(visit_id=row.visit_id, reason="去的是隔壁", by=cast.visitor, at=AT)
    row.refresh_from_db()
    assert (row.state, kinds(row)) == ("voided", ["found", "voided"])
    assert not selectors.ledger_of(cast.visitor).exists()


def test_a_correction_keeps_what_was_said_about_the_finding(cast: Cast) -> None:
    row = measured(cast, found(cast))
    old = row.visit
    visit(
        row.person,
        cast.visitor,
        TODAY,
        values={"electricity": OLD, "mood": 1},
        replaces=old.uuid,
        void_reason="情绪点错了",
    )
    row.refresh_from_db()
    assert (Finding.objects.count(), row.state, row.measure, row.owner_words) == (
        1,
        "open",
        "换线装漏保",
        "电工老陈",
    )
    assert row.visit != old


def test_one_tap_on_the_next_form_says_how_it_is(cast: Cast) -> None:
    row = measured(cast, found(cast, on=TODAY - timedelta(days=9), mood=2))
    client = signed_in(cast.visitor)
    page = client.get(reverse("visits_records:visit_new", args=[row.person.uuid])).content.decode()
    assert "上次没办好的" in page
    assert "情绪状态：一直低落、常哭、易怒，换线装漏保，电工老陈，11月30日前" in page
    assert f'name="open_{row.uuid.hex}"' in page
    body = {"open_rows": {row.uuid.hex: "not"}}
    visit(row.person, cast.visitor, TODAY - timedelta(days=2), **body)
    row.refresh_from_db()
    assert (row.last_seen_on, row.words, row.better_on) == (
        TODAY - timedelta(days=2),
        "一直低落、常哭、易怒",
        None,
    )
    visit(
        row.person,
        cast.visitor,
        TODAY,
        values={"mood": 9},
        reasons={"mood": "other"},
        open_rows={row.uuid.hex: "done"},
    )
    row.refresh_from_db()
    assert (row.state, row.better_on) == ("open", TODAY)
    assert kinds(row) == ["found", "measure", "seen", "better"]


# ── what is done about it ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"measure": " "}, "measure", "请写怎么处理"),
        ({"owner_words": ""}, "owner_words", "谁来办"),
        ({"due_on": TODAY - timedelta(days=1)}, "due_on", "已经过了"),
    ],
)
def test_a_measure_is_complete_or_refused_at_its_field(cast: Cast, changes, field, words) -> None:
    row = found(cast)
    with pytest.raises(CannotChange, match=words) as refused:
        measured(cast, row, **changes)
    assert refused.value.field == field


def test_an_account_of_another_place_is_no_owner(cast: Cast) -> None:
    stranger = make_user("外村的", "13800000991", "visitor", cast.other_village)
    row = found(cast)
    with pytest.raises(CannotChange) as refused:
        measured(cast, row, owner_id=stranger.pk)
    assert refused.value.field == "owner"
    assert measured(cast, row, owner_id=cast.village_head.pk, owner_words="").owner == cast.village_head


def test_nothing_is_settled_without_a_measure(cast: Cast) -> None:
    row = found(cast)
    with pytest.raises(CannotChange, match="还没有写怎么处理") as refused:
        services.close(finding_id=row.pk, note="好了", by=cast.visitor, at=AT)
    assert refused.value.field == "measure"
    with pytest.raises(CannotChange, match="怎么办好的"):
        services.close(finding_id=row.pk, note=" ", measure="换线", by=cast.visitor, at=AT)
    with pytest.raises(CannotChange, match="还看到没好"):
        services.close(
            finding_id=row.pk,
            note="好了",
            measure="换线",
            on=TODAY - timedelta(days=1),
            by=cast.visitor,
            at=AT,
        )
    services.close(finding_id=row.pk, note="电工换好了", measure="换线", by=cast.visitor, at=AT)
    row.refresh_from_db()
    assert (row.state, row.closed_by, row.measure, row.closing_note) == (
        "closed",
        cast.visitor,
        "换线",
        "电工换好了",
    )
    with pytest.raises(CannotChange, match="已经销号"):
        services.close(finding_id=row.pk, note="好了", by=cast.visitor, at=AT)


def test_whoever_has_nothing_to_do_with_the_person_settles_nothing(cast: Cast) -> None:
    row = found(cast)
    for user in (cast.neighbour, cast.inspector):
        with pytest.raises(CannotChange, match="不归您"):
            services.close(finding_id=row.pk, note="好了", measure="换线", by=user, at=AT)


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "closed", "closed_on": TODAY, "measure": "换线", "closing_note": "好了"},
        {"state": "closed", "closed_with_person": True, "closed_on": TODAY, "closing_note": "人已去世"},
        {"closed_on": TODAY},
        {"level": 1},
        {"last_seen_on": TODAY - timedelta(days=1)},
        {"closed_with_person": True},
    ],
    ids=[
        "nobody settled it",
        "no measure",
        "half settled",
        "no finding",
        "seen before found",
        "ended and open",
    ],
)
def test_the_database_refuses_what_can_not_be(cast: Cast, columns) -> None:
    row = found(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.filter(pk=row.pk).update(**columns)


def test_the_database_knows_one_finding_of_an_item(cast: Cast) -> None:
    row = found(cast)
    values = {
        f.attname: getattr(row, f.attname)
        for f in Finding._meta.concrete_fields
        if f.attname not in ("id", "uuid")
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.create(**values)
    Finding.objects.create(**values | {"state": "voided"})


def test_photographs_are_made_small_and_say_nothing_of_the_place(cast: Cast) -> None:
    row = found(cast)
    out = BytesIO()
    exif = Image.Exif()
    exif[0x0110] = "SECRET-PHONE"
    Image.new("RGB", (3000, 1500), "green").save(out, "JPEG", exif=exif)
    measured(cast, row, photo=out.getvalue())
    step = row.steps.get(kind="measure")
    url = reverse("visits_followup:finding_photo", args=[row.uuid, step.pk])
    answer = signed_in(cast.visitor).get(url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    with Image.open(BytesIO(answer.content)) as picture:
        assert max(picture.size) == 1280
        assert not picture.getexif()
    assert b"SECRET-PHONE" not in answer.content
    assert signed_in(cast.neighbour).get(url).status_code == 404
    with pytest.raises(CannotChange) as refused:
        measured(cast, row, photo=b"<svg>")
    assert refused.value.field == "photo"


# ── who it goes with ─────────────────────────────────────────────────────────────────────────────


def test_a_death_ends_what_is_open_and_the_undo_gives_it_back(cast: Cast) -> None:
    row = measured(cast, found(cast))
    mark_left(person_id=row.person_id, status="dead", on=TODAY, by=cast.township_clerk, at=AT)
    row.refresh_from_db()
    assert (row.state, row.closing_note, row.closed_by, row.closed_with_person) == (
        "closed",
        "人已去世",
        None,
        True,
    )
    undo_left(person_id=row.person_id, by=cast.township_clerk, at=AT)
    row.refresh_from_db()
    assert (row.state, row.measure, row.closing_note, row.times) == ("open", "换线装漏保", "", 1)
    assert kinds(row) == ["found", "measure", "closed", "reopened"]
    visit(row.person, cast.visitor, TODAY, values={"electricity": 3}, second=True)
    row.refresh_from_db()
    assert (row.state, row.level, row.times) == ("open", 3, 1)


def test_open_findings_move_with_the_person_and_settled_ones_stay(cast: Cast) -> None:
    row, other = found(cast), None
    other = found(cast, person=row.person, on=TODAY - timedelta(days=1), mood=2)
    duty_of(cast.visitor, TODAY)
    services.close(finding_id=other.pk, note="开朗了", measure="常去坐坐", by=cast.visitor, at=AT)
    village = cast.other_village
    Person.objects.filter(pk=row.person_id).update(village_id=village.pk)
    from visits.roster.services.common import tell

    tell([row.person_id])
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.village_id, other.village_id) == (village.pk, cast.village.pk)


def two_files(cast: Cast) -> tuple[Person, Person]:
    kept, merged = make_person(cast, name="甲"), make_person(cast, name="甲")
    Membership.objects.filter(person__in=[kept, merged]).update(starts_on=date(2020, 1, 1))
    return kept, merged


def test_two_files_become_one_and_two_again_with_their_findings(cast: Cast) -> None:
    kept, merged = two_files(cast)
    settled = found(cast, kept, TODAY - timedelta(days=20))
    services.close(
        finding_id=settled.pk,
        note="换好了",
        measure="换线",
        on=TODAY - timedelta(days=18),
        by=cast.visitor,
        at=AT,
    )
    both, only = found(cast, merged, TODAY - timedelta(days=3)), found(cast, merged, TODAY, mood=2)
    duty_of(cast.visitor, TODAY)
    cast.refresh(TODAY)
    done = merging.merge(
        kept_id=kept.pk, merged_id=merged.pk, take=[], reason="换过证", by=cast.township_clerk, at=AT
    )
    for row in (settled, both, only):
        row.refresh_from_db()
    assert (settled.state, settled.times, only.person) == ("open", 1, kept)
    assert set(selectors.ledger_of(cast.township_clerk)) == {settled, only}
    merging.unmerge(merge_id=done.pk, by=cast.township_clerk, at=AT)
    for row in (settled, both, only):
        row.refresh_from_db()
    assert (settled.state, settled.closing_note, both.state, only.person) == (
        "closed",
        "换好了",
        "open",
        merged,
    )
    visit(kept, cast.visitor, TODAY)
    settled.refresh_from_db()
    assert settled.state == "closed"


def test_whoever_leaves_hands_over_what_they_were_to_settle(cast: Cast) -> None:
    row = measured(cast, found(cast), owner_id=cast.village_head.pk, owner_words="")
    kind = next(one for one in handover.kinds if one.code == "findings")
    assert kind.count(cast.village_head, TODAY) == {cast.village.pk: 1}
    move = handover.Move(cast.village_head, cast.village.pk, cast.visitor, cast.township_clerk, AT, TODAY)
    assert kind.pass_on(move) == 1
    row.refresh_from_db()
    assert (row.owner, row.measure) == (cast.visitor, "换线装漏保")
    assert kind.count(cast.village_head, TODAY) == {}


# ── pages ────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_shows_what_is_asked_for_and_settles_many_at_once(cast: Cast) -> None:
    one, other = (
        found(cast, make_person(cast, name="甲甲")),
        found(cast, make_person(cast, name="乙乙"), gas=2),
    )
    client, url = signed_in(cast.township_clerk), reverse("visits_followup:findings")
    page = client.get(url).content.decode()
    assert "甲甲" in page
    assert "乙乙" in page
    assert "乙乙" not in client.get(url, {"item": "electricity"}).content.decode()
    data = {
        "finding": [one.pk, other.pk],
        "measure": "一起请电工",
        "owner_words": "供电所",
        "due_on": "2099-01-01",
    }
    assert client.post(url, data | {"measure": ""}).status_code == 422
    assert client.post(url + "?item=gas", data).status_code == 422  # the one that is not on this page
    assert client.post(url, data).status_code == 302
    assert set(Finding.objects.values_list("measure", "owner_words")) == {("一起请电工", "供电所")}
    assert signed_in(cast.neighbour).get(url).content.decode().count("甲甲") == 0
    assert signed_in(cast.inspector).post(url, data).status_code == 403


def test_the_page_refuses_to_settle_without_a_measure_at_the_field(cast: Cast) -> None:
    row = found(cast)
    client = signed_in(cast.village_head)
    close = reverse("visits_followup:finding_close", args=[row.uuid])
    page = client.post(close, {"note": "好了", "on": "2026-11-24", "measure": ""})
    assert page.status_code == 422
    assert 'id="close_measure_error"' in page.content.decode()
    assert client.post(close, {"note": "换好了", "on": "2026-11-24", "measure": "换线"}).status_code == 302
    assert "已销号" in client.get(reverse("visits_followup:finding", args=[row.uuid])).content.decode()


def test_every_number_of_the_month_is_the_length_of_its_list(cast: Cast) -> None:
    for n in range(3):
        row = found(cast, make_person(cast, name=f"甲{n}"), TODAY - timedelta(days=10 + n))
    elsewhere = make_person(cast, name="乙", village=cast.other_village)
    visit(elsewhere, cast.township_clerk, TODAY - timedelta(days=40), values={"gas": 2})
    cast.refresh(TODAY)
    services.close(finding_id=row.pk, note="好了", measure="换线", by=cast.township_clerk, at=AT)
    user, first = cast.county_officer, date(2026, 11, 1)
    for by in ("township", "village", "item"):
        for key, tally in selectors.month(user, first, TODAY, by=by, chosen={}).items():
            parts = {"found": {"which": "all", "found": first}, "closed": {"which": "all", "closed": first},
                     "open": {"which": "open"}, "late": {"which": "late"}}  # fmt: skip
            for name, chosen in parts.items():
                assert getattr(tally, name) == selectors.findings(user, {**chosen, by: key}, TODAY).count()
    whole = selectors.month(user, first, TODAY, by="township", chosen={})[cast.township.pk]
    assert (whole.found, whole.closed, whole.open, whole.late, whole.average) == (3, 1, 3, 3, 12.0)
    page = (
        signed_in(user).get(reverse("visits_followup:findings_month"), {"month": "2026-11"}).content.decode()
    )
    assert "found=2026-11" in page
    assert "12.0天" in page
    assert signed_in(cast.visitor).get(reverse("visits_followup:findings_month")).status_code == 403


@pytest.mark.parametrize("who", ["township_clerk", "county_officer", "visitor"])
def test_a_list_of_many_asks_no_more_than_a_list_of_few(cast: Cast, who: str) -> None:
    record = found(cast).visit
    client, url = signed_in(getattr(cast, who)), reverse("visits_followup:findings")

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(url)
        return len(queries)

    count()
    few = count()
    rows = [
        Finding(
            person=make_person(cast, name=f"多{n}"), code="gas", level=2, found_on=TODAY, last_seen_on=TODAY, visit=record,
            last_visit=record, item="燃气", words="漏", county_id=cast.county.pk, township_id=cast.township.pk,
            village_id=cast.village.pk, created_at=AT,
        )
        for n in range(40)
    ]  # fmt: skip
    Finding.objects.bulk_create(rows)
    assert count() == few


def test_the_pages_of_today_and_of_the_person_say_what_is_open(cast: Cast) -> None:
    row = found(cast, on=TODAY - timedelta(days=20))
    for who in ("visitor", "village_head", "township_clerk", "township_head", "county_officer"):
        assert "件过期没办好" in signed_in(getattr(cast, who)).get("/").content.decode(), who
    page = signed_in(cast.visitor).get(reverse("visits_desk:person", args=[row.person.uuid])).content.decode()
    assert "问题台账" in page
    assert "用电：线路老化、裸露、私拉" in page


def test_the_same_press_twice_notes_a_finding_once(cast: Cast) -> None:
    from tests.world import good_values

    person, key = make_person(cast), uuid.uuid4()
    body = {
        "visited_on": TODAY, "mode": "home", "met": "self", "values": good_values(person, TODAY) | {"gas": 2}, "notes": {},
    }  # fmt: skip
    for _ in range(2):
        submit(person_id=person.pk, by=cast.visitor, at=AT, key=key, body=body)
    assert (Finding.objects.count(), FindingStep.objects.count()) == (1, 1)
